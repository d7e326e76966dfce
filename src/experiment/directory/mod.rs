//! The run directory: created whole or not at all, its files replaced atomically.

pub(super) mod checkpoint;
mod history;
pub(super) mod policies;
pub(super) mod records;
mod summary;

pub use checkpoint::{ResumeError, has_checkpoint};
pub use history::{HistoryError, RunHistory, read_history};
pub use policies::{PoliciesError, read_policies};
pub use records::{Drift, EffortRecord, LedgerRecord, RoundRecord, TallyRecord};
pub use summary::{
    Communication, LocalSteps, ProblemSummary, SizesSummary, Status, Summary, Value, summary_schema_json,
};

use std::io::Write;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The file by which a directory is known to be a run's.
const CONFIG: &str = "config.toml";

/// A run directory.
#[derive(Clone, Debug)]
pub struct RunDirectory {
    path: PathBuf,
}

/// A directory that cannot be made or used.
#[derive(Debug, Error)]
pub enum DirectoryError {
    /// It exists.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// It is to be replaced and is no run directory.
    #[error("{} is no run directory, so it is not replaced", .0.display())]
    Foreign(PathBuf),
    /// The file system's own complaint.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The complaint.
        error: std::io::Error,
    },
}

impl RunDirectory {
    /// Makes a run directory with its configuration and input files in one step: it is prepared under another name
    /// beside its place and then renamed.
    ///
    /// # Errors
    /// [`DirectoryError`]; an existing directory is replaced only if `force` says so and it is a run's.
    pub fn create(
        path: &Path,
        force: bool,
        config: &str,
        files: &[(String, Vec<u8>)],
    ) -> Result<Self, DirectoryError> {
        let io = |path: &Path| {
            let path = path.to_path_buf();
            move |error| DirectoryError::Io { path, error }
        };
        if path.exists() {
            if !force {
                return Err(DirectoryError::Exists(path.to_path_buf()));
            }
            if !path.join(CONFIG).is_file() {
                return Err(DirectoryError::Foreign(path.to_path_buf()));
            }
        }
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}", std::process::id()));
        let partial = RunDirectory { path: path.with_file_name(name) };
        std::fs::create_dir_all(&partial.path).map_err(io(&partial.path))?;
        let prepared = files
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
            .chain([(CONFIG, config.as_bytes())])
            .try_for_each(|(name, bytes)| partial.write(name, bytes));
        let placed = prepared.and_then(|()| {
            if path.exists() {
                std::fs::remove_dir_all(path).map_err(io(path))?;
            }
            std::fs::rename(&partial.path, path).map_err(io(path))
        });
        if placed.is_err() {
            // What could not be placed is not left behind; the first error is the one to report.
            let _ = std::fs::remove_dir_all(&partial.path);
        }
        placed.map(|()| RunDirectory { path: path.to_path_buf() })
    }

    /// A directory that `dpac run` has made.
    ///
    /// # Errors
    /// If it is none.
    pub fn open(path: &Path) -> Result<Self, DirectoryError> {
        if path.join(CONFIG).is_file() {
            Ok(RunDirectory { path: path.to_path_buf() })
        } else {
            let error =
                std::io::Error::new(std::io::ErrorKind::NotFound, "no config.toml: not a run directory");
            Err(DirectoryError::Io { path: path.to_path_buf(), error })
        }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Replaces a file atomically: written beside its place, flushed, renamed. A run directory that has vanished is not made again.
    ///
    /// # Errors
    /// The file system's own complaint, with the file's name.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), DirectoryError> {
        let path = self.file(name);
        let parent = match path.parent() {
            // A file in a directory of its own, such as an input.
            Some(parent) if parent != self.path => std::fs::create_dir_all(parent),
            _ => Ok(()),
        };
        let written = parent.and_then(|()| replace_file(&path, bytes));
        written.map_err(|error| DirectoryError::Io { path, error })
    }
}

/// Replaces a file atomically: written beside its place, flushed, renamed. What is no regular file (a pipe, a device) is written to as it is.
///
/// # Errors
/// The file system's own complaint; the old file then stands as it was.
pub fn replace_file(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if path.exists() && !path.is_file() {
        return std::fs::write(path, bytes);
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let mut file = std::fs::File::create(&partial)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    let placed = written.and_then(|()| std::fs::rename(&partial, path));
    if placed.is_err() {
        // What could not be placed is not left behind; the first error is the one to report.
        let _ = std::fs::remove_file(&partial);
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaced_file_is_the_new_one_and_a_failure_leaves_the_old_one_alone() {
        let scratch = tempfile::tempdir().expect("a scratch directory");
        let path = scratch.path().join("record.json");
        replace_file(&path, b"old").expect("writable");
        replace_file(&path, b"new").expect("writable");
        assert_eq!(std::fs::read(&path).expect("there"), b"new");
        // A directory in the way of the partial file.
        std::fs::create_dir(scratch.path().join("record.json.partial")).expect("writable");
        assert!(replace_file(&path, b"newer").is_err());
        assert_eq!(std::fs::read(&path).expect("there"), b"new");
        assert!(replace_file(&scratch.path().join("no/where"), b"").is_err());
    }
}
