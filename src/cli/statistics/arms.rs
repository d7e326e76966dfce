//! Runs by arm: those that differ in nothing but their seed.

use crate::results::{Cost, Quantity, Reached, Results, Run, RunStatus, Target, label, plain};
use crate::statistics::Time;
use std::collections::BTreeMap;

/// Runs that differ in nothing but their seed.
pub(super) struct Arm<'a> {
    /// The keys in which arms differ, and their values here.
    pub(super) settings: Vec<(&'a str, &'a str)>,
    /// The runs by seed.
    pub(super) runs: BTreeMap<u64, &'a Run>,
}

/// Two runs of one arm with one seed.
pub(super) struct Twice {
    pub(super) seed: u64,
    pub(super) arm: String,
}

/// The arms, in the order in which they are met.
///
/// # Errors
/// If two runs have one arm and one seed.
pub(super) fn arms(results: &Results) -> Result<Vec<Arm<'_>>, Twice> {
    let keys: Vec<&str> = results.keys().iter().map(String::as_str).filter(|key| *key != "seed").collect();
    let mut arms: Vec<Arm<'_>> = Vec::new();
    for run in results.runs() {
        let settings: Vec<(&str, &str)> = keys.iter().map(|&key| (key, run.key(key).unwrap_or(""))).collect();
        let at = arms.iter().position(|arm| arm.settings == settings).unwrap_or_else(|| {
            arms.push(Arm { settings, runs: BTreeMap::new() });
            arms.len() - 1
        });
        let seed = run.seed().unwrap_or_default();
        if arms[at].runs.insert(seed, run).is_some() {
            return Err(Twice { seed, arm: arms[at].label() });
        }
    }
    Ok(arms)
}

impl<'a> Arm<'a> {
    /// The arm as one reads it: `clients=4, target=q`.
    pub(super) fn label(&self) -> String {
        if self.settings.is_empty() { "all runs".to_owned() } else { label(&self.settings) }
    }

    /// The value of a key.
    pub(super) fn key(&self, key: &str) -> Option<&str> {
        self.settings.iter().find(|(of, _)| *of == key).map(|(_, value)| plain(value))
    }

    /// The arm without one of its keys, and without those that may differ beside it.
    pub(super) fn without(&self, key: &str, beside: &[String]) -> Vec<(&'a str, &'a str)> {
        let is_left = |of: &str| of != key && !beside.iter().any(|beside| beside == of);
        self.settings.iter().filter(|(of, _)| is_left(of)).copied().collect()
    }

    /// What complete runs have come to, by seed.
    pub(super) fn ends(&self, quantity: Quantity) -> BTreeMap<u64, f64> {
        let complete = self.runs.iter().filter(|(_, run)| run.status() == RunStatus::Complete);
        complete.filter_map(|(&seed, run)| Some((seed, quantity.at_end(run)?))).collect()
    }

    /// Runs that are not complete, which have no end.
    pub(super) fn incomplete(&self) -> usize {
        self.runs.values().filter(|run| run.status() != RunStatus::Complete).count()
    }

    /// What it had cost each seed to reach a target, or to come to its end without.
    pub(super) fn times(&self, target: &Target, cost: Cost) -> BTreeMap<u64, Time> {
        let time = |run: &Run| {
            let (round, costs, reached): (_, _, fn(f64) -> Time) = match target.reached(run) {
                Reached::Yes { round, costs } => (round, costs, Time::Reached),
                Reached::No => (run.rounds_over(), *run.totals(), Time::Censored),
                Reached::Unknown => return None,
            };
            cost.of(run, round, &costs).map(|counted| reached(counted as f64))
        };
        self.runs.iter().filter_map(|(&seed, run)| Some((seed, time(run)?))).collect()
    }
}
