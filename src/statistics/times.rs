//! How long, or how many bytes, until something is reached, where some seeds never reach it.

use super::interval::{Interval, Quantity};
use super::{Bootstrap, Estimate, Sample, StatisticsError};
use std::collections::BTreeMap;

/// What one seed tells of a time: when it got there, or how long it was watched without getting there. The
/// unit is the caller's: seconds, rounds, bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Time {
    /// It got there at this time.
    Reached(f64),
    /// Until this time, the last one seen, it had not got there.
    Censored(f64),
}

impl Time {
    /// The time, whatever happened then.
    pub fn get(self) -> f64 {
        match self {
            Time::Reached(time) | Time::Censored(time) => time,
        }
    }

    fn is_reached(self) -> bool {
        matches!(self, Time::Reached(_))
    }
}

/// The times of all seeds. Who did not get there is among them, and counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Times {
    /// Ascending; at the same time, those that got there stand first.
    ascending: Vec<Time>,
}

impl Times {
    /// The times by seed.
    ///
    /// # Errors
    /// If there is none, or one is negative or not finite.
    pub fn of(times: &BTreeMap<u64, Time>) -> Result<Self, StatisticsError> {
        if times.is_empty() {
            return Err(StatisticsError::NoValue);
        }
        for value in times.values().map(|time| time.get()) {
            if !value.is_finite() {
                return Err(StatisticsError::NotFinite { value });
            }
            if value < 0.0 {
                return Err(StatisticsError::NegativeTime { value });
            }
        }
        let mut ascending: Vec<Time> = times.values().copied().collect();
        let key = |time: &Time| (time.get(), u8::from(!time.is_reached()));
        ascending.sort_by(|one, other| {
            let ((one, censored), (other, other_censored)) = (key(one), key(other));
            one.total_cmp(&other).then(censored.cmp(&other_censored))
        });
        Ok(Times { ascending })
    }

    /// The number of seeds.
    pub fn seeds(&self) -> usize {
        self.ascending.len()
    }

    /// How many of them got there.
    pub fn reached(&self) -> usize {
        self.ascending.iter().filter(|time| time.is_reached()).count()
    }

    /// The median by Kaplan and Meier: the first time at which the estimated share of those that are not
    /// there yet is at most one half. None if the share stays above, as it does where more than half is
    /// censored.
    ///
    /// Without censoring it is the value in the middle, of an even number the lower one.
    pub fn median(&self) -> Option<f64> {
        let median = median(&self.ascending, &vec![1; self.seeds()]);
        median.is_finite().then_some(median)
    }

    /// The bootstrap of [`Self::median`], over seeds. An end is infinite where the median of too many
    /// resamples is not available.
    ///
    /// # Errors
    /// If there is one seed, or too few resamples.
    pub fn median_interval(&self, bootstrap: &Bootstrap) -> Result<Interval, StatisticsError> {
        bootstrap
            .interval_by_counts(Quantity::MedianTime, self.seeds(), |counts| median(&self.ascending, counts))
    }

    /// The last time until which all were watched that had not got there: the first censoring, or where there
    /// is none the last time.
    pub fn limit(&self) -> f64 {
        let first_censored = self.ascending.iter().find(|time| !time.is_reached());
        first_censored.or(self.ascending.last()).map_or(0.0, |time| time.get())
    }

    /// The times cut at [`Self::limit`]. Their mean is the restricted mean time: how long it takes, of the
    /// time until the limit, on average. To compare arms, cut both at the lower of their limits.
    pub fn restricted(&self) -> Sample {
        self.cut(self.limit()).expect("the limit itself")
    }

    /// The times cut at a limit of one's own; none if somebody was not watched so long.
    pub fn cut(&self, limit: f64) -> Option<Sample> {
        let cut: Vec<f64> = self.ascending.iter().map(|time| time.get().min(limit)).collect();
        if limit <= self.limit() || self.reached() == self.seeds() { Sample::of(&cut).ok() } else { None }
    }

    /// The bootstrap of the restricted mean time, over seeds.
    ///
    /// # Errors
    /// If there is one seed, or too few resamples.
    pub fn restricted_interval(&self, bootstrap: &Bootstrap) -> Result<Interval, StatisticsError> {
        bootstrap.interval_of(Quantity::RestrictedMeanTime, Estimate::Mean, &self.restricted())
    }
}

/// The median by Kaplan and Meier of ascending times, each as often as its count; infinite if there is none.
fn median(times: &[Time], counts: &[u32]) -> f64 {
    // The share that is not there yet is `scale * waiting / since`: only who is censored changes scale and
    // since, so that without censoring the share is a quotient of whole numbers, and one half is one half.
    let mut waiting: u32 = counts.iter().sum();
    let (mut scale, mut since) = (1.0, waiting);
    for (time, &count) in times.iter().zip(counts).filter(|(_, count)| **count > 0) {
        match time {
            Time::Reached(time) => {
                waiting -= count;
                if scale * f64::from(waiting) / f64::from(since) <= 0.5 {
                    return *time;
                }
            }
            Time::Censored(_) => {
                scale = scale * f64::from(waiting) / f64::from(since);
                waiting -= count;
                since = waiting.max(1);
            }
        }
    }
    f64::INFINITY
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "times are given back as they are")]
mod tests {
    use super::Time::{Censored, Reached};
    use super::*;

    fn times(times: &[Time]) -> Times {
        Times::of(&(0..).zip(times.iter().copied()).collect()).expect("times")
    }

    #[test]
    fn median_is_kaplan_and_meiers() {
        assert_eq!(times(&[Reached(3.0), Reached(1.0), Reached(2.0)]).median(), Some(2.0));
        assert_eq!(times(&[Reached(4.0), Reached(1.0), Reached(2.0), Reached(3.0)]).median(), Some(2.0));
        // Half is there: the share falls to one half at the last of them.
        assert_eq!(times(&[Reached(1.0), Reached(2.0), Censored(9.0), Censored(9.0)]).median(), Some(2.0));
        // More than half is not.
        assert_eq!(times(&[Reached(1.0), Censored(9.0), Censored(9.0)]).median(), None);
        // Shares: 5/6 at 1; 2 is censored; of four 5/6·3/4 = 5/8 at 3; 5/6·1/2 = 5/12 at 5.
        let early = [Reached(1.0), Censored(2.0), Reached(3.0), Reached(5.0), Censored(6.0), Reached(8.0)];
        assert_eq!(times(&early).median(), Some(5.0));
        // At the same time who gets there counts as watched with those that are censored then.
        assert_eq!(times(&[Censored(1.0), Reached(1.0)]).median(), Some(1.0));
    }

    #[test]
    fn half_of_any_number_is_half() {
        for n in 1..200 {
            let halves: Vec<Time> =
                (0..2 * n).map(|i| if i < n { Reached(f64::from(i)) } else { Censored(1e3) }).collect();
            assert_eq!(times(&halves).median(), Some(f64::from(n - 1)), "{n} of {}", 2 * n);
            assert_eq!(times(&halves[1..]).median(), None, "{} of {}", n - 1, 2 * n - 1);
        }
    }

    #[test]
    fn who_does_not_get_there_counts_in_every_number() {
        let some = times(&[Reached(10.0), Reached(20.0), Censored(100.0), Reached(30.0), Censored(80.0)]);
        assert_eq!((some.reached(), some.seeds(), some.median(), some.limit()), (3, 5, Some(30.0), 80.0));
        assert_eq!(some.restricted().mean(), (10.0 + 20.0 + 30.0 + 80.0 + 80.0) / 5.0);
        assert_eq!(some.cut(25.0).map(|sample| sample.mean()), Some(21.0));
        assert!(some.cut(90.0).is_none(), "one was watched until 80");
        let interval = some.restricted_interval(&Bootstrap::default()).expect("five seeds");
        assert!(10.0 <= interval.low && interval.high <= 80.0 && interval.seeds == 5, "{interval}");
        let median = some.median_interval(&Bootstrap::default()).expect("five seeds");
        assert_eq!((median.low, median.high, median.seeds), (10.0, f64::INFINITY, 5));
        assert_eq!(median.to_string(), "[10.0, not reached] (95 % bootstrap of the median time, 5 seeds)");
        let none = times(&[Censored(5.0), Censored(7.0)]);
        assert_eq!((none.reached(), none.median(), none.restricted().mean()), (0, None, 5.0));
        let all = times(&[Reached(5.0), Reached(7.0)]);
        assert_eq!((all.limit(), all.cut(100.0).map(|sample| sample.mean())), (7.0, Some(6.0)));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let of = |time| Times::of(&BTreeMap::from([(0, time)]));
        assert_eq!(of(Reached(-1.0)), Err(StatisticsError::NegativeTime { value: -1.0 }));
        assert!(matches!(of(Censored(f64::INFINITY)), Err(StatisticsError::NotFinite { .. })));
        assert_eq!(Times::of(&BTreeMap::new()), Err(StatisticsError::NoValue));
        let one = of(Reached(1.0)).expect("a time");
        assert!(one.median_interval(&Bootstrap::default()).is_err());
    }
}
