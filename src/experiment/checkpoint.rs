//! Checkpoints: what a run directory keeps so that a run that was stopped or killed goes on as if it had not been.
//!
//! ```text
//! checkpoint.bin := blake3[32] | length u32 | state (JSON)[length] | snapshot
//! ```
//!
//! A run begins with one that has no snapshot. The digest is over all that follows. The file is replaced atomically: the last one stands until the new one is whole. Other
//! files of the run only grow; a checkpoint says how long they were, and what came after is cut off when the run goes on.

use super::directory::{DirectoryError, RunDirectory};
use super::recorder::RecorderState;
use super::tracing::TraceOptions;
use dpac_actors::trace::{Kept, Level};
use dpac_actors::{Kind, Snapshot};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The file's name in a run directory.
pub(super) const CHECKPOINT: &str = "checkpoint.bin";

/// Whether a run directory has a checkpoint to go on from.
pub fn has_checkpoint(directory: &Path) -> bool {
    directory.join(CHECKPOINT).is_file()
}

/// What the program keeps beside the society's own snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct CheckpointState {
    /// Digest of the configuration and its inputs.
    pub(super) config_digest: String,
    /// The run's trace, if one is recorded.
    pub(super) trace: Option<SavedTrace>,
    /// What the recorder of rounds has written and found.
    pub(super) recorder: RecorderState,
}

/// Where a trace goes, as a checkpoint has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SavedTrace {
    path: PathBuf,
    level: u8,
    kept: Option<Vec<(u32, u32)>>,
}

impl SavedTrace {
    pub(super) fn of(options: &TraceOptions) -> std::io::Result<Self> {
        Ok(SavedTrace {
            path: std::path::absolute(&options.path)?,
            level: options.level as u8,
            kept: match &options.kept {
                Kept::Everyone => None,
                Kept::Clients(ranges) => Some(ranges.iter().map(|it| (*it.start(), *it.end())).collect()),
            },
        })
    }

    pub(super) fn options(&self) -> Option<TraceOptions> {
        let level = *Level::ALL.get(usize::from(self.level))?;
        let kept = match &self.kept {
            None => Kept::Everyone,
            Some(ranges) => Kept::Clients(ranges.iter().map(|&(first, last)| first..=last).collect()),
        };
        Some(TraceOptions { path: self.path.clone(), level, kept })
    }
}

/// A run between two turns.
#[derive(Clone, Debug)]
pub(super) struct Checkpoint {
    pub(super) state: CheckpointState,
    /// `None` before the first one, with which a run begins: it says what is recorded.
    pub(super) snapshot: Option<Snapshot>,
}

/// A run that cannot go on.
#[derive(Debug, Error)]
pub enum ResumeError {
    /// It has come to its end.
    #[error("the run in {} is complete", .0.display())]
    Complete(PathBuf),
    /// Its checkpoint is not what was written.
    #[error("{} is damaged", .0.display())]
    Damaged(PathBuf),
    /// Its checkpoint is of a run with another configuration.
    #[error("the checkpoint in {} is of another configuration or other inputs than the ones beside it", .0.display())]
    Other(PathBuf),
    /// A file that it goes on from is gone or shorter than it was.
    #[error("{} has lost what the checkpoint counts on: {error}", path.display())]
    Lost {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: std::io::Error,
    },
    /// A file that cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
}

impl Checkpoint {
    /// Replaces the directory's checkpoint. With `durable`, it will have survived a power cut once this returns.
    pub(super) fn write(&self, directory: &RunDirectory, durable: bool) -> Result<(), DirectoryError> {
        let path = directory.file(CHECKPOINT);
        let io = |error| DirectoryError::Io { path: path.clone(), error };
        let bytes = self.encode().map_err(io)?;
        if durable {
            return directory.write(CHECKPOINT, &bytes);
        }
        let partial = path.with_extension("bin.partial");
        std::fs::write(&partial, bytes).and_then(|()| std::fs::rename(&partial, &path)).map_err(io)
    }

    pub(super) fn encode(&self) -> std::io::Result<Vec<u8>> {
        let state = serde_json::to_vec(&self.state)?;
        let snapshot = self.snapshot.as_ref().map(Snapshot::encode).transpose();
        let snapshot = snapshot.map_err(std::io::Error::other)?.unwrap_or_default();
        let length = u32::try_from(state.len()).map_err(std::io::Error::other)?;
        let body = [&length.to_le_bytes(), state.as_slice(), snapshot.as_slice()].concat();
        Ok([blake3::hash(&body).as_bytes().as_slice(), body.as_slice()].concat())
    }

    /// The directory's checkpoint. Every run that has not come to its end has one.
    pub(super) fn read(directory: &RunDirectory, kinds: &[Kind]) -> Result<Self, ResumeError> {
        let path = directory.file(CHECKPOINT);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => return Err(ResumeError::Unreadable { path, error }),
        };
        Checkpoint::decode(&bytes, kinds).ok_or(ResumeError::Damaged(path))
    }

    fn decode(bytes: &[u8], kinds: &[Kind]) -> Option<Self> {
        let (digest, body) = bytes.split_at_checked(32)?;
        if blake3::hash(body).as_bytes() != digest {
            return None;
        }
        let (length, rest) = body.split_first_chunk()?;
        let (state, snapshot) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        Some(Checkpoint {
            state: serde_json::from_slice(state).ok()?,
            snapshot: match snapshot {
                [] => None,
                snapshot => Some(Snapshot::decode(snapshot, kinds).ok()?),
            },
        })
    }

    /// A run that has come to its end needs none.
    pub(super) fn remove(directory: &RunDirectory) -> Result<(), DirectoryError> {
        let path = directory.file(CHECKPOINT);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(DirectoryError::Io { path, error })
            }
            _ => Ok(()),
        }
    }
}
