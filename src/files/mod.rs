//! Files of strangers and of one's own: how they are read, made, replaced, locked. Knows nothing of what is in them.

pub(crate) mod lock;
pub(crate) mod platform;
mod read;
mod write;

pub(crate) use write::PlacedFile;
pub use read::{
    CHECKPOINT_BYTES_MAX, CONFIGURATION_BYTES_MAX, FileKind, POLICIES_BYTES_MAX, POLICY_BYTES_MAX,
    PROBLEM_BYTES_MAX, ReadError, SUMMARY_BYTES_MAX, read_bounded, read_given, read_opened,
};
pub(crate) use write::parent;
pub use write::{NewFile, WriteError, write_file};
