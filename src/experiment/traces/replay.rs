//! Running a trace again: the whole society, or one role alone, against what was recorded.

use super::open::{FileTrace, open_trace_file, read_trace};
use super::options::TraceOptions;
use super::tracing::{HeadError, components_max, head, resolve_head};
use crate::algorithm::Registry;
use crate::experiment::resolve::{Input, Resolved};
use crate::theory::counts::PerPhase;
use crate::visible::shown;
use dpac_actors::host::{self, DELIVERIES_SHOWN, Observers, Placement, RoleError, RoleReplay, replay_role};
use dpac_actors::trace::format::{Head, op};
use dpac_actors::trace::{
    Comparer, Divergence, Level, MessageDifference, RawReader, RawRecord, ReadError, Record, Sink, Trace,
    TraceError, TraceRecorder, Verdict,
};
use dpac_actors::{Address, Fault, Header, Kind, Place, Plant, Snapshot};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use thiserror::Error;

/// How to run a trace again. None of it changes a result.
#[derive(Clone, Copy, Debug)]
pub struct ReplayOptions {
    /// Threads that compute.
    pub threads: usize,
    /// Where the roles live.
    pub placement: Placement,
    /// The first outer round that is of interest: where the trace has snapshots, the run begins at the last
    /// one before it.
    pub from: u32,
    /// The last outer round that is of interest; all, if not said.
    pub until: Option<u32>,
    /// Whether a run is made again whose vectors have more than [`super::COMPONENTS_MAX`] components, though
    /// the trace holds none of them.
    pub large: bool,
    /// Damage done on purpose, by tests.
    pub plant: Option<Plant>,
}

impl Default for ReplayOptions {
    /// One thread, shards.
    fn default() -> Self {
        ReplayOptions {
            threads: 1,
            placement: Placement::Shard,
            from: 0,
            until: None,
            large: false,
            plant: None,
        }
    }
}

/// A trace that was run again.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// What was found.
    pub verdict: Verdict,
    /// Outer rounds that were the same; of the first, what comes after the snapshot, if it began at one.
    pub rounds: u32,
    /// The snapshot at which it began: the barrier after which that was taken, as outer round, phase and
    /// number. `None`: at the beginning of the run.
    pub began_after: Option<Place>,
    /// What the trace was recorded by, against what ran now: name, recorded, now; only what differs.
    pub head_differences: Vec<HeadDifference>,
    /// The last messages that the sender of the first differing message was given before it, oldest first.
    pub deliveries: Vec<Header>,
    /// The trace's head.
    pub head: Head,
}

/// Something that differs between two heads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadDifference {
    /// What.
    pub what: &'static str,
    /// As it was recorded.
    pub recorded: String,
    /// As it is now.
    pub now: String,
}

/// A trace that cannot be run again.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// It cannot be read.
    #[error("{}: {error}", shown(path))]
    Trace {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: TraceError,
    },
    /// The run cannot be made again.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The one role cannot be driven.
    #[error(transparent)]
    Role(#[from] RoleError),
    /// The recorded run was of another size.
    #[error("the trace says {what}, and its configuration something else")]
    Contradiction {
        /// What.
        what: &'static str,
    },
    /// A fault of this run, before anything differed.
    #[error("the run that should have been the same ended with a fault: {0}")]
    Fault(#[from] Fault),
    /// A file or thread.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Runs the whole society again and compares every record. Its algorithm is one of the registry's.
///
/// # Errors
/// [`ReplayError`] where the trace cannot be read or run. A difference is no error.
pub fn replay(path: &Path, registry: Registry, options: ReplayOptions) -> Result<Replayed, ReplayError> {
    Rerun::open(path, registry, options.large)?.whole(options)
}

/// Drives one role of a trace of level full alone. Its algorithm is one of the registry's.
///
/// # Errors
/// [`ReplayError`] where the trace cannot be read, or does not hold what the role needs. A difference is no
/// error.
pub fn replay_one(path: &Path, registry: Registry, role: Address) -> Result<RoleReplay, ReplayError> {
    Rerun::open(path, registry, false)?.role(role)
}

/// A trace whose run can be made again. What that takes is said by the trace, and so by whoever wrote it:
/// look at
/// [`Rerun::resolved`] first.
pub struct Rerun {
    path: PathBuf,
    /// A second handle of the trace's file.
    file: File,
    trace: FileTrace,
    resolved: Resolved,
    input: Input,
}

impl Rerun {
    /// Opens a trace and resolves what was run, with an algorithm of the registry.
    ///
    /// # Errors
    /// [`ReplayError`] where it cannot be read, or the run cannot be made again.
    pub fn open(path: &Path, registry: Registry, large: bool) -> Result<Self, ReplayError> {
        let unreadable = |error| ReplayError::Trace { path: path.to_path_buf(), error };
        let file = open_trace_file(path).map_err(|error| unreadable(error.into()))?;
        let trace = read_trace(file.try_clone()?).map_err(unreadable)?;
        let head = trace.head();
        let (resolved, input) = resolve_head(head, registry, components_max(trace.size(), large))?;
        let contradiction = |what| Err(ReplayError::Contradiction { what });
        if resolved.config.federation.clients != head.clients {
            return contradiction("a number of clients");
        }
        if resolved.config.seed != head.seed {
            return contradiction("a seed");
        }
        Ok(Rerun { path: path.to_path_buf(), file, trace, resolved, input })
    }

    /// The trace's head.
    pub fn head(&self) -> &Head {
        self.trace.head()
    }

    /// What was run.
    pub fn resolved(&self) -> &Resolved {
        &self.resolved
    }

    /// Runs the whole society again and compares every record.
    ///
    /// # Errors
    /// As [`replay`].
    pub fn whole(self, options: ReplayOptions) -> Result<Replayed, ReplayError> {
        let Rerun { path, file, trace, resolved, input } = self;
        let (recorded, mut records) = trace.into_records();
        let beginning = last_snapshot(&mut records, options.from, resolved.algorithm.kinds())?;
        let began_after = beginning.as_ref().map(Snapshot::barrier);
        let (level, kept) = (recorded.level().unwrap_or(Level::Rounds), recorded.keeps());
        let as_recorded = TraceOptions { path, level, kept: kept.clone() };
        let now = head(&resolved, &input, &as_recorded, crate::VERSION);
        let first = began_after.map_or(0, |place| place.round);
        if nothing_follows(&mut records)? {
            // Nothing of what would be run could be compared.
            let head_differences = head_differences(&recorded, &now);
            let (verdict, deliveries) = (Verdict::SameSoFar, Vec::new());
            return Ok(Replayed {
                verdict,
                rounds: 0,
                began_after,
                head_differences,
                deliveries,
                head: recorded,
            });
        }
        let comparer = Comparer::new(records, recorded.clone()).beginning_in(first).until(options.until);
        let position = beginning.as_ref().and_then(|snapshot| snapshot.trace);
        let recorder =
            TraceRecorder::resume(level, kept, comparer, position)?.with_snapshots(recorded.snapshot_rounds);
        let host_options = host::Options {
            clients: recorded.clients,
            threads: options.threads,
            placement: options.placement,
            wire_check: false,
            counting: true,
            seed: recorded.seed,
            stop: Arc::new(AtomicBool::new(false)),
            plant: options.plant,
            tracer: Some(recorder.tracer()),
            snapshots: None,
            resume: beginning.map(Arc::new),
        };
        let outcome = host::run(&resolved.algorithm, &host_options, Observers::default());
        drop(host_options);
        let (comparer, _) = recorder.finish(&outcome);
        let rounds = comparer.rounds();
        let verdict = comparer.verdict()?;
        let deliveries = match &verdict {
            Verdict::Differs(divergence) => deliveries(file, &as_recorded.path, divergence)?,
            Verdict::Same | Verdict::SameSoFar => Vec::new(),
        };
        Ok(Replayed {
            verdict,
            rounds,
            began_after,
            head_differences: head_differences(&recorded, &now),
            deliveries,
            head: recorded,
        })
    }

    /// Drives one role of a trace of level full alone. It takes no more local steps than one client of the
    /// run does.
    ///
    /// # Errors
    /// As [`replay_one`].
    pub fn role(mut self, role: Address) -> Result<RoleReplay, ReplayError> {
        let clients = u64::from(self.trace.head().clients);
        let PerPhase { critic, actor } = self.resolved.closed_form.local_steps;
        let steps = [critic / clients, actor / clients];
        Ok(replay_role(&*self.resolved.algorithm, &mut self.trace, role, steps)?)
    }
}

/// Two traces, record by record. The first is called recorded, the second now.
///
/// # Errors
/// Those of the files. A difference is no error, nor is damage.
pub fn diff<A, B>(recorded: Trace<A>, now: Trace<B>) -> std::io::Result<Replayed>
where
    A: Read + Send,
    B: Read,
{
    let (head, records) = recorded.into_records();
    let (head_now, mut others) = now.into_records();
    let mut comparer = Comparer::new(records, head.clone());
    if head.snapshot_rounds != head_now.snapshot_rounds {
        // Where two runs are cut into pieces is no difference between them.
        comparer = comparer.without_snapshots();
    }
    // A sink that wants no more has its verdict.
    loop {
        match others.next_record() {
            Ok(Some(record)) if matches!(record.op, op::INDEX | op::FOOTER) => {}
            Ok(Some(record)) if record.op != op::GAP => {
                if comparer.record(record.op, &record.body).is_err() {
                    break;
                }
            }
            Ok(_) | Err(ReadError::Damage(_)) => {
                comparer.cut_short();
                break;
            }
            Err(ReadError::Io(error)) => return Err(error),
            Err(other) => return Err(std::io::Error::other(other)),
        }
    }
    let rounds = comparer.rounds();
    let verdict = comparer.verdict()?;
    let head_differences = head_differences(&head, &head_now);
    Ok(Replayed { verdict, rounds, began_after: None, head_differences, deliveries: Vec::new(), head })
}

/// Whether there is no sound record any more. Leaves `records` where they were.
fn nothing_follows<R: Read + Seek>(records: &mut RawReader<R>) -> std::io::Result<bool> {
    let offset = records.offset();
    let next = records.next_record();
    records.go_to(offset)?;
    match next {
        Ok(record) => Ok(record.is_none()),
        Err(ReadError::Io(error)) => Err(error),
        Err(_) => Ok(true),
    }
}

/// The last snapshot from which all of round `from` can be compared: one of an earlier round. Leaves
/// `records` after it, or where they were.
///
/// The records before it are read, but not decoded; damage among them ends the search, as it would end the
/// replay.
fn last_snapshot<R: Read + Seek>(
    records: &mut RawReader<R>,
    from: u32,
    kinds: &[Kind],
) -> std::io::Result<Option<Snapshot>> {
    let mut offset = records.offset();
    let mut last = None;
    if from > 0 {
        loop {
            match records.next_record() {
                Ok(Some(RawRecord { op: op::SNAPSHOT, body, .. })) => {
                    // One of other kinds is none that this program could go on from.
                    let snapshot = Snapshot::decode(&body, kinds).ok().filter(|it| it.trace.is_some());
                    let Some(snapshot) = snapshot.filter(|it| it.ended.place.round < from) else { break };
                    (last, offset) = (Some(snapshot), records.offset());
                }
                Ok(Some(record)) if record.op != op::GAP => {}
                Ok(_) | Err(ReadError::Damage(_)) => break,
                Err(ReadError::Io(error)) => return Err(error),
                Err(other) => return Err(std::io::Error::other(other)),
            }
        }
    }
    records.go_to(offset)?;
    Ok(last)
}

pub(crate) fn head_differences(recorded: &Head, now: &Head) -> Vec<HeadDifference> {
    let features = |head: &Head| head.cpu_features.join(" ");
    let configuration = |head: &Head| blake3::hash(head.config.as_bytes()).to_hex()[..16].to_owned();
    let inputs = |head: &Head| {
        head.files
            .iter()
            .map(|file| format!("{} {}", file.name, file.digest.chars().take(16).collect::<String>()))
            .collect::<Vec<_>>()
            .join(", ")
    };
    [
        ("program", recorded.program.clone(), now.program.clone()),
        ("commit", recorded.commit.clone(), now.commit.clone()),
        ("target", recorded.target.clone(), now.target.clone()),
        ("CPU features", features(recorded), features(now)),
        ("algorithm", recorded.algorithm.clone(), now.algorithm.clone()),
        ("clients", recorded.clients.to_string(), now.clients.to_string()),
        ("seed", recorded.seed.to_string(), now.seed.to_string()),
        ("configuration", configuration(recorded), configuration(now)),
        ("inputs", inputs(recorded), inputs(now)),
    ]
    .into_iter()
    .filter(|(_, recorded, now)| recorded != now)
    .map(|(what, recorded, now)| HeadDifference { what, recorded, now })
    .collect()
}

/// The last messages that the sender of the first differing message was given before it.
fn deliveries(file: File, path: &Path, divergence: &Divergence) -> Result<Vec<Header>, ReplayError> {
    let (Some(MessageDifference { header, .. }), Some(turn)) = (&divergence.message, divergence.turn) else {
        return Ok(Vec::new());
    };
    let mut last = VecDeque::with_capacity(DELIVERIES_SHOWN + 1);
    let unreadable = |error| ReplayError::Trace { path: path.to_path_buf(), error };
    let mut trace = read_trace(file).map_err(unreadable)?;
    while let Some(record) = trace.next_record()? {
        let Record::Chunk(chunk) = record else { continue };
        if chunk.turn > turn {
            break;
        }
        for (event, shape) in chunk.events.messages() {
            let found = event.header(shape);
            if chunk.turn == turn && found == *header {
                return Ok(last.into());
            }
            if found.to == header.from {
                last.push_back(found);
                if last.len() > DELIVERIES_SHOWN {
                    last.pop_front();
                }
            }
        }
    }
    Ok(last.into())
}
