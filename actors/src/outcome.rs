//! How a run ended.

use crate::{Fault, Ledger, Named};

/// How a run ended, when no fault ended it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The algorithm's results; `None` if the run was stopped.
    pub results: Option<Vec<Named>>,
    /// Everything that was counted.
    pub ledger: Ledger,
}

impl Outcome {
    /// The result of that name, where the run has come to its end with one.
    pub fn result(&self, name: &str) -> Option<&[f64]> {
        self.results.iter().flatten().find(|result| result.name == name).map(|result| &*result.values)
    }
}

/// What a society's run gives.
pub type Result = std::result::Result<Outcome, Fault>;
