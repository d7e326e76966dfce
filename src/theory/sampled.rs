//! Moments of semi-gradients at ψ = 0 from sampled trajectories, where enumeration takes too long.

use crate::features::{AnyMap, FeatureMap, HistoryFold, Row, SparseRow};
use crate::policy::{AnyPolicy, Policy, Prepared};
use crate::pomdp::{Generator, Simulator, discount_table};
use rand::Rng;
use std::collections::BTreeMap;

/// What one batch of trajectories says of [`SemiGradients`](super::SemiGradients) at ψ = 0. The mean of every
/// number is the moment itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// `E ‖g‖`.
    pub norm: f64,
    /// `‖E g‖²`, which may come out below 0.
    pub mean_square: f64,
    /// `E ‖g - E g‖²`.
    pub noise: f64,
    /// `Var g_h`, step by step.
    pub variances: Vec<f64>,
}

/// Plays `trajectories` trajectories, at least two.
///
/// # Panics
/// If there are fewer.
pub fn semi_gradient_batch<S: Simulator>(
    simulator: &S,
    policy: &AnyPolicy<'_, S::Observation>,
    theta: &[f64],
    critic: &AnyMap<'_, S::Observation>,
    gamma: f64,
    trajectories: u64,
    rng: &mut Generator,
) -> Batch {
    assert!(trajectories > 1, "a variance needs two trajectories");
    let horizon = policy.horizon();
    let discount = discount_table(gamma, horizon);
    let (low, high) = simulator.reward_range();
    let normalised = |reward: f64| if high > low { (reward - low) / (high - low) } else { 0.0 };
    let mut prepared = Prepared::at(policy, theta);
    let (mut memory, mut seen, mut row) = (policy.memory(), critic.memory(), SparseRow::default());
    let mut whole = Spread::default();
    let mut steps: Vec<Spread> = discount.iter().map(|_| Spread::default()).collect();
    let (mut g, mut norm) = (BTreeMap::new(), 0.0);
    for _ in 0..trajectories {
        let (mut state, first) = simulator.initial(rng);
        policy.start(prepared.theta(), &mut memory, &first);
        critic.start(&mut seen, &first);
        let mut sum = BTreeMap::new();
        for h in 0..horizon {
            let action = prepared.act(policy, &memory, h, rng.next_u64());
            critic.row(&seen, h, action, &mut row);
            let reward = if h + 1 == horizon {
                simulator.last_step(&mut state, action, rng)
            } else {
                let (reward, after) = simulator.step(&mut state, action, rng);
                policy.advance(prepared.theta(), &mut memory, h, action, &after);
                critic.advance(&mut seen, h, action, &after);
                reward
            };
            let factor = -discount[h] * normalised(reward);
            g.clear();
            row.for_each(|i, x| {
                *g.entry(i).or_insert(0.0) += factor * x;
                *sum.entry(i).or_insert(0.0) += factor * x;
            });
            steps[h].add(&g);
        }
        norm += whole.add(&sum).sqrt();
    }
    let n = trajectories as f64;
    let noise = whole.variance(n);
    Batch {
        norm: norm / n,
        // E ‖mean‖² is ‖E g‖² and a part of the noise.
        mean_square: whole.mean_square(n) - noise / n,
        noise,
        variances: steps.iter().map(|step| step.variance(n)).collect(),
    }
}

/// Sums of vectors and of their squared lengths.
#[derive(Default)]
pub(super) struct Spread {
    sum: BTreeMap<usize, f64>,
    squares: f64,
}

impl Spread {
    /// Adds a vector; its squared length.
    pub(super) fn add(&mut self, vector: &BTreeMap<usize, f64>) -> f64 {
        let mut square = 0.0;
        for (&i, x) in vector {
            *self.sum.entry(i).or_insert(0.0) += x;
            square += x * x;
        }
        self.squares += square;
        square
    }

    fn mean_square(&self, n: f64) -> f64 {
        self.sum.values().fold(0.0, |sum, x| sum + x * x) / (n * n)
    }

    /// `Σ ‖x - mean‖² / (n - 1)`.
    pub(super) fn variance(&self, n: f64) -> f64 {
        ((self.squares - n * self.mean_square(n)) / (n - 1.0)).max(0.0)
    }
}
