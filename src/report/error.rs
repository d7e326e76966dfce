//! Runs of which no report can be made.

use super::limits::{ARMS_MAX, RUNS_MAX};
use crate::results::Twice;
use crate::visible::visible;
use thiserror::Error;

/// Why there is no report.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReportError {
    /// No run at all.
    #[error("there is no run to report on")]
    NoRuns,
    /// More runs than a page is made of.
    #[error("{runs} runs are too many for a page, which has {RUNS_MAX} at most")]
    TooManyRuns {
        /// How many.
        runs: usize,
    },
    /// More arms than its tables have rows.
    #[error(
        "{arms} arms are too many for a page, which has {ARMS_MAX} at most: an arm is the runs that differ in nothing but their seed"
    )]
    TooManyArms {
        /// How many.
        arms: usize,
    },
    /// A run that is there twice.
    #[error("{} has the seed {} twice", visible(&.0.arm), .0.seed)]
    Twice(Twice),
}

impl ReportError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            ReportError::NoRuns => "the sweep has begun none of its runs: `dpac sweep` does what is left",
            ReportError::TooManyRuns { .. } | ReportError::TooManyArms { .. } => {
                "name the runs of a part; `dpac export --csv` has tables of any length"
            }
            ReportError::Twice(_) => "name every run once",
        }
    }
}

impl From<Twice> for ReportError {
    fn from(twice: Twice) -> Self {
        ReportError::Twice(twice)
    }
}
