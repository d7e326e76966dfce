//! The fixed point of temporal differences, exactly.

use super::moments::{Entries, Moments};
use super::spectrum::connected;
use crate::exact::{HistoryTree, Work, WorkLimitExceeded, solve_linear};
use crate::features::{FeatureMap, Row};
use crate::policy::{Policy, Prepared};
use crate::pomdp::{Model, discount_table};
use std::collections::BTreeMap;
use thiserror::Error;

/// Why there is no fixed point to be had.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FixedPointError {
    /// It would take too long.
    #[error(transparent)]
    Work(#[from] WorkLimitExceeded),
    /// The mean update is 0 nowhere, as may be where steps share components.
    #[error("the mean update of temporal differences is 0 for no ψ")]
    None,
}

/// What an equation may miss by that has no unknown left, in units of normalised rewards.
const TOLERANCE: f64 = 1e-9;

/// `ψ_TD`, at which the mean update of temporal differences is 0: `A ψ = b`, `A = S - C` of [`Moments`] and
/// `b = E^π Σ_h γ^h r̃_h φ_h`. Components that no history reaches, and those that others stand for, are 0.
///
/// # Errors
/// [`FixedPointError`]; `limit` is of operations.
///
/// # Panics
/// If policy and map differ in the number of steps.
pub fn fixed_point<P, F>(
    model: &Model,
    policy: &P,
    prepared: &mut Prepared<P>,
    map: &F,
    gamma: f64,
    limit: u64,
) -> Result<Vec<f64>, FixedPointError>
where
    P: Policy<Observation = u32>,
    F: FeatureMap<Observation = u32>,
{
    let moments = Moments::new(model, policy, prepared, map, gamma, limit)?;
    let mut work = Work::new("the fixed point of temporal differences", limit);
    let right = right_side(model, policy, prepared, map, gamma, &mut work)?;
    solution(&moments, right, &mut work)
}

/// `b = E Σ_h γ^h (Q_h - γ Q_{h+1}) φ_h`, since `E r̃_h = E (Q_h - γ Q_{h+1})` after every history.
fn right_side<P, F>(
    model: &Model,
    policy: &P,
    prepared: &mut Prepared<P>,
    map: &F,
    gamma: f64,
    work: &mut Work,
) -> Result<Vec<f64>, WorkLimitExceeded>
where
    P: Policy<Observation = u32>,
    F: FeatureMap<Observation = u32>,
{
    let discount = discount_table(gamma, policy.horizon());
    let mut right = vec![0.0; map.stacked()];
    let mut row = F::Row::default();
    HistoryTree::new(model, policy, prepared, map, gamma).walk(work, |visit, _| {
        let weight = discount[visit.h] * visit.probability;
        let mut value = 0.0;
        for (a, (p, [q])) in visit.policy.iter().zip(visit.q).enumerate() {
            map.row(visit.memory, visit.h, a, &mut row);
            row.for_each(|i, x| right[i] += weight * p * q * x);
            value += p * q;
        }
        if let Some((memory, action)) = visit.before {
            map.row(memory, visit.h - 1, action, &mut row);
            row.for_each(|i, x| right[i] -= weight * value * x);
        }
        Ok(())
    })?;
    Ok(right)
}

/// Solves block by block, from the last: those of a step need the ones of the next step alone. Where steps
/// share components there is one block.
fn solution(moments: &Moments, right: Vec<f64>, work: &mut Work) -> Result<Vec<f64>, FixedPointError> {
    let Moments { gram, cross, .. } = moments;
    let mut blocks: Vec<Vec<u32>> = connected(gram).into_iter().map(|(indices, _)| indices).collect();
    let block_of: BTreeMap<u32, usize> = blocks
        .iter()
        .enumerate()
        .flat_map(|(block, indices)| indices.iter().map(move |&index| (index, block)))
        .collect();
    let leads_on = |&(i, j): &(u32, u32)| block_of.get(&i).zip(block_of.get(&j)).is_some_and(|(i, j)| i < j);
    if !cross.keys().all(leads_on) {
        blocks = vec![block_of.into_keys().collect()];
    }
    let mut psi = vec![0.0; right.len()];
    for indices in blocks.iter().rev() {
        solve_block(indices, gram, cross, &right, &mut psi, work)?;
    }
    Ok(psi)
}

fn solve_block(
    indices: &[u32],
    gram: &Entries,
    cross: &Entries,
    right: &[f64],
    psi: &mut [f64],
    work: &mut Work,
) -> Result<(), FixedPointError> {
    let n = indices.len();
    work.spend(n.saturating_mul(n).saturating_mul(n))?;
    let place = |index: u32| indices.binary_search(&index).ok();
    let mut rows = vec![vec![0.0; n]; n];
    let mut sides: Vec<f64> = indices.iter().map(|&i| right[i as usize]).collect();
    for (at, &i) in indices.iter().enumerate() {
        // S has its entries on and above the diagonal.
        for (&(_, j), &x) in gram.range((i, 0)..=(i, u32::MAX)) {
            if let Some(to) = place(j) {
                rows[at][to] += x;
                if to != at {
                    rows[to][at] += x;
                }
            }
        }
        for (&(_, j), &x) in cross.range((i, 0)..=(i, u32::MAX)) {
            match place(j) {
                Some(to) => rows[at][to] -= x,
                None => sides[at] += x * psi[j as usize],
            }
        }
    }
    let found = solve_linear(&mut rows, &mut sides, TOLERANCE).ok_or(FixedPointError::None)?;
    for (&i, x) in indices.iter().zip(found) {
        psi[i as usize] = x;
    }
    Ok(())
}
