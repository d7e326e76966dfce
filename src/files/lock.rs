//! A lock that ends with its process.

use super::platform::{Folder, How};
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

/// The file of a folder that one process owns while it writes there: that process holds its lock.
pub(crate) const FOLDER_LOCK: &str = "lock";

/// What came of asking for a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Locked {
    /// It is this process's, for as long as the file is open.
    Ours,
    /// Somebody else has it.
    Taken,
    /// The file system has no locks.
    Unsupported,
}

/// Asks for the lock on an open file, without waiting.
pub(crate) fn lock(file: &File) -> io::Result<Locked> {
    match file.try_lock() {
        Ok(()) => Ok(Locked::Ours),
        Err(TryLockError::WouldBlock) => Ok(Locked::Taken),
        Err(TryLockError::Error(error)) if unsupported(&error) => Ok(Locked::Unsupported),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Asks for a part in the lock on an open file, beside others who have a part, without waiting.
pub(crate) fn lock_shared(file: &File) -> io::Result<Locked> {
    match file.try_lock_shared() {
        Ok(()) => Ok(Locked::Ours),
        Err(TryLockError::WouldBlock) => Ok(Locked::Taken),
        Err(TryLockError::Error(error)) if unsupported(&error) => Ok(Locked::Unsupported),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether a process owns a folder, by the lock in it.
pub(crate) fn folder_is_owned(folder: &Path) -> bool {
    let file = Folder::open(folder).and_then(|folder| folder.file(Path::new(FOLDER_LOCK), How::Read));
    file.is_ok_and(|file| matches!(lock(&file), Ok(Locked::Taken)))
}

/// What file systems answer that cannot lock: ENOLCK (NFS without its lock service), EOPNOTSUPP, ENOSYS,
/// EINVAL.
fn unsupported(error: &io::Error) -> bool {
    const ENOLCK: &[i32] = if cfg!(target_os = "linux") { &[37] } else { &[77] };
    matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput)
        || error.raw_os_error().is_some_and(|code| ENOLCK.contains(&code))
}
