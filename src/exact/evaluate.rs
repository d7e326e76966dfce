//! The best evaluation that can be afforded.

use super::estimate::Estimate;
use super::monte_carlo::monte_carlo;
use super::policy_value::policy_value;
use crate::policy::{Policy, Prepared};
use crate::pomdp::{Generator, Model, Simulator};

/// What an evaluation may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Operations of an exact evaluation; 0 asks for episodes.
    pub exact_operations: u64,
    /// Episodes where no exact evaluation is possible.
    pub episodes: u64,
}

impl Default for Budget {
    /// An exact evaluation of less than a second, and 100 000 episodes.
    fn default() -> Self {
        Budget { exact_operations: 200_000_000, episodes: 100_000 }
    }
}

/// Evaluates a policy exactly where there are tables and the budget suffices, else by Monte-Carlo; the answer
/// says which. `rng` is used by Monte-Carlo only.
///
/// # Panics
/// If it comes to episodes and the budget has none.
pub fn evaluate<S, P>(
    model: Option<&Model>,
    simulator: &S,
    policy: &P,
    prepared: &mut Prepared<P>,
    gamma: f64,
    budget: Budget,
    rng: &mut Generator,
) -> Estimate
where
    S: Simulator<Observation = u32>,
    P: Policy<Observation = u32>,
{
    if let Some(model) = model
        && let Ok((value, method)) = policy_value(model, policy, prepared, gamma, budget.exact_operations)
    {
        return Estimate::exact(value, method);
    }
    Estimate::sampled(monte_carlo(simulator, policy, prepared, gamma, budget.episodes, rng))
}
