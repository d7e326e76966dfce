//! One run, from the resolved configuration to the summary.

use super::begin::{Begun, begin};
use super::ended::Ended;
use super::error::RunError;
use super::local_drift::LocalDrift;
use super::observers::RunObservers;
use super::options::RunOptions;
use super::record::Recording;
use super::recorder::{Assignment, Recorded, start};
use super::take_up::take_up;
use super::trace::{RecordedFile, TraceMarks};
use crate::algorithm::{PSI, THETA};
use crate::config::{KeepPolicies, Record};
use crate::experiment::directory::checkpoint::CheckpointState;
use crate::experiment::directory::policies::matrix_of_one_row;
use crate::experiment::directory::records::LastRecord;
use crate::experiment::directory::{
    Before, Communication, DirectoryError, RunDirectory, Status, Summary, digests, names,
};
use crate::experiment::resolve::{Input, Resolved, SavedPolicy, config_digest, final_digest};
use crate::experiment::traces::{TraceOptions, snapshot_rounds};
use crate::monitoring::measures;
use dpac_actors::host::{self, Measures, Observer, Observers, Outcome, Placement};
use dpac_actors::trace::TraceRecorder;
use dpac_actors::{Fault, Snapshot};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A run that has ended.
pub struct Finished {
    /// Its summary, as it stands in `summary.json`.
    pub summary: Summary,
    /// Its directory.
    pub directory: PathBuf,
    /// What may help, where its numbers have overflowed.
    pub help: Option<String>,
}

/// Runs to the end, and writes the run directory. Observers are told of the run, and change nothing about it.
///
/// # Errors
/// [`RunError`], before or after the run itself.
pub fn run(
    resolved: Resolved,
    input: &Input,
    options: &RunOptions,
    observers: RunObservers,
) -> Result<Finished, RunError> {
    let config_digest = config_digest(&resolved, input);
    let begun = if options.resume {
        take_up(&resolved, options, &config_digest)?
    } else {
        begin(&resolved, input, options, &config_digest)?
    };
    let Begun { directory, checkpoint, snapshot, trace, mut remarks } = begun;
    if !directory.is_exclusive() {
        remarks.push(NO_LOCKS.to_owned());
    }
    remarks.iter().for_each(|remark| (options.remark)(remark));
    let trace = trace.map(|(of, file)| start_trace(&resolved, of, file, snapshot.as_ref())).transpose()?;
    let life = Life { resolved: &resolved, options, directory: &directory };
    let recording = trace.as_ref().map(|trace| (&trace.recorder, trace.marks.clone()));
    let lived = life.live(observers, recording, checkpoint.state, snapshot)?;
    let Lived { outcome, recorded, mut observers, wall_seconds } = lived;
    if let Some(trace) = trace {
        observers.trace_bytes(trace.finish(&outcome)?);
    }
    let ended = Ended::new(outcome, &resolved);
    observers.judged(ended.status.name());
    keep(&resolved, &ended, &directory)?;
    let help = ended.help(&resolved);
    let summary = Summary {
        program: options.program.clone(),
        config_digest,
        digest: ended.results.as_deref().map(final_digest),
        threads: options.threads,
        placement: match options.placement {
            Placement::Shard => "shard".to_owned(),
            Placement::Role => "role".to_owned(),
        },
        files: digests::of_results(&directory, input.files.iter().map(|(name, _)| name.as_str()))?,
        ..{
            let _held = (options.stalls.summary.waiting(), options.stalls.summary.busy());
            ended.summary(&resolved, &recorded, wall_seconds)
        }
    };
    if summary.digest.is_some() {
        observers.run_measured(&Measures(&measures::known([
            (measures::VALUE, summary.value.last),
            (measures::STANDARD_ERROR, summary.value.standard_error),
            (measures::BELLMAN_ERROR, summary.bellman_error),
        ])));
    }
    if summary.status == Status::Complete {
        end_rounds(&directory, resolved.shape.rounds(), &summary, recorded.done)?;
    }
    let mut json = serde_json::to_string_pretty(&summary).expect("a summary is plain data");
    json.push('\n');
    digests::seal(&directory, json.as_bytes())?;
    if summary.status == Status::Complete {
        put_by(&directory)?;
    }
    Ok(Finished { summary, directory: directory.path().to_path_buf(), help })
}

/// The longest time between two checkpoints.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(30);

/// What the society lives on.
struct Life<'a> {
    resolved: &'a Resolved,
    options: &'a RunOptions,
    directory: &'a RunDirectory,
}

/// What a society's life has left.
struct Lived {
    outcome: Result<Outcome, Fault>,
    recorded: Recorded,
    /// Those who watch from behind.
    observers: Observers,
    wall_seconds: f64,
}

impl Life<'_> {
    /// The society's life, watched by the recorder and by all others.
    fn live(
        &self,
        observers: RunObservers,
        trace: Option<(&TraceRecorder<RecordedFile>, TraceMarks)>,
        began_from: CheckpointState,
        snapshot: Option<Snapshot>,
    ) -> Result<Lived, RunError> {
        let Life { resolved, options, directory } = self;
        let config = &resolved.config;
        let clients = config.federation.clients;
        let (trace, trace_marks) = trace.unzip();
        let RunObservers { live: mut watching, behind } = observers;
        let (queue, recorder) = start(Assignment {
            subject: Arc::clone(&resolved.subject),
            directory: (*directory).clone(),
            evaluated: Arc::clone(&resolved.evaluated),
            evaluate_every: config.output.evaluate_every,
            log_every: config.output.log_every,
            keep_policies: config.output.keep_policies,
            log_barriers: began_from.recorder.logs_barriers,
            recording: recording(resolved, snapshot.as_ref()),
            seed: config.seed,
            clients,
            observers: behind,
            began_from,
            trace_marks,
            stop: Arc::clone(&options.stop),
            stalls: Arc::clone(&options.stalls),
        })?;
        watching.add(Box::new(queue));
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
            tracer: trace.map(TraceRecorder::tracer),
            snapshots: Some(host::SnapshotPlan { every_rounds, every: CHECKPOINT_EVERY }),
            resume: snapshot.map(Arc::new),
        };
        let began = Instant::now();
        let outcome = std::thread::scope(|scope| {
            // The summary wants the optimum in any case. Without a thread it comes late.
            let optimum = options.optimum_early.then(|| {
                let find = || {
                    let _busy = options.stalls.optimum.busy();
                    if let Some(optimum) = resolved.optimum() {
                        recorder.measured(measures::OPTIMUM, optimum.value);
                    }
                };
                std::thread::Builder::new().name("dpac-optimum".into()).spawn_scoped(scope, find).ok()
            });
            let outcome = host::run(&resolved.algorithm, &host_options, watching);
            let _waiting = options.stalls.optimum.waiting();
            // Whatever went wrong there goes wrong again for the summary, which says so.
            optimum.flatten().map(std::thread::ScopedJoinHandle::join);
            outcome
        });
        drop(host_options);
        let wall_seconds = began.elapsed().as_secs_f64();
        let ledger = outcome.as_ref().ok().map(|outcome| &outcome.ledger);
        let (recorded, observers) = recorder.finish(ledger)?;
        Ok(Lived { outcome, recorded, observers, wall_seconds })
    }
}

/// A trace under way.
struct Tracing {
    recorder: TraceRecorder<RecordedFile>,
    marks: TraceMarks,
    path: PathBuf,
}

fn start_trace(
    resolved: &Resolved,
    of: TraceOptions,
    file: RecordedFile,
    snapshot: Option<&Snapshot>,
) -> Result<Tracing, RunError> {
    let marks = file.marks();
    let position = snapshot.and_then(|snapshot| snapshot.trace);
    let recorder = TraceRecorder::resume(of.level, of.kept, file, position);
    let recorder = recorder.map_err(RunError::Thread)?;
    Ok(Tracing { recorder: recorder.with_snapshots(snapshot_rounds(resolved)), marks, path: of.path })
}

/// What a run records beside its rounds.
fn recording(resolved: &Resolved, snapshot: Option<&Snapshot>) -> Option<Recording> {
    let config = &resolved.config;
    let words = config.output.record.clone();
    let local_drift = words.contains(&Record::Drift).then(|| {
        let learner = resolved.algorithm.learner();
        let mut drift = LocalDrift::new(learner, config.seed, config.federation.clients);
        let sent = snapshot.into_iter().flat_map(|snapshot| &snapshot.broadcasts);
        drift.told(sent.map(AsRef::as_ref));
        drift
    });
    (!words.is_empty()).then_some(Recording { words, local_drift })
}

impl Tracing {
    /// Bytes of all records that this process has written.
    fn finish(self, outcome: &Result<Outcome, Fault>) -> Result<u64, RunError> {
        let tracer = self.recorder.tracer();
        let (file, written) = self.recorder.finish(outcome);
        let written = written.and_then(|()| file.finish());
        written.map_err(|error| RunError::Trace { path: self.path, error })?;
        Ok(tracer.bytes())
    }
}

/// The last checkpoint of a run that is complete is put by: from there it can be lengthened, and nothing else
/// goes on from it.
fn put_by(directory: &RunDirectory) -> Result<(), DirectoryError> {
    if directory.has(names::CHECKPOINT)? {
        directory.rename(names::CHECKPOINT, names::FINAL)?;
    }
    directory.remove(names::CHECKPOINT_SAFE)?;
    directory.sync()
}

const NO_LOCKS: &str =
    "the file system of the run directory has no locks: make sure that no other process writes there";

/// The last line of `rounds.jsonl`: the last policy, with what it took to come to it. It stands behind all
/// that checkpoints know of, so that a run which is made longer begins by cutting it off.
fn end_rounds(
    directory: &RunDirectory,
    rounds: u64,
    summary: &Summary,
    done: Before,
) -> Result<(), DirectoryError> {
    let Communication { up, down, peer, barriers, broadcasts, .. } = summary.communication;
    let last = LastRecord {
        policy: rounds,
        value: summary.value.last,
        standard_error: summary.value.standard_error,
        before: Before {
            up,
            down,
            peer,
            barriers,
            broadcasts,
            trajectories_per_client: summary.trajectories_per_client,
            env_steps_per_client: summary.env_steps_per_client,
            bellman_error: done.bellman_error,
            drift: done.drift,
        },
    };
    let mut line = serde_json::to_vec(&last).expect("a record is plain data");
    line.push(b'\n');
    directory.append(names::ROUNDS, &line)
}

/// Writes the last policy and the last critic, where there are any.
fn keep(resolved: &Resolved, ended: &Ended, directory: &RunDirectory) -> Result<(), DirectoryError> {
    if resolved.config.output.keep_policies != KeepPolicies::None && ended.results.is_some() {
        let theta = ended.vector(THETA).unwrap_or(&resolved.evaluated);
        let (class, horizon) = (resolved.policy_class, resolved.horizon());
        let policy = SavedPolicy { class, horizon, theta: theta.to_vec() };
        let json = serde_json::to_vec(&policy).expect("a policy is plain numbers");
        directory.write(names::POLICY, &json)?;
    }
    match ended.vector(PSI) {
        Some(psi) => directory.write(names::CRITIC, &matrix_of_one_row(psi)),
        None => Ok(()),
    }
}
