//! Step sizes that a configuration gives.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A step size: one number, or one that falls harmonically.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number or a table with `scale` and `offset`")]
pub enum Step {
    /// The same always.
    Constant(f64),
    /// `min(cap, scale / (offset + k))`.
    Harmonic(Harmonic),
}

/// A step size that falls with its index k, counted from 0: α and η of critics by round, ζ by local step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Harmonic {
    /// Numerator.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub scale: f64,
    /// What is added to the index k.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub offset: f64,
    /// No step is longer; without it there is no bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub cap: Option<f64>,
}

impl Step {
    /// The number, where there is one.
    pub fn constant(self) -> Option<f64> {
        match self {
            Step::Constant(step) => Some(step),
            Step::Harmonic(_) => None,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Constant(step) => write!(f, "{step}"),
            Step::Harmonic(Harmonic { scale, offset, cap: None }) => write!(f, "{scale} / ({offset} + k)"),
            Step::Harmonic(Harmonic { scale, offset, cap: Some(cap) }) => {
                write!(f, "min({cap}, {scale} / ({offset} + k))")
            }
        }
    }
}

/// The policy's step size η: one number, or a constant over √R.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number or a table with `scale`")]
pub enum PolicyStep {
    /// This number, however many rounds there are.
    Constant(f64),
    /// `scale / √R`.
    OverRoot(OverRoot),
}

/// A step size that falls with the number R of outer rounds of the run: `scale / √R`, as Theorem 2 has it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverRoot {
    /// Numerator.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub scale: f64,
}

impl PolicyStep {
    /// The step in a run of R outer rounds.
    pub fn of(self, rounds: u64) -> f64 {
        match self {
            PolicyStep::Constant(step) => step,
            PolicyStep::OverRoot(OverRoot { scale }) => scale / (rounds as f64).sqrt(),
        }
    }

    /// The number, where there is one for all R.
    pub fn constant(self) -> Option<f64> {
        match self {
            PolicyStep::Constant(step) => Some(step),
            PolicyStep::OverRoot(_) => None,
        }
    }
}

impl fmt::Display for PolicyStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicyStep::Constant(step) => write!(f, "{step}"),
            PolicyStep::OverRoot(OverRoot { scale }) => write!(f, "{scale} / sqrt(R)"),
        }
    }
}
