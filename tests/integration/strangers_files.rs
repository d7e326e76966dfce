//! Files that somebody else has made: they are taken for what they hold, read up to a limit, and shown
//! without being obeyed.

mod contents;
mod endless;
mod many_errors;
#[cfg(target_os = "linux")]
mod names;
mod visible;

use assert_cmd::Command;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Output;
use std::time::Duration;
use tempfile::TempDir;

/// A good problem.
const PROBLEM: &str = "discount: 0.9\nvalues: reward\nstates: dark light\nactions: wait press\nobservations: no yes\n\
    T: wait identity\nT: press\n0 1\n1 0\nO: * 0.8 0.2 0.2 0.8\nR: * : light : * : * 1\n";

/// A good configuration of a short run.
const CONFIG: &str = "problem = { builtin = \"toggle\", horizon = 2 }\nfederation.clients = 3\n\
    critic = { rounds = 2, local_steps = 4 }\nactor = { rounds = 2, local_steps = 6, sync_interval = 4 }\n";

/// Longer than anything here takes: who needs it waits for something that does not come.
const PATIENCE: Duration = Duration::from_secs(60);

fn scratch(files: &[(&str, &[u8])]) -> TempDir {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    for (name, content) in files {
        std::fs::write(scratch.path().join(name), content).expect("a file");
    }
    scratch
}

/// What the program does in a directory.
fn dpac<S: AsRef<OsStr>>(directory: &Path, arguments: &[S]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
    command.current_dir(directory).env("COLUMNS", "80").args(arguments).timeout(PATIENCE);
    command.output().expect("the program runs")
}

/// What the program does with so much memory.
#[cfg(unix)]
fn within<S: AsRef<OsStr>>(mebibytes: u32, directory: &Path, arguments: &[S]) -> Output {
    let mut command = Command::new("sh");
    let script = format!("ulimit -v {}; exec \"$0\" \"$@\"", mebibytes * 1024);
    command.current_dir(directory).arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_dpac")).args(arguments);
    command.env("COLUMNS", "80").timeout(PATIENCE).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

/// Both outputs.
fn said(output: &Output) -> String {
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

/// That a command has refused its input, in one error that has these parts.
fn assert_one_error(output: &Output, parts: &[&str]) {
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert_eq!(error.matches('×').count(), 1, "{error}");
    // Where lines are wrapped does not matter.
    let words = error.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    for part in parts {
        assert!(words.contains(part), "{part:?} is not in {words}");
    }
}
