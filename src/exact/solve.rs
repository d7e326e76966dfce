//! What can be said of the optimal value: the number itself, else bounds.

use super::bounds::bounds;
use super::optimum::optimum;
use super::work::WorkLimitExceeded;
use crate::pomdp::Model;

/// How an optimal value was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SolveMethod {
    /// [`optimum`]: backward induction over all beliefs that can be reached. Both bounds are the value.
    ReachableBeliefs,
    /// [`bounds()`]: plans below, interpolation above.
    HeuristicSearch,
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
    /// Number of beliefs: different ones summed over steps, or those at which bounds were improved.
    pub beliefs: usize,
}

impl Solution {
    /// `V*_H(b_0)` where it was computed, to rounding.
    pub fn value(&self) -> Option<f64> {
        (self.method == SolveMethod::ReachableBeliefs).then_some(self.lower)
    }
}

/// What an optimal value may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SolveLimits {
    /// Operations of the exact computation, which keeps beliefs: up to 16 bytes per operation. 0 asks for bounds.
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

/// The optimal value over `horizon` steps from the start belief: exactly within the first limit, else bounds within the
/// second.
///
/// # Errors
/// [`WorkLimitExceeded`] where not even the first bounds can be afforded.
pub fn solve(
    model: &Model,
    horizon: usize,
    gamma: f64,
    limits: SolveLimits,
) -> Result<Solution, WorkLimitExceeded> {
    let raw = |value: f64| model.units().raw_value(value, gamma, horizon);
    if let Ok(best) = optimum(model, horizon, gamma, limits.exact) {
        let value = raw(best.value);
        let method = SolveMethod::ReachableBeliefs;
        return Ok(Solution { lower: value, upper: value, method, beliefs: best.beliefs });
    }
    let found = bounds(model, horizon, gamma, limits.bounds)?;
    let (lower, upper) = (raw(found.lower), raw(found.upper));
    Ok(Solution { lower, upper, method: SolveMethod::HeuristicSearch, beliefs: found.beliefs })
}
