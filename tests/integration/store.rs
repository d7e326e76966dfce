//! The run directory as a store with one owner: nothing of a stranger's is deleted or written to, one process
//! writes, what is read is checked.

mod edited;
mod exclusive;
mod hostile;
mod lengthened;
mod outputs;
mod places;
mod taken_up;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Milliseconds.
const QUICK: &str = r#"
problem = { builtin = "tiger", horizon = 4 }
federation.clients = 5
critic = { rounds = 2, local_steps = 16 }
actor = { rounds = 16, local_steps = 16, sync_interval = 8 }
"#;

/// Some seconds in a test build, with checkpoints all along.
const LONGER: &str = r#"
problem = { builtin = "tiger", horizon = 4 }
federation.clients = 20
critic = { rounds = 2, local_steps = 64 }
actor = { rounds = 200, local_steps = 512, sync_interval = 64 }
"#;

/// A scratch directory with two configurations, in which the program is run.
struct Place {
    scratch: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Place { scratch: tempfile::tempdir().expect("a scratch directory") };
        place.write("quick.toml", QUICK);
        place.write("longer.toml", LONGER);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("writable");
        std::fs::write(path, content).expect("writable");
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
        command.args(line.split_whitespace()).current_dir(self.scratch.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, line: &str) -> Output {
        self.command(line).output().expect("the program runs")
    }

    /// Exit code 0.
    fn fine(&self, line: &str) -> String {
        let output = self.run(line);
        assert_eq!(output.status.code(), Some(0), "{line}: {}", said(&output));
        said(&output)
    }

    /// Exit code 2, and an error with each of these words.
    fn refused(&self, line: &str, words: &[&str]) {
        let output = self.run(line);
        assert_eq!(output.status.code(), Some(2), "{line}: {}", said(&output));
        for word in words {
            assert!(said(&output).contains(word), "{line}: no {word:?} in: {}", said(&output));
        }
    }

    fn start(&self, line: &str) -> Running {
        Running(self.command(line).spawn().expect("the program runs"))
    }

    /// A run that is going on and has come to a checkpoint with a snapshot.
    fn living(&self, line: &str, directory: &str) -> Running {
        let mut running = self.start(line);
        let checkpoint = self.path(directory).join("checkpoint.bin");
        let began = Instant::now();
        while std::fs::metadata(&checkpoint).map_or(0, |metadata| metadata.len()) < 10_000 {
            assert!(running.0.try_wait().expect("a child").is_none(), "{line}: it ended too early");
            assert!(began.elapsed() < Duration::from_secs(60), "{line}: no checkpoint");
            std::thread::sleep(Duration::from_millis(2));
        }
        running
    }

    /// A run that was killed behind a checkpoint.
    fn killed(&self, line: &str, directory: &str) {
        drop(self.living(line, directory));
    }

    fn status(&self, directory: &str) -> Value {
        serde_json::from_slice::<Value>(&self.read(&format!("{directory}/summary.json"))).expect("JSON")["status"]
            .clone()
    }

    /// What is a function of configuration and seed.
    fn results(&self, directory: &str) -> Vec<(String, Vec<u8>)> {
        let read = |name: &str| self.read(&format!("{directory}/{name}"));
        let mut results: Vec<_> = ["config.toml", "policies.npy", "policy.json", "critic.npy"]
            .into_iter()
            .map(|name| (name.to_owned(), read(name)))
            .collect();
        let without = |json: &[u8], keys: &[&str]| {
            let mut value: Value = serde_json::from_slice(json).expect("JSON");
            let object = value.as_object_mut().expect("an object");
            object.retain(|key, _| !keys.contains(&key.as_str()));
            value.to_string().into_bytes()
        };
        let times = ["began_unix_seconds", "wall_seconds", "env_steps_per_second", "threads", "placement"];
        results.push(("summary.json".to_owned(), without(&read("summary.json"), &times)));
        let rounds = read("rounds.jsonl");
        for line in rounds.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            results.push(("rounds.jsonl".to_owned(), without(line, &["seconds"])));
        }
        results
    }

    fn assert_same(&self, one: &str, other: &str) {
        let (one_results, other_results) = (self.results(one), self.results(other));
        assert_eq!(one_results.len(), other_results.len(), "files and lines of {one} and {other}");
        for ((name, a), (_, b)) in one_results.iter().zip(&other_results) {
            assert!(a == b, "{name} differs between {one} and {other}");
        }
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A child that is killed when nobody waits for it any more.
struct Running(Child);

impl Running {
    fn wait(mut self) -> Output {
        let mut output =
            Output { status: self.0.wait().expect("a child"), stdout: Vec::new(), stderr: Vec::new() };
        if let Some(mut stderr) = self.0.stderr.take() {
            std::io::Read::read_to_end(&mut stderr, &mut output.stderr).expect("readable");
        }
        output
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Names of everything in a directory, in order.
fn names(path: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(path).expect("a directory");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
