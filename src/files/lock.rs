//! A lock that ends with its process.

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};

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

/// What file systems answer that cannot lock: ENOLCK (NFS without its lock service), EOPNOTSUPP, ENOSYS, EINVAL.
fn unsupported(error: &io::Error) -> bool {
    const ENOLCK: &[i32] = if cfg!(target_os = "linux") { &[37] } else { &[77] };
    matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput)
        || error.raw_os_error().is_some_and(|code| ENOLCK.contains(&code))
}
