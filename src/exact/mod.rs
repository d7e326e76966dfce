//! Exact values by dynamic programming and enumeration; Monte-Carlo where they do not fit.
//!
//! Values of policies, optima and bounds are in the problem's own units, and carry the error that rounding
//! can have made. What learners are given or measured by, the exact critic and the Bellman error, is of
//! normalised rewards,
//! [`Model::normalised_reward`](crate::pomdp::Model::normalised_reward). The horizon is the policy's. Sums
//! have a fixed order, so results are the same bits everywhere.

mod belief_grid;
mod bellman;
mod bounds;
mod clients;
mod estimate;
mod evaluate;
mod exact_critic;
mod finite_memory;
mod informed;
mod likelihood_ratio;
mod linear;
mod monte_carlo;
mod occupancy;
mod open_loop;
mod optimum;
mod own_critic;
mod plans;
mod policy_value;
mod readings;
mod sawtooth;
mod solve;
mod successors;
#[cfg(test)]
mod tests;
mod tree;
mod work;

pub use crate::pomdp::Rounded;
pub use belief_grid::two_state_bounds;
pub use bellman::{BellmanError, bellman_error};
pub use bounds::{BOUNDS_TOLERANCE, Bounds, bounds};
pub use clients::{evaluate_clients, monte_carlo_over_clients};
pub use estimate::{Estimate, Method};
pub use evaluate::{Budget, evaluate};
pub use exact_critic::{ExactCritic, ExactCriticError};
pub use monte_carlo::{MonteCarlo, RunningMean, monte_carlo};
pub use open_loop::open_loop_value;
pub use optimum::{Optimum, optimum, optimum_bytes};
pub use policy_value::{policy_value, value_by_dynamic_programming, value_by_enumeration};
pub use readings::{INTERVALS, solve_readings};
pub use solve::{Solution, SolveLimits, SolveMethod, solve};
pub use work::WorkLimitExceeded;

pub(crate) use finite_memory::{backward, is_finite, normalised};
pub(crate) use linear::solve as solve_linear;
pub(crate) use occupancy::occupancies;
pub(crate) use successors::{Successors, dot, expansion_cost, first_weights};
pub(crate) use tree::HistoryTree;
pub(crate) use work::Work;
