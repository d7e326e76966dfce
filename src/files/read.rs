//! Reading a whole file that somebody else has made: at most so many bytes of it, and only where reading
//! comes to an end.
//!
//! What a name leads to is looked at on the opened handle, before anything is read:
//!
//! | | [`read_bounded`] | [`read_given`] |
//! | --- | --- | --- |
//! | regular file | read | read |
//! | pipe, terminal | refused | read until it is closed |
//! | directory, device, socket | refused | refused |
//!
//! [`open_regular`] opens what is read piece by piece by the first of these rules. [`read_bounded`] is for
//! whatever stands in a directory of a run, or is named by a file there: nobody has typed these names, and a
//! pipe among them would make the program wait for ever. [`read_given`] is for names that a person has given,
//! on the command line or in a configuration: process substitution, as in `dpac check <(zcat maze.gz)`, and
//! `/dev/stdin` are pipes. A pipe to which nobody writes is refused rather than waited for. Devices are
//! refused whatever they are: none holds a configuration or a problem, and most never end.
//!
//! The length that a file is said to have only refuses it, before a byte is read: a sparse file of a terabyte
//! costs nothing. It is not believed otherwise: at most one byte more than the limit is read, so that a file
//! which grows meanwhile, or says that it is empty as those of `/proc` do, is held to the limit too. Memory
//! is in proportion to what was read.

use super::kind::FileKind;
use super::platform;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The longest file that is read as a configuration: 1 MiB.
pub const CONFIGURATION_BYTES_MAX: u64 = 1 << 20;

/// The longest file that is read as a problem: 1 GiB.
pub const PROBLEM_BYTES_MAX: u64 = 1 << 30;

/// The longest file that is read as the links of clients: 256 MiB.
pub const GRAPH_BYTES_MAX: u64 = 1 << 28;

/// The longest file that is read as a saved policy: 1 GiB.
pub const POLICY_BYTES_MAX: u64 = 1 << 30;

/// The longest file that is read as the policies of a run's rounds: 1 GiB.
pub const POLICIES_BYTES_MAX: u64 = 1 << 30;

/// The longest file that is read as the summary of a run: 16 MiB, a thousand times what the program writes.
pub const SUMMARY_BYTES_MAX: u64 = 1 << 24;

/// A file that is not read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file system's own complaint.
    #[error("{error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The complaint.
        error: io::Error,
    },
    /// Something that is no regular file stands there.
    #[error("it is {found}, not a file")]
    Kind {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: FileKind,
    },
    /// A pipe that is open at no other end.
    #[error("it is a pipe to which nobody writes")]
    Idle {
        /// The pipe.
        path: PathBuf,
    },
    /// There is more of it than is read.
    #[error("it is longer than {limit} bytes")]
    TooLong {
        /// The file.
        path: PathBuf,
        /// How many bytes are read at most.
        limit: u64,
    },
}

impl ReadError {
    /// The file.
    pub fn path(&self) -> &Path {
        match self {
            ReadError::Io { path, .. }
            | ReadError::Kind { path, .. }
            | ReadError::Idle { path }
            | ReadError::TooLong { path, .. } => path,
        }
    }

    /// Whether there is nothing of this name.
    pub fn is_not_found(&self) -> bool {
        matches!(self, ReadError::Io { error, .. } if error.kind() == io::ErrorKind::NotFound)
    }
}

impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Io { error, .. } => error,
            other => io::Error::new(io::ErrorKind::InvalidInput, other),
        }
    }
}

/// Who says where a file is, on which it depends what it may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NamedBy {
    /// A person, who may give a pipe.
    Person,
    /// A file, or the program's own knowledge of where its files are.
    File,
}

/// The content of a regular file of at most `limit` bytes.
///
/// # Errors
/// [`ReadError`]; also where the name leads to anything but a regular file.
pub fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    open(path).and_then(|file| read(file, path, limit, NamedBy::File))
}

/// The content of a file of at most `limit` bytes whose name a person has given: a regular file, a pipe or a
/// terminal.
///
/// # Errors
/// [`ReadError`]; also where the name leads to a directory, a device or a socket.
pub fn read_given(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    open(path).and_then(|file| read(file, path, limit, NamedBy::Person))
}

/// As [`read_given`], where the content decides how much of it is read: `limit` is asked with the first
/// `look` bytes, or with all where there are fewer. Where it gives none, these bytes are the answer.
///
/// # Errors
/// As [`read_given`].
pub fn read_given_by_content(
    path: &Path,
    look: u64,
    limit: impl FnOnce(&[u8]) -> Option<u64>,
) -> Result<Vec<u8>, ReadError> {
    let mut source = Source::new(open(path)?, path, NamedBy::Person)?;
    let mut bytes = Vec::new();
    source.read(&mut bytes, look)?;
    if let Some(limit) = limit(&bytes) {
        source.read_up_to(&mut bytes, limit)?;
    }
    Ok(bytes)
}

/// Opens a regular file that is read piece by piece, and tells its length.
///
/// # Errors
/// As [`read_bounded`], but for the length.
pub fn open_regular(path: &Path) -> Result<(File, u64), ReadError> {
    let Source { file, length, .. } = Source::new(open(path)?, path, NamedBy::File)?;
    Ok((file, length))
}

fn open(path: &Path) -> Result<File, ReadError> {
    platform::open_without_waiting(path).map_err(|error| {
        // A socket cannot be opened, and the system's words for that say nothing of sockets.
        match std::fs::metadata(path).map(|found| platform::kind(found.file_type())) {
            Ok(found @ FileKind::Socket) => ReadError::Kind { path: path.to_path_buf(), found },
            _ => ReadError::Io { path: path.to_path_buf(), error },
        }
    })
}

fn read(file: File, path: &Path, limit: u64, by: NamedBy) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    Source::new(file, path, by)?.read_up_to(&mut bytes, limit)?;
    Ok(bytes)
}

/// An opened file that may be read.
struct Source<'p> {
    file: File,
    path: &'p Path,
    found: FileKind,
    /// As far as it is known: that of a pipe is not.
    length: u64,
}

impl<'p> Source<'p> {
    fn new(file: File, path: &'p Path, by: NamedBy) -> Result<Self, ReadError> {
        let failed = |error| ReadError::Io { path: path.to_path_buf(), error };
        let metadata = file.metadata().map_err(failed)?;
        let found = match platform::kind(metadata.file_type()) {
            FileKind::Device if file.is_terminal() => FileKind::Terminal,
            found => found,
        };
        let length = match (found, by) {
            (FileKind::Regular, _) => metadata.len(),
            (FileKind::Pipe | FileKind::Terminal, NamedBy::Person) => {
                platform::let_reads_wait(&file).map_err(failed)?;
                0
            }
            _ => return Err(ReadError::Kind { path: path.to_path_buf(), found }),
        };
        Ok(Source { file, path, found, length })
    }

    fn failed(&self, error: io::Error) -> ReadError {
        ReadError::Io { path: self.path.to_path_buf(), error }
    }

    /// Reads until there are `most` bytes, or the file ends.
    fn read(&mut self, bytes: &mut Vec<u8>, most: u64) -> Result<(), ReadError> {
        // Asked for in a way that can be refused: a limit of memory is an error, not the end of the process.
        let wanted = usize::try_from(self.length.min(most)).unwrap_or(usize::MAX);
        let room = bytes.try_reserve_exact(wanted.saturating_sub(bytes.len()));
        room.map_err(|_| self.failed(io::ErrorKind::OutOfMemory.into()))?;
        let rest = most.saturating_sub(bytes.len() as u64);
        let read = (&self.file).take(rest).read_to_end(bytes);
        read.map_err(|error| self.failed(error))?;
        Ok(())
    }

    /// Reads all of the file, if that is no more than `limit` bytes.
    fn read_up_to(&mut self, bytes: &mut Vec<u8>, limit: u64) -> Result<(), ReadError> {
        let too_long = ReadError::TooLong { path: self.path.to_path_buf(), limit };
        if self.length > limit {
            return Err(too_long);
        }
        self.read(bytes, limit.saturating_add(1))?;
        if bytes.len() as u64 > limit {
            return Err(too_long);
        }
        if bytes.is_empty() && self.found == FileKind::Pipe {
            return Err(ReadError::Idle { path: self.path.to_path_buf() });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn scratch() -> tempfile::TempDir {
        tempfile::tempdir().expect("a scratch directory")
    }

    #[test]
    fn a_file_is_read_up_to_its_limit_and_no_further() {
        let scratch = scratch();
        let path = scratch.path().join("file");
        fs::write(&path, b"12345").expect("writable");
        for read in [read_bounded, read_given] {
            assert_eq!(read(&path, 5).expect("five bytes"), b"12345");
            let error = read(&path, 4).expect_err("one too many");
            assert!(matches!(error, ReadError::TooLong { limit: 4, .. }), "{error}");
            assert_eq!(error.path(), path);
            assert!(read(&scratch.path().join("other"), 5).expect_err("nothing there").is_not_found());
        }
    }

    #[test]
    fn a_sparse_file_is_refused_by_its_length_alone() {
        let scratch = scratch();
        let path = scratch.path().join("file");
        // Reading a terabyte would take minutes.
        File::create(&path).and_then(|file| file.set_len(1 << 40)).expect("sparse files");
        assert!(matches!(read_bounded(&path, PROBLEM_BYTES_MAX), Err(ReadError::TooLong { .. })));
    }

    #[test]
    fn the_content_decides_how_much_is_read() {
        let scratch = scratch();
        let path = scratch.path().join("file");
        fs::write(&path, b"12345").expect("writable");
        let limit = |first: &[u8]| Some(if first == b"12" { 5 } else { 4 });
        assert_eq!(read_given_by_content(&path, 2, limit).expect("five bytes"), b"12345");
        let error = read_given_by_content(&path, 3, limit).expect_err("one too many");
        assert!(matches!(error, ReadError::TooLong { limit: 4, .. }), "{error}");
        assert_eq!(read_given_by_content(&path, 100, |_| Some(100)).expect("five bytes"), b"12345");
        assert_eq!(read_given_by_content(&path, 3, |_| None).expect("three bytes"), b"123");
    }

    #[test]
    fn a_directory_is_refused() {
        let scratch = scratch();
        for read in [read_bounded, read_given] {
            let error = read(scratch.path(), 10).expect_err("a directory");
            assert!(matches!(error, ReadError::Kind { found: FileKind::Directory, .. }), "{error}");
        }
    }

    #[cfg(unix)]
    mod unix {
        use super::*;
        use std::io::Write;
        use std::os::unix::net::UnixListener;
        use std::process::Command;

        fn pipe(scratch: &tempfile::TempDir) -> PathBuf {
            let path = scratch.path().join("pipe");
            let made = Command::new("mkfifo").arg(&path).status().expect("mkfifo");
            assert!(made.success());
            path
        }

        #[test]
        fn devices_and_sockets_are_refused() {
            let scratch = scratch();
            let socket = scratch.path().join("socket");
            let _listener = UnixListener::bind(&socket).expect("a socket");
            for read in [read_bounded, read_given] {
                for (path, expected) in [
                    (Path::new("/dev/zero"), FileKind::Device),
                    (Path::new("/dev/null"), FileKind::Device),
                    (&socket, FileKind::Socket),
                ] {
                    let error = read(path, 10).expect_err("no file");
                    assert!(
                        matches!(error, ReadError::Kind { found, .. } if found == expected),
                        "{}: {error}",
                        path.display()
                    );
                }
            }
        }

        #[test]
        fn a_file_that_is_said_to_be_empty_is_held_to_the_limit() {
            // Files of /proc have a length of 0.
            let path = Path::new("/proc/self/status");
            if path.exists() {
                assert!(!read_bounded(path, 1 << 20).expect("a file").is_empty());
                assert!(matches!(read_bounded(path, 10), Err(ReadError::TooLong { .. })));
            }
        }

        #[test]
        fn a_pipe_without_a_writer_is_refused_at_once() {
            let scratch = scratch();
            let path = pipe(&scratch);
            assert!(matches!(read_bounded(&path, 10), Err(ReadError::Kind { found: FileKind::Pipe, .. })));
            assert!(matches!(read_given(&path, 10), Err(ReadError::Idle { .. })));
        }

        #[test]
        fn a_pipe_that_a_person_has_given_is_read_up_to_the_limit() {
            let scratch = scratch();
            let path = pipe(&scratch);
            for (limit, whole) in [(1_000_000, true), (999_999, false)] {
                // Open for reading too, so that opening it does not wait, and writing waits for a reader
                // rather than failing.
                let mut writer = File::options().read(true).write(true).open(&path).expect("the pipe");
                let writer = std::thread::spawn(move || writer.write_all(&vec![b'x'; 1_000_000]));
                let read = read_given(&path, limit);
                if whole {
                    assert_eq!(read.expect("all of it").len(), 1_000_000);
                } else {
                    assert!(matches!(read, Err(ReadError::TooLong { .. })), "{read:?}");
                }
                drop(writer.join());
            }
        }
    }
}
