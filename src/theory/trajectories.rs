//! All trajectories that a model can show under a policy, hidden states and all.

use crate::exact::{Work, WorkLimitExceeded};
use crate::features::HistoryFold;
use crate::policy::{Policy, Prepared};
use crate::pomdp::Model;

/// Where a trajectory is at a step, before its action.
pub(super) struct Place<'a, M> {
    /// h.
    pub(super) h: usize,
    /// The hidden state.
    pub(super) state: usize,
    /// The companion's memory of the history.
    pub(super) memory: &'a M,
}

/// Calls `each` with every trajectory of positive probability: that probability, and what `taken` makes of
/// every step and its action. There are up to `(S A O)^H` of them.
///
/// # Errors
/// [`WorkLimitExceeded`], from the work that `each` and `taken` are charged for.
pub(super) fn trajectories<P, C, T>(
    model: &Model,
    policy: &P,
    prepared: &mut Prepared<P>,
    companion: &C,
    work: &mut Work,
    mut taken: impl FnMut(&Place<'_, C::Memory>, usize) -> T,
    mut each: impl FnMut(f64, &[T], &mut Work) -> Result<(), WorkLimitExceeded>,
) -> Result<(), WorkLimitExceeded>
where
    P: Policy<Observation = u32>,
    C: HistoryFold<Observation = u32>,
{
    let (states, last) = (model.states(), policy.horizon() - 1);
    let mut waiting = Vec::new();
    for first in (0..model.first_observations()).rev() {
        for state in (0..states).rev() {
            let probability = model.start()[state] * model.first_observation_probability(state, first);
            if probability > 0.0 {
                let (mut memory, mut seen) = (policy.memory(), companion.memory());
                policy.start(prepared.theta(), &mut memory, &(first as u32));
                companion.start(&mut seen, &(first as u32));
                waiting.push(Begun { h: 0, state, probability, memory, seen, step: None });
            }
        }
    }
    let mut path: Vec<T> = Vec::with_capacity(policy.horizon());
    while let Some(Begun { h, state, probability, memory, seen, step }) = waiting.pop() {
        path.truncate(h.saturating_sub(1));
        path.extend(step);
        let probabilities = prepared.probabilities(policy, &memory, h).to_vec();
        let place = Place { h, state, memory: &seen };
        for (a, &p) in probabilities.iter().enumerate().rev() {
            if p <= 0.0 {
                continue;
            }
            if h == last {
                work.spend(states)?;
                path.push(taken(&place, a));
                each(probability * p, &path, work)?;
                path.pop();
                continue;
            }
            for (next, moved) in model.transition().row(a * states + state) {
                for (o, shown) in model.observation().row(a * states + next) {
                    let probability = probability * p * moved * shown;
                    if probability <= 0.0 {
                        continue;
                    }
                    work.spend(states)?;
                    let (mut after, mut seen_after) = (memory.clone(), seen.clone());
                    policy.advance(prepared.theta(), &mut after, h, a, &(o as u32));
                    companion.advance(&mut seen_after, h, a, &(o as u32));
                    let step = Some(taken(&place, a));
                    waiting.push(Begun {
                        h: h + 1,
                        state: next,
                        probability,
                        memory: after,
                        seen: seen_after,
                        step,
                    });
                }
            }
        }
    }
    Ok(())
}

/// A trajectory up to a step.
struct Begun<M, C, T> {
    h: usize,
    state: usize,
    probability: f64,
    memory: M,
    seen: C,
    /// What was made of the step before.
    step: Option<T>,
}
