//! Where a report's numbers come from.

use super::moment::moment;
use super::numbers::counted;
use crate::results::{Arm, Results, Run, RunStatus};
use serde::Serialize;
use std::collections::BTreeMap;

/// Programs, digests and times.
#[derive(Clone, Debug, Serialize)]
pub struct Provenance {
    /// Versions and commits of the programs that ended the runs.
    pub programs: Vec<String>,
    /// Epochs of results.
    pub epochs: Vec<u32>,
    /// When the first run began, and the last.
    pub began: Option<(String, String)>,
    /// How long all runs took together, in seconds.
    pub wall_seconds: Option<f64>,
    /// Numbers of threads.
    pub threads: Vec<u64>,
    /// Where roles lived.
    pub placements: Vec<String>,
    /// How many runs were held to the digests of what was written.
    pub sealed: usize,
    /// Every run.
    pub runs: Vec<RunLine>,
}

/// A run.
#[derive(Clone, Debug, Serialize)]
pub struct RunLine {
    /// The name of its directory.
    pub name: String,
    /// Its arm.
    pub arm: usize,
    /// Its seed.
    pub seed: Option<u64>,
    /// How far it has come.
    pub status: &'static str,
    /// Why it failed.
    pub error: Option<String>,
    /// When it began.
    pub began: Option<String>,
    /// Digest of its configuration and inputs.
    pub config_digest: Option<String>,
    /// Digest of its final vectors.
    pub digest: Option<String>,
}

impl Provenance {
    pub(super) fn of(results: &Results, arms: &[Arm<'_>]) -> Self {
        let runs = results.runs();
        let mut arm_of: BTreeMap<&std::path::Path, usize> = BTreeMap::new();
        for (at, arm) in arms.iter().enumerate() {
            arm_of.extend(arm.runs.values().map(|run| (run.path(), at)));
        }
        let line = |(run, name): (&Run, &String)| RunLine {
            name: name.clone(),
            arm: arm_of.get(run.path()).copied().unwrap_or_default(),
            seed: run.seed(),
            status: run.status().name(),
            error: run.error().map(str::to_owned),
            began: run.began_unix_seconds().and_then(moment),
            config_digest: run.config_digest().map(str::to_owned),
            digest: run.digest().map(str::to_owned),
        };
        let began = runs.iter().filter_map(Run::began_unix_seconds);
        let (first, last) =
            began.fold((f64::INFINITY, f64::NEG_INFINITY), |(first, last), at| (at.min(first), at.max(last)));
        let times: Vec<f64> = runs.iter().filter_map(Run::wall_seconds).collect();
        Provenance {
            programs: once(runs.iter().filter_map(Run::program).map(str::to_owned)),
            epochs: once(runs.iter().filter_map(Run::results_epoch)),
            began: moment(first).zip(moment(last)),
            wall_seconds: (!times.is_empty()).then(|| times.iter().sum()),
            threads: once(runs.iter().filter_map(Run::threads)),
            placements: once(runs.iter().filter_map(Run::placement).map(str::to_owned)),
            sealed: runs.iter().filter(|run| run.is_sealed()).count(),
            runs: runs.iter().zip(results.names()).map(line).collect(),
        }
    }
}

/// Each once, in the order in which they come.
fn once<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut found = Vec::new();
    for one in all {
        if !found.contains(&one) {
            found.push(one);
        }
    }
    found
}

/// What whoever reads the report has to know of its runs.
pub(super) fn notes(results: &Results, missing: usize) -> Vec<String> {
    let runs = results.runs();
    let mut notes = Vec::new();
    if missing > 0 {
        let are = if missing == 1 { "is" } else { "are" };
        notes.push(format!("{} of the sweep {are} not begun yet.", counted(missing, "run")));
    }
    let incomplete = runs.iter().filter(|run| run.status() != RunStatus::Complete).count();
    if incomplete > 0 {
        notes.push(format!(
            "{incomplete} of {} not complete, and in no estimate: the list of runs says which.",
            counted(runs.len(), "run")
        ));
    }
    let loose = runs.iter().filter(|run| !run.is_sealed() && run.status() == RunStatus::Complete).count();
    if loose > 0 {
        notes.push(format!("{} had no digests to hold its files to.", counted(loose, "complete run")));
    }
    let cut = runs.iter().filter(|run| run.is_cut_short()).count();
    if cut > 0 {
        notes.push(format!(
            "The last line of rounds was cut short in {}, and is left out.",
            counted(cut, "run")
        ));
    }
    if let Some(epochs) = results.mixed_epochs() {
        let epochs: Vec<String> = epochs.iter().map(u32::to_string).collect();
        notes.push(format!(
            "The runs are of several epochs of results ({}): the same configuration and seed need not give the same \
             numbers in them.",
            epochs.join(", ")
        ));
    }
    notes
}
