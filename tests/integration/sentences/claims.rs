//! Which sentences claim something that could be checked, so that a reader may ask where it is.

/// Words that promise that there is no exception, or that somebody has looked.
const WORDS: [&str; 6] = ["shows", "suffices", "never", "always", "exact", "exactly"];

/// What a number counts or measures, where it stands behind the number.
#[rustfmt::skip]
const UNITS: &[&str] = &[
    "%", "B", "byte", "bytes", "KiB", "MiB", "GiB", "kB", "MB", "bit", "bits", "ulp", "ulps", "s", "ms", "µs", "ns", "second", "seconds",
    "minute", "minutes", "hour", "hours", "day", "days", "M", "M/s", "million", "billion", "core", "cores", "thread", "threads", "client",
    "clients", "round", "rounds", "step", "steps", "episode", "episodes", "trajectories", "seed", "seeds", "run", "runs", "message",
    "messages", "float", "floats", "number", "numbers", "state", "states", "observation", "observations", "feature", "features", "component",
    "components", "line", "lines", "digit", "digits", "times", "fold", "softmaxes",
];

/// Numbers as words, which are claims where they are factors.
const FACTORS: [&str; 14] = [
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "twenty", "hundred",
    "thousand", "several",
];

/// Whether a sentence has one of the words, or a number that measures: a fraction, a percentage, a factor, a range, a thousand or more, or one with
/// a unit. Code, links' targets, versions, dates, and what is numbered (equations, exit codes, purposes, seeds) are none.
pub(super) fn claims(sentence: &str) -> bool {
    let prose = without_code(sentence);
    let words: Vec<&str> =
        prose.split([' ', '/', '—', '–']).map(bare).filter(|word| !word.is_empty()).collect();
    let promised = words
        .iter()
        .flat_map(|word| word.split('-'))
        .any(|word| WORDS.iter().any(|promise| word.eq_ignore_ascii_case(promise)));
    promised || (0..words.len()).any(|i| measures(&words, i)) || factors(&words)
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

fn measures(words: &[&str], i: usize) -> bool {
    let word = words[i].trim_start_matches(['−', '-', '+']);
    let number = word.trim_end_matches('%');
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let plain = !number.is_empty()
        && number.starts_with(|first: char| first.is_ascii_digit())
        && number
            .chars()
            .all(|character| character.is_ascii_digit() || matches!(character, '.' | ',' | '·' | 'e' | '⁻'));
    if !plain || number.matches('.').count() > 1 {
        return false;
    }
    let before = i.checked_sub(1).map_or("", |i| words[i]);
    let after = words.get(i + 1).copied().unwrap_or_default();
    if is_numbered(before) || is_date(number, before, after) {
        return false;
    }
    let fraction = number.contains('.') && !is_software(before);
    let unit = UNITS.contains(&after.split('-').next().unwrap_or_default());
    let range =
        after == "to" && words.get(i + 2).is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let after_number = i > 1 && words[i - 2].starts_with(|c: char| c.is_ascii_digit());
    let range_end = after_number && matches!(before, "to" | "of" | "and");
    fraction || word.ends_with('%') || unit || range || range_end || digits > 3 && !is_software(before)
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

/// "four times", "twice", "half of".
fn factors(words: &[&str]) -> bool {
    words.windows(2).any(|pair| {
        FACTORS.iter().any(|factor| pair[0].eq_ignore_ascii_case(factor)) && pair[1] == "times"
            || pair == ["twice", "as"]
    })
}
