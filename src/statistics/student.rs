//! Student's law: its quantiles, and the interval of a mean.

use super::interval::{Interval, Kind, Level, Quantity};
use super::{Estimate, Sample, StatisticsError, mean_and_standard_error};
use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

impl Sample {
    /// The interval of the mean by Student's law, `mean ± t s/√n` with n - 1 degrees of freedom.
    ///
    /// # Errors
    /// If there is one seed.
    pub fn t_interval(&self, level: Level) -> Result<Interval, StatisticsError> {
        self.t_interval_of(Quantity::Estimate(Estimate::Mean), level)
    }

    /// As [`Self::t_interval`], where the values are not a run's own.
    pub(super) fn t_interval_of(&self, of: Quantity, level: Level) -> Result<Interval, StatisticsError> {
        self.at_least_two("a t interval")?;
        let (mean, error) = mean_and_standard_error(self.ascending());
        let reach = t_quantile(level, self.seeds() as u32 - 1) * error;
        Ok(Interval { kind: Kind::T, of, level, low: mean - reach, high: mean + reach, seeds: self.seeds() })
    }
}

/// The t with `P(|T| ≤ t) = level`, where T has Student's law with that many degrees of freedom, at least
/// one.
///
/// ```
/// use dpac::statistics::{Level, t_quantile};
/// assert!((t_quantile(Level::default(), 9) - 2.262_157_162_798_205).abs() < 1e-12);
/// ```
///
/// # Panics
/// If there is no degree of freedom.
pub fn t_quantile(level: Level, degrees: u32) -> f64 {
    assert!(degrees > 0, "Student's law has at least one degree of freedom");
    // Until the angle's neighbours are its bounds.
    let (mut low, mut high) = (0.0, FRAC_PI_2);
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return f64::from(degrees).sqrt() * libm::tan(low);
        }
        if central(middle, degrees) < level.get() { low = middle } else { high = middle }
    }
}

/// `P(|T| ≤ √ν tan θ)`: Abramowitz and Stegun, 26.7.3 and 26.7.4. With a whole number ν of degrees it is a
/// finite sum of positive terms.
fn central(angle: f64, degrees: u32) -> f64 {
    let (sin, cos) = (libm::sin(angle), libm::cos(angle));
    let odd = degrees % 2 == 1;
    // Terms k = 1, 3, ..., ν - 2 or 0, 2, ..., ν - 2, each the one before times cos² θ (k - 1)/k.
    let (mut k, mut term) = if odd { (1, cos) } else { (0, 1.0) };
    let mut sum = 0.0;
    while k + 2 <= degrees {
        sum += term;
        k += 2;
        term *= cos * cos * f64::from(k - 1) / f64::from(k);
    }
    if odd { FRAC_2_PI * (angle + sin * sum) } else { sin * sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_scipy() {
        // scipy 1.17.1: t.ppf((1 + level) / 2, degrees).
        for (level, degrees, expected) in [
            (0.5, 1, 1.0000000000000002),
            (0.5, 2, 0.8164965809277261),
            (0.5, 3, 0.7648923284043444),
            (0.5, 4, 0.7406970841126829),
            (0.5, 5, 0.7266868438004226),
            (0.5, 9, 0.7027221467513264),
            (0.5, 10, 0.6998120613124317),
            (0.5, 19, 0.6876214602039602),
            (0.5, 39, 0.6808325565646085),
            (0.5, 100, 0.6769510430114717),
            (0.5, 999, 0.6747354103467192),
            (0.9, 1, 6.313751514675037),
            (0.9, 2, 2.9199855803537242),
            (0.9, 3, 2.3533634348018233),
            (0.9, 4, 2.1318467863266495),
            (0.9, 5, 2.0150483733330233),
            (0.9, 9, 1.833112932656237),
            (0.9, 10, 1.8124611228116756),
            (0.9, 19, 1.7291328115213682),
            (0.9, 39, 1.6848751217112248),
            (0.9, 100, 1.6602343260853392),
            (0.9, 999, 1.646380345427535),
            (0.95, 1, 12.706204736174694),
            (0.95, 2, 4.302652729749462),
            (0.95, 3, 3.1824463052837078),
            (0.95, 4, 2.7764451051977934),
            (0.95, 5, 2.5705818356363146),
            (0.95, 9, 2.262157162798205),
            (0.95, 10, 2.228138851986274),
            (0.95, 19, 2.0930240544083087),
            (0.95, 39, 2.022690920036761),
            (0.95, 100, 1.9839715185235518),
            (0.95, 999, 1.9623414611334493),
            (0.99, 1, 63.656741162871526),
            (0.99, 2, 9.924843200918287),
            (0.99, 3, 5.840909309733355),
            (0.99, 4, 4.604094871349992),
            (0.99, 5, 4.032142983555228),
            (0.99, 9, 3.249835541592126),
            (0.99, 10, 3.16927267261695),
            (0.99, 19, 2.8609346064649794),
            (0.99, 39, 2.707913183517662),
            (0.99, 100, 2.6258905214380173),
            (0.99, 999, 2.5807596372676365),
            (0.999, 1, 636.6192487687897),
            (0.999, 2, 31.599054576445365),
            (0.999, 3, 12.923978636687961),
            (0.999, 4, 8.610301581379522),
            (0.999, 5, 6.868826625881276),
            (0.999, 9, 4.780912585931217),
            (0.999, 10, 4.586893858702708),
            (0.999, 19, 3.883405852592131),
            (0.999, 39, 3.5581200813327714),
            (0.999, 100, 3.390491311164263),
            (0.999, 999, 3.3002924403987666),
        ] {
            let found = t_quantile(Level::of(level).expect("a level"), degrees);
            assert!(
                (found - expected).abs() < 1e-10 * expected,
                "{level}, {degrees}: {found} is not {expected}"
            );
        }
    }

    #[test]
    fn t_interval_is_that_computed_by_hand() {
        // Mean 2, s² = 1, s/√n = 1/√3; t of two degrees at 95 % is 4.302652729749...
        let interval =
            Sample::of(&[3.0, 1.0, 2.0]).expect("values").t_interval(Level::default()).expect("three seeds");
        let reach = 4.302_652_729_749_462 / 3.0_f64.sqrt();
        assert!(
            (interval.low - (2.0 - reach)).abs() < 1e-12 && (interval.high - (2.0 + reach)).abs() < 1e-12
        );
        assert_eq!((interval.kind, interval.seeds), (Kind::T, 3));
    }

    #[test]
    fn one_seed_has_no_interval() {
        let lone = Sample::of(&[1.0]).expect("a value").t_interval(Level::default());
        assert_eq!(lone, Err(StatisticsError::TooFewSeeds { what: "a t interval", given: 1 }));
    }
}
