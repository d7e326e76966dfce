//! The run directory: created whole or not at all, its files replaced atomically.

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

    /// Replaces a file atomically: written beside its place, flushed, renamed.
    ///
    /// # Errors
    /// The file system's own complaint, with the file's name.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), DirectoryError> {
        let path = self.file(name);
        let partial = path.with_extension("partial");
        let written = (|| {
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            let mut file = std::fs::File::create(&partial)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            std::fs::rename(&partial, &path)
        })();
        written.map_err(|error| DirectoryError::Io { path, error })
    }
}
