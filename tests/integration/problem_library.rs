//! The library of problems: what a configuration says of parameters is what runs, and the list says what
//! there is.

use crate::whole_run::resolved;
use assert_cmd::Command;
use dpac::exact::{Budget, Method, evaluate};
use dpac::experiment::default_directory;
use dpac::features::FiniteMap;
use dpac::policy::{LogLinear, Policy, Prepared};
use dpac::pomdp::{Problem, Simulator, TabularProblem, builtin};
use dpac_actors::{Purpose, StreamKey};
use std::process::Output;

const TIGER: &str = "problem = { builtin = \"tiger\", horizon = 3 }\n";

fn output(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dpac")).args(arguments).output().expect("the program runs")
}

#[test]
fn parameters_of_a_configuration_are_those_of_the_problem() {
    let (_, input) = resolved(TIGER, &["problem.parameters.accuracy=0.7"]);
    let model = input.problem.hidden();
    assert_eq!(model.observation().row(0).collect::<Vec<_>>(), [(0, 0.7), (1, 0.3)]);
}

#[test]
fn defaults_given_or_not_are_the_same_configuration_and_others_are_another() {
    let directory = |settings: &[&str]| {
        let (resolved, input) = resolved(TIGER, settings);
        default_directory(&resolved, &input)
    };
    let plain = directory(&[]);
    assert_eq!(directory(&["problem.parameters={accuracy=0.85}"]), plain);
    assert_ne!(directory(&["problem.parameters={accuracy=0.8}"]), plain);
}

#[test]
fn parameters_that_do_not_go_together_are_found_in_the_configuration() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let path = scratch.path().join("run.toml");
    std::fs::write(&path, "[problem]\nbuiltin = \"n-back\"\nparameters = { q = 16, length = 12 }\n")
        .expect("a file");
    let output = output(&["plan", path.to_str().expect("UTF-8")]);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(error.contains("run.toml:3:14") && error.contains("more than 16384 states"), "{error}");
}

#[test]
fn the_list_has_every_problem_with_its_parameters() {
    let plain = output(&["problems"]);
    let json = output(&["problems", "--json"]);
    assert!(plain.status.success() && json.status.success());
    let plain = String::from_utf8(plain.stdout).expect("UTF-8");
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    let listed: Vec<&str> =
        json.as_array().expect("a list").iter().filter_map(|e| e["name"].as_str()).collect();
    assert_eq!(listed, builtin::names().collect::<Vec<_>>());
    for (entry, json) in builtin::entries().iter().zip(json.as_array().expect("a list")) {
        assert!(plain.contains(&format!("{}\n  {}\n", entry.name, entry.summary)), "{}", entry.name);
        assert_eq!(json["exact"].as_str(), entry.exact);
        assert!(entry.exact.is_none_or(|exact| plain.contains(&format!("\n  exact: {exact}\n"))));
        for (parameter, json) in entry.parameters.iter().zip(json["parameters"].as_array().expect("a list")) {
            assert_eq!(json["name"], parameter.name);
            assert_eq!(json["default"].as_f64(), Some(parameter.default));
            assert!(plain.contains(&format!("  {} = {}: ", parameter.name, parameter.default)));
        }
    }
}

/// The exact value of the uniform policy lies within five standard errors of a mean over episodes. For
/// problems whose returns are rare the error is at least what one return would change.
#[test]
fn sampling_the_uniform_policy_of_every_problem_has_its_exact_value() {
    const EPISODES: u64 = 20_000;
    let horizon = 4;
    for name in builtin::names() {
        let Some(model) = builtin::builtin(name) else { continue };
        let problem = TabularProblem::new(model);
        let model = problem.tables().expect("tables");
        let simulator = problem.instance(0);
        let (after, first) = simulator.observations().expect("finite");
        let map = FiniteMap::window(horizon, model.actions(), after, first, 0).expect("a small window");
        let policy = LogLinear::new(map);
        let mut prepared = Prepared::at(&policy, &vec![0.0; policy.parameters()]);
        let mut value = |exact_operations| {
            let key = StreamKey {
                seed: 1,
                purpose: Purpose::Evaluation,
                client: 0,
                round: 0,
                phase: 0,
                barrier: 0,
            };
            let budget = Budget { exact_operations, episodes: EPISODES };
            let (simulator, gamma) = (&*simulator, model.discount());
            evaluate(Some(model), simulator, &policy, &mut prepared, gamma, budget, &mut key.generator())
        };
        let (exact, sampled) = (value(100_000_000), value(0));
        assert_ne!(exact.method, sampled.method, "{name}");
        let Method::MonteCarlo { standard_error, .. } = sampled.method else { panic!("{name}") };
        let (lo, hi) = model.units().range();
        let tolerance = 5.0 * standard_error.max((hi - lo) / EPISODES as f64);
        let difference = (exact.value_raw - sampled.value_raw).abs();
        assert!(difference <= tolerance, "{name}: {difference} above {tolerance}");
    }
}

#[test]
fn parameters_on_the_command_line_are_those_of_the_problem() {
    let solved = |arguments: &[&str]| {
        let output = output(&[&["solve", "tiger", "--horizon", "4", "--json"], arguments].concat());
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        json["value"].as_f64().expect("an exact value")
    };
    assert!((solved(&["-p", "accuracy=0.85"]) - solved(&[])).abs() < 1e-12);
    // Hearing perfectly: -1 + 10 γ - γ² + 10 γ³.
    let perfect = (-1.0 + 10.0 * 0.95) * (1.0 + 0.95 * 0.95);
    assert!((solved(&["--parameter", "accuracy=1"]) - perfect).abs() < 1e-9);
    assert!((solved(&["-p", "accuracy=1", "--split", "3"]) - perfect).abs() < 1e-9);
    let converted = output(&["convert", "n-back", "-p", "q=3", "-p", "length=1", "--split", "2"]);
    let converted = String::from_utf8(converted.stdout).expect("UTF-8");
    assert!(converted.starts_with("# n-back with q = 3, length = 1, split = 2\n"), "{converted}");
    let file = dpac::pomdp::file::parse(converted.as_bytes(), "n-back").expect("a canonical file");
    assert_eq!((file.model.states(), file.model.observations()), (3, 6));
}

#[test]
fn wrong_parameters_on_the_command_line_are_refused_with_help() {
    let refused = |arguments: &[&str], message: &str, help: &str| {
        let output = output(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let error = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(error.contains(message) && error.contains(help), "{error}");
    };
    refused(&["info", "tiger", "-p", "acuracy=0.7"], "no parameter `acuracy`", "did you mean `accuracy`?");
    refused(
        &["info", "tiger", "-p", "accuracy=85"],
        "the parameter `accuracy` is 85, not a number from 0.5 to 1",
        "probability of hearing the tiger where it is",
    );
    refused(&["convert", "light-maze", "-p", "n=2"], "no parameter `n`", "`light-maze` has no parameters");
    refused(&["info", "n-back", "-p", "zebra=2"], "no parameter `zebra`", "its parameters are q, length");
    let several = ["simulate", "n-back", "--policy", "uniform", "-p", "q=16", "-p", "length=12"];
    refused(&several, "more than 16384 states", "dpac problems");
    refused(&["solve", "tiger", "--horizon", "2", "-p", "accuracy"], "NAME=VALUE", "--help");
    refused(&["solve", "tiger", "--horizon", "2", "-p", "accuracy=high"], "`high` is no number", "--help");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/configs/problems/tiger.POMDP");
    refused(&["info", file, "-p", "accuracy=0.7"], "only built-in problems have parameters", "--parameter");
}
