//! Traces that go into a pipe or a device: whoever reads may come late, be slow, or go away.
//!
//! A plain write to a pipe that nobody empties lasts for ever, and whoever opens a pipe for reading too is
//! its own reader and never learns that the other one has gone. So a pipe is opened for writing alone, no
//! write blocks, and every wait looks at whether the run has been asked to end.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a pipe may be without a reader before a run begins: time to start one in another window, or in
/// the next line of a script.
const READER_WITHIN: Duration = Duration::from_secs(5);
/// How long a reader may take nothing once the run has been asked to end.
const PATIENCE: Duration = Duration::from_millis(500);
/// A wait looks up so often.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Nobody empties the pipe.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads it")]
pub(super) struct Unread;

fn unread() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, Unread)
}

/// A pipe or a device, open for writing.
#[derive(Debug)]
pub struct Pipe {
    file: File,
    stop: Arc<AtomicBool>,
    given_up: bool,
}

impl Pipe {
    /// Opens a pipe or a device for writing. Waits for a reader, a few seconds at most and no longer than
    /// until `stop` is set; so does every write later on, once it is.
    ///
    /// # Errors
    /// Those of the file system; a pipe that nobody comes to read.
    pub fn open(path: &Path, stop: &Arc<AtomicBool>) -> io::Result<Self> {
        let began = Instant::now();
        loop {
            match system::open(path)? {
                Some(file) => return Ok(Pipe { file, stop: Arc::clone(stop), given_up: false }),
                None if stop.load(Ordering::Relaxed) || began.elapsed() >= READER_WITHIN => {
                    return Err(unread());
                }
                None => std::thread::sleep(LOOK_EVERY),
            }
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut asked = None;
        while !self.given_up {
            match self.file.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                    self.given_up = true;
                    return Err(io::Error::new(error.kind(), "its reader has gone away"));
                }
                done => return done,
            }
            if self.stop.load(Ordering::Relaxed) {
                let asked = asked.get_or_insert_with(Instant::now);
                self.given_up = asked.elapsed() >= PATIENCE;
            }
            system::wait_for_room(&self.file, LOOK_EVERY)?;
        }
        // Also of later writes: a buffer that is dropped tries once more.
        Err(unread())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(unix)]
mod system {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::OFlags;
    use rustix::io::Errno;
    use std::fs::{File, OpenOptions};
    use std::io;
    use std::os::unix::fs::OpenOptionsExt;
    use std::path::Path;
    use std::time::Duration;

    /// Opens for writing; `None` where nobody has a pipe open for reading.
    pub(super) fn open(path: &Path) -> io::Result<Option<File>> {
        let without_waiting = OFlags::NONBLOCK.union(OFlags::NOCTTY);
        let opened =
            OpenOptions::new().write(true).custom_flags(without_waiting.bits().cast_signed()).open(path);
        match opened {
            Err(error) if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) => Ok(None),
            opened => opened.map(Some),
        }
    }

    /// Returns when something can be written, when the reader has gone, or after `longest`.
    pub(super) fn wait_for_room(file: &File, longest: Duration) -> io::Result<()> {
        let longest = Timespec::try_from(longest).map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(file, PollFlags::OUT)], Some(&longest)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::{File, OpenOptions};
    use std::io;
    use std::path::Path;
    use std::time::Duration;

    /// Opens for writing. The names of pipes of such systems are there only while somebody reads.
    pub(super) fn open(path: &Path) -> io::Result<Option<File>> {
        OpenOptions::new().write(true).open(path).map(Some)
    }

    /// Rests for a while: here writes block.
    pub(super) fn wait_for_room(_file: &File, longest: Duration) -> io::Result<()> {
        std::thread::sleep(longest);
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::io::Read;
    use std::path::PathBuf;
    use std::process::Command;

    /// A pipe of this name, and nobody at either end.
    fn pipe(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("dpac-pipe-{}-{name}", std::process::id()));
        assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo").success());
        path
    }

    #[test]
    fn nobody_is_waited_for_once_the_run_is_to_end() {
        let path = pipe("unread");
        let stop = Arc::new(AtomicBool::new(true));
        let began = Instant::now();
        let error = Pipe::open(&path, &stop).expect_err("nobody reads it");
        assert!(error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Unread>), "{error}");
        assert!(began.elapsed() < READER_WITHIN);
        std::fs::remove_file(path).expect("a pipe");
    }

    #[test]
    fn a_reader_that_takes_nothing_is_waited_for_until_the_run_is_to_end_and_one_that_has_gone_is_not() {
        let path = pipe("slow");
        let opened = path.clone();
        let reader = std::thread::spawn(move || File::open(opened).expect("a pipe"));
        let stop = Arc::new(AtomicBool::new(false));
        let mut written = Pipe::open(&path, &stop).expect("a reader");
        let mut reader = reader.join().expect("a pipe");
        written.write_all(&[1; 100]).expect("room");
        stop.store(true, Ordering::Relaxed);
        written.write_all(&[2; 100]).expect("room, for which nobody waits");
        let error = written.write_all(&[3; 10_000_000]).expect_err("no room");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let began = Instant::now();
        assert!(written.write_all(&[4]).is_err(), "it has been given up");
        assert!(began.elapsed() < PATIENCE);
        let mut taken = [0; 200];
        reader.read_exact(&mut taken).expect("what was written");
        assert_eq!((taken[99], taken[100]), (1, 2));
        stop.store(false, Ordering::Relaxed);
        let mut written = Pipe::open(&path, &stop).expect("a reader");
        drop(reader);
        let error = written.write_all(&[5]).expect_err("nobody is there");
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        std::fs::remove_file(path).expect("a pipe");
    }
}
