//! Results as tidy tables: a value stands beside what it had taken to come to it, to the unit; nothing else
//! that happened to a run is in them.

mod commands;
#[cfg(feature = "parquet")]
mod parquet;
mod thinned;

use crate::whole_run::{WholeRun, resolved, run_observed, run_resolved, whole_run};
use dpac::experiment::{Resolved, RunObservers};
use dpac::results::{Costs, Field, Reached, Results, RoundRow, Run, RunStatus, Table, write_csv};
use dpac::theory::counts::{Counts, closed_form, closed_form_after};
use dpac_actors::host::Observer;
use dpac_actors::{Ledger, Milestone};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const DPAC: &str = "problem = { builtin = \"tiger\", horizon = 3 }\nfederation.clients = 3\n\
                    critic = { rounds = 2, local_steps = 8 }\n\
                    actor = { rounds = 7, local_steps = 12, sync_interval = 5 }\n";
const DPPG: &str = "algorithm = \"dppg\"\nproblem = { builtin = \"tiger\", horizon = 3 }\nfederation.clients = 4\n\
                    actor = { rounds = 5, local_steps = 12, sync_interval = 5 }\n";
const DPTD: &str = "algorithm = \"dptd\"\nproblem = { builtin = \"toggle\", horizon = 3 }\nfederation.clients = 4\n\
                    critic = { rounds = 6, local_steps = 4 }\n";
const FED_TD: &str = "algorithm = \"fed-td\"\nproblem = { builtin = \"toggle\", horizon = 3 }\nfederation.clients = 4\n\
                      critic = { rounds = 6, local_steps = 4 }\n";

fn read(run: &WholeRun) -> Run {
    Run::read(&run.directory).unwrap_or_else(|error| panic!("{error}"))
}

/// The closed form as a row has it.
fn costs(counts: &Counts) -> Costs {
    Costs {
        up: counts.up,
        down: counts.down,
        peer: counts.peer,
        barriers: counts.barriers,
        broadcasts: counts.broadcasts,
        trajectories_per_client: counts.trajectories_per_client,
        env_steps_per_client: counts.env_steps_per_client,
    }
}

/// What the closed form says of row `round`: nothing in the first, everything in the last.
fn expected(resolved: &Resolved, round: u64) -> Costs {
    match round {
        0 => Costs::default(),
        all if all == resolved.shape.rounds() => costs(&closed_form(&resolved.shape).expect("small sizes")),
        some => costs(&closed_form_after(&resolved.shape, some).expect("small sizes")),
    }
}

fn csv(table: Table<'_>) -> String {
    let mut bytes = Vec::new();
    write_csv(table, &mut bytes).expect("memory");
    String::from_utf8(bytes).expect("UTF-8")
}

/// A table as the `csv` crate reads it: rows by the names of their columns.
fn read_back(text: &str) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(|row| row.expect("a row")).collect()
}

#[test]
fn row_r_has_the_value_of_the_policy_after_r_rounds_and_what_the_closed_form_says_was_sent_by_then() {
    for text in [DPAC, DPPG, DPTD, FED_TD] {
        let of = resolved(text, &[]);
        let again = resolved(text, &[]).0;
        let run = run_resolved(of, |_| {});
        let table = read(&run);
        let rounds: Vec<u64> = table.rounds().iter().map(|row| row.round).collect();
        assert_eq!(rounds, (0..=again.shape.rounds()).collect::<Vec<_>>(), "{text}");
        for row in table.rounds() {
            assert_eq!(row.costs, expected(&again, row.round), "{text}: row {}", row.round);
        }
        let lines = run.rounds();
        for (row, line) in table.rounds().iter().zip(&lines) {
            assert_eq!(row.value, line["value"].as_f64());
            assert_eq!((line["policy"].as_u64(), &line["round"]), (Some(row.round), &line["policy"]));
        }
        // What a round has learned stands in the row after it.
        for (row, line) in table.rounds()[1..].iter().zip(&lines) {
            assert_eq!(row.bellman_error, line["bellman_error"].as_f64(), "{text}: row {}", row.round);
            let drift = ["critic", "actor"].map(|phase| line["drift"][phase].as_f64());
            assert_eq!([row.drift_critic, row.drift_actor], drift);
        }
        assert_eq!((table.rounds()[0].bellman_error, table.rounds()[0].drift_critic), (None, None));
        let last = table.rounds().last().expect("a row");
        assert_eq!((last.value, last.optimum), (run.summary.value.last, run.summary.value.optimum));
        assert_eq!(
            last.gap(),
            run.summary.value.optimum.map(|v| v - run.summary.value.last.expect("a value"))
        );
        assert_eq!((table.totals(), table.status()), (&last.costs, RunStatus::Complete));
    }
    let run = whole_run(DPAC, |_| {});
    let table = read(&run);
    assert_eq!(table.rounds()[0].value, run.summary.value.uniform, "nothing sent, nothing learned");
    assert_eq!(table.rounds().last().expect("a row").bellman_error, run.summary.bellman_error);
}

/// Takes away what holds the files of a run to what was written, as versions before there was such a thing.
fn unseal(directory: &Path) {
    for name in ["run.json", "digests.json"] {
        std::fs::remove_file(directory.join(name)).expect("a file");
    }
}

#[test]
fn files_of_before_values_stood_with_their_costs_give_the_same_rows() {
    for text in [DPAC, DPTD] {
        let run = whole_run(text, |_| {});
        let rows = read(&run).rounds().to_vec();
        unseal(&run.directory);
        let older: String = run
            .rounds()
            .into_iter()
            .map(|mut line| {
                let object = line.as_object_mut().expect("an object");
                ["policy", "before"].iter().for_each(|key| drop(object.remove(*key).expect("a key")));
                format!("{line}\n")
            })
            .collect();
        std::fs::write(run.directory.join("rounds.jsonl"), older).expect("writable");
        let read = read(&run);
        assert_eq!(read.rounds(), rows);
        assert!(!read.is_sealed());
    }
}

/// Stops a run after some rounds.
struct StopAfter(u32, Arc<AtomicBool>);

impl Observer for StopAfter {
    fn round_ended(&mut self, milestone: &Milestone, _: &Ledger) {
        if milestone.round + 1 >= self.0 {
            self.1.store(true, Ordering::Relaxed);
        }
    }
}

#[test]
fn tables_of_a_run_that_was_interrupted_and_gone_on_with_are_the_same_to_the_byte() {
    for settings in [&[][..], &["output.log_every=2"]] {
        let whole = run_resolved(resolved(DPAC, settings), |_| {});
        let stop = Arc::new(AtomicBool::new(false));
        let mut observers = RunObservers::default();
        observers.live.add(Box::new(StopAfter(3, Arc::clone(&stop))));
        let parted = run_observed(resolved(DPAC, settings), observers, |options| options.stop = stop);
        let begun = read(&parted);
        assert_eq!(begun.status(), RunStatus::Interrupted);
        let rows = read(&whole).rounds().to_vec();
        assert!(begun.rounds().len() < rows.len() && begun.rounds().len() > 1);
        let without_optimum = |row: &RoundRow| RoundRow { optimum: None, ..row.clone() };
        for (found, due) in begun.rounds().iter().zip(&rows) {
            assert_eq!(without_optimum(found), without_optimum(due), "as far as it goes");
        }
        assert!(begun.value().is_some(), "the last value that was found");
        run_resolved(resolved(DPAC, settings), |options| {
            options.directory = parted.directory.clone();
            options.resume = true;
        });

        let tables = |run: &WholeRun| {
            let results = Results::new(vec![read(run)]);
            [csv(results.rounds()), csv(results.runs_table())]
        };
        assert_eq!(tables(&parted), tables(&whole));
        let times = csv(Results::new(vec![read(&parted)]).times());
        assert_eq!(
            read_back(&times)[0].keys().collect::<Vec<_>>(),
            ["began_unix_seconds", "env_steps_per_second", "placement", "run", "threads", "wall_seconds",]
        );
    }
}

#[test]
fn table_of_runs_read_back_has_the_numbers_of_the_summary_to_the_bit() {
    let run = whole_run(DPAC, |_| {});
    let (summary, results) = (run.summary_json(), Results::new(vec![read(&run)]));
    let rows = read_back(&csv(results.runs_table()));
    let [row] = rows.as_slice() else { panic!("one run, {} rows", rows.len()) };
    let same = |column: &str, pointer: &str| {
        let expected = summary.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}"));
        let found: serde_json::Value = match expected {
            serde_json::Value::String(_) => row[column].as_str().into(),
            serde_json::Value::Null => serde_json::from_str("null").expect("JSON"),
            _ => serde_json::from_str(&row[column]).unwrap_or_else(|error| panic!("{column}: {error}")),
        };
        assert_eq!(&found, expected, "{column}");
        assert_eq!(expected.is_null(), row[column].is_empty(), "{column}");
    };
    for column in
        ["status", "algorithm", "seed", "bellman_error", "closed_form_holds", "digest", "config_digest"]
    {
        same(column, &format!("/{column}"));
    }
    for column in ["results_epoch", "program", "trajectories_per_client", "env_steps_per_client", "error"] {
        same(column, &format!("/{column}"));
    }
    for value in ["uniform", "mixture", "optimum", "standard_error"] {
        same(value, &format!("/value/{value}"));
    }
    same("value", "/value/last");
    same("problem", "/problem/name");
    for counted in ["messages", "floats", "payload_bytes", "wire_bytes"] {
        for way in ["up", "down"] {
            same(&format!("{counted}_{way}"), &format!("/communication/{way}/{counted}"));
        }
        let sum: u64 =
            ["up", "down", "peer"].iter().map(|way| number(row, &format!("{counted}_{way}"))).sum();
        assert_eq!(number(row, counted), sum);
    }
    assert_eq!(number(row, "trajectories"), 3 * number(row, "trajectories_per_client"));
    assert_eq!(number(row, "env_steps"), 3 * number(row, "env_steps_per_client"));
    let expected = [("federation.clients", "3"), ("actor.rounds", "7"), ("critic.features.kind", "history")];
    for (key, value) in expected {
        assert_eq!(row[key], value);
    }
    let share = |value: f64| {
        let [uniform, optimum] =
            ["uniform", "optimum"].map(|key| summary["value"][key].as_f64().expect("a value"));
        (value - uniform) / (optimum - uniform)
    };
    let last = summary["value"]["last"].as_f64().expect("a value");
    assert_eq!(row["share"].parse::<f64>().expect("a number").to_bits(), share(last).to_bits());
    // The rounds' last row is the run's.
    let rounds = read_back(&csv(results.rounds()));
    for column in
        ["value", "optimum", "gap", "bellman_error", "wire_bytes", "floats_up", "env_steps", "barriers"]
    {
        assert_eq!(rounds.last().expect("a row")[column], row[column], "{column}");
    }
    let text = csv(results.rounds()) + &csv(results.runs_table());
    let scratch = run.directory.parent().expect("a parent").to_str().expect("UTF-8");
    assert!(!text.contains(scratch), "no path of a machine");
}

fn number(row: &BTreeMap<String, String>, column: &str) -> u64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} is {:?}", row[column]))
}

#[test]
fn keys_in_which_runs_differ_are_columns_and_names_tell_runs_apart() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let made = |place: &str, text: &str, settings: &[&str]| {
        let directory = scratch.path().join(place);
        std::fs::create_dir_all(directory.parent().expect("a parent")).expect("writable");
        run_resolved(resolved(text, settings), |options| options.directory = directory.clone());
        directory
    };
    let small = ["actor.rounds=2", "seed=4"];
    let evaluated = "algorithm = \"dptd\"\nproblem = { builtin = \"tiger\", horizon = 3 }\nfederation.clients = 3\n\
                     critic = { rounds = 2, local_steps = 8 }\n";
    let paths = [
        made("a/run", DPAC, &small),
        made("b/run", DPAC, &["actor.rounds=2", "federation.clients=2", "actor.eta=0.5"]),
        made("b/other", evaluated, &[]),
        scratch.path().join("a/../a/run"),
    ];
    let results = Results::read(&paths).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(results.names(), ["a/run", "b/run", "b/other"], "the first is given twice, and is one run");
    assert!(results.keys().iter().any(|key| key == "federation.clients"), "{:?}", results.keys());
    assert!(!results.keys().iter().any(|key| key == "seed" || key == "algorithm" || key == "critic.rounds"));
    let rows = read_back(&csv(results.rounds()));
    let clients: Vec<&str> = rows.iter().map(|row| row["federation.clients"].as_str()).collect();
    assert_eq!(clients, ["3", "3", "3", "2", "2", "2", "3", "3", "3"]);
    // DPTD has no actor.
    assert!(rows.iter().all(|row| row["actor.eta"].is_empty() == (row["run"] == "b/other")));
    let seeds: Vec<&str> = rows.iter().map(|row| row["seed"].as_str()).collect();
    assert_eq!(seeds, ["4", "4", "4", "0", "0", "0", "0", "0", "0"]);

    let swept = Results::read(&paths[..1]).expect("a run").with_keys(vec!["actor.rounds".to_owned()]);
    let rows = read_back(&csv(swept.rounds()));
    assert_eq!(rows[0]["actor.rounds"], "2");
    assert_eq!(rows[0]["run"], "run");
}

#[test]
fn targets_are_met_at_the_first_row_that_crosses_and_a_run_that_never_does_is_censored() {
    let run = whole_run(DPAC, |_| {});
    let read = read(&run);
    let rows = read.rounds();
    // The best of the values, so that some row crosses and no row before it does.
    let best = rows.iter().filter_map(|row| row.value).fold(f64::MIN, f64::max);
    let first = rows.iter().find(|row| row.value == Some(best)).expect("a row");
    let reached = |text: &str| text.parse::<dpac::results::Target>().expect("a target").reached(&read);
    let expected = Reached::Yes { round: first.round, costs: first.costs };
    assert_eq!(reached(&format!("value>={best:?}")), expected);
    assert_eq!(reached(&format!("gap<={:?}", first.gap().expect("an optimum"))), expected);
    assert_eq!(reached(&format!("value>{best:?}")), Reached::No);
    assert_eq!(reached("value>=-1e9"), Reached::Yes { round: 0, costs: Costs::default() });
    assert_eq!(reached("share>=2"), Reached::No);
    // Nothing was learned before the first round, so that no error is known in the first row.
    let Reached::Yes { round, .. } = reached("bellman_error<1e9") else { panic!("an error is below 1e9") };
    assert_eq!(round, 1);

    let target = |text: &str| vec![text.parse().expect("a target")];
    let row = |results: Results| read_back(&csv(results.runs_table())).remove(0);
    let met = row(Results::read(std::slice::from_ref(&run.directory))
        .expect("a run")
        .with_targets(target("value>=-1e9")));
    assert_eq!((met["reached"].as_str(), met["rounds_to_target"].as_str()), ("true", "0"));
    assert_eq!((met["wire_bytes_to_target"].as_str(), met["trajectories_to_target"].as_str()), ("0", "0"));
    let censored = row(Results::read(std::slice::from_ref(&run.directory))
        .expect("a run")
        .with_targets(target("share>=2")));
    assert_eq!(censored["reached"], "false");
    for column in ["rounds", "wire_bytes", "payload_bytes", "floats", "trajectories"] {
        assert_eq!(censored[&format!("{column}_to_target")], "", "{column}");
    }
    assert_eq!(number(&censored, "wire_bytes"), read.totals().wire_bytes(), "at how much it was censored");

    // Of clients that differ no optimum is known, so nobody can say whether its gap was closed.
    let differ = whole_run(
        &format!("{DPAC}problem.clients = {{ rewards = 0.1 }}\n").replace(
            "problem = { builtin = \"tiger\", horizon = 3 }",
            "problem.builtin = \"tiger\"\nproblem.horizon = 3",
        ),
        |_| {},
    );
    let unknown = "gap<=1".parse::<dpac::results::Target>().expect("a target").reached(&self::read(&differ));
    assert_eq!(unknown, Reached::Unknown);
}

#[test]
fn several_targets_have_columns_of_their_own() {
    let run = whole_run(DPAC, |_| {});
    let targets = ["value>=-1e9", "share>=2"].map(|text| text.parse().expect("a target"));
    let results =
        Results::read(std::slice::from_ref(&run.directory)).expect("a run").with_targets(targets.to_vec());
    let row = read_back(&csv(results.runs_table())).remove(0);
    assert_eq!(row["reached[value>=-1000000000.0]"], "true");
    assert_eq!(row["reached[share>=2.0]"], "false");
}

#[test]
fn every_row_has_a_field_for_every_column_of_its_kind() {
    use dpac::results::Kind;
    let run = whole_run(DPTD, |_| {});
    let results = Results::read(std::slice::from_ref(&run.directory)).expect("a run");
    for table in [results.rounds(), results.runs_table(), results.times()] {
        let names: std::collections::BTreeSet<_> = table.columns.iter().map(|column| &column.name).collect();
        assert_eq!(names.len(), table.columns.len(), "a name for every column");
        for row in table.rows {
            assert_eq!(row.len(), table.columns.len());
            for (field, column) in row.iter().zip(&table.columns) {
                let fits = match field {
                    Field::Missing => true,
                    Field::Text(_) => column.kind == Kind::Text,
                    Field::Integer(_) => column.kind == Kind::Integer,
                    Field::Real(_) => column.kind == Kind::Real,
                    Field::Truth(_) => column.kind == Kind::Truth,
                };
                assert!(fits, "{}: {field:?}", column.name);
            }
        }
    }
}

#[test]
fn numbers_are_written_with_the_digits_that_give_the_same_bits_again() {
    for number in [0.1 + 0.2, 1e-300, -0.0, f64::MAX, 5e-324, 1.0, 1e21] {
        let text = Field::Real(number).text();
        assert_eq!(text.parse::<f64>().expect("a number").to_bits(), number.to_bits(), "{text}");
        assert!(text.len() < 25, "{text}");
    }
    assert_eq!(Field::Integer(u64::MAX).text(), "18446744073709551615");
}
