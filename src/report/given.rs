//! What a report is made with besides the runs.

use super::told::ArmTheory;
use crate::config::algorithm::Words;
use crate::results::Target;
use serde::Serialize;

/// What a report is made with besides the runs.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// What stands above it; else its problem and algorithm.
    pub title: Option<String>,
    /// What runs may reach.
    pub targets: Vec<Target>,
    /// How many runs of the sweep are not begun.
    pub missing: usize,
    /// The algorithms by name, with what they are and the keys that they have.
    pub algorithms: Vec<Words>,
    /// Names and texts of the first run's input files.
    pub inputs: Vec<Input>,
    /// The first run's `config.toml`.
    pub configuration: String,
    /// What theory says of the arms, where it was asked.
    pub theory: Vec<ArmTheory>,
    /// Arms of which it says nothing, and why.
    pub untold: Vec<String>,
}

/// A file that a configuration names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Input {
    /// Its name below the configuration's directory.
    pub name: String,
    /// Its text; none where it is longer than a page has room for, or no text.
    pub text: Option<String>,
}
