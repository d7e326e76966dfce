//! What a command line asks to be done, and why it is not.

use crate::cli::console::{BAD_INPUT, FAILED, complain};
use crate::sweep::{Plan, Shard, SweepError};
use std::path::Path;

/// A sweep that is about to be worked on.
pub(super) struct Work<'a> {
    pub(super) plan: &'a Plan,
    pub(super) place: &'a Path,
    pub(super) jobs: usize,
    pub(super) threads: usize,
    pub(super) shard: Shard,
}

/// Says why a directory cannot be used.
pub(super) fn refused(error: &SweepError) -> u8 {
    complain(&error.to_string(), error.help());
    if error.is_failure() { FAILED } else { BAD_INPUT }
}
