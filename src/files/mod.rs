//! Files of strangers and of one's own: how they are read, made, replaced, locked. Knows nothing of what is in them.

pub(crate) mod lock;
pub(crate) mod platform;
mod write;

pub(crate) use write::PlacedFile;
pub(crate) use write::parent;
pub use write::{NewFile, WriteError, write_file};
