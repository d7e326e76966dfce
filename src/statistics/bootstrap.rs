//! The stratified percentile bootstrap, on keyed streams.

use super::interval::{Interval, Kind, Level, Quantity};
use super::{Estimate, Sample, StatisticsError};
use dpac_actors::{Generator, Purpose, StreamKey};
use rand::Rng;
use std::collections::BTreeMap;

/// Samples by the name of their stratum, such as a problem or an arm.
pub type Strata = BTreeMap<String, Sample>;

/// How to resample. The same seed and the same values give the same bits, on every machine.
///
/// A resample draws from each stratum as many seeds as that has, with replacement; the estimate is of all
/// values that were drawn, whatever their stratum. An end of the interval is a percentile of the estimates of
/// all resamples, between neighbours on a straight line as `numpy.percentile` has it. So both ends lie
/// between the lowest and the highest value, and an interval of returns does not pass the optimum if no
/// return does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// The seed of the resamples, which is none of a run's.
    pub seed: u64,
    /// How many, at least `2 / (1 - level)`.
    pub resamples: u32,
    /// How often intervals shall contain what they are of.
    pub level: Level,
}

impl Default for Bootstrap {
    /// 2000 resamples of seed 0, at level 0.95.
    fn default() -> Self {
        Bootstrap { seed: 0, resamples: 2000, level: Level::default() }
    }
}

impl Bootstrap {
    /// The interval of an estimate over the seeds of one stratum.
    ///
    /// # Errors
    /// If there is one seed, or too few resamples.
    pub fn interval(&self, estimate: Estimate, sample: &Sample) -> Result<Interval, StatisticsError> {
        self.interval_of(Quantity::Estimate(estimate), estimate, sample)
    }

    /// The intervals of several estimates, from the same resamples. Each is what [`Self::interval`] gives.
    ///
    /// # Errors
    /// As [`Self::interval`].
    pub fn intervals<const N: usize>(
        &self,
        estimates: [Estimate; N],
        sample: &Sample,
    ) -> Result<[Interval; N], StatisticsError> {
        let ends = self.ends(Resampler::of_one(self.seed, sample.seeds())?, |counts, drawn| {
            take(sample.ascending(), counts, drawn);
            estimates.map(|estimate| estimate.of_ascending(drawn))
        })?;
        let one = |i: usize| {
            let of = Quantity::Estimate(estimates[i]);
            self.labelled(Kind::Bootstrap { strata: 1 }, of, ends[i], sample.seeds())
        };
        Ok(std::array::from_fn(one))
    }

    /// The interval of an estimate over the seeds of all strata, each resampled from its own.
    ///
    /// The estimate is of the values of all strata together, so that a stratum counts by its number of seeds.
    /// With equal numbers this is rliable's stratified bootstrap, for the mean and the interquartile mean;
    /// its median is another one, that of the strata's means.
    ///
    /// # Errors
    /// If there is no stratum, one has one seed, or there are too few resamples.
    pub fn stratified(&self, estimate: Estimate, strata: &Strata) -> Result<Interval, StatisticsError> {
        if let Some((name, _)) = strata.iter().find(|(_, sample)| sample.seeds() < 2) {
            return Err(StatisticsError::LoneSeed { name: name.clone() });
        }
        let mut pool: Vec<(f64, usize)> = Vec::new();
        for (stratum, sample) in strata.values().enumerate() {
            pool.extend(sample.ascending().iter().map(|&value| (value, stratum)));
        }
        // Stable: of equal values that of the first stratum stands first.
        pool.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        let mut places = vec![Vec::new(); strata.len()];
        for (place, &(_, stratum)) in pool.iter().enumerate() {
            places[stratum].push(place);
        }
        let values: Vec<f64> = pool.iter().map(|&(value, _)| value).collect();
        let [ends] = self.ends(Resampler::of(self.seed, places)?, |counts, drawn| {
            take(&values, counts, drawn);
            [estimate.of_ascending(drawn)]
        })?;
        let kind = Kind::Bootstrap { strata: strata.len() };
        Ok(self.labelled(kind, Quantity::Estimate(estimate), ends, values.len()))
    }

    /// The interval of an estimate of values that are not a run's own.
    pub(super) fn interval_of(
        &self,
        of: Quantity,
        estimate: Estimate,
        sample: &Sample,
    ) -> Result<Interval, StatisticsError> {
        let [interval] = self.intervals([estimate], sample)?;
        Ok(Interval { of, ..interval })
    }

    /// The interval of a statistic that is a function of how often each of some things was drawn.
    pub(super) fn interval_by_counts(
        &self,
        of: Quantity,
        things: usize,
        statistic: impl Fn(&[u32]) -> f64,
    ) -> Result<Interval, StatisticsError> {
        let [ends] = self.ends(Resampler::of_one(self.seed, things)?, |counts, _| [statistic(counts)])?;
        Ok(self.labelled(Kind::Bootstrap { strata: 1 }, of, ends, things))
    }

    fn labelled(&self, kind: Kind, of: Quantity, (low, high): (f64, f64), seeds: usize) -> Interval {
        Interval { kind, of, level: self.level, low, high, seeds }
    }

    /// Both ends for each of the statistics, which are given the counts of a resample and a vector to work
    /// in.
    fn ends<const N: usize>(
        &self,
        mut resampler: Resampler,
        statistics: impl Fn(&[u32], &mut Vec<f64>) -> [f64; N],
    ) -> Result<[(f64, f64); N], StatisticsError> {
        let tail = self.level.tail();
        // Rounded first: 1 - 0.95 is a little more than 0.05.
        let least = libm::ceil(1.0 / tail - 1e-6) as u32;
        if self.resamples < least {
            let (level, given) = (self.level.get(), self.resamples);
            return Err(StatisticsError::TooFewResamples { level, least, given });
        }
        let mut found = [(); N].map(|()| Vec::with_capacity(self.resamples as usize));
        let mut drawn = Vec::new();
        for _ in 0..self.resamples {
            let values = statistics(resampler.draw(), &mut drawn);
            for (found, value) in found.iter_mut().zip(values) {
                found.push(value);
            }
        }
        Ok(found.map(|mut found| (percentile(&mut found, tail), percentile(&mut found, 1.0 - tail))))
    }
}

/// The values that were drawn, in ascending order as `values` are.
fn take(values: &[f64], counts: &[u32], drawn: &mut Vec<f64>) {
    drawn.clear();
    for (&value, &count) in values.iter().zip(counts) {
        drawn.extend(std::iter::repeat_n(value, count as usize));
    }
}

/// Draws from each stratum as many as it has, with replacement, and counts.
struct Resampler {
    strata: Vec<Stratum>,
    counts: Vec<u32>,
}

/// One stratum's stream, which all resamples draw from in turn, and where its members stand among all.
struct Stratum {
    generator: Generator,
    places: Vec<usize>,
}

impl Resampler {
    fn of_one(seed: u64, things: usize) -> Result<Self, StatisticsError> {
        Resampler::of(seed, vec![(0..things).collect()])
    }

    /// Strata in the order of their names.
    fn of(seed: u64, places: Vec<Vec<usize>>) -> Result<Self, StatisticsError> {
        let things = places.iter().map(Vec::len).sum();
        if things < 2 {
            return Err(StatisticsError::TooFewSeeds { what: "a bootstrap", given: things });
        }
        let of_stratum = |(number, places)| {
            let (purpose, client) = (Purpose::Statistics, number as u32);
            let key = StreamKey { seed, purpose, client, round: 0, phase: 0, barrier: 0 };
            Stratum { generator: key.generator(), places }
        };
        Ok(Resampler {
            strata: places.into_iter().enumerate().map(of_stratum).collect(),
            counts: vec![0; things],
        })
    }

    /// How often each of all was drawn.
    fn draw(&mut self) -> &[u32] {
        self.counts.fill(0);
        for Stratum { generator, places } in &mut self.strata {
            for _ in 0..places.len() {
                let word = u128::from(generator.next_u64());
                let drawn = ((word * places.len() as u128) >> 64) as usize;
                self.counts[places[drawn]] += 1;
            }
        }
        &self.counts
    }
}

/// The q-quantile of values in any order, on a straight line between neighbours (Hyndman and Fan's type 7).
fn percentile(values: &mut [f64], q: f64) -> f64 {
    let rank = q * (values.len() - 1) as f64;
    let below = libm::floor(rank);
    let share = rank - below;
    let (_, &mut low, above) = values.select_nth_unstable_by(below as usize, f64::total_cmp);
    let high = above.iter().copied().fold(f64::INFINITY, f64::min);
    // Not a line between two infinities, nor a zeroth part of one.
    if share > 0.0 && !above.is_empty() && high > low { low + share * (high - low) } else { low }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "the same bits are what is promised")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Estimate; 3] = [Estimate::Mean, Estimate::Median, Estimate::InterquartileMean];

    fn sample(values: &[f64]) -> Sample {
        Sample::of(values).expect("finite values")
    }

    fn strata(samples: &[(&str, &[f64])]) -> Strata {
        samples.iter().map(|(name, values)| ((*name).to_owned(), sample(values))).collect()
    }

    #[test]
    fn percentiles_are_numpys() {
        // numpy.percentile([1, 2, 4, 8], [0, 10, 50, 97.5, 100]).
        for (q, expected) in [(0.0, 1.0), (0.1, 1.3), (0.5, 3.0), (0.975, 7.7), (1.0, 8.0)] {
            let found = percentile(&mut [8.0, 2.0, 1.0, 4.0], q);
            assert!((found - expected).abs() < 1e-14, "{q}: {found}");
        }
        let infinity = f64::INFINITY;
        assert_eq!(percentile(&mut [infinity, 1.0, infinity], 0.5), infinity);
        assert_eq!(percentile(&mut [infinity, 1.0, infinity], 0.0), 1.0);
        assert_eq!(percentile(&mut [3.0], 0.975), 3.0);
    }

    #[test]
    fn bootstrap_of_two_seeds_has_the_ends_that_all_four_resamples_have() {
        // Means 0, 1, 1, 2 with probability 1/4 each: both tails of 2.5 % are inside of the outermost.
        let interval =
            Bootstrap::default().interval(Estimate::Mean, &sample(&[2.0, 0.0])).expect("two seeds");
        assert_eq!((interval.low, interval.high, interval.seeds), (0.0, 2.0, 2));
        // At level 1/4 the tails of 37.5 % are inside of the middle half.
        let narrow = Bootstrap { level: Level::of(0.25).expect("a level"), ..Bootstrap::default() };
        let interval = narrow.interval(Estimate::Mean, &sample(&[2.0, 0.0])).expect("two seeds");
        assert_eq!((interval.low, interval.high), (1.0, 1.0));
    }

    #[test]
    fn resamples_have_the_bits_that_they_always_had() {
        // `python/tests/against_scipy.py` draws resamples again from the page alone.
        let values = sample(&[1.62, 1.48, 1.55, 1.31, 1.66, 1.59, 1.40, 1.58, 1.71, 1.52]);
        let intervals = Bootstrap::default().intervals(ALL, &values).expect("ten seeds");
        let ends = intervals.map(|interval| [interval.low.to_bits(), interval.high.to_bits()]);
        let known = [
            [0x3ff7_74a2_339c_0ebf, 0x3ff9_c2a9_930b_e0df],
            [0x3ff7_5c28_f5c2_8f5c, 0x3ff9_eb85_1eb8_51ec],
            [0x3ff7_62fc_962f_c963, 0x3ff9_f92c_5f92_c5fb],
        ];
        assert_eq!(ends, known);
    }

    #[test]
    fn intervals_of_several_estimates_are_those_of_each() {
        let values = sample(&[3.0, 1.0, 4.0, 1.5, 9.0, 2.0, 6.0]);
        let bootstrap = Bootstrap { seed: 5, ..Bootstrap::default() };
        let each = ALL.map(|estimate| bootstrap.interval(estimate, &values).expect("seeds"));
        assert_eq!(bootstrap.intervals(ALL, &values).expect("seeds"), each);
        let one = Strata::from([("only".to_owned(), values.clone())]);
        let stratified = ALL.map(|estimate| bootstrap.stratified(estimate, &one).expect("seeds"));
        assert_eq!(stratified, each, "a single stratum is none");
    }

    #[test]
    fn each_stratum_is_resampled_from_its_own() {
        // Constant strata: whatever is drawn, each keeps its share, and the mean does not move.
        let constant = strata(&[("a", &[0.0; 3]), ("b", &[10.0; 3])]);
        let interval = Bootstrap::default().stratified(Estimate::Mean, &constant).expect("seeds");
        assert_eq!((interval.low, interval.high), (5.0, 5.0));
        assert_eq!((interval.kind, interval.seeds), (Kind::Bootstrap { strata: 2 }, 6));
        let pooled = sample(&[0.0, 0.0, 0.0, 10.0, 10.0, 10.0]);
        let interval = Bootstrap::default().interval(Estimate::Mean, &pooled).expect("seeds");
        assert!(interval.high - interval.low > 5.0, "without strata they mix: {interval}");
    }

    #[test]
    fn what_cannot_be_resampled_is_refused() {
        let bootstrap = Bootstrap::default();
        assert!(bootstrap.interval(Estimate::Mean, &sample(&[1.0])).is_err());
        assert!(bootstrap.stratified(Estimate::Mean, &Strata::new()).is_err());
        let lone = bootstrap.stratified(Estimate::Mean, &strata(&[("a", &[1.0, 2.0]), ("b", &[1.0])]));
        assert_eq!(lone, Err(StatisticsError::LoneSeed { name: "b".to_owned() }));
        let two = sample(&[1.0, 2.0]);
        let with = |resamples| Bootstrap { resamples, ..bootstrap }.interval(Estimate::Mean, &two);
        assert!(with(40).is_ok());
        assert_eq!(with(39), Err(StatisticsError::TooFewResamples { level: 0.95, least: 40, given: 39 }));
    }

    proptest! {
        // Two hundred resamples, since what is promised holds for any number.
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn neither_the_order_of_seeds_nor_that_of_strata_changes_a_bit(
            values in prop::collection::vec(-1e3..1e3_f64, 4..24).prop_shuffle(), cut in 2..3_usize, seed: u64,
        ) {
            let bootstrap = Bootstrap { seed, resamples: 200, ..Bootstrap::default() };
            let reversed: Vec<f64> = values.iter().rev().copied().collect();
            let (a, b) = values.split_at(cut);
            let (b_reversed, a_reversed) = reversed.split_at(values.len() - cut);
            for estimate in ALL {
                let of = |values: &[f64]| bootstrap.interval(estimate, &sample(values));
                prop_assert_eq!(of(&values), of(&reversed));
                let one = bootstrap.stratified(estimate, &strata(&[("a", a), ("b", b)]));
                let other = bootstrap.stratified(estimate, &strata(&[("b", b_reversed), ("a", a_reversed)]));
                prop_assert_eq!(one, other);
            }
        }

        #[test]
        fn intervals_of_values_that_are_shifted_and_scaled_are_shifted_and_scaled(
            values in prop::collection::vec(-1.0..1.0_f64, 2..24), shift in -10.0..10.0_f64, scale in 0.1..10.0_f64,
        ) {
            let bootstrap = Bootstrap { resamples: 200, ..Bootstrap::default() };
            let moved: Vec<f64> = values.iter().map(|x| shift + scale * x).collect();
            let both = |values: &[f64]| {
                let values = sample(values);
                let t = values.t_interval(Level::default()).expect("seeds");
                let [mean, median, middle] = bootstrap.intervals(ALL, &values).expect("seeds");
                [t, mean, median, middle]
            };
            for (interval, moved) in both(&values).into_iter().zip(both(&moved)) {
                // t of one degree of freedom makes some hundred out of the rounding of numbers up to 20.
                let near = |x: f64, moved: f64| (shift + scale * x - moved).abs() < 1e-11;
                prop_assert!(near(interval.low, moved.low) && near(interval.high, moved.high));
            }
        }

        #[test]
        fn no_end_of_a_bootstrap_lies_beyond_the_outermost_value(
            values in prop::collection::vec(-1e3..1e3_f64, 2..24), seed: u64,
        ) {
            let values = sample(&values);
            let bootstrap = Bootstrap { seed, resamples: 200, ..Bootstrap::default() };
            let (least, most) = (values.ascending()[0], values.ascending()[values.seeds() - 1]);
            for interval in bootstrap.intervals(ALL, &values).expect("seeds") {
                // The mean of equal numbers is one of them but for its rounding.
                prop_assert!(least - 1e-12 <= interval.low && interval.low <= interval.high);
                prop_assert!(interval.high <= most + 1e-12);
            }
        }
    }
}
