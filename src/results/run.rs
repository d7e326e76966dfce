//! One run directory, read.

use super::configuration::{self, Keys};
use super::lines::Rounds;
use super::summary::{End, Predicted, ProblemShape};
use super::{Costs, ResultsError, RoundRow};
use crate::experiment::{Found, RunDirectory, Status, has_checkpoint, is_input, look};
use std::path::{Path, PathBuf};

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStatus {
    /// To its end.
    Complete,
    /// It was stopped or killed, and can be gone on with.
    Interrupted,
    /// A fault ended it, or its ledger does not equal the closed form.
    Failed,
    /// A process is at it.
    Running,
    /// It has neither a summary nor a checkpoint.
    Broken,
}

impl RunStatus {
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            RunStatus::Complete => "complete",
            RunStatus::Interrupted => "interrupted",
            RunStatus::Failed => "failed",
            RunStatus::Running => "running",
            RunStatus::Broken => "broken",
        }
    }
}

/// A run, as far as its directory tells it.
#[derive(Debug)]
pub struct Run {
    path: PathBuf,
    status: RunStatus,
    keys: Keys,
    pub(super) end: Option<End>,
    rows: Vec<RoundRow>,
    over: u64,
    /// What was done in all, as far as it is known.
    totals: Costs,
    cut_short: bool,
    sealed: bool,
}

impl Run {
    /// Reads a run directory. The files of a run that has ended are held to their digests first; any other
    /// run is read as far as it goes.
    ///
    /// # Errors
    /// Where it is no run directory, or a file is not what a run writes.
    pub fn read(path: &Path) -> Result<Self, ResultsError> {
        let directory = RunDirectory::open_run(path)?;
        let sealed = directory.verify()?;
        Run::of(&directory, sealed, true)
    }

    /// As [`Run::read`], at the price of a few kilobytes: nothing is held to its digest, and the rounds are
    /// read only where no summary tells what the run has come to.
    ///
    /// # Errors
    /// As [`Run::read`].
    pub fn glance(path: &Path) -> Result<Self, ResultsError> {
        Run::of(&RunDirectory::open_run(path)?, false, false)
    }

    fn of(directory: &RunDirectory, sealed: bool, all: bool) -> Result<Self, ResultsError> {
        let keys = configuration::read(directory)?;
        let running = matches!(look(directory.path()), Found::Running(_));
        let end = End::read(directory)?;
        let status = match &end {
            _ if running => RunStatus::Running,
            Some(End { status: Status::Complete, .. }) => RunStatus::Complete,
            Some(End { status: Status::Interrupted, .. }) => RunStatus::Interrupted,
            Some(End { status: Status::Failed, .. }) => RunStatus::Failed,
            None if has_checkpoint(directory.path()) => RunStatus::Interrupted,
            None => RunStatus::Broken,
        };
        let mut rounds = Rounds::default();
        if all || !matches!(end, Some(End { status: Status::Complete, .. })) {
            rounds = Rounds::read(directory, end.as_ref().and_then(|end| end.value.optimum))?;
        }
        if let Some(end) = &end {
            rounds.end(end);
        }
        let Rounds { rows, done, over, cut_short } = rounds;
        let totals = end.as_ref().and_then(End::totals).unwrap_or_else(|| Costs::from(&done));
        let path = std::path::absolute(directory.path()).unwrap_or_else(|_| directory.path().to_path_buf());
        Ok(Run { path, status, keys, end, rows, over, totals, cut_short, sealed })
    }

    /// Its directory, from the root of the file system.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How far it has come.
    pub fn status(&self) -> RunStatus {
        self.status
    }

    /// Whether its files were held to the digests of what was written.
    pub fn is_sealed(&self) -> bool {
        self.sealed
    }

    /// Whether the last line of its rounds was cut short, and left out.
    pub fn is_cut_short(&self) -> bool {
        self.cut_short
    }

    /// Its resolved configuration: dotted keys with the texts of their values, in the order of `config.toml`.
    pub fn keys(&self) -> &[(String, String)] {
        &self.keys
    }

    /// The text of a key's value.
    pub fn key(&self, key: &str) -> Option<&str> {
        self.keys.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The algorithm, by the name that configurations call it.
    pub fn algorithm(&self) -> Option<&str> {
        let named = self.end.as_ref().and_then(|end| end.algorithm.as_deref());
        named.or_else(|| self.key("algorithm")).or_else(|| self.key("algorithm.kind"))
    }

    /// The problem's name.
    pub fn problem(&self) -> Option<&str> {
        let named = self.end.as_ref().map(|end| end.problem.name.as_str());
        let of_file = || Path::new(self.key("problem.file")?).file_stem()?.to_str();
        named.or_else(|| self.key("problem.builtin")).or_else(of_file)
    }

    /// The seed.
    pub fn seed(&self) -> Option<u64> {
        self.key("seed")?.parse().ok()
    }

    /// M.
    pub fn clients(&self) -> Option<u64> {
        let told = self.key("federation.clients").and_then(|clients| clients.parse().ok());
        told.or_else(|| self.end.as_ref().map(|end| end.sizes.clients))
    }

    /// How many rounds it has at its end, where it is known.
    pub fn planned_rounds(&self) -> Option<u64> {
        let told = self.end.as_ref().map(End::rounds);
        let key = |key| self.key(key)?.parse().ok();
        told.or_else(|| key("actor.rounds")).or_else(|| key("critic.rounds"))
    }

    /// How many rounds are over, as far as lines tell it.
    pub fn rounds_over(&self) -> u64 {
        self.over
    }

    /// The state after every round of which there is a line, and at the end of a complete run.
    pub fn rounds(&self) -> &[RoundRow] {
        &self.rows
    }

    /// What was sent and sampled in all, as far as it is known.
    pub fn totals(&self) -> &Costs {
        &self.totals
    }

    /// What the server did that costs and is no message, of this sort; of a run that has ended.
    pub fn server_work(&self, sort: &str) -> Option<u64> {
        self.told(|end| end.server_work.get(sort).copied())
    }

    /// The value of the last policy that was evaluated: of a complete run, `θ_R`.
    pub fn value(&self) -> Option<f64> {
        self.told(|end| end.value.last).or_else(|| self.evaluated()?.value)
    }

    /// Its standard error, for Monte-Carlo.
    pub fn standard_error(&self) -> Option<f64> {
        match self.told(|end| end.value.last) {
            Some(_) => self.told(|end| end.value.standard_error),
            None => self.evaluated()?.standard_error,
        }
    }

    fn evaluated(&self) -> Option<&RoundRow> {
        self.rows.iter().rfind(|row| row.value.is_some())
    }

    /// The value of the uniform policy.
    pub fn uniform(&self) -> Option<f64> {
        self.told(|end| end.value.uniform)
    }

    /// The value of the uniform mixture of the rounds' policies.
    pub fn mixture(&self) -> Option<f64> {
        self.told(|end| end.value.mixture)
    }

    /// The optimum.
    pub fn optimum(&self) -> Option<f64> {
        self.told(|end| end.value.optimum)
    }

    /// What is missing to the optimum.
    pub fn gap(&self) -> Option<f64> {
        Some(self.optimum()? - self.value()?)
    }

    /// How much of the way from the uniform policy to the optimum is done.
    pub fn share(&self) -> Option<f64> {
        self.share_of(self.value()?)
    }

    pub(super) fn share_of(&self, value: f64) -> Option<f64> {
        let (uniform, optimum) = (self.uniform()?, self.optimum()?);
        (optimum > uniform).then(|| (value - uniform) / (optimum - uniform))
    }

    /// The Bellman error of the last critic.
    pub fn bellman_error(&self) -> Option<f64> {
        self.told(|end| end.bellman_error).or_else(|| self.rows.last()?.bellman_error)
    }

    /// Raised with every change after which the same configuration and seed give other bits; none where no
    /// summary says it.
    pub fn results_epoch(&self) -> Option<u32> {
        self.told(|end| end.results_epoch)
    }

    /// How large the problem is.
    pub fn problem_shape(&self) -> Option<ProblemShape> {
        self.end.as_ref()?.problem.shape()
    }

    /// What the closed form says of its messages.
    pub fn predicted(&self) -> Option<Predicted> {
        self.end.as_ref()?.predicted()
    }

    /// Whether what was counted is what the closed form says; none of a run without a summary.
    pub fn closed_form_holds(&self) -> Option<bool> {
        self.told(|end| Some(end.closed_form_holds))
    }

    /// Where the two differ.
    pub fn closed_form_differences(&self) -> &[String] {
        self.end.as_ref().map_or(&[], |end| &end.closed_form_differences)
    }

    /// Digest of the configuration without its seed, and of the inputs.
    pub fn config_digest(&self) -> Option<&str> {
        self.end.as_ref().map(|end| end.config_digest.as_str())
    }

    /// Digest of the final vectors.
    pub fn digest(&self) -> Option<&str> {
        self.end.as_ref()?.digest.as_deref()
    }

    /// Version and commit of the program that ended it.
    pub fn program(&self) -> Option<&str> {
        self.end.as_ref().map(|end| end.program.as_str())
    }

    /// Why it failed.
    pub fn error(&self) -> Option<&str> {
        self.end.as_ref()?.error.as_deref()
    }

    /// Unix time at which it began, in seconds.
    pub fn began_unix_seconds(&self) -> Option<f64> {
        self.told(|end| end.began_unix_seconds)
    }

    /// How long it took on the wall clock, in seconds.
    pub fn wall_seconds(&self) -> Option<f64> {
        self.told(|end| Some(end.wall_seconds))
    }

    /// How many threads computed.
    pub fn threads(&self) -> Option<u64> {
        self.told(|end| Some(end.threads))
    }

    /// Where its roles lived.
    pub fn placement(&self) -> Option<&str> {
        self.end.as_ref()?.placement.as_deref()
    }

    /// Its `config.toml`, as text.
    ///
    /// # Errors
    /// Where it cannot be read, or is no text.
    pub fn configuration_text(&self) -> Result<String, ResultsError> {
        configuration::text_of(&RunDirectory::open_run(&self.path)?)
    }

    /// The files that its configuration names, as the run directory has them: name and text, none of one
    /// that is longer than `limit` bytes, no text, or cannot be read.
    pub fn input_texts(&self, limit: u64) -> Vec<(String, Option<String>)> {
        let directory = RunDirectory::open_run(&self.path).ok();
        let text = |name: &str| {
            let bytes = directory.as_ref()?.read(name, limit).ok()?;
            String::from_utf8(bytes).ok()
        };
        let mut names: Vec<&str> = Vec::new();
        for (_, value) in &self.keys {
            if is_input(Path::new(value)) && !names.contains(&value.as_str()) {
                names.push(value);
            }
        }
        names.into_iter().map(|name| (name.to_owned(), text(name))).collect()
    }

    fn told<T>(&self, of: impl FnOnce(&End) -> Option<T>) -> Option<T> {
        self.end.as_ref().and_then(of)
    }
}
