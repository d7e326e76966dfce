//! Intervals, which say of themselves what they are.

use super::{Estimate, StatisticsError};
use serde::{Serialize, Serializer};
use std::fmt;

/// How often an interval shall contain what it is of: a number between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
pub struct Level(f64);

impl Level {
    /// The level.
    ///
    /// # Errors
    /// If it does not lie between 0 and 1.
    pub fn of(level: f64) -> Result<Self, StatisticsError> {
        if level > 0.0 && level < 1.0 { Ok(Level(level)) } else { Err(StatisticsError::Level { level }) }
    }

    /// As a number.
    pub fn get(self) -> f64 {
        self.0
    }

    /// What may lie beyond each end.
    pub(super) fn tail(self) -> f64 {
        (1.0 - self.0) / 2.0
    }
}

impl Default for Level {
    /// 0.95.
    fn default() -> Self {
        Level(0.95)
    }
}

/// How an interval was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// By Student's law.
    T,
    /// By the percentiles of resamples, each stratum from its own seeds.
    Bootstrap {
        /// How many strata.
        strata: usize,
    },
}

/// What an interval is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// An estimate of a run's value.
    Estimate(Estimate),
    /// An estimate of the difference that two arms have under the same seed.
    PairedDifference(Estimate),
    /// The exponent of a power law, the mean over seeds.
    Exponent,
    /// The slope of the logarithm of a time on that of how hard a mark is.
    MarkSlope,
    /// The median of a time that some seeds do not live to see.
    MedianTime,
    /// The mean of a time that is cut at a limit.
    RestrictedMeanTime,
}

impl Quantity {
    /// As it stands in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Quantity::Estimate(estimate) => estimate.name(),
            Quantity::PairedDifference(Estimate::Mean) => "mean paired difference",
            Quantity::PairedDifference(Estimate::Median) => "median paired difference",
            Quantity::PairedDifference(Estimate::InterquartileMean) => "interquartile mean paired difference",
            Quantity::Exponent => "exponent",
            Quantity::MarkSlope => "slope over marks",
            Quantity::MedianTime => "median time",
            Quantity::RestrictedMeanTime => "restricted mean time",
        }
    }
}

impl Serialize for Quantity {
    /// Its name with underscores.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name().replace(' ', "_"))
    }
}

/// An interval with all that is needed to read it. As JSON an end that is infinite is `null`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// How it was found.
    #[serde(flatten)]
    pub kind: Kind,
    /// What it is of.
    pub of: Quantity,
    /// How often such intervals shall contain it.
    pub level: Level,
    /// The lower end.
    pub low: f64,
    /// The upper end; infinite where a time is of something that too few seeds have reached.
    pub high: f64,
    /// How many seeds it stands on, those of all strata together.
    pub seeds: usize,
}

impl fmt::Display for Interval {
    /// "[1.43, 1.68] (95 % bootstrap of the mean, 10 seeds)". Ends have so many digits that their distance
    /// has three, or two; a precision, as in `{:.4}`, gives them so many decimals instead.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = match f.precision() {
            Some(decimals) => Form::Decimals(decimals),
            None => Form::of(self.low, self.high),
        };
        let (low, high) = (form.written(self.low), form.written(self.high));
        let percent = format!("{:.10}", 100.0 * self.level.0);
        let percent = percent.trim_end_matches('0').trim_end_matches('.');
        let (kind, strata) = match self.kind {
            Kind::T => ("t interval", 1),
            Kind::Bootstrap { strata } => ("bootstrap", strata),
        };
        let (of, seeds) = (self.of.name(), self.seeds);
        write!(f, "[{low}, {high}] ({percent} % {kind} of the {of}, {seeds} seeds")?;
        if strata > 1 { write!(f, " in {strata} strata)") } else { write!(f, ")") }
    }
}

/// How both ends of an interval are written.
enum Form {
    Decimals(usize),
    /// Digits behind the first.
    Exponent(usize),
    /// Both ends are one: all digits of a whole number, else seven.
    One,
}

impl Form {
    fn of(low: f64, high: f64) -> Self {
        let place = |x: f64| libm::floor(libm::log10(x)) as i32;
        let largest = if high.is_finite() { low.abs().max(high.abs()) } else { low.abs() };
        // An open interval has the digits of its one end.
        let width = if high.is_finite() { high - low } else { low.abs() };
        if !largest.is_finite() || width <= 0.0 {
            return Form::One;
        }
        let three = width < 2.0 * libm::pow(10.0, f64::from(place(width)));
        let decimals = 1 - place(width) + i32::from(three);
        if largest < 1e7 && decimals < 9 {
            Form::Decimals(decimals.max(0) as usize)
        } else {
            Form::Exponent((place(largest) + decimals).max(0) as usize)
        }
    }

    fn written(&self, end: f64) -> String {
        match self {
            _ if end.is_infinite() => "not reached".to_owned(),
            // What is rounded to zero has no sign.
            Form::Decimals(decimals) if end.abs() < 0.5 * libm::pow(10.0, -(*decimals as f64)) => {
                format!("{:.decimals$}", 0.0)
            }
            Form::Decimals(decimals) => format!("{end:.decimals$}"),
            Form::Exponent(digits) => format!("{end:.digits$e}"),
            Form::One => {
                let seven = || format!("{end:.6e}").parse::<f64>().unwrap_or(end);
                let whole = libm::trunc(end).to_bits() == end.to_bits();
                if whole { end.to_string() } else { seven().to_string() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(low: f64, high: f64) -> Interval {
        let of = Quantity::Estimate(Estimate::Mean);
        let kind = Kind::Bootstrap { strata: 1 };
        Interval { kind, of, level: Level::default(), low, high, seeds: 10 }
    }

    #[test]
    fn an_interval_says_its_kind_its_level_and_its_seeds() {
        assert_eq!(
            interval(1.4321, 1.6789).to_string(),
            "[1.43, 1.68] (95 % bootstrap of the mean, 10 seeds)"
        );
        assert_eq!(format!("{:.0}", interval(1.4, 1.6)), "[1, 2] (95 % bootstrap of the mean, 10 seeds)");
        let kind = Kind::Bootstrap { strata: 3 };
        let level = Level::of(0.999).expect("a level");
        let of = Quantity::PairedDifference(Estimate::Median);
        assert_eq!(
            Interval { kind, level, of, seeds: 30, ..interval(-0.5, 0.5) }.to_string(),
            "[-0.50, 0.50] (99.9 % bootstrap of the median paired difference, 30 seeds in 3 strata)"
        );
        let json = serde_json::to_string(&interval(1.0, f64::INFINITY)).expect("plain data");
        assert_eq!(
            json,
            r#"{"kind":"bootstrap","strata":1,"of":"mean","level":0.95,"low":1.0,"high":null,"seeds":10}"#
        );
    }

    #[test]
    fn ends_are_written_with_the_digits_that_their_distance_asks_for() {
        for (low, high, written) in [
            (1.4561, 1.6281, "[1.456, 1.628]"),
            (-8.317, 92.44, "[-8, 92]"),
            (-0.3, 92.44, "[0, 92]"),
            (12_345.6, 13_456.7, "[12346, 13457]"),
            (1.234_567_89e9, 1.334_567_89e9, "[1.235e9, 1.335e9]"),
            (1.2e-12, 4.2e-12, "[1.2e-12, 4.2e-12]"),
            (2.5, 2.5, "[2.5, 2.5]"),
            (86_412_736.0, 86_412_736.0, "[86412736, 86412736]"),
            (1.654_321_098_765, 1.654_321_098_765, "[1.654321, 1.654321]"),
            (0.0, 0.0, "[0, 0]"),
            (1200.0, f64::INFINITY, "[1200, not reached]"),
            (f64::INFINITY, f64::INFINITY, "[not reached, not reached]"),
        ] {
            assert!(interval(low, high).to_string().starts_with(written), "{}", interval(low, high));
        }
    }

    #[test]
    fn a_level_lies_between_0_and_1() {
        for level in [0.0, 1.0, -0.5, 95.0, f64::NAN] {
            assert!(Level::of(level).is_err(), "{level}");
        }
    }
}
