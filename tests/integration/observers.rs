//! An observer of somebody's own is told what a run does and what its directory holds, and changes none of
//! it.

use crate::whole_run::{WholeRun, resolved, run_observed, run_resolved};
use dpac::experiment::{RunObservers, RunOptions, TraceOptions, has_checkpoint};
use dpac::monitoring::measures;
use dpac_actors::host::{self, Measures, Observer, Observers, Options, RoundMeasured};
use dpac_actors::roles::BarrierEnded;
use dpac_actors::trace::format::op;
use dpac_actors::trace::{Kept, Level, RawReader};
use dpac_actors::{Ledger, Milestone, Snapshot};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Four rounds of three barriers of the actors and one of the critics; a checkpoint in each round but the
/// first.
const SIZES: &str = r#"
problem = { builtin = "toggle", horizon = 2 }
algorithm = "dpac"
federation.clients = 5
critic = { rounds = 1, local_steps = 4, features = { kind = "history" } }
actor = { rounds = 4, local_steps = 7, sync_interval = 3 }
"#;

/// What an observer was told, by a word and a number.
type Log = Arc<Mutex<Vec<(String, Option<f64>)>>>;

#[derive(Clone, Default)]
struct Watcher {
    log: Log,
    /// Where a checkpoint is to be when one is told of.
    directory: Option<PathBuf>,
}

impl Watcher {
    fn write(&self, what: impl Into<String>, number: Option<f64>) {
        self.log.lock().expect("nobody panics").push((what.into(), number));
    }

    fn told(&self) -> Vec<(String, Option<f64>)> {
        self.log.lock().expect("nobody panics").clone()
    }

    /// The numbers that came with this word.
    fn numbers(&self, word: &str) -> Vec<Option<f64>> {
        let told = self.told();
        told.into_iter().filter(|(what, _)| what == word).map(|(_, number)| number).collect()
    }
}

impl Observer for Watcher {
    fn begun(&mut self, _: &Options) {
        self.write("begun", None);
    }

    fn barrier_closed(&mut self, _: &BarrierEnded, _: &Ledger) {
        self.write("barrier", None);
    }

    fn snapshot(&mut self, _: &Arc<Snapshot>) {
        self.write("snapshot", None);
    }

    fn round_ended(&mut self, milestone: &Milestone, _: &Ledger) {
        self.write("round", Some(f64::from(milestone.round)));
    }

    fn trace_bytes(&mut self, bytes: u64) {
        self.write("trace", Some(bytes as f64));
    }

    fn ended(&mut self, outcome: &host::Result) {
        let steps = outcome.as_ref().map(|outcome| outcome.ledger.broadcasts() as f64);
        self.write("ended", steps.ok());
    }

    fn round_measured(&mut self, round: &RoundMeasured<'_>) {
        self.write("measured", Some(f64::from(round.round)));
        self.write("value", round.measures.get(measures::VALUE));
        self.write("error", round.measures.get(measures::BELLMAN_ERROR));
        self.write("broadcasts", Some(round.ledger.broadcasts() as f64));
    }

    fn run_measured(&mut self, measures: &Measures<'_>) {
        for &(name, value) in measures.0 {
            self.write(format!("run's {name}"), Some(value));
        }
    }

    fn checkpoint_written(&mut self) {
        let stands = self.directory.as_deref().is_some_and(has_checkpoint);
        self.write("checkpoint", Some(f64::from(u8::from(stands))));
    }

    fn judged(&mut self, status: &str) {
        self.write(status, None);
    }
}

/// A run that two watch, one from each place.
fn watched(change: impl FnOnce(&mut RunOptions)) -> (WholeRun, Watcher, Watcher) {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let directory = scratch.path().join("watched");
    let (live, behind) =
        (Watcher::default(), Watcher { directory: Some(directory.clone()), ..Watcher::default() });
    let observers = RunObservers {
        live: Observers::default().with(live.clone()),
        behind: Observers::default().with(behind.clone()),
    };
    let run = run_observed(resolved(SIZES, &[]), observers, |options| {
        change(options);
        options.directory = directory;
    });
    (run.keeping(scratch), live, behind)
}

#[test]
fn who_watches_live_is_told_of_every_barrier_snapshot_and_round_and_changes_nothing() {
    let unwatched = run_resolved(resolved(SIZES, &[]), |_| {});
    for threads in [1, 2, 5] {
        let (run, live, _) = watched(|options| options.threads = threads);
        assert_eq!(run.digest(), unwatched.digest());
        let words: Vec<String> = live.told().into_iter().map(|(word, _)| word).collect();
        let round = ["barrier"; 4].into_iter().chain(["round"]);
        let later = ["barrier", "snapshot", "barrier", "barrier", "barrier", "round"];
        let expected: Vec<&str> =
            ["begun"].into_iter().chain(round).chain([later; 3].concat()).chain(["ended"]).collect();
        assert_eq!(words, expected, "{threads} threads");
    }
}

#[test]
fn who_watches_from_behind_is_told_what_the_run_directory_holds() {
    let (run, _, behind) = watched(|options| options.optimum_early = true);
    let lines = run.rounds();
    let of_lines = |key: &str| lines.iter().map(|line| line[key].as_f64()).collect::<Vec<_>>();
    assert_eq!(behind.numbers("measured"), of_lines("round"));
    assert_eq!(behind.numbers("value"), of_lines("value"));
    assert_eq!(behind.numbers("error"), of_lines("bellman_error"));
    assert_eq!(behind.numbers("broadcasts"), of_lines("broadcasts"));
    assert!(of_lines("value").iter().all(Option::is_some) && lines.len() == 4);
    // A checkpoint stands when it is told of.
    assert_eq!(behind.numbers("checkpoint"), [Some(1.0); 3]);
    let summary = run.summary_json();
    let value = |key: &str| summary["value"][key].as_f64();
    assert_eq!(behind.numbers("run's value"), [value("last")]);
    assert_eq!(behind.numbers("run's optimum"), [value("optimum")]);
    assert!(value("last").is_some() && value("optimum").is_some());
    // The judgement comes after all rounds, and before the values that take their time.
    let words: Vec<String> = behind.told().into_iter().map(|(word, _)| word).collect();
    let at = |word: &str| words.iter().rposition(|told| told == word).unwrap_or_else(|| panic!("no {word}"));
    assert!(at("measured") < at("complete") && at("complete") < at("run's value"), "{words:?}");
}

/// The bytes of a trace's records, from behind its head to the run's end; an index and a footer follow.
fn record_bytes(path: &Path) -> u64 {
    let mut records = RawReader::open(std::fs::File::open(path).expect("a trace")).expect("a trace");
    let mut head = None;
    while let Some(record) = records.next_record().expect("a record") {
        let head = *head.get_or_insert(records.offset());
        if record.op == op::END {
            return records.offset() - head;
        }
    }
    panic!("a trace without an end");
}

#[test]
fn both_are_told_of_the_bytes_of_a_traces_records_and_the_last_ones_are_those_of_its_file() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let path = scratch.path().join("run.dpt");
    let trace = TraceOptions { path: path.clone(), level: Level::Full, kept: Kept::Everyone };
    let (_, live, behind) = watched(|options| options.trace = Some(trace));
    let (grown, last) = (live.numbers("trace"), behind.numbers("trace"));
    assert!(!grown.is_empty() && grown.is_sorted(), "{grown:?}");
    assert_eq!(last, [Some(record_bytes(&path) as f64)]);
    assert!(grown.last() <= last.last());
}

/// Asks for the end when a round's value is told.
struct GoodEnough {
    stop: Arc<AtomicBool>,
}

impl Observer for GoodEnough {
    fn round_measured(&mut self, _: &RoundMeasured<'_>) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_run_that_an_observer_has_ended_is_interrupted_and_can_be_gone_on_with() {
    let stop = Arc::new(AtomicBool::new(false));
    let observers = RunObservers {
        behind: Observers::default().with(GoodEnough { stop: Arc::clone(&stop) }),
        ..RunObservers::default()
    };
    let long = resolved(SIZES, &["actor.rounds=20000"]);
    let run = run_observed(long, observers, |options| options.stop = stop);
    let summary: Value = run.summary_json();
    assert_eq!(summary["status"], "interrupted", "{}", summary["error"]);
    assert!(has_checkpoint(&run.directory));
}
