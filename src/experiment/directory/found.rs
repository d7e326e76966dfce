//! What stands where a run directory is to be made.

use super::digests;
use super::marker::Marker;
use super::owner::{Holder, living};
use super::{RunDirectory, Status};
use std::fmt;
use std::path::Path;

/// What stands at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// No run directory.
    Foreign,
    /// A run that has come to its end.
    Complete {
        /// Digest of its configuration and inputs.
        config_digest: String,
        /// Its seed.
        seed: u64,
    },
    /// A run that was stopped or killed, or has failed, and that has a checkpoint.
    Interrupted,
    /// A run that goes on.
    Running(Holder),
    /// A run directory that is not whole.
    Broken,
}

/// Looks at a directory.
pub fn look(path: &Path) -> Found {
    let Ok(directory) = RunDirectory::open(path) else { return Found::Foreign };
    if Marker::read(&directory).is_err() {
        return Found::Foreign;
    }
    if let Some(holder) = living(&directory) {
        return Found::Running(holder);
    }
    match digests::summary(&directory) {
        Ok(Some(summary)) if summary.status == Status::Complete => {
            Found::Complete { config_digest: summary.config_digest, seed: summary.seed }
        }
        _ if super::has_checkpoint(directory.path()) => Found::Interrupted,
        _ => Found::Broken,
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Found::Foreign => write!(f, "it is no run directory"),
            Found::Complete { .. } => write!(f, "the run in it is complete"),
            Found::Interrupted => write!(f, "the run in it was interrupted"),
            Found::Running(holder) => write!(f, "the run in it is going on, by {holder}"),
            Found::Broken => write!(f, "it is a run directory without a summary and without a checkpoint"),
        }
    }
}

impl Found {
    pub(super) fn help(&self, path: &Path) -> String {
        let path = path.display();
        match self {
            Found::Foreign => "--out DIR writes elsewhere".to_owned(),
            Found::Complete { .. } => "--force replaces it, --out DIR writes elsewhere".to_owned(),
            Found::Interrupted => {
                format!(
                    "dpac run --resume {path} goes on with it; --force replaces it, --out DIR writes elsewhere"
                )
            }
            Found::Running(_) => "wait for it to end; --out DIR writes elsewhere".to_owned(),
            Found::Broken => "--force replaces it, --out DIR writes elsewhere".to_owned(),
        }
    }

    /// Whether this is the same run, at its end: there is nothing to do.
    pub fn is_complete(&self, config_digest: &str, seed: u64) -> bool {
        matches!(self, Found::Complete { config_digest: other, seed: of } if other == config_digest && *of == seed)
    }
}
