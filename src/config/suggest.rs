//! "Did you mean": the nearest of the names that are allowed.

/// The allowed name that `written` most likely stands for, if one is near enough to be more than a guess.
pub(crate) fn nearest<'a>(written: &str, allowed: &[&'a str]) -> Option<&'a str> {
    let plain = written.to_lowercase().replace('-', "_");
    allowed
        .iter()
        .map(|&name| (strsim::damerau_levenshtein(&plain, &name.to_lowercase().replace('-', "_")), name))
        .filter(|&(distance, name)| distance <= name.len().max(plain.len()).div_ceil(3).min(3))
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name)
}

/// Longest quotation of what was written, in characters.
const QUOTED_MAX: usize = 60;

/// What was written, on one line and not too long.
pub(super) fn quoted(written: &str) -> String {
    let mut start: String = written.chars().take(QUOTED_MAX).collect::<String>().escape_debug().to_string();
    if written.chars().nth(QUOTED_MAX).is_some() {
        start.push('…');
    }
    start
}

/// "`a`, `b` or `c`", each between two `mark`s.
pub(super) fn listed(names: &[&str], mark: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("{mark}{name}{mark}")).collect();
    match quoted.as_slice() {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [firsts @ .., last] => format!("{} or {last}", firsts.join(", ")),
    }
}
