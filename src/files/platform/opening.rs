//! Opening a name without waiting for anybody, telling what is behind it, and names that are no text.

use crate::files::kind::FileKind;
use std::ffi::OsStr;
use std::fs::{File, FileType};
use std::io;
use std::path::Path;

/// Opens a file for reading without waiting for anybody: a pipe to which nobody writes opens at once, and a
/// terminal does not become the process's own.
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

/// The process that holds the lock of a file, as `/proc/locks` has it:
/// `N: FLOCK ADVISORY WRITE PROCESS MAJOR:MINOR:INODE …`.
#[cfg(target_os = "linux")]
pub(super) fn holder(file: &File) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata().ok()?;
    let (major, minor) = (rustix::fs::major(metadata.dev()), rustix::fs::minor(metadata.dev()));
    let place = format!("{major:02x}:{minor:02x}:{}", metadata.ino());
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip_while(|word| *word != "FLOCK").skip(3);
        let (process, at) = (words.next()?, words.next()?);
        if at == place { process.parse().ok() } else { None }
    })
}

/// Who it is, nobody tells.
#[cfg(not(target_os = "linux"))]
pub(super) fn holder(_: &File) -> Option<u32> {
    None
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
