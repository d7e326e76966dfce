//! Checkpoints: what a run directory keeps so that a run that was stopped or killed goes on as if it had not been.
//!
//! ```text
//! checkpoint.bin := blake3[32] | length u32 | state (JSON)[length] | snapshot
//! ```
//!
//! A run begins with one that has no snapshot. The digest is over all that follows. The file is replaced atomically: the last one stands until the new one is whole. Other
//! files of the run only grow; a checkpoint says how long they were, and what came after is cut off when the run goes on.

use super::records::{Cumulative, unix_seconds};
use super::{DirectoryError, RunDirectory};
use crate::experiment::traces::SavedTrace;
use dpac_actors::{Kind, Snapshot};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The file's name in a run directory.
pub(crate) const CHECKPOINT: &str = "checkpoint.bin";

/// Whether a run directory has a checkpoint to go on from.
pub fn has_checkpoint(directory: &Path) -> bool {
    directory.join(CHECKPOINT).is_file()
}

/// What the program keeps beside the society's own snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CheckpointState {
    /// Digest of the configuration and its inputs.
    pub(crate) config_digest: String,
    /// The run's trace, if one is recorded.
    pub(crate) trace: Option<SavedTrace>,
    /// What the recorder of rounds has written and found.
    pub(crate) recorder: RecorderState,
}

/// What the recorder has written and found, as a checkpoint keeps it. Numbers are kept by their bits.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct RecorderState {
    pub(crate) rounds_bytes: u64,
    pub(crate) syncs_bytes: Option<u64>,
    pub(crate) policies_rows: Option<u64>,
    pub(crate) before: Cumulative,
    /// The last barrier, which has no line yet: phase, round, sync, local steps, drift.
    pub(crate) pending: Option<(u8, u32, u32, u64, u64, Cumulative)>,
    pub(crate) drift: [(u64, u32); 2],
    pub(crate) value_sum: u64,
    pub(crate) values: u64,
    pub(crate) last_theta: Option<Vec<u64>>,
    pub(crate) seconds: f64,
    /// Unix time at which the run began, where it is known.
    pub(crate) began_unix_seconds: Option<f64>,
}

impl RecorderState {
    /// That of a run that begins.
    pub(crate) fn beginning(log_syncs: bool) -> Self {
        RecorderState {
            syncs_bytes: log_syncs.then_some(0),
            began_unix_seconds: Some(unix_seconds()),
            ..RecorderState::default()
        }
    }

    /// Whether there is a line per barrier.
    pub(crate) fn logs_syncs(&self) -> bool {
        self.syncs_bytes.is_some()
    }
}

/// A run between two turns.
#[derive(Clone, Debug)]
pub(crate) struct Checkpoint {
    pub(crate) state: CheckpointState,
    /// `None` before the first one, with which a run begins: it says what is recorded.
    pub(crate) snapshot: Option<Snapshot>,
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
    pub(crate) fn write(&self, directory: &RunDirectory, durable: bool) -> Result<(), DirectoryError> {
        let path = directory.file(CHECKPOINT);
        let io = |error| DirectoryError::Io { path: path.clone(), error };
        let bytes = self.encode().map_err(io)?;
        if durable {
            return directory.write(CHECKPOINT, &bytes);
        }
        let partial = path.with_extension("bin.partial");
        std::fs::write(&partial, bytes).and_then(|()| std::fs::rename(&partial, &path)).map_err(io)
    }

    pub(crate) fn encode(&self) -> std::io::Result<Vec<u8>> {
        let state = serde_json::to_vec(&self.state)?;
        let snapshot = self.snapshot.as_ref().map(Snapshot::encode).transpose();
        let snapshot = snapshot.map_err(std::io::Error::other)?.unwrap_or_default();
        let length = u32::try_from(state.len()).map_err(std::io::Error::other)?;
        let body = [&length.to_le_bytes(), state.as_slice(), snapshot.as_slice()].concat();
        Ok([blake3::hash(&body).as_bytes().as_slice(), body.as_slice()].concat())
    }

    /// The directory's checkpoint. Every run that has not come to its end has one.
    pub(crate) fn read(directory: &RunDirectory, kinds: &[Kind]) -> Result<Self, ResumeError> {
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
    pub(crate) fn remove(directory: &RunDirectory) -> Result<(), DirectoryError> {
        let path = directory.file(CHECKPOINT);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(DirectoryError::Io { path, error })
            }
            _ => Ok(()),
        }
    }
}
