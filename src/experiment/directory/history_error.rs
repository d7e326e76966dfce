//! Rounds that cannot be read.

use crate::files::ReadError;
use crate::visible::shown;
use std::path::PathBuf;
use thiserror::Error;

/// A run directory from which no history can be read.
#[derive(Debug, Error)]
pub enum HistoryError {
    /// A file that cannot be read.
    #[error("cannot read {}: {_0}", shown(_0.path()))]
    Unreadable(#[from] ReadError),
    /// A file that is not what a run has written.
    #[error("{}:{line}: {message}", shown(path))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// A run of an older version.
    #[error("nothing in {} says when the run began", shown(.0))]
    NoStart(PathBuf),
}

impl HistoryError {
    /// Whether there is no such file.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, HistoryError::Unreadable(error) if error.is_not_found())
    }
}
