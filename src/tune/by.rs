//! What decides between candidates.

use crate::results::Run;

/// What candidates are judged by, of every run at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The value of the last policy: the more the better.
    Value,
    /// The value of the uniform mixture of the rounds' policies: the more the better.
    Mixture,
    /// The Bellman error of the last critic: the less the better.
    BellmanError,
}

impl By {
    /// The name that options and tables call it.
    pub fn name(self) -> &'static str {
        match self {
            By::Value => "value",
            By::Mixture => "mixture",
            By::BellmanError => "bellman_error",
        }
    }

    pub(super) fn of(self, run: &Run) -> Option<f64> {
        match self {
            By::Value => run.value(),
            By::Mixture => run.mixture(),
            By::BellmanError => run.bellman_error(),
        }
    }

    /// Whether a mean is better than another.
    pub(super) fn better(self, one: f64, other: f64) -> bool {
        match self {
            By::Value | By::Mixture => one > other,
            By::BellmanError => one < other,
        }
    }
}
