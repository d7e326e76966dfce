//! One run, from the resolved configuration to the summary.

use super::ended::Ended;
use super::metering::{CountedFile, MeteredProgress};
use super::progress::Progress;
use super::recorder::{Assignment, Recorded, RecorderError, start};
use crate::config::{Algorithm, KeepPolicies};
use crate::experiment::directory::checkpoint::{
    CHECKPOINT, Checkpoint, CheckpointState, RecorderState, ResumeError,
};
use crate::experiment::directory::policies::MatrixWriter;
use crate::experiment::directory::{DirectoryError, RunDirectory, Status, Summary};
use crate::experiment::resolve::{Input, Resolved, SavedPolicy, config_digest, final_digest, run_config};
use crate::experiment::traces::{SavedTrace, TraceOptions, head, snapshot_rounds};
use crate::monitoring::{Meter, RoundValues, Watch};
use dpac_actors::host::{self, Monitor, Outcome, Placement};
use dpac_actors::trace::{Recorder, SinkError, TraceFile, Tracer};
use dpac_actors::{Fault, Plant, TracePosition, VectorName};
use metrics::Counter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use thiserror::Error;

/// How to run. None of it changes a result.
pub struct RunOptions {
    /// Threads that compute.
    pub threads: usize,
    /// Where the roles live.
    pub placement: Placement,
    /// Encode, decode and compare every message.
    pub wire_check: bool,
    /// Write `syncs.jsonl`.
    pub log_syncs: bool,
    /// The run directory.
    pub directory: PathBuf,
    /// Replace an existing run directory, and an existing trace.
    pub force: bool,
    /// Go on with the run in the directory, which was stopped or killed; configuration and inputs are the directory's own.
    pub resume: bool,
    /// Set from outside to end the run at the next barrier.
    pub stop: Arc<AtomicBool>,
    /// Damage done on purpose, by tests.
    pub plant: Option<Plant>,
    /// The run's trace, if one is recorded.
    pub trace: Option<TraceOptions>,
    /// The program's version and commit, for the record.
    pub program: String,
    /// What is told of the run while it goes on, if somebody wants to know. Made for this run.
    pub meter: Option<Arc<Meter>>,
}

/// A run that could not be started, or whose files could not be written. A run that failed on its way is a
/// [`Finished`] with its status.
#[derive(Debug, Error)]
pub enum RunError {
    /// The run directory.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A run that cannot go on.
    #[error(transparent)]
    Resume(#[from] ResumeError),
    /// The thread that writes the files.
    #[error("the recorder panicked")]
    Recorder,
    /// The run's trace would replace a file.
    #[error("{} exists already", .0.display())]
    TraceExists(PathBuf),
    /// The run's trace.
    #[error("cannot write the trace {}: {error}", path.display())]
    Trace {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: SinkError,
    },
}

impl From<RecorderError> for RunError {
    fn from(error: RecorderError) -> Self {
        match error {
            RecorderError::Panicked => RunError::Recorder,
            RecorderError::Directory(error) => RunError::Directory(error),
        }
    }
}

/// A run that has ended.
pub struct Finished {
    /// Its summary, as it stands in `summary.json`.
    pub summary: Summary,
    /// Its directory.
    pub directory: PathBuf,
}

/// Runs to the end, and writes the run directory.
///
/// # Errors
/// [`RunError`], before or after the run itself.
pub fn run(
    resolved: Resolved,
    input: &Input,
    options: &RunOptions,
    progress: Box<dyn Progress>,
) -> Result<Finished, RunError> {
    let config_digest = config_digest(&resolved.config, input);
    let (directory, checkpoint) = if options.resume {
        take_up(&options.directory, &resolved, &config_digest)?
    } else {
        begin(&resolved, input, options, &config_digest)?
    };
    // A run that goes on records what it recorded.
    let trace_options = checkpoint.state.trace.as_ref().and_then(SavedTrace::options);
    let position = checkpoint.snapshot.as_ref().and_then(|snapshot| snapshot.trace);
    let trace = trace_options.as_ref().map(|trace| start_trace(&resolved, input, trace, options, position));
    let trace = trace.transpose()?;
    let life = Life { resolved: &resolved, options, directory: &directory };
    let (outcome, recorded, wall_seconds) = life.live(progress, trace.as_ref(), checkpoint)?;
    if let (Some(recorder), Some(options)) = (trace, &trace_options) {
        finish_trace(recorder, &options.path, &outcome)?;
    }
    let ended = Ended::new(outcome, &resolved);
    if let Some(meter) = &options.meter {
        meter.status(ended.status.name());
    }
    keep(&resolved, &ended, &directory)?;
    let summary = Summary {
        program: options.program.clone(),
        config_digest,
        digest: ended.results.as_deref().map(final_digest),
        threads: options.threads,
        placement: match options.placement {
            Placement::Shard => "shard".to_owned(),
            Placement::Role => "role".to_owned(),
        },
        ..ended.summary(&resolved, &recorded, wall_seconds)
    };
    if let (Some(meter), Some(_)) = (&options.meter, &summary.digest) {
        let values = RoundValues {
            value: summary.value.last,
            standard_error: summary.value.standard_error,
            bellman_error: summary.bellman_error,
            ..RoundValues::default()
        };
        meter.round_values(&values);
    }
    let mut json = serde_json::to_string_pretty(&summary).expect("a summary is plain data");
    json.push('\n');
    directory.write("summary.json", json.as_bytes())?;
    if summary.status == Status::Complete {
        Checkpoint::remove(&directory)?;
    }
    Ok(Finished { summary, directory: directory.path().to_path_buf() })
}

/// The directory of a new run, with the checkpoint from which it begins.
fn begin(
    resolved: &Resolved,
    input: &Input,
    options: &RunOptions,
    config_digest: &str,
) -> Result<(RunDirectory, Checkpoint), RunError> {
    let saved = |trace: &TraceOptions| {
        SavedTrace::of(trace)
            .map_err(|error| RunError::Trace { path: trace.path.clone(), error: error.into() })
    };
    let state = CheckpointState {
        config_digest: config_digest.to_owned(),
        trace: options.trace.as_ref().map(saved).transpose()?,
        recorder: RecorderState::beginning(options.log_syncs),
    };
    if let Some(TraceOptions { path, .. }) = &options.trace {
        // Found before anything is made; whatever else is wrong with the file shows when it is opened.
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        if path.is_dir() || parent.is_some_and(|parent| !parent.is_dir()) {
            let error =
                std::io::Error::new(std::io::ErrorKind::NotFound, "there is no place for such a file").into();
            return Err(RunError::Trace { path: path.clone(), error });
        }
        // Pipes and devices hold nothing that could be lost.
        if path.is_file() && !options.force {
            return Err(RunError::TraceExists(path.clone()));
        }
    }
    let checkpoint = Checkpoint { state, snapshot: None };
    let path = options.directory.join(CHECKPOINT);
    let bytes = checkpoint.encode().map_err(|error| DirectoryError::Io { path, error })?;
    let files = [input.files.as_slice(), &[(CHECKPOINT.to_owned(), bytes)]].concat();
    let text = run_config(resolved, input);
    let directory = RunDirectory::create(&options.directory, options.force, &text, &files)?;
    Ok((directory, checkpoint))
}

/// The directory of a run that goes on, and where it left off.
fn take_up(
    path: &Path,
    resolved: &Resolved,
    config_digest: &str,
) -> Result<(RunDirectory, Checkpoint), RunError> {
    let directory = RunDirectory::open(path)?;
    let summary = std::fs::read(directory.file("summary.json")).unwrap_or_default();
    let summary: serde_json::Value = serde_json::from_slice(&summary).unwrap_or_default();
    if summary["status"] == "complete" {
        return Err(ResumeError::Complete(path.to_path_buf()).into());
    }
    let checkpoint = Checkpoint::read(&directory, resolved.algorithm.kinds())?;
    if checkpoint.state.config_digest != config_digest {
        return Err(ResumeError::Other(path.to_path_buf()).into());
    }
    Ok((directory, checkpoint))
}

/// The longest time between two checkpoints.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(30);

/// What the society lives on.
struct Life<'a> {
    resolved: &'a Resolved,
    options: &'a RunOptions,
    directory: &'a RunDirectory,
}

impl Life<'_> {
    /// The society's life, watched by the recorder: how it ended, what was recorded, and how long it took.
    fn live(
        &self,
        progress: Box<dyn Progress>,
        trace: Option<&Recorder<CountedFile>>,
        checkpoint: Checkpoint,
    ) -> Result<(Result<Outcome, Fault>, Recorded, f64), RunError> {
        let Life { resolved, options, directory } = self;
        let Resolved { config, sizes, .. } = resolved;
        let clients = config.federation.clients;
        let rounds = if config.algorithm == Algorithm::Dptd { sizes.critic_rounds } else { sizes.rounds };
        let Checkpoint {
            state: CheckpointState { config_digest, trace: saved_trace, recorder: state },
            snapshot,
        } = checkpoint;
        let meter = options.meter.as_ref();
        let progress = match meter {
            None => progress,
            Some(meter) => Box::new(MeteredProgress { inner: progress, meter: Arc::clone(meter) }),
        };
        let (monitor, recorder) = start(Assignment {
            subject: Arc::clone(&resolved.subject),
            directory: (*directory).clone(),
            evaluated: Arc::clone(&resolved.evaluated),
            evaluate_every: config.output.evaluate_every,
            keep_policies: config.output.keep_policies,
            log_syncs: state.logs_syncs(),
            seed: config.seed,
            clients,
            rounds,
            progress,
            config_digest,
            trace: saved_trace,
            resume: snapshot.is_some().then_some(state),
            stop: Arc::clone(&options.stop),
            meter: options.meter.clone(),
        })?;
        let monitor: Box<dyn Monitor> = match meter {
            None => Box::new(monitor),
            Some(meter) => {
                let waiting = monitor.waiting();
                let trace_waiting = trace.map(Recorder::tracer);
                let trace_waiting = Box::new(move || trace_waiting.as_ref().map_or(0, Tracer::waiting));
                Box::new(Watch::new(monitor, Arc::clone(meter), waiting, trace_waiting))
            }
        };
        let every_rounds = snapshot_rounds(resolved);
        let host_options = host::Options {
            clients,
            threads: options.threads,
            placement: options.placement,
            wire_check: options.wire_check,
            counting: true,
            seed: config.seed,
            stop: Arc::clone(&options.stop),
            plant: options.plant,
            tracer: trace.map(Recorder::tracer),
            snapshots: Some(host::SnapshotPlan { every_rounds, every: CHECKPOINT_EVERY }),
            resume: snapshot.map(Arc::new),
        };
        let began = Instant::now();
        let outcome = std::thread::scope(|scope| {
            if let Some(meter) = meter {
                // The summary wants the optimum in any case; who watches wants it from the beginning.
                scope.spawn(|| resolved.optimum().inspect(|&value| meter.optimum(value)));
            }
            host::run(&resolved.algorithm, &host_options, monitor)
        });
        drop(host_options);
        match (&outcome, meter) {
            (Ok(outcome), Some(meter)) => meter.ended(&outcome.ledger, outcome.results.is_some()),
            (Err(fault), Some(meter)) => meter.fault(&fault.cause),
            (_, None) => {}
        }
        let wall_seconds = began.elapsed().as_secs_f64();
        let recorded = recorder.finish(outcome.as_ref().ok().map(|outcome| &outcome.ledger))?;
        Ok((outcome, recorded, wall_seconds))
    }
}

fn start_trace(
    resolved: &Resolved,
    input: &Input,
    options: &TraceOptions,
    RunOptions { program, meter, .. }: &RunOptions,
    position: Option<TracePosition>,
) -> Result<Recorder<CountedFile>, RunError> {
    let fail = |error: SinkError| RunError::Trace { path: options.path.clone(), error };
    let file = match position {
        None => TraceFile::create(&options.path, &head(resolved, input, options, program)),
        Some(position) => TraceFile::resume(&options.path, position),
    };
    let (level, kept) = (options.level, options.kept.clone());
    let bytes = meter.as_ref().map_or_else(Counter::noop, |meter| meter.trace_bytes());
    let file = CountedFile { file: file.map_err(fail)?, bytes };
    let recorder = Recorder::resume(level, kept, file, position).map_err(|error| fail(error.into()))?;
    Ok(recorder.with_snapshots(snapshot_rounds(resolved)))
}

fn finish_trace(
    recorder: Recorder<CountedFile>,
    path: &Path,
    outcome: &Result<Outcome, Fault>,
) -> Result<(), RunError> {
    let (CountedFile { file, .. }, written) = recorder.finish(outcome);
    let written = written.and_then(|()| file.finish());
    written.map_err(|error| RunError::Trace { path: path.to_path_buf(), error })
}

/// Writes the last policy and the last critic, where there are any.
fn keep(resolved: &Resolved, ended: &Ended, directory: &RunDirectory) -> Result<(), DirectoryError> {
    if resolved.config.output.keep_policies != KeepPolicies::None && ended.results.is_some() {
        let theta = ended.vector(VectorName::Theta).unwrap_or(&resolved.evaluated);
        let (features, horizon) = (resolved.policy_features, resolved.horizon());
        let policy = SavedPolicy { features, horizon, theta: theta.to_vec() };
        let json = serde_json::to_vec(&policy).expect("a policy is plain numbers");
        directory.write("policy.json", &json)?;
    }
    match ended.vector(VectorName::Psi) {
        Some(psi) => write_critic(directory, psi),
        None => Ok(()),
    }
}

/// `critic.npy`: the last `ψ̂`, stacked over steps, as a matrix of one row.
fn write_critic(directory: &RunDirectory, psi: &[f64]) -> Result<(), DirectoryError> {
    let path = directory.file("critic.npy");
    let written = MatrixWriter::create(&path, psi.len()).and_then(|mut matrix| {
        matrix.append(psi)?;
        matrix.finish()
    });
    written.map_err(|error| DirectoryError::Io { path, error })
}
