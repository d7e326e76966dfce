//! The run directory: a store that one process makes whole, owns while it writes, and leaves so that whatever
//! is read of it later can be checked.
//!
//! | file | what it is | what holds it |
//! | --- | --- | --- |
//! | `run.json` | by which the directory is known ([`marker`]) | its digest is in checkpoints and in `digests.json` |
//! | `lock` | held by the living process, and names it ([`owner`]) | nothing: what it says is shown, not believed |
//! | `config.toml`, `inputs/` | what runs | digests in checkpoints and in the summary |
//! | `rounds.jsonl`, `barriers.jsonl`, `policies.npy` | what grows ([`growing`]) | length and digest in checkpoints; digests when the run is complete |
//! | `checkpoint.bin`, `checkpoint.safe.bin`, `final.bin` | where a run goes on ([`checkpoint`]) | a digest of their own |
//! | `policy.json`, `critic.npy`, `summary.json` | results | digests in the summary, and of it ([`digests`]) |
//!
//! All names are looked up in the open directory, and links are not followed.

pub(super) mod checkpoint;
mod claim;
mod dead_starts;
pub(super) mod digests;
mod found;
pub(super) mod growing;
mod history;
mod history_error;
pub(crate) mod lines;
mod make;
pub(super) mod marker;
pub(super) mod names;
mod occupant;
mod owner;
pub(super) mod policies;
pub(super) mod records;
mod resume_error;
mod summary;

use crate::visible::shown;
pub use checkpoint::has_checkpoint;
#[doc(hidden)]
pub use checkpoint::{Reread, reread_checkpoint, seal_checkpoint};
pub use dead_starts::clear_dead_starts;
pub use digests::Unsealed;
pub use found::look;
pub use history::{RunHistory, arm_of, read_history};
pub use history_error::HistoryError;
pub(super) use make::Draft;
pub use occupant::{Found, Holder};
pub use policies::{PoliciesError, parse_policies, read_policies};
pub use records::{Before, Drift, EffortRecord, LedgerRecord, RoundRecord, TallyRecord};
pub use resume_error::ResumeError;
pub use summary::{
    Communication, LocalSteps, ProblemSummary, SizesSummary, Status, Summary, Value, summary_schema_json,
};

use crate::files::platform::{Folder, How};
use claim::Claim;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use thiserror::Error;

/// A run directory, open.
#[derive(Clone, Debug)]
pub struct RunDirectory {
    path: PathBuf,
    /// The same without links, as it was when the directory was opened.
    resolved: PathBuf,
    folder: Arc<Folder>,
    /// The lock, where this process writes.
    claim: Option<Arc<Claim>>,
}

/// A directory that cannot be made or used.
#[derive(Debug, Error)]
pub enum DirectoryError {
    /// Something has the name.
    #[error("{} exists already: {found}", shown(path))]
    Exists {
        /// The directory.
        path: PathBuf,
        /// What it is.
        found: Found,
    },
    /// A path that names no place for a new directory.
    #[error("{} names no place for a run directory: {why}", shown(path))]
    Place {
        /// The path.
        path: PathBuf,
        /// Why not.
        why: &'static str,
    },
    /// It is to be replaced, and is not certainly a run directory.
    #[error("{} is not certainly a run directory, so it is not replaced: {why}", shown(path))]
    Foreign {
        /// The directory.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// Another process writes in it.
    #[error("{} is in the hands of {holder}, which is running", shown(path))]
    Running {
        /// The directory.
        path: PathBuf,
        /// Who that is.
        holder: Holder,
    },
    /// It was replaced while its lock was being taken.
    #[error("{} has just been replaced by another process", shown(.0))]
    Moved(PathBuf),
    /// No run directory.
    #[error("{} is not a run directory: it has no run.json", shown(.0))]
    NotARun(PathBuf),
    /// A run directory of a version that marked none.
    #[error("{} was made by an older version of dpac, which this one cannot go on with", shown(.0))]
    Older(PathBuf),
    /// A file that is not what was written.
    #[error("{} is not what dpac wrote: {what}", shown(path))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The file system's own complaint.
    #[error("{}: {error}", shown(path))]
    Io {
        /// The file.
        path: PathBuf,
        /// The complaint.
        error: io::Error,
    },
}

impl DirectoryError {
    /// Whether the file system has failed, rather than somebody asked for what cannot be.
    pub fn is_failure(&self) -> bool {
        matches!(self, DirectoryError::Io { .. })
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            DirectoryError::Exists { path, found } => found.help(path),
            DirectoryError::Place { .. } => {
                "name a directory that does not exist, in one that does".to_owned()
            }
            DirectoryError::Foreign { .. } => "--out DIR writes elsewhere".to_owned(),
            DirectoryError::Running { .. } => {
                "wait for it to end, or stop it; --out DIR writes elsewhere".to_owned()
            }
            DirectoryError::Moved(_) => "look what it is now".to_owned(),
            DirectoryError::NotARun(_) => "give a directory that `dpac run` has made".to_owned(),
            DirectoryError::Older(_) => "run its config.toml anew, into another directory".to_owned(),
            DirectoryError::Damaged { .. } => {
                "run its config.toml anew, into another directory: the same seed gives the same results"
                    .to_owned()
            }
            DirectoryError::Io { .. } => return None,
        })
    }
}

impl RunDirectory {
    /// A directory that `dpac run` has made, for reading. Whether it is one, its marker says.
    ///
    /// # Errors
    /// If there is no directory.
    pub fn open(path: &Path) -> Result<Self, DirectoryError> {
        let io = |error| DirectoryError::Io { path: path.to_path_buf(), error };
        // The person's own way to it may lead over links; from here on none is followed.
        let resolved = path.canonicalize().map_err(io)?;
        let folder = Folder::open(&resolved).map_err(|error| match error.kind() {
            io::ErrorKind::NotADirectory => DirectoryError::NotARun(path.to_path_buf()),
            _ => io(error),
        })?;
        Ok(RunDirectory { path: path.to_path_buf(), resolved, folder: Arc::new(folder), claim: None })
    }

    /// Whether a second process would be kept away: not on a file system without locks.
    pub(crate) fn is_exclusive(&self) -> bool {
        self.claim.as_ref().is_some_and(|claim| claim.exclusive)
    }

    /// Its path, as the person gave it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of a file in it, to be shown.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Whether there is something of this name.
    ///
    /// # Errors
    /// The file system's own complaint.
    pub fn has(&self, name: &str) -> Result<bool, DirectoryError> {
        self.folder.has(Path::new(name)).map_err(|error| self.io(name, error))
    }

    /// A regular file in the directory, or in its folder of inputs.
    ///
    /// # Errors
    /// Where it is none, or a link.
    pub(crate) fn open_file(&self, name: &str, how: How) -> Result<File, DirectoryError> {
        let path = Path::new(name);
        let opened = match (path.parent(), path.file_name()) {
            (Some(parent), Some(file)) if !parent.as_os_str().is_empty() => {
                self.folder.folder(parent).and_then(|folder| folder.file(Path::new(file), how))
            }
            _ => self.folder.file(path, how),
        };
        opened.map_err(|error| self.io(name, error))
    }

    /// A file that is there, to be changed, or a new one.
    pub(crate) fn open_or_make(&self, name: &str) -> Result<File, DirectoryError> {
        let how = if self.has(name)? { How::Change } else { How::New };
        self.open_file(name, how)
    }

    /// A file's whole content.
    ///
    /// # Errors
    /// Where it is no regular file, or longer than `limit`.
    pub fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, DirectoryError> {
        let file = self.open_file(name, How::Read)?;
        let io = |error| self.io(name, error);
        let length = file.metadata().map_err(io)?.len();
        let mut bytes = Vec::new();
        if length <= limit {
            file.take(limit + 1).read_to_end(&mut bytes).map_err(io)?;
        }
        if length > limit || bytes.len() as u64 > limit {
            let what = format!("it is longer than the {limit} bytes that such a file can have");
            return Err(DirectoryError::Damaged { path: self.file(name), what });
        }
        Ok(bytes)
    }

    /// Replaces a file atomically: written under a name of its own, flushed to the disk, renamed; then the
    /// name is on the disk too.
    ///
    /// # Errors
    /// The file system's own complaint, with the file's name.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), DirectoryError> {
        self.replace(name, bytes, true)?;
        self.sync()
    }

    /// Whether the directory is still where it was: what is written into one that was moved or deleted is
    /// written for nobody.
    fn is_in_place(&self) -> bool {
        self.folder.is_at(&self.resolved)
    }

    /// Replaces a file atomically; what is in it is on the disk only with `durable`, its name with the next
    /// [`RunDirectory::sync`].
    pub(crate) fn replace(&self, name: &str, bytes: &[u8], durable: bool) -> Result<(), DirectoryError> {
        let io = |error| self.io(name, error);
        if !self.is_in_place() {
            let gone = std::fs::symlink_metadata(&self.resolved).err();
            return Err(
                io(gone.unwrap_or_else(|| io::Error::other("another directory has taken its place"))),
            );
        }
        let (partial, mut file) = self.partial(name).map_err(io)?;
        let written = file.write_all(bytes).and_then(|()| if durable { file.sync_all() } else { Ok(()) });
        let placed = written.and_then(|()| self.folder.rename(&partial, Path::new(name)));
        if placed.is_err() {
            // What could not be placed is not left behind; the first error is the one to report.
            let _ = self.folder.remove(&partial);
        }
        placed.map_err(io)
    }

    /// Adds to the end of a file, which is on the disk when this returns.
    ///
    /// # Errors
    /// The file system's own complaint, with the file's name.
    pub(crate) fn append(&self, name: &str, bytes: &[u8]) -> Result<(), DirectoryError> {
        let mut file = self.open_or_make(name)?;
        let appended = file.seek(SeekFrom::End(0)).and_then(|_| file.write_all(bytes));
        appended.and_then(|()| file.sync_all()).map_err(|error| self.io(name, error))
    }

    /// A file under a name that nobody else has.
    fn partial(&self, name: &str) -> io::Result<(PathBuf, File)> {
        static PARTIALS: AtomicU64 = AtomicU64::new(0);
        loop {
            let number = PARTIALS.fetch_add(1, Ordering::Relaxed);
            let partial =
                PathBuf::from(format!(".{name}.{:x}-{number:x}{}", std::process::id(), names::PARTIAL));
            match self.folder.file(&partial, How::New) {
                // A process of the same number has left it behind.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return Ok((partial, made?)),
            }
        }
    }

    /// Deletes files under way that a process which was killed has left behind.
    fn clear_partials(&self) -> Result<(), DirectoryError> {
        let io = |error| DirectoryError::Io { path: self.path.clone(), error };
        for entry in std::fs::read_dir(&self.resolved).map_err(io)? {
            let name = entry.map_err(io)?.file_name();
            if name.to_str().is_some_and(names::is_partial) {
                self.folder.remove(Path::new(&name)).map_err(io)?;
            }
        }
        Ok(())
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), DirectoryError> {
        self.folder.rename(Path::new(from), Path::new(to)).map_err(|error| self.io(from, error))
    }

    pub(crate) fn remove(&self, name: &str) -> Result<(), DirectoryError> {
        self.folder.remove(Path::new(name)).map_err(|error| self.io(name, error))
    }

    /// Waits until the directory's names are on the disk.
    pub(crate) fn sync(&self) -> Result<(), DirectoryError> {
        self.folder.sync().map_err(|error| DirectoryError::Io { path: self.path.clone(), error })
    }

    fn io(&self, name: &str, error: io::Error) -> DirectoryError {
        DirectoryError::Io { path: self.file(name), error }
    }
}
