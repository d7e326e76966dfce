//! The span of features over the histories that can be.
//!
//! Functions of a belief are often linearly dependent on the histories that a problem can show: there may be
//! few beliefs (before anything is seen there is one), or beliefs that are certain. Then `E φ_h φ_h'` is
//! singular under every policy. A subset of the components spans the same functions, and is found here.
//!
//! Which histories decide? The belief after an action and an observation is proportional to a linear map of
//! the belief before, and so are its products of two. So if the rows of some *core* histories span those of
//! all histories of a step (Singh, James, Rudary 2004), the continuations of the core histories span those of
//! all histories one step later. The work is polynomial in the sizes, while there are exponentially many
//! histories, and no second moment squares the condition number. The span does not depend on the policy as
//! long as every action has positive probability, as under every softmax.

use super::{BeliefFilter, FiniteMap};
use thiserror::Error;

/// Components of some vectors that determine the others.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Selection {
    /// The chosen components, ascending.
    pub(super) kept: Vec<u32>,
    /// At `k * n + i`: how much of component i the k-th chosen one stands for,
    /// `v_i = Σ_k v_(kept k) · combination(k, i)`.
    combinations: Vec<f64>,
    /// Which vectors span all of them.
    core: Vec<usize>,
}

impl Selection {
    /// Writes ψ with `Σ_k v_(kept k) ψ_k = Σ_i v_i weights_i` for all vectors of the span.
    pub(super) fn project(&self, weights: &[f64], psi: &mut [f64]) {
        for (psi, combination) in psi.iter_mut().zip(self.combinations.chunks(weights.len())) {
            *psi = combination.iter().zip(weights).fold(0.0, |sum, (c, w)| sum + c * w);
        }
    }
}

/// Why a reduction to the span is not to be had.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpanError {
    /// It would take too long, or too much memory.
    #[error("reducing features to their span takes more than {OPERATIONS_MAX} operations")]
    Work,
    /// The functions are none whose span core histories determine.
    #[error("only polynomials of the belief can be reduced to their span")]
    NotPolynomial,
}

/// Operations that a reduction may take, about one multiplication and addition each: a second or two.
const OPERATIONS_MAX: u64 = 1_000_000_000;

/// What storing a number counts for, so that memory is bounded as well: by about 800 MB.
const STORED: usize = 10;

/// A component counts as determined by the chosen ones when what remains of it is below this fraction of its
/// largest value.
///
/// Beliefs are sums and products of positive numbers, so that each component is known to some 1e-14 of its
/// own size, however small; the elimination divides by the largest remaining entries, which loses few digits.
/// What is independent by less than this fraction is below what sampling could ever resolve.
const RELATIVE_ZERO: f64 = 1e-9;

/// For each step and each slot of `window`, the selection among the functions that `functions` appends for a
/// belief. `rounding` is the absolute error of a function: 0 where it is a sum of positive numbers, which
/// cannot cancel.
///
/// # Errors
/// [`SpanError::Work`] after too many operations.
pub(super) fn selections(
    filter: &BeliefFilter,
    window: &FiniteMap,
    horizon: usize,
    functions: impl Fn(&[f64], &mut Vec<f64>),
    rounding: f64,
) -> Result<Vec<Vec<Selection>>, SpanError> {
    let model = filter.model();
    let mut work = 0;
    let mut state = filter.state();
    let mut beliefs = vec![Vec::new(); slots(window, 0)];
    for first in 0..model.first_observations() {
        if filter.start(&mut state, first) > 0.0 {
            beliefs[window.first_slot(first)].push(state.belief().to_vec());
        }
    }
    let update = STORED * model.states() + model.transition().nonzeros() / model.actions();
    let mut steps = Vec::with_capacity(horizon);
    for h in 0..horizon {
        let mut selected = Vec::with_capacity(beliefs.len());
        for beliefs in &beliefs {
            let rows = beliefs.iter().map(|belief: &Vec<f64>| {
                let mut row = Vec::new();
                functions(belief, &mut row);
                row
            });
            selected.push(select(rows.collect(), rounding, &mut work)?);
        }
        let mut next = vec![Vec::new(); if h + 1 < horizon { slots(window, h + 1) } else { 0 }];
        if h + 1 < horizon {
            for (slot, (beliefs, selection)) in beliefs.iter().zip(&selected).enumerate() {
                for &core in &selection.core {
                    for action in 0..model.actions() {
                        for seen in 0..model.observations() {
                            spend(&mut work, update)?;
                            state.set(&beliefs[core]);
                            if filter.advance(&mut state, action, seen) > 0.0 {
                                next[window.next_slot(h, slot, action, seen)].push(state.belief().to_vec());
                            }
                        }
                    }
                }
            }
        }
        steps.push(selected);
        beliefs = next;
    }
    Ok(steps)
}

fn slots(window: &FiniteMap, h: usize) -> usize {
    use super::FeatureMap;
    window.slots(h).expect("a window is a finite memory")
}

fn spend(work: &mut u64, operations: usize) -> Result<(), SpanError> {
    *work = work.saturating_add(operations as u64);
    if *work > OPERATIONS_MAX { Err(SpanError::Work) } else { Ok(()) }
}

/// Gauss-Jordan elimination with complete pivoting: the largest remaining entry chooses both a vector and a
/// component.
fn select(mut rows: Vec<Vec<f64>>, rounding: f64, work: &mut u64) -> Result<Selection, SpanError> {
    let columns = rows.first().map_or(0, Vec::len);
    let zero: Vec<f64> = (0..columns)
        .map(|c| RELATIVE_ZERO * rows.iter().fold(0.0, |most: f64, row| most.max(row[c].abs())))
        .map(|zero| zero.max(rounding))
        .collect();
    // (component, vector) of each pivot.
    let mut pivots: Vec<(u32, usize)> = Vec::new();
    let (mut row_free, mut column_free) = (vec![true; rows.len()], vec![true; columns]);
    loop {
        spend(work, 2 * rows.len() * columns)?;
        let mut largest = 0.0;
        let mut pivot = None;
        for (r, row) in rows.iter().enumerate().filter(|&(r, _)| row_free[r]) {
            for (c, x) in row.iter().enumerate().filter(|&(c, _)| column_free[c]) {
                if x.abs() > zero[c] && x.abs() > largest {
                    largest = x.abs();
                    pivot = Some((r, c));
                }
            }
        }
        let Some((r, c)) = pivot else { break };
        spend(work, STORED * columns)?;
        (row_free[r], column_free[c]) = (false, false);
        pivots.push((c as u32, r));
        let by = rows[r][c];
        rows[r].iter_mut().for_each(|x| *x /= by);
        let chosen = std::mem::take(&mut rows[r]);
        for row in rows.iter_mut().filter(|row| !row.is_empty()) {
            let factor = row[c];
            if factor != 0.0 {
                row.iter_mut().zip(&chosen).for_each(|(x, y)| *x -= factor * y);
                row[c] = 0.0;
            }
        }
        rows[r] = chosen;
    }
    pivots.sort_unstable();
    Ok(Selection {
        combinations: pivots.iter().flat_map(|&(_, r)| rows[r].iter().copied()).collect(),
        kept: pivots.iter().map(|&(c, _)| c).collect(),
        core: pivots.iter().map(|&(_, r)| r).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependent_vectors_are_combinations_of_the_chosen_components() {
        // Rank 2: the third vector is the sum of the others, the third component twice the first.
        let rows = vec![vec![1.0, 0.0, 2.0, 1.0], vec![0.0, 3.0, 0.0, 1.0], vec![1.0, 3.0, 2.0, 2.0]];
        let selection = select(rows.clone(), 0.0, &mut 0).expect("small");
        assert_eq!((selection.kept.len(), selection.core.len()), (2, 2));
        let weights = [0.3, -1.0, 2.0, 0.7];
        let mut psi = [0.0; 2];
        selection.project(&weights, &mut psi);
        for row in &rows {
            let whole: f64 = row.iter().zip(&weights).map(|(x, w)| x * w).sum();
            let short: f64 = selection.kept.iter().zip(&psi).map(|(&c, p)| row[c as usize] * p).sum();
            assert!((whole - short).abs() < 1e-14, "{whole} {short}");
        }
    }

    #[test]
    fn components_of_very_different_sizes_are_told_from_zeros() {
        // Independent, though the second component is tiny; the third is always zero.
        let rows = vec![vec![1.0, 1e-13, 0.0], vec![1.0, 3e-13, 0.0]];
        assert_eq!(select(rows, 0.0, &mut 0).expect("small").kept, [0, 1]);
        // Dependent, but for rounding.
        let third = 1.0 / 3.0;
        let rows = vec![vec![third, 1.0 - third], vec![0.1 * third, 0.1 * (1.0 - third)]];
        assert_eq!(select(rows, 0.0, &mut 0).expect("small").kept, [1]);
    }

    #[test]
    fn functions_that_cancel_to_nothing_are_zero() {
        let rows = vec![vec![1.0, 1e-16], vec![1.0, -2e-16]];
        assert_eq!(select(rows, 1e-12, &mut 0).expect("small").kept, [0]);
    }

    #[test]
    fn no_vector_leaves_no_component() {
        assert_eq!(select(Vec::new(), 0.0, &mut 0).expect("small").kept, [0; 0]);
    }
}
