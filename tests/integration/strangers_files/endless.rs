//! Files that do not end, or are longer than memory: refused by what is read of them, soon and with little
//! memory.
#![cfg(unix)]

use super::{CONFIG, PROBLEM, assert_one_error, dpac, said, scratch, text, within};
use std::fs::File;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

/// What a file is replaced by, and what is said of it.
const ENDLESS: [(&str, &str); 6] = [
    ("zero", "it is a device"),
    ("random", "it is a device"),
    ("sparse", "it is longer than"),
    ("pipe", "it is a pipe"),
    ("directory", "it is a directory"),
    ("socket", "it is a socket"),
];

/// Puts something that does not end in a file's place.
fn put(kind: &str, path: &Path) {
    if path.exists() {
        std::fs::remove_file(path).expect("a file");
    }
    match kind {
        "zero" => std::os::unix::fs::symlink("/dev/zero", path).expect("a link"),
        "random" => std::os::unix::fs::symlink("/dev/urandom", path).expect("a link"),
        // Two terabytes that take no room.
        "sparse" => File::create(path).and_then(|file| file.set_len(1 << 41)).expect("sparse files"),
        "pipe" => assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo").success()),
        "directory" => std::fs::create_dir(path).expect("a directory"),
        // It stays there when nobody listens any more.
        _ => drop(UnixListener::bind(path).expect("a socket")),
    }
}

#[test]
fn as_the_file_of_a_command() {
    for (kind, said) in ENDLESS {
        for name in ["file", "file.POMDP"] {
            let scratch = scratch(&[]);
            put(kind, &scratch.path().join(name));
            for command in [
                &["check"][..],
                &["plan"],
                &["run"],
                &["info"],
                &["convert"],
                &["solve", "--horizon", "2"],
                &["simulate", "--policy", "uniform"],
            ] {
                // What a sparse file is, is looked at before its length is: it is no text.
                let read_by_content = matches!(command[0], "check" | "plan" | "run");
                let said = if kind == "sparse" && read_by_content { "no text" } else { said };

                assert_one_error(&within(256, scratch.path(), &[command, &[name]].concat()), &[said, name]);
            }
        }
    }
}

#[test]
fn as_the_problem_or_the_policy_of_a_configuration() {
    for (kind, said) in ENDLESS {
        let problem = "problem = { file = \"file\" }\n";
        let policy = "algorithm = \"dptd\"\npolicy = \"file\"\nproblem.builtin = \"tiger\"\n";
        let scratch = scratch(&[("problem.toml", problem.as_bytes()), ("policy.toml", policy.as_bytes())]);
        put(kind, &scratch.path().join("file"));
        for command in ["check", "plan", "run"] {
            let output = within(256, scratch.path(), &[command, "problem.toml"]);
            assert_one_error(&output, &[said, "problem.toml:1:20", "file"]);
            if kind != "directory" {
                let output = within(256, scratch.path(), &[command, "policy.toml"]);
                assert_one_error(&output, &[said, "policy.toml:2:10", "file"]);
            }
        }
        if kind != "directory" {
            let output = within(256, scratch.path(), &["simulate", "tiger", "--policy", "file"]);
            assert_one_error(&output, &[said, "file"]);
        }
    }
}

#[test]
fn as_a_trace() {
    for (kind, said) in ENDLESS {
        let scratch = scratch(&[]);
        put(kind, &scratch.path().join("file"));
        for command in [
            &["trace", "info", "file"][..],
            &["trace", "dump", "file"],
            &["trace", "stats", "file"],
            &["trace", "doctor", "file"],
            &["trace", "export", "file", "--format", "csv"],
            &["trace", "diff", "file", "file"],
            &["replay", "file"],
            &["replay", "file", "--role", "server"],
        ] {
            let output = within(512, scratch.path(), command);
            // A sparse file is read piece by piece: it begins with no trace.
            let said = if kind == "sparse" { "not a trace" } else { said };
            let error = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{kind} {command:?}: {error}");
            assert!(error.contains(said), "{kind} {command:?}: {error}");
        }
    }
}

/// A directory with a run in it that has come to its end.
fn run() -> tempfile::TempDir {
    let scratch = scratch(&[("switch.POMDP", PROBLEM.as_bytes())]);
    let config = CONFIG.replace("builtin = \"toggle\"", "file = \"switch.POMDP\"");
    std::fs::write(scratch.path().join("run.toml"), config).expect("a file");
    let output = dpac(scratch.path(), &["run", "run.toml", "--out", "done", "--quiet"]);
    assert!(output.status.success(), "{}", said(&output));
    scratch
}

#[test]
fn in_a_run_directory() {
    let of = run();
    for (kind, _) in ENDLESS {
        for (name, commands) in [
            ("config.toml", &["evaluate", "export"][..]),
            ("inputs/switch.POMDP", &["evaluate", "export"]),
            ("policies.npy", &["evaluate"]),
            ("policy.json", &["evaluate"]),
            ("rounds.jsonl", &["export"]),
            ("summary.json", &["export"]),
        ] {
            let scratch = self::scratch(&[]);
            let copied =
                Command::new("cp").arg("-R").args([&of.path().join("done"), scratch.path()]).status();
            assert!(copied.expect("cp").success());
            put(kind, &scratch.path().join("done").join(name));
            for command in commands {
                let arguments: &[&str] = if *command == "export" {
                    &["export", "--openmetrics", "done"]
                } else {
                    &["evaluate", "done"]
                };
                let output = within(768, scratch.path(), arguments);
                let error = text(&output.stderr);
                assert_eq!(output.status.code(), Some(2), "{command} with {name} as {kind}: {error}");
                assert!(!error.contains("panicked"), "{command} with {name} as {kind}: {error}");
            }
        }
    }
}

#[test]
fn a_pipe_in_a_run_directory_is_refused_even_if_somebody_writes_to_it() {
    let scratch = run();
    let path = scratch.path().join("done/inputs/switch.POMDP");
    put("pipe", &path);
    let _open = File::options().read(true).write(true).open(&path).expect("a pipe");
    let output = dpac(scratch.path(), &["evaluate", "done"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no regular file"), "{}", said(&output));
}
