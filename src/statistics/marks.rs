//! How much longer it takes as a mark gets harder to reach.

use super::interval::{Interval, Quantity};
use super::{Bootstrap, Line, StatisticsError, Time};
use std::collections::BTreeMap;

/// Fewest marks through which a line is laid.
const MARKS_MIN: usize = 3;

/// A mark ε, and when each seed first was at or below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// ε, above 0.
    pub epsilon: f64,
    /// By seed.
    pub times: BTreeMap<u64, Time>,
}

/// `T(ε) ∝ ε^-slope`: the line by least squares through the points `(ln(1/ε), ln T(ε))`, with T the median
/// over seeds by Kaplan and Meier, of the marks that more than half of the seeds reach, and not at once.
#[derive(Clone, Debug, PartialEq)]
pub struct MarkLaw {
    /// The slope.
    pub slope: f64,
    /// How many marks it goes through.
    pub marks: usize,
    /// The bootstrap over seeds, each with all of its times. A resample is fitted as the seeds are; an end is
    /// infinite where too many of them have fewer than three marks left.
    pub interval: Interval,
}

impl MarkLaw {
    /// The law through these marks, all of the same seeds; none where fewer than three are left.
    ///
    /// # Errors
    /// Where marks have other seeds, there is one seed, or there are too few resamples.
    pub fn through(marks: &[Mark], bootstrap: &Bootstrap) -> Result<Option<Self>, StatisticsError> {
        let seeds: Vec<u64> =
            marks.first().map_or_else(Vec::new, |mark| mark.times.keys().copied().collect());
        let what = "the slope over marks";
        if marks.iter().any(|mark| !mark.times.keys().eq(&seeds)) {
            return Err(StatisticsError::TooFewCommonSeeds { what, given: 0 });
        }
        let once = vec![1; seeds.len()];
        let Some((slope, used)) = fitted(marks, &once) else { return Ok(None) };
        let statistic = |counts: &[u32]| fitted(marks, counts).map_or(f64::INFINITY, |(slope, _)| slope);
        let interval = bootstrap.interval_by_counts(Quantity::MarkSlope, seeds.len(), statistic)?;
        Ok(Some(MarkLaw { slope, marks: used, interval }))
    }
}

/// The slope, and of how many marks, with every seed as often as its count.
fn fitted(marks: &[Mark], counts: &[u32]) -> Option<(f64, usize)> {
    let point = |mark: &Mark| {
        let time = median(mark, counts)?;
        (time > 0.0).then(|| (-libm::log(mark.epsilon), libm::log(time)))
    };
    let points: Vec<(f64, f64)> = marks.iter().filter_map(point).collect();
    let line = Line::through(&points).filter(|_| points.len() >= MARKS_MIN)?;
    Some((line.slope, points.len()))
}

/// The median time of a mark that more than half reach: as none is censored before the end of its run, and
/// runs are equally long, the one in the middle, of an even number the lower one.
fn median(mark: &Mark, counts: &[u32]) -> Option<f64> {
    let mut there: Vec<(f64, u32)> = Vec::new();
    for (time, &count) in mark.times.values().zip(counts) {
        if let Time::Reached(time) = time {
            there.push((*time, count));
        }
    }
    there.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let all: u32 = counts.iter().sum();
    if 2 * there.iter().map(|(_, count)| count).sum::<u32>() <= all {
        return None;
    }
    let mut sum = 0;
    there
        .into_iter()
        .find(|(_, count)| {
            sum += count;
            2 * sum >= all
        })
        .map(|(time, _)| time)
}

#[cfg(test)]
mod tests {
    use super::Time::{Censored, Reached};
    use super::*;

    fn mark(epsilon: f64, times: &[Time]) -> Mark {
        Mark { epsilon, times: (0..).zip(times.iter().copied()).collect() }
    }

    fn through(marks: &[Mark]) -> Option<MarkLaw> {
        MarkLaw::through(marks, &Bootstrap::default()).expect("enough seeds")
    }

    #[test]
    fn slope_is_that_of_medians_of_marks_that_more_than_half_reach() {
        // Medians 3, 12, 48: a factor of 4 for every half, so that T ∝ ε^-2. The last mark only half reach.
        let marks = [
            mark(8.0, &[Reached(3.0), Reached(3.0), Reached(9.0), Reached(1.0)]),
            mark(4.0, &[Reached(12.0), Reached(12.0), Reached(12.0), Reached(12.0)]),
            mark(2.0, &[Reached(48.0), Reached(48.0), Censored(100.0), Reached(20.0)]),
            mark(1.0, &[Reached(60.0), Reached(60.0), Censored(100.0), Censored(100.0)]),
        ];
        let law = through(&marks).expect("three marks");
        assert!((law.slope - 2.0).abs() < 1e-14 && law.marks == 3, "{law:?}");
        assert_eq!(law.interval.seeds, 4);
        assert!(law.interval.to_string().ends_with("(95 % bootstrap of the slope over marks, 4 seeds)"));
        // Where one seed of four is drawn three times that reaches nothing, no three marks are left.
        assert!(law.interval.low <= 2.0 && law.interval.high.is_infinite(), "{}", law.interval);
    }

    #[test]
    fn two_marks_and_marks_that_are_reached_at_once_make_no_slope() {
        let at = |epsilon: f64, time: f64| mark(epsilon, &[Reached(time), Reached(time)]);
        assert_eq!(through(&[at(2.0, 1.0), at(1.0, 2.0)]), None);
        assert_eq!(through(&[at(4.0, 0.0), at(2.0, 1.0), at(1.0, 2.0)]), None);
        assert_eq!(through(&[]), None);
        let law = through(&[at(4.0, 1.0), at(2.0, 2.0), at(1.0, 4.0)]).expect("three marks");
        assert!((law.slope - 1.0).abs() < 1e-14 && (law.interval.high - 1.0).abs() < 1e-14);
    }

    #[test]
    fn marks_of_other_seeds_are_refused() {
        let other = Mark { epsilon: 1.0, times: BTreeMap::from([(7, Reached(1.0))]) };
        let refused = MarkLaw::through(&[mark(2.0, &[Reached(1.0)]), other], &Bootstrap::default());
        assert!(matches!(refused, Err(StatisticsError::TooFewCommonSeeds { .. })));
    }
}
