//! The critic's semi-gradients `g(ψ; Z)` at one ψ (Equation 5): their norm, mean and noise.

use super::trajectories::trajectories;
use crate::exact::{Work, WorkLimitExceeded};
use crate::features::{AnyMap, FeatureMap, Row, SparseRow};
use crate::policy::{AnyPolicy, Policy, Prepared};
use crate::pomdp::{Model, discount_table};
use std::collections::BTreeMap;

/// A vector by its nonzeros.
type Sparse = BTreeMap<u32, f64>;

/// Moments of `g(ψ; Z) = Σ_h g_h(ψ; Z)`, each `g_h` at its place in the stacked vector.
#[derive(Clone, Debug, PartialEq)]
pub struct SemiGradients {
    /// `E ‖g‖`, which Definition 1 bounds by G.
    pub norm: f64,
    /// `‖E g‖`: what clients go on average, called `G_r` at `ψ = ψ̃^r`.
    pub mean_norm: f64,
    /// `E ‖g - E g‖²`; where every step has a block of its own, `Σ_h Var g_h`.
    pub noise: f64,
    /// `Var g_h = E ‖g_h - E g_h‖²`, step by step; Definition 2 bounds them by `σ_g²`.
    pub variances: Vec<f64>,
}

impl SemiGradients {
    /// The largest `Var g_h`.
    pub fn largest_variance(&self) -> f64 {
        self.variances.iter().fold(0.0, |most, &variance| most.max(variance))
    }
}

/// A step of a trajectory, as a semi-gradient sees it.
struct Step {
    reward: f64,
    row: SparseRow,
}

/// The moments at `psi`, by enumeration of trajectories.
///
/// # Errors
/// [`WorkLimitExceeded`] after `limit` operations.
///
/// # Panics
/// If policy and features differ in the number of steps.
pub fn semi_gradients(
    model: &Model,
    policy: &AnyPolicy<'_, u32>,
    theta: &[f64],
    critic: &AnyMap<'_, u32>,
    psi: &[f64],
    gamma: f64,
    limit: u64,
) -> Result<SemiGradients, WorkLimitExceeded> {
    assert_eq!(critic.horizon(), policy.horizon(), "policy and critic take the same number of steps");
    let horizon = policy.horizon();
    let discount = discount_table(gamma, horizon);
    let mut prepared = Prepared::at(policy, theta);
    let mut work = Work::new("the moments of semi-gradients", limit);
    let (mut norm, mut square) = (0.0, 0.0);
    let (mut means, mut squares) = (vec![Sparse::new(); horizon], vec![0.0; horizon]);
    let mut sum = Sparse::new();
    trajectories(
        model,
        policy,
        &mut prepared,
        critic,
        &mut work,
        |place, action| {
            let mut row = SparseRow::default();
            critic.row(place.memory, place.h, action, &mut row);
            Step { reward: model.normalised_reward(place.state, action), row }
        },
        |probability, steps: &[Step], work| {
            sum.clear();
            for (h, Step { reward, row }) in steps.iter().enumerate() {
                let future = steps.get(h + 1).map_or(0.0, |next| gamma * next.row.dot(psi));
                let factor = -discount[h] * (reward + future - row.dot(psi));
                work.spend(horizon)?;
                let mut length = 0.0;
                row.for_each(|i, x| {
                    let g = factor * x;
                    length += g * g;
                    *sum.entry(i as u32).or_insert(0.0) += g;
                    *means[h].entry(i as u32).or_insert(0.0) += probability * g;
                });
                squares[h] += probability * length;
            }
            let length = square_of(&sum);
            square += probability * length;
            norm += probability * length.sqrt();
            Ok(())
        },
    )?;
    let variances = means.iter().zip(&squares).map(|(mean, square)| (square - square_of(mean)).max(0.0));
    let variances = variances.collect();
    let mut mean = Sparse::new();
    for (i, x) in means.into_iter().flatten() {
        *mean.entry(i).or_insert(0.0) += x;
    }
    let mean_square = square_of(&mean);
    Ok(SemiGradients {
        norm,
        mean_norm: mean_square.sqrt(),
        noise: (square - mean_square).max(0.0),
        variances,
    })
}

fn square_of(vector: &Sparse) -> f64 {
    vector.values().fold(0.0, |sum, x| sum + x * x)
}
