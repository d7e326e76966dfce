//! Problems that show real numbers are solved, simulated, described and learnt on like all others.

use crate::whole_run::{WholeRun, whole_run};
use assert_cmd::Command;
use dpac_actors::host::Placement;
use serde_json::Value;
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

fn dpac(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
    command.current_dir(directory).env("COLUMNS", "80").args(arguments).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn scratch() -> TempDir {
    tempfile::tempdir().expect("a scratch directory")
}

fn json(directory: &Path, arguments: &[&str]) -> Value {
    let output = dpac(directory, &[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Known to 5 decimals from an independent program, which estimates its error as 3e-6 at most.
#[test]
fn solve_gives_the_gaussian_tigers_table() {
    let scratch = scratch();
    let known = [(2, 1.17866), (4, 4.52212), (6, 7.42913), (8, 9.97561), (10, 12.28877), (15, 17.13189)];
    for (horizon, expected) in known {
        let found = json(scratch.path(), &["solve", "gaussian-tiger", "--horizon", &horizon.to_string()]);
        let [value, error, lower, upper] =
            ["value", "error", "lower", "upper"].map(|key| number(&found[key]));
        assert!((value - expected).abs() < 1e-5, "{found}");
        assert!(lower <= value && value <= upper && lower <= expected + 1e-5 && expected - 1e-5 <= upper);
        // Two thirds of the gap, to the rounding of numbers that were written and read.
        assert!((upper - value - error).abs() < 1e-12 && error < 4e-5, "{found}");
        assert_eq!(found["method"], "belief-grid");
    }
    let few = ["solve", "gaussian-tiger", "--horizon", "15", "--operations", "5000000"];
    let found = json(scratch.path(), &few);
    assert_eq!((&found["value"], &found["error"]), (&Value::Null, &Value::Null));
    assert!(number(&found["lower"]) <= 17.13189 && 17.13189 <= number(&found["upper"]), "{found}");
    let screen = text(&dpac(scratch.path(), &few).stdout);
    assert!(screen.contains("chords on a grid of"), "{screen}");
}

#[test]
fn solve_bounds_the_optimum_of_many_hidden_states() {
    let scratch = scratch();
    let base = ["solve", "simple-light-dark", "--horizon", "3", "--operations"];
    let found = json(scratch.path(), &[&base[..], &["60000000"]].concat());
    assert_eq!((&found["value"], &found["error"]), (&Value::Null, &Value::Null));
    assert_eq!(found["method"], "intervals");
    let (lower, upper) = (number(&found["lower"]), number(&found["upper"]));
    // Three moves cost 2.8525, so that the optimum is no less.
    assert!(lower >= -2.8525 - 1e-9 && lower <= upper && upper < 100.0, "{found}");
    let screen = text(&dpac(scratch.path(), &[&base[..], &["60000000"]].concat()).stdout);
    for part in
        ["in which of 128 intervals a reading lies", "informed bound where some readings show the state"]
    {
        assert!(screen.contains(part), "{screen}");
    }
    let short = dpac(scratch.path(), &[&base[..], &["1000"]].concat());
    assert_eq!(short.status.code(), Some(1));
    assert!(text(&short.stderr).contains("--operations N allows more"));
}

#[test]
fn simulated_uniform_policy_agrees_with_its_exact_value() {
    let scratch = scratch();
    for problem in ["gaussian-tiger", "simple-light-dark"] {
        let found =
            json(scratch.path(), &["simulate", problem, "--policy", "uniform", "--episodes", "100000"]);
        let distance = (number(&found["mean"]) - number(&found["exact"])).abs();
        assert!(distance <= 4.0 * number(&found["standard_error"]), "{found}");
        assert_eq!(found["exact_method"], "dynamic programming");
    }
    // Uniform actions on the tiger are worth -91/3 a step, wherever the tiger is.
    let found =
        json(scratch.path(), &["simulate", "gaussian-tiger", "--policy", "uniform", "--horizon", "2"]);
    assert!((number(&found["exact"]) + 91.0 / 3.0 * 1.95).abs() < 1e-9, "{found}");
    let found = json(scratch.path(), &["simulate", "gaussian-tiger", "--policy", "constant:listen"]);
    assert!((number(&found["exact"]) + 3.709875).abs() < 1e-9, "{found}");
    assert!((number(&found["mean"]) + 3.709875).abs() < 1e-9, "{found}");
}

#[test]
fn readings_are_numbers_in_trajectories_and_missing_where_nothing_is_heard() {
    let scratch = scratch();
    let base = ["simulate", "gaussian-tiger", "--policy", "uniform", "--episodes", "50", "--trajectories"];
    for file in ["out.csv", "out.jsonl"] {
        assert!(dpac(scratch.path(), &[&base[..], &[file]].concat()).status.success());
    }
    let read = |file: &str| std::fs::read_to_string(scratch.path().join(file)).expect("a file");
    let (csv, lines) = (read("out.csv"), read("out.jsonl"));
    assert_eq!((csv.lines().count(), lines.lines().count()), (201, 200));
    let mut heard = 0;
    for (row, line) in csv.lines().skip(1).zip(lines.lines()) {
        let cells: Vec<&str> = row.split(',').collect();
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(
            (cells[2], cells[3]),
            (line["state"].as_str().unwrap_or(""), line["action"].as_str().unwrap_or(""))
        );
        if cells[3] == "listen" {
            heard += 1;
            let reading: f64 = cells[4].parse().expect("a number");
            assert!((reading - number(&line["observation"])).abs() < 1e-12, "{row} {line}");
            let mean = if cells[2] == "tiger-left" { 1.0 } else { -1.0 };
            assert!((reading - mean).abs() < 6.0, "{row}");
        } else {
            assert_eq!((cells[4], &line["observation"]), ("", &Value::Null));
        }
    }
    assert!(heard > 20, "{heard} of 200");
}

const DPAC: &str = r#"
problem = { builtin = "gaussian-tiger", horizon = 3 }
seed = 8
federation.clients = 40
critic = { rounds = 2, local_steps = 8, features = { kind = "belief", degree = 2 } }
actor = { rounds = 3, local_steps = 8, sync_interval = 4, features = { kind = "belief", degree = 2 } }
"#;

#[test]
fn dpac_runs_with_one_digest_and_its_optimum() {
    let with = |threads: usize, placement: Placement| -> WholeRun {
        whole_run(DPAC, |options| {
            options.threads = threads;
            options.placement = placement;
        })
    };
    let plain = with(1, Placement::Shard);
    assert_eq!(plain.summary.error, None);
    for (threads, placement) in [(2, Placement::Shard), (1, Placement::Role), (2, Placement::Role)] {
        assert_eq!(with(threads, placement).digest(), plain.digest());
    }
    let value = &plain.summary.value;
    let optimum = value.optimum.expect("two states have an optimum");
    let solved = json(&plain.directory, &["solve", "gaussian-tiger", "--horizon", "3"]);
    assert!((optimum - number(&solved["value"])).abs() < 1e-12, "{optimum} {solved}");
    let uniform = value.uniform.expect("a value");
    assert!((uniform + 91.0 / 3.0 * (1.0 + 0.95 + 0.9025)).abs() < 1e-9, "{uniform}");
    assert!(value.last.expect("a value") < optimum && value.standard_error.is_some());
    assert_eq!(value.method, "Monte-Carlo");

    let run = plain.directory.to_str().expect("UTF-8");
    let played = json(&plain.directory, &["simulate", "gaussian-tiger", "--policy", run]);
    assert_eq!((&played["exact"], &played["horizon"]), (&Value::Null, &3.into()));
    assert!(number(&played["standard_error"]) > 0.0);
    let screen = text(&dpac(&plain.directory, &["simulate", "gaussian-tiger", "--policy", run]).stdout);
    assert!(screen.contains("the policy looks at real numbers"), "{screen}");
}

#[test]
fn policy_that_looks_at_nothing_has_an_exact_value() {
    let blind = DPAC.replace(
        "sync_interval = 4, features = { kind = \"belief\", degree = 2 }",
        "features = { kind = \"window\", length = 0 }",
    );
    let run = whole_run(&blind, |_| ());
    let value = &run.summary.value;
    assert_eq!((value.method.as_str(), value.standard_error), ("dynamic programming", None));
    assert!(value.last.expect("a value") > value.uniform.expect("a value"));
}

#[test]
fn info_and_check_describe_sensors_and_convert_refuses_them() {
    let scratch = scratch();
    let info = dpac(scratch.path(), &["info", "gaussian-tiger"]);
    insta::assert_snapshot!(text(&info.stdout), @r"
    gaussian-tiger
      sizes      2 states, 3 actions, real-valued observations, γ = 0.95
      start      2 states, equally likely: tiger-left, tiger-right
                 nothing is seen before the first action
      T          10 of 12 nonzero (83.333 %); 2 of 6 rows deterministic
                 0 states that no action leaves
      sensor     after listen: normal, mean from -1 to 1, standard deviation 1
                 after open-left: nothing
                 after open-right: nothing
      r(s, a)    6 of 6 nonzero (100.000 %)
                 from -100 to 10
                 depends on state and action
      reached    2 of 2 states
      bounds     of V* at H = 4, in the problem's own units
                      -3.709875  always listen
                      37.098750  the state is seen
    ");
    std::fs::write(scratch.path().join("run.toml"), DPAC).expect("a configuration");
    let checked = dpac(scratch.path(), &["check", "run.toml"]);
    assert_eq!(
        text(&checked.stdout),
        "run.toml: fine; 2 states, 3 actions, real-valued observations, γ = 0.95\n",
        "{}",
        text(&checked.stderr)
    );
    let listed = json(scratch.path(), &["check", "run.toml"]);
    assert_eq!((&listed[0]["observations"], &listed[0]["nonzeros"]), (&Value::Null, &10.into()));
    for format in ["pomdp", "json"] {
        let refused = dpac(scratch.path(), &["convert", "gaussian-tiger", "--to", format]);
        assert_eq!(refused.status.code(), Some(2));
        let error = text(&refused.stderr);
        assert!(error.contains("the observations of gaussian-tiger are real numbers"), "{error}");
        assert!(refused.stdout.is_empty());
    }
}
