//! Opening a name without waiting for anybody, telling what is behind it, and names that are no text.

use crate::files::kind::FileKind;
use std::ffi::OsStr;
use std::fs::{File, FileType};
use std::io;
use std::path::Path;

/// Opens a file for reading without waiting for anybody: a pipe to which nobody writes opens at once, and a terminal does not
/// become the process's own.
#[cfg(unix)]
pub(in crate::files) fn open_without_waiting(path: &Path) -> io::Result<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

/// Opens a file for reading. There are no pipes among its files that opening would wait for.
#[cfg(not(unix))]
pub(in crate::files) fn open_without_waiting(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Lets reads of a file wait for what is still to come, which [`open_without_waiting`] has forbidden.
#[cfg(unix)]
pub(in crate::files) fn let_reads_wait(file: &File) -> io::Result<()> {
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    let flags = fcntl_getfl(file)?;
    Ok(fcntl_setfl(file, flags - OFlags::NONBLOCK)?)
}

/// Reads wait in any case.
#[cfg(not(unix))]
pub(in crate::files) fn let_reads_wait(_: &File) -> io::Result<()> {
    Ok(())
}

/// What is behind a name.
pub(in crate::files) fn kind(found: FileType) -> FileKind {
    if found.is_file() {
        return FileKind::Regular;
    }
    if found.is_dir() {
        return FileKind::Directory;
    }
    special(found)
}

#[cfg(unix)]
fn special(found: FileType) -> FileKind {
    use std::os::unix::fs::FileTypeExt;
    if found.is_fifo() {
        FileKind::Pipe
    } else if found.is_socket() {
        FileKind::Socket
    } else if found.is_symlink() {
        FileKind::Link
    } else {
        FileKind::Device
    }
}

#[cfg(not(unix))]
fn special(found: FileType) -> FileKind {
    if found.is_symlink() { FileKind::Link } else { FileKind::Device }
}

/// The two sides of `KEY=VALUE`, of which the value need not be text.
#[cfg(unix)]
pub(crate) fn split_setting(setting: &OsStr) -> Option<(&str, &OsStr)> {
    use std::os::unix::ffi::OsStrExt;
    let bytes = setting.as_bytes();
    let at = bytes.iter().position(|&byte| byte == b'=')?;
    Some((str::from_utf8(&bytes[..at]).ok()?.trim(), OsStr::from_bytes(bytes[at + 1..].trim_ascii())))
}

/// The two sides of `KEY=VALUE`, where all of it is text: there is no other way to take it apart.
#[cfg(not(unix))]
pub(crate) fn split_setting(setting: &OsStr) -> Option<(&str, &OsStr)> {
    setting.to_str()?.split_once('=').map(|(key, value)| (key.trim(), OsStr::new(value.trim())))
}
