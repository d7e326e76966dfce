//! Differences of two arms under common seeds.

use super::interval::{Interval, Level, Quantity};
use super::{Bootstrap, Estimate, Sample, StatisticsError};
use std::collections::BTreeMap;

/// First minus second, under every seed that both have.
///
/// Arms that share a seed share what it draws, so their values move together, and their difference is known
/// better than either.
#[derive(Clone, Debug, PartialEq)]
pub struct Paired {
    /// The differences by seed.
    pub differences: BTreeMap<u64, f64>,
    /// Seeds that the first arm alone has, which are left out.
    pub only_first: Vec<u64>,
    /// Seeds that the second arm alone has, which are left out.
    pub only_second: Vec<u64>,
    sample: Sample,
}

impl Paired {
    /// The differences of two arms, each by seed.
    ///
    /// # Errors
    /// If they have fewer than two seeds in common, or a value is not finite.
    pub fn of(first: &BTreeMap<u64, f64>, second: &BTreeMap<u64, f64>) -> Result<Self, StatisticsError> {
        let without = |one: &BTreeMap<u64, f64>, other: &BTreeMap<u64, f64>| {
            one.keys().filter(|seed| !other.contains_key(seed)).copied().collect()
        };
        let differences: BTreeMap<u64, f64> = first
            .iter()
            .filter_map(|(seed, value)| second.get(seed).map(|other| (*seed, value - other)))
            .collect();
        if differences.len() < 2 {
            let (what, given) = ("a paired difference", differences.len());
            return Err(StatisticsError::TooFewCommonSeeds { what, given });
        }
        let sample = Sample::of(&differences.values().copied().collect::<Vec<_>>())?;
        Ok(Paired {
            differences,
            only_first: without(first, second),
            only_second: without(second, first),
            sample,
        })
    }

    /// The differences as a sample.
    pub fn sample(&self) -> &Sample {
        &self.sample
    }

    /// The t interval of the mean difference.
    pub fn t_interval(&self, level: Level) -> Interval {
        self.sample
            .t_interval_of(Quantity::PairedDifference(Estimate::Mean), level)
            .expect("two seeds in common")
    }

    /// The bootstrap of an estimate of the difference, over the common seeds.
    ///
    /// # Errors
    /// If there are too few resamples.
    pub fn bootstrap(&self, estimate: Estimate, bootstrap: &Bootstrap) -> Result<Interval, StatisticsError> {
        bootstrap.interval_of(Quantity::PairedDifference(estimate), estimate, &self.sample)
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "cases whose sums have no rounding")]
mod tests {
    use super::*;

    #[test]
    fn differences_are_of_common_seeds_and_the_others_are_named() {
        let first = BTreeMap::from([(0, 5.0), (1, 7.0), (2, 9.0), (8, 100.0)]);
        let second = BTreeMap::from([(2, 5.0), (7, -100.0), (0, 3.0), (1, 4.0), (9, 0.0)]);
        let paired = Paired::of(&first, &second).expect("three seeds in common");
        assert_eq!(paired.differences, BTreeMap::from([(0, 2.0), (1, 3.0), (2, 4.0)]));
        assert_eq!((paired.only_first.as_slice(), paired.only_second.as_slice()), (&[8][..], &[7, 9][..]));
        assert_eq!(paired.sample().mean(), 3.0);
        let t = paired.t_interval(Level::default());
        let plain = paired.sample().t_interval(Level::default()).expect("three seeds");
        assert_eq!((t.low, t.high, t.seeds), (plain.low, plain.high, 3));
        assert!(t.to_string().ends_with("t interval of the mean paired difference, 3 seeds)"), "{t}");
        let bootstrap = paired.bootstrap(Estimate::Median, &Bootstrap::default()).expect("seeds");
        assert_eq!((bootstrap.low, bootstrap.high), (2.0, 4.0));
    }

    #[test]
    fn what_both_arms_share_leaves_the_difference() {
        // Seeds differ by a thousand, arms by one.
        let arm =
            |shift: f64| (0..10_u32).map(|seed| (u64::from(seed), 1e3 * f64::from(seed) + shift)).collect();
        let paired = Paired::of(&arm(1.0), &arm(0.0)).expect("ten seeds");
        let t = paired.t_interval(Level::default());
        assert_eq!((t.low, t.high), (1.0, 1.0));
    }

    #[test]
    fn arms_without_two_common_seeds_are_refused() {
        let error = Paired::of(&BTreeMap::from([(0, 1.0), (1, 1.0)]), &BTreeMap::from([(1, 1.0), (2, 1.0)]))
            .expect_err("one seed in common");
        assert_eq!(
            error.to_string(),
            "a paired difference needs at least 2 seeds that all arms have, and there are 1"
        );
    }
}
