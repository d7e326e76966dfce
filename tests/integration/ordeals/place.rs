//! A scratch directory in which runs live, and what two runs are compared by.

use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A problem of a file, so that run directories have inputs.
const PROBLEM: &str = "discount: 0.95\nvalues: reward\nstates: left right\nactions: listen open-left open-right\n\
    observations: hear-left hear-right\nstart: uniform\n\nT: listen identity\nT: open-left uniform\nT: open-right uniform\n\
    O: listen\n0.85 0.15\n0.15 0.85\nO: open-left uniform\nO: open-right uniform\n\
    R: listen : * : * : * -1\nR: open-left : left : * : * -100\nR: open-left : right : * : * 10\n\
    R: open-right : left : * : * 10\nR: open-right : right : * : * -100\n";

/// What a run writes that is a function of configuration and seed, by name.
pub(super) type Results = BTreeMap<String, Vec<u8>>;

/// A scratch directory with a configuration, a problem file, and things of somebody else's.
pub(super) struct Place {
    scratch: TempDir,
    pub(super) rounds: u32,
}

impl Place {
    /// Runs in it have so many rounds, with a checkpoint at every one where there are few.
    pub(super) fn new(rounds: u32) -> Self {
        Self::with(rounds, 4)
    }

    /// As [`Place::new`], with so many local steps in each round: they are what a run takes its time for.
    pub(super) fn with(rounds: u32, local_steps: u32) -> Self {
        Self::inside(&std::env::temp_dir(), rounds, local_steps)
    }

    /// As [`Place::with`], in this folder.
    pub(super) fn inside(folder: &Path, rounds: u32, local_steps: u32) -> Self {
        let place = Self { scratch: tempfile::tempdir_in(folder).expect("a scratch directory"), rounds };
        place.furnish(place.path(""), local_steps);
        place
    }

    fn furnish(&self, folder: PathBuf, local_steps: u32) {
        let configuration = format!(
            "problem = {{ file = \"tiger.POMDP\", horizon = 2 }}\nfederation.clients = 3\n\
             critic = {{ rounds = 2, local_steps = 4 }}\n\
             actor = {{ rounds = {}, local_steps = {local_steps}, sync_interval = {} }}\n",
            self.rounds,
            local_steps / 2
        );
        let put = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("a file");
        put("tiger.POMDP", PROBLEM);
        put("run.toml", &configuration);
        put("thesis.tex", "a year's work");
        std::fs::create_dir(folder.join("photographs")).expect("a directory");
        put("photographs/config.toml", "camera = \"old\"\n");
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        let folder = self.scratch.path();
        if name.is_empty() { folder.to_path_buf() } else { folder.join(name) }
    }

    /// Nothing of what was there before any run has changed.
    pub(super) fn assert_furniture(&self, when: &str) {
        let has = |name: &str, text: &str| {
            let found = std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| format!("{error}"));
            assert_eq!(found, text, "{name} {when}");
        };
        has("tiger.POMDP", PROBLEM);
        has("thesis.tex", "a year's work");
        has("photographs/config.toml", "camera = \"old\"\n");
        assert!(self.path("run.toml").is_file(), "run.toml {when}");
    }

    /// What stands here beside the furniture.
    pub(super) fn names(&self) -> Vec<String> {
        std::fs::read_dir(self.path(""))
            .expect("a directory")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
            .filter(|name| !["run.toml", "tiger.POMDP", "thesis.tex", "photographs"].contains(&name.as_str()))
            .collect()
    }

    /// The program in this place; relative names are names in it.
    pub(super) fn program<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
        command.args(arguments).current_dir(self.path("")).stdin(Stdio::null());
        command
    }

    pub(super) fn dpac(&self, arguments: &str) -> Output {
        self.program(arguments.split_whitespace()).output().expect("the program runs")
    }

    pub(super) fn start(&self, arguments: &str) -> Running {
        let mut command = self.program(arguments.split_whitespace());
        Running(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program runs"))
    }

    /// Begins a run in `run` that is sent the signal once it has told of so many rounds, or some more, and
    /// does not come to its end.
    pub(super) fn interrupt(&self, arguments: &str, rounds: usize, signal: &str) {
        for _ in 0..200 {
            self.clear(&["run", "run.dpt"]);
            let mut running = self.start(arguments);
            let told = || {
                let text = std::fs::read(self.path("run/rounds.jsonl")).unwrap_or_default();
                text.iter().filter(|&&byte| byte == b'\n').count()
            };
            while told() < rounds && running.0.try_wait().expect("a child").is_none() {
                std::thread::sleep(Duration::from_micros(50));
            }
            running.signal(signal);
            let _ = running.ended();
            if !is_complete(&self.path("run")) {
                return;
            }
        }
        panic!("every run came to its end before it could be sent {signal}");
    }

    /// Removes directories and files, where they are.
    pub(super) fn clear(&self, names: &[&str]) {
        for name in names {
            let path = self.path(name);
            if path.is_dir() {
                std::fs::remove_dir_all(path).expect("removable");
            } else if path.exists() {
                std::fs::remove_file(path).expect("removable");
            }
        }
    }

    /// Runs to the end what nothing happens to, in a place of its own.
    pub(super) fn lone(&self, local_steps: u32, arguments: &str) -> Results {
        let other = Self::with(self.rounds, local_steps);
        let output = other.dpac(arguments);
        assert!(output.status.success(), "{arguments}: {}", said(&output));
        other.results("run", "run.dpt")
    }

    /// Everything of a complete run that is a function of configuration and seed.
    pub(super) fn results(&self, directory: &str, trace: &str) -> Results {
        results(&self.path(directory), &self.path(trace))
    }
}

/// As [`Place::results`], of any directory; a trace that does not exist is not among them.
fn results(directory: &Path, trace: &Path) -> Results {
    let read =
        |name: &str| std::fs::read(directory.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let summary: Value = serde_json::from_slice(&read("summary.json")).expect("JSON");
    // The rest is of the one process: times, threads, program.
    let kept: BTreeMap<&str, &Value> = [
        "status",
        "error",
        "algorithm",
        "seed",
        "config_digest",
        "reward_range",
        "problem",
        "sizes",
        "value",
        "bellman_error",
        "trajectories_per_client",
        "env_steps_per_client",
        "communication",
        "ledger",
        "local_steps",
        "barriers_by_phase",
        "closed_form",
        "closed_form_holds",
        "digest",
    ]
    .into_iter()
    .map(|key| (key, summary.get(key).unwrap_or_else(|| panic!("no {key} in a summary"))))
    .collect();
    let without_time = |line: &[u8]| {
        let mut line: Value = serde_json::from_slice(line).expect("a line of JSON");
        line.as_object_mut().expect("an object").remove("seconds");
        format!("{line}\n").into_bytes()
    };
    let rounds = read("rounds.jsonl");
    let mut results = Results::from([
        ("summary.json".to_owned(), serde_json::to_vec_pretty(&kept).expect("plain data")),
        (
            "rounds.jsonl".to_owned(),
            rounds.split_inclusive(|&byte| byte == b'\n').flat_map(without_time).collect(),
        ),
    ]);
    for name in ["policies.npy", "critic.npy", "policy.json"] {
        results.insert(name.to_owned(), read(name));
    }
    if directory.join("barriers.jsonl").exists() {
        results.insert("barriers.jsonl".to_owned(), read("barriers.jsonl"));
    }
    if let Ok(bytes) = std::fs::read(trace) {
        // The head has the time of day.
        let length = bytes.get(16..20).unwrap_or_else(|| panic!("a trace of {} bytes", bytes.len()));
        let head = u32::from_le_bytes(length.try_into().expect("four bytes")) as usize;
        results.insert("the trace".to_owned(), bytes[24 + head..].to_vec());
    }
    results
}

/// A result that cannot be read is a finding, not the end of the search.
pub(super) fn results_or_error(directory: &Path, trace: &Path) -> Result<Results, String> {
    std::panic::catch_unwind(|| results(directory, trace)).map_err(|panic| {
        panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "its results cannot be read".to_owned())
    })
}

#[track_caller]
pub(super) fn assert_same(found: &Results, expected: &Results, when: &str) {
    let names = |results: &Results| results.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(found), names(expected), "{when}");
    for (name, found) in found {
        let expected = &expected[name];
        let first = found.iter().zip(expected).position(|(a, b)| a != b);
        let (length, due) = (found.len(), expected.len());
        assert!(
            found == expected,
            "{name} differs {when}: first at byte {first:?}; {length} bytes, expected {due}"
        );
    }
}

/// What a summary calls the run, if there is a summary.
pub(super) fn status(directory: &Path) -> Option<String> {
    let bytes = std::fs::read(directory.join("summary.json")).ok()?;
    let summary: Value = serde_json::from_slice(&bytes).ok()?;
    Some(summary["status"].as_str()?.to_owned())
}

pub(super) fn is_complete(directory: &Path) -> bool {
    status(directory).as_deref() == Some("complete")
}

/// Standard error.
pub(super) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// All files below a directory with their contents, by their paths below it.
pub(super) fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![directory.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name =
                    path.strip_prefix(directory).expect("below it").to_str().expect("UTF-8").to_owned();
                found.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

/// Makes a directory of such files.
pub(super) fn put(directory: &Path, files: &BTreeMap<String, Vec<u8>>) {
    for (name, bytes) in files {
        let path = directory.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(path, bytes).expect("a file");
    }
}

/// A child that is killed if the test fails before it has ended.
pub(super) struct Running(pub(super) Child);

impl Running {
    pub(super) fn id(&self) -> u32 {
        self.0.id()
    }

    pub(super) fn signal(&self, name: &str) {
        let kill = Command::new("kill").args(["-s", name, &self.id().to_string()]).status();
        assert!(kill.expect("kill").success());
    }

    /// Waits at most so long, then kills; `None` if it had to.
    pub(super) fn within(mut self, patience: Duration) -> Option<(ExitStatus, String)> {
        let until = Instant::now() + patience;
        loop {
            if let Some(status) = self.0.try_wait().expect("a child") {
                return Some((status, self.rest()));
            }
            if Instant::now() >= until {
                return None;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Waits for its end: exit code and standard error.
    pub(super) fn ended(self) -> (Option<i32>, String) {
        let (status, said) =
            self.within(Duration::from_secs(120)).expect("a run that ends within two minutes");
        (status.code(), said)
    }

    fn rest(&mut self) -> String {
        let mut text = Vec::new();
        if let Some(mut errors) = self.0.stderr.take() {
            std::io::Read::read_to_end(&mut errors, &mut text).expect("standard error");
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Random numbers by SplitMix64.
pub(super) struct Random(u64);

impl Random {
    /// A stream of its own for each test, from one seed.
    pub(super) fn of(test: &str) -> Self {
        let seed = std::env::var("DPAC_ORDEAL_SEED").map_or(20_261_129, |seed| seed.parse().expect("a seed"));
        println!("{test}: seed {seed}");
        Self(test.bytes().fold(seed, |hash, byte| hash.wrapping_mul(0x100_0000_01b3) ^ u64::from(byte)))
    }

    /// Where nothing is left to chance.
    #[cfg(target_os = "linux")]
    pub(super) fn of_nothing() -> Self {
        Self(0)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// Less than `limit`.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub(super) fn moment_below(&mut self, limit: Duration) -> Duration {
        Duration::from_micros(self.next() % (limit.as_micros() as u64).max(1))
    }
}

/// How often: as the variable says, else `quick`.
pub(super) fn count(variable: &str, quick: usize) -> usize {
    std::env::var(variable)
        .map_or(quick, |count| count.parse().unwrap_or_else(|_| panic!("{variable} is a count")))
}
