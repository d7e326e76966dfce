//! The recorder: one thread that puts what the society's threads hand over into logical order and gives it to
//! a sink.
//!
//! Threads hand over a block's events before the block's result is used, through a bounded channel: a slow
//! disk holds the run back, and nothing is lost. The recorder emits blocks in block order, so that what a
//! sink gets is a function of configuration and seed, whatever the threads did.

use super::container::FRAME_BYTES;
use super::digest::{self, Words};
use super::format::{
    Checkpoint, Chunk, EVENT_BYTES, End, PlainBody, SHAPES_MAX, ServerWork, SnapshotBody, op,
};
use super::pipe::Unread;
use super::tape::{Blob, Events, Gathered, Kept, Level, Tape};
use crate::{
    Address, Broadcast, Cause, CodecError, Counters, Fault, Ledger, Milestone, Named, Snapshot,
    TracePosition, outcome,
};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_64;

/// Reports that may be under way to the recorder.
const REPORTS_IN_FLIGHT: usize = 16;
/// A chunk is closed when its events have come to this, or its turn is over.
pub const CHUNK_BYTES: usize = 1 << 20;
/// What a sink has been given lies no longer than this before it is told to flush.
pub const FLUSH_AFTER: Duration = Duration::from_millis(50);

/// Where records go: a file, or the records of another run to be compared with.
pub trait Sink: Send {
    /// Takes one record.
    ///
    /// # Errors
    /// [`SinkError`] ends the recording, and with it the run.
    fn record(&mut self, op: u8, body: &[u8]) -> Result<(), SinkError>;

    /// Nothing has come for a while: what was taken shall be where it belongs.
    ///
    /// # Errors
    /// As [`Sink::record`].
    fn flush(&mut self) -> Result<(), SinkError>;

    /// What was taken shall be safe; how many bytes and records that is.
    ///
    /// # Errors
    /// As [`Sink::record`].
    fn settle(&mut self) -> Result<(u64, u64), SinkError> {
        self.flush()?;
        Ok((0, 0))
    }
}

/// Why a sink takes no more.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// The file refuses what is written to it.
    #[error(transparent)]
    Io(io::Error),
    /// It is a pipe without a reader, or its reader had stopped reading when the run was to end.
    #[error("nobody reads it")]
    Unread,
    /// It is no file in which a trace could be gone on with.
    #[error("it is a pipe or a device: what has gone into it cannot be gone on with")]
    NoFile,
    /// A record is too long.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// What was to be compared differs: there is no need to go on.
    #[error("what is recorded differs from what was recorded")]
    Differs,
}

impl From<io::Error> for SinkError {
    fn from(error: io::Error) -> Self {
        let unread = error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Unread>);
        if unread { SinkError::Unread } else { SinkError::Io(error) }
    }
}

/// What threads hand over.
enum Report {
    Turn { number: u64, done: Vec<(&'static str, u64)>, blobs: Vec<Blob> },
    Block { block: u32, events: Events },
    Note { events: Events, sums: u64 },
    Checkpoint { round: u32, server: u64, counters: Counters },
    Snapshot(Box<Snapshot>),
    Settle(Sender<TracePosition>),
    End(End),
}

/// A sink, with a count of the bytes of the records that it has been given.
struct Counted<S> {
    sink: S,
    bytes: Arc<AtomicU64>,
}

impl<S: Sink> Sink for Counted<S> {
    fn record(&mut self, op: u8, body: &[u8]) -> Result<(), SinkError> {
        self.bytes.fetch_add((FRAME_BYTES + body.len()) as u64, Ordering::Relaxed);
        self.sink.record(op, body)
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        self.sink.flush()
    }

    fn settle(&mut self) -> Result<(u64, u64), SinkError> {
        self.sink.settle()
    }
}

/// The society's end of the channel. Hosts hold clones of it.
#[derive(Clone, Debug)]
pub struct Tracer {
    level: Level,
    kept: Arc<Kept>,
    snapshot_rounds: u32,
    reports: Sender<Report>,
    bytes: Arc<AtomicU64>,
}

impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Report")
    }
}

/// The recorder's thread.
#[derive(Debug)]
pub struct TraceRecorder<S> {
    tracer: Tracer,
    thread: JoinHandle<(S, Result<(), SinkError>)>,
}

impl<S: Sink + 'static> TraceRecorder<S> {
    /// Starts the thread.
    ///
    /// # Errors
    /// Where there can be no further thread.
    pub fn start(level: Level, kept: Kept, sink: S) -> io::Result<Self> {
        TraceRecorder::resume(level, kept, sink, None)
    }

    /// Starts the thread of a run that goes on: `sink` has what came before `position`, and nothing else.
    ///
    /// # Errors
    /// As [`TraceRecorder::start`].
    pub fn resume(level: Level, kept: Kept, sink: S, position: Option<TracePosition>) -> io::Result<Self> {
        let (reports, received) = bounded(REPORTS_IN_FLIGHT);
        let bytes = Arc::new(AtomicU64::new(0));
        let sink = Counted { sink, bytes: Arc::clone(&bytes) };
        let thread = std::thread::Builder::new().name("dpac-trace".into()).spawn(move || {
            let mut scribe = Scribe::new(sink);
            if let Some(position) = position {
                scribe.turn = position.turn;
                (scribe.events, scribe.sums) = (Chain(position.events), Chain(position.sums));
            }
            let done = scribe.write(&received);
            (scribe.sink.sink, done)
        })?;
        let kept = Arc::new(kept.merged());
        let tracer = Tracer { level, kept, snapshot_rounds: 0, reports, bytes };
        Ok(TraceRecorder { tracer, thread })
    }

    /// The same recorder, which at [`Level::Full`] also records a snapshot after the first barrier of every
    /// outer round that is a multiple of `rounds`; none where that is 0. The rule knows no state, so that a
    /// run that goes on follows it as well.
    pub fn with_snapshots(mut self, rounds: u32) -> Self {
        self.tracer.snapshot_rounds = if self.tracer.level == Level::Full { rounds } else { 0 };
        self
    }

    /// The tape that a host is given.
    pub fn tracer(&self) -> Tracer {
        self.tracer.clone()
    }

    /// Records how the run ended, waits for the thread, and gives the sink back with what it had to complain
    /// of.
    ///
    /// # Panics
    /// If the sink has panicked.
    pub fn finish(self, outcome: &outcome::Result) -> (S, Result<(), SinkError>) {
        let end = match outcome {
            Ok(outcome) => End {
                status: u8::from(outcome.results.is_none()),
                fault: String::new(),
                turns: 0,
                events: 0,
                results: outcome.results.iter().flatten().map(result).collect(),
                counters: Some((&outcome.ledger).into()),
            },
            Err(fault) => End {
                status: 2,
                fault: fault.to_string(),
                turns: 0,
                events: 0,
                results: Vec::new(),
                counters: None,
            },
        };
        // A thread that is gone has a complaint, which is returned below.
        let _ = self.tracer.reports.send(Report::End(end));
        drop(self.tracer);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

fn result(named: &Named) -> (String, u64, u64) {
    (named.name.to_owned(), named.values.len() as u64, digest::of_numbers(&named.values))
}

impl Tracer {
    /// How much is recorded.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Reports that wait for the recorder.
    pub fn waiting(&self) -> usize {
        self.reports.len()
    }

    /// Bytes of the records that the sink has been given since the recorder was started.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// A tape for one wire, where messages are recorded one by one.
    pub(crate) fn tape(&self) -> Option<Tape> {
        let keep = (self.level == Level::Full).then(|| Arc::clone(&self.kept));
        (self.level > Level::Rounds).then(|| Tape::new(keep))
    }

    /// A turn begins, for which the server has done so much.
    pub(crate) fn turn(
        &self,
        number: u64,
        done: Vec<(&'static str, u64)>,
        blobs: Vec<Blob>,
    ) -> Result<(), Fault> {
        self.send(Report::Turn { number, done, blobs })
    }

    /// The events of a block of the open turn.
    pub(crate) fn block(&self, block: u32, events: Events) -> Result<(), Fault> {
        if self.level == Level::Rounds { Ok(()) } else { self.send(Report::Block { block, events }) }
    }

    /// The open turn's barrier has closed. `sums` is the digest of its block sums.
    pub(crate) fn note(&self, events: Events, sums: u64) -> Result<(), Fault> {
        self.send(Report::Note { events, sums })
    }

    /// A round is over; `next` are the broadcasts that follow.
    pub(crate) fn checkpoint(
        &self,
        milestone: &Milestone,
        next: &[Arc<Broadcast>],
        ledger: &Ledger,
    ) -> Result<(), Fault> {
        let mut words = Words::new();
        for vector in &milestone.vectors {
            words.add(xxh3_64(vector.name.as_bytes()));
            words.add_numbers(&vector.values);
        }
        for broadcast in next {
            words.add(digest::of_body(&crate::Body::Sync(Arc::clone(broadcast))));
        }
        let (round, server, counters) = (milestone.round, words.finish(), ledger.into());
        self.send(Report::Checkpoint { round, server, counters })
    }

    /// Whether a snapshot is to be recorded after the first barrier of this round.
    pub(crate) fn wants_snapshot(&self, round: u32) -> bool {
        self.snapshot_rounds > 0 && round.is_multiple_of(self.snapshot_rounds)
    }

    /// What it takes to go on after the barrier that was noted last.
    pub(crate) fn snapshot(&self, snapshot: Snapshot) -> Result<(), Fault> {
        self.send(Report::Snapshot(Box::new(snapshot)))
    }

    /// Waits until everything that was handed over is safe.
    pub(crate) fn settle(&self) -> Result<TracePosition, Fault> {
        let (answer, settled) = bounded(1);
        self.send(Report::Settle(answer))?;
        settled.recv().map_err(|_| lost())
    }

    fn send(&self, report: Report) -> Result<(), Fault> {
        self.reports.send(report).map_err(|_| lost())
    }
}

fn lost() -> Fault {
    Fault { role: Address::Server, round: 0, cause: Cause::Lost("the trace's recorder".into()) }
}

/// Puts reports in order and makes records of them.
struct Scribe<S> {
    sink: S,
    turn: u64,
    /// The chunk that is being filled.
    chunk: Gathered,
    /// The block that comes next, and those that came before their turn.
    next_block: u32,
    early: BTreeMap<u32, Events>,
    /// Over the bodies of all chunks.
    events: Chain,
    /// Over the block sums since the last checkpoint.
    sums: Chain,
}

/// A digest of digests, of which the last value is all that one needs to go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Chain(pub(super) u64);

impl Chain {
    pub(super) fn add(&mut self, digest: u64) {
        let mut words = Words::new();
        words.add(self.0);
        words.add(digest);
        self.0 = words.finish();
    }
}

impl<S: Sink> Scribe<S> {
    fn new(sink: S) -> Self {
        Scribe {
            sink,
            turn: 0,
            chunk: Gathered::default(),
            next_block: 0,
            early: BTreeMap::new(),
            events: Chain::default(),
            sums: Chain::default(),
        }
    }

    fn write(&mut self, reports: &Receiver<Report>) -> Result<(), SinkError> {
        loop {
            match reports.recv_timeout(FLUSH_AFTER) {
                Ok(report) => {
                    if self.report(report)? {
                        return self.sink.flush();
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.sink.flush()?,
                // Everybody has gone without an end: the process is being torn down.
                Err(RecvTimeoutError::Disconnected) => return self.sink.flush(),
            }
        }
    }

    /// Whether that was the last one.
    fn report(&mut self, report: Report) -> Result<bool, SinkError> {
        match report {
            Report::Turn { number, done, blobs } => {
                self.turn = number;
                self.next_block = 0;
                if !done.is_empty() {
                    let done = done.into_iter().map(|(name, units)| (name.to_owned(), units)).collect();
                    let work = ServerWork { turn: number, done };
                    self.sink.record(op::SERVER_WORK, &work.encode()?)?;
                }
                self.blobs(&blobs)?;
            }
            Report::Block { block, events } => {
                self.early.insert(block, events);
                while let Some(events) = self.early.remove(&self.next_block) {
                    self.next_block += 1;
                    self.append(events)?;
                }
            }
            Report::Note { events, sums } => {
                self.sums.add(sums);
                self.append(events)?;
                self.close()?;
            }
            Report::Checkpoint { round, server, counters } => {
                let sums = std::mem::take(&mut self.sums).0;
                let (turns, events) = (self.turn, self.events.0);
                let checkpoint = Checkpoint { round, turns, events, sums, server, counters };
                self.sink.record(op::CHECKPOINT, &checkpoint.encode()?)?;
            }
            Report::Snapshot(mut snapshot) => {
                // Where it is in a file depends on the head, and so on who wrote that.
                snapshot.trace = Some(self.position(0, 0));
                if snapshot.encoded_bytes() <= SnapshotBody::BYTES_MAX {
                    self.sink.record(op::SNAPSHOT, &snapshot.encode()?)?;
                }
            }
            Report::Settle(answer) => {
                let (bytes, records) = self.sink.settle()?;
                // A caller that no longer waits needs no answer.
                let _ = answer.send(self.position(bytes, records));
            }
            Report::End(mut end) => {
                // Of a turn that a fault has ended, blocks are there by chance, and are left out.
                if end.status != 2 {
                    self.close()?;
                }
                (end.turns, end.events) = (self.turn, self.events.0);
                self.sink.record(op::END, &end.encode()?)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn position(&self, bytes: u64, records: u64) -> TracePosition {
        TracePosition { bytes, records, turn: self.turn, events: self.events.0, sums: self.sums.0 }
    }

    fn append(&mut self, mut events: Events) -> Result<(), SinkError> {
        self.blobs(&std::mem::take(&mut events.blobs))?;
        for part in events.in_parts(SHAPES_MAX) {
            if self.chunk.events().shapes.len() + part.shapes.len() > SHAPES_MAX {
                self.close()?;
            }
            self.chunk.append(part);
            if self.chunk.events().events.len() * EVENT_BYTES >= CHUNK_BYTES {
                self.close()?;
            }
        }
        Ok(())
    }

    fn blobs(&mut self, blobs: &[Blob]) -> Result<(), SinkError> {
        blobs.iter().try_for_each(|blob| self.sink.record(op::BLOB, &blob.encode()))
    }

    fn close(&mut self) -> Result<(), SinkError> {
        if self.chunk.events().events.is_empty() {
            return Ok(());
        }
        let chunk = Chunk { turn: self.turn, events: self.chunk.take() };
        let body = chunk.encode()?;
        self.events.add(xxh3_64(&body));
        self.sink.record(op::CHUNK, &body)
    }
}
