//! Dynamic programming for policies of a finite memory m: `q_h(s, m, a)`, from the last step to the first.

use super::WorkLimitExceeded;
use super::successors::{by_pair, expansion_cost, first_weights};
use super::work::Work;
use crate::policy::{Policy, Prepared};
use crate::pomdp::Model;

/// Whether the policy keeps a finite memory at every step.
pub(crate) fn is_finite(policy: &impl Policy) -> bool {
    (0..policy.horizon()).all(|h| policy.slots(h).is_some())
}

/// `V^π` for each of N tables of rewards at `a * S + s`; calls `each(h, m, q)` with `q_h(s, m, a)` at
/// `a * S + s`, for falling h and rising m.
///
/// `q_h(s, m, a) = r(s, a) + γ Σ_s' T(s' | s, a) Σ_o O(o | a, s') v_{h+1}(s', u(m, a, o))`, with
/// `v_h(s, m) = Σ_a π_h(a | m) q_h(s, m, a)`. Then `Q_h^π(z, a) = Σ_s b(z)(s) q_h(s, m(z), a)`.
pub(crate) fn backward<P: Policy<Observation = u32>, const N: usize>(
    model: &Model,
    policy: &P,
    prepared: &mut Prepared<P>,
    gamma: f64,
    rewards: &[[f64; N]],
    work: &mut Work,
    each: impl FnMut(usize, usize, &[[f64; N]]),
) -> Result<[f64; N], WorkLimitExceeded> {
    backward_with(model, policy, prepared, gamma, rewards, Entropy([0.0; N]), work, each)
}

/// What each step is worth beside its rewards: this much times `-ln π(a | z)`.
#[derive(Clone, Copy)]
pub(crate) struct Entropy<const N: usize>(pub(crate) [f64; N]);

impl<const N: usize> Entropy<N> {
    /// `-τ Σ_a π(a) ln π(a)`.
    fn of(self, probabilities: &[f64]) -> [f64; N] {
        let entropy = probabilities.iter().filter(|&&p| p > 0.0).fold(0.0, |sum, &p| sum - p * libm::log(p));
        self.0.map(|temperature| temperature * entropy)
    }
}

/// [`backward`], with entropies: `v_h(s, m) = Σ_a π_h(a | m) (q_h(s, m, a) - τ ln π_h(a | m))`.
#[allow(clippy::too_many_arguments, reason = "those of `backward`, and one")]
pub(crate) fn backward_with<P: Policy<Observation = u32>, const N: usize>(
    model: &Model,
    policy: &P,
    prepared: &mut Prepared<P>,
    gamma: f64,
    rewards: &[[f64; N]],
    entropy: Entropy<N>,
    work: &mut Work,
    mut each: impl FnMut(usize, usize, &[[f64; N]]),
) -> Result<[f64; N], WorkLimitExceeded> {
    let (states, actions, observations) = (model.states(), model.actions(), model.observations());
    // v_{h+1}(s, m) at `m * S + s`.
    let mut after: Vec<[f64; N]> = Vec::new();
    let mut q = vec![[0.0; N]; actions * states];
    let mut next_slot = vec![0; observations];
    let mut expected = vec![[0.0; N]; states];
    let mut moved = policy.memory();
    for h in (0..policy.horizon()).rev() {
        let slots = policy.slots(h).expect("a finite memory");
        work.spend(slots.saturating_mul(expansion_cost(model)))?;
        let mut values = vec![[0.0; N]; slots * states];
        for slot in 0..slots {
            let memory = policy.memory_of_slot(h, slot);
            q.copy_from_slice(rewards);
            if h + 1 < policy.horizon() {
                for a in 0..actions {
                    for (o, next) in next_slot.iter_mut().enumerate() {
                        moved.clone_from(&memory);
                        policy.advance(prepared.theta(), &mut moved, h, a, &(o as u32));
                        *next = policy.slot(&moved, h + 1);
                    }
                    for (s, sum) in expected.iter_mut().enumerate() {
                        let row = model.observation().row(a * states + s);
                        *sum =
                            row.fold([0.0; N], |sum, (o, p)| plus(sum, p, after[next_slot[o] * states + s]));
                    }
                    for s in 0..states {
                        let row = model.transition().row(a * states + s);
                        let future = row.fold([0.0; N], |sum, (next, p)| plus(sum, p, expected[next]));
                        q[a * states + s] = plus(q[a * states + s], gamma, future);
                    }
                }
            }
            let probabilities = prepared.probabilities(policy, &memory, h);
            let value = &mut values[slot * states..(slot + 1) * states];
            if entropy.0.iter().any(|&temperature| temperature > 0.0) {
                value.fill(entropy.of(probabilities));
            }
            for (a, &p) in probabilities.iter().enumerate() {
                for s in 0..states {
                    value[s] = plus(value[s], p, q[a * states + s]);
                }
            }
            each(h, slot, &q);
        }
        after = values;
    }
    if policy.horizon() == 0 {
        return Ok([0.0; N]);
    }
    let mut weights = vec![0.0; states];
    let mut value = [0.0; N];
    for first in 0..model.first_observations() {
        first_weights(model, first, &mut weights);
        let mut memory = policy.memory();
        policy.start(prepared.theta(), &mut memory, &(first as u32));
        let slot = policy.slot(&memory, 0);
        let after = &after[slot * states..(slot + 1) * states];
        let seen = weights.iter().zip(after).fold([0.0; N], |sum, (&w, &value)| plus(sum, w, value));
        value = plus(value, 1.0, seen);
    }
    Ok(value)
}

/// `x + c y`, number by number.
#[inline]
pub(super) fn plus<const N: usize>(x: [f64; N], c: f64, y: [f64; N]) -> [f64; N] {
    std::array::from_fn(|i| x[i] + c * y[i])
}

/// Normalised rewards at `a * S + s`, for [`backward`] and the tree of histories.
pub(crate) fn normalised(model: &Model) -> Vec<[f64; 1]> {
    by_pair(model, |s, a| [model.normalised_reward(s, a)])
}

/// Rewards in the problem's own units and [`Model::gain`], at `a * S + s`.
pub(super) fn rewards_and_gains(model: &Model) -> Vec<[f64; 2]> {
    by_pair(model, |s, a| [model.reward(s, a), model.gain(s, a)])
}
