//! Power laws over arms, whose errors come from the seeds.

use super::interval::{Interval, Quantity};
use super::{Bootstrap, Estimate, Line, Sample, StatisticsError};
use std::collections::{BTreeMap, BTreeSet};

/// The runs at one x, such as a number of clients.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// Where it stands.
    pub x: f64,
    /// What each seed gave.
    pub values: BTreeMap<u64, f64>,
}

/// `y = c x^e`, fitted under each seed alone, by least squares of ln y on ln x with equal weights.
///
/// Errors are those of the seeds: how far the exponents of single seeds lie apart. They hold where arms share
/// what a seed draws, which the scatter of means around one line does not tell, and they say nothing of
/// whether the law is one of powers; see [`Self::residuals`]. The mean of the exponents is the exponent of
/// the line through the geometric means, since least squares is linear in ln y.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerLaw {
    /// The exponent e, the mean over seeds.
    pub exponent: f64,
    /// Its standard error, `s / √n` of the seeds' exponents.
    pub standard_error: f64,
    /// The factor c of the line through the geometric means.
    pub factor: f64,
    /// The exponent's t interval, over seeds.
    pub t: Interval,
    /// The exponent's bootstrap, over seeds.
    pub bootstrap: Interval,
    /// The exponent of each seed.
    pub exponents: BTreeMap<u64, f64>,
    /// For each arm, in ascending order of x, x and how far the geometric mean lies above the line, as ln y.
    pub residuals: Vec<(f64, f64)>,
    /// Seeds that some arms have and others have not, which are left out.
    pub left_out: Vec<u64>,
}

impl PowerLaw {
    /// The law through some arms, in any order, over the seeds that all of them have. The t interval is at
    /// the bootstrap's level.
    ///
    /// # Errors
    /// If an x or a value is not positive or not finite, all x are equal, fewer than two seeds are common to
    /// all arms, or there are too few resamples.
    pub fn through(arms: &[Arm], bootstrap: &Bootstrap) -> Result<Self, StatisticsError> {
        let mut arms: Vec<&Arm> = arms.iter().collect();
        // Arms at the same x in the order of their values, so that theirs among the arguments is none.
        let values = |arm: &Arm| arm.values.iter().map(|(seed, y)| (*seed, y.to_bits())).collect::<Vec<_>>();
        arms.sort_by(|one, other| one.x.total_cmp(&other.x).then_with(|| values(one).cmp(&values(other))));
        check(&arms)?;
        let every: BTreeSet<u64> = arms.iter().flat_map(|arm| arm.values.keys()).copied().collect();
        let (common, left_out): (Vec<u64>, Vec<u64>) =
            every.into_iter().partition(|seed| arms.iter().all(|arm| arm.values.contains_key(seed)));
        if common.len() < 2 {
            let given = common.len();
            return Err(StatisticsError::TooFewCommonSeeds { what: "the exponent of a power law", given });
        }
        let line = |ln_y: &dyn Fn(&Arm) -> f64| {
            let points: Vec<(f64, f64)> = arms.iter().map(|arm| (libm::log(arm.x), ln_y(arm))).collect();
            Line::through(&points).map(|line| (line, points)).ok_or(StatisticsError::TooFewArms)
        };
        let mut exponents = BTreeMap::new();
        for &seed in &common {
            let (line, _) = line(&|arm| libm::log(arm.values[&seed]))?;
            exponents.insert(seed, line.slope);
        }
        let n = common.len() as f64;
        let mean_log = |arm: &Arm| common.iter().fold(0.0, |sum, seed| sum + libm::log(arm.values[seed])) / n;
        let (middle, points) = line(&mean_log)?;
        let sample = Sample::of(&exponents.values().copied().collect::<Vec<_>>())?;
        Ok(PowerLaw {
            exponent: sample.mean(),
            standard_error: sample.standard_error()?,
            factor: libm::exp(middle.mean_y - middle.slope * middle.mean_x),
            t: sample.t_interval_of(Quantity::Exponent, bootstrap.level)?,
            bootstrap: bootstrap.interval_of(Quantity::Exponent, Estimate::Mean, &sample)?,
            residuals: arms.iter().zip(points).map(|(arm, point)| (arm.x, middle.residual(point))).collect(),
            exponents,
            left_out,
        })
    }
}

/// That everything has a logarithm.
fn check(arms: &[&Arm]) -> Result<(), StatisticsError> {
    for arm in arms {
        let x = arm.x;
        if !(x > 0.0 && x.is_finite()) {
            return Err(StatisticsError::NotPositiveArm { x });
        }
        for (&seed, &y) in &arm.values {
            if !y.is_finite() {
                return Err(StatisticsError::NotFinite { value: y });
            }
            if y <= 0.0 {
                return Err(StatisticsError::NotPositive { x, seed, y });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    fn arm(x: f64, values: &[(u64, f64)]) -> Arm {
        Arm { x, values: values.iter().copied().collect() }
    }

    fn through(arms: &[Arm]) -> Result<PowerLaw, StatisticsError> {
        PowerLaw::through(arms, &Bootstrap::default())
    }

    #[test]
    fn exponent_and_its_error_are_those_computed_by_hand() {
        // Seed 1: y = 3 x^-2. Seed 2: y = 5/x. Seed 3: y = 2. Exponents -2, -1, 0: mean -1, s² = 1, s/√3.
        let at = |x: f64| arm(x, &[(1, 3.0 / (x * x)), (2, 5.0 / x), (3, 2.0)]);
        let law = through(&[at(16.0), at(1.0), at(4.0)]).expect("a power law");
        close(law.exponent, -1.0);
        close(law.standard_error, (1.0_f64 / 3.0).sqrt());
        close(law.factor, libm::cbrt(30.0));
        close(law.t.high + 1.0, 4.302_652_729_749_462 / 3.0_f64.sqrt());
        assert_eq!(law.exponents.keys().copied().collect::<Vec<_>>(), [1, 2, 3]);
        assert!(law.residuals.iter().all(|(_, residual)| residual.abs() < 1e-14), "{:?}", law.residuals);
        let ended = law.bootstrap.to_string();
        assert!(ended.ends_with("(95 % bootstrap of the exponent, 3 seeds)"), "{ended}");
    }

    #[test]
    fn least_squares_on_logarithms_is_that_computed_by_hand() {
        // On logs to base 2 the points are (0, 0), (1, 2), (2, 1) for both seeds: slope 1/2, residuals -1/2,
        // 1, -1/2.
        let at = |x: f64, y: f64| arm(x, &[(0, y), (1, y)]);
        let law = through(&[at(1.0, 1.0), at(2.0, 4.0), at(4.0, 2.0)]).expect("a power law");
        close(law.exponent, 0.5);
        close(law.standard_error, 0.0);
        let residuals: Vec<f64> =
            law.residuals.iter().map(|(_, residual)| residual / libm::log(2.0)).collect();
        for (found, expected) in residuals.into_iter().zip([-0.5, 1.0, -0.5]) {
            close(found, expected);
        }
    }

    #[test]
    fn the_order_of_arms_changes_no_bit_and_lone_seeds_are_named() {
        let arms = [
            arm(1.0, &[(0, 1.7), (1, 1.3), (5, 9.0)]),
            arm(4.0, &[(0, 0.6), (1, 0.71), (3, 2.0)]),
            arm(16.0, &[(0, 0.22), (1, 0.3)]),
            arm(16.0, &[(0, 0.25), (1, 0.31)]),
        ];
        let law = through(&arms).expect("a power law");
        assert_eq!(law.left_out, [3, 5]);
        assert_eq!(law.t.seeds, 2);
        let mut reversed = arms;
        reversed.reverse();
        assert_eq!(through(&reversed).expect("a power law"), law);
    }

    #[test]
    fn what_has_no_logarithm_or_no_slope_is_refused() {
        let good = arm(1.0, &[(0, 1.0), (1, 2.0)]);
        let with = |other: Arm| through(&[good.clone(), other]);
        let zero = with(arm(2.0, &[(0, 1.0), (1, 0.0)])).expect_err("a zero");
        assert_eq!(zero, StatisticsError::NotPositive { x: 2.0, seed: 1, y: 0.0 });
        assert!(zero.to_string().contains("at x = 2 the value of seed 1 is 0"), "{zero}");
        let not_positive = with(arm(0.0, &[(0, 1.0), (1, 1.0)]));
        assert_eq!(not_positive, Err(StatisticsError::NotPositiveArm { x: 0.0 }));
        assert!(matches!(with(arm(2.0, &[(0, f64::NAN)])), Err(StatisticsError::NotFinite { .. })));
        assert_eq!(with(good.clone()), Err(StatisticsError::TooFewArms));
        let what = "the exponent of a power law";
        let uncommon = with(arm(2.0, &[(1, 1.0), (2, 1.0)]));
        assert_eq!(uncommon, Err(StatisticsError::TooFewCommonSeeds { what, given: 1 }));
        assert_eq!(through(&[]), Err(StatisticsError::TooFewCommonSeeds { what, given: 0 }));
    }
}
