//! What it took every arm to reach a target. Runs that do not reach it are censored, not left out.

use super::names::name_of;
use crate::results::{Arm, Costs, Reached, Run, Target};
use crate::statistics::{Bootstrap, Interval, Time, Times};
use serde::Serialize;
use std::collections::BTreeMap;

/// One target.
#[derive(Clone, Debug, Serialize)]
pub struct TargetTable {
    /// As one writes it: `share>=0.95`.
    pub target: String,
    /// What it is about, in words.
    pub about: &'static str,
    /// A row of every arm.
    pub arms: Vec<Taken>,
}

/// What it took an arm.
#[derive(Clone, Debug, Serialize)]
pub struct Taken {
    /// Seeds of which something is known.
    pub seeds: usize,
    /// Seeds that got there.
    pub reached: usize,
    /// Bytes on the wire.
    pub wire_bytes: MedianTime,
    /// Trajectories of all clients.
    pub trajectories: MedianTime,
}

/// The median by Kaplan and Meier, where half of the seeds get there, and its bootstrap.
#[derive(Clone, Debug, Serialize)]
pub struct MedianTime {
    /// The median.
    pub median: Option<f64>,
    /// Its interval, of which a single seed has none.
    pub interval: Option<Interval>,
}

impl TargetTable {
    pub(super) fn of(target: Target, arms: &[Arm<'_>]) -> Self {
        TargetTable {
            target: target.to_string(),
            about: name_of(target.quantity),
            arms: arms.iter().map(|arm| taken(&target, arm)).collect(),
        }
    }
}

fn taken(target: &Target, arm: &Arm<'_>) -> Taken {
    let times = |cost: fn(&Run, &Costs) -> Option<f64>| {
        let time = |run: &Run| match target.reached(run) {
            Reached::Yes { costs, .. } => cost(run, &costs).map(Time::Reached),
            Reached::No => cost(run, run.totals()).map(Time::Censored),
            Reached::Unknown => None,
        };
        let by_seed: BTreeMap<u64, Time> =
            arm.runs.iter().filter_map(|(&seed, run)| Some((seed, time(run)?))).collect();
        Times::of(&by_seed).ok()
    };
    let wire = times(|_, costs| Some(costs.wire_bytes() as f64));
    let trajectories = times(|run, costs| Some(costs.trajectories(run.clients()?) as f64));
    Taken {
        seeds: wire.as_ref().map_or(0, Times::seeds),
        reached: wire.as_ref().map_or(0, Times::reached),
        wire_bytes: MedianTime::of(wire.as_ref()),
        trajectories: MedianTime::of(trajectories.as_ref()),
    }
}

impl MedianTime {
    fn of(times: Option<&Times>) -> Self {
        MedianTime {
            median: times.and_then(Times::median),
            interval: times.and_then(|times| times.median_interval(&Bootstrap::default()).ok()),
        }
    }
}
