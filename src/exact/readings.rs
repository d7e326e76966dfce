//! What can be said of the optimal value where observations are real numbers.

use super::WorkLimitExceeded;
use super::belief_grid::{tolerance, two_state_bounds};
use super::bounds::{Bounds, bounds};
use super::solve::{Solution, SolveLimits, SolveMethod};
use crate::pomdp::GaussianModel;

/// Intervals of readings in the two problems that bound one of more than two hidden states: chosen by what
/// bounds of `simple-light-dark` they give in seconds. With fewer a plan sees less, with more the search
/// visits fewer beliefs.
pub const INTERVALS: usize = 128;

/// The optimal value over `horizon` steps, as [`solve`](super::solve()) gives it, of a problem that shows
/// real numbers.
///
/// With two hidden states it is computed on a grid of beliefs; the value counts as found when its bounds
/// differ by no more than
/// [`BOUNDS_TOLERANCE`](super::BOUNDS_TOLERANCE) times `Σ_h γ^h` times the range of rewards, rounding
/// included. Otherwise the optimum lies between those of a problem that shows less and of one that shows
/// more, each of which takes half of the operations; the rounding of the normal tails of which their tables
/// are made is not in these bounds. Only `limits.bounds` counts here.
///
/// # Errors
/// [`WorkLimitExceeded`] where not even the first bounds can be afforded.
pub fn solve_readings(
    model: &GaussianModel,
    horizon: usize,
    gamma: f64,
    limits: SolveLimits,
) -> Result<Solution, WorkLimitExceeded> {
    if model.hidden().states() == 2 {
        let Bounds { lower, upper, beliefs } = two_state_bounds(model, horizon, gamma, limits.bounds)?;
        let gap = upper - lower;
        // Over a smooth convex function, chords between points d apart are too high by d² V''/12 on average,
        // tangents through them too low by d² V''/24: the optimum is likely at a third of the gap.
        let value = (gap <= tolerance(model, horizon, gamma)).then(|| lower + gap / 3.0);
        return Ok(Solution { lower, upper, method: SolveMethod::BeliefGrid, beliefs, value });
    }
    let cuts = model.equally_likely_cuts(INTERVALS);
    let below = bounds(&model.discretised(&cuts), horizon, gamma, limits.bounds / 2)?;
    let above = bounds(&model.revealing(&cuts), horizon, gamma, limits.bounds / 2)?;
    let (lower, upper, beliefs) = (below.lower, above.upper, below.beliefs + above.beliefs);
    Ok(Solution { lower, upper, method: SolveMethod::Intervals, beliefs, value: None })
}
