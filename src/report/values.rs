//! What every arm has come to, with the intervals that `docs/statistics.md` recommends, and the differences
//! of arms under common seeds.

use super::names::name_of;
use crate::results::{Arm, Quantity};
use crate::statistics::{Bootstrap, Estimate, Interval, Level, Paired, Sample, StatisticsError};
use serde::Serialize;

/// One quantity at the end of the runs.
#[derive(Clone, Debug, Serialize)]
pub struct Values {
    /// Its name in tables.
    pub quantity: &'static str,
    /// Its name in sentences.
    pub name: &'static str,
    /// Whether more is better.
    pub more_is_better: bool,
    /// An estimate of every arm.
    pub arms: Vec<Estimated>,
    /// Every other arm less the first one.
    pub differences: Vec<Difference>,
}

/// What is said of an arm: an estimate, or why there is none.
#[derive(Clone, Debug, Serialize)]
pub struct Estimated {
    /// The seeds that have come to their end, with what they have come to.
    pub by_seed: Vec<(u64, f64)>,
    /// Runs that have not.
    pub incomplete: usize,
    /// The estimate.
    pub found: Option<Found>,
    /// Why there is none.
    pub why_none: Option<String>,
}

/// Estimates with their intervals, of which a single seed has none.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// The median.
    pub median: f64,
    /// Its bootstrap.
    pub median_interval: Option<Interval>,
    /// The mean.
    pub mean: f64,
    /// Its t interval.
    pub mean_interval: Option<Interval>,
    /// The lowest of the seeds.
    pub lowest: f64,
    /// The highest.
    pub highest: f64,
}

/// An arm less the first one, under the seeds that both have.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    /// The arm.
    pub arm: usize,
    /// The mean of the differences, with its t interval and the bootstrap of their median.
    pub found: Option<(f64, Interval, f64, Interval)>,
    /// Why there is none.
    pub why_none: Option<String>,
}

/// What a report is about: the value if a run improves it, what is missing to the optimum, else the error of
/// the critic. The first is what the report's sentences are of.
pub(super) fn quantities(arms: &[Arm<'_>]) -> Vec<Quantity> {
    let has = |quantity| arms.iter().any(|arm| !arm.ends(quantity).is_empty());
    let improves = arms.iter().flat_map(|arm| arm.runs.values()).any(|run| {
        let values: Vec<f64> = run.rounds().iter().filter_map(|row| row.value).collect();
        values.windows(2).any(|two| two[0].total_cmp(&two[1]).is_ne())
    });
    let order = if improves {
        [Quantity::Value, Quantity::Gap, Quantity::BellmanError]
    } else {
        [Quantity::BellmanError, Quantity::Value, Quantity::Gap]
    };
    let mut found: Vec<Quantity> = order.into_iter().filter(|&quantity| has(quantity)).collect();
    // An evaluated policy's value does not move, and is said once.
    found.truncate(if improves { 2 } else { 1 });
    if found.is_empty() { vec![Quantity::Value] } else { found }
}

impl Values {
    /// Differences are those of `compared` quantities alone: of a value and of its gap they are the same.
    pub(super) fn of(quantity: Quantity, compared: bool, arms: &[Arm<'_>]) -> Self {
        let first = arms[0].ends(quantity);
        let difference = |(arm, of): (usize, &Arm<'_>)| {
            let found = Paired::of(&of.ends(quantity), &first).and_then(|paired| {
                let sample = paired.sample();
                let median = paired.bootstrap(Estimate::Median, &Bootstrap::default())?;
                Ok((sample.mean(), paired.t_interval(Level::default()), sample.median(), median))
            });
            let why_none = found.as_ref().err().map(ToString::to_string);
            Difference { arm, found: found.ok(), why_none }
        };
        let differences: Vec<Difference> = arms.iter().enumerate().skip(1).map(difference).collect();
        let any = compared && differences.iter().any(|difference| difference.found.is_some());
        Values {
            quantity: quantity.name(),
            name: name_of(quantity),
            more_is_better: matches!(quantity, Quantity::Value | Quantity::Share),
            arms: arms.iter().map(|arm| estimated(arm, quantity)).collect(),
            differences: if any { differences } else { Vec::new() },
        }
    }

    /// The arms with the best and the worst median.
    pub(super) fn extremes(&self) -> Option<(usize, usize)> {
        let found = self.arms.iter().enumerate();
        let mut found: Vec<(usize, f64)> =
            found.filter_map(|(at, arm)| Some((at, arm.found.as_ref()?.median))).collect();
        // Stable: of equal medians the first arm's stands first.
        found.sort_by(
            |(_, one), (_, other)| {
                if self.more_is_better { other.total_cmp(one) } else { one.total_cmp(other) }
            },
        );
        Some((found.first()?.0, found.last()?.0))
    }
}

fn estimated(arm: &Arm<'_>, quantity: Quantity) -> Estimated {
    let by_seed: Vec<(u64, f64)> = arm.ends(quantity).into_iter().collect();
    let values: Vec<f64> = by_seed.iter().map(|(_, value)| *value).collect();
    let found = found(&values);
    let why_none = found.as_ref().err().map(ToString::to_string);
    Estimated { by_seed, incomplete: arm.incomplete(), found: found.ok(), why_none }
}

fn found(values: &[f64]) -> Result<Found, StatisticsError> {
    let sample = Sample::of(values)?;
    let ascending = sample.ascending();
    let several = sample.seeds() > 1;
    let intervals = several.then(|| {
        let median = Bootstrap::default().interval(Estimate::Median, &sample)?;
        Ok::<_, StatisticsError>((median, sample.t_interval(Level::default())?))
    });
    let intervals = intervals.transpose()?;
    Ok(Found {
        median: sample.median(),
        median_interval: intervals.map(|(median, _)| median),
        mean: sample.mean(),
        mean_interval: intervals.map(|(_, mean)| mean),
        lowest: ascending[0],
        highest: ascending[ascending.len() - 1],
    })
}
