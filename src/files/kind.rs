//! What a name can lead to.

use std::fmt;

/// What is behind a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// A file of bytes that end.
    Regular,
    /// A directory.
    Directory,
    /// A named pipe, or one that another process holds the other end of.
    Pipe,
    /// A socket.
    Socket,
    /// A device other than a terminal.
    Device,
    /// A terminal.
    Terminal,
    /// A symbolic link that was not followed.
    Link,
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FileKind::Regular => "a regular file",
            FileKind::Directory => "a directory",
            FileKind::Pipe => "a pipe",
            FileKind::Socket => "a socket",
            FileKind::Device => "a device",
            FileKind::Terminal => "a terminal",
            FileKind::Link => "a symbolic link",
        })
    }
}
