//! Problem files that lack something, on the command line: the same in every command that reads a problem.

use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

/// Two rooms that nobody leaves and nobody sees; a discount is missing.
const ROOMS: &str = "values: reward\nstates: 2\nactions: 2\nobservations: 2\nT: * identity\nO: * uniform\n\
    R: * : 0 : * : * 1\n# more rewards\nR: 1 : 1 : * : * 7\n";

fn scratch(files: &[(&str, &str)]) -> TempDir {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    for (name, text) in files {
        std::fs::write(scratch.path().join(name), text).expect("a file");
    }
    scratch
}

fn output(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
    command.current_dir(directory).env("COLUMNS", "80").args(arguments).output().expect("the program runs")
}

/// What it prints, if it comes to a good end.
fn printed(directory: &Path, arguments: &[&str]) -> String {
    let output = output(directory, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What it complains of, if its input is bad.
fn refused(directory: &Path, arguments: &[&str]) -> String {
    let output = output(directory, arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).expect("UTF-8")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// Every command that reads a problem, on `rooms.POMDP`, with what it needs besides.
const COMMANDS: [&[&str]; 8] = [
    &["check", "rooms.POMDP"],
    &["check", "rooms.toml"],
    &["info", "rooms.POMDP"],
    &["solve", "rooms.POMDP", "--horizon", "2"],
    &["simulate", "rooms.POMDP", "--policy", "uniform", "--episodes", "10"],
    &["convert", "rooms.POMDP"],
    &["plan", "rooms.POMDP"],
    &["run", "rooms.POMDP", "--out", "run", "--quiet"],
];

const CONFIGURATION: &str = "problem.file = \"rooms.POMDP\"\n";

#[test]
fn a_file_of_carriage_returns_has_the_values_of_one_of_line_feeds() {
    let text = format!("discount: 0.9\n{ROOMS}");
    let scratch = scratch(&[("lf.POMDP", &text), ("cr.POMDP", &text.replace('\n', "\r"))]);
    for name in ["lf.POMDP", "cr.POMDP"] {
        let solved = json(&printed(scratch.path(), &["solve", name, "--horizon", "2", "--json"]));
        let value = solved["value"].as_f64().expect("a value");
        // Nobody knows the room, so the second action is right in both: (1 + 7) / 2 · 1.9.
        assert!((value - 7.6).abs() < 1e-12, "{name}: {solved}");
    }
}

#[test]
fn every_command_takes_a_discount_for_a_file_that_has_none() {
    let scratch = scratch(&[("rooms.POMDP", ROOMS), ("rooms.toml", CONFIGURATION)]);
    for command in COMMANDS {
        let complaint = refused(scratch.path(), command);
        assert!(complaint.contains("there is no `discount:`"), "{command:?}: {complaint}");
        assert!(complaint.contains("--discount 0.95"), "{command:?}: {complaint}");
        printed(scratch.path(), &[command, &["--discount", "0.5"]].concat());
    }
    let discount = |command: &[&str]| {
        let printed = json(&printed(scratch.path(), &[command, &["--discount", "0.5", "--json"]].concat()));
        printed.get(0).unwrap_or(&printed)["discount"].as_f64()
    };
    for command in &COMMANDS[..5] {
        assert_eq!(discount(command), Some(0.5), "{command:?}");
    }
    let converted = printed(scratch.path(), &["convert", "rooms.POMDP", "--discount", "0.5"]);
    assert!(converted.contains("\ndiscount: 0.5\n"), "{converted}");
    let config = std::fs::read_to_string(scratch.path().join("run/config.toml")).expect("a configuration");
    assert!(config.contains("discount = 0.5"), "{config}");
    let given = format!("{CONFIGURATION}problem.discount = 0.5\n");
    std::fs::write(scratch.path().join("rooms.toml"), given).expect("a file");
    printed(scratch.path(), &["check", "rooms.toml"]);
    printed(scratch.path(), &["plan", "rooms.toml"]);
}

#[test]
fn every_command_normalizes_on_request() {
    let counts = format!("discount: 0.5\n{ROOMS}O: 1 : 1 3 1\n");
    let scratch = scratch(&[("rooms.POMDP", &counts), ("rooms.toml", CONFIGURATION)]);
    for command in COMMANDS {
        let complaint = refused(scratch.path(), command);
        assert!(complaint.contains("3 is not a probability"), "{command:?}: {complaint}");
        let said = output(scratch.path(), &[command, &["--normalize"]].concat());
        let warning = String::from_utf8_lossy(&said.stderr);
        assert_eq!(said.status.code(), Some(0), "{command:?}: {warning}");
        assert!(
            warning.contains("an observation row misses 1 by 3.0e0 and is renormalised"),
            "{command:?}: {warning}"
        );
    }
    let converted = printed(scratch.path(), &["convert", "rooms.POMDP", "--normalize"]);
    assert!(converted.contains("O: 1 : 1 0.75 0.25\n"), "{converted}");
    // The run keeps the file as it is, and how it was read.
    let config = std::fs::read_to_string(scratch.path().join("run/config.toml")).expect("a configuration");
    assert!(config.contains("normalize = true"), "{config}");
    printed(scratch.path(), &["evaluate", "run"]);
    let complaint = refused(scratch.path(), &["solve", "tiger", "--horizon", "1", "--normalize"]);
    assert!(complaint.contains("--normalize is for problem files"), "{complaint}");
}

#[test]
fn a_configuration_without_normalize_is_written_as_before() {
    let scratch = scratch(&[("rooms.POMDP", &format!("discount: 0.5\n{ROOMS}"))]);
    printed(scratch.path(), &["run", "rooms.POMDP", "--out", "run", "--quiet"]);
    let config = std::fs::read_to_string(scratch.path().join("run/config.toml")).expect("a configuration");
    assert!(!config.contains("normalize"), "{config}");
}

#[test]
fn as_many_errors_are_counted_as_there_are() {
    let scratch =
        scratch(&[("rooms.POMDP", &format!("discount: 0.5\n{ROOMS}{}", "T: 5 identity\n".repeat(250)))]);
    let checked = output(scratch.path(), &["check", "rooms.POMDP"]);
    assert_eq!(String::from_utf8_lossy(&checked.stdout), "rooms.POMDP: NOT usable, 250 errors\n");
    assert!(String::from_utf8_lossy(&checked.stderr).contains("150 more errors are not listed"));
}
