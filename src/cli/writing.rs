//! Errors of files that a person has named to be written.

use super::console::{BAD_INPUT, FAILED, complain};
use crate::experiment::RunDirectory;
use crate::files::{WriteError, parent};
use crate::visible::shown;
use std::path::Path;

/// Says why a file was not written. The exit code tells a refusal from a failure of the file system.
pub(super) fn complain_of_writing(error: &WriteError) -> u8 {
    complain(&error.to_string(), error.help());
    match error {
        WriteError::Io { .. } => FAILED,
        _ => BAD_INPUT,
    }
}

/// Whether a file would lie in a run directory, which is refused with an error.
pub(super) fn lies_in_a_run(out: &Path) -> bool {
    let lies = RunDirectory::open_run(parent(out)).is_ok();
    if lies {
        let message = format!(
            "{} would lie in a run directory, where nothing but the run's own files belong",
            shown(out)
        );
        complain(&message, Some("--out FILE writes elsewhere"));
    }
    lies
}
