//! What a command line asks to be done, and why it is not.

use crate::cli::console::{BAD_INPUT, FAILED, complain};
use crate::sweep::{Plan, Shard, SweepError};
use std::path::Path;

/// A sweep that is about to be worked on.
pub(in crate::cli) struct Work<'a> {
    pub(in crate::cli) plan: &'a Plan,
    pub(in crate::cli) place: &'a Path,
    pub(in crate::cli) jobs: usize,
    pub(in crate::cli) threads: usize,
    pub(in crate::cli) shard: Shard,
    /// What is said when all runs have ended and their tables are written.
    pub(in crate::cli) next: fn(&Work<'_>) -> String,
}

/// Says why a directory cannot be used.
pub(in crate::cli) fn refused(error: &SweepError) -> u8 {
    complain(&error.to_string(), error.help().as_deref());
    if error.is_failure() { FAILED } else { BAD_INPUT }
}
