//! Runs that are stopped or killed, and go on as if they had not been.

use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Some two seconds in a test build, with a checkpoint every four rounds.
const RUN: &str = "problem = { builtin = \"tiger\", horizon = 4 }\nfederation.clients = 20\n\
    critic = { rounds = 2, local_steps = 32 }\nactor = { rounds = 64, local_steps = 64, sync_interval = 16 }\n";

fn program(arguments: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_dpac"));
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn dpac(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dpac")).args(arguments).output().expect("the program runs")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// A scratch directory with a configuration.
fn scratch() -> (TempDir, PathBuf) {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let config = scratch.path().join("run.toml");
    std::fs::write(&config, RUN).expect("a file");
    (scratch, config)
}

/// Everything of a run directory that is a function of configuration and seed, by name.
type Results = Vec<(&'static str, Vec<u8>)>;

fn results(directory: &Path, trace: &Path) -> Results {
    let read =
        |name: &str| std::fs::read(directory.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let without = |bytes: &[u8], timed: &[&str]| {
        let mut json: Value = serde_json::from_slice(bytes).expect("JSON");
        timed.iter().for_each(|key| drop(json[key].take()));
        format!("{json}\n").into_bytes()
    };
    let rounds = read("rounds.jsonl");
    let rounds = rounds.split_inclusive(|&byte| byte == b'\n').flat_map(|line| without(line, &["seconds"]));
    let trace = std::fs::read(trace).expect("a trace");
    let head = u32::from_le_bytes(trace[16..20].try_into().expect("four bytes")) as usize;
    vec![
        (
            "summary.json",
            without(
                &read("summary.json"),
                &["began_unix_seconds", "wall_seconds", "env_steps_per_second", "threads"],
            ),
        ),
        ("rounds.jsonl", rounds.collect()),
        ("barriers.jsonl", read("barriers.jsonl")),
        ("policies.npy", read("policies.npy")),
        ("critic.npy", read("critic.npy")),
        ("policy.json", read("policy.json")),
        ("the trace", trace[24 + head..].to_vec()),
    ]
}

fn assert_same(found: &Results, expected: &Results, when: &str) {
    for ((name, found), (_, expected)) in found.iter().zip(expected) {
        let first = found.iter().zip(expected).position(|(a, b)| a != b);
        let (length, due) = (found.len(), expected.len());
        assert!(
            found == expected,
            "{name} differs {when}: first at byte {first:?}; {length} bytes, expected {due}"
        );
    }
}

fn uninterrupted(scratch: &Path, config: &Path, level: &str) -> Results {
    let (directory, trace) = (scratch.join("whole"), scratch.join("whole.dpt"));
    let (out, to) = (text(&directory), text(&trace));
    let arguments =
        ["run", text(config), "--out", out, "--log", "barriers", "--trace", to, "--trace-level", level, "-q"];
    let output = dpac(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!directory.join("checkpoint.bin").exists());
    results(&directory, &trace)
}

fn is_complete(directory: &Path) -> bool {
    let summary = std::fs::read(directory.join("summary.json")).unwrap_or_default();
    serde_json::from_slice::<Value>(&summary).is_ok_and(|summary| summary["status"] == "complete")
}

/// A child that is killed if the test fails before it has ended.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_run_killed_at_fifty_moments_ends_with_the_bits_of_one_that_was_not() {
    let (scratch, config) = scratch();
    let expected = uninterrupted(scratch.path(), &config, "full");
    let (directory, trace) = (scratch.path().join("parted"), scratch.path().join("parted.dpt"));
    // Moments by a linear congruential generator, between nothing and the time of some two checkpoints.
    let mut moment = 12345_u64;
    let (mut kills, mut ends) = (0, 0);
    while kills < 50 {
        let fresh = !directory.exists();
        let mut command = if fresh {
            let (out, to) = (text(&directory), text(&trace));
            program(&[
                "run",
                text(&config),
                "--out",
                out,
                "--log",
                "barriers",
                "--trace",
                to,
                "--trace-level",
                "full",
                // Of a run that came to its end, of which the directory is gone.
                "--force",
            ])
        } else {
            program(&["run", "--resume", text(&directory)])
        };
        moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let patience = Duration::from_millis(20 + (moment >> 33) % 300);
        let mut running = Running(command.spawn().expect("the program runs"));
        let began = Instant::now();
        let ended = loop {
            match running.0.try_wait().expect("a child") {
                Some(status) => break Some(status),
                None if began.elapsed() >= patience => break None,
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        match ended {
            Some(status) => {
                assert!(status.success(), "after {kills} kills: {status}");
                assert_same(&results(&directory, &trace), &expected, &format!("after {kills} kills"));
                ends += 1;
                std::fs::remove_dir_all(&directory).expect("a run directory");
            }
            None => {
                running.0.kill().expect("a child");
                running.0.wait().expect("a child");
                kills += 1;
                // It may have been at its last breath, with everything written.
                if is_complete(&directory) {
                    assert_same(&results(&directory, &trace), &expected, &format!("after {kills} kills"));
                    ends += 1;
                    std::fs::remove_dir_all(&directory).expect("a run directory");
                }
            }
        }
    }
    // Killed before it had a directory, or not, the last one comes to its end too.
    if directory.exists() {
        let output = dpac(&["run", "--resume", text(&directory), "-q"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_same(&results(&directory, &trace), &expected, "at the end");
        ends += 1;
    }
    assert!(ends > 0);
}

#[cfg(unix)]
#[test]
fn signals_stop_at_a_barrier_and_say_so_by_exit_codes() {
    let (scratch, config) = scratch();
    let expected = uninterrupted(scratch.path(), &config, "order");
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let directory = scratch.path().join(signal);
        let trace = scratch.path().join(format!("{signal}.dpt"));
        let (out, to) = (text(&directory), text(&trace));
        let arguments = [
            "run",
            text(&config),
            "--out",
            out,
            "--log",
            "barriers",
            "--trace",
            to,
            "--trace-level",
            "order",
            "-q",
        ];
        let mut running = Running(program(&arguments).spawn().expect("the program runs"));
        let rounds = directory.join("rounds.jsonl");
        while std::fs::metadata(&rounds).map_or(0, |metadata| metadata.len()) == 0
            && !directory.join("checkpoint.bin").exists()
        {
            assert!(running.0.try_wait().expect("a child").is_none(), "it ended before it was asked to");
            std::thread::sleep(Duration::from_millis(2));
        }
        let kill =
            std::process::Command::new("kill").args(["-s", signal, &running.0.id().to_string()]).status();
        assert!(kill.expect("kill").success());
        assert_eq!(running.0.wait().expect("a child").code(), Some(code));
        let summary = std::fs::read(directory.join("summary.json")).expect("a summary");
        let summary: Value = serde_json::from_slice(&summary).expect("JSON");
        assert_eq!(summary["status"], "interrupted");
        let output = dpac(&["run", "--resume", out, "-q"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_same(&results(&directory, &trace), &expected, signal);
    }
}

#[test]
fn what_cannot_go_on_says_why_and_is_left_alone() {
    let (scratch, config) = scratch();
    let directory = scratch.path().join("run");
    let refused = |expected: &str| {
        let output = dpac(&["run", "--resume", text(&directory)]);
        assert_eq!(output.status.code(), Some(2), "{expected}");
        let error = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(error.contains(expected), "{error}");
    };
    refused("No such file or directory");
    let quick = ["--set", "actor.rounds=2", "-q", "--out", text(&directory)];
    assert!(dpac(&[&["run", text(&config)], &quick[..]].concat()).status.success());
    refused("is complete");
    std::fs::remove_file(directory.join("summary.json")).expect("a summary");
    std::fs::write(directory.join("checkpoint.bin"), b"no checkpoint at all, though it is long enough")
        .expect("a file");
    refused("is damaged");
    assert!(directory.join("policies.npy").exists());
    std::fs::remove_file(directory.join("checkpoint.bin")).expect("a file");
    refused("checkpoint.bin");
    let output = dpac(&["run", text(&config), "--resume", text(&directory)]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(dpac(&["run"]).status.code(), Some(2));
    assert_eq!(dpac(&["plan"]).status.code(), Some(2));
}
