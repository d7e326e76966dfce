//! Dynamic programming for policies of a finite memory m: `q_h(s, m, a)`, from the last step to the first.

use super::WorkLimitExceeded;
use super::successors::{dot, expansion_cost, first_weights, reward_table};
use super::work::Work;
use crate::policy::{Policy, Prepared};
use crate::pomdp::Model;

/// Whether the policy keeps a finite memory at every step.
pub(crate) fn is_finite(policy: &impl Policy) -> bool {
    (0..policy.horizon()).all(|h| policy.slots(h).is_some())
}

/// `V^π`, normalised; calls `each(h, m, q)` with `q_h(s, m, a)` at `a * S + s`, for falling h and rising m.
///
/// `q_h(s, m, a) = r(s, a) + γ Σ_s' T(s' | s, a) Σ_o O(o | a, s') v_{h+1}(s', u(m, a, o))`, with
/// `v_h(s, m) = Σ_a π_h(a | m) q_h(s, m, a)`. Then `Q_h^π(z, a) = Σ_s b(z)(s) q_h(s, m(z), a)`.
pub(crate) fn backward<P: Policy<Observation = u32>>(
    model: &Model,
    policy: &P,
    prepared: &mut Prepared<P>,
    gamma: f64,
    work: &mut Work,
    mut each: impl FnMut(usize, usize, &[f64]),
) -> Result<f64, WorkLimitExceeded> {
    let (states, actions, observations) = (model.states(), model.actions(), model.observations());
    let reward = reward_table(model);
    // v_{h+1}(s, m) at `m * S + s`.
    let mut after: Vec<f64> = Vec::new();
    let mut q = vec![0.0; actions * states];
    let mut next_slot = vec![0; observations];
    let mut expected = vec![0.0; states];
    for h in (0..policy.horizon()).rev() {
        let slots = policy.slots(h).expect("a finite memory");
        work.spend(slots.saturating_mul(expansion_cost(model)))?;
        let mut values = vec![0.0; slots * states];
        for slot in 0..slots {
            let memory = policy.memory_of_slot(h, slot);
            q.copy_from_slice(&reward);
            if h + 1 < policy.horizon() {
                for a in 0..actions {
                    for (o, next) in next_slot.iter_mut().enumerate() {
                        let mut moved = memory.clone();
                        policy.advance(&mut moved, h, a, &(o as u32));
                        *next = policy.slot(&moved, h + 1);
                    }
                    for (s, sum) in expected.iter_mut().enumerate() {
                        *sum = model
                            .observation()
                            .row(a * states + s)
                            .fold(0.0, |sum, (o, p)| sum + p * after[next_slot[o] * states + s]);
                    }
                    for s in 0..states {
                        let row = a * states + s;
                        let future =
                            model.transition().row(row).fold(0.0, |sum, (next, p)| sum + p * expected[next]);
                        q[row] += gamma * future;
                    }
                }
            }
            let probabilities = prepared.probabilities(policy, &memory, h);
            let value = &mut values[slot * states..(slot + 1) * states];
            for (a, p) in probabilities.iter().enumerate() {
                for s in 0..states {
                    value[s] += p * q[a * states + s];
                }
            }
            each(h, slot, &q);
        }
        after = values;
    }
    if policy.horizon() == 0 {
        return Ok(0.0);
    }
    let mut weights = vec![0.0; states];
    let mut value = 0.0;
    for first in 0..model.first_observations() {
        first_weights(model, first, &mut weights);
        let mut memory = policy.memory();
        policy.start(&mut memory, &(first as u32));
        let slot = policy.slot(&memory, 0);
        value += dot(&weights, &after[slot * states..(slot + 1) * states]);
    }
    Ok(value)
}
