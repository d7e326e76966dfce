//! The only place for calls that differ by operating system.
//!
//! | call | Linux | macOS | elsewhere |
//! | --- | --- | --- | --- |
//! | opening a name of a folder without following links | `openat(O_NOFOLLOW)` | the same | looked at first, then opened |
//! | renaming without replacing | `renameat2(RENAME_NOREPLACE)` | `renameatx_np(RENAME_EXCL)` | looked at first, then renamed |
//! | exchanging two folders | `renameat2(RENAME_EXCHANGE)` | `renameatx_np(RENAME_SWAP)` | two renames, one after the other |
//! | opening without waiting for a pipe's other end | `O_NONBLOCK` | the same | opened: a name leads to no pipe |
//! | who holds a lock | `/proc/locks` | not told | not told |
//! | what a disk has free | `statvfs` | the same | not told |
//! | making a folder's names durable | `fsync` of the folder | the same | not possible, left out |
//!
//! A file system that knows none of these two renames (NFS, FAT) gets what stands under "elsewhere".

mod opening;

pub(crate) use opening::split_setting;
pub(super) use opening::{kind, let_reads_wait, open_without_waiting};

use std::fs::File;
use std::io;
use std::path::Path;

/// How a name in a folder is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// For reading; it must exist.
    Read,
    /// For reading and writing in place; it must exist.
    Change,
    /// For reading and writing; it must not exist.
    New,
}

/// A folder that is open: names are looked up in it, wherever its path may lead by now, and links are not
/// followed.
#[derive(Debug)]
pub(crate) struct Folder {
    imp: imp::Folder,
}

impl Folder {
    /// Opens a folder that is no link itself.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        imp::Folder::open(path).map(|imp| Folder { imp })
    }

    /// A folder in this one.
    pub(crate) fn folder(&self, name: &Path) -> io::Result<Self> {
        self.imp.folder(name).map(|imp| Folder { imp })
    }

    /// A regular file in this folder. What is a link, a folder, a pipe, a socket or a device is refused,
    /// without waiting for anybody at its other end; so is, for [`How::Change`], a file that has other names
    /// (hard links), which would change with it.
    pub(crate) fn file(&self, name: &Path, how: How) -> io::Result<File> {
        let file = self.imp.file(name, how)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("no regular file"));
        }
        if how == How::Change && names(&metadata) > 1 {
            return Err(io::Error::other(
                "the file has another name (a hard link), and would change there too: put a copy in its place",
            ));
        }
        Ok(file)
    }

    /// Whether there is something of this name, be it a link that leads nowhere.
    pub(crate) fn has(&self, name: &Path) -> io::Result<bool> {
        self.imp.has(name)
    }

    /// Gives a file of this folder another name in it, which it takes from whoever has it.
    pub(crate) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.imp.rename(from, to)
    }

    /// Takes away a name that is no folder's; where there is none, nothing happens.
    pub(crate) fn remove(&self, name: &Path) -> io::Result<()> {
        match self.imp.remove(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    /// Waits until the folder's names are on the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.imp.sync()
    }

    /// Whether `path` still leads to this folder, and not through a link in its last place.
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        self.imp.is_at(path)
    }
}

/// Renames a file or a folder to a name that nobody has.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] where somebody has it.
pub(crate) fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    imp::rename_to_new(from, to)
}

/// Lets two folders of one file system have each other's name.
pub(crate) fn exchange(a: &Path, b: &Path) -> io::Result<()> {
    imp::exchange(a, b)
}

/// Waits until the names in the folder at `path` are on the disk.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    imp::sync_folder(path)
}

/// Bytes that whoever runs the program may still write on the disk of a folder, where the system tells.
pub(crate) fn free_disk_bytes(folder: &Path) -> Option<u64> {
    imp::free_disk_bytes(folder)
}

/// Whether two open files are one.
pub(crate) fn same_file(a: &std::fs::Metadata, b: &std::fs::Metadata) -> bool {
    imp::same_file(a, b)
}

/// Permissions by these bits; `None` where there are none.
pub(crate) fn permissions(mode: u32) -> Option<std::fs::Permissions> {
    imp::permissions(mode)
}

/// The name that has these bytes, as [`std::ffi::OsStr::as_encoded_bytes`] gave them; `None` where names are
/// none.
pub(crate) fn name_of_bytes(bytes: Vec<u8>) -> Option<std::ffi::OsString> {
    imp::name_of_bytes(bytes)
}

/// The process that holds the lock of a file, where the system tells.
pub(crate) fn holder(file: &File) -> Option<u32> {
    opening::holder(file)
}

/// How many names a file has, as far as the platform tells.
fn names(metadata: &std::fs::Metadata) -> u64 {
    imp::names(metadata)
}

/// Renames where no call does it without a moment in which somebody else could take the name.
fn look_then_rename(from: &Path, to: &Path) -> io::Result<()> {
    if std::fs::symlink_metadata(to).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    std::fs::rename(from, to)
}

/// Exchanges by way of a third name, at which `b` stands if the process dies on the way.
fn rename_twice(a: &Path, b: &Path) -> io::Result<()> {
    let mut name = b.file_name().unwrap_or_default().to_owned();
    name.push(format!(".aside-{}", std::process::id()));
    let aside = b.with_file_name(name);
    look_then_rename(b, &aside)?;
    if let Err(error) = look_then_rename(a, b) {
        // What stood there shall stand there; the first error is the one to report.
        let _ = look_then_rename(&aside, b);
        return Err(error);
    }
    look_then_rename(&aside, a)
}

#[cfg(unix)]
mod imp {
    use super::How;
    use rustix::fs::{self, AtFlags, CWD, Mode, OFlags};
    use rustix::io::Errno;
    use std::fs::File;
    use std::io;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    #[derive(Debug)]
    pub(super) struct Folder {
        handle: File,
    }

    const FOLDER: OFlags =
        OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

    impl Folder {
        pub(super) fn open(path: &Path) -> io::Result<Self> {
            let handle = fs::openat(CWD, path, FOLDER, Mode::empty())?;
            Ok(Folder { handle: handle.into() })
        }

        pub(super) fn folder(&self, name: &Path) -> io::Result<Self> {
            let handle = fs::openat(&self.handle, name, FOLDER, Mode::empty())?;
            Ok(Folder { handle: handle.into() })
        }

        pub(super) fn file(&self, name: &Path, how: How) -> io::Result<File> {
            // A pipe or a device is not waited for: it opens, and is then refused.
            let always = OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
            let flags = match how {
                How::Read => OFlags::RDONLY,
                How::Change => OFlags::RDWR,
                How::New => OFlags::RDWR | OFlags::CREATE | OFlags::EXCL,
            };
            match fs::openat(&self.handle, name, flags | always, Mode::from_raw_mode(0o666)) {
                Ok(handle) => Ok(handle.into()),
                Err(Errno::LOOP) => Err(io::Error::other("a link, which is not followed")),
                Err(error) => Err(error.into()),
            }
        }

        pub(super) fn has(&self, name: &Path) -> io::Result<bool> {
            match fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(_) => Ok(true),
                Err(Errno::NOENT) => Ok(false),
                Err(error) => Err(error.into()),
            }
        }

        pub(super) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            Ok(fs::renameat(&self.handle, from, &self.handle, to)?)
        }

        pub(super) fn remove(&self, name: &Path) -> io::Result<()> {
            Ok(fs::unlinkat(&self.handle, name, AtFlags::empty())?)
        }

        pub(super) fn sync(&self) -> io::Result<()> {
            sync(&self.handle)
        }

        pub(super) fn is_at(&self, path: &Path) -> bool {
            let metadata = std::fs::symlink_metadata(path);
            let (Ok(there), Ok(here)) = (metadata, self.handle.metadata()) else { return false };
            same_file(&there, &here)
        }
    }

    /// Some file systems refuse to sync a folder; their names are as durable as they make them.
    fn sync(handle: &File) -> io::Result<()> {
        match fs::fsync(handle) {
            Err(Errno::INVAL | Errno::NOTSUP) => Ok(()),
            done => Ok(done?),
        }
    }

    pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
        sync(&File::open(path)?)
    }

    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    fn rename_with(from: &Path, to: &Path, flags: fs::RenameFlags) -> Result<(), Errno> {
        fs::renameat_with(CWD, from, CWD, to, flags)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    fn rename_with(_from: &Path, _to: &Path, _flags: fs::RenameFlags) -> Result<(), Errno> {
        Err(Errno::NOSYS)
    }

    pub(super) fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
        match rename_with(from, to, fs::RenameFlags::NOREPLACE) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => super::look_then_rename(from, to),
            done => Ok(done?),
        }
    }

    pub(super) fn exchange(a: &Path, b: &Path) -> io::Result<()> {
        match rename_with(a, b, fs::RenameFlags::EXCHANGE) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => super::rename_twice(a, b),
            done => Ok(done?),
        }
    }

    pub(super) fn free_disk_bytes(folder: &Path) -> Option<u64> {
        let told = fs::statvfs(folder).ok()?;
        Some(told.f_bavail.saturating_mul(told.f_frsize))
    }

    pub(super) fn same_file(a: &std::fs::Metadata, b: &std::fs::Metadata) -> bool {
        (a.dev(), a.ino()) == (b.dev(), b.ino())
    }

    pub(super) fn names(metadata: &std::fs::Metadata) -> u64 {
        metadata.nlink()
    }

    pub(super) fn permissions(mode: u32) -> Option<std::fs::Permissions> {
        Some(std::os::unix::fs::PermissionsExt::from_mode(mode))
    }

    pub(super) fn name_of_bytes(bytes: Vec<u8>) -> Option<std::ffi::OsString> {
        Some(std::os::unix::ffi::OsStringExt::from_vec(bytes))
    }
}

#[cfg(not(unix))]
mod imp {
    use super::How;
    use std::fs::{File, OpenOptions};
    use std::io;
    use std::path::{Path, PathBuf};

    #[derive(Debug)]
    pub(super) struct Folder {
        path: PathBuf,
    }

    impl Folder {
        pub(super) fn open(path: &Path) -> io::Result<Self> {
            if std::fs::symlink_metadata(path)?.is_dir() {
                return Ok(Folder { path: path.to_path_buf() });
            }
            Err(io::ErrorKind::NotADirectory.into())
        }

        pub(super) fn folder(&self, name: &Path) -> io::Result<Self> {
            Folder::open(&self.path.join(name))
        }

        pub(super) fn file(&self, name: &Path, how: How) -> io::Result<File> {
            let path = self.path.join(name);
            let mut options = OpenOptions::new();
            options.read(true).write(how != How::Read).create_new(how == How::New);
            if how != How::New && std::fs::symlink_metadata(&path)?.is_symlink() {
                return Err(io::Error::other("a link, which is not followed"));
            }
            options.open(path)
        }

        pub(super) fn has(&self, name: &Path) -> io::Result<bool> {
            match std::fs::symlink_metadata(self.path.join(name)) {
                Ok(_) => Ok(true),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
                Err(error) => Err(error),
            }
        }

        pub(super) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            std::fs::rename(self.path.join(from), self.path.join(to))
        }

        pub(super) fn remove(&self, name: &Path) -> io::Result<()> {
            std::fs::remove_file(self.path.join(name))
        }

        pub(super) fn sync(&self) -> io::Result<()> {
            Ok(())
        }

        pub(super) fn is_at(&self, path: &Path) -> bool {
            self.path == path && std::fs::symlink_metadata(path).is_ok_and(|there| there.is_dir())
        }
    }

    pub(super) fn sync_folder(_path: &Path) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
        super::look_then_rename(from, to)
    }

    pub(super) fn exchange(a: &Path, b: &Path) -> io::Result<()> {
        super::rename_twice(a, b)
    }

    pub(super) fn free_disk_bytes(_folder: &Path) -> Option<u64> {
        None
    }

    pub(super) fn same_file(_a: &std::fs::Metadata, _b: &std::fs::Metadata) -> bool {
        true
    }

    pub(super) fn names(_metadata: &std::fs::Metadata) -> u64 {
        1
    }

    pub(super) fn permissions(_mode: u32) -> Option<std::fs::Permissions> {
        None
    }

    pub(super) fn name_of_bytes(_bytes: Vec<u8>) -> Option<std::ffi::OsString> {
        None
    }
}
