//! Point estimates of what a run gives, from some seeds.

use super::StatisticsError;
use serde::Serialize;

/// One value of each seed, at least one.
///
/// They are kept in ascending order, so that no result depends on the order of the seeds, not even in its
/// last bit.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    ascending: Vec<f64>,
}

impl Sample {
    /// The values of some seeds.
    ///
    /// # Errors
    /// If there is none, or one is not finite.
    pub fn of(values: &[f64]) -> Result<Self, StatisticsError> {
        if values.is_empty() {
            return Err(StatisticsError::NoValue);
        }
        if let Some(&value) = values.iter().find(|value| !value.is_finite()) {
            return Err(StatisticsError::NotFinite { value });
        }
        let mut ascending = values.to_vec();
        ascending.sort_unstable_by(f64::total_cmp);
        Ok(Sample { ascending })
    }

    /// The number of seeds.
    pub fn seeds(&self) -> usize {
        self.ascending.len()
    }

    /// The values, in ascending order.
    pub fn ascending(&self) -> &[f64] {
        &self.ascending
    }

    /// The arithmetic mean.
    pub fn mean(&self) -> f64 {
        Estimate::Mean.of_ascending(&self.ascending)
    }

    /// The median; of an even number of values the mean of the two in the middle.
    pub fn median(&self) -> f64 {
        Estimate::Median.of_ascending(&self.ascending)
    }

    /// The mean of what is left without the lowest and the highest ⌊n/4⌋ of n values.
    ///
    /// This is `scipy.stats.trim_mean(values, 0.25)`, and so rliable's interquartile mean (Agarwal et al.
    /// 2021): whole values are left out, none in part. Of five values the middle three stay, of ten the
    /// middle six; of up to three it is the mean.
    pub fn interquartile_mean(&self) -> f64 {
        Estimate::InterquartileMean.of_ascending(&self.ascending)
    }

    /// The standard error of the mean, `s / √n` with `s² = Σ (x - mean)² / (n - 1)`.
    ///
    /// # Errors
    /// If there is one seed.
    pub fn standard_error(&self) -> Result<f64, StatisticsError> {
        self.at_least_two("a standard error")?;
        Ok(mean_and_standard_error(&self.ascending).1)
    }

    /// That the values can be seen to vary.
    pub(super) fn at_least_two(&self, what: &'static str) -> Result<(), StatisticsError> {
        match self.seeds() {
            given @ (0 | 1) => Err(StatisticsError::TooFewSeeds { what, given }),
            _ => Ok(()),
        }
    }
}

/// A number that stands for the values of all seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Estimate {
    /// [`Sample::mean`].
    Mean,
    /// [`Sample::median`].
    Median,
    /// [`Sample::interquartile_mean`].
    InterquartileMean,
}

impl Estimate {
    /// Its value.
    pub fn of(self, sample: &Sample) -> f64 {
        self.of_ascending(&sample.ascending)
    }

    /// Its value of numbers in ascending order, of which there is at least one.
    pub(super) fn of_ascending(self, values: &[f64]) -> f64 {
        let n = values.len();
        match self {
            Estimate::Mean => mean(values),
            // Halved before they are added: a sum could overflow.
            Estimate::Median if n.is_multiple_of(2) => values[n / 2 - 1] / 2.0 + values[n / 2] / 2.0,
            Estimate::Median => values[n / 2],
            Estimate::InterquartileMean => mean(&values[n / 4..n - n / 4]),
        }
    }

    /// As it stands in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Estimate::Mean => "mean",
            Estimate::Median => "median",
            Estimate::InterquartileMean => "interquartile mean",
        }
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |sum, x| sum + x) / values.len() as f64
}

/// The mean and its standard error `s / √n`, `s² = Σ (x - mean)² / (n - 1)`, both summed in the order of the
/// values. Of a single value the error is not a number.
pub fn mean_and_standard_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = mean(values);
    let squares = values.iter().fold(0.0, |sum, x| sum + (x - mean) * (x - mean));
    (mean, (squares / (n - 1.0) / n).sqrt())
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "cases whose sums have no rounding")]
mod tests {
    use super::*;

    fn sample(values: &[f64]) -> Sample {
        Sample::of(values).expect("finite values")
    }

    #[test]
    fn estimates_are_those_computed_by_hand() {
        let five = sample(&[9.0, 1.0, 2.0, 100.0, 4.0]);
        assert_eq!((five.mean(), five.median(), five.interquartile_mean()), (23.2, 4.0, 5.0));
        let four = sample(&[3.0, -5.0, 1.0, 41.0]);
        assert_eq!((four.mean(), four.median(), four.interquartile_mean()), (10.0, 2.0, 2.0));
        let three = sample(&[0.0, 1.0, 8.0]);
        assert_eq!(three.interquartile_mean(), 3.0, "nothing of three is left out");
        let one = sample(&[7.0]);
        assert_eq!((one.mean(), one.median(), one.interquartile_mean()), (7.0, 7.0, 7.0));
        assert_eq!(sample(&[f64::MAX, f64::MAX]).median(), f64::MAX);
    }

    #[test]
    fn what_has_no_estimate_is_refused() {
        assert_eq!(Sample::of(&[]), Err(StatisticsError::NoValue));
        assert!(matches!(Sample::of(&[1.0, f64::NAN]), Err(StatisticsError::NotFinite { .. })));
        assert!(matches!(Sample::of(&[f64::INFINITY]), Err(StatisticsError::NotFinite { .. })));
        let lone = sample(&[1.0]);
        let what = "a standard error";
        assert_eq!(lone.standard_error(), Err(StatisticsError::TooFewSeeds { what, given: 1 }));
    }
}
