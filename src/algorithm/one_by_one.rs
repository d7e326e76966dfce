//! Trajectories of networks, one after the other. Their steps are arithmetic that waits for nothing, so that
//! several side by side are no faster; and the loops over them, unrolled, would drive the passes' code from
//! the processor's nearest cache.

use crate::policy::{Policy, Prepared};
use crate::pomdp::{Generator, Simulator, Units};
use rand::Rng;

/// Where trajectories are written.
pub(super) struct Written<'a, M, O> {
    /// By trajectory.
    pub(super) first: &'a mut [O],
    /// By step, then by trajectory.
    pub(super) actions: &'a mut [u32],
    /// Likewise.
    pub(super) seen: &'a mut [O],
    /// Likewise.
    pub(super) remembered: Option<&'a mut [M]>,
    /// By place and action.
    pub(super) probabilities: Option<&'a mut [f64]>,
    /// Normalised by these units, by place.
    pub(super) rewards: Option<(Units, &'a mut [f64])>,
}

/// Samples one trajectory, the `lane`-th of `count`, at θ, for which the policy is prepared.
#[inline]
pub(super) fn trajectory<S, P>(
    (simulator, policy): (&S, &P),
    theta: &[f64],
    prepared: &mut Prepared<P>,
    memory: &mut P::Memory,
    rng: &mut Generator,
    (lane, count): (usize, usize),
    written: &mut Written<'_, P::Memory, S::Observation>,
) where
    S: Simulator<Observation = P::Observation>,
    P: Policy<Observation: Clone>,
{
    let horizon = policy.horizon();
    let Written { first, actions, seen, remembered, probabilities, rewards } = written;
    let (mut state, begun) = simulator.initial(rng);
    policy.start(theta, memory, &begun);
    first[lane] = begun;
    for h in 0..horizon {
        let (at, place) = (h * count + lane, lane * horizon + h);
        if let Some(remembered) = remembered {
            remembered[at].clone_from(memory);
        }
        let action = prepared.act(policy, memory, h, rng.next_u64());
        actions[at] = action as u32;
        if let Some(probabilities) = probabilities {
            let acted = prepared.acted();
            probabilities[place * acted.len()..][..acted.len()].copy_from_slice(acted);
        }
        let last = h + 1 == horizon;
        let reward = if last {
            simulator.last_step(&mut state, action, rng)
        } else {
            let (reward, after) = simulator.step(&mut state, action, rng);
            policy.advance(theta, memory, h, action, &after);
            seen[at] = after;
            reward
        };
        if let Some((units, rewards)) = rewards {
            rewards[place] = units.normalise(reward);
        }
    }
}
