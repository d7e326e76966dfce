//! Seeds, as people write them.

use crate::config::limits::AXIS_VALUES_MAX;
use thiserror::Error;

/// A text that names no seeds.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SeedsError {
    /// A part of it is neither a number nor a range.
    #[error("\"{0}\" is no seed")]
    NoSeed(String),
    /// A range whose end comes before its beginning.
    #[error("{0} is empty")]
    Empty(String),
    /// A seed that is named before.
    #[error("the seed {0} stands there twice")]
    Twice(u64),
    /// Too many.
    #[error("more than {AXIS_VALUES_MAX} seeds")]
    TooMany,
}

/// Reads numbers and ranges, both ends included, between commas.
///
/// ```
/// assert_eq!(dpac::sweep::seeds("0..3,7")?, [0, 1, 2, 3, 7]);
/// # Ok::<(), dpac::sweep::SeedsError>(())
/// ```
///
/// # Errors
/// Which part is wrong, and why.
pub fn seeds(text: &str) -> Result<Vec<u64>, SeedsError> {
    let mut seeds = Vec::new();
    for part in text.split(',').map(str::trim) {
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| SeedsError::NoSeed(part.to_owned()));
        let (from, to) = match part.split_once("..") {
            Some((from, to)) => (number(from)?, number(to)?),
            None => (number(part)?, number(part)?),
        };
        if from > to {
            return Err(SeedsError::Empty(part.to_owned()));
        }
        if to - from >= AXIS_VALUES_MAX as u64 || seeds.len() >= AXIS_VALUES_MAX {
            return Err(SeedsError::TooMany);
        }
        for seed in from..=to {
            if seeds.contains(&seed) {
                return Err(SeedsError::Twice(seed));
            }
            seeds.push(seed);
        }
    }
    Ok(seeds)
}

/// Seeds as [`seeds`] reads them, in as few words as their order allows.
///
/// ```
/// assert_eq!(dpac::sweep::seeds_text(&[0, 1, 2, 3, 7]), "0..3,7");
/// ```
pub fn seeds_text(seeds: &[u64]) -> String {
    let in_a_row = seeds.chunk_by(|one, next| one.checked_add(1) == Some(*next));
    let part = |part: &[u64]| match part {
        [first, .., last] => format!("{first}..{last}"),
        one => one.iter().map(u64::to_string).collect(),
    };
    in_a_row.map(part).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_numbers_and_ranges() {
        assert_eq!(seeds("0..2"), Ok(vec![0, 1, 2]));
        assert_eq!(seeds("5, 1..2"), Ok(vec![5, 1, 2]));
        assert_eq!(seeds("18446744073709551615"), Ok(vec![u64::MAX]));
        assert_eq!(seeds("2..1"), Err(SeedsError::Empty("2..1".to_owned())));
        assert_eq!(seeds("1,0..3"), Err(SeedsError::Twice(1)));
        assert_eq!(seeds("1,,2"), Err(SeedsError::NoSeed(String::new())));
        assert_eq!(seeds("-1"), Err(SeedsError::NoSeed("-1".to_owned())));
        assert_eq!(seeds("0..10000"), Err(SeedsError::TooMany));
    }

    #[test]
    fn seeds_are_written_as_they_are_read() {
        for (numbers, text) in [
            (&[][..], ""),
            (&[3], "3"),
            (&[4, 5], "4..5"),
            (&[5, 1, 2, 3, 9, 8], "5,1..3,9,8"),
            (&[u64::MAX, 0], "18446744073709551615,0"),
        ] {
            assert_eq!(seeds_text(numbers), text);
            assert!(numbers.is_empty() || seeds(text).as_deref() == Ok(numbers));
        }
    }
}
