//! The actor's regression `L_Q` (Equation 11) under one policy: what it leaves over, its solution, its noise.

use super::moments::Moments;
use super::policy_gradients::PolicyGradients;
use super::spectrum::DenseLimitExceeded;
use super::trajectories::trajectories;
use crate::exact::{HistoryTree, Work, WorkLimitExceeded};
use crate::features::{AnyMap, FeatureMap, HistoryFold, Row, SparseRow};
use crate::policy::{AnyPolicy, Policy, Prepared};
use crate::pomdp::{Model, discount_table};
use std::collections::BTreeMap;
use thiserror::Error;

/// The regression of exact action values on `ξ = ∇_θ f`, of normalised rewards.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    /// `L_Q(0) = E Σ_h γ^h Q_h²`.
    pub at_zero: f64,
    /// `ε_approx = inf_ω L_Q(ω)`; 0 where it is no more than rounding.
    pub approximation: f64,
    /// `‖ω*‖`, of the shortest solution.
    pub solution_norm: f64,
    /// `E ‖∇L_Q - ∇L̂_Q‖²` at ω = 0, where every regression begins.
    pub noise_at_zero: f64,
    /// The same at `ω*`; 0 where it is no more than rounding.
    pub noise_at_solution: f64,
}

impl Regression {
    /// `ε_stat(0) = L_Q(0) - inf_ω L_Q(ω)`, which is Lemma 11's `F(x_0) - F*`.
    pub fn statistical_at_zero(&self) -> f64 {
        (self.at_zero - self.approximation).max(0.0)
    }
}

/// Why there are no numbers of the regression.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RegressionError {
    /// It would take too long.
    #[error(transparent)]
    Work(#[from] WorkLimitExceeded),
    /// A policy whose memory is not finite, and whose values therefore are not known without the tree.
    #[error("the policy has no finite memory, so its action values are known on the tree of histories only")]
    NotFinite,
    /// Features with too large a block.
    #[error(transparent)]
    Dense(#[from] DenseLimitExceeded),
}

/// What the regression is about.
#[derive(Clone, Copy)]
pub struct Task<'a> {
    /// The problem.
    pub model: &'a Model,
    /// The policy class.
    pub policy: &'a AnyPolicy<'a, u32>,
    /// θ.
    pub theta: &'a [f64],
    /// γ.
    pub gamma: f64,
}

/// The regression, by enumeration.
///
/// # Errors
/// [`RegressionError`] after `limit` operations, or where a block of the Gram matrix is larger than
/// `dimension`.
pub fn regression(task: Task<'_>, limit: u64, dimension: usize) -> Result<Regression, RegressionError> {
    let Task { model, policy, theta, gamma } = task;
    let gradients = PolicyGradients::new(policy, theta.to_vec());
    let xi = AnyMap::new(&gradients);
    let discount = discount_table(gamma, policy.horizon());
    let mut prepared = Prepared::at(policy, theta);

    let mut work = Work::new("the actor's regression", limit);
    let mut slope = vec![0.0; policy.parameters()];
    let mut at_zero = 0.0;
    let mut values: BTreeMap<Vec<u32>, Vec<f64>> = BTreeMap::new();
    let mut row = SparseRow::default();
    HistoryTree::new(model, policy, &mut prepared, &With(&xi), gamma).walk(&mut work, |visit, work| {
        // What is kept of a history counts too.
        work.spend(16 * visit.memory.1.len())?;
        for (a, (p, [q])) in visit.policy.iter().zip(visit.q).enumerate() {
            let weight = discount[visit.h] * visit.probability * p;
            at_zero += weight * q * q;
            xi.row(&visit.memory.0, visit.h, a, &mut row);
            row.add_to(weight * q, slope.as_mut_slice());
        }
        values.insert(visit.memory.1.clone(), visit.q.iter().map(|[q]| *q).collect());
        Ok(())
    })?;

    let moments = Moments::new(model, policy, &mut prepared, &xi, gamma, limit)?;
    let solution = moments.least_solution(&slope, dimension)?;

    // The residual itself: as a difference of two squares it would be rounding where it is small.
    let mut approximation = 0.0;
    HistoryTree::new(model, policy, &mut prepared, &xi, gamma).walk(&mut work, |visit, _| {
        for (a, (p, [q])) in visit.policy.iter().zip(visit.q).enumerate() {
            xi.row(visit.memory, visit.h, a, &mut row);
            let gap = q - row.dot(&solution);
            approximation += discount[visit.h] * visit.probability * p * gap * gap;
        }
        Ok(())
    })?;
    let zero = vec![0.0; policy.parameters()];
    let noise = |omega: &[f64]| noise(task, &xi, &values, omega, limit);
    let (noise_at_zero, noise_at_solution) = (noise(&zero)?, noise(&solution)?);
    Ok(Regression {
        at_zero,
        approximation: without_rounding(approximation, at_zero),
        noise_at_zero,
        noise_at_solution: without_rounding(noise_at_solution, noise_at_zero),
        solution_norm: solution.iter().fold(0.0, |sum: f64, x| sum + x * x).sqrt(),
    })
}

/// 0 in the place of a sum of squares that is below 1e-24 of what it would be at ω = 0: a relative rounding
/// of 1e-12, squared, is more than eigen-solves leave.
fn without_rounding(square: f64, at_zero: f64) -> f64 {
    if square < 1e-24 * at_zero { 0.0 } else { square }
}

/// `E ‖∇L̂_Q(ω) - ∇L_Q(ω)‖²` over single trajectories, `∇L̂_Q = 2 Σ_h γ^h ξ_h (ω'ξ_h - Q_h)`.
fn noise(
    task: Task<'_>,
    xi: &AnyMap<'_, u32>,
    values: &BTreeMap<Vec<u32>, Vec<f64>>,
    omega: &[f64],
    limit: u64,
) -> Result<f64, WorkLimitExceeded> {
    let Task { model, policy, theta, gamma } = task;
    let discount = discount_table(gamma, policy.horizon());
    let mut prepared = Prepared::at(policy, theta);
    let mut work = Work::new("the noise of the actor's regression", limit);
    let mut mean = vec![0.0; omega.len()];
    let (mut square, mut sum) = (0.0, BTreeMap::<usize, f64>::new());
    trajectories(
        model,
        policy,
        &mut prepared,
        &With(xi),
        &mut work,
        |place, action| {
            let (memory, history) = place.memory;
            let mut row = SparseRow::default();
            xi.row(memory, place.h, action, &mut row);
            (values[history][action], row)
        },
        |probability, steps: &[(f64, SparseRow)], work| {
            sum.clear();
            for (power, (q, row)) in discount.iter().zip(steps) {
                work.spend(steps.len())?;
                let factor = 2.0 * power * (row.dot(omega) - q);
                row.for_each(|i, x| *sum.entry(i).or_insert(0.0) += factor * x);
            }
            for (&i, g) in &sum {
                mean[i] += probability * g;
                square += probability * g * g;
            }
            Ok(())
        },
    )?;
    Ok((square - mean.iter().fold(0.0, |sum, x| sum + x * x)).max(0.0))
}

/// A fold together with the history itself: first observation, then actions and observations.
struct With<'a, 'b>(&'a AnyMap<'b, u32>);

impl HistoryFold for With<'_, '_> {
    type Observation = u32;
    type Memory = (<AnyMap<'static, u32> as HistoryFold>::Memory, Vec<u32>);

    fn memory(&self) -> Self::Memory {
        (self.0.memory(), Vec::new())
    }

    fn start(&self, memory: &mut Self::Memory, first: &u32) {
        self.0.start(&mut memory.0, first);
        memory.1.clear();
        memory.1.push(*first);
    }

    fn advance(&self, memory: &mut Self::Memory, h: usize, action: usize, seen: &u32) {
        self.0.advance(&mut memory.0, h, action, seen);
        memory.1.extend([action as u32, *seen]);
    }
}
