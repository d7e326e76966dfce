//! The value of a policy, by playing it.

use crate::policy::{Policy, Prepared};
use crate::pomdp::{Generator, Simulator, discount_table};
use rand::Rng;

/// A mean over independent episodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MonteCarlo {
    /// Mean of `Σ_h γ^h r_h`, in the problem's own units.
    pub mean: f64,
    /// Standard error of that mean, `sqrt(variance / episodes)`; infinite for a single episode.
    pub standard_error: f64,
    /// Number of episodes.
    pub episodes: u64,
}

/// Plays `episodes` episodes of the policy's horizon. One word of `rng` chooses each action.
///
/// # Panics
/// If there is no episode.
pub fn monte_carlo<S, P>(
    simulator: &S,
    policy: &P,
    prepared: &mut Prepared<P>,
    gamma: f64,
    episodes: u64,
    rng: &mut Generator,
) -> MonteCarlo
where
    S: Simulator,
    P: Policy<Observation = S::Observation>,
{
    assert!(episodes > 0, "a mean needs an episode");
    let discount = discount_table(gamma, policy.horizon());
    let mut memory = policy.memory();
    // Welford's recursion: no cancellation where returns are large and nearly equal.
    let (mut mean, mut squares) = (0.0, 0.0);
    for episode in 0..episodes {
        let value = play(simulator, policy, prepared, &discount, &mut memory, rng);
        let before = value - mean;
        mean += before / (episode + 1) as f64;
        squares += before * (value - mean);
    }
    let n = episodes as f64;
    let standard_error = if episodes > 1 { (squares / (n - 1.0) / n).sqrt() } else { f64::INFINITY };
    MonteCarlo { mean, standard_error, episodes }
}

fn play<S, P>(
    simulator: &S,
    policy: &P,
    prepared: &mut Prepared<P>,
    discount: &[f64],
    memory: &mut P::Memory,
    rng: &mut Generator,
) -> f64
where
    S: Simulator,
    P: Policy<Observation = S::Observation>,
{
    let (mut state, first) = simulator.initial(rng);
    policy.start(memory, &first);
    let mut value = 0.0;
    for (h, power) in discount.iter().enumerate() {
        let action = prepared.act(policy, memory, h, rng.next_u64());
        if h + 1 == discount.len() {
            value += power * simulator.last_step(&mut state, action, rng);
        } else {
            let (reward, seen) = simulator.step(&mut state, action, rng);
            value += power * reward;
            policy.advance(memory, h, action, &seen);
        }
    }
    value
}
