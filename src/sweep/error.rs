//! Why a sweep's directory cannot be made or used.

use super::manifest::MANIFEST;
use crate::files::{ReadError, WriteError};
use crate::results::ResultsError;
use crate::visible::shown;
use std::path::PathBuf;
use thiserror::Error;

/// A sweep's directory that cannot be made or used.
#[derive(Debug, Error)]
pub enum SweepError {
    /// Something else has the name.
    #[error("{} exists already, and holds no sweep", shown(.0))]
    Foreign(PathBuf),
    /// No sweep at all.
    #[error("{} holds no sweep: there is no {MANIFEST} in it", shown(.0))]
    NoSweep(PathBuf),
    /// Another sweep has the name.
    #[error("{} holds another sweep: {difference}", shown(path))]
    Other {
        /// The directory.
        path: PathBuf,
        /// In what it differs.
        difference: String,
    },
    /// A manifest that is not what was written.
    #[error("{} is not what dpac wrote: {what}", shown(path))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Another process works on it.
    #[error("another process works on {}{part}", shown(path))]
    Running {
        /// The directory.
        path: PathBuf,
        /// On which part of it.
        part: String,
    },
    /// A run of it cannot be read.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The file system's own complaint.
    #[error("{}: {error}", shown(path))]
    Io {
        /// The file.
        path: PathBuf,
        /// The complaint.
        error: std::io::Error,
    },
}

impl SweepError {
    /// Whether something has failed, rather than somebody asked for what cannot be.
    pub fn is_failure(&self) -> bool {
        matches!(self, SweepError::Io { .. } | SweepError::Write(WriteError::Io { .. }))
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            SweepError::Foreign(_) | SweepError::Other { .. } => Some("--out DIR writes elsewhere"),
            SweepError::NoSweep(_) => Some("give a directory that `dpac sweep` has made"),
            SweepError::Damaged { .. } => {
                Some("its runs are whole run directories, and can be read each for itself")
            }
            SweepError::Running { .. } => {
                Some("wait for it to end, or share the work: --shard 1/2, --shard 2/2")
            }
            SweepError::Results(_) | SweepError::Read(_) | SweepError::Write(_) | SweepError::Io { .. } => {
                None
            }
        }
    }
}
