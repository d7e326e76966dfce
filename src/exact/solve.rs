//! What can be said of the optimal value: the number itself, else bounds.

use super::bounds::{Bounds, bounds};
use super::optimum::optimum;
use super::work::WorkLimitExceeded;
use crate::pomdp::{Model, Rounded};

/// How an optimal value was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SolveMethod {
    /// [`optimum`]: backward induction over all beliefs that can be reached. The bounds are the value and its
    /// rounding.
    ReachableBeliefs,
    /// [`bounds()`]: plans below, interpolation above.
    HeuristicSearch,
    /// [`two_state_bounds`](super::two_state_bounds): a grid of beliefs over two states, plans below, chords
    /// above.
    BeliefGrid,
    /// [`bounds()`] of two problems with finitely many observations, between which the problem lies:
    /// [`GaussianModel::discretised`](crate::pomdp::GaussianModel::discretised) below,
    /// [`GaussianModel::revealing`](crate::pomdp::GaussianModel::revealing) above.
    Intervals,
}

/// What is known of `V*_H(b_0)`, in the problem's own units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Solution {
    /// At most the optimum.
    pub lower: f64,
    /// At least the optimum.
    pub upper: f64,
    /// How they were found.
    pub method: SolveMethod,
    /// Number of beliefs: different ones summed over steps, those at which bounds were improved, or those of
    /// a grid.
    pub beliefs: usize,
    /// `V*_H(b_0)` where it was computed.
    pub(super) value: Option<f64>,
}

impl Solution {
    /// `V*_H(b_0)` where it was computed, to [`Solution::error`].
    pub fn value(&self) -> Option<f64> {
        self.value
    }

    /// How far the value may be from the optimum: to the farther bound. Over all reachable beliefs that is
    /// what rounding may have done.
    pub fn error(&self) -> Option<f64> {
        self.value.map(|value| f64::max(value - self.lower, self.upper - value).max(0.0))
    }
}

/// What an optimal value may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SolveLimits {
    /// Operations of the exact computation, which keeps beliefs: up to 16 bytes per operation. 0 asks for
    /// bounds.
    pub exact: u64,
    /// Operations of the bounds where it does not suffice.
    pub bounds: u64,
}

impl Default for SolveLimits {
    /// About a second, then about ten.
    fn default() -> Self {
        SolveLimits { exact: 20_000_000, bounds: 10_000_000_000 }
    }
}

/// The optimal value over `horizon` steps from the start belief: exactly within the first limit, else bounds
/// within the second.
///
/// # Errors
/// [`WorkLimitExceeded`] where not even the first bounds can be afforded.
pub fn solve(
    model: &Model,
    horizon: usize,
    gamma: f64,
    limits: SolveLimits,
) -> Result<Solution, WorkLimitExceeded> {
    if let Ok(best) = optimum(model, horizon, gamma, limits.exact) {
        let Rounded { value, error } = best.value;
        let method = SolveMethod::ReachableBeliefs;
        let (lower, upper, beliefs) = (value - error, value + error, best.beliefs);
        return Ok(Solution { lower, upper, method, beliefs, value: Some(value) });
    }
    let Bounds { lower, upper, beliefs } = bounds(model, horizon, gamma, limits.bounds)?;
    Ok(Solution { lower, upper, method: SolveMethod::HeuristicSearch, beliefs, value: None })
}
