//! The recorder: a thread beside the society that evaluates policies and writes what a run gives.
//!
//! It is told through a queue, by an observer of the society, and tells observers of its own what was
//! measured and kept. Nothing here reaches back into the run.

use super::queue::{Event, QueueStart, RecorderQueue, RoundEvent, SnapshotEvent, TurnEvent, queue};
use super::record::{RecordFile, Recording, Round};
use super::stalls::Stalls;
use super::trace::TraceMarks;
use crate::algorithm::{ALPHA, MEASURED, OMEGA, PSI, THETA};
use crate::config::KeepPolicies;
use crate::exact::{Estimate, Method};
use crate::experiment::communication::measured;
use crate::experiment::directory::checkpoint::{Checkpoint, CheckpointState, RecorderState};
use crate::experiment::directory::growing::{GrowingFile, Mark};
use crate::experiment::directory::names;
use crate::experiment::directory::policies::MatrixWriter;
use crate::experiment::directory::records::{BarrierRecord, Before, Cumulative, Measured};
use crate::experiment::directory::{DirectoryError, LedgerRecord, RoundRecord, RunDirectory};
use crate::experiment::resolve::EVALUATION;
use crate::experiment::subject::Subject;
use crate::monitoring::measures;
use crossbeam_channel::{Receiver, Sender};
use dpac_actors::host::{Measures, Observer, Observers, RoundMeasured};
use dpac_actors::roles::BarrierEnded;
use dpac_actors::{Ledger, Phase, Place, Purpose, StreamKey};
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use thiserror::Error;

/// Operations that the exact Bellman error of one round may take: some milliseconds, so that a run does not
/// wait for it.
const ROUND_OPERATIONS: u64 = 2_000_000;

/// What the recorder is to do.
pub(crate) struct Assignment {
    pub(crate) subject: Arc<dyn Subject>,
    pub(crate) directory: RunDirectory,
    /// The policy of rounds that bring none forth (DPTD).
    pub(crate) evaluated: Arc<[f64]>,
    pub(crate) evaluate_every: u32,
    pub(crate) log_every: u32,
    pub(crate) keep_policies: KeepPolicies,
    pub(crate) log_barriers: bool,
    /// What is recorded beside rounds, if anything is.
    pub(crate) recording: Option<Recording>,
    pub(crate) seed: u64,
    pub(crate) clients: u32,
    /// Told of what was measured and kept.
    pub(crate) observers: Observers,
    /// The checkpoint from which the run begins or goes on: what stays as it is goes into all that follow.
    pub(crate) began_from: CheckpointState,
    /// What the recorder of the trace says of how far that has come.
    pub(crate) trace_marks: Option<TraceMarks>,
    pub(crate) stop: Arc<AtomicBool>,
    /// Told when values are computed and rounds shown.
    pub(crate) stalls: Arc<Stalls>,
}

/// What the recorder has found.
#[derive(Default)]
pub(crate) struct Recorded {
    /// The sum of `V^{θ_r}`, and of how many rounds.
    pub(crate) value_sum: f64,
    pub(crate) values: u64,
    /// The policy that the last round used, and what it found.
    pub(crate) last_theta: Option<Arc<[f64]>>,
    /// What the run had done when the last round was over.
    pub(crate) done: Before,
    /// When the run began, if it is known.
    pub(crate) began_unix_seconds: Option<f64>,
}

/// Whoever has watched the recorder, and what it has found.
type Closed = (Recorded, Observers);

/// Why the recorder has not come to its end.
#[derive(Debug, Error)]
pub(crate) enum RecorderError {
    /// Its thread panicked.
    #[error("the recorder panicked")]
    Panicked,
    /// Its thread could not be started.
    #[error("the recorder's thread could not be started: {0}")]
    Thread(std::io::Error),
    /// A file could not be written.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

/// The recorder's thread, and a way into its queue.
pub(crate) struct RecorderThread {
    queue: Sender<Event>,
    thread: JoinHandle<Result<Closed, DirectoryError>>,
    stalls: Arc<Stalls>,
}

impl RecorderThread {
    /// Tells a number of the whole run that was found beside it.
    pub(crate) fn measured(&self, name: &'static str, value: f64) {
        // A recorder that has failed says why when it is joined.
        let _ = self.queue.send(Event::Measured(name, value));
    }

    /// Waits until everything is written. `ledger` is that of the whole run, where there is one.
    pub(crate) fn finish(self, ledger: Option<&Ledger>) -> Result<Closed, RecorderError> {
        let _waiting = self.stalls.recorder.waiting();
        if let Some(ledger) = ledger {
            // A recorder that has failed says why below.
            let _ = self.queue.send(Event::End(Cumulative::of(ledger)));
        }
        drop(self.queue);
        Ok(self.thread.join().map_err(|_| RecorderError::Panicked)??)
    }
}

/// Starts the thread.
pub(crate) fn start(assignment: Assignment) -> Result<(RecorderQueue, RecorderThread), RecorderError> {
    let (subject, resumed) = (&assignment.subject, &assignment.began_from.recorder);
    let (queue, events) = RecorderQueue::open(QueueStart {
        length: queue(subject.d_theta(), subject.stacked_critic()),
        logs_barriers: assignment.log_barriers,
        asks_for_turns: assignment.recording.as_ref().is_some_and(Recording::asks_for_turns),
        drift: resumed.drift.map(|(sum, barriers)| (f64::from_bits(sum), barriers)),
        seconds_before: resumed.seconds,
        stop: Arc::clone(&assignment.stop),
        stalls: Arc::clone(&assignment.stalls),
    });
    let stalls = Arc::clone(&assignment.stalls);
    let mut recorder = RunRecorder::open(assignment)?;
    let thread = std::thread::Builder::new()
        .name("dpac-recorder".into())
        .spawn(move || recorder.record(&events).and_then(|()| recorder.close()));
    let thread = thread.map_err(RecorderError::Thread)?;
    let recorder = RecorderThread { queue: queue.sender(), thread, stalls };
    Ok((queue, recorder))
}

struct RunRecorder {
    assignment: Assignment,
    rounds: GrowingFile,
    barriers: Option<GrowingFile>,
    record: Option<RecordFile>,
    policies: Option<MatrixWriter>,
    before: Cumulative,
    /// The last barrier, not yet written: messages that follow it belong to the next one, or to it if there
    /// is none.
    pending: Option<(BarrierEnded, Cumulative)>,
    recorded: Recorded,
    /// The exact Bellman error was beyond its limit once; it is not tried again.
    no_bellman_error: bool,
    /// The value of the one policy that DPTD evaluates.
    known: Option<Estimate>,
    /// When a checkpoint was last made to survive a power cut.
    durable_at: Instant,
    newest_is_durable: bool,
}

/// Checkpoints that come faster than this are made to survive the process, not a power cut.
const DURABLE_EVERY: Duration = Duration::from_secs(1);

impl RunRecorder {
    fn open(mut assignment: Assignment) -> Result<Self, DirectoryError> {
        let recording = assignment.recording.take();
        let directory = &assignment.directory;
        let state = &assignment.began_from.recorder;
        let open = |name: &str, mark: Option<&Mark>| {
            let file = directory.open_or_make(name)?;
            let opened = match mark {
                Some(mark) => GrowingFile::resume(file, mark),
                // What was written before the first checkpoint is written again.
                None => file.set_len(0).and_then(|()| GrowingFile::begin(file)),
            };
            opened.map_err(|error| DirectoryError::Io { path: directory.file(name), error })
        };
        let rounds = open(names::ROUNDS, state.rounds.as_ref())?;
        let barriers =
            assignment.log_barriers.then(|| open(names::BARRIERS, state.barriers.as_ref())).transpose()?;
        let record = recording.map(|recording| {
            let file = open(names::RECORD, state.record.as_ref())?;
            Ok(RecordFile::new(recording, file, state.local_drift.map(f64::from_bits)))
        });
        let record = record.transpose()?;
        let keeps = assignment.keep_policies == KeepPolicies::All && assignment.evaluated.is_empty();
        let columns = assignment.subject.d_theta();
        let policies =
            keeps.then(|| MatrixWriter::open(directory, columns, state.policies.as_ref())).transpose()?;
        let recorded = Recorded {
            began_unix_seconds: state.began_unix_seconds,
            value_sum: f64::from_bits(state.value_sum),
            values: state.values,
            last_theta: state.last_theta.clone(),
            done: state.done.clone(),
        };
        let pending = state.pending.clone().and_then(|saved| {
            let (phase, round, barrier, steps, drift, cumulative) = saved;
            let (phase, drift) = (Phase::from_number(phase)?, f64::from_bits(drift));
            Some((BarrierEnded { place: Place { round, phase, barrier }, steps, drift }, cumulative))
        });
        Ok(RunRecorder {
            before: state.before.clone(),
            durable_at: Instant::now(),
            newest_is_durable: assignment.began_from.durable,
            assignment,
            rounds,
            barriers,
            record,
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
                Event::Barrier { ended, cumulative } => {
                    self.write_pending()?;
                    self.pending = Some((ended, cumulative));
                }
                Event::Turn(event) => self.turn(&event)?,
                Event::Round(event) => self.round(&event)?,
                Event::Snapshot(event) => self.checkpoint(*event)?,
                Event::Measured(name, value) => {
                    let _busy = self.assignment.stalls.recorder.busy();
                    self.assignment.observers.run_measured(&Measures(&[(name, value)]));
                }
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
        let directory = &self.assignment.directory;
        let io = |name: &str| {
            let path = directory.file(name);
            move |error| DirectoryError::Io { path, error }
        };
        let rounds = self.rounds.settle(durable).map_err(io(names::ROUNDS))?;
        let barriers = self.barriers.as_mut().map(|file| file.settle(durable)).transpose();
        let record = self.record.as_mut().map(|record| record.settle(durable)).transpose();
        let policies = self.policies.as_mut().map(|file| file.settle(durable)).transpose();
        let began_from = &self.assignment.began_from;
        let recorder = RecorderState {
            rounds: Some(rounds),
            logs_barriers: self.barriers.is_some(),
            barriers: barriers.map_err(io(names::BARRIERS))?,
            record: record.map_err(io(names::RECORD))?,
            local_drift: self.record.as_ref().and_then(RecordFile::open_drift).map(f64::to_bits),
            policies: policies.map_err(io(names::POLICIES))?,
            columns: self.assignment.subject.d_theta(),
            before: self.before.clone(),
            pending: self.pending.clone().map(|(ended, cumulative)| {
                let BarrierEnded { place: Place { round, phase, barrier }, steps, drift } = ended;
                (phase.number(), round, barrier, steps, drift.to_bits(), cumulative)
            }),
            drift: drift.map(|(sum, barriers)| (sum.to_bits(), barriers)),
            done: self.recorded.done.clone(),
            value_sum: self.recorded.value_sum.to_bits(),
            values: self.recorded.values,
            last_theta: self.recorded.last_theta.clone(),
            seconds,
            began_unix_seconds: self.recorded.began_unix_seconds,
        };
        let trace_mark =
            snapshot.trace.and_then(|position| self.assignment.trace_marks.as_ref()?.at(position));
        let state = CheckpointState { durable, trace_mark, recorder, ..began_from.clone() };
        let checkpoint = Checkpoint::new(state, Some(&snapshot))
            .map_err(io::Error::other)
            .map_err(io(names::CHECKPOINT))?;
        checkpoint.write(directory, self.newest_is_durable)?;
        self.newest_is_durable = durable;
        if durable {
            self.durable_at = Instant::now();
        }
        let _busy = self.assignment.stalls.recorder.busy();
        self.assignment.observers.checkpoint_written();
        Ok(())
    }

    fn close(&mut self) -> Result<Closed, DirectoryError> {
        let directory = self.assignment.directory.clone();
        let io = |name: &str| {
            let path = directory.file(name);
            move |error| DirectoryError::Io { path, error }
        };
        self.rounds.settle(true).map_err(io(names::ROUNDS))?;
        if let Some(barriers) = &mut self.barriers {
            barriers.settle(true).map_err(io(names::BARRIERS))?;
        }
        if let Some(record) = &mut self.record {
            record.settle(true).map_err(io(names::RECORD))?;
        }
        if let Some(policies) = self.policies.take() {
            policies.finish()?;
        }
        Ok((std::mem::take(&mut self.recorded), std::mem::take(&mut self.assignment.observers)))
    }

    fn turn(&mut self, event: &TurnEvent) -> Result<(), DirectoryError> {
        let Some(record) = &mut self.record else { return Ok(()) };
        // Local steps are taken again here, which may last as long as they like.
        let _busy = self.assignment.stalls.recorder.busy();
        let path = self.assignment.directory.file(names::RECORD);
        record.turn(event).map_err(|error| DirectoryError::Io { path, error })
    }

    fn write_pending(&mut self) -> Result<(), DirectoryError> {
        let (Some(file), Some((ended, cumulative))) = (&mut self.barriers, self.pending.take()) else {
            return Ok(());
        };
        let before = |name: &str| self.before.floats.get(name).copied().unwrap_or_default();
        let floats = cumulative.floats.iter();
        let record = BarrierRecord {
            phase: ended.place.phase.name(),
            round: ended.place.round,
            barrier: ended.place.barrier,
            local_steps: ended.steps,
            messages: cumulative.messages - self.before.messages,
            floats_by_vector: floats.map(|(name, &floats)| (name.clone(), floats - before(name))).collect(),
            payload_bytes: cumulative.payload_bytes - self.before.payload_bytes,
            wire_bytes: cumulative.wire_bytes - self.before.wire_bytes,
            drift: ended.drift,
            cumulative: cumulative.clone(),
        };
        self.before = cumulative;
        let path = self.assignment.directory.file(names::BARRIERS);
        file.line(&record).map_err(|error| DirectoryError::Io { path, error })
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
            barrier: 0,
        };
        let estimate = self.assignment.subject.value(theta, EVALUATION, &mut key.generator());
        if !self.assignment.evaluated.is_empty() {
            self.known = Some(estimate);
        }
        estimate
    }

    fn round(&mut self, event: &RoundEvent) -> Result<(), DirectoryError> {
        let vector = |name| event.vectors.iter().find(|named| named.name == name).map(|named| &named.values);
        let theta = &Arc::clone(vector(THETA).unwrap_or(&self.assignment.evaluated));
        if let (Some(policies), Some(theta)) = (&mut self.policies, vector(THETA)) {
            let path = self.assignment.directory.file(names::POLICIES);
            policies.append(theta).map_err(|error| DirectoryError::Io { path, error })?;
        }
        let every = self.assignment.evaluate_every;
        let due = every > 0 && event.round.is_multiple_of(every);
        let (mut value, mut standard_error, mut bellman_error) = (None, None, None);
        let stalls = Arc::clone(&self.assignment.stalls);
        if due {
            let _busy = stalls.recorder.busy();
            let estimate = self.value(theta, event.round);
            value = Some(estimate.value_raw);
            if let Method::MonteCarlo { standard_error: error, .. } = estimate.method {
                standard_error = Some(error);
            }
            self.recorded.value_sum += estimate.value_raw;
            self.recorded.values += 1;
            if let (Some(psi), false) = (vector(PSI), self.no_bellman_error) {
                let found = self.assignment.subject.bellman_error(theta, psi, ROUND_OPERATIONS);
                bellman_error = found.ok().map(|found| found.error);
                self.no_bellman_error = bellman_error.is_none();
            }
        }
        self.recorded.last_theta = Some(Arc::clone(theta));
        let counts = measured(&event.ledger, self.assignment.clients, |_| true);
        let done = Before {
            up: counts.up,
            down: counts.down,
            peer: counts.peer,
            barriers: counts.barriers,
            broadcasts: counts.broadcasts,
            trajectories_per_client: counts.trajectories_per_client,
            env_steps_per_client: counts.env_steps_per_client,
            bellman_error,
            drift: event.drift,
        };
        let once = |name| Some((name, Measured::Once(*vector(name)?.first()?)));
        let alpha = vector(ALPHA).map(|alpha| (ALPHA, Measured::Each(alpha.to_vec())));
        let record = RoundRecord {
            measured: MEASURED.into_iter().filter_map(once).chain(alpha).collect(),
            round: event.round,
            policy: event.round,
            value,
            standard_error,
            before: std::mem::replace(&mut self.recorded.done, done),
            bellman_error,
            drift: event.drift,
            up: counts.up,
            down: counts.down,
            peer: counts.peer,
            barriers: counts.barriers,
            broadcasts: counts.broadcasts,
            local_steps: counts.local_steps.critic + counts.local_steps.actor,
            trajectories_per_client: counts.trajectories_per_client,
            env_steps_per_client: counts.env_steps_per_client,
            ledger: LedgerRecord::of(&event.ledger),
            seconds: event.seconds,
        };
        let every = self.assignment.log_every;
        if every > 0 && event.round.is_multiple_of(every) {
            let path = self.assignment.directory.file(names::ROUNDS);
            self.rounds.line(&record).map_err(|error| DirectoryError::Io { path, error })?;
        }
        if let Some(record) = &mut self.record {
            let path = self.assignment.directory.file(names::RECORD);
            let _busy = stalls.recorder.busy();
            let round = Round {
                number: event.round,
                theta,
                psi: vector(PSI).map(|psi| &**psi),
                omega: vector(OMEGA).map(|omega| &**omega),
                evaluated: due,
            };
            let subject = &*self.assignment.subject;
            record.round(&round, subject).map_err(|error| DirectoryError::Io { path, error })?;
        }
        // A terminal or a pipe that takes nothing is waited for as well.
        let _busy = stalls.recorder.busy();
        let measures = measures::known([
            (measures::VALUE, value),
            (measures::STANDARD_ERROR, standard_error),
            (measures::BELLMAN_ERROR, bellman_error),
            (measures::DRIFT[0], event.drift.critic),
            (measures::DRIFT[1], event.drift.actor),
        ]);
        self.assignment.observers.round_measured(&RoundMeasured {
            round: event.round,
            vectors: &event.vectors,
            ledger: &event.ledger,
            seconds: event.seconds,
            measures: Measures(&measures),
        });
        Ok(())
    }
}
