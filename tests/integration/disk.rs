//! What `dpac plan` says of a run's directory, against what the run leaves there; and who is warned of it.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// Runs that differ in what is the largest part of them.
const RUNS: [(&str, &str); 7] = [
    ("many rounds", "actor = { rounds = 200, local_steps = 4, sync_interval = 2 }"),
    ("long policies", "problem.horizon = 6\nactor = { rounds = 20, local_steps = 4, sync_interval = 2 }"),
    (
        "long policies, and the last kept alone",
        "problem.horizon = 6\noutput.keep_policies = 'last'\n\
         actor = { rounds = 20, local_steps = 4, sync_interval = 2 }",
    ),
    (
        "few lines, and no policy",
        "problem.horizon = 6\noutput = { keep_policies = 'none', log_every = 50 }\n\
         actor = { rounds = 120, local_steps = 4, sync_interval = 2 }",
    ),
    ("one policy that is evaluated", "algorithm = 'dptd'\nproblem.horizon = 5"),
    (
        "what is recorded beside the rounds",
        "problem.horizon = 5\noutput.record = ['psi', 'psi_bar', 'drift', 'omega', 'max_q_error']\n\
         actor = { rounds = 60, local_steps = 64, sync_interval = 16 }",
    ),
    (
        "steps of a critic that is a network",
        "algorithm = 'rec-nac'\ncritic = { rounds = 600, local_steps = 1 }\n\
         actor = { rounds = 12, local_steps = 4, sync_interval = 2, policy = { kind = 'indrnn', hidden = 2 } }",
    ),
];

fn dpac(place: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
    command.current_dir(place).env("COLUMNS", "80").args(arguments).output().expect("the program runs")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn size(path: &Path) -> u64 {
    let metadata = std::fs::symlink_metadata(path).expect("a file");
    if metadata.is_dir() {
        std::fs::read_dir(path).expect("a folder").map(|entry| size(&entry.expect("an entry").path())).sum()
    } else {
        metadata.len()
    }
}

#[test]
fn a_planned_run_directory_is_not_smaller_than_the_one_that_is_made_and_its_policies_are_counted_whole() {
    let scratch = TempDir::new().expect("a scratch directory");
    for (name, configuration) in RUNS {
        let critic = match configuration.contains("critic = ") {
            true => "",
            false => "critic = { rounds = 2, local_steps = 4 }",
        };
        let text = format!("problem.builtin = 'tiger'\nfederation.clients = 2\n{critic}\n{configuration}\n");
        std::fs::write(scratch.path().join("run.toml"), text).expect("writable");
        let plan = dpac(scratch.path(), &["plan", "run.toml", "--json"]);
        assert!(plan.status.success(), "{}", said(&plan));
        let plan: Value = serde_json::from_slice(&plan.stdout).expect("JSON");
        let planned = |part: &str| plan["disk_bytes"][part].as_u64().expect("a number of bytes");
        let run = dpac(scratch.path(), &["run", "run.toml", "--out", "run", "--force", "-q"]);
        assert!(run.status.success(), "{}", said(&run));
        let directory = scratch.path().join("run");
        let policies = directory.join("policies.npy");
        let kept = if policies.exists() { size(&policies) - 128 } else { 0 };
        assert_eq!(planned("policies"), kept, "{name}");
        let all: u64 = ["policies", "rounds", "record", "checkpoints", "rest"].into_iter().map(planned).sum();
        let found = size(&directory);
        // Lines and texts are counted at their longest, and two checkpoints for the one that is left.
        assert!((found..=5 * found + (64 << 10)).contains(&all), "{name}: {all} planned, {found} found");
    }
}

#[test]
fn who_would_write_much_is_told_before_and_by_which_key_it_becomes_less() {
    let scratch = TempDir::new().expect("a scratch directory");
    let plan = |more: &[&str]| {
        let output =
            dpac(scratch.path(), &[&["plan", "tiger", "--set", "actor.rounds=400000"], more].concat());
        assert!(output.status.success(), "{}", said(&output));
        said(&output)
    };
    let small = dpac(scratch.path(), &["plan", "tiger"]);
    assert!(said(&small).contains("  disk     about ") && !said(&small).contains(" of disk"));
    let policies = plan(&[]);
    assert!(policies.contains("⚠ this may take ") && policies.contains(" of disk"), "{policies}");
    assert!(policies.contains("--set output.keep_policies=last"), "{policies}");
    let last = ["--set", "output.keep_policies=last"];
    let lines = plan(&last);
    assert!(lines.contains(" of disk") && lines.contains("--set output.log_every=100"), "{lines}");
    let few = plan(&[&last[..], &["--set", "output.log_every=100"]].concat());
    assert!(!few.contains(" of disk"), "{few}");

    // The runs of a sweep together.
    let sweep = |seeds: &str| {
        let arguments = ["sweep", "tiger", "--set", "actor.rounds=20000", "--seeds", seeds, "--dry-run"];
        said(&dpac(scratch.path(), &arguments))
    };
    assert!(!sweep("0").contains("of disk"), "{}", sweep("0"));
    assert!(sweep("0..99").contains("of disk"), "{}", sweep("0..99"));
}

#[test]
fn a_run_that_takes_little_says_nothing_of_disk_before_it_begins() {
    let scratch = TempDir::new().expect("a scratch directory");
    let set = ["--set", "actor.rounds=2", "--set", "actor.local_steps=4", "--set", "critic.local_steps=4"];
    let output = dpac(scratch.path(), &[&["run", "tiger", "--out", "it"], &set[..]].concat());
    assert!(output.status.success() && !said(&output).contains("disk"), "{}", said(&output));
}
