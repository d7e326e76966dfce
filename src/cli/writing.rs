//! Errors of files that a person has named to be written.

use super::console::{BAD_INPUT, FAILED, complain};
use crate::files::WriteError;

/// Says why a file was not written. The exit code tells a refusal from a failure of the file system.
pub(super) fn complain_of_writing(error: &WriteError) -> u8 {
    complain(&error.to_string(), error.help());
    match error {
        WriteError::Io { .. } => FAILED,
        _ => BAD_INPUT,
    }
}
