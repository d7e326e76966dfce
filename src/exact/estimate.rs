//! The value of a policy, and how it was computed.
use crate::pomdp::Rounded;

use super::monte_carlo::MonteCarlo;

/// How a value was computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// Exactly, over pairs of state and memory.
    DynamicProgramming,
    /// Exactly, over all histories.
    Enumeration,
    /// By a mean over episodes.
    MonteCarlo {
        /// Number of episodes.
        episodes: u64,
        /// Standard error, in the problem's own units.
        standard_error: f64,
    },
}

/// The value of a policy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// `V^π`, in the problem's own units.
    pub value_raw: f64,
    /// How far rounding may have carried an exact value; 0 of a mean over episodes, which has a standard
    /// error.
    pub rounding: f64,
    /// How it was computed.
    pub method: Method,
}

impl Estimate {
    pub(super) fn exact(value: Rounded, method: Method) -> Self {
        Estimate { value_raw: value.value, rounding: value.error, method }
    }

    /// Of a mean over episodes.
    pub fn sampled(sample: MonteCarlo) -> Self {
        let MonteCarlo { mean, standard_error, episodes } = sample;
        let method = Method::MonteCarlo { episodes, standard_error };
        Estimate { value_raw: mean, rounding: 0.0, method }
    }
}
