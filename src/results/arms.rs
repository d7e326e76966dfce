//! Runs by arm: those that differ in nothing but their seed.

use super::{Quantity, Results, Run, RunStatus, label, plain};
use std::collections::BTreeMap;

/// Runs that differ in nothing but their seed.
pub struct Arm<'a> {
    /// The keys in which arms differ, and their values here.
    pub settings: Vec<(&'a str, &'a str)>,
    /// The runs by seed.
    pub runs: BTreeMap<u64, &'a Run>,
}

/// Two runs of one arm with one seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twice {
    /// The seed.
    pub seed: u64,
    /// The arm's label.
    pub arm: String,
}

/// The arms, in the order in which they are met.
///
/// # Errors
/// If two runs have one arm and one seed.
pub fn arms(results: &Results) -> Result<Vec<Arm<'_>>, Twice> {
    let keys: Vec<&str> = results.keys().iter().map(String::as_str).filter(|key| *key != "seed").collect();
    let mut arms: Vec<Arm<'_>> = Vec::new();
    for run in results.runs() {
        let settings: Vec<(&str, &str)> =
            keys.iter().map(|&key| (key, run.key(key).unwrap_or("not set"))).collect();
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
    pub fn label(&self) -> String {
        if self.settings.is_empty() { "all runs".to_owned() } else { label(&self.settings) }
    }

    /// The value of a key, without quotes.
    pub fn key(&self, key: &str) -> Option<&str> {
        self.settings.iter().find(|(of, _)| *of == key).map(|(_, value)| plain(value))
    }

    /// The arm's settings without one of its keys, and without those that may differ beside it.
    pub fn without(&self, key: &str, beside: &[String]) -> Vec<(&'a str, &'a str)> {
        let is_left = |of: &str| of != key && !beside.iter().any(|beside| beside == of);
        self.settings.iter().filter(|(of, _)| is_left(of)).copied().collect()
    }

    /// What complete runs have come to, by seed.
    pub fn ends(&self, quantity: Quantity) -> BTreeMap<u64, f64> {
        let complete = self.runs.iter().filter(|(_, run)| run.status() == RunStatus::Complete);
        complete.filter_map(|(&seed, run)| Some((seed, quantity.at_end(run)?))).collect()
    }

    /// Runs that are not complete, which have no end.
    pub fn incomplete(&self) -> usize {
        self.runs.values().filter(|run| run.status() != RunStatus::Complete).count()
    }
}
