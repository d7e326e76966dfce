//! The value of a policy, and how it was computed.

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
    /// How it was computed.
    pub method: Method,
}
