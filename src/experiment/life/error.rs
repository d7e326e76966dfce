//! Why a run could not be started, or its files not be written.

use super::recorder::RecorderError;
use crate::experiment::directory::DirectoryError;
use crate::experiment::directory::ResumeError;
use crate::files::WriteError;
use crate::visible::shown;
use dpac_actors::trace::SinkError;
use std::path::PathBuf;
use thiserror::Error;

/// A run that could not be started, or whose files could not be written. A run that failed on its way is a
/// [`super::Finished`] with its status.
#[derive(Debug, Error)]
pub enum RunError {
    /// The run directory.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A run that cannot go on.
    #[error(transparent)]
    Resume(#[from] ResumeError),
    /// The thread that writes the files.
    #[error("the recorder panicked")]
    Recorder,
    /// A thread beside the society's own.
    #[error("a thread could not be started: {0}")]
    Thread(std::io::Error),
    /// The run's trace cannot be made where it is wanted.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The run's trace.
    #[error("cannot write the trace {}: {error}", shown(path))]
    Trace {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: SinkError,
    },
}

impl RunError {
    /// Whether something has failed, rather than somebody asked for what cannot be.
    pub fn is_failure(&self) -> bool {
        match self {
            RunError::Directory(error) => error.is_failure(),
            RunError::Write(error) => matches!(error, WriteError::Io { .. }),
            RunError::Resume(_) => false,
            RunError::Recorder | RunError::Thread(_) | RunError::Trace { .. } => true,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            RunError::Directory(error) => error.help(),
            RunError::Write(error) => error.help().map(str::to_owned),
            RunError::Resume(error) => Some(error.help().to_owned()),
            RunError::Thread(_) => Some(
                "raise the limits on processes and memory (ulimit -u, ulimit -v), or end other programs"
                    .to_owned(),
            ),
            RunError::Recorder | RunError::Trace { .. } => None,
        }
    }
}

impl From<RecorderError> for RunError {
    fn from(error: RecorderError) -> Self {
        match error {
            RecorderError::Panicked => RunError::Recorder,
            RecorderError::Thread(error) => RunError::Thread(error),
            RecorderError::Directory(error) => RunError::Directory(error),
        }
    }
}
