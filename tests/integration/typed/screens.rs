//! What a page shows behind its commands, held against what these have said.
//!
//! On a page "…" stands for any lines, alone in its line. Lines that tell how far something has come, or
//! before it begins where a run will stand, are neither shown nor compared. Of a line that has durations,
//! rates, dates, or numbers of processors, these may differ, and the blanks beside them.

/// What stands behind numbers that depend on time and machine.
const VARY: [&str; 7] = ["ns", "µs", "ms", "s", "min", "jobs", "threads"];

/// Why what a page shows is not what was said, if it is not.
pub(super) fn difference(shown: &str, said: &str) -> Option<String> {
    let said: Vec<&str> = said.lines().filter(|line| !is_progress(line)).collect();
    let shown: Vec<&str> = shown.lines().collect();
    let mut rest = &said[said.iter().take_while(|line| line.is_empty()).count()..];
    let mut parts = shown.split(|line| line.trim() == "…").peekable();
    let mut first = true;
    while let Some(part) = parts.next() {
        let starts =
            |from: usize| from + part.len() <= rest.len() && same(part, &rest[from..from + part.len()]);
        let at = match (first, parts.peek().is_none()) {
            (true, true) => (part.len() == rest.len() && starts(0)).then_some(0),
            (true, false) => starts(0).then_some(0),
            (false, true) => rest.len().checked_sub(part.len()).filter(|&from| starts(from)),
            (false, false) => (0..=rest.len()).find(|&from| starts(from)),
        };
        let Some(at) = at else {
            return Some(format!("shown:\n{}\n\nsaid:\n{}", part.join("\n"), rest.join("\n")));
        };
        rest = &rest[at + part.len()..];
        first = false;
    }
    None
}

/// Lines of progress, where standard error is no terminal.
fn is_progress(line: &str) -> bool {
    line.ends_with(" left") || line.starts_with("round ") && line.contains("  done in ")
}

fn same(shown: &[&str], said: &[&str]) -> bool {
    shown.iter().zip(said).all(|(shown, said)| {
        let (shown, said) = (shown.trim_end(), said.trim_end());
        shown == said || timeless(shown).is_some_and(|shown| timeless(said) == Some(shown))
    })
}

/// The words of a line with "□" for what varies; none of a line in which nothing does.
fn timeless(line: &str) -> Option<Vec<&str>> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut found = Vec::new();
    let mut i = 0;
    while i < words.len() {
        let number = words[i].starts_with(|first: char| first.is_ascii_digit());
        let unit = words.get(i + 1).map(|word| word.trim_end_matches([',', ';', ')']));
        let behind = words.get(i + 2..).unwrap_or_default();
        if words[i..].starts_with(&["less", "than"]) {
            i += 2;
        } else if is_date(words[i]) {
            found.push("□");
            i += 1;
        } else if number
            && (unit.is_some_and(|unit| VARY.contains(&unit))
                || behind.first().is_some_and(|word| word.starts_with("steps/s"))
                || behind.starts_with(&["on", "disk"]))
        {
            found.push("□");
            i += 2;
        } else {
            found.push(words[i]);
            i += 1;
        }
    }
    found.contains(&"□").then_some(found)
}

/// As in 2026-11-29.
fn is_date(word: &str) -> bool {
    let digits = |part: &str, n| part.len() == n && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = word.split('-').collect();
    parts.len() == 3 && digits(parts[0], 4) && digits(parts[1], 2) && digits(parts[2], 2)
}

#[test]
fn what_is_shown_and_not_said_is_told() {
    let said = "round 1/2  x  4.0 s left\n\na  done in 5 ms\nround 1/2  value 3\nround 2/2  x  done in 3 ms\n  1 %  3.0 s left\nb 1.5\nc\n";
    for same in [
        "a  done in 5 ms\nround 1/2  value 3\nb 1.5\nc",
        "a done in 1.4 s\nround 1/2  value 3\nb 1.5\nc",
        "a  done in less than 1 ms\n…",
        "…\nb 1.5\n…",
        "…\nc\n",
        "a  done in 5 ms\n…\nc",
    ] {
        assert_eq!(difference(same, said), None);
    }
    for other in [
        "a  done in 5 ms\nround 1/2  value 3\nb 1.6\nc",
        "a  done in 5 ms\nround 1/2  value 3\nb 1.5",
        "b 1.5\nc",
        "a  ended in 5 ms\n…",
        "…\nc\n…\nb 1.5\n…",
        "…\nb  1.5\n…",
        "…\nb 1.5",
        "",
    ] {
        assert!(difference(other, said).is_some(), "{other}");
    }
    let line = "  a  2 runs  about 3 s on 2 jobs, at 5.0 M steps/s  2026-11-29  1.5 KiB on disk";
    let later = "  a 2 runs about 1.4 min on 64 jobs, at 14.7 M steps/s 2027-01-01 17 MiB on disk";
    assert_eq!(difference(line, later), None);
    assert!(difference(line, &later.replace("2 runs", "3 runs")).is_some());
}
