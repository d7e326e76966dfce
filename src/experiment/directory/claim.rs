//! The lock of a run directory, held for as long as the value lives.

use crate::files::lock::{Locked, lock};
use std::fs::File;

/// The lock of a run directory, held.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(super) file: File,
    /// Whether the file system knows locks. Where not, nothing keeps a second process away.
    pub(crate) exclusive: bool,
}

impl Claim {
    /// Takes the lock of a lock file that this process has just made.
    pub(super) fn of_new(file: File) -> std::io::Result<Self> {
        let locked = lock(&file)?;
        Ok(Claim { file, exclusive: locked == Locked::Ours })
    }
}
