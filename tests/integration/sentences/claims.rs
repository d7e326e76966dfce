//! Which sentences claim something that could be checked, so that a reader may ask where it is.

/// Words that promise that there is no exception, or that somebody has looked.
const WORDS: [&str; 6] = ["shows", "suffices", "never", "always", "exact", "exactly"];

/// What a number counts or measures, where it stands behind the number.
#[rustfmt::skip]
const UNITS: &[&str] = &[
    "%", "B", "byte", "bytes", "KiB", "MiB", "GiB", "kB", "MB", "bit", "bits", "ulp", "ulps", "s", "ms",
    "µs", "ns", "second", "seconds", "minute", "minutes", "hour", "hours", "day", "days", "M", "M/s",
    "million", "billion", "core", "cores", "thread", "threads", "client", "clients", "round", "rounds",
    "step", "steps", "episode", "episodes", "trajectories", "seed", "seeds", "run", "runs", "message",
    "messages", "float", "floats", "number", "numbers", "state", "states", "observation", "observations",
    "feature", "features", "component", "components", "line", "lines", "digit", "digits", "times", "fold",
    "softmaxes",
];

/// Numbers as words, which are claims where they are factors or times.
#[rustfmt::skip]
const NUMBER_WORDS: [&str; 15] = [
    "half", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "twenty",
    "hundred", "thousand", "several",
];

/// Whether a sentence has one of the words, or a number that measures: a fraction, a percentage, a factor,
/// a range, a bound, a thousand or more, or one with a unit. Code, links' targets, versions, dates, and
/// what is numbered (equations, exit codes, purposes, seeds) are none.
pub(super) fn claims(sentence: &str) -> bool {
    let prose = without_code(sentence);
    let written: Vec<&str> =
        prose.split([' ', '/', '—', '–']).filter(|word| !bare(word).is_empty()).collect();
    let words: Vec<&str> = written.iter().map(|word| bare(word)).collect();
    let promised = words
        .iter()
        .flat_map(|word| word.split('-'))
        .any(|word| WORDS.iter().any(|promise| word.eq_ignore_ascii_case(promise)));
    promised || (0..words.len()).any(|i| measures(&words, i) || has_unit(&written, i)) || in_words(&words)
}

/// A text without its code spans and without the targets of its links.
fn without_code(sentence: &str) -> String {
    let prose: String = sentence.split('`').step_by(2).collect::<Vec<_>>().join("□");
    let mut text = String::new();
    let mut parts = prose.split("](");
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        text.push(' ');
        text.push_str(part.split_once(')').map_or("", |(_, rest)| rest));
    }
    text
}

/// A word without the punctuation around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|character: char| "()[]*_,;:.!?\"'“”~≈<>±".contains(character))
}

/// A number as it is written: digits, at most one point.
fn number(word: &str) -> Option<&str> {
    let number = bare(word).trim_start_matches(['−', '-', '+']).trim_end_matches('%');
    let digits =
        |character: char| character.is_ascii_digit() || matches!(character, '.' | ',' | '·' | 'e' | '⁻');
    let starts = number.starts_with(|first: char| first.is_ascii_digit());
    (starts && number.chars().all(digits) && number.matches('.').count() < 2).then_some(number)
}

fn measures(words: &[&str], i: usize) -> bool {
    let Some(number) = number(words[i]) else { return false };
    let before = i.checked_sub(1).map_or("", |i| words[i]);
    let after = words.get(i + 1).copied().unwrap_or_default();
    if is_numbered(before) || is_date(number, before, after) {
        return false;
    }
    let begins = |word: &&str| word.starts_with(|first: char| first.is_ascii_digit());
    let fraction = number.contains('.') && !is_software(before);
    let bound = matches!(before, "most" | "least" | "than");
    let range = after == "to" && words.get(i + 2).is_some_and(begins);
    let range_end = matches!(before, "to" | "of" | "and") && i > 1 && begins(&words[i - 2]);
    let grouped = after.len() == 3 && after.bytes().all(|byte| byte.is_ascii_digit());
    let large = number.bytes().filter(u8::is_ascii_digit).count() > 3 && !is_software(before);
    fraction || words[i].ends_with('%') || bound || range || range_end || grouped || large
}

/// Whether a unit follows a number, at once or behind one more word, and in the same part of the sentence.
fn has_unit(written: &[&str], i: usize) -> bool {
    let before = i.checked_sub(1).map_or("", |i| bare(written[i]));
    if number(written[i]).is_none() || is_numbered(before) {
        return false;
    }
    let ends = |word: &str| word.ends_with([',', ';', ':', '.', ')', ']', '□']);
    let unit = |word: &str| UNITS.contains(&bare(word).split('-').next().unwrap_or_default());
    let mut follow = written[i + 1..].iter();
    let (first, second) =
        (follow.next().copied().unwrap_or_default(), follow.next().copied().unwrap_or_default());
    // A product of letters, as in "2 M R p", is no number of millions.
    let letters = bare(first) == "M" && matches!(second.as_bytes(), [b'A'..=b'Z']);
    !ends(written[i]) && !letters && (unit(first) || !ends(first) && bare(first) != "per" && unit(second))
}

/// Whether numbers behind this word are names.
fn is_numbered(before: &str) -> bool {
    const NUMBERED: [&str; 22] = [
        "Eq",
        "Eqs",
        "equation",
        "section",
        "ALGORITHM",
        "Algorithm",
        "Corollary",
        "Definition",
        "Lemma",
        "Theorem",
        "seed",
        "code",
        "codes",
        "port",
        "level",
        "Level",
        "purpose",
        "Purposes",
        "Levels",
        "RFC",
        "client",
        "round",
    ];
    NUMBERED.contains(&before)
}

/// Whether numbers with a point behind this word are versions.
fn is_software(before: &str) -> bool {
    const SOFTWARE: [&str; 14] = [
        "version",
        "versions",
        "Version",
        "Rust",
        "rustc",
        "toolchain",
        "bincode",
        "Apache",
        "Grafana",
        "Prometheus",
        "Python",
        "NumPy",
        "JAX",
        "CRC-32",
    ];
    SOFTWARE.contains(&before)
}

fn is_date(number: &str, before: &str, after: &str) -> bool {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let year = number.len() == 4 && (number.starts_with("19") || number.starts_with("20"));
    MONTHS.contains(&after) || year && !UNITS.contains(&after) || MONTHS.contains(&before)
}

/// "four times", "twice as fast", "some eight minutes", "half an hour".
fn in_words(words: &[&str]) -> bool {
    const TIMES: [&str; 7] = ["times", "second", "seconds", "minute", "minutes", "hour", "hours"];
    (0..words.len()).any(|i| {
        let at = |k: usize| words.get(i + k).copied().unwrap_or_default();
        let number = NUMBER_WORDS.iter().any(|number| at(0).eq_ignore_ascii_case(number));
        let time = TIMES.contains(&at(1)) || matches!(at(1), "a" | "an") && TIMES.contains(&at(2));
        number && time || (at(0), at(1)) == ("twice", "as")
    })
}
