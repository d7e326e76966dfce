//! Lines of `rounds.jsonl` can be few: those that are there are as they were, and what was run is the same.

use super::{DPAC, read};
use crate::whole_run::{WholeRun, resolved, run_resolved};
use dpac::algorithm::Registry;
use dpac::config::Loaded;
use dpac::experiment::{Files, Prepared, RunDirectory, read_history};
use serde_json::Value;

fn thinned(every: u32) -> WholeRun {
    run_resolved(resolved(DPAC, &[&format!("output.log_every={every}")]), |_| {})
}

#[test]
fn thinned_run_has_the_lines_of_every_so_many_rounds_and_the_last() {
    let full = run_resolved(resolved(DPAC, &[]), |_| {});
    let without_time = |mut line: Value| {
        line.as_object_mut().expect("an object").remove("seconds");
        line
    };
    let all: Vec<Value> = full.lines("rounds.jsonl").into_iter().map(without_time).collect();
    assert_eq!(all.len(), 8, "seven rounds, and the last line");
    for (every, rounds) in [(3, vec![0, 3, 6, 7]), (5, vec![0, 5, 7]), (100, vec![0, 7]), (0, vec![7])] {
        let run = thinned(every);
        let lines: Vec<Value> = run.lines("rounds.jsonl").into_iter().map(without_time).collect();
        let expected: Vec<&Value> = rounds.iter().map(|&round: &usize| &all[round]).collect();
        assert_eq!(lines.iter().collect::<Vec<_>>(), expected, "every {every}");
        let (rows, due) = (read(&run).rounds().to_vec(), read(&full).rounds().to_vec());
        assert_eq!(rows, rounds.iter().map(|&round| due[round].clone()).collect::<Vec<_>>());
        assert_eq!(run.summary.digest, full.summary.digest);
        assert_eq!(run.summary.value.mixture, full.summary.value.mixture, "every round was evaluated");
    }
}

#[test]
fn key_is_in_the_resolved_configuration_only_where_it_says_something() {
    let full = run_resolved(resolved(DPAC, &[]), |_| {});
    assert!(!full.read("config.toml").contains("log_every"));
    let one = thinned(1);
    assert_eq!(one.summary.config_digest, full.summary.config_digest);
    assert!(thinned(3).read("config.toml").contains("log_every = 3\n"));
}

#[test]
fn history_of_a_thinned_run_tells_its_lines_and_ends_with_all_rounds() {
    let told = |run: &WholeRun| {
        let loaded =
            Loaded::of_run(&run.directory.join("config.toml")).unwrap_or_else(|errors| panic!("{errors}"));
        let prepared = Prepared::load(loaded, Registry::BUILTIN, &Files::regular());
        let Prepared { resolved, input, .. } = prepared.unwrap_or_else(|error| panic!("{error}"));
        let directory = RunDirectory::open_run(&run.directory).expect("a run");
        let found =
            read_history(&directory, (&resolved, &input), None).unwrap_or_else(|error| panic!("{error}"));
        assert!(!found.uncounted && !found.cut_short);
        found.history
    };
    for every in [3, 0] {
        let history = told(&thinned(every));
        let last = history.moments.last().expect("an end");
        assert_eq!((last.rounds, last.status), (7, "complete"));
        assert_eq!(last.deviation, [0; 3]);
        assert!(
            history.moments.iter().all(|moment| moment.deviation == [0; 3]),
            "every line fits the closed form"
        );
        assert!(last.durations.iter().sum::<u64>() <= 7);
    }
    let run = thinned(3);
    // A line of a round that was not to be told is not the program's.
    let path = run.directory.join("rounds.jsonl");
    let text = run.read("rounds.jsonl").replace("{\"round\":3", "{\"round\":2");
    std::fs::write(&path, text).expect("writable");
    let loaded =
        Loaded::of_run(&run.directory.join("config.toml")).unwrap_or_else(|errors| panic!("{errors}"));
    let prepared = Prepared::load(loaded, Registry::BUILTIN, &Files::regular());
    let Prepared { resolved, input, .. } = prepared.unwrap_or_else(|error| panic!("{error}"));
    let directory = RunDirectory::open_run(&run.directory).expect("a run");
    let error = read_history(&directory, (&resolved, &input), None).expect_err("not due");
    assert!(error.to_string().contains("rounds.jsonl:2: round 2 where round 3 is due"), "{error}");
}
