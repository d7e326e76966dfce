//! Runs that cannot be read.

use crate::experiment::{DirectoryError, HistoryError, Unsealed};
use crate::visible::shown;
use std::path::PathBuf;
use thiserror::Error;

/// Results that cannot be had.
#[derive(Debug, Error)]
pub enum ResultsError {
    /// A directory that is no run's, or cannot be read.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A run whose files are not those that it has written.
    #[error(transparent)]
    Unsealed(#[from] Unsealed),
    /// Rounds that cannot be read, with the line.
    #[error(transparent)]
    Rounds(#[from] HistoryError),
    /// A file that is not what a run has written.
    #[error("{}:{line}: {message}", shown(path))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A directory with no run in it, nor below it.
    #[error("{} holds no run directory", shown(.0))]
    NoRuns(PathBuf),
}

impl ResultsError {
    /// What to do about it.
    pub fn help(&self) -> String {
        let anew = "run its config.toml anew, into another directory: the same seed gives the same results";
        match self {
            ResultsError::Directory(error) => error.help().unwrap_or_else(|| GIVE_A_RUN.to_owned()),
            ResultsError::Unsealed(_) | ResultsError::Rounds(_) | ResultsError::Damaged { .. } => {
                anew.to_owned()
            }
            ResultsError::NoRuns(_) => {
                "give a directory that `dpac run` has made, or one that holds such, at most three levels down"
                    .to_owned()
            }
        }
    }
}

const GIVE_A_RUN: &str = "give a directory that `dpac run` has made";
