//! Tables of a problem out of functions of action and state.

use crate::pomdp::SparseRows;

/// Row `a * states + s` from the outcomes (column, probability) of `row(a, s)`, in any order; outcomes that
/// occur twice add up.
pub(super) fn rows(
    columns: usize,
    actions: usize,
    states: usize,
    row: impl Fn(usize, usize) -> Vec<(usize, f64)>,
) -> SparseRows {
    let pairs = (0..actions).flat_map(|a| (0..states).map(move |s| (a, s)));
    SparseRows::from_rows(
        columns,
        pairs.map(|(a, s)| {
            let mut outcomes = row(a, s);
            outcomes.sort_by_key(|&(column, _)| column);
            let mut merged: Vec<(u32, f64)> = Vec::with_capacity(outcomes.len());
            for (column, p) in outcomes {
                match merged.last_mut() {
                    Some((last, sum)) if *last as usize == column => *sum += p,
                    _ => merged.push((column as u32, p)),
                }
            }
            merged
        }),
    )
}

/// `r(s, a)` at `a * states + s`.
pub(super) fn rewards(actions: usize, states: usize, reward: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    let reward = &reward;
    (0..actions).flat_map(|a| (0..states).map(move |s| reward(s, a))).collect()
}

/// 1 - p as one would write it: 0.15 for 0.85, where the subtraction alone gives 0.15000000000000002.
pub(super) fn complement(p: f64) -> f64 {
    const DIGITS: f64 = 1e12;
    let difference = 1.0 - p;
    let decimal = (difference * DIGITS).round() / DIGITS;
    if (decimal - difference).abs() <= f64::EPSILON { decimal } else { difference }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_that_occur_twice_add_up_in_column_order() {
        let table = rows(3, 1, 1, |_, _| vec![(2, 0.25), (0, 0.5), (2, 0.25)]);
        assert_eq!(table.row(0).collect::<Vec<_>>(), [(0, 0.5), (2, 0.5)]);
    }

    #[test]
    fn complements_of_decimals_are_decimals() {
        for (p, rest) in [(0.85, 0.15), (0.9, 0.1), (0.7, 0.3), (1.0, 0.0), (0.5, 0.5)] {
            assert_eq!(complement(p).to_bits(), f64::to_bits(rest), "{p}");
        }
        assert!((complement(1.0 / 3.0) - 2.0 / 3.0).abs() <= f64::EPSILON);
    }
}
