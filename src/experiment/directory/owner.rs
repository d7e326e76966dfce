//! One living process per run directory: a lock that ends with it, on a file that says who it is.

use super::claim::Claim;
use super::marker::Marker;
use super::{DirectoryError, Holder, RunDirectory, names};
use crate::files::lock::{Locked, lock};
use crate::files::platform::How;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

/// The longest text of a lock file that is read.
const BYTES_MAX: u64 = 4096;

/// Whoever only asks whether somebody lives in a directory holds its lock for a moment: a taken lock is
/// looked at again.
const LOOKS: u32 = 5;
const LOOK_AGAIN: std::time::Duration = std::time::Duration::from_millis(20);

/// What a lock file says of this process.
pub(super) fn this_process() -> Vec<u8> {
    let seconds =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    let holder =
        Holder { process: Some(std::process::id()), host: host(), since_unix_seconds: Some(seconds) };
    serde_json::to_vec(&holder).expect("plain data")
}

fn host() -> Option<String> {
    let name =
        std::fs::read_to_string("/proc/sys/kernel/hostname").ok().or_else(|| std::env::var("HOSTNAME").ok());
    name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}

impl Claim {
    /// Takes the lock of an existing run directory, or says who has it.
    pub(super) fn take(directory: &RunDirectory) -> Result<Self, DirectoryError> {
        let path = directory.path();
        let io = |error| DirectoryError::Io { path: directory.file(names::LOCK), error };
        let mut file = match directory.open_file(names::LOCK, How::Change) {
            Err(DirectoryError::Io { error, .. }) if error.kind() == std::io::ErrorKind::NotFound => {
                directory.open_file(names::LOCK, How::New)?
            }
            opened => opened?,
        };
        let mut locked = lock(&file).map_err(io)?;
        for _ in 0..LOOKS {
            if locked != Locked::Taken {
                break;
            }
            std::thread::sleep(LOOK_AGAIN);
            locked = lock(&file).map_err(io)?;
        }
        if locked == Locked::Taken {
            return Err(DirectoryError::Running { path: path.to_path_buf(), holder: holder(&mut file) });
        }
        // It may have been moved aside by somebody who was replacing it.
        if !directory.is_in_place() {
            return Err(DirectoryError::Moved(path.to_path_buf()));
        }
        Ok(Claim { file, exclusive: locked == Locked::Ours })
    }
}

impl RunDirectory {
    /// A directory that `dpac run` has made, of this version or an older one, for reading.
    ///
    /// # Errors
    /// If it is none.
    pub fn open_run(path: &Path) -> Result<Self, DirectoryError> {
        let directory = RunDirectory::open(path)?;
        match Marker::read(&directory) {
            Ok(_) | Err(DirectoryError::Older(_)) => Ok(directory),
            Err(error) => Err(error),
        }
    }

    /// Takes the directory for this process, to write in it.
    ///
    /// # Errors
    /// [`DirectoryError::Running`] if another process has it.
    pub(crate) fn claim(path: &Path) -> Result<Self, DirectoryError> {
        let mut directory = RunDirectory::open(path)?;
        Marker::read(&directory)?;
        let claim = Claim::take(&directory)?;
        directory.claim = Some(Arc::new(claim));
        Ok(directory)
    }

    /// Says in the lock file who holds the directory, and clears what a killed process has left under way.
    /// Nothing is changed before this: a directory that is refused is left as it was.
    pub(crate) fn move_in(&self) -> Result<(), DirectoryError> {
        if let Some(claim) = &self.claim {
            let mut file = &claim.file;
            let signed = file.seek(SeekFrom::Start(0)).and_then(|_| {
                file.set_len(0)?;
                file.write_all(&this_process())
            });
            signed.map_err(|error| DirectoryError::Io { path: self.file(names::LOCK), error })?;
        }
        self.clear_partials()
    }
}

/// Who lives in a directory, if anybody does.
pub(super) fn living(directory: &RunDirectory) -> Option<Holder> {
    let mut file = directory.open_file(names::LOCK, How::Read).ok()?;
    match lock(&file) {
        Ok(Locked::Taken) => Some(holder(&mut file)),
        _ => None,
    }
}

fn holder(file: &mut File) -> Holder {
    let mut text = Vec::new();
    let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.take(BYTES_MAX).read_to_end(&mut text));
    read.ok().and_then(|_| serde_json::from_slice(&text).ok()).unwrap_or_default()
}
