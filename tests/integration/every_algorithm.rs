//! What an algorithm gets by being registered: its runs replay whole and role by role, and go on after a
//! SIGKILL as if nothing had been. That its ledger equals its protocol is held by `ledger::`, the order of
//! its messages by `protocols::order`.

use crate::ledger::Sizes;
use crate::whole_run::{resolved, run_resolved};
use dpac::algorithm::Registry;
use dpac::experiment::{TraceOptions, assert_replays, config_digest};
use dpac_actors::Address;
use dpac_actors::trace::{Kept, Level};
use serde_json::Value;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Of each algorithm a run of each form, and with several values of its own keys.
fn runs() -> Vec<Sizes> {
    let mut runs = Vec::new();
    for entry in Registry::BUILTIN.entries() {
        let leans = if entry.words.reads("federation.lean") { &[false, true][..] } else { &[false] };
        let owns = if entry.words.keys.is_empty() { 0..1 } else { 0..3 };
        for (&lean, own) in leans.iter().flat_map(|lean| owns.clone().map(move |own| (lean, own))) {
            runs.push(Sizes {
                entry,
                lean,
                clients: if entry.sizing.is_of_one_agent() { 1 } else { 3 },
                rounds: 2,
                local_steps: 5,
                interval: 2,
                critic_rounds: 3,
                critic_local_steps: 4,
                own,
            });
        }
    }
    runs
}

#[test]
fn traces_replay_whole_and_role_by_role() {
    for sizes in runs() {
        let scratch = tempfile::tempdir().expect("a scratch directory");
        let path = scratch.path().join("run.dpt");
        run_resolved(resolved(&sizes.text(), &[]), |options| {
            options.trace =
                Some(TraceOptions { path: path.clone(), level: Level::Full, kept: Kept::Everyone });
        });
        assert_replays(&path, Registry::BUILTIN, None);
        let of_client = |m| [Address::Client(m), Address::Critic(m), Address::Actor(m)];
        for role in std::iter::once(Address::Server).chain((0..sizes.clients as u32).flat_map(of_client)) {
            assert_replays(&path, Registry::BUILTIN, Some(role));
        }
    }
}

/// A run's own configuration is one that anybody can begin with, and says the same.
#[test]
fn configurations_that_runs_keep_are_read_as_anybody_s() {
    for sizes in runs() {
        let (run, input) = resolved(&sizes.text(), &[]);
        let kept = run_resolved(resolved(&sizes.text(), &[]), |_| {});
        let text = std::fs::read_to_string(kept.directory.join("config.toml")).expect("it is kept");
        let (again, same_input) = resolved(&text, &[]);
        assert_eq!(config_digest(&again, &same_input), config_digest(&run, &input), "{text}");
    }
}

/// The program, silent.
pub(crate) fn program(arguments: &[impl AsRef<OsStr>], directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
    command.args(arguments).current_dir(directory).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// What a run in a directory came to: its summary, with the digests of its files, without what depends on the
/// clock; and its trace without the head.
pub(crate) fn results(directory: &Path, run: &str) -> (Value, Vec<u8>) {
    let summary = std::fs::read(directory.join(run).join("summary.json")).expect("a summary");
    let mut summary: Value = serde_json::from_slice(&summary).expect("JSON");
    for timed in ["began_unix_seconds", "wall_seconds", "env_steps_per_second", "threads"] {
        summary[timed].take();
    }
    // Of the lines of rounds each has its time.
    if let Some(files) = summary["files"].as_object_mut() {
        files.remove("rounds.jsonl");
    }
    let trace = std::fs::read(directory.join(format!("{run}.dpt"))).expect("a trace");
    let head = u32::from_le_bytes(trace[16..20].try_into().expect("four bytes")) as usize;
    (summary, trace[24 + head..].to_vec())
}

/// Kills the run as soon as it has told of a round, or made its directory where there is one round; whether
/// it had not ended by then.
pub(crate) fn killed(arguments: &[String], directory: &Path, rounds: u64) -> bool {
    let mut child = program(arguments, directory).spawn().expect("the program runs");
    let sign = directory.join("parted").join(if rounds > 1 { "rounds.jsonl" } else { "config.toml" });
    let began = Instant::now();
    while std::fs::metadata(&sign).map_or(0, |metadata| metadata.len()) == 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "no sign of life");
        if child.try_wait().expect("a child").is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().expect("a child");
    child.wait().expect("a child");
    !directory.join("parted/summary.json").exists()
}

#[test]
fn runs_that_are_killed_go_on_to_the_same_bits() {
    for sizes in runs().into_iter().filter(|sizes| sizes.own == 0) {
        let name = sizes.entry.name();
        // A second or so in a test build.
        let (clients, steps) = if sizes.entry.sizing.is_of_one_agent() { (1, 7680) } else { (40, 96) };
        let sizes = Sizes { clients, rounds: 24, local_steps: steps, critic_local_steps: steps, ..sizes };
        let sizes = Sizes { interval: 32, ..sizes };
        let sizes = Sizes { critic_rounds: if sizes.entry.words.reads("actor") { 3 } else { 60 }, ..sizes };
        let scratch = tempfile::tempdir().expect("a scratch directory");
        let directory = scratch.path();
        std::fs::write(directory.join("run.toml"), sizes.text()).expect("a file");
        let rounds = resolved(&sizes.text(), &[]).0.shape.rounds();
        let begin = |run: &str| {
            let trace = format!("{run}.dpt");
            let arguments = ["run", "run.toml", "-q", "--out", run, "--log", "barriers", "--trace", &trace];
            [&arguments[..], &["--trace-level", "full"]].concat().into_iter().map(str::to_owned).collect()
        };
        let (whole, parted): (Vec<String>, Vec<String>) = (begin("whole"), begin("parted"));
        assert!(program(&whole, directory).status().expect("the program runs").success(), "{name}");
        assert!(killed(&parted, directory, rounds), "{name} had ended before it was killed");
        let goes_on = ["run", "--resume", "parted", "-q"];
        let status = program(&goes_on, directory).status().expect("the program runs");
        assert!(status.success(), "{name}: {status}");
        let (found, expected) = (results(directory, "parted"), results(directory, "whole"));
        assert_eq!(found.0, expected.0, "{name}");
        assert!(found.1 == expected.1, "{name}: the traces differ");
    }
}
