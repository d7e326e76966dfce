//! The first difference between what two messages carry.

use super::format::HeadKind;
use crate::codec::{Carried, Sort};

/// The first difference between two bodies.
#[derive(Clone, Debug, PartialEq)]
pub enum ContentDifference {
    /// A number in a vector of floats differs.
    Number {
        /// Name of the vector that differs.
        vector: String,
        /// The component that differs.
        index: usize,
        /// The number as recorded.
        recorded: f64,
        /// The number now.
        now: f64,
    },
    /// A number in a vector of integers differs.
    Integer {
        /// Name of the vector that differs.
        vector: String,
        /// The component that differs.
        index: usize,
        /// The integer as recorded.
        recorded: i64,
        /// The integer now.
        now: i64,
    },
    /// The length of a vector.
    Length {
        /// Name of the vector that differs.
        vector: String,
        /// Its length as recorded.
        recorded: usize,
        /// The vector's length now.
        now: usize,
    },
    /// Something else: order, number of steps, number of vectors.
    Other(String),
}

/// Distance of two floats in units in the last place: how many floats lie between them, plus one.
pub fn ulps(a: f64, b: f64) -> u64 {
    // Maps floats to integers in their order; -0.0 and 0.0 are neighbours.
    let place = |x: f64| {
        let bits = x.to_bits() as i64;
        if bits < 0 { i128::from(i64::MIN) - i128::from(bits) - 1 } else { i128::from(bits) }
    };
    u64::try_from((place(a) - place(b)).unsigned_abs()).unwrap_or(u64::MAX)
}

/// The first difference between what two messages carry, whose kind, where it is known, names their vectors.
pub(crate) fn difference(
    recorded: &Carried,
    now: &Carried,
    kind: Option<&HeadKind>,
) -> Option<ContentDifference> {
    let other = |what: String| Some(ContentDifference::Other(what));
    match (recorded.sort, now.sort) {
        (a, b) if a == b => {}
        (Sort::Order(a), Sort::Order(b)) => return other(format!("the order is {b:?}, recorded was {a:?}")),
        (Sort::Steps(a), Sort::Steps(b)) => return other(format!("{b} local steps, recorded were {a}")),
        (Sort::Note(a, was), Sort::Note(b, is)) => {
            return other(format!("{b} replies gave {is:016x}, recorded were {a} that gave {was:016x}"));
        }
        (Sort::Letter(from, to), Sort::Letter(now_from, now_to)) => {
            return other(format!(
                "a letter from client {now_from} to {now_to}, recorded was one from {from} to {to}"
            ));
        }
        (Sort::Order(_) | Sort::Steps(_) | Sort::Note(..) | Sort::Letter(..), _) => {
            return other("a message of another type".to_owned());
        }
    }
    let counts = |carried: &Carried| (carried.vectors.len(), carried.integers.len());
    let ((floats, integers), was) = (counts(now), counts(recorded));
    if (floats, integers) != was {
        return other(format!(
            "{floats} vectors and {integers} of integers, recorded were {} and {}",
            was.0, was.1
        ));
    }
    let names = kind.map_or((&[][..], &[][..]), |kind| (&kind.vectors[..], &kind.integers[..]));
    let name = |names: &[String], i: usize| names.get(i).cloned().unwrap_or_else(|| format!("vector {i}"));
    for (i, (a, b)) in recorded.vectors.iter().zip(&now.vectors).enumerate() {
        let vector = name(names.0, i);
        if let Some(index) = (0..a.len().min(b.len())).find(|&k| a[k].to_bits() != b[k].to_bits()) {
            return Some(ContentDifference::Number { vector, index, recorded: a[index], now: b[index] });
        }
        if a.len() != b.len() {
            return Some(ContentDifference::Length { vector, recorded: a.len(), now: b.len() });
        }
    }
    for (i, (a, b)) in recorded.integers.iter().zip(&now.integers).enumerate() {
        let vector = name(names.1, i);
        if let Some(index) = (0..a.len().min(b.len())).find(|&k| a[k] != b[k]) {
            return Some(ContentDifference::Integer { vector, index, recorded: a[index], now: b[index] });
        }
        if a.len() != b.len() {
            return Some(ContentDifference::Length { vector, recorded: a.len(), now: b.len() });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_ulp_apart_across_zero_too() {
        let next = |x: f64| f64::from_bits(x.to_bits() + 1);
        assert_eq!(ulps(1.0, next(1.0)), 1);
        assert_eq!(ulps(-1.0, -next(1.0)), 1);
        assert_eq!(ulps(0.0, -0.0), 1);
        assert_eq!(ulps(f64::from_bits(1), -f64::from_bits(1)), 3);
        assert_eq!(ulps(1.0, 1.0), 0);
        assert_eq!(ulps(f64::MAX, f64::MIN), 2 * f64::MAX.to_bits() + 1);
    }
}
