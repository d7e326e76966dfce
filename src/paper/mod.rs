//! Experiments on the theorems: real societies against exact action values, with bands that a run meets or
//! not.
//!
//! Each experiment is a [`Record`]: what was run, every mean, the fitted slopes, and whether they lie in
//! their bands. It is a function of the form, the number of seeds and the program alone, apart from its field
//! `seconds`.

pub mod claims;
pub mod e1;
pub mod e2;
mod evaluation;
mod mean_recursion;
mod record;
mod society;
pub mod statistics;
mod sweep;
mod table;

pub use evaluation::Evaluation;
pub use mean_recursion::{LateRate, MeanRecursion};
pub use record::{Check, Panel, Point, Record};
pub use society::Society;
pub use sweep::sweep;

use serde::Serialize;

/// How thoroughly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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

/// How to run an experiment.
#[derive(Clone, Debug)]
pub struct Options {
    /// How thoroughly.
    pub form: Form,
    /// Seeds per point, at least 2; the form's own number where it is not given.
    pub seeds: Option<u32>,
    /// Societies that run at the same time, each on a thread of its own. It changes no number.
    pub threads: usize,
    /// The program's version and commit, for the record.
    pub program: String,
}
