//! The actor's regression from sampled trajectories, where histories are too many: for policies of a finite
//! memory m, whose solution is found by dynamic programming, and whose `Q_h(z, a) = Σ_s b(z)(s) q_h(s, m, a)`
//! is known at every history that is met.

use super::moments::Moments;
use super::policy_gradients::PolicyGradients;
use super::regression::{RegressionError, Task};
use super::sampled::Spread;
use crate::exact::{Successors, Work, backward, dot, first_weights, is_finite, normalised, occupancies};
use crate::features::{AnyMap, FeatureMap, HistoryFold, Row, SparseRow};
use crate::policy::{Policy, Prepared};
use crate::pomdp::{Generator, Simulator, TabularSimulator, discount_table};
use rand::Rng;
use std::collections::BTreeMap;

/// What batches of trajectories say of a [`Regression`](super::Regression).
#[derive(Clone, Debug, PartialEq)]
pub struct SampledRegression {
    /// `‖ω*‖`, which is computed.
    pub solution_norm: f64,
    /// A mean of each is the number itself.
    pub batches: Vec<RegressionBatch>,
}

/// What one batch says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegressionBatch {
    /// `L_Q(0)`.
    pub at_zero: f64,
    /// `ε_approx = L_Q(ω*)`.
    pub approximation: f64,
    /// `E ‖∇L_Q - ∇L̂_Q‖²` at ω = 0.
    pub noise_at_zero: f64,
    /// The same at `ω*`.
    pub noise_at_solution: f64,
}

/// As many batches as there are streams, each of so many trajectories.
///
/// # Errors
/// [`RegressionError`] where the policy has no finite memory, after `limit` operations of dynamic
/// programming, or where a block of the Gram matrix is larger than `dimension`.
///
/// # Panics
/// If a batch has fewer than two trajectories.
pub fn regression_batches(
    task: Task<'_>,
    limit: u64,
    dimension: usize,
    trajectories: u64,
    streams: &mut [Generator],
) -> Result<SampledRegression, RegressionError> {
    assert!(trajectories > 1, "a variance needs two trajectories");
    let Task { model, policy, theta, gamma } = task;
    if !is_finite(policy) {
        return Err(RegressionError::NotFinite);
    }
    let gradients = PolicyGradients::new(policy, theta.to_vec());
    let xi = AnyMap::new(&gradients);
    let discount = discount_table(gamma, policy.horizon());
    let mut prepared = Prepared::at(policy, theta);
    let mut work = Work::new("dynamic programming for action values", limit);

    // q_h(s, m, a) at `a * S + s`, for every step and slot; the last step comes first.
    let mut q: Vec<Vec<Vec<f64>>> = vec![Vec::new(); policy.horizon()];
    backward(model, policy, &mut prepared, gamma, &normalised(model), &mut work, |h, _, values| {
        q[h].push(values.as_flattened().to_vec());
    })?;
    // c = E Σ_h γ^h ξ_h Q_h, from the mean of Q at every memory.
    let layers = occupancies(model, policy, &mut prepared, &xi, &mut work, |_, _, _| Ok(()))?;
    let (states, mut row) = (model.states(), SparseRow::default());
    let mut slope = vec![0.0; policy.parameters()];
    for (h, layer) in layers.iter().enumerate() {
        for (&(slot, seen), occupancy) in layer {
            let probabilities = prepared.probabilities(policy, &policy.memory_of_slot(h, slot), h).to_vec();
            let memory = xi.memory_of_slot(h, seen);
            for (a, p) in probabilities.iter().enumerate() {
                let mean = dot(occupancy, &q[h][slot][a * states..(a + 1) * states]);
                xi.row(&memory, h, a, &mut row);
                row.add_to(discount[h] * p * mean, slope.as_mut_slice());
            }
        }
    }
    let moments = Moments::new(model, policy, &mut prepared, &xi, gamma, limit)?;
    let solution = moments.least_solution(&slope, dimension)?;

    let simulator = TabularSimulator::new(model);
    let mut player = Player { task, xi: &xi, q: &q, discount: &discount, simulator: &simulator, prepared };
    Ok(SampledRegression {
        solution_norm: dot(&solution, &solution).sqrt(),
        batches: streams.iter_mut().map(|rng| player.batch(&solution, trajectories, rng)).collect(),
    })
}

struct Player<'a> {
    task: Task<'a>,
    xi: &'a AnyMap<'a, u32>,
    q: &'a [Vec<Vec<f64>>],
    discount: &'a [f64],
    simulator: &'a TabularSimulator,
    prepared: Prepared<crate::policy::AnyPolicy<'a, u32>>,
}

impl Player<'_> {
    fn batch(&mut self, solution: &[f64], trajectories: u64, rng: &mut Generator) -> RegressionBatch {
        let n = trajectories as f64;
        let (mut at_zero, mut approximation) = (0.0, 0.0);
        let mut spreads = [Spread::default(), Spread::default()];
        for _ in 0..trajectories {
            let steps = self.trajectory(rng);
            let (mut zero, mut solved) = (BTreeMap::new(), BTreeMap::new());
            for (power, (q, row)) in self.discount.iter().zip(&steps) {
                let gap = row.dot(solution) - q;
                at_zero += power * q * q;
                approximation += power * gap * gap;
                row.for_each(|i, x| {
                    *zero.entry(i).or_insert(0.0) -= 2.0 * power * q * x;
                    *solved.entry(i).or_insert(0.0) += 2.0 * power * gap * x;
                });
            }
            spreads[0].add(&zero);
            spreads[1].add(&solved);
        }
        let [noise_at_zero, noise_at_solution] = spreads.map(|spread| spread.variance(n));
        RegressionBatch {
            at_zero: at_zero / n,
            approximation: approximation / n,
            noise_at_zero,
            noise_at_solution,
        }
    }

    /// `Q_h(z, a)` and `ξ_h(z, a)` of every step of a trajectory.
    fn trajectory(&mut self, rng: &mut Generator) -> Vec<(f64, SparseRow)> {
        let Task { model, policy, .. } = self.task;
        let states = model.states();
        let (mut state, first) = self.simulator.initial(rng);
        let mut belief = vec![0.0; states];
        let mass = first_weights(model, first as usize, &mut belief);
        belief.iter_mut().for_each(|b| *b /= mass);
        let (mut memory, mut seen_by_xi) = (policy.memory(), self.xi.memory());
        policy.start(self.prepared.theta(), &mut memory, &first);
        self.xi.start(&mut seen_by_xi, &first);
        let mut successors = Successors::new(model);
        let mut steps = Vec::with_capacity(policy.horizon());
        for h in 0..policy.horizon() {
            let action = self.prepared.act(policy, &memory, h, rng.next_u64());
            let values = &self.q[h][policy.slot(&memory, h)];
            let mut row = SparseRow::default();
            self.xi.row(&seen_by_xi, h, action, &mut row);
            steps.push((dot(&belief, &values[action * states..(action + 1) * states]), row));
            if h + 1 < policy.horizon() {
                let (_, seen) = self.simulator.step(&mut state, action, rng);
                successors.set(model, &belief, action);
                let mass = successors.mass(seen as usize);
                belief.iter_mut().zip(successors.weights(seen as usize)).for_each(|(b, w)| *b = w / mass);
                policy.advance(self.prepared.theta(), &mut memory, h, action, &seen);
                self.xi.advance(&mut seen_by_xi, h, action, &seen);
            }
        }
        steps
    }
}
