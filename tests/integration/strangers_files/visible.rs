//! What a terminal would obey is shown instead.

use super::{CONFIG, PROBLEM, dpac, said, scratch, text};
use crate::whole_run::{resolved, run_resolved};
use dpac::experiment::TraceOptions;
use dpac_actors::trace::{Kept, Level};
use std::process::Output;

/// Sets a title, rings, moves, colours, by sequences of one and of two bytes; overwrites a line; turns the
/// direction.
const OBEYED: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[31m\u{9b}1m\u{8}\u{7f}\u{202e}\u{2066}\u{200f}";

/// That nothing was written that a terminal would obey, but line ends and tabs.
fn assert_visible(output: &Output) {
    let said = said(output);
    let obeyed = |c: char| {
        c.is_control() && c != '\n' && c != '\t'
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
    };
    if let Some(at) = said.find(obeyed) {
        panic!("{:?} in {}", said[at..].chars().next(), said.escape_debug());
    }
}

#[test]
fn of_problem_files() {
    for (part, other) in [
        ("no yes", format!("{OBEYED} yes")),
        ("T: wait", format!("# {OBEYED}\nT: {OBEYED}wait")),
        ("O: * 0.8", format!("O: * 0.9 # {OBEYED}\r")),
        ("T: press\n", format!("T: press # {OBEYED}\n1 1 1 1 1 ")),
        ("light\n", format!("light\n\n{}", "\u{1b}[31m".repeat(100))),
    ] {
        let problem = PROBLEM.replacen(part, &other, 1);
        let scratch = scratch(&[("a.POMDP", problem.as_bytes())]);
        for command in [&["check"][..], &["check", "--json"], &["run"], &["info"], &["convert"]] {
            let output = dpac(scratch.path(), &[command, &["a.POMDP"]].concat());
            assert_eq!(output.status.code(), Some(2), "{}", said(&output));
            assert_visible(&output);
        }
        let output = dpac(scratch.path(), &["check", "a.POMDP"]);
        assert!(text(&output.stderr).contains("\\u{1b}"), "{}", said(&output));
    }
}

#[test]
fn of_configurations() {
    let escaped: String = OBEYED.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    for config in [
        format!("algorithm = \"{OBEYED}\"\n"),
        format!("algorithm = \"{escaped}\"\n"),
        format!("\"{escaped}\" = 1\n"),
        format!("problem.builtin = \"{escaped}\"\n"),
        format!("problem.file = \"{escaped}\"\n"),
        format!("problem.builtin = \"tiger\"\nproblem.parameters.\"{escaped}\" = 1\n"),
        format!("problem.builtin = \"tiger\"\nalgorithm = \"dptd\"\npolicy = \"{escaped}\"\n"),
        format!("# {OBEYED}\nseed = x\n"),
        format!("seed = 1 # é{OBEYED}\nsede = 1\n"),
    ] {
        let scratch = scratch(&[("a.toml", config.as_bytes())]);
        for command in [&["check"][..], &["check", "--json"], &["run"], &["plan"]] {
            let output = dpac(scratch.path(), &[command, &["a.toml"]].concat());
            assert_eq!(output.status.code(), Some(2), "{config:?}: {}", said(&output));
            assert_visible(&output);
        }
    }
}

#[test]
fn of_settings_and_parameters() {
    let scratch = scratch(&[("a.toml", CONFIG.as_bytes())]);
    let setting = format!("algorithm={OBEYED}");
    assert_visible(&dpac(scratch.path(), &["run", "a.toml", "--set", &setting]));
    assert_visible(&dpac(scratch.path(), &["run", "a.toml", &format!("--{OBEYED}")]));
    assert_visible(&dpac(scratch.path(), &["info", "tiger", "-p", &format!("{OBEYED}=1")]));
    assert_visible(&dpac(scratch.path(), &["info", "tiger", "--features", OBEYED]));
    assert_visible(&dpac(scratch.path(), &["simulate", "tiger", "--policy", OBEYED]));
    assert_visible(&dpac(scratch.path(), &["simulate", "tiger", "--policy", &format!("constant:{OBEYED}")]));
}

#[test]
fn of_policy_files() {
    let escaped: String = OBEYED.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    let policy = format!("{{\"{escaped}\": 1}}");
    let config = "algorithm = \"dptd\"\npolicy = \"policy.json\"\nproblem.builtin = \"tiger\"\n";
    let scratch = scratch(&[("policy.json", policy.as_bytes()), ("a.toml", config.as_bytes())]);
    for command in
        [&["run", "a.toml"][..], &["check", "a.toml"], &["simulate", "tiger", "--policy", "policy.json"]]
    {
        let output = dpac(scratch.path(), command);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert_visible(&output);
    }
}

/// File names may hold everything but a slash; a line end too, which could pretend to be another file's line.
#[cfg(target_os = "linux")]
#[test]
fn of_file_names() {
    let name = format!("{OBEYED}\nb.POMDP: fine\r");
    let outer = scratch(&[]);
    let directory = outer.path().join(&name);
    std::fs::create_dir(&directory).expect("a directory");
    let in_it = |file: &str| format!("{name}/{file}");
    std::fs::write(directory.join("good.POMDP"), PROBLEM).expect("a file");
    std::fs::write(directory.join("bad.POMDP"), "states: x").expect("a file");
    std::fs::write(directory.join("good.toml"), CONFIG).expect("a file");
    std::fs::write(directory.join("bad.toml"), "seed = x\n").expect("a file");
    let run = |arguments: &[&str]| dpac(outer.path(), arguments);
    let (good, out) = (in_it("good.toml"), in_it("done"));
    let trace = in_it("run.dpt");
    let commands: [&[&str]; 22] = [
        &["check", &in_it("good.POMDP"), &in_it("bad.POMDP"), &good, &in_it("bad.toml"), &in_it("none.toml")],
        &["run", &good, "--out", &out, "--trace", &trace, "--trace-level", "full", "--verify"],
        &["run", &good, "--out", &out],
        &["run", "--resume", &out],
        &["run", &in_it("none.POMDP")],
        &["run", &good, "--out", &in_it("bad.toml/run")],
        &["plan", &in_it("none.toml")],
        &["info", &in_it("none.POMDP")],
        &["info", &name],
        &["solve", &in_it("bad.POMDP"), "--horizon", "1"],
        &["simulate", "toggle", "--policy", &out, "--trajectories", &in_it("t.csv")],
        &["simulate", "toggle", "--policy", &in_it("none"), "--trajectories", &in_it("t.txt")],
        &["convert", "tiger", "--out", &in_it("no/where")],
        &["evaluate", &out],
        &["evaluate", &name],
        &["export", "--openmetrics", &out],
        &["trace", "info", &trace],
        &["trace", "info", &good],
        &["trace", "diff", &trace, &trace],
        &["trace", "doctor", &trace],
        &["replay", &trace],
        &["replay", &in_it("none.dpt")],
    ];
    for command in commands {
        let output = run(command);
        assert_visible(&output);
        assert!(!said(&output).contains("\nb.POMDP: fine"), "{command:?}: {}", said(&output));
    }
    let json = run(&["check", "--json", &good]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(json[0]["file"], good.as_str());
}

#[test]
fn of_heads_of_traces_and_of_summaries() {
    let scratch = scratch(&[("run.toml", CONFIG.as_bytes())]);
    let path = |name: &str| scratch.path().join(name);
    let record = |name: &str, program: &str| {
        run_resolved(resolved(CONFIG, &[]), |options| {
            options.program = program.to_owned();
            options.directory = path(&format!("{name}.run"));
            options.trace = Some(TraceOptions { path: path(name), level: Level::Full, kept: Kept::Everyone });
        });
    };
    record("a.dpt", &format!("{OBEYED} ({OBEYED})"));
    record("b.dpt", "other");
    for command in [
        &["trace", "info", "a.dpt"][..],
        &["trace", "info", "--json", "a.dpt"],
        &["trace", "dump", "a.dpt"],
        &["trace", "stats", "a.dpt"],
        &["trace", "diff", "a.dpt", "b.dpt"],
        &["trace", "diff", "--json", "a.dpt", "b.dpt"],
        &["trace", "export", "a.dpt", "--format", "csv"],
        &["trace", "export", "a.dpt", "--format", "mermaid"],
        &["replay", "a.dpt"],
        &["evaluate", "a.dpt.run"],
        &["export", "--openmetrics", "a.dpt.run"],
    ] {
        let output = dpac(scratch.path(), command);
        assert!(output.status.success(), "{command:?}: {}", said(&output));
        assert_visible(&output);
    }
    let shown = said(&dpac(scratch.path(), &["trace", "info", "a.dpt"]));
    assert!(shown.contains("\\u{1b}]0;owned\\u{7}"), "{shown}");
}

#[test]
fn json_holds_what_was_there() {
    let scratch = scratch(&[("a.toml", format!("\"\\u202e\\u009b{}\" = 1\n", "é").as_bytes())]);
    let output = dpac(scratch.path(), &["check", "--json", "a.toml"]);
    assert_visible(&output);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let errors = json[0]["errors"].as_array().expect("a list");
    assert!(errors.iter().any(|error| error["message"] == "unknown key `\\u{202e}\\u{9b}é`"), "{errors:?}");
}
