//! Runs by arm: those that differ in nothing but their seed.

use crate::results::{Costs, Quantity, Reached, Results, Run, RunStatus, Target};
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

impl Arm<'_> {
    /// The arm as one reads it: `clients=4, target=q`.
    pub(super) fn label(&self) -> String {
        let last = |key: &str| key.rsplit('.').next().unwrap_or(key).to_owned();
        let alone =
            |key: &str| self.settings.iter().filter(|(other, _)| last(other) == last(key)).count() == 1;
        let one = |(key, value): &(&str, &str)| {
            let key = if alone(key) { last(key) } else { (*key).to_owned() };
            format!("{key}={}", value.trim_matches('"'))
        };
        let parts: Vec<String> = self.settings.iter().map(one).collect();
        if parts.is_empty() { "all runs".to_owned() } else { parts.join(", ") }
    }

    /// The value of a key.
    pub(super) fn key(&self, key: &str) -> Option<&str> {
        self.settings.iter().find(|(of, _)| *of == key).map(|(_, value)| value.trim_matches('"'))
    }

    /// The arm without one of its keys.
    pub(super) fn without<'s>(&'s self, key: &str) -> Vec<(&'s str, &'s str)> {
        self.settings.iter().filter(|(of, _)| *of != key).copied().collect()
    }

    /// What complete runs have come to, by seed.
    pub(super) fn ends(&self, quantity: Quantity) -> BTreeMap<u64, f64> {
        let end = |run: &Run| match quantity {
            Quantity::Value => run.value(),
            Quantity::Gap => run.gap(),
            Quantity::Share => run.share(),
            Quantity::BellmanError => run.bellman_error(),
        };
        let complete = self.runs.iter().filter(|(_, run)| run.status() == RunStatus::Complete);
        complete.filter_map(|(&seed, run)| Some((seed, end(run)?))).collect()
    }

    /// Runs that are not complete, which have no end.
    pub(super) fn incomplete(&self) -> usize {
        self.runs.values().filter(|run| run.status() != RunStatus::Complete).count()
    }

    /// What it had cost each seed to reach a target, or to come to its end without.
    pub(super) fn times(&self, target: &Target, cost: Cost) -> BTreeMap<u64, Time> {
        let time = |run: &&Run| match target.reached(run) {
            Reached::Yes { round, costs } => Some(Time::Reached(cost.of(round, &costs, run))),
            Reached::No => Some(Time::Censored(cost.of(run.rounds_over(), run.totals(), run))),
            Reached::Unknown => None,
        };
        self.runs.iter().filter_map(|(&seed, run)| Some((seed, time(run)?))).collect()
    }
}

/// What is counted of a run's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum Cost {
    WireBytes,
    PayloadBytes,
    Floats,
    Messages,
    Rounds,
    Trajectories,
    EnvSteps,
}

impl Cost {
    /// The name in files.
    pub(super) fn name(self) -> &'static str {
        match self {
            Cost::WireBytes => "wire_bytes",
            Cost::PayloadBytes => "payload_bytes",
            Cost::Floats => "floats",
            Cost::Messages => "messages",
            Cost::Rounds => "rounds",
            Cost::Trajectories => "trajectories",
            Cost::EnvSteps => "env_steps",
        }
    }

    fn of(self, round: u64, costs: &Costs, run: &Run) -> f64 {
        let clients = run.clients().unwrap_or(1);
        let counted = match self {
            Cost::WireBytes => costs.wire_bytes(),
            Cost::PayloadBytes => costs.payload_bytes(),
            Cost::Floats => costs.floats(),
            Cost::Messages => costs.messages(),
            Cost::Rounds => round,
            Cost::Trajectories => costs.trajectories(clients),
            Cost::EnvSteps => costs.env_steps(clients),
        };
        counted as f64
    }
}
