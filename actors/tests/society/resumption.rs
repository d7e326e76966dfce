//! A run that is stopped anywhere and taken up again ends with the bits of one that was not.

use crate::staged::{PLACEMENTS, Toy, finished, options};
use crate::traces::{SNAPSHOT_ROUNDS, head, made};
use crate::walk::Walk;
use dpac_actors::host::{self, Observer, Observers, Options, Placement, SnapshotPlan};
use dpac_actors::roles::BarrierEnded;
use dpac_actors::trace::{Kept, Level, TraceFile, TraceRecorder};
use dpac_actors::{Algorithm, Cause, Ledger, Snapshot};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Sets the flag after so many barriers, and keeps every snapshot.
struct Stopper {
    after: usize,
    seen: usize,
    stop: Arc<AtomicBool>,
    snapshots: Arc<Mutex<Vec<Snapshot>>>,
}

impl Observer for Stopper {
    fn barrier_closed(&mut self, _: &BarrierEnded, _: &Ledger) {
        self.seen += 1;
        if self.seen == self.after {
            self.stop.store(true, Ordering::Relaxed);
        }
    }

    fn snapshot(&mut self, snapshot: &Arc<Snapshot>) {
        self.snapshots.lock().expect("nobody panics").push(Snapshot::clone(snapshot));
    }
}

/// Runs an algorithm with snapshots, until so many barriers have closed and one more.
pub(crate) fn run(toy: impl Toy, options: &Options, after: usize) -> (host::Result, Vec<Snapshot>) {
    let snapshots = Arc::new(Mutex::new(Vec::new()));
    let stop = Arc::new(AtomicBool::new(false));
    let stopper = Stopper { after, seen: 0, stop: Arc::clone(&stop), snapshots: Arc::clone(&snapshots) };
    let plan = options.snapshots.or(Some(SnapshotPlan { every_rounds: u32::MAX, every: Duration::MAX }));
    let options = Options { stop, snapshots: plan, ..options.clone() };
    let algorithm: Arc<dyn Algorithm> = Arc::new(toy);
    let outcome = host::run(&algorithm, &options, Observers::default().with(stopper));
    let snapshots = snapshots.lock().expect("nobody panics").clone();
    (outcome, snapshots)
}

/// Goes on from what was written down of a snapshot.
pub(crate) fn resumed(toy: &impl Toy, options: &Options, snapshot: &Snapshot) -> Options {
    let bytes = snapshot.encode().expect("a small snapshot");
    let read = Snapshot::decode(&bytes, toy.kinds()).expect("a snapshot");
    assert_eq!(read, *snapshot);
    Options { resume: Some(Arc::new(read)), ..options.clone() }
}

#[test]
fn a_run_stopped_at_any_barrier_and_taken_up_elsewhere_ends_as_if_it_had_not_been() {
    for walk in [Walk::default(), Walk { known: true, ..Walk::default() }] {
        for clients in [3, 70] {
            let reference = finished(walk, &options(clients, 2, Placement::Shard));
            let barriers = 3 * 4;
            for after in 1..barriers - 1 {
                for placement in PLACEMENTS {
                    let (outcome, snapshots) = run(walk, &options(clients, 2, placement), after);
                    assert!(outcome.expect("stopping is no fault").results.is_none());
                    let [snapshot] = &snapshots[..] else { panic!("{} snapshots", snapshots.len()) };
                    // Taken up by the other placement, on another number of threads.
                    for (threads, placement) in [(1, Placement::Role), (5, Placement::Shard)] {
                        let options = resumed(&walk, &options(clients, threads, placement), snapshot);
                        let found = finished(walk, &options);
                        assert_eq!(found.results, reference.results, "after {after}");
                        assert_eq!(found.ledger, reference.ledger, "after {after}");
                        let told = reference.seen.len() - found.seen.len();
                        assert_eq!(found.seen, reference.seen[told..], "after {after}");
                    }
                }
            }
        }
    }
}

#[test]
fn snapshots_come_after_so_many_rounds_and_change_nothing() {
    let walk = Walk { rounds: 7, ..Walk::default() };
    let reference = finished(walk, &options(5, 2, Placement::Shard));
    for placement in PLACEMENTS {
        let plan = Some(SnapshotPlan { every_rounds: 2, every: Duration::MAX });
        let options = Options { snapshots: plan, ..options(5, 2, placement) };
        let (outcome, snapshots) = run(walk, &options, usize::MAX);
        let results = outcome.expect("no fault").results.expect("nobody stopped the run");
        assert_eq!(crate::staged::bits(&results), reference.results);
        let rounds: Vec<u32> = snapshots.iter().map(|snapshot| snapshot.barrier().round).collect();
        assert_eq!(rounds, [2, 4, 6], "{placement:?}");
    }
}

#[test]
fn a_snapshot_of_another_run_is_refused() {
    let (_, snapshots) = run(Walk::default(), &options(3, 1, Placement::Shard), 2);
    let snapshot = &snapshots[0];
    let fault =
        |walk: Walk, options: &Options| crate::staged::fault(walk, &resumed(&walk, options, snapshot)).cause;
    let other = options(4, 1, Placement::Shard);
    assert!(matches!(fault(Walk::default(), &other), Cause::State(_)));
    let longer = Walk { q: 9, ..Walk::default() };
    assert!(matches!(
        fault(longer, &options(3, 1, Placement::Shard)),
        Cause::State(_) | Cause::Length { .. }
    ));
    let mut damaged = snapshot.encode().expect("a small snapshot");
    damaged.pop();
    assert!(Snapshot::decode(&damaged, Walk::default().kinds()).is_err());
}

/// Records a run, or goes on recording it.
fn recorded(walk: Walk, options: &Options, path: &Path, level: Level, after: usize) -> Vec<Snapshot> {
    let sink = match options.resume.as_ref().map(|snapshot| snapshot.trace.expect("a trace's place")) {
        None => TraceFile::create(made(path), &head(&walk, options, level)),
        Some(position) => {
            let file = std::fs::File::options().read(true).write(true).open(path).expect("a file");
            TraceFile::resume(file, position.bytes, position.records)
        }
    };
    let position = options.resume.as_ref().and_then(|snapshot| snapshot.trace);
    let recorder =
        TraceRecorder::resume(level, Kept::Everyone, sink.expect("a file"), position).expect("a thread");
    let recorder = recorder.with_snapshots(SNAPSHOT_ROUNDS);
    let traced = Options { tracer: Some(recorder.tracer()), ..options.clone() };
    let (outcome, snapshots) = run(walk, &traced, after);
    drop(traced);
    let (sink, done) = recorder.finish(&outcome);
    done.expect("the disk takes everything");
    sink.finish().expect("the disk takes everything");
    snapshots
}

#[test]
fn the_trace_of_a_run_that_was_taken_up_again_is_that_of_one_that_was_not() {
    let directory = std::env::temp_dir().join(format!("dpac-resumption-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    let (whole, parted) = (directory.join("whole.dpt"), directory.join("parted.dpt"));
    let walk = Walk::default();
    for level in Level::ALL {
        let plain = options(5, 2, Placement::Shard);
        recorded(walk, &plain, &whole, level, usize::MAX);
        let reference = std::fs::read(&whole).expect("the trace");
        // After the eighth barrier, the one that the run stops at is one after which the trace has a
        // snapshot of its own.
        for after in [1, 4, 8, 9] {
            let snapshots = recorded(walk, &plain, &parted, level, after);
            assert_ne!(std::fs::read(&parted).expect("the trace"), reference);
            recorded(walk, &resumed(&walk, &plain, &snapshots[0]), &parted, level, usize::MAX);
            assert!(std::fs::read(&parted).expect("the trace") == reference, "{level:?}, after {after}");
        }
    }
    std::fs::remove_dir_all(&directory).expect("the directory");
}
