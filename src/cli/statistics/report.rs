//! What runs with several seeds come to, arm by arm.

use super::times::times;
use crate::results::{Arm, Cost, Quantity, Target, plain};
use crate::statistics::{
    Arm as PowerArm, Bootstrap, Estimate, Interval, Level, Paired, PowerLaw, Sample, StatisticsError, Times,
};
use crate::visible::visible;
use std::collections::BTreeMap;

/// What is asked for.
pub(super) struct Asked<'a> {
    pub(super) y: Quantity,
    pub(super) against: Option<&'a str>,
    pub(super) beside: &'a [String],
    pub(super) target: Option<Target>,
    pub(super) cost: Cost,
    pub(super) fit: Option<&'a str>,
    pub(super) level: Level,
}

/// What is said of an arm: an estimate of it, or why there is none.
pub(super) struct Estimated {
    pub(super) label: String,
    pub(super) seeds: usize,
    pub(super) incomplete: usize,
    pub(super) found: Result<Found, StatisticsError>,
}

pub(super) struct Found {
    pub(super) mean: f64,
    pub(super) median: f64,
    pub(super) interquartile_mean: f64,
    pub(super) low_high: (f64, f64),
    /// None of a single seed.
    pub(super) intervals: Option<(Interval, Interval)>,
}

/// A difference of two arms under the same seeds.
pub(super) struct Compared {
    pub(super) label: String,
    pub(super) with: String,
    pub(super) found: Result<(f64, usize, Interval, Interval), StatisticsError>,
}

/// What it takes an arm to get to the target.
pub(super) struct Taken {
    pub(super) label: String,
    pub(super) seeds: usize,
    pub(super) reached: usize,
    pub(super) found: Result<(Option<f64>, Interval, Interval), StatisticsError>,
}

pub(super) struct Fitted {
    pub(super) label: String,
    pub(super) found: Result<PowerLaw, StatisticsError>,
}

pub(super) struct Report<'a> {
    pub(super) arguments: &'a Asked<'a>,
    pub(super) estimated: Vec<Estimated>,
    pub(super) compared: Vec<Compared>,
    pub(super) taken: Vec<Taken>,
    pub(super) fitted: Vec<Fitted>,
}

impl<'a> Report<'a> {
    /// Of what is asked for.
    ///
    /// # Errors
    /// What there is no estimate of, or which arms there are not.
    pub(super) fn of(
        arguments: &'a Asked<'a>,
        arms: &[Arm<'_>],
        bootstrap: &Bootstrap,
    ) -> Result<Self, String> {
        let quantity = arguments.y;
        let estimated: Vec<Estimated> = arms.iter().map(|arm| estimated(arm, quantity, bootstrap)).collect();
        if estimated.iter().all(|arm| arm.seeds == 0) {
            return Err(format!("no complete run has a {}", quantity.name()));
        }
        let compared = match arguments.against {
            Some(against) => compared(arms, against, arguments, bootstrap)?,
            None => Vec::new(),
        };
        let taken = match &arguments.target {
            Some(target) => arms.iter().map(|arm| taken(arm, target, arguments.cost, bootstrap)).collect(),
            None => Vec::new(),
        };
        let fitted = match arguments.fit {
            Some(key) => fitted(arms, key, arguments, bootstrap)?,
            None => Vec::new(),
        };
        Ok(Report { arguments, estimated, compared, taken, fitted })
    }
}

fn estimated(arm: &Arm<'_>, quantity: Quantity, bootstrap: &Bootstrap) -> Estimated {
    let values: Vec<f64> = arm.ends(quantity).into_values().collect();
    let found = Sample::of(&values).and_then(|sample| {
        let intervals = if sample.seeds() > 1 {
            let t = sample.t_interval(bootstrap.level)?;
            Some((t, bootstrap.interval(Estimate::InterquartileMean, &sample)?))
        } else {
            None
        };
        let ascending = sample.ascending();
        Ok(Found {
            mean: sample.mean(),
            median: sample.median(),
            interquartile_mean: sample.interquartile_mean(),
            low_high: (ascending[0], ascending[ascending.len() - 1]),
            intervals,
        })
    });
    Estimated { label: arm.label(), seeds: values.len(), incomplete: arm.incomplete(), found }
}

fn compared<'a>(
    arms: &[Arm<'a>],
    against: &str,
    asked: &Asked<'_>,
    bootstrap: &Bootstrap,
) -> Result<Vec<Compared>, String> {
    let quantity = asked.y;
    let Some((key, value)) = against.split_once('=') else {
        return Err(format!("--against {}: expected KEY=VALUE, as in actor.target=q", visible(against)));
    };
    let (key, value) = (key.trim(), plain(value.trim()));
    if !arms.iter().any(|arm| arm.key(key) == Some(value)) {
        let keys: Vec<&str> = arms[0].settings.iter().map(|(key, _)| *key).collect();
        let keys = if keys.is_empty() { "no key".to_owned() } else { keys.join(", ") };
        return Err(format!("no arm has {}: arms differ in {keys}", visible(against)));
    }
    check_beside(arms, asked.beside)?;
    let mut compared = Vec::new();
    for arm in arms.iter().filter(|arm| arm.key(key) != Some(value)) {
        let rest = |arm: &Arm<'a>| arm.without(key, asked.beside);
        let mut bases = arms.iter().filter(|base| base.key(key) == Some(value) && rest(base) == rest(arm));
        let Some(base) = bases.next() else { continue };
        if let Some(other) = bases.next() {
            let (one, other) = (base.label(), other.label());
            return Err(format!(
                "{}: both {} and {} could be compared with it",
                visible(&arm.label()),
                visible(&one),
                visible(&other)
            ));
        }
        let found = Paired::of(&arm.ends(quantity), &base.ends(quantity)).and_then(|paired| {
            let resampled = paired.bootstrap(Estimate::Mean, bootstrap)?;
            let sample = paired.sample();
            Ok((sample.mean(), sample.seeds(), paired.t_interval(bootstrap.level), resampled))
        });
        compared.push(Compared { label: arm.label(), with: base.label(), found });
    }
    if compared.is_empty() {
        return Err(format!(
            "no two arms differ in {} alone; --beside KEY names a key in which they may differ too",
            visible(key)
        ));
    }
    Ok(compared)
}

/// That arms differ in the keys that are named.
fn check_beside(arms: &[Arm<'_>], beside: &[String]) -> Result<(), String> {
    let unknown = beside.iter().find(|key| arms.iter().all(|arm| arm.key(key).is_none()));
    let Some(key) = unknown else { return Ok(()) };
    Err(format!("--beside {}: arms do not differ in it", visible(key)))
}

fn taken(arm: &Arm<'_>, target: &Target, cost: Cost, bootstrap: &Bootstrap) -> Taken {
    let by_seed = times(arm, target, cost);
    let taken = Times::of(&by_seed);
    let reached = taken.as_ref().map_or(0, Times::reached);
    let found = taken.and_then(|times| {
        Ok((times.median(), times.median_interval(bootstrap)?, times.restricted_interval(bootstrap)?))
    });
    Taken { label: arm.label(), seeds: by_seed.len(), reached, found }
}

/// Arms that differ in nothing but the key that is fitted to.
type Group<'a> = (Vec<(&'a str, &'a str)>, Vec<PowerArm>);

fn fitted(
    arms: &[Arm<'_>],
    key: &str,
    asked: &Asked<'_>,
    bootstrap: &Bootstrap,
) -> Result<Vec<Fitted>, String> {
    let quantity = asked.y;
    check_beside(arms, asked.beside)?;
    let mut groups: Vec<Group<'_>> = Vec::new();
    for arm in arms {
        let Some(text) = arm.key(key) else {
            return Err(format!("--fit {}: arms do not differ in it", visible(key)));
        };
        let Ok(x) = text.parse::<f64>() else {
            return Err(format!("--fit {}: {} is no number", visible(key), visible(text)));
        };
        let rest = arm.without(key, asked.beside);
        let power = PowerArm { x, values: arm.ends(quantity) };
        match groups.iter_mut().find(|(of, _)| *of == rest) {
            Some((_, arms)) => arms.push(power),
            None => groups.push((rest, vec![power])),
        }
    }
    let fit = |(settings, arms): Group<'_>| Fitted {
        label: Arm { settings, runs: BTreeMap::new() }.label(),
        found: PowerLaw::through(&arms, bootstrap),
    };
    Ok(groups.into_iter().map(fit).collect())
}
