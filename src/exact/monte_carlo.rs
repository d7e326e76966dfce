//! The value of a policy, by playing it.

use crate::policy::{Policy, Prepared};
use crate::pomdp::{Generator, Simulator, discount_table};
use rand::Rng;
use std::ops::Deref;

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

/// The mean of numbers that come one by one, by Welford's recursion: no cancellation where they are large and
/// nearly equal.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunningMean {
    count: u64,
    mean: f64,
    /// Sum of squared deviations from the mean.
    squares: f64,
    /// The same of deviations divided by [`FAR`], which counts where the squares themselves overflow.
    far_squares: f64,
}

/// 2^600: the square of a number this large is beyond the largest one.
const FAR: f64 = f64::from_bits((1023 + 600) << 52);

impl RunningMean {
    /// Takes one more number.
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        let before = value - self.mean;
        self.mean += before / self.count as f64;
        let after = value - self.mean;
        self.squares += before * after;
        self.far_squares += before / FAR * (after / FAR);
    }

    /// The mean of what was added, and its standard error.
    ///
    /// # Panics
    /// If nothing was.
    pub fn finish(self) -> MonteCarlo {
        assert!(self.count > 0, "a mean needs an episode");
        let n = self.count as f64;
        let of = |squares: f64| (squares / (n - 1.0) / n).sqrt();
        let standard_error = match self.count {
            1 => f64::INFINITY,
            _ if self.squares.is_finite() => of(self.squares),
            _ => FAR * of(self.far_squares),
        };
        MonteCarlo { mean: self.mean, standard_error, episodes: self.count }
    }
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
    monte_carlo_in_turn(&[simulator], policy, prepared, gamma, episodes, rng)
}

/// Plays `rounds` times one episode with each of the simulators.
///
/// # Panics
/// If there is no simulator or no round.
pub(super) fn monte_carlo_in_turn<S, P, R>(
    simulators: &[R],
    policy: &P,
    prepared: &mut Prepared<P>,
    gamma: f64,
    rounds: u64,
    rng: &mut Generator,
) -> MonteCarlo
where
    S: Simulator,
    P: Policy<Observation = S::Observation>,
    R: Deref<Target = S>,
{
    let discount = discount_table(gamma, policy.horizon());
    let mut memory = policy.memory();
    let mut returns = RunningMean::default();
    for _ in 0..rounds {
        for simulator in simulators {
            returns.add(play(&**simulator, policy, prepared, &discount, &mut memory, rng));
        }
    }
    returns.finish()
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
    policy.start(prepared.theta(), memory, &first);
    let mut value = 0.0;
    for (h, power) in discount.iter().enumerate() {
        let action = prepared.act(policy, memory, h, rng.next_u64());
        if h + 1 == discount.len() {
            value += power * simulator.last_step(&mut state, action, rng);
        } else {
            let (reward, seen) = simulator.step(&mut state, action, rng);
            value += power * reward;
            policy.advance(prepared.theta(), memory, h, action, &seen);
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Deviations of 1 to either side: the standard error of n numbers is 1 / sqrt(n - 1), in whatever unit.
    #[test]
    fn standard_error_of_numbers_whose_squares_overflow_is_finite() {
        for unit in [1.0, 1e200, 1e290] {
            let mut mean = RunningMean::default();
            for i in 0..10 {
                mean.add(if i % 2 == 0 { unit } else { -unit });
            }
            let MonteCarlo { mean, standard_error, episodes } = mean.finish();
            assert!((standard_error / unit - 1.0 / 3.0).abs() < 1e-12, "{standard_error:e}");
            assert!(mean.abs() < 1e-15 * unit && episodes == 10);
        }
    }
}
