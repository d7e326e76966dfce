//! The one rule for whoever writes a file that a person has named: what exists is refused, or replaced whole
//! if the person says so; what the command reads from is never replaced; a link is not written through.

use super::lock::{Locked, folder_is_owned, lock};
use super::platform::{exchange, holder, permissions, rename_to_new, same_file, sync_folder};
use crate::visible::shown;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, TempPath};
use thiserror::Error;

/// A file that cannot be written where a person wants it.
#[derive(Debug, Error)]
pub enum WriteError {
    /// Something has the name, and nobody said that it may be replaced.
    #[error("{} exists already", shown(.0))]
    Exists(PathBuf),
    /// The name is a link.
    #[error("{} is a link, which is not written through", shown(.0))]
    Link(PathBuf),
    /// The file is one that the command itself reads.
    #[error("{} is what this command reads, and is not replaced", shown(.0))]
    Own(PathBuf),
    /// The file would stand in a folder that is to be made.
    #[error("{} would lie in the run directory that is to be made", shown(.0))]
    Inside(PathBuf),
    /// Another process is writing the file.
    #[error("{} is being written by {}", shown(path), named(*holder))]
    Busy {
        /// The file.
        path: PathBuf,
        /// Number of the process, where the system tells.
        holder: Option<u32>,
    },
    /// The file system's own complaint.
    #[error("cannot write {}: {error}", shown(path))]
    Io {
        /// The file.
        path: PathBuf,
        /// The complaint.
        error: io::Error,
    },
}

fn named(holder: Option<u32>) -> String {
    holder.map_or_else(|| "another process".to_owned(), |process| format!("process {process}"))
}

impl WriteError {
    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            WriteError::Exists(_) => Some("--force replaces it"),
            WriteError::Link(_) => Some("name the file that it leads to"),
            WriteError::Own(_) => Some("name another file"),
            WriteError::Inside(_) => Some("name a file beside it"),
            WriteError::Busy { .. } => Some("wait for it to end, or name another file"),
            WriteError::Io { .. } => None,
        }
    }
}

/// Makes a folder to write files in, and those above it, where there is none.
///
/// # Errors
/// The file system's own complaint.
pub fn make_folder(path: &Path) -> Result<(), WriteError> {
    std::fs::create_dir_all(path).map_err(|error| WriteError::Io { path: path.to_path_buf(), error })
}

/// A file under way: it has another name, which is its own, until it is whole.
///
/// Dropped before [`NewFile::place`], it is gone, and what stood at its place stands there still.
#[derive(Debug)]
pub struct NewFile {
    path: PathBuf,
    force: bool,
    own: Vec<PathBuf>,
    to: To,
}

#[derive(Debug)]
enum To {
    /// A regular file.
    Partial(NamedTempFile),
    /// A pipe or a device: it holds nothing that could be lost, and is written as it is.
    Stream(File),
}

impl NewFile {
    /// Begins a file that will stand at `path`. `own` are files that must not be replaced, whatever `force`
    /// says.
    ///
    /// # Errors
    /// [`WriteError`], before anything is written.
    pub fn begin(path: &Path, force: bool, own: &[PathBuf]) -> Result<Self, WriteError> {
        let io = |error| WriteError::Io { path: path.to_path_buf(), error };
        let (path_kept, own) = (path.to_path_buf(), own.to_vec());
        if let Some(stream) = stream(path) {
            let to = To::Stream(stream.map_err(io)?);
            return Ok(NewFile { path: path_kept, force, own, to });
        }
        refuse(path, force, &own)?;
        let name = path.file_name().ok_or_else(|| io(io::Error::other("no name of a file")))?;
        let mut prefix = std::ffi::OsString::from(".");
        prefix.push(name);
        prefix.push(".");
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(".partial");
        // As any file that is made: readable by whom the user's mask lets.
        if let Some(permissions) = permissions(0o666) {
            builder.permissions(permissions);
        }
        let partial = builder.tempfile_in(parent(path)).map_err(|error| io(without_path(error)))?;
        Ok(NewFile { path: path_kept, force, own, to: To::Partial(partial) })
    }

    /// The open file.
    pub fn file(&mut self) -> &mut File {
        match &mut self.to {
            To::Partial(partial) => partial.as_file_mut(),
            To::Stream(file) => file,
        }
    }

    /// Waits until the disk has what was written so far, and the name that the file has until it is placed.
    pub(crate) fn settle(&mut self) -> Result<(), WriteError> {
        let To::Partial(partial) = &self.to else { return Ok(()) };
        let settled = partial.as_file().sync_all().and_then(|()| sync_folder(parent(&self.path)));
        settled.map_err(|error| WriteError::Io { path: self.path.clone(), error })
    }

    /// The name that the file has until it is placed; `None` for a pipe or a device.
    pub(crate) fn partial_path(&self) -> Option<&Path> {
        match &self.to {
            To::Partial(partial) => Some(partial.path()),
            To::Stream(_) => None,
        }
    }

    /// Gives the file its name. What is in it is on the disk first, and its name afterwards.
    ///
    /// # Errors
    /// [`WriteError`]; what stood there then stands there still.
    pub fn place(self) -> Result<(), WriteError> {
        self.place_for_now().map(PlacedFile::keep)
    }

    /// Gives the file its name in a way that can be taken back.
    ///
    /// # Errors
    /// As [`NewFile::place`].
    pub(crate) fn place_for_now(self) -> Result<PlacedFile, WriteError> {
        let NewFile { path, force, own, to } = self;
        let io = |error| WriteError::Io { path: path.clone(), error };
        let (file, partial) = match to {
            To::Stream(mut file) => {
                file.flush().map_err(io)?;
                return Ok(PlacedFile { path, file, aside: None, stream: true });
            }
            To::Partial(partial) => partial.into_parts(),
        };
        file.sync_all().map_err(io)?;
        // Looked at again, since time has passed; and whoever is replaced is held, so that nobody is who
        // still writes.
        let replaced = refuse(&path, force, &own)?;
        let aside = if replaced.is_some() {
            exchange(&partial, &path).map_err(io)?;
            Some(partial)
        } else {
            rename_to_new(&partial, &path).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => WriteError::Exists(path.clone()),
                _ => io(error),
            })?;
            // It has another name now, and there is nothing to clear away.
            let _ = partial.keep();
            None
        };
        let synced = sync_folder(parent(&path));
        let placed = PlacedFile { path, file, aside, stream: false };
        match synced {
            Ok(()) => Ok(placed),
            Err(error) => {
                let path = placed.path.clone();
                placed.undo();
                Err(WriteError::Io { path, error })
            }
        }
    }
}

/// A file that has its name. What it has replaced, if anything, is still there, under another one.
#[derive(Debug)]
pub(crate) struct PlacedFile {
    path: PathBuf,
    file: File,
    aside: Option<TempPath>,
    stream: bool,
}

impl PlacedFile {
    /// Deletes what was replaced.
    pub(crate) fn keep(self) {
        // The path of a partial file deletes what it leads to when it is dropped.
        drop(self.aside);
    }

    /// Puts everything back as it was.
    pub(crate) fn undo(self) {
        let PlacedFile { path, file, aside, stream } = self;
        // What cannot be put back stays beside it; the error that led here is the one to report.
        match aside {
            Some(aside) => {
                if exchange(&aside, &path).is_err() {
                    let _ = aside.keep();
                }
            }
            None if stream => {}
            None => {
                let there = std::fs::symlink_metadata(&path);
                if there.is_ok_and(|there| file.metadata().is_ok_and(|ours| same_file(&ours, &there))) {
                    let _ = std::fs::remove_file(&path);
                }
            }
        }
    }
}

/// Writes a whole file by the rule.
///
/// # Errors
/// [`WriteError`]; what stood there then stands there still.
pub fn write_file(path: &Path, force: bool, own: &[PathBuf], bytes: &[u8]) -> Result<(), WriteError> {
    let mut file = NewFile::begin(path, force, own)?;
    let written = file.file().write_all(bytes);
    written.map_err(|error| WriteError::Io { path: path.to_path_buf(), error })?;
    file.place()
}

/// The folder of a file, as one can open it.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A pipe or a device at a path, opened to be written; `None` for everything else.
fn stream(path: &Path) -> Option<io::Result<File>> {
    let metadata = std::fs::metadata(path).ok()?;
    (!metadata.is_file() && !metadata.is_dir()).then(|| File::options().write(true).open(path))
}

/// Refuses what the rule refuses. The file that is to be replaced, if there is one, is returned open and
/// locked.
fn refuse(path: &Path, force: bool, own: &[PathBuf]) -> Result<Option<File>, WriteError> {
    let io = |error| WriteError::Io { path: path.to_path_buf(), error };
    loop {
        let metadata = match std::fs::symlink_metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io(error)),
        };
        if own.iter().any(|own| std::fs::metadata(own).is_ok_and(|own| same_file(&own, &metadata))) {
            return Err(WriteError::Own(path.to_path_buf()));
        }
        if metadata.is_dir() {
            return Err(io(io::ErrorKind::IsADirectory.into()));
        }
        if metadata.is_symlink() {
            let refused = if force { WriteError::Link } else { WriteError::Exists };
            return Err(refused(path.to_path_buf()));
        }
        let file = File::open(path).map_err(io)?;
        // Nobody's file is replaced while he writes it, nor is any in a folder whose owner is at work.
        if lock(&file).map_err(io)? == Locked::Taken || folder_is_owned(parent(path)) {
            return Err(WriteError::Busy { path: path.to_path_buf(), holder: holder(&file) });
        }
        if !force {
            return Err(WriteError::Exists(path.to_path_buf()));
        }
        // Somebody may have replaced it between the two looks; then that one is to be asked.
        let now = std::fs::symlink_metadata(path);
        if now.is_ok_and(|now| file.metadata().is_ok_and(|held| same_file(&now, &held))) {
            return Ok(Some(file));
        }
    }
}

/// `tempfile` puts the name of the partial file into its errors; the person has named another.
fn without_path(error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::from(error.kind()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(path: &Path) -> Vec<u8> {
        std::fs::read(path).expect("a file")
    }

    #[test]
    fn existing_file_is_refused_or_replaced_whole() {
        let scratch = tempfile::tempdir().expect("a scratch directory");
        let path = scratch.path().join("record.json");
        write_file(&path, false, &[], b"old").expect("nothing is there");
        assert!(matches!(write_file(&path, false, &[], b"new"), Err(WriteError::Exists(_))));
        assert_eq!(held(&path), b"old");
        write_file(&path, true, &[], b"new").expect("force");
        assert_eq!(held(&path), b"new");
        // Given up on the way.
        let mut file = NewFile::begin(&path, true, &[]).expect("force");
        file.file().write_all(b"half").expect("writable");
        drop(file);
        assert_eq!(held(&path), b"new");
        assert_eq!(std::fs::read_dir(scratch.path()).expect("a folder").count(), 1, "nothing is left behind");
        assert!(matches!(
            write_file(&scratch.path().join("no/where"), true, &[], b""),
            Err(WriteError::Io { .. })
        ));
    }

    #[test]
    fn file_that_appears_on_the_way_is_not_replaced() {
        let scratch = tempfile::tempdir().expect("a scratch directory");
        let path = scratch.path().join("record.json");
        let file = NewFile::begin(&path, false, &[]).expect("nothing is there");
        std::fs::write(&path, b"somebody's").expect("writable");
        assert!(matches!(file.place(), Err(WriteError::Exists(_))));
        assert_eq!(held(&path), b"somebody's");
    }

    #[test]
    fn file_that_is_read_or_written_by_somebody_is_never_replaced() {
        let scratch = tempfile::tempdir().expect("a scratch directory");
        let path = scratch.path().join("problem.POMDP");
        std::fs::write(&path, b"read").expect("writable");
        let spelled_otherwise = scratch.path().join(".").join("problem.POMDP");
        assert!(matches!(write_file(&path, true, &[spelled_otherwise], b""), Err(WriteError::Own(_))));
        let writer = File::open(&path).expect("a file");
        assert_eq!(lock(&writer).expect("locks"), Locked::Ours);
        assert!(matches!(write_file(&path, true, &[], b""), Err(WriteError::Busy { .. })));
        drop(writer);
        assert_eq!(held(&path), b"read");
        write_file(&path, true, &[], b"new").expect("nobody holds it any more");
    }

    #[cfg(unix)]
    #[test]
    fn link_is_not_written_through() {
        let scratch = tempfile::tempdir().expect("a scratch directory");
        let (target, link) = (scratch.path().join("target"), scratch.path().join("link"));
        std::fs::write(&target, b"precious").expect("writable");
        std::os::unix::fs::symlink(&target, &link).expect("links");
        assert!(matches!(write_file(&link, false, &[], b""), Err(WriteError::Exists(_))));
        assert!(matches!(write_file(&link, true, &[], b""), Err(WriteError::Link(_))));
        assert_eq!(held(&target), b"precious");
    }
}
