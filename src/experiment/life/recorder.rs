//! The recorder: a thread beside the society that evaluates policies and writes what a run brings forth.
//!
//! The server hands it events through a bounded queue, so that evaluation overlaps with sampling and a slow disk holds
//! the run back instead of filling the memory. Nothing here reaches back into the run.

use super::progress::Progress;
use crate::config::KeepPolicies;
use crate::exact::{Estimate, Method};
use crate::experiment::communication::measured;
use crate::experiment::directory::checkpoint::{Checkpoint, CheckpointState, RecorderState};
use crate::experiment::directory::policies::{MatrixWriter, truncated};
use crate::experiment::directory::records::{Cumulative, FloatsByVector, SyncRecord, unix_seconds};
use crate::experiment::directory::{DirectoryError, Drift, LedgerRecord, RoundRecord, RunDirectory};
use crate::experiment::resolve::EVALUATION;
use crate::experiment::subject::Subject;
use crate::experiment::traces::SavedTrace;
use crate::monitoring::{Meter, Waiting};
use crossbeam_channel::{Receiver, Sender, bounded};
use dpac_actors::host::Monitor;
use dpac_actors::roles::SyncEnded;
use dpac_actors::{Ledger, Milestone, Named, Phase, Purpose, Snapshot, StreamKey, VectorName};
use serde::Serialize;
use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use thiserror::Error;

/// Events that may wait for the recorder.
const QUEUE: usize = 256;

/// Operations that the exact Bellman error of one round may take: some milliseconds, so that a run does not wait for it.
const ROUND_OPERATIONS: u64 = 2_000_000;

enum Event {
    Sync {
        ended: SyncEnded,
        cumulative: Cumulative,
    },
    /// The run came to an end with this on the wire.
    End(Cumulative),
    Round(Box<RoundEvent>),
    /// What it takes to go on after the last barrier.
    Snapshot(Box<SnapshotEvent>),
}

struct SnapshotEvent {
    snapshot: Snapshot,
    drift: [(f64, u32); 2],
    seconds: f64,
}

struct RoundEvent {
    round: u32,
    vectors: Vec<Named>,
    drift: Drift,
    ledger: Ledger,
    seconds: f64,
}

/// The society's end of the queue.
pub(crate) struct QueueMonitor {
    queue: Sender<Event>,
    log_syncs: bool,
    drift: [(f64, u32); 2],
    began: Instant,
    /// Wall time before this process took the run up.
    seconds_before: f64,
    /// Set where the recorder is gone: a run whose files cannot be written shall not go on.
    stop: Arc<AtomicBool>,
}

impl Monitor for QueueMonitor {
    fn sync_ended(&mut self, ended: &SyncEnded, ledger: &Ledger) {
        let (sum, barriers) = &mut self.drift[usize::from(ended.phase.number())];
        *sum += ended.drift;
        *barriers += 1;
        if self.log_syncs {
            self.send(Event::Sync { ended: *ended, cumulative: Cumulative::of(ledger) });
        }
    }

    fn milestone(&mut self, milestone: &Milestone, ledger: &Ledger) {
        let drifts = std::mem::take(&mut self.drift);
        let mean = |phase: Phase| {
            let (sum, barriers) = drifts[usize::from(phase.number())];
            (barriers > 0).then(|| sum / f64::from(barriers))
        };
        self.send(Event::Round(Box::new(RoundEvent {
            round: milestone.round,
            vectors: milestone.vectors.clone(),
            drift: Drift { critic: mean(Phase::Critic), actor: mean(Phase::Actor) },
            ledger: ledger.clone(),
            seconds: self.seconds(),
        })));
    }

    fn snapshot(&mut self, snapshot: Snapshot) {
        let (drift, seconds) = (self.drift, self.seconds());
        self.send(Event::Snapshot(Box::new(SnapshotEvent { snapshot, drift, seconds })));
    }
}

impl QueueMonitor {
    /// Tells how many events wait for the recorder.
    pub(crate) fn waiting(&self) -> Waiting {
        let queue = self.queue.clone();
        Box::new(move || queue.len())
    }

    fn seconds(&self) -> f64 {
        self.seconds_before + self.began.elapsed().as_secs_f64()
    }

    fn send(&self, event: Event) {
        // A recorder that has failed says why when it is joined.
        if self.queue.send(event).is_err() {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

/// What the recorder is to do.
pub(crate) struct Assignment {
    pub(crate) subject: Arc<dyn Subject>,
    pub(crate) directory: RunDirectory,
    /// The policy of rounds that bring none forth (DPTD).
    pub(crate) evaluated: Arc<[f64]>,
    pub(crate) evaluate_every: u32,
    pub(crate) keep_policies: KeepPolicies,
    pub(crate) log_syncs: bool,
    pub(crate) seed: u64,
    pub(crate) clients: u32,
    /// Rounds of the whole run.
    pub(crate) rounds: u64,
    pub(crate) progress: Box<dyn Progress>,
    /// What goes into checkpoints as it is.
    pub(crate) config_digest: String,
    pub(crate) trace: Option<SavedTrace>,
    /// Where an earlier process left off.
    pub(crate) resume: Option<RecorderState>,
    pub(crate) stop: Arc<AtomicBool>,
    /// Who is told of checkpoints.
    pub(crate) meter: Option<Arc<Meter>>,
}

/// What the recorder has found.
#[derive(Default)]
pub(crate) struct Recorded {
    /// The sum of `V^{θ_r}`, and of how many rounds.
    pub(crate) value_sum: f64,
    pub(crate) values: u64,
    /// The policy that the last round used, and what it found.
    pub(crate) last_theta: Option<Arc<[f64]>>,
    /// When the run began, if it is known.
    pub(crate) began_unix_seconds: Option<f64>,
}

/// Why the recorder has not come to its end.
#[derive(Debug, Error)]
pub(crate) enum RecorderError {
    /// Its thread panicked.
    #[error("the recorder panicked")]
    Panicked,
    /// A file could not be written.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

/// The recorder's end of the queue, and its thread.
pub(crate) struct RecorderThread {
    queue: Sender<Event>,
    thread: JoinHandle<Result<Recorded, DirectoryError>>,
}

impl RecorderThread {
    /// Waits until everything is written. `ledger` is that of the whole run, where there is one.
    pub(crate) fn finish(self, ledger: Option<&Ledger>) -> Result<Recorded, RecorderError> {
        if let Some(ledger) = ledger {
            // A recorder that has failed says why below.
            let _ = self.queue.send(Event::End(Cumulative::of(ledger)));
        }
        drop(self.queue);
        Ok(self.thread.join().map_err(|_| RecorderError::Panicked)??)
    }
}

/// Starts the thread.
pub(crate) fn start(assignment: Assignment) -> Result<(QueueMonitor, RecorderThread), DirectoryError> {
    let (queue, events) = bounded(QUEUE);
    let log_syncs = assignment.log_syncs;
    let stop = Arc::clone(&assignment.stop);
    let resumed = assignment.resume.clone().unwrap_or_default();
    let drift = resumed.drift.map(|(sum, barriers)| (f64::from_bits(sum), barriers));
    let mut recorder = Recorder::open(assignment)?;
    let thread = std::thread::Builder::new()
        .name("dpac-recorder".into())
        .spawn(move || recorder.record(&events).and_then(|()| recorder.close()));
    let directory = std::path::PathBuf::from("recorder thread");
    let thread = thread.map_err(|error| DirectoryError::Io { path: directory, error })?;
    let recorder = RecorderThread { queue: queue.clone(), thread };
    let (began, seconds_before) = (Instant::now(), resumed.seconds);
    Ok((QueueMonitor { queue, log_syncs, drift, began, seconds_before, stop }, recorder))
}

struct Recorder {
    assignment: Assignment,
    rounds: BufWriter<File>,
    syncs: Option<BufWriter<File>>,
    policies: Option<MatrixWriter>,
    before: Cumulative,
    /// The last barrier, not yet written: messages that follow it belong to the next one, or to it if there is none.
    pending: Option<(SyncEnded, Cumulative)>,
    recorded: Recorded,
    /// The exact Bellman error was beyond its limit once; it is not tried again.
    no_bellman_error: bool,
    /// The value of the one policy that DPTD evaluates.
    known: Option<Estimate>,
    /// When a checkpoint was last made to survive a power cut.
    durable_at: Instant,
}

/// Checkpoints that come faster than this are made to survive the process, not a power cut.
const DURABLE_EVERY: Duration = Duration::from_secs(1);

impl Recorder {
    fn open(assignment: Assignment) -> Result<Self, DirectoryError> {
        let directory = &assignment.directory;
        let resume = assignment.resume.as_ref();
        let open = |name: &str, bytes: Option<u64>| {
            let path = directory.file(name);
            let file = match bytes {
                None => File::create(&path),
                Some(bytes) => {
                    File::options().write(true).open(&path).and_then(|file| truncated(file, bytes))
                }
            };
            file.map(BufWriter::new).map_err(|error| DirectoryError::Io { path, error })
        };
        let rounds = open("rounds.jsonl", resume.map(|state| state.rounds_bytes))?;
        let syncs = if assignment.log_syncs {
            Some(open("syncs.jsonl", resume.and_then(|state| state.syncs_bytes))?)
        } else {
            None
        };
        let keeps = assignment.keep_policies == KeepPolicies::All && assignment.evaluated.is_empty();
        let policies = keeps.then(|| {
            let path = directory.file("policies.npy");
            let columns = assignment.subject.d_theta();
            match resume.and_then(|state| state.policies_rows) {
                None => MatrixWriter::create(&path, columns),
                Some(rows) => MatrixWriter::resume(&path, columns, rows),
            }
            .map_err(|error| DirectoryError::Io { path, error })
        });
        let policies = policies.transpose()?;
        let numbers = |bits: &Vec<u64>| bits.iter().map(|&bits| f64::from_bits(bits)).collect();
        let beginning = || Recorded { began_unix_seconds: Some(unix_seconds()), ..Recorded::default() };
        let recorded = resume.map_or_else(beginning, |state| Recorded {
            began_unix_seconds: state.began_unix_seconds,
            value_sum: f64::from_bits(state.value_sum),
            values: state.values,
            last_theta: state.last_theta.as_ref().map(numbers),
        });
        let pending = resume.and_then(|state| state.pending).and_then(|saved| {
            let (phase, round, sync, steps, drift, cumulative) = saved;
            let (phase, drift) = (Phase::from_number(phase)?, f64::from_bits(drift));
            Some((SyncEnded { round, phase, sync, steps, drift }, cumulative))
        });
        Ok(Recorder {
            before: resume.map_or_else(Cumulative::default, |state| state.before),
            durable_at: Instant::now(),
            assignment,
            rounds,
            syncs,
            policies,
            pending,
            recorded,
            no_bellman_error: false,
            known: None,
        })
    }

    fn record(&mut self, events: &Receiver<Event>) -> Result<(), DirectoryError> {
        for event in events {
            match event {
                Event::Sync { ended, cumulative } => {
                    self.write_pending()?;
                    self.pending = Some((ended, cumulative));
                }
                Event::Round(event) => self.round(&event)?,
                Event::Snapshot(event) => self.checkpoint(*event)?,
                Event::End(all) => {
                    if let Some((_, cumulative)) = &mut self.pending {
                        *cumulative = all;
                    }
                }
            }
        }
        self.write_pending()
    }

    /// Everything that was written so far is in its file before the checkpoint counts on it.
    fn checkpoint(&mut self, event: SnapshotEvent) -> Result<(), DirectoryError> {
        let SnapshotEvent { snapshot, drift, seconds } = event;
        let durable = self.durable_at.elapsed() >= DURABLE_EVERY;
        let directory = self.assignment.directory.clone();
        let io = |name: &str| {
            let path = directory.file(name);
            move |error| DirectoryError::Io { path, error }
        };
        let rounds_bytes = settle(&mut self.rounds, durable).map_err(io("rounds.jsonl"))?;
        let syncs_bytes = self.syncs.as_mut().map(|file| settle(file, durable));
        let syncs_bytes = syncs_bytes.transpose().map_err(io("syncs.jsonl"))?;
        let policies_rows = self.policies.as_mut().map(|file| file.settle(durable));
        let policies_rows = policies_rows.transpose().map_err(io("policies.npy"))?;
        let bits = |theta: &Arc<[f64]>| theta.iter().map(|value| value.to_bits()).collect();
        let recorder = RecorderState {
            rounds_bytes,
            syncs_bytes,
            policies_rows,
            before: self.before,
            pending: self.pending.map(|(ended, cumulative)| {
                let SyncEnded { round, phase, sync, steps, drift } = ended;
                (phase.number(), round, sync, steps, drift.to_bits(), cumulative)
            }),
            drift: drift.map(|(sum, barriers)| (sum.to_bits(), barriers)),
            value_sum: self.recorded.value_sum.to_bits(),
            values: self.recorded.values,
            last_theta: self.recorded.last_theta.as_ref().map(bits),
            seconds,
            began_unix_seconds: self.recorded.began_unix_seconds,
        };
        let Assignment { config_digest, trace, .. } = &self.assignment;
        let state = CheckpointState { config_digest: config_digest.clone(), trace: trace.clone(), recorder };
        Checkpoint { state, snapshot: Some(snapshot) }.write(&directory, durable)?;
        if let Some(meter) = &self.assignment.meter {
            meter.checkpoint_written();
        }
        if durable {
            self.durable_at = Instant::now();
        }
        Ok(())
    }

    fn close(&mut self) -> Result<Recorded, DirectoryError> {
        let directory = self.assignment.directory.clone();
        let io = |name: &str| {
            let path = directory.file(name);
            move |error| DirectoryError::Io { path, error }
        };
        self.rounds.flush().map_err(io("rounds.jsonl"))?;
        if let Some(syncs) = &mut self.syncs {
            syncs.flush().map_err(io("syncs.jsonl"))?;
        }
        if let Some(policies) = self.policies.take() {
            policies.finish().map_err(io("policies.npy"))?;
        }
        Ok(std::mem::take(&mut self.recorded))
    }

    fn write_pending(&mut self) -> Result<(), DirectoryError> {
        let (Some(file), Some((ended, cumulative))) = (&mut self.syncs, self.pending.take()) else {
            return Ok(());
        };
        let floats = |name: VectorName| cumulative.floats[name as usize] - self.before.floats[name as usize];
        let record = SyncRecord {
            phase: ended.phase.name(),
            round: ended.round,
            sync: ended.sync,
            local_steps: ended.steps,
            messages: cumulative.messages - self.before.messages,
            floats_by_vector: FloatsByVector {
                theta: floats(VectorName::Theta),
                psi: floats(VectorName::Psi),
                omega: floats(VectorName::Omega),
                other: floats(VectorName::Other),
            },
            payload_bytes: cumulative.payload_bytes - self.before.payload_bytes,
            wire_bytes: cumulative.wire_bytes - self.before.wire_bytes,
            drift: ended.drift,
            cumulative,
        };
        self.before = cumulative;
        let path = self.assignment.directory.file("syncs.jsonl");
        line(file, &record).map_err(|error| DirectoryError::Io { path, error })
    }

    /// The value of the round's policy. DPTD's is the same in every round, and computed once.
    fn value(&mut self, theta: &[f64], round: u32) -> Estimate {
        if let Some(known) = self.known {
            return known;
        }
        let key = StreamKey {
            seed: self.assignment.seed,
            purpose: Purpose::Evaluation,
            client: 0,
            round,
            phase: 0,
            sync: 0,
        };
        let estimate = self.assignment.subject.value(theta, EVALUATION, &mut key.generator());
        if !self.assignment.evaluated.is_empty() {
            self.known = Some(estimate);
        }
        estimate
    }

    fn round(&mut self, event: &RoundEvent) -> Result<(), DirectoryError> {
        let vector = |name| event.vectors.iter().find(|named| named.name == name).map(|named| &named.values);
        let theta = &Arc::clone(vector(VectorName::Theta).unwrap_or(&self.assignment.evaluated));
        if let (Some(policies), Some(theta)) = (&mut self.policies, vector(VectorName::Theta)) {
            let path = self.assignment.directory.file("policies.npy");
            policies.append(theta).map_err(|error| DirectoryError::Io { path, error })?;
        }
        let every = self.assignment.evaluate_every;
        let due = every > 0 && event.round.is_multiple_of(every);
        let (mut value, mut standard_error, mut bellman_error) = (None, None, None);
        if due {
            let estimate = self.value(theta, event.round);
            value = Some(estimate.value_raw);
            if let Method::MonteCarlo { standard_error: error, .. } = estimate.method {
                standard_error = Some(error);
            }
            self.recorded.value_sum += estimate.value_raw;
            self.recorded.values += 1;
            if let (Some(psi), false) = (vector(VectorName::Psi), self.no_bellman_error) {
                let found = self.assignment.subject.bellman_error(theta, psi, ROUND_OPERATIONS);
                bellman_error = found.map(|found| found.error);
                self.no_bellman_error = bellman_error.is_none();
            }
        }
        self.recorded.last_theta = Some(Arc::clone(theta));
        let counts = measured(&event.ledger, self.assignment.clients, |_| true);
        let record = RoundRecord {
            round: event.round,
            value,
            standard_error,
            bellman_error,
            drift: event.drift,
            up: counts.up,
            down: counts.down,
            aggregations: counts.aggregations,
            broadcasts: counts.broadcasts,
            local_steps: counts.local_steps.critic + counts.local_steps.actor,
            trajectories_per_client: counts.trajectories_per_client,
            env_steps_per_client: counts.env_steps_per_client,
            ledger: LedgerRecord::of(&event.ledger),
            seconds: event.seconds,
        };
        let path = self.assignment.directory.file("rounds.jsonl");
        line(&mut self.rounds, &record).map_err(|error| DirectoryError::Io { path, error })?;
        self.assignment.progress.round(&record, self.assignment.rounds);
        Ok(())
    }
}

/// Bytes so far, which are in the file once this returns; with `durable`, on the disk.
fn settle(file: &mut BufWriter<File>, durable: bool) -> std::io::Result<u64> {
    file.flush()?;
    if durable {
        file.get_ref().sync_data()?;
    }
    file.stream_position()
}

fn line(file: &mut impl Write, record: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *file, record)?;
    file.write_all(b"\n")
}
