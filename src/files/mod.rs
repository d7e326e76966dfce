//! Files of strangers and of one's own: how they are read, made, replaced, locked. Knows nothing of what is
//! in them.

mod kind;
pub(crate) mod lock;
pub(crate) mod platform;
mod read;
mod write;

pub use kind::FileKind;
pub(crate) use platform::split_setting;
pub use read::{
    CONFIGURATION_BYTES_MAX, GRAPH_BYTES_MAX, POLICIES_BYTES_MAX, POLICY_BYTES_MAX, PROBLEM_BYTES_MAX,
    ReadError, SUMMARY_BYTES_MAX, open_regular, read_bounded, read_given, read_given_by_content,
};
pub use write::{NewFile, WriteError, make_folder, write_file};
pub(crate) use write::{PlacedFile, parent};
