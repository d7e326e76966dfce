//! Which run a command line means: a new one, or one that goes on.

use super::console::{complain, remark};
use super::load::{Source, load};
use crate::algorithm::Registry;
use crate::experiment::{
    DirectoryError, Found, Input, Resolved, RunError, check_before_resuming, config_digest,
    default_directory, lengthen, look, settings_left_to_the_program,
};
use crate::visible::shown;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A run that can begin, or go on.
pub(super) struct Start {
    pub(super) resolved: Resolved,
    pub(super) input: Input,
    pub(super) directory: PathBuf,
    pub(super) how: How,
    /// Files that the run is made of, and that it must not replace.
    pub(super) reads: Vec<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Begins,
    GoesOn,
    /// It is complete.
    NothingToDo,
}

/// `run CONFIG`: a new run in `out`, or in the default directory.
pub(super) fn new(source: &Source, out: Option<&Path>, registry: Registry) -> Option<Start> {
    let (resolved, input) = load(source, registry)?;
    let directory = out.map_or_else(|| default_directory(&resolved, &input), Path::to_path_buf);
    let reads = source.reads(&input);
    Some(Start { resolved, input, directory, how: How::Begins, reads })
}

/// `run --resume DIR`: what is read of the directory is held to its checkpoint first.
pub(super) fn going_on(directory: &Path, registry: Registry) -> Option<Start> {
    if let Err(error) = check_before_resuming(directory) {
        complain_of_resuming(&error);
        return None;
    }
    let (resolved, input) = load(&Source::of_run(directory), registry)?;
    Some(Start { resolved, input, directory: directory.to_path_buf(), how: How::GoesOn, reads: Vec::new() })
}

/// `run --resume DIR --set actor.rounds=N`: a run that is complete is made longer, and goes on.
pub(super) fn longer(directory: &Path, settings: &[OsString], registry: Registry) -> Option<Start> {
    let complain_of = |error: &RunError| complain_of_resuming(error);
    let left = settings_left_to_the_program(directory).map_err(|error| complain_of(&error)).ok()?;
    let (now, _) = load(&Source::of_run(directory), registry)?;
    let settings: Vec<_> = left.into_iter().map(OsString::from).chain(settings.iter().cloned()).collect();
    let (resolved, input) = load(&Source::of_run(directory).with_settings(&settings), registry)?;
    lengthen(directory, &now, &resolved, &input).map_err(|error| complain_of(&error)).ok()?;
    going_on(directory, registry)
}

/// `run CONFIG --resume`: goes on with the configuration's run, or begins it.
pub(super) fn new_or_going_on(source: &Source, out: Option<&Path>, registry: Registry) -> Option<Start> {
    let start = new(source, out, registry)?;
    if std::fs::symlink_metadata(&start.directory).is_err() {
        return Some(start);
    }
    let (digest, seed) = (config_digest(&start.resolved, &start.input), start.resolved.config.seed);
    let path = start.directory.clone();
    match look(&path) {
        found if found.is_complete(&digest, seed) => Some(Start { how: How::NothingToDo, ..start }),
        Found::Interrupted | Found::Failed { .. } => {
            let goes_on = going_on(&path, registry)?;
            let now = &goes_on.resolved;
            if config_digest(now, &goes_on.input) != digest || now.config.seed != seed {
                let message = format!(
                    "the run in {} is of another configuration, other inputs or another seed",
                    shown(&path)
                );
                complain(&message, Some("--out DIR writes elsewhere"));
                return None;
            }
            Some(goes_on)
        }
        Found::Running(holder) => {
            complain_of_resuming(&DirectoryError::Running { path, holder }.into());
            None
        }
        found => {
            complain_of_resuming(&DirectoryError::Exists { path, found }.into());
            None
        }
    }
}

/// Says why a run does not begin or go on.
pub(super) fn complain_of_resuming(error: &RunError) {
    complain(&error.to_string(), error.help().as_deref());
}

/// Says that a run is complete.
pub(super) fn nothing_to_do(directory: &Path) {
    remark(&format!("  the run in {} is complete: there is nothing to do\n", shown(directory)));
}
