//! A stranger's run directory is data: what goes on with it writes in it, and nowhere else.
#![cfg(unix)]

use super::Place;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

const NAMES: [&str; 12] = [
    "rounds.jsonl",
    "policies.npy.partial",
    "policies.npy",
    "checkpoint.bin",
    "checkpoint.safe.bin",
    "checkpoint.bin.partial",
    "summary.json",
    "digests.json",
    "policy.json",
    "critic.npy",
    "lock",
    "run.json",
];

#[test]
fn links_in_a_run_directory_are_not_written_through() {
    let place = Place::new();
    place.killed("run longer.toml -q --threads 1 --out begun", "begun");
    let precious = b"precious\n".repeat(100_000);
    for hard in [false, true] {
        for name in NAMES {
            let copied = std::process::Command::new("cp")
                .args(["-r"])
                .args([place.path("begun"), place.path("r")])
                .status();
            assert!(copied.expect("cp").success());
            place.write("victim", &precious);
            let link = place.path("r").join(name);
            let _ = std::fs::remove_file(&link);
            if hard {
                std::fs::hard_link(place.path("victim"), &link).expect("links");
            } else {
                symlink(place.path("victim"), &link).expect("links");
            }
            let output = place.run("run --resume r -q --threads 1");
            assert!(place.read("victim") == precious, "{name}, hard: {hard}: its target is overwritten");
            assert!(matches!(output.status.code(), Some(0..=2)), "{name}: {:?}", output.status);
            std::fs::remove_dir_all(place.path("r")).expect("a run directory");
        }
    }
}

#[test]
fn pipes_in_a_run_directory_are_not_waited_for() {
    let place = Place::new();
    place.killed("run longer.toml -q --threads 1 --out begun", "begun");
    for name in NAMES.iter().chain(&["config.toml"]) {
        let copied = std::process::Command::new("cp")
            .args(["-r"])
            .args([place.path("begun"), place.path("r")])
            .status();
        assert!(copied.expect("cp").success());
        let pipe = place.path("r").join(name);
        let _ = std::fs::remove_file(&pipe);
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
        for line in ["run --resume r -q --threads 1", "evaluate r", "export --openmetrics r"] {
            // What it says is more than a pipe holds.
            let running = place.command(line).stdout(std::process::Stdio::null()).spawn();
            let mut running = super::Running(running.expect("the program runs"));
            let began = Instant::now();
            while running.0.try_wait().expect("a child").is_none() {
                assert!(began.elapsed() < Duration::from_secs(60), "{line} waits for {name}");
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        std::fs::remove_dir_all(place.path("r")).expect("a run directory");
    }
}

#[test]
fn folder_of_inputs_that_leads_elsewhere_is_refused() {
    let place = Place::new();
    place.fine("convert tiger --out tiger.POMDP");
    place.write("file.toml", super::LONGER.replace("builtin = \"tiger\"", "file = \"tiger.POMDP\""));
    place.killed("run file.toml -q --threads 1 --out r", "r");
    std::fs::rename(place.path("r/inputs"), place.path("inputs")).expect("a folder");
    symlink("../inputs", place.path("r/inputs")).expect("links");
    place.refused("run --resume r -q", &["inputs/tiger.POMDP"]);
}
