//! What it costs the runs of an arm to reach a target.

use crate::results::{Arm, Cost, Reached, Run, Target};
use crate::statistics::Time;
use std::collections::BTreeMap;

/// What it had cost each seed to reach a target, or to come to its end without.
pub(super) fn times(arm: &Arm<'_>, target: &Target, cost: Cost) -> BTreeMap<u64, Time> {
    let time = |run: &Run| {
        let (round, costs, reached): (_, _, fn(f64) -> Time) = match target.reached(run) {
            Reached::Yes { round, costs } => (round, costs, Time::Reached),
            Reached::No => (run.rounds_over(), *run.totals(), Time::Censored),
            Reached::Unknown => return None,
        };
        cost.of(run, round, &costs).map(|counted| reached(counted as f64))
    };
    arm.runs.iter().filter_map(|(&seed, run)| Some((seed, time(run)?))).collect()
}
