//! `dpac solve` and `dpac simulate` say what is true of a problem.

use assert_cmd::Command;
use dpac::exact::{SolveLimits, SolveMethod, solve};
use dpac::pomdp::builtin;
use dpac::pomdp::file::parse;
use serde_json::Value;
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

/// Rewards depend on everything that they can depend on.
const OUTCOMES: &str = "discount: 0.9 values: reward states: a b actions: stay go observations: low high start: 0.3 0.7\n\
    T: stay identity\nT: go\n0.2 0.8\n0.6 0.4\nO: *\n0.7 0.3\n0.1 0.9\n\
    R: * : * : * : * 1\nR: go : a : b : * 2\nR: go : * : a : high -4\nR: stay : b : b : low 8\n";

fn dpac(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
    command.current_dir(directory).env("COLUMNS", "80").args(arguments).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn json(directory: &Path, arguments: &[&str]) -> Value {
    let output = dpac(directory, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn scratch() -> TempDir {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    std::fs::write(scratch.path().join("outcomes.POMDP"), OUTCOMES).expect("a problem");
    scratch
}

/// A ring of 30 cells with noisy sight, in which beliefs never meet again.
fn ring() -> String {
    let mut text =
        "discount: 0.95 values: reward states: 30 actions: 3 observations: 4 start: uniform\n".to_owned();
    for a in 0..3 {
        for s in 0..30 {
            let moved = (s + 30 + a - 1) % 30;
            text += &format!("T: {a} : {s} : {moved} 0.8\nT: {a} : {s} : {} 0.2\n", (moved + 1) % 30);
        }
    }
    for s in 0..30 {
        let row: Vec<_> = (0..4).map(|o| if o == s * 7 % 30 % 4 { "0.7" } else { "0.1" }).collect();
        text += &format!("O: * : {s}\n{}\n", row.join(" "));
    }
    text + "R: 1 : 17 : * : * 1\nR: 2 : * : * : * 0.05\n"
}

#[test]
fn solve_gives_tigers_table() {
    let scratch = scratch();
    let known = [(2, -1.95), (4, 1.79554), (6, 4.42853), (8, 5.32402), (10, 6.69337), (15, 9.72842)];
    for (horizon, expected) in known {
        let found = json(scratch.path(), &["solve", "tiger", "--horizon", &horizon.to_string(), "--json"]);
        assert!((number(&found["value"]) - expected).abs() < 1e-5, "{found}");
        let [value, error, lower, upper] =
            ["value", "error", "lower", "upper"].map(|key| number(&found[key]));
        assert!(lower < value && value < upper && upper - lower < 1e-10, "{found}");
        assert!(error > 0.0 && error <= upper - lower, "{found}");
        assert_eq!(found["method"], "reachable-beliefs");
        assert!(number(&found["beliefs"]) > 0.0 && number(&found["seconds"]) >= 0.0);
    }
    let undiscounted =
        json(scratch.path(), &["solve", "tiger", "--horizon", "1", "--discount", "1", "--json"]);
    assert!((number(&undiscounted["value"]) + 1.0).abs() < 1e-12);
}

#[test]
fn bounds_stand_where_there_are_too_many_beliefs() {
    let scratch = scratch();
    std::fs::write(scratch.path().join("ring.POMDP"), ring()).expect("a problem");
    let ask = |operations: &str| {
        let arguments = ["solve", "ring.POMDP", "--horizon", "9", "--json", "--operations", operations];
        json(scratch.path(), &arguments)
    };
    let (coarse, fine, again) = (ask("500000"), ask("30000000"), ask("30000000"));
    for found in [&coarse, &fine] {
        assert_eq!((&found["value"], &found["method"]), (&Value::Null, &"heuristic-search".into()));
        assert!(number(&found["lower"]) <= number(&found["upper"]));
    }
    let gap = |found: &Value| number(&found["upper"]) - number(&found["lower"]);
    assert!(gap(&fine) < 0.7 * gap(&coarse), "{coarse} {fine}");
    assert!(number(&coarse["lower"]) <= number(&fine["lower"]) + 1e-12);
    assert!(number(&fine["upper"]) <= number(&coarse["upper"]) + 1e-12);
    for key in ["lower", "upper", "beliefs"] {
        assert_eq!(fine[key], again[key]);
    }
    let output = dpac(scratch.path(), &["solve", "ring.POMDP", "--horizon", "9", "--operations", "10"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("bounds of the optimal value takes more than 10 operations"));
}

#[test]
fn bounds_in_own_units_contain_the_exact_value() {
    let mut compared = 0;
    for name in builtin::names() {
        let Some(model) = builtin::builtin(name) else { continue };
        for horizon in 2..=6 {
            // Where there are too many beliefs, or too many states for a quick bound, there is nothing to
            // compare.
            let exact = SolveLimits { exact: 2_000_000, bounds: 0 };
            let limits = SolveLimits { exact: 0, bounds: 1_000_000 };
            let Some(value) = solve(&model, horizon, 0.95, exact).ok().and_then(|exact| exact.value()) else {
                continue;
            };
            let Ok(bounds) = solve(&model, horizon, 0.95, limits) else { continue };
            compared += 1;
            assert_eq!((bounds.value(), bounds.method), (None, SolveMethod::HeuristicSearch));
            assert!(
                bounds.lower <= value + 1e-8 && value <= bounds.upper + 1e-8,
                "{name}: {value} {bounds:?}"
            );
        }
    }
    assert!(compared >= 40, "{compared} of 65 pairs of problem and horizon");
}

#[test]
fn simulated_uniform_policy_agrees_with_its_exact_value() {
    let scratch = scratch();
    let shipped = std::fs::read_dir("configs/problems").expect("shipped problems").map(|entry| {
        let path = entry.expect("an entry").path();
        path.canonicalize().expect("it exists").display().to_string()
    });
    let tabular = builtin::names().filter(|name| builtin::builtin(name).is_some());
    let mut problems: Vec<String> = tabular.map(str::to_owned).chain(shipped).collect();
    problems.push("outcomes.POMDP".to_owned());
    assert!(problems.len() >= 7);
    for problem in problems {
        let arguments =
            ["simulate", &problem, "--policy", "uniform", "--episodes", "100000", "--seed", "5", "--json"];
        let found = json(scratch.path(), &arguments);
        let distance = (number(&found["mean"]) - number(&found["exact"])).abs();
        assert!(distance <= 4.0 * number(&found["standard_error"]), "{found}");
        assert!(number(&found["standard_error"]) > 0.0);
        assert_eq!(found["exact_method"], "dynamic programming");
    }
}

#[test]
fn constant_policy_takes_one_action_by_name_or_number() {
    let scratch = scratch();
    for action in ["listen", "0"] {
        let policy = format!("constant:{action}");
        let arguments = ["simulate", "tiger", "--policy", &policy, "--episodes", "3", "--json"];
        let found = json(scratch.path(), &arguments);
        // Listening costs 1, surely: 1 + 0.95 + 0.95² + 0.95³.
        for key in ["mean", "exact"] {
            assert!((number(&found[key]) + 3.709875).abs() < 1e-9, "{found}");
        }
        assert!(number(&found["standard_error"]) < 1e-12);
    }
}

/// Rows of a CSV file, without the line of names.
fn rows(path: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).expect("a file");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("episode,step,state,action,observation,reward"));
    lines.map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn trajectories_hold_the_reward_of_each_outcome_and_their_mean_return() {
    let scratch = scratch();
    let base = ["simulate", "outcomes.POMDP", "--policy", "uniform", "--horizon", "5", "--episodes", "200"];
    let with = |file: &'static str| [&base[..], &["--json", "--trajectories", file]].concat();
    let found = json(scratch.path(), &with("out.csv"));
    let file = parse(OUTCOMES.as_bytes(), "outcomes").expect("a problem");
    let rows = rows(&scratch.path().join("out.csv"));
    assert_eq!(rows.len(), 1000);
    let index = |names: &dpac::pomdp::Names, name: &str| {
        (0..names.len()).find(|&i| names.name(i) == name).expect("a name of the problem")
    };
    let model = &file.model;
    let mut sum = 0.0;
    for (i, row) in rows.iter().enumerate() {
        assert_eq!((row[0].clone(), row[1].clone()), ((i / 5).to_string(), (i % 5).to_string()));
        let reward: f64 = row[5].parse().expect("a number");
        sum += reward * [1.0, 0.9, 0.81, 0.729, 0.6561][i % 5];
        if i % 5 < 4 {
            let [state, next] = [row, &rows[i + 1]].map(|row| index(model.state_names(), &row[2]));
            let action = index(model.action_names(), &row[3]);
            let seen = index(model.observation_names(), &row[4]);
            assert!((file.outcome_reward.get(action, state, next, seen) - reward).abs() < 1e-15, "{row:?}");
        }
    }
    assert!((sum / 200.0 - number(&found["mean"])).abs() < 1e-9);
    for reward in ["1", "2", "-4", "8"] {
        assert!(rows.iter().any(|row| row[5] == reward), "no step pays {reward}");
    }

    json(scratch.path(), &with("out.jsonl"));
    let lines = std::fs::read_to_string(scratch.path().join("out.jsonl")).expect("a file");
    assert_eq!(lines.lines().count(), rows.len());
    for (line, row) in lines.lines().zip(&rows) {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let columns = ["episode", "step", "state", "action", "observation", "reward"];
        for (key, cell) in columns.into_iter().zip(row) {
            let shown = line[key].as_str().map_or_else(|| line[key].to_string(), str::to_owned);
            assert!(shown == *cell || number(&line[key]).to_string() == *cell, "{key}: {line} {row:?}");
        }
    }
}

#[test]
fn what_is_seen_before_the_first_action_has_a_line_of_its_own() {
    let scratch = scratch();
    let arguments = ["simulate", "toggle", "--policy", "uniform", "--horizon", "2", "--episodes", "3"];
    json(scratch.path(), &[&arguments[..], &["--json", "--trajectories", "out.csv", "--force"]].concat());
    let rows = rows(&scratch.path().join("out.csv"));
    assert_eq!(rows.len(), 9);
    for episode in rows.chunks(3) {
        assert_eq!((episode[0][3].as_str(), episode[0][5].as_str()), ("", ""));
        assert_eq!((&episode[0][1], &episode[0][2]), (&episode[1][1], &episode[1][2]));
        assert!(!episode[1][3].is_empty() && !episode[2][5].is_empty());
    }
}

#[test]
fn episode_is_a_function_of_seed_and_index() {
    let scratch = scratch();
    let play = |episodes: &str, seed: &str| {
        let arguments = ["simulate", "tiger", "--policy", "uniform", "--episodes", episodes, "--seed", seed];
        json(scratch.path(), &[&arguments[..], &["--json", "--trajectories", "out.csv", "--force"]].concat());
        rows(&scratch.path().join("out.csv"))
    };
    let (few, many, other) = (play("10", "3"), play("30", "3"), play("10", "4"));
    assert_eq!(few, many[..40]);
    assert_ne!(few, other);
}

#[test]
fn saved_policy_is_played_and_has_the_value_that_evaluate_gives() {
    let scratch = scratch();
    let config = "problem = { builtin = \"toggle\", horizon = 2 }\nfederation.clients = 3\n\
        critic = { rounds = 2, local_steps = 4 }\nactor = { rounds = 20, local_steps = 6, sync_interval = 4 }\n";
    std::fs::write(scratch.path().join("run.toml"), config).expect("a configuration");
    assert!(dpac(scratch.path(), &["run", "run.toml", "--quiet", "--out", "out"]).status.success());
    let evaluated = json(scratch.path(), &["evaluate", "out", "--json"]);
    let arguments = ["simulate", "toggle", "--policy", "out", "--episodes", "50000", "--json"];
    let found = json(scratch.path(), &arguments);
    assert!((number(&found["exact"]) - number(&evaluated["last"])).abs() < 1e-12, "{found} {evaluated}");
    assert!(
        (number(&found["mean"]) - number(&found["exact"])).abs() <= 4.0 * number(&found["standard_error"])
    );
    assert_eq!(found["horizon"], 2);
    let refused = dpac(scratch.path(), &[&arguments[..], &["--horizon", "3"]].concat());
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("the saved policy is for horizon 2"));
    let refused = dpac(scratch.path(), &["simulate", "tiger", "--policy", "out"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("the saved policy has 20 parameters; on this problem it has 21"));
}

#[test]
fn screens_fit_a_terminal() {
    let scratch = scratch();
    let solved = text(&dpac(scratch.path(), &["solve", "tiger", "--horizon", "4"]).stdout);
    let lines: Vec<_> = solved.lines().filter(|line| !line.starts_with("  in ")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    tiger · H = 4, γ = 0.95 · values in the problem's own units
      optimum      1.795544218750   ± 1.7e-13, over all 16 reachable beliefs
    ");
    let arguments = ["simulate", "tiger", "--policy", "constant:listen", "--trajectories", "out.csv"];
    insta::assert_snapshot!(text(&dpac(scratch.path(), &arguments).stdout), @r"
    tiger · constant:listen · H = 4, γ = 0.95 · seed 0
      mean return           -3.709875   ± 0.000000 standard error, 10000 episodes
      exact value    -3.7098750000000   ± 6.3e-14 of rounding, by dynamic programming
      trajectories out.csv
    ");
}

#[test]
fn wrong_requests_exit_with_two_and_write_nothing() {
    let cases: [(&[&str], &str); 11] = [
        (&["solve", "tigr", "--horizon", "3"], "no built-in problem is called \"tigr\""),
        (&["solve", "none.POMDP", "--horizon", "3"], "cannot read none.POMDP"),
        (&["solve", "broken.POMDP", "--horizon", "3"], "broken.POMDP:1:"),
        (&["solve", "tiger", "--horizon"], "--horizon"),
        (&["solve", "tiger", "--horizon", "0"], "0 is not in 1.."),
        (&["solve", "tiger", "--horizon", "3", "--discount", "1.5"], "a discount is a number from 0 to 1"),
        (&["simulate", "tiger"], "--policy"),
        (&["simulate", "tiger", "--policy", "constant:lie"], "there are listen, open-left, open-right"),
        (&["simulate", "tiger", "--policy", "nowhere"], "--policy takes uniform, constant:A"),
        (&["simulate", "tiger", "--policy", "uniform", "--trajectories", "out.txt"], ".csv or .jsonl"),
        (&["simulate", "tiger", "--policy", "uniform", "--episodes", "0"], "0 is not in 1.."),
    ];
    for (arguments, part) in cases {
        let scratch = scratch();
        std::fs::write(scratch.path().join("broken.POMDP"), "discount: 2\n").expect("a file");
        let output = dpac(scratch.path(), arguments);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(part), "{arguments:?}: {error}");
        assert!(output.stdout.is_empty());
        assert_eq!(std::fs::read_dir(scratch.path()).expect("readable").count(), 2);
    }
    let scratch = scratch();
    let unwritable = ["simulate", "tiger", "--policy", "uniform", "--trajectories", "no/where.csv"];
    assert_eq!(dpac(scratch.path(), &unwritable).status.code(), Some(1));
}
