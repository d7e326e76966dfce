//! What it takes to come to an error, where some runs never do.

use super::table3_methods::{FEW, METHODS, Method, Sees, TRAJECTORIES};
use super::{Lacking, Measured, Table};
use crate::results::{Costs, Run};
use crate::statistics::{Time, Times};
use std::collections::BTreeMap;

/// Every method's way to one error.
pub(super) struct Reached {
    target: f64,
    rows: Vec<Row>,
}

/// A method's way.
struct Row {
    method: &'static Method,
    seeds: usize,
    there: usize,
    /// T of the median seed and what it had cost then; where that never comes, the largest T and its costs.
    trajectories: u64,
    costs: Costs,
    rounds: u64,
    censored: bool,
}

impl Reached {
    /// At M = 16.
    pub(super) fn of(measured: &Measured, target: f64) -> Result<Self, Lacking> {
        let rows =
            METHODS.iter().map(|method| Row::of(measured, method, target)).collect::<Result<_, _>>()?;
        Ok(Reached { target, rows })
    }

    /// The error as a power of ten.
    fn name(&self) -> String {
        format!("{:e}", self.target)
    }

    pub(super) fn table(&self) -> Table {
        let mut table = Table::of(
            format!(
                "To a Bellman error of {} at M = {FEW}: T is the least one tried, in powers of two, from which on a seed's error stays there, and the median over seeds \
                 by Kaplan and Meier. Who never comes there is censored at the largest T, and \">\" stands before what it had cost by then.",
                self.name()
            ),
            [
                "method",
                "local steps of a round",
                "seeds that come there",
                "T of each client",
                "samples of all",
                "rounds",
                "floats",
                "bytes",
            ],
        );
        for row in &self.rows {
            let number = |number: u64| if row.censored { format!("> {number}") } else { number.to_string() };
            table.row([
                row.method.name.to_owned(),
                row.method.local_steps.to_owned(),
                format!("{} of {}", row.there, row.seeds),
                number(row.trajectories),
                number(row.costs.trajectories(FEW)),
                number(row.rounds),
                number(row.costs.floats()),
                number(row.costs.wire_bytes()),
            ]);
        }
        table
    }

    /// Who comes there with the fewest bytes, and of those with the fewest samples.
    pub(super) fn least_bytes(&self) -> Option<String> {
        let there = self.rows.iter().filter(|row| !row.censored);
        let least = there.min_by_key(|row| (row.costs.wire_bytes(), row.trajectories))?;
        let dptd = self.rows.first().filter(|row| !row.censored)?;
        Some(format!(
            "Fewest bytes to an error of {}: {}, {} of them; DPTD with K = 16 sends {}.",
            self.name(),
            least.method.name,
            least.costs.wire_bytes(),
            dptd.costs.wire_bytes()
        ))
    }
}

impl Row {
    fn of(measured: &Measured, method: &'static Method, target: f64) -> Result<Self, Lacking> {
        let [.., longest] = TRAJECTORIES;
        let mut errors: BTreeMap<u64, Vec<(u64, f64)>> = BTreeMap::new();
        for trajectories in TRAJECTORIES {
            let arm = method.arm(measured, FEW, trajectories, Sees::Histories)?;
            for (seed, error) in arm.by_seed("Bellman error", Run::bellman_error)? {
                errors.entry(seed).or_default().push((trajectories, error));
            }
        }
        let times: BTreeMap<u64, Time> =
            errors.into_iter().map(|(seed, errors)| (seed, stays_from(&errors, target))).collect();
        let times = Times::of(&times)?;
        let median = times.median();
        let trajectories = median.map_or(longest, |median| median as u64);
        let arm = method.arm(measured, FEW, trajectories, Sees::Histories)?;
        Ok(Row {
            method,
            seeds: times.seeds(),
            there: times.reached(),
            trajectories,
            costs: arm.runs().first().map(|run| *run.totals()).unwrap_or_default(),
            rounds: arm.prepared()?.resolved.closed_form.barriers,
            censored: median.is_none(),
        })
    }
}

/// The least of ascending x from which on all errors are at most the target.
fn stays_from(errors: &[(u64, f64)], target: f64) -> Time {
    let stays = errors.iter().rev().take_while(|(_, error)| *error <= target).last();
    let longest = errors.last().map_or(0, |(x, _)| *x);
    stays.map_or(Time::Censored(longest as f64), |(x, _)| Time::Reached(*x as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_there_from_where_its_error_stays_and_censored_where_it_ends_above() {
        let from = |errors: [f64; 4]| {
            let along: Vec<(u64, f64)> = [1, 2, 4, 8].into_iter().zip(errors).collect();
            stays_from(&along, 0.1)
        };
        assert_eq!(from([0.5, 0.1, 0.05, 0.02]), Time::Reached(2.0));
        assert_eq!(from([0.05, 0.2, 0.3, 0.1]), Time::Reached(8.0));
        assert_eq!(from([0.01, 0.01, 0.01, 0.01]), Time::Reached(1.0));
        assert_eq!(from([0.01, 0.01, 0.01, 0.11]), Time::Censored(8.0));
    }
}
