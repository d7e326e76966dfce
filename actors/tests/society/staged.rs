//! Runs under a watchdog, with everything that was seen.

use dpac_actors::host::{self, Observer, Observers, Options, Outcome, Placement};
use dpac_actors::roles::BarrierEnded;
use dpac_actors::{Algorithm, Fault, Ledger, Milestone, Named};
use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

/// An algorithm for tests.
pub(crate) trait Toy: Algorithm + Copy + Debug + 'static {}

impl<T: Algorithm + Copy + Debug + 'static> Toy for T {}

pub(crate) const PLACEMENTS: [Placement; 2] = [Placement::Shard, Placement::Role];

/// What an observer saw; the ledger is the one that it was shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seen {
    Barrier(BarrierEnded, Ledger),
    Round(u32, Vec<Bits>, Ledger),
}

/// A named vector, bit by bit.
pub(crate) type Bits = (&'static str, Vec<u64>);

pub(crate) fn bits(vectors: &[Named]) -> Vec<Bits> {
    vectors
        .iter()
        .map(|named| (named.name, named.values.iter().map(|value| value.to_bits()).collect()))
        .collect()
}

struct Watcher {
    seen: Arc<Mutex<Vec<Seen>>>,
    /// Barriers after which the watcher asks for the end.
    stop: Option<(usize, Arc<AtomicBool>)>,
}

impl Observer for Watcher {
    fn barrier_closed(&mut self, ended: &BarrierEnded, ledger: &Ledger) {
        let mut seen = self.seen.lock().expect("a watcher does not panic");
        seen.push(Seen::Barrier(*ended, ledger.clone()));
        let barriers = seen.iter().filter(|seen| matches!(seen, Seen::Barrier(..))).count();
        if let Some((_, stop)) = self.stop.as_ref().filter(|(after, _)| *after == barriers) {
            stop.store(true, Ordering::Relaxed);
        }
    }

    fn round_ended(&mut self, milestone: &Milestone, ledger: &Ledger) {
        let seen = Seen::Round(milestone.round, bits(&milestone.vectors), ledger.clone());
        self.seen.lock().expect("a watcher does not panic").push(seen);
    }
}

pub(crate) fn options(clients: u32, threads: usize, placement: Placement) -> Options {
    Options { placement, ..Options::new(clients, threads, 7) }
}

/// Runs an algorithm; a run that does not end is a failure, not a test that hangs.
pub(crate) fn run(algorithm: impl Toy, options: &Options) -> (host::Result, Vec<Seen>) {
    run_and_stop(algorithm, options, None)
}

/// Runs an algorithm and sets the flag when so many barriers have closed.
pub(crate) fn run_and_stop(
    algorithm: impl Toy,
    options: &Options,
    after: Option<usize>,
) -> (host::Result, Vec<Seen>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let stop = after.map(|after| (after, Arc::clone(&options.stop)));
    let observers = Observers::default().with(Watcher { seen: Arc::clone(&seen), stop });
    let (done, result) = mpsc::channel();
    let run = options.clone();
    let runner = std::thread::spawn(move || {
        let algorithm: Arc<dyn Algorithm> = Arc::new(algorithm);
        let _ = done.send(host::run(&algorithm, &run, observers));
    });
    let result = result.recv_timeout(Duration::from_secs(60));
    let result = result.unwrap_or_else(|error| panic!("{error}: {algorithm:?} {options:?}"));
    runner.join().expect("the runner has sent its result");
    let seen = seen.lock().expect("the watcher is done").clone();
    (result, seen)
}

/// Everything that a run without a fault gives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Finished {
    pub(crate) results: Vec<Bits>,
    pub(crate) ledger: Ledger,
    pub(crate) seen: Vec<Seen>,
}

pub(crate) fn finished(algorithm: impl Toy, options: &Options) -> Finished {
    let (result, seen) = run(algorithm, options);
    let Outcome { results, ledger } =
        result.unwrap_or_else(|fault| panic!("{fault}: {algorithm:?} {options:?}"));
    Finished { results: bits(&results.expect("nobody stopped the run")), ledger, seen }
}

pub(crate) fn fault(algorithm: impl Toy, options: &Options) -> Fault {
    run(algorithm, options).0.map(drop).expect_err("the run should have ended with a fault")
}
