//! The beginning of a run: its directory and its trace, both whole and both this process's own, or neither.

use super::error::RunError;
use super::options::RunOptions;
use super::trace::{RecordedFile, TraceDraft, TraceError};
use crate::experiment::directory::checkpoint::{Checkpoint, CheckpointState, RecorderState};
use crate::experiment::directory::digests::{Digests, of_bytes};
use crate::experiment::directory::marker::Marker;
use crate::experiment::directory::{DirectoryError, Draft, Found, RunDirectory, names};
use crate::experiment::resolve::{Input, RESULTS_EPOCH, Resolved, run_config};
use crate::experiment::traces::{SavedTrace, TraceOptions, head};
use crate::files::WriteError;
use crate::visible::shown;
use dpac_actors::Snapshot;
use std::path::PathBuf;

/// A run that has begun.
pub(super) struct Begun {
    pub(super) directory: RunDirectory,
    pub(super) checkpoint: Checkpoint,
    /// The checkpoint's own, decoded.
    pub(super) snapshot: Option<Snapshot>,
    pub(super) trace: Option<(TraceOptions, RecordedFile)>,
    /// What the person should know.
    pub(super) remarks: Vec<String>,
}

/// Makes the directory of a new run, with the checkpoint from which it begins, and its trace.
pub(super) fn begin(
    resolved: &Resolved,
    input: &Input,
    options: &RunOptions,
    config_digest: &str,
) -> Result<Begun, RunError> {
    let config = run_config(resolved, input);
    let auto = resolved.notes.iter().map(|(key, _)| (*key).to_owned()).collect();
    let inputs = input.files.iter().map(|(name, _)| name.clone()).collect();
    let marker = Marker::new(&options.program, inputs, auto);
    let mut files =
        vec![(names::MARKER.to_owned(), marker.encode()), (names::CONFIG.to_owned(), config.into_bytes())];
    files.extend(input.files.iter().cloned());
    let standing: Digests = files.iter().map(|(name, bytes)| (name.clone(), of_bytes(bytes))).collect();

    let trace = options.trace.as_ref().map(|trace| {
        let head = head(resolved, input, trace, &options.program);
        TraceDraft::begin(&trace.path, options.force, &options.reads, &head, &options.stop)
    });
    let mut trace = trace.transpose().map_err(of_trace)?;
    let mut state = CheckpointState {
        program: options.program.clone(),
        results_epoch: RESULTS_EPOCH,
        run: marker.run.clone(),
        config_digest: config_digest.to_owned(),
        standing,
        new_config: None,
        durable: true,
        trace: None,
        trace_mark: None,
        recorder: RecorderState::beginning(options.log_barriers),
    };
    // Where the directory will stand is known only when it is prepared, and the trace's place is told from
    // there.
    let place = Draft::place_of(&options.directory)?;
    if let (Some(options), Some(draft)) = (&options.trace, &trace) {
        if draft.place.as_ref().is_some_and(|file| file.starts_with(&place)) {
            return Err(WriteError::Inside(options.path.clone()).into());
        }
        let (first_name, replaces) = draft.under_way();
        let saved = SavedTrace::new(options, &place, draft.place.as_deref());
        state.trace = Some(saved.under_way(first_name, replaces));
        state.trace_mark = draft.place.as_ref().map(|_| draft.mark.clone());
    }
    let checkpoint =
        Checkpoint::new(state, None).map_err(|error| failed(options, std::io::Error::other(error)))?;
    files.push((names::CHECKPOINT.to_owned(), checkpoint.encode()));
    let seed = resolved.config.seed;
    let draft = Draft::prepare(&options.directory, &place, options.force, &options.reads, &files);
    let draft = draft.map_err(|error| match error {
        DirectoryError::Exists { path, found } if found.is_complete(config_digest, seed) => {
            DirectoryError::Exists { path, found: Found::Same }
        }
        other => other,
    })?;
    if let Some(trace) = &mut trace {
        trace.settle()?;
    }
    // The directory first: it knows the trace by both names, and whoever goes on with it can give it the
    // second.
    let placed = draft.place()?;
    let placed_trace = match trace.map(TraceDraft::place).transpose() {
        Ok(placed_trace) => placed_trace,
        Err(error) => {
            placed.undo();
            return Err(error.into());
        }
    };
    let recorded = placed_trace.map(|(trace, recorded)| {
        if let Some(trace) = trace {
            trace.keep();
        }
        recorded
    });
    let (directory, kept) = placed.settle();
    let trace = options.trace.clone().zip(recorded);
    let remarks =
        kept.iter().map(|path| format!("{} was not made by dpac and is kept", shown(path))).collect();
    Ok(Begun { directory, checkpoint, snapshot: None, trace, remarks })
}

fn of_trace(error: TraceError) -> RunError {
    match error {
        TraceError::Write(error) => RunError::Write(error),
        TraceError::Sink { path, error } => RunError::Trace { path, error },
    }
}

fn failed(options: &RunOptions, error: std::io::Error) -> RunError {
    let path: PathBuf = options.directory.join(names::CHECKPOINT);
    DirectoryError::Io { path, error }.into()
}
