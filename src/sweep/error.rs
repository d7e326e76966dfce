//! Why a sweep's directory cannot be made or used.

use super::seeds::seeds_text;
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
    #[error("{} holds no sweep: there is no sweep.json in it", shown(.0))]
    NoSweep(PathBuf),
    /// Another sweep has the name.
    #[error("{} holds another sweep: {difference}", shown(path))]
    Other {
        /// The directory.
        path: PathBuf,
        /// In what it differs.
        difference: String,
    },
    /// The same sweep with other seeds has the name. Names of runs begin with numbers, which depend on how
    /// many seeds there are, so that none can be added.
    #[error(
        "{} holds this sweep with other seeds: its seeds are {}, not {}",
        shown(path),
        seeds_text(found),
        seeds_text(wanted)
    )]
    Seeds {
        /// The directory.
        path: PathBuf,
        /// Those that it has.
        found: Vec<u64>,
        /// Those that are asked for.
        wanted: Vec<u64>,
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
    pub fn help(&self) -> Option<String> {
        let help = match self {
            SweepError::Seeds { found, wanted, .. } => {
                let more: Vec<u64> = wanted.iter().copied().filter(|seed| !found.contains(seed)).collect();
                if more.is_empty() {
                    return Some("--out DIR writes elsewhere".to_owned());
                }
                return Some(format!(
                    "--seeds {} --out DIR runs the others elsewhere; `dpac plot`, `dpac statistics of` and\n        \
                     `dpac export` take both directories together",
                    seeds_text(&more)
                ));
            }
            SweepError::Foreign(_) | SweepError::Other { .. } => "--out DIR writes elsewhere",
            SweepError::NoSweep(_) => "give a directory that `dpac sweep` has made",
            SweepError::Damaged { .. } => {
                "its runs are whole run directories, and can be read each for itself"
            }
            SweepError::Running { .. } => "wait for it to end, or share the work: --shard 1/2, --shard 2/2",
            SweepError::Results(_) | SweepError::Read(_) | SweepError::Write(_) | SweepError::Io { .. } => {
                return None;
            }
        };
        Some(help.to_owned())
    }
}
