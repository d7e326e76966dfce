//! The sizes of a run, and why there may be no counts of it.

use crate::theory::Algorithm;
use serde::Serialize;
use thiserror::Error;

/// The sizes on which counts depend. Sizes that the algorithm has no use for are not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Shape {
    /// Which algorithm runs.
    pub algorithm: Algorithm,
    /// Whether messages and vectors that nobody needs are left out.
    pub lean: bool,
    /// Number of clients, M.
    pub clients: u64,
    /// Length of θ and ω, p in the closed forms.
    pub d_theta: u64,
    /// Length of ψ, stacked over steps, q in the closed forms.
    pub stacked_critic: u64,
    /// Environment steps per trajectory, H.
    pub horizon: u64,
    /// Outer rounds R of DPPG and DPAC.
    pub rounds: u64,
    /// Local steps K of the actor in each round.
    pub actor_local_steps: u64,
    /// Local steps I of the actor between two syncs; more than K means one sync per round.
    pub actor_sync_interval: u64,
    /// Rounds R_e of each DPTD call.
    pub critic_rounds: u64,
    /// Local steps K_e of the critic in each round of a DPTD call.
    pub critic_local_steps: u64,
}

/// Why there are no counts.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CountError {
    /// A size must be at least 1.
    #[error("{size} is 0; it must be at least 1")]
    Zero {
        /// The field of [`Shape`].
        size: &'static str,
    },
    /// A protocol names a size that has no value.
    #[error("{size} is not given")]
    Unknown {
        /// The size.
        size: &'static str,
    },
    /// A loop would run less than 0 times.
    #[error("{size} is less than 0")]
    Negative {
        /// The size in letters.
        size: String,
    },
    /// A count does not fit 64 bits.
    #[error("the number of {what} exceeds 2^64 - 1: the sizes are too large to be run")]
    Overflow {
        /// What was being counted.
        what: &'static str,
    },
}
