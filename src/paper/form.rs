//! How thoroughly an experiment is run.

use serde::{Deserialize, Serialize};

/// How thoroughly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// The experiment as its claim is stated.
    Full,
    /// Fewer seeds and shorter runs, with bands as wide as that makes them: for tests, and to see that it
    /// works.
    Quick,
}

impl Form {
    /// The word in names of directories and records.
    pub fn name(self) -> &'static str {
        match self {
            Form::Full => "full",
            Form::Quick => "quick",
        }
    }
}
