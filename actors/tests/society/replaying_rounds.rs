//! Replaying late rounds: from a snapshot in the trace, and with the same answer as from the beginning.

use crate::staged::{PLACEMENTS, Toy, options, run};
use crate::traces::{SNAPSHOT_ROUNDS, file};
use crate::walk::{CRITIC_UP, KINDS, Walk};
use dpac_actors::host::{self, Observers, Options, Placement};
use dpac_actors::trace::format::{SnapshotBody, op};
use dpac_actors::trace::{
    Comparer, Kept, Level, Memory, RawRecord, Record, Sink, Trace, TraceRecorder, Verdict,
};
use dpac_actors::{
    Address, Algorithm, Cause, Coordinator, Damage, Ended, Header, Kind, Learner, Phase, Place, Plant,
    Snapshot, Turn,
};
use std::io::Cursor;
use std::sync::Arc;

fn walk() -> Walk {
    Walk { rounds: 7, ..Walk::default() }
}

/// Every snapshot of a trace, with where the record after it begins.
pub(crate) fn snapshots(bytes: &[u8], kinds: &[Kind]) -> Vec<(Snapshot, u64)> {
    let mut trace = Trace::read(Cursor::new(bytes)).expect("a trace");
    let mut found = Vec::new();
    while let Some(record) = trace.next_record().expect("memory") {
        if let Record::Snapshot(SnapshotBody { bytes, .. }) = record {
            found.push((Snapshot::decode(&bytes, kinds).expect("a snapshot"), trace.offset()));
        }
    }
    found
}

/// Goes on from a snapshot of a trace, against the records that follow it.
pub(crate) fn compared(
    toy: impl Toy,
    bytes: &[u8],
    options: &Options,
    snapshot: &Snapshot,
    offset: u64,
) -> Verdict {
    let trace = Trace::read(Cursor::new(bytes.to_vec())).expect("a trace");
    let (head, mut records) = trace.into_records();
    records.go_to(offset).expect("memory");
    let comparer = Comparer::new(records, head).beginning_in(snapshot.barrier().round);
    let recorder = TraceRecorder::resume(Level::Full, Kept::Everyone, comparer, snapshot.trace);
    let recorder = recorder.expect("a thread").with_snapshots(SNAPSHOT_ROUNDS);
    let resume = Some(Arc::new(snapshot.clone()));
    let resumed = Options { tracer: Some(recorder.tracer()), resume, ..options.clone() };
    let (outcome, _) = run(toy, &resumed);
    drop(resumed);
    let (comparer, _) = recorder.finish(&outcome);
    comparer.verdict().expect("memory")
}

#[test]
fn a_trace_goes_on_from_each_of_its_snapshots_as_it_went_on() {
    for clients in [3, 70] {
        let bytes = file(walk(), &options(clients, 2, Placement::Shard), Level::Full);
        let snapshots = snapshots(&bytes, &KINDS);
        let barriers: Vec<_> = snapshots.iter().map(|(snapshot, _)| snapshot.barrier()).collect();
        assert_eq!(barriers, [0, 2, 4, 6].map(|round| Place { round, phase: Phase::Critic, barrier: 0 }));
        for placement in PLACEMENTS {
            for (snapshot, offset) in &snapshots {
                let options = options(clients, 5, placement);
                assert_eq!(
                    compared(walk(), &bytes, &options, snapshot, *offset),
                    Verdict::Same,
                    "{placement:?}"
                );
            }
        }
    }
}

#[test]
fn traces_below_full_have_no_snapshots() {
    for level in [Level::Rounds, Level::Order] {
        assert!(snapshots(&file(walk(), &options(3, 1, Placement::Shard), level), &KINDS).is_empty());
    }
}

#[test]
fn a_nudge_before_the_snapshot_is_not_seen_and_one_after_it_is_named() {
    let clean = options(5, 2, Placement::Shard);
    for (round, seen) in [(1, false), (5, true)] {
        let (from, to) = (Address::Critic(2), Address::Client(2));
        let header =
            Header { from, to, place: Place { round, phase: Phase::Critic, barrier: 1 }, kind: CRITIC_UP };
        let mut nudged = clean.clone();
        nudged.plant = Some(Plant { header, damage: Damage::Nudge(3) });
        let bytes = file(walk(), &nudged, Level::Full);
        let (snapshot, offset) = &snapshots(&bytes, &KINDS)[2];
        assert_eq!(snapshot.barrier().round, 4);
        match compared(walk(), &bytes, &clean, snapshot, *offset) {
            Verdict::Differs(found) => {
                assert!(seen, "{found:?}");
                assert_eq!((found.round, found.message.map(|it| it.header)), (round, Some(header)));
            }
            verdict => assert!(!seen && verdict == Verdict::Same, "{verdict:?}"),
        }
    }
}

#[test]
fn what_is_kept_otherwise_is_named_where_no_message_shows_it() {
    let bytes = file(walk(), &options(3, 1, Placement::Shard), Level::Full);
    let open = || Trace::read(Cursor::new(bytes.clone())).expect("a trace").into_records();
    let ((head, recorded), (_, mut now)) = (open(), open());
    let mut comparer = Comparer::new(recorded, head);
    while let Ok(Some(RawRecord { op, mut body, .. })) = now.next_record() {
        if let Some(mut snapshot) = (op == op::SNAPSHOT)
            .then(|| Snapshot::decode(&body, &KINDS).expect("a snapshot"))
            .filter(|snapshot| snapshot.barrier().round == 2)
        {
            snapshot.states[0] = snapshot.states[0].next_up();
            body = snapshot.encode().expect("a small snapshot");
        }
        if !matches!(op, op::INDEX | op::FOOTER) && comparer.record(op, &body).is_err() {
            break;
        }
    }
    let Verdict::Differs(found) = comparer.verdict().expect("memory") else { panic!("unseen") };
    assert_eq!((found.round, found.message), (2, None));
    assert!(found.checkpoint[0].contains("all messages so far were the same"), "{:?}", found.checkpoint);
}

#[test]
fn a_snapshot_beyond_its_limit_is_left_out() {
    // After the first barrier there are three vectors ψ: the coordinator's, the aggregate, the last
    // broadcast.
    let walk = |q| Walk { rounds: 1, critic_barriers: 1, actor_barriers: 1, steps: 1, q, ..Walk::default() };
    let limit = SnapshotBody::BYTES_MAX / (3 * 8);
    for (q, expected) in [(limit - 1000, 1), (limit + 1000, 0)] {
        let bytes = file(walk(q), &options(1, 1, Placement::Shard), Level::Full);
        assert_eq!(snapshots(&bytes, &KINDS).len(), expected, "{q} numbers");
    }
}

/// A walk whose coordinator does not save itself.
struct Forgetful(Walk);

struct Unsaved(Box<dyn Coordinator>);

impl Coordinator for Unsaved {
    fn start(&mut self) -> Result<Turn, Cause> {
        self.0.start()
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        self.0.next(ended)
    }
}

impl Algorithm for Forgetful {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn kinds(&self) -> &[Kind] {
        self.0.kinds()
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        Box::new(Unsaved(self.0.coordinator()))
    }

    fn learner(&self) -> Box<dyn Learner> {
        self.0.learner()
    }

    fn client_state_len(&self) -> usize {
        self.0.client_state_len()
    }
}

#[test]
fn an_algorithm_that_does_not_save_itself_is_recorded_without_snapshots() {
    let record = |algorithm: Arc<dyn Algorithm>| {
        let recorder =
            TraceRecorder::start(Level::Full, Kept::Everyone, Memory::default()).expect("a thread");
        let recorder = recorder.with_snapshots(SNAPSHOT_ROUNDS);
        let options = Options { tracer: Some(recorder.tracer()), ..options(3, 2, Placement::Shard) };
        let outcome = host::run(&algorithm, &options, Observers::default());
        drop(options);
        let (memory, done) = recorder.finish(&outcome);
        done.expect("memory takes everything");
        memory.records
    };
    let mut saved = record(Arc::new(walk()));
    let unsaved = record(Arc::new(Forgetful(walk())));
    let before = saved.len();
    saved.retain(|(op, _)| *op != op::SNAPSHOT);
    assert!(saved.len() == before - 4 && saved == unsaved);
}
