//! Full disks, places that cannot be written, directories that vanish: a clear error, and the last good
//! checkpoint stands.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A fraction of a second, with a checkpoint every third round.
const QUICK: &str = "problem = { builtin = \"toggle\", horizon = 2 }\nfederation.clients = 3\n\
    critic = { rounds = 2, local_steps = 4 }\nactor = { rounds = 40, local_steps = 4, sync_interval = 2 }\n";

/// Some two seconds in a test build, with a checkpoint every fourth round.
const SLOW: &str = "problem = { builtin = \"tiger\", horizon = 4 }\nfederation.clients = 20\n\
    critic = { rounds = 2, local_steps = 32 }\nactor = { rounds = 64, local_steps = 64, sync_interval = 16 }\n";

struct Place {
    scratch: TempDir,
    config: PathBuf,
    /// The digest of the run that nothing came in the way of.
    digest: String,
}

impl Place {
    fn of(configuration: &str) -> Self {
        let scratch = tempfile::tempdir().expect("a scratch directory");
        let config = scratch.path().join("run.toml");
        std::fs::write(&config, configuration).expect("a file");
        let whole = scratch.path().join("whole");
        let output = dpac(&["run", text(&config), "--out", text(&whole), "-q"]);
        assert!(output.status.success(), "{}", said(&output));
        let digest = digest(&whole);
        Place { scratch, config, digest }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// Goes on with a run, which must end as if nothing had happened.
    fn assert_goes_on(&self, directory: &Path) {
        let output = dpac(&["run", "--resume", text(directory), "-q"]);
        assert!(output.status.success(), "{}", said(&output));
        assert_eq!(digest(directory), self.digest);
    }
}

fn dpac(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dpac")).args(arguments).output().expect("the program runs")
}

/// Runs the program where no file may have more than so many KiB: writing beyond it fails as on a full disk,
/// but with another error number, since the signal that goes with it is ignored.
fn dpac_below(kibibytes: u32, arguments: &[&str]) -> Output {
    let script = format!("ulimit -f {kibibytes}; trap '' XFSZ; exec \"$0\" \"$@\"");
    let mut command = Command::new("bash");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_dpac")]).args(arguments);
    command.output().expect("bash runs")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn digest(directory: &Path) -> String {
    let summary = std::fs::read(directory.join("summary.json")).expect("a summary");
    let summary: Value = serde_json::from_slice(&summary).expect("JSON");
    assert_eq!(summary["status"], "complete");
    summary["digest"].as_str().expect("a digest").to_owned()
}

/// Exit code 1, and an error with each of these words.
fn assert_failed(output: &Output, words: &[&str]) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
}

#[test]
fn a_disk_that_fills_up_under_the_trace_leaves_a_run_that_goes_on() {
    let place = Place::of(QUICK);
    let whole = place.path("whole.dpt");
    let arguments = |out: &Path, trace: &Path| {
        let line = ["run", text(&place.config), "--out", text(out), "-q"];
        let traced = ["--trace", text(trace), "--trace-level", "full"];
        [&line[..], &traced].concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let run = |limit: Option<u32>, out: &Path, trace: &Path| {
        let arguments = arguments(out, trace);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        limit.map_or_else(|| dpac(&arguments), |limit| dpac_below(limit, &arguments))
    };
    assert!(run(None, &place.path("traced"), &whole).status.success());
    // Heads have the time of day; those of runs that go on lack the comments of the first configuration.
    let after_head = |path: &Path| {
        let bytes = std::fs::read(path).expect("a trace");
        let head = u32::from_le_bytes(bytes[16..20].try_into().expect("four bytes")) as usize;
        bytes[24 + head..].to_vec()
    };
    let expected = after_head(&whole);
    // 300 KiB in all: early, though later than the last line of rounds.jsonl, in the middle, and late.
    for limit in [40, 100, 250] {
        let (out, trace) = (place.path(&format!("run{limit}")), place.path(&format!("{limit}.dpt")));
        let output = run(Some(limit), &out, &trace);
        assert_failed(&output, &[&format!("{limit}.dpt"), "File too large", "--resume"]);
        assert!(out.join("checkpoint.bin").is_file() && !out.join("summary.json").exists());
        place.assert_goes_on(&out);
        assert!(after_head(&trace) == expected, "below {limit} KiB");
    }
}

#[test]
fn a_disk_that_fills_up_under_the_run_directory_leaves_a_run_that_goes_on() {
    let place = Place::of(QUICK);
    // Lines per round have 65 KiB in all, those per barrier 46.
    for limit in [5, 20, 40] {
        let out = place.path(&format!("run{limit}"));
        let arguments = ["run", text(&place.config), "--out", text(&out), "-q", "--log", "barriers"];
        assert_failed(&dpac_below(limit, &arguments), &["rounds.jsonl: File too large", "--resume"]);
        assert!(out.join("checkpoint.bin").is_file() && !out.join("summary.json").exists());
        // Nor does it get further while the disk is full.
        assert_failed(&dpac_below(limit, &["run", "--resume", text(&out), "-q"]), &["rounds.jsonl"]);
        place.assert_goes_on(&out);
    }
    // Where not even the beginning has room, nothing is left behind.
    let out = place.path("nothing");
    let output = dpac_below(0, &["run", text(&place.config), "--out", text(&out), "-q"]);
    assert_failed(&output, &["nothing/lock: File too large"]);
    assert!(!said(&output).contains("--resume") && !out.exists(), "{}", said(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_named_as_what_cannot_take_the_trace() {
    let place = Place::of(QUICK);
    let out = place.path("run");
    let arguments = ["run", text(&place.config), "--out", text(&out), "-q", "--trace", "/dev/full"];
    assert_failed(&dpac(&arguments), &["the trace /dev/full", "No space left on device"]);
}

/// Permissions do not bind whoever runs as root, so other things stand in the way here: a file where a
/// directory should be, and a directory where a file should be.
#[test]
fn places_that_cannot_be_written_are_named_and_nothing_is_lost() {
    let place = Place::of(QUICK);
    let below = place.config.join("run");
    let output = dpac(&["run", text(&place.config), "--out", text(&below), "-q"]);
    assert_failed(&output, &["run.toml", "Not a directory"]);
    assert!(!said(&output).contains("--resume"));
    let out = place.path("run");
    let arguments = ["run", text(&place.config), "--out", text(&out), "-q", "--log", "barriers"];
    assert_failed(&dpac_below(20, &arguments), &["rounds.jsonl"]);
    let checkpoint = std::fs::read(out.join("checkpoint.bin")).expect("a checkpoint");
    let obstacle = out.join("summary.json");
    std::fs::create_dir(&obstacle).expect("a directory");
    let output = dpac(&["run", "--resume", text(&out), "-q"]);
    assert_failed(&output, &["summary.json", "Is a directory", "--resume"]);
    assert!(std::fs::read(out.join("checkpoint.bin")).expect("a checkpoint") == checkpoint);
    std::fs::remove_dir(&obstacle).expect("a directory");
    place.assert_goes_on(&out);
}

#[test]
fn a_run_directory_that_vanishes_ends_the_run_and_is_not_made_again() {
    let place = Place::of(SLOW);
    let (out, elsewhere) = (place.path("run"), place.path("elsewhere"));
    // Once it is moved away, and comes back; once it is gone for good.
    for comes_back in [true, false] {
        let mut run = Command::new(env!("CARGO_BIN_EXE_dpac"));
        run.args(["run", text(&place.config), "--out", text(&out), "-q"]);
        let mut running = run.stderr(Stdio::piped()).spawn().expect("the program runs");
        let rounds = out.join("rounds.jsonl");
        while std::fs::metadata(&rounds).map_or(0, |metadata| metadata.len()) == 0 {
            assert!(running.try_wait().expect("a child").is_none(), "it ended too early");
            std::thread::sleep(Duration::from_millis(2));
        }
        std::fs::rename(&out, &elsewhere).expect("a run directory");
        if !comes_back {
            while std::fs::remove_dir_all(&elsewhere).is_err() {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        let output = running.wait_with_output().expect("a child");
        assert_failed(&output, &["checkpoint.bin: No such file or directory"]);
        assert!(!out.exists(), "nobody makes it again");
        if comes_back {
            std::fs::rename(&elsewhere, &out).expect("a run directory");
            place.assert_goes_on(&out);
            std::fs::remove_dir_all(&out).expect("a run directory");
        }
    }
}
