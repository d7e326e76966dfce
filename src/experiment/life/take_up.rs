//! Going on with a run: its directory is taken, and everything that it stands on is checked before anything
//! is changed.

use super::begin::Begun;
use super::error::RunError;
use super::options::RunOptions;
use super::trace::{RecordedFile, clear_replaced, go_on, place_and_go_on};
use crate::experiment::directory::checkpoint::Checkpoint;
use crate::experiment::directory::{DirectoryError, Found, ResumeError, RunDirectory, digests, look, names};
use crate::experiment::resolve::Resolved;
use crate::experiment::traces::{SavedTrace, TraceOptions};
use std::path::Path;

/// Holds a run's configuration and inputs to what its checkpoint says, before they are read.
///
/// # Errors
/// [`RunError`] where the directory is none, is complete, or is not what it was.
pub fn check_before_resuming(path: &Path) -> Result<(), RunError> {
    let directory = RunDirectory::open_run(path)?;
    refuse_complete(path)?;
    let (checkpoint, _) = Checkpoint::newest(&directory)?;
    if checkpoint.state.new_config.is_some() {
        // The process that was making the run longer was killed; its configuration is to be read next.
        checkpoint.place_new_config(&RunDirectory::claim(path)?)?;
    }
    Ok(())
}

fn refuse_complete(path: &Path) -> Result<(), RunError> {
    match look(path) {
        Found::Complete { .. } => Err(ResumeError::Complete(path.to_path_buf()).into()),
        Found::Running(holder) => Err(DirectoryError::Running { path: path.to_path_buf(), holder }.into()),
        _ => Ok(()),
    }
}

/// Takes the directory of a run that goes on, and its trace.
pub(super) fn take_up(
    resolved: &Resolved,
    options: &RunOptions,
    config_digest: &str,
) -> Result<Begun, RunError> {
    let path = &options.directory;
    let directory = RunDirectory::claim(path)?;
    if digests::is_complete(&directory) {
        return Err(ResumeError::Complete(path.clone()).into());
    }
    let (mut checkpoint, passed_over) = Checkpoint::newest(&directory)?;
    if checkpoint.state.config_digest != config_digest {
        return Err(ResumeError::Other(path.clone()).into());
    }
    let mut remarks: Vec<_> = passed_over
        .map(|error| format!("{error}; the run goes on from the checkpoint before it"))
        .into_iter()
        .collect();
    let snapshot = checkpoint.snapshot(resolved.algorithm.kinds()).transpose();
    let snapshot = snapshot.map_err(|_| ResumeError::Damaged(directory.file(names::CHECKPOINT)))?;
    let trace = take_up_trace(&mut checkpoint, path, options, &mut remarks)?;
    // Nothing has been changed so far.
    directory.move_in()?;
    digests::unseal(&directory)?;
    Ok(Begun { directory, checkpoint, snapshot, trace, remarks })
}

/// The trace of a run that goes on. It is looked for where the person says, else where it was, seen from the
/// run directory.
fn take_up_trace(
    checkpoint: &mut Checkpoint,
    directory: &Path,
    options: &RunOptions,
    remarks: &mut Vec<String>,
) -> Result<Option<(TraceOptions, RecordedFile)>, RunError> {
    let has_snapshot = checkpoint.has_snapshot();
    let state = &mut checkpoint.state;
    let named = options.trace.as_ref().map(|trace| trace.path.clone());
    let Some(saved) = &state.trace else {
        return match named {
            Some(_) => Err(ResumeError::NoTrace(directory.to_path_buf()).into()),
            None => Ok(None),
        };
    };
    let resolved = directory
        .canonicalize()
        .map_err(|error| DirectoryError::Io { path: directory.to_path_buf(), error })?;
    let is_named = named.is_some();
    let Some(path) = named.or_else(|| saved.path(&resolved)) else {
        remarks.push("the run's trace went into a pipe or a device, and ends there".to_owned());
        (state.trace, state.trace_mark) = (None, None);
        return Ok(None);
    };
    let damaged = || ResumeError::Damaged(directory.join(names::CHECKPOINT));
    let mark = state.trace_mark.as_ref().ok_or_else(damaged)?;
    // A run without a snapshot may have been killed before its trace had its name.
    let draft = saved.draft(&path).filter(|_| !has_snapshot && !is_named);
    let replaces = saved.replaces.as_deref();
    let recorded = match (go_on(&path, mark), &draft) {
        (Err(_), Some(draft)) if draft.exists() => place_and_go_on(draft, &path, replaces, mark)?,
        (recorded, _) => recorded?,
    };
    if let Some(draft) = &draft {
        clear_replaced(draft, replaces);
    }
    let trace = saved.options(path.clone()).ok_or_else(damaged)?;
    let file = path.canonicalize().map_err(|error| ResumeError::Unreadable { path, error })?;
    state.trace = Some(SavedTrace::new(&trace, &resolved, Some(&file)));
    Ok(Some((trace, recorded)))
}
