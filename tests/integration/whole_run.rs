//! A whole run inside the test's process.

use dpac::algorithm::Registry;
use dpac::config::Loaded;
use dpac::experiment::{Files, Input, Prepared, Resolved, RunObservers, RunOptions, Summary, run};
use dpac_actors::host::Placement;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use tempfile::TempDir;

/// A run that has ended, and its directory for as long as this value lives.
pub(crate) struct WholeRun {
    pub(crate) summary: Summary,
    pub(crate) directory: PathBuf,
    _scratch: TempDir,
}

/// A configuration, resolved on its input. Files in it are relative to the package.
pub(crate) fn resolved(text: &str, settings: &[&str]) -> (Resolved, Input) {
    let loaded = Loaded::from_str("test", text).and_then(|loaded| loaded.with_overrides(settings));
    let loaded = loaded.unwrap_or_else(|errors| panic!("{errors}"));
    let prepared = Prepared::load(loaded, Registry::BUILTIN, &Files::named());
    let Prepared { resolved, input, .. } = prepared.unwrap_or_else(|error| panic!("{error}"));
    (resolved, input)
}

/// Runs what has been resolved, with options changed by `change`.
pub(crate) fn run_resolved(of: (Resolved, Input), change: impl FnOnce(&mut RunOptions)) -> WholeRun {
    run_observed(of, RunObservers::default(), change)
}

/// Runs what has been resolved, watched by observers, with options changed by `change`.
pub(crate) fn run_observed(
    (resolved, input): (Resolved, Input),
    observers: RunObservers,
    change: impl FnOnce(&mut RunOptions),
) -> WholeRun {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let mut options = RunOptions {
        threads: 2,
        placement: Placement::Shard,
        wire_check: false,
        log_barriers: false,
        directory: scratch.path().join("run"),
        force: false,
        resume: false,
        reads: Vec::new(),
        remark: |_| (),
        stop: Arc::new(AtomicBool::new(false)),
        stalls: Arc::default(),
        plant: None,
        trace: None,
        program: "test".to_owned(),
        optimum_early: false,
    };
    change(&mut options);
    let finished = run(resolved, &input, &options, observers).expect("a run directory");
    WholeRun { summary: finished.summary, directory: finished.directory, _scratch: scratch }
}

/// Resolves and runs.
pub(crate) fn whole_run(text: &str, change: impl FnOnce(&mut RunOptions)) -> WholeRun {
    run_resolved(resolved(text, &[]), change)
}

impl WholeRun {
    /// The same run, with the scratch directory that its own is in.
    pub(crate) fn keeping(self, scratch: TempDir) -> Self {
        WholeRun { _scratch: scratch, ..self }
    }

    /// A file of the run directory.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.directory.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A file with a JSON value per line.
    pub(crate) fn lines(&self, name: &str) -> Vec<serde_json::Value> {
        self.read(name).lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }

    /// The lines of `rounds.jsonl` that are of a round: all but the last, which is of the run's end.
    pub(crate) fn rounds(&self) -> Vec<serde_json::Value> {
        self.lines("rounds.jsonl").into_iter().filter(|line| line.get("round").is_some()).collect()
    }

    /// `summary.json` as it was written.
    pub(crate) fn summary_json(&self) -> serde_json::Value {
        serde_json::from_str(&self.read("summary.json")).expect("JSON")
    }

    /// The digest of a run that came to its end.
    pub(crate) fn digest(&self) -> &str {
        self.summary.digest.as_deref().unwrap_or_else(|| panic!("no digest: {:?}", self.summary.error))
    }
}
