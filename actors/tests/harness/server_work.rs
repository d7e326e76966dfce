//! What a server does that costs is counted by name, recorded, recounted, compared when a trace is replayed,
//! and gone on with.

use dpac_actors::host::{self, Observer, Observers, Options, SnapshotPlan};
use dpac_actors::trace::format::{Chunk, PlainBody, ServerWork, op};
use dpac_actors::trace::{Kept, Level, Memory, TraceRecorder};
use dpac_actors::*;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const KINDS: [Kind; 2] =
    [Kind::up("found", Phase::Actor, &["x"]), Kind::down("ask", Phase::Actor, &["x"]).answered_by(0)];

const NAMES: &[&str] = &["nodes", "regressions"];
const ROUNDS: u32 = 4;

/// How the server counts what it does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counting {
    /// 100 nodes at the beginning, and after the barrier of round r 10 nodes and r regressions.
    Right,
    /// It also counts what coordinators have done since the program began.
    Remembers,
    /// It counts what has no name.
    Unnamed,
}

static EVER: AtomicU64 = AtomicU64::new(0);

struct Server {
    counting: Counting,
    round: u32,
    x: f64,
}

impl Server {
    fn turn(&self) -> Turn {
        let x = || vec![Named::new("x", [self.x])];
        if self.round == ROUNDS {
            return Turn::finish(x());
        }
        let order = Order { first_step: 0, steps: 1, step_size: StepSize::constant(1.0) };
        Turn::work(Work::mean(Message::new(1, self.round, 0, x()), order))
    }
}

impl Coordinator for Server {
    fn start(&mut self) -> Result<Turn, Cause> {
        Ok(self.turn().after(&[100]))
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        self.x = ended.aggregate[0][0];
        let done = match self.counting {
            Counting::Right => vec![10, u64::from(self.round)],
            Counting::Remembers => vec![10, EVER.fetch_add(1, Ordering::Relaxed)],
            Counting::Unnamed => vec![10, 0, 1],
        };
        self.round += 1;
        let milestone = Milestone { round: self.round - 1, vectors: vec![Named::new("x", [self.x])] };
        Ok(self.turn().with(milestone).after(&done))
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        state.integer(&mut self.round)?;
        state.number(&mut self.x)
    }
}

struct Client(f64);

impl Learner for Client {
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        self.0 = broadcast.vectors[0].values[0];
        Ok(())
    }

    fn steps(&mut self, job: &Job<'_>, _: &mut [f64], _: &mut Generator, reply: &mut Reply) -> Effort {
        reply.copy_of(0, &[self.0 + f64::from(job.client)]);
        Effort { local_steps: job.order.steps, ..Effort::default() }
    }
}

fn algorithm(counting: Counting) -> Arc<dyn Algorithm> {
    let server = move || Server { counting, round: 0, x: 0.0 };
    Arc::new(Bundle::new("working", &KINDS, server, || Client(0.0)).with_server_work(NAMES))
}

/// 100 at the beginning, 10 after each of four barriers; 0 + 1 + 2 + 3.
const DONE: [(&str, u64); 2] = [("nodes", 140), ("regressions", 6)];

#[test]
fn the_servers_work_is_counted_by_name_and_is_no_communication() {
    let outcome = Harness::from(algorithm(Counting::Right)).clients(3).check().expect("it keeps the rules");
    assert_eq!(outcome.ledger.server_work(), DONE);
    let all = outcome.ledger.total(Link::Wire, |_| true);
    assert_eq!((all.messages, all.floats), (2 * 3 * 4, 2 * 3 * 4));
}

#[test]
fn a_trace_of_any_level_tells_the_servers_work_before_the_messages_of_each_turn() {
    for level in Level::ALL {
        let recorder = TraceRecorder::start(level, Kept::Everyone, Memory::default()).expect("a thread");
        let options = Options { tracer: Some(recorder.tracer()), ..Options::new(3, 2, 0) };
        let outcome = host::run(&algorithm(Counting::Right), &options, Observers::default());
        let (memory, done) = recorder.finish(&outcome);
        done.expect("memory takes all");
        let mut turns = Vec::new();
        let mut sums = [0; 2];
        for (place, (op, body)) in memory.records.iter().enumerate() {
            if *op != op::SERVER_WORK {
                continue;
            }
            let work = ServerWork::decode(body).expect("its own body");
            for ((name, done), (sum, expected)) in work.done.iter().zip(sums.iter_mut().zip(NAMES)) {
                assert_eq!(name, expected);
                *sum += done;
            }
            let chunks = memory.records[..place].iter().filter(|(op, _)| *op == op::CHUNK);
            let chunks = chunks.map(|(_, body)| Chunk::decode(body).expect("its own body").turn);
            assert!(chunks.max().unwrap_or(0) < work.turn, "{level:?}");
            turns.push(work.turn);
        }
        assert_eq!(turns, [1, 2, 3, 4, 5], "{level:?}");
        assert_eq!(sums, DONE.map(|(_, done)| done), "{level:?}");
    }
}

/// Keeps every snapshot.
#[derive(Clone, Default)]
struct Keeper(Arc<Mutex<Vec<Arc<Snapshot>>>>);

impl Observer for Keeper {
    fn snapshot(&mut self, snapshot: &Arc<Snapshot>) {
        self.0.lock().expect("nobody panics").push(Arc::clone(snapshot));
    }
}

#[test]
fn a_run_that_is_taken_up_goes_on_with_what_the_server_had_done() {
    let keeper = Keeper::default();
    let plan = SnapshotPlan { every_rounds: 1, every: Duration::MAX };
    let options = Options { snapshots: Some(plan), ..Options::new(3, 1, 0) };
    let algorithm = algorithm(Counting::Right);
    let whole = host::run(&algorithm, &options, Observers::default().with(keeper.clone())).expect("no fault");
    let snapshots = keeper.0.lock().expect("nobody panics").clone();
    assert_eq!(snapshots.len() as u32, ROUNDS - 1, "one after each barrier but the first");
    for snapshot in snapshots {
        let bytes = snapshot.encode().expect("a small snapshot");
        let read = Snapshot::decode(&bytes, &KINDS).expect("a snapshot");
        assert_eq!(read, *snapshot);
        let options = Options { resume: Some(Arc::new(read.clone())), ..Options::new(3, 1, 0) };
        let found = host::run(&algorithm, &options, Observers::default()).expect("no fault");
        assert_eq!((found.results, found.ledger), (whole.results.clone(), whole.ledger.clone()));
        // Of an algorithm that counts other work it is no snapshot.
        let other = Snapshot { server_work: vec![1], ..read };
        let options = Options { resume: Some(Arc::new(other)), ..Options::new(3, 1, 0) };
        let refused = host::run(&algorithm, &options, Observers::default()).expect_err("it does not fit");
        assert!(matches!(refused.cause, Cause::State(_)), "{refused}");
    }
}

#[test]
fn a_server_that_does_other_work_when_it_is_run_again_is_told_which() {
    let error =
        Harness::from(algorithm(Counting::Remembers)).check().expect_err("it counts what it should not");
    assert!(error.to_string().contains("the server's work: 10 nodes, "), "{error}");
}

#[test]
fn work_without_a_name_is_a_fault() {
    let error = Harness::from(algorithm(Counting::Unnamed)).run().expect_err("it has two names");
    assert!(error.to_string().contains("3 sorts of the server's work"), "{error}");
}
