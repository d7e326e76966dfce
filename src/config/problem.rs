//! The problem of a run: a file or a built-in one, with its horizon and discount.

use super::limits::HORIZON_MAX;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use thiserror::Error;

/// Where the tables of a problem come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemSource {
    /// A `.POMDP` file, as the configuration writes it; see [`Loaded::locate`](super::Loaded::locate).
    File(PathBuf),
    /// A problem that the program brings along, by name.
    Builtin(String),
}

/// Section `[problem]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "ProblemKeys", into = "ProblemKeys")]
pub struct Problem {
    /// The file or the name of a built-in problem.
    pub source: ProblemSource,
    /// H.
    pub horizon: u32,
    /// γ; the problem's own where `None`.
    pub discount: Option<f64>,
}

/// The horizon where none is given.
pub const HORIZON_DEFAULT: u32 = 4;

/// The problem: either `file` or `builtin`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["file"] }, { "required": ["builtin"] }]))]
struct ProblemKeys {
    /// Path of a .POMDP file, relative to the directory of the configuration file.
    #[schemars(length(min = 1))]
    file: Option<PathBuf>,
    /// Name of a built-in problem.
    #[schemars(length(min = 1))]
    builtin: Option<String>,
    /// Horizon H: the number of actions of one trajectory.
    #[serde(default = "horizon_default")]
    #[schemars(range(min = 1, max = HORIZON_MAX))]
    horizon: u32,
    /// Discount γ (default: the problem's own).
    #[schemars(range(min = 0, max = 1))]
    discount: Option<f64>,
}

fn horizon_default() -> u32 {
    HORIZON_DEFAULT
}

/// A `[problem]` without a source, or with two.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a problem has either `file` or `builtin`")]
pub struct ProblemSourceError;

impl TryFrom<ProblemKeys> for Problem {
    type Error = ProblemSourceError;

    fn try_from(keys: ProblemKeys) -> Result<Self, ProblemSourceError> {
        let source = match (keys.file, keys.builtin) {
            (Some(file), None) => ProblemSource::File(file),
            (None, Some(name)) => ProblemSource::Builtin(name),
            _ => return Err(ProblemSourceError),
        };
        Ok(Problem { source, horizon: keys.horizon, discount: keys.discount })
    }
}

impl From<Problem> for ProblemKeys {
    fn from(problem: Problem) -> Self {
        let (file, builtin) = match problem.source {
            ProblemSource::File(file) => (Some(file), None),
            ProblemSource::Builtin(name) => (None, Some(name)),
        };
        ProblemKeys { file, builtin, horizon: problem.horizon, discount: problem.discount }
    }
}
