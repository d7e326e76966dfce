//! Why a run cannot go on.

use crate::experiment::resolve::RESULTS_EPOCH;
use crate::visible::shown;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// A run that cannot go on.
#[derive(Debug, Error)]
pub enum ResumeError {
    /// It has come to its end.
    #[error("the run in {} is complete", shown(.0))]
    Complete(PathBuf),
    /// Its checkpoint is not what was written.
    #[error("{} is damaged", shown(.0))]
    Damaged(PathBuf),
    /// Its checkpoint is of a format that this program does not know.
    #[error("{} was written by an older or a newer version of dpac", shown(.0))]
    Format(PathBuf),
    /// It was written by a program that gives other results.
    #[error(
        "the checkpoint in {} was written by dpac {program}, whose results are those of epoch {epoch}; this is dpac {}, of epoch {RESULTS_EPOCH}",
        shown(path),
        crate::VERSION
    )]
    Epoch {
        /// The run directory.
        path: PathBuf,
        /// The program that wrote it.
        program: String,
        /// Its epoch.
        epoch: u32,
    },
    /// Its checkpoint is of a run with another configuration.
    #[error("the checkpoint in {} is of another configuration or other inputs than the ones beside it", shown(.0))]
    Other(PathBuf),
    /// A file that the run is made of has changed.
    #[error("{} is not the one that the run began with", shown(.0))]
    Changed(PathBuf),
    /// A file that it goes on from is gone, or not what it was.
    #[error("{} has lost what the checkpoint counts on: {error}", shown(path))]
    Lost {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: io::Error,
    },
    /// The run's trace cannot be gone on with.
    #[error("cannot go on with the trace {}: {why}", shown(path))]
    Trace {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// A trace was named, and the run records none.
    #[error("the run in {} records no trace", shown(.0))]
    NoTrace(PathBuf),
    /// A file that cannot be read.
    #[error("cannot read {}: {error}", shown(path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A run that cannot be made longer.
    #[error("the run in {} cannot be made longer: {why}", shown(path))]
    Length {
        /// The run directory.
        path: PathBuf,
        /// Why not.
        why: String,
    },
}

impl ResumeError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            ResumeError::Complete(_) => "there is nothing left to do; --set actor.rounds=N makes it longer",
            ResumeError::Epoch { .. } => {
                "go on with the version that began it, or run its config.toml anew, into another directory"
            }
            ResumeError::Trace { .. } => "--trace FILE beside --resume says where the run's trace is now",
            ResumeError::NoTrace(_) => "leave --trace out, or run its config.toml anew with it",
            ResumeError::Length { .. } => "run its config.toml anew with more rounds, into another directory",
            _ => "run its config.toml anew, into another directory: the same seed gives the same results",
        }
    }
}
