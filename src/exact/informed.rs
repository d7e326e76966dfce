//! The fast informed bound: action values of somebody who learns the state one step late.

use super::WorkLimitExceeded;
use super::successors::{dot, gains, rewards};
use super::work::Work;
use crate::pomdp::{Model, Roundings, of_terms};

/// `Q_t(s, a)` for t steps to go (Hauskrecht 2000): `Q_1 = r`, and
///
/// `Q_t(s, a) = r(s, a) + γ Σ_o max_a' Σ_s' T(s' | s, a) O(o | a, s') Q_{t-1}(s', a')`.
///
/// `V*_t(b) ≤ max_a Σ_s b(s) Q_t(s, a)`, since the optimum maximises after the sum over states; and the bound
/// is no greater than that of the underlying MDP, which maximises inside the sum over s'.
pub(crate) struct InformedBound {
    states: usize,
    actions: usize,
    /// Of `t` steps to go at `t - 1`; each at `a * S + s`, in the problem's own units, and with what rounding
    /// may have taken.
    q: Vec<Vec<f64>>,
    /// By steps to go and state, a bound of the gain of any policy.
    gain: Vec<Vec<f64>>,
}

impl InformedBound {
    /// The bound for 1 to `horizon` steps to go.
    pub(crate) fn new(
        model: &Model,
        horizon: usize,
        gamma: f64,
        work: &mut Work,
    ) -> Result<Self, WorkLimitExceeded> {
        let (states, actions) = (model.states(), model.actions());
        let mut q = backed_up(model, &rewards(model), horizon, gamma, work)?;
        let of_gains = backed_up(model, &gains(model), horizon, gamma, work)?;
        let relative = Roundings::by_beliefs(model, horizon).relative(0.0);
        for (q, gain) in q.iter_mut().flatten().zip(of_gains.iter().flatten()) {
            *q += of_terms(relative, *gain, *q);
        }
        let gain = of_gains.iter().map(|gains| largest_by_state(gains, states, actions)).collect();
        Ok(InformedBound { states, actions, q, gain })
    }

    /// `max_a Σ_s b(s) Q_t(s, a)`; 0 with no step to go.
    pub(crate) fn value(&self, to_go: usize, belief: &[f64]) -> f64 {
        if to_go == 0 {
            return 0.0;
        }
        let q = &self.q[to_go - 1];
        q.chunks(self.states).fold(f64::NEG_INFINITY, |best, q| best.max(dot(belief, q)))
    }

    /// `max_a Q_t(s, a)` for every state.
    pub(crate) fn corners(&self, to_go: usize) -> Vec<f64> {
        largest_by_state(&self.q[to_go - 1], self.states, self.actions)
    }

    /// At least the gain of any policy from `belief` on; 0 with no step to go.
    pub(crate) fn gain(&self, to_go: usize, belief: &[f64]) -> f64 {
        if to_go == 0 { 0.0 } else { dot(belief, &self.gain[to_go - 1]) }
    }
}

/// The recursion for 1 to `horizon` steps to go, of rewards at `a * S + s`.
fn backed_up(
    model: &Model,
    reward: &[f64],
    horizon: usize,
    gamma: f64,
    work: &mut Work,
) -> Result<Vec<Vec<f64>>, WorkLimitExceeded> {
    let (states, actions, observations) = (model.states(), model.actions(), model.observations());
    let mut q: Vec<Vec<f64>> = Vec::with_capacity(horizon);
    // Σ_s' T O Q(s', a') at `o * A + a'`.
    let mut sums = vec![0.0; observations * actions];
    for _ in 0..horizon {
        work.spend(actions.saturating_mul(states).saturating_mul(1 + observations.saturating_mul(actions)))?;
        let Some(after) = q.last() else {
            q.push(reward.to_vec());
            continue;
        };
        let mut values = reward.to_vec();
        for a in 0..actions {
            for s in 0..states {
                sums.fill(0.0);
                for (next, p) in model.transition().row(a * states + s) {
                    let seen = model.observation().row(a * states + next);
                    work.spend(seen.len() * actions)?;
                    for (o, seen) in seen {
                        for (then, sum) in sums[o * actions..(o + 1) * actions].iter_mut().enumerate() {
                            *sum += p * seen * after[then * states + next];
                        }
                    }
                }
                let future = sums.chunks(actions).fold(0.0, |sum, q| sum + greatest(q));
                values[a * states + s] += gamma * future;
            }
        }
        q.push(values);
    }
    Ok(q)
}

fn largest_by_state(q: &[f64], states: usize, actions: usize) -> Vec<f64> {
    let at = |s: usize| (0..actions).map(move |a| q[a * states + s]);
    (0..states).map(|s| at(s).fold(f64::NEG_INFINITY, f64::max)).collect()
}

fn greatest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}
