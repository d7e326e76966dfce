//! Observers are told of everything in one order, the same on any number of threads, and change nothing but
//! the end.

use crate::staged::{Bits, PLACEMENTS, bits, finished, options};
use crate::traces::{head, made};
use crate::walk::Walk;
use dpac_actors::host::{
    self, Backlog, Measures, Observer, Observers, Options, Placement, RoundMeasured, SnapshotPlan,
};
use dpac_actors::roles::{BarrierEnded, Dispatch};
use dpac_actors::trace::{Kept, Level, TraceFile, TraceRecorder};
use dpac_actors::{Address, Algorithm, Cause, Ended, Ledger, Milestone, Place, Snapshot, block_count};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What an observer of somebody's own was told; the ledgers are those that a function of the configuration
/// come with.
#[derive(Clone, Debug, PartialEq)]
enum Told {
    Begun(u32),
    Folding,
    Folded,
    Barrier(BarrierEnded, Ledger),
    Snapshot(Snapshot),
    Round(u32, Vec<Bits>, Ledger),
    TraceBytes,
    Ended(Option<Vec<Bits>>, Ledger),
}

/// What several observers were told, in the order in which they were: the number of each with it.
type Log = Arc<Mutex<Vec<(usize, Told)>>>;

/// An observer of somebody's own: it writes down what it is told.
struct Scribe {
    number: usize,
    log: Log,
    /// The snapshots themselves, not copies of them.
    snapshots: Arc<Mutex<Vec<Arc<Snapshot>>>>,
}

impl Scribe {
    fn new(number: usize, log: &Log) -> Self {
        Scribe { number, log: Arc::clone(log), snapshots: Arc::default() }
    }

    fn write(&self, told: Told) {
        self.log.lock().expect("nobody panics").push((self.number, told));
    }
}

impl Observer for Scribe {
    fn begun(&mut self, options: &Options) {
        self.write(Told::Begun(options.clients));
    }

    fn folding(&mut self) {
        self.write(Told::Folding);
    }

    fn folded(&mut self, _: &Ledger, backlog: &Backlog<'_>) {
        assert!(!backlog.loads.is_empty());
        self.write(Told::Folded);
    }

    fn barrier_closed(&mut self, ended: &BarrierEnded, ledger: &Ledger) {
        self.write(Told::Barrier(*ended, ledger.clone()));
    }

    fn snapshot(&mut self, snapshot: &Arc<Snapshot>) {
        self.snapshots.lock().expect("nobody panics").push(Arc::clone(snapshot));
        self.write(Told::Snapshot(Snapshot::clone(snapshot)));
    }

    fn round_ended(&mut self, milestone: &Milestone, ledger: &Ledger) {
        self.write(Told::Round(milestone.round, bits(&milestone.vectors), ledger.clone()));
    }

    fn trace_bytes(&mut self, _: u64) {
        self.write(Told::TraceBytes);
    }

    fn ended(&mut self, outcome: &host::Result) {
        let outcome = outcome.as_ref().expect("no fault");
        self.write(Told::Ended(outcome.results.as_deref().map(bits), outcome.ledger.clone()));
    }
}

fn run(walk: Walk, options: &Options, observers: Observers) -> host::Result {
    let algorithm: Arc<dyn Algorithm> = Arc::new(walk);
    host::run(&algorithm, options, observers)
}

/// What one observer is told of a walk.
fn told(walk: Walk, options: &Options) -> Vec<Told> {
    let log = Log::default();
    run(walk, options, Observers::default().with(Scribe::new(0, &log))).expect("no fault");
    let log = log.lock().expect("nobody panics");
    log.iter().map(|(_, told)| told.clone()).collect()
}

/// A snapshot after every second round.
fn with_snapshots(options: Options) -> Options {
    let plan = SnapshotPlan { every_rounds: 2, every: Duration::MAX };
    Options { snapshots: Some(plan), ..options }
}

/// Letters for what is told, so that an order can be read.
fn letters(told: &[Told]) -> String {
    let letter = |told: &Told| match told {
        Told::Begun(_) => 'b',
        Told::Folding => '(',
        Told::Folded => ')',
        Told::TraceBytes => 't',
        Told::Barrier(..) => '|',
        Told::Snapshot(_) => 's',
        Told::Round(..) => 'r',
        Told::Ended(..) => 'e',
    };
    told.iter().map(letter).collect()
}

/// Three rounds of four barriers, with a snapshot after the first barrier of round 2. 70 clients are 35
/// blocks.
#[test]
fn an_observer_of_ones_own_is_told_the_same_in_the_same_order_on_any_number_of_threads() {
    for placement in PLACEMENTS {
        let reference = told(Walk::default(), &with_snapshots(options(70, 1, placement)));
        let folds = match placement {
            Placement::Shard => block_count(70),
            Placement::Role => 70,
        };
        let barrier = "()".repeat(folds as usize) + "|";
        let round = barrier.repeat(4) + "r";
        let last = format!("{barrier}s{}r", barrier.repeat(3));
        assert_eq!(letters(&reference), format!("b{round}{round}{last}e"), "{placement:?}");
        for threads in [2, 5] {
            let found = told(Walk::default(), &with_snapshots(options(70, threads, placement)));
            assert!(found == reference, "{threads} threads, {placement:?}");
        }
    }
}

#[test]
fn both_placements_tell_of_the_same_barriers_snapshots_and_rounds() {
    let of = |placement| {
        let told = told(Walk::default(), &with_snapshots(options(70, 2, placement)));
        told.into_iter().filter(|told| !matches!(told, Told::Folding | Told::Folded)).collect::<Vec<_>>()
    };
    let [shard, role] = PLACEMENTS.map(of);
    assert_eq!(letters(&shard), "b||||r||||r|s|||re");
    assert!(shard == role);
}

#[test]
fn two_observers_are_told_the_same_one_after_the_other() {
    let log = Log::default();
    let (first, second) = (Scribe::new(0, &log), Scribe::new(1, &log));
    let snapshots = [Arc::clone(&first.snapshots), Arc::clone(&second.snapshots)];
    // A list in a list is told in its place.
    let observers = Observers::default().with(first).with(Observers::default().with(second));
    run(Walk::default(), &with_snapshots(options(70, 2, Placement::Shard)), observers).expect("no fault");
    let log = log.lock().expect("nobody panics");
    assert!(!log.is_empty());
    for pair in log.chunks(2) {
        let [(first, told), (second, also)] = pair else {
            panic!("one was told, the other was not: {pair:?}")
        };
        assert_eq!((first, second), (&0, &1));
        assert_eq!(told, also);
    }
    // They are shown one snapshot, not a copy each.
    let [one, other] = snapshots.map(|snapshots| snapshots.lock().expect("nobody panics").clone());
    assert_eq!(one.len(), 1);
    assert!(Arc::ptr_eq(&one[0], &other[0]));
}

/// Asks for the end when a round is over.
struct EarlyStop {
    round: u32,
    stop: Option<Arc<AtomicBool>>,
}

impl Observer for EarlyStop {
    fn begun(&mut self, options: &Options) {
        self.stop = Some(Arc::clone(&options.stop));
    }

    fn round_ended(&mut self, milestone: &Milestone, _: &Ledger) {
        if milestone.round == self.round {
            self.stop.as_ref().expect("it was told of the beginning").store(true, Ordering::Relaxed);
        }
    }
}

#[test]
fn a_run_ends_where_an_observer_has_asked_for_it_on_any_number_of_threads() {
    for placement in PLACEMENTS {
        for snapshots in [false, true] {
            let stopped = |threads| {
                let options = options(70, threads, placement);
                let options = if snapshots { with_snapshots(options) } else { options };
                let log = Log::default();
                let stop = EarlyStop { round: 1, stop: None };
                let observers = Observers::default().with(stop).with(Scribe::new(0, &log));
                let outcome = run(Walk { rounds: 9, ..Walk::default() }, &options, observers);
                assert!(outcome.expect("to stop is no fault").results.is_none());
                let log = log.lock().expect("nobody panics");
                log.iter().map(|(_, told)| told.clone()).collect::<Vec<_>>()
            };
            let reference = stopped(1);
            let order = letters(&reference).replace(['(', ')'], "");
            // Where snapshots are kept, the run goes to the next barrier, after which there is one.
            let expected = if snapshots { "b||||r||||r|se" } else { "b||||r||||re" };
            assert_eq!(order, expected, "{placement:?}");
            for threads in [2, 5] {
                assert!(stopped(threads) == reference, "{threads} threads, {placement:?}");
            }
        }
    }
}

#[test]
fn observers_change_no_result() {
    for placement in PLACEMENTS {
        let options = with_snapshots(options(70, 2, placement));
        let reference = finished(Walk::default(), &options);
        let unwatched = run(Walk::default(), &options, Observers::default()).expect("no fault");
        assert_eq!(bits(&unwatched.results.expect("nobody stops it")), reference.results);
        assert_eq!(unwatched.ledger, reference.ledger);
    }
}

/// Panics when it is told of a barrier, or of the end.
struct Panics {
    at_end: bool,
}

impl Observer for Panics {
    fn barrier_closed(&mut self, _: &BarrierEnded, _: &Ledger) {
        assert!(self.at_end, "an observer's mistake");
    }

    fn ended(&mut self, _: &host::Result) {
        assert!(!self.at_end, "an observer's mistake");
    }
}

/// Counts the ends that it is told of, by how they were.
#[derive(Clone, Default)]
struct Ends(Arc<Mutex<Vec<Result<(), Address>>>>);

impl Observer for Ends {
    fn ended(&mut self, outcome: &host::Result) {
        let end = outcome.as_ref().map(|_| ()).map_err(|fault| fault.role);
        self.0.lock().expect("nobody panics").push(end);
    }
}

#[test]
fn a_panic_of_an_observer_is_a_fault_and_the_others_are_told_of_the_end_once() {
    for placement in PLACEMENTS {
        for (at_end, told) in [(false, Err(Address::Server)), (true, Ok(()))] {
            let ends = Ends::default();
            let observers = Observers::default().with(ends.clone()).with(Panics { at_end });
            let fault = run(Walk::default(), &options(70, 2, placement), observers).expect_err("a fault");
            assert_eq!(fault.role, Address::Server);
            assert!(
                matches!(&fault.cause, Cause::Panic(what) if what.contains("an observer's mistake")),
                "{fault}"
            );
            assert_eq!(ends.0.lock().expect("nobody panics")[..], [told], "{placement:?}");
        }
    }
}

#[test]
fn a_fault_of_a_role_is_told_once() {
    for placement in PLACEMENTS {
        let ends = Ends::default();
        let walk = Walk { slip: Some(crate::walk::Slip::StepsPanic), ..Walk::default() };
        let fault = run(walk, &options(70, 2, placement), Observers::default().with(ends.clone()));
        let role = fault.expect_err("a fault").role;
        assert_eq!(ends.0.lock().expect("nobody panics")[..], [Err(role)]);
    }
}

/// Keeps the bytes that it was told of.
#[derive(Clone, Default)]
struct Bytes(Arc<Mutex<Vec<u64>>>);

impl Observer for Bytes {
    fn trace_bytes(&mut self, bytes: u64) {
        self.0.lock().expect("nobody panics").push(bytes);
    }
}

#[test]
fn the_bytes_of_a_traces_records_are_told_as_they_grow_and_are_those_of_its_file() {
    let directory = std::env::temp_dir().join(format!("dpac-observing-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    let (path, walk, plain) =
        (directory.join("trace.dpt"), Walk::default(), options(70, 2, Placement::Shard));
    let sink = TraceFile::create(made(&path), &head(&walk, &plain, Level::Full)).expect("a file");
    let head_bytes = sink.head_bytes();
    let recorder = TraceRecorder::start(Level::Full, Kept::Everyone, sink).expect("a thread");
    let tracer = recorder.tracer();
    let traced = Options { tracer: Some(recorder.tracer()), ..plain };
    let bytes = Bytes::default();
    let outcome = run(walk, &traced, Observers::default().with(bytes.clone()));
    drop(traced);
    let (sink, recorded) = recorder.finish(&outcome);
    recorded.expect("the disk takes everything");
    // The sink's own index and footer come behind the run's records.
    let length = std::fs::metadata(&path).expect("the trace").len();
    sink.finish().expect("the disk takes everything");
    let told = bytes.0.lock().expect("nobody panics").clone();
    assert_eq!(told.len(), 12 * block_count(70) as usize);
    assert!(told.is_sorted() && told.last().is_some_and(|&last| last <= tracer.bytes()), "{told:?}");
    assert_eq!(head_bytes + tracer.bytes(), length);
    std::fs::remove_dir_all(&directory).expect("the directory");
}

/// What waits for the observers of a list is the sum, and numbers are found by their names.
#[test]
fn a_list_passes_on_what_is_measured_and_adds_up_what_waits() {
    #[derive(Clone, Default)]
    struct Behind(Arc<Mutex<Vec<String>>>);
    impl Observer for Behind {
        fn round_measured(&mut self, round: &RoundMeasured<'_>) {
            let loss = round.measures.get("loss");
            self.0.lock().expect("nobody panics").push(format!("round {} {loss:?}", round.round));
        }
        fn run_measured(&mut self, measures: &Measures<'_>) {
            self.0.lock().expect("nobody panics").push(format!("run {:?}", measures.get("loss")));
        }
        fn checkpoint_written(&mut self) {
            self.0.lock().expect("nobody panics").push("checkpoint".to_owned());
        }
        fn judged(&mut self, status: &str) {
            self.0.lock().expect("nobody panics").push(status.to_owned());
        }
        fn waiting(&self) -> usize {
            self.0.lock().expect("nobody panics").len()
        }
    }
    let (one, other) = (Behind::default(), Behind::default());
    let mut observers = Observers::from(vec![Box::new(one.clone()) as Box<dyn Observer>, Box::new(other)]);
    let ledger = Ledger::new(Arc::new([]));
    let measures = Measures(&[("gain", 1.0), ("loss", 0.5)]);
    let round = RoundMeasured { round: 3, vectors: &[], ledger: &ledger, seconds: 0.0, measures };
    observers.round_measured(&round);
    observers.checkpoint_written();
    observers.run_measured(&Measures(&[]));
    observers.judged("complete");
    let told = ["round 3 Some(0.5)", "checkpoint", "run None", "complete"];
    assert_eq!(one.0.lock().expect("nobody panics")[..], told);
    assert_eq!(observers.waiting(), 8);
}

/// What a barrier came to, and the barrier that the turn behind it opens.
type Opened = (Option<Ended>, Option<Place>);

/// An observer that asks for turns, or does not.
struct Turns {
    asks: bool,
    opened: Arc<Mutex<Vec<Opened>>>,
}

impl Observer for Turns {
    fn asks_for_turns(&self) -> bool {
        self.asks
    }

    fn turn_opened(&mut self, ended: Option<&Ended>, turn: &Arc<Dispatch>) {
        let opens = turn.barrier().map(|barrier| barrier.asked.place);
        self.opened.lock().expect("nobody panics").push((ended.cloned(), opens));
    }
}

#[test]
fn turns_are_told_to_those_who_ask_with_all_that_their_barriers_came_to() {
    for placement in PLACEMENTS {
        let turns = |options: &Options| {
            let [asked, other] = [(); 2].map(|()| Arc::new(Mutex::new(Vec::new())));
            let observers = Observers::default()
                .with(Turns { asks: false, opened: Arc::clone(&other) })
                .with(Turns { asks: true, opened: Arc::clone(&asked) });
            run(Walk::default(), options, observers).expect("no fault");
            assert!(other.lock().expect("nobody panics").is_empty());
            asked.lock().expect("nobody panics").clone()
        };
        let reference = turns(&options(70, 1, placement));
        assert_eq!(reference.len(), 13, "the beginning, and three rounds of four barriers");
        assert!(reference[0].0.is_none() && reference[12].1.is_none());
        for pair in reference.windows(2) {
            let ended = pair[1].0.as_ref().expect("a barrier");
            assert_eq!((pair[0].1, ended.replies), (Some(ended.place), 70));
        }
        assert!(turns(&options(70, 5, placement)) == reference, "{placement:?}");
        // Behind a snapshot of the ninth barrier the turn after it is told again.
        let scribe = Scribe::new(0, &Log::default());
        let snapshots = Arc::clone(&scribe.snapshots);
        let whole = with_snapshots(options(70, 2, placement));
        run(Walk::default(), &whole, Observers::default().with(scribe)).expect("no fault");
        let snapshot = snapshots.lock().expect("nobody panics").first().cloned();
        let again = turns(&Options { resume: snapshot, ..options(70, 2, placement) });
        assert!(again == reference[9..], "{placement:?}");
    }
}
