//! A step size that a configuration gives.

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
