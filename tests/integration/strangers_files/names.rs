//! Names that are no UTF-8 work in every command.

use super::{CONFIG, PROBLEM, dpac, said, scratch};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// "café" in Latin-1.
fn cafe() -> &'static OsStr {
    OsStr::from_bytes(b"caf\xe9")
}

/// `before`, and then the path of a file in the directory.
fn with(before: &str, file: &str) -> OsString {
    let mut argument = OsString::from(before);
    argument.push(Path::new(cafe()).join(file));
    argument
}

/// Runs a command whose arguments are words, or begin with `@` where they are files in the directory.
fn run(outer: &Path, words: &[&str]) {
    let argument = |word: &&str| match word.split_once('@') {
        Some((before, file)) => with(before, file),
        None => OsString::from(word),
    };
    let arguments: Vec<_> = words.iter().map(argument).collect();
    let output = dpac(outer, &arguments);
    assert!(output.status.success(), "{words:?}: {}", said(&output));
}

#[test]
fn every_command_works_in_a_directory_whose_name_is_no_text() {
    let outer = scratch(&[("toggle.toml", CONFIG.as_bytes())]);
    let directory = outer.path().join(cafe());
    std::fs::create_dir(&directory).expect("a directory");
    std::fs::write(directory.join("run.toml"), CONFIG).expect("a file");
    std::fs::write(directory.join("switch.POMDP"), PROBLEM).expect("a file");
    std::fs::write(directory.join("own.toml"), "problem.file = \"switch.POMDP\"\nactor.rounds = 2\n")
        .expect("a file");
    let evaluate =
        "algorithm = \"dptd\"\nproblem = { builtin = \"toggle\", horizon = 2 }\ncritic.rounds = 2\n";
    std::fs::write(outer.path().join("evaluate.toml"), evaluate).expect("a file");
    for command in [
        &["check", "@run.toml", "@switch.POMDP", "@own.toml"][..],
        &["check", "--json", "@switch.POMDP"],
        &["plan", "@run.toml"],
        &["plan", "@switch.POMDP"],
        &["run", "@run.toml", "--out", "@done", "--trace", "@run.dpt", "--trace-level", "full", "--verify"],
        &["run", "@switch.POMDP", "--set", "actor.rounds=2", "--out", "@own"],
        &["run", "@own.toml", "--out", "@other"],
        &["run", "@done/config.toml", "--out", "@again"],
        &[
            "run",
            "toggle.toml",
            "--set",
            "problem={}",
            "--set",
            "problem.file=@switch.POMDP",
            "--out",
            "@set",
        ],
        &["run", "evaluate.toml", "--set", "policy=@done", "--out", "@evaluated"],
        &["run", "evaluate.toml", "--set", "policy=@done/policy.json", "--out", "@evaluated2"],
        &["evaluate", "@done"],
        &["evaluate", "@own"],
        &["export", "--openmetrics", "@done"],
        &["export", "--openmetrics", "@done", "--out", "@run.om"],
        &["info", "@switch.POMDP"],
        &["solve", "@switch.POMDP", "--horizon", "2"],
        &["convert", "@switch.POMDP", "--out", "@switch.json", "--to", "json"],
        &["simulate", "@switch.POMDP", "--policy", "uniform", "--trajectories", "@steps.csv"],
        &["simulate", "toggle", "--policy", "@done", "--json"],
        &["trace", "info", "@run.dpt"],
        &["trace", "info", "--json", "@run.dpt"],
        &["trace", "dump", "@run.dpt"],
        &["trace", "stats", "@run.dpt"],
        &["trace", "diff", "@run.dpt", "@run.dpt"],
        &["trace", "doctor", "@run.dpt"],
        &["trace", "recover", "@run.dpt", "@recovered.dpt"],
        &["trace", "export", "@run.dpt", "--format", "csv", "--out", "@run.csv"],
        &["replay", "@run.dpt"],
        &["replay", "@run.dpt", "--role", "server"],
    ] {
        run(outer.path(), command);
    }
    for file in [
        "done/policy.json",
        "own/policy.json",
        "run.om",
        "switch.json",
        "steps.csv",
        "run.csv",
        "recovered.dpt",
    ] {
        assert!(directory.join(file).is_file(), "{file}");
    }
}

#[test]
fn a_file_whose_own_name_is_no_text_is_a_problem_like_others() {
    let outer = scratch(&[]);
    for name in [b"caf\xe9.POMDP".as_slice(), b"\xff", b"caf\xe9"] {
        let name = OsStr::from_bytes(name);
        std::fs::write(outer.path().join(name), PROBLEM).expect("a file");
        let mut setting = OsString::from("problem.file=");
        setting.push(name);
        std::fs::write(outer.path().join("run.toml"), "actor.rounds = 2\n").expect("a file");
        for arguments in [
            &[OsStr::new("check"), name][..],
            &[OsStr::new("solve"), name, OsStr::new("--horizon"), OsStr::new("2")],
            &[
                OsStr::new("run"),
                name,
                OsStr::new("--set"),
                OsStr::new("actor.rounds=2"),
                OsStr::new("--force"),
            ],
            &[
                OsStr::new("run"),
                OsStr::new("run.toml"),
                OsStr::new("--set"),
                &setting,
                OsStr::new("--force"),
            ],
        ] {
            let output = dpac(outer.path(), arguments);
            assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        }
    }
}

#[test]
fn only_paths_may_be_no_text_and_errors_show_their_bytes() {
    let outer = scratch(&[("run.toml", CONFIG.as_bytes())]);
    let setting = with("algorithm=", "");
    let output =
        dpac(outer.path(), &[OsStr::new("run"), OsStr::new("run.toml"), OsStr::new("--set"), &setting]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("`problem.file` and `policy`"), "{}", said(&output));
    let output = dpac(outer.path(), &[OsStr::new("run"), cafe()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("caf\\xe9"), "{}", said(&output));
    let json = dpac(outer.path(), &[OsStr::new("check"), OsStr::new("--json"), cafe()]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(json[0]["file"], "caf\\xe9");
}
