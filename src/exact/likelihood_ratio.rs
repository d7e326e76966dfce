//! How a reading shifts the belief over two states: the distribution of its log-likelihood ratio.

use crate::pomdp::Sensor;

/// `l(o) = ln f_0(o) - ln f_1(o)`, for the normal densities of two sensors.
///
/// It is a polynomial of degree 2 in o, so that `{o : l(o) ≥ t}` is an interval or the outside of one, and
/// its probabilities are differences of normal tails.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LikelihoodRatio {
    sensors: [Sensor; 2],
    /// `l(m + x) = square x² + slope x + level`, m the mean of the second sensor.
    square: f64,
    slope: f64,
    level: f64,
}

impl LikelihoodRatio {
    /// The ratio of a reading of `first` against one of `second`; `None` where they are the same
    /// distribution.
    pub(crate) fn new(first: Sensor, second: Sensor) -> Option<Self> {
        let apart = second.mean - first.mean;
        let (narrow, wide) = (first.deviation * first.deviation, second.deviation * second.deviation);
        let square = 0.5 * (1.0 / wide - 1.0 / narrow);
        let slope = -apart / narrow;
        let level = -0.5 * apart * apart / narrow + libm::log(second.deviation / first.deviation);
        let sensors = [first, second];
        (first != second).then_some(LikelihoodRatio { sensors, square, slope, level })
    }

    /// `P(l(o) ≥ threshold)` for readings of the first and of the second sensor.
    pub(crate) fn at_least(&self, threshold: f64) -> [f64; 2] {
        let LikelihoodRatio { square, slope, sensors, .. } = *self;
        let rest = self.level - threshold;
        if threshold.is_infinite() {
            return if threshold > 0.0 { [0.0; 2] } else { [1.0; 2] };
        }
        if square.abs() == 0.0 {
            let end = -rest / slope;
            return sensors
                .map(|sensor| if slope > 0.0 { self.above(sensor, end) } else { self.below(sensor, end) });
        }
        let discriminant = slope * slope - 4.0 * square * rest;
        if discriminant <= 0.0 {
            return if square > 0.0 { [1.0; 2] } else { [0.0; 2] };
        }
        // The root of larger modulus first, so that neither is a difference of nearly equal numbers.
        let q = -0.5 * (slope + libm::copysign(libm::sqrt(discriminant), slope));
        let (x, y) = (q / square, rest / q);
        let (low, high) = (x.min(y), x.max(y));
        sensors.map(|sensor| {
            let outside = self.below(sensor, low) + self.above(sensor, high);
            if square > 0.0 { outside } else { 1.0 - outside }
        })
    }

    /// `P(o ≥ m + x)` for readings of `sensor`.
    fn above(&self, sensor: Sensor, x: f64) -> f64 {
        sensor.above(self.sensors[1].mean + x)
    }

    /// `P(o ≤ m + x)`.
    fn below(&self, sensor: Sensor, x: f64) -> f64 {
        sensor.below(self.sensors[1].mean + x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sensor(mean: f64, deviation: f64) -> Sensor {
        Sensor { mean, deviation }
    }

    /// Against sums over 2 · 10^5 readings that are 10^-4 apart; the sums miss up to a step at each end of
    /// the set, where the density is at most 1.4.
    #[test]
    fn probabilities_are_those_of_the_readings_with_such_a_ratio() {
        let pairs = [
            (sensor(1.0, 1.0), sensor(-1.0, 1.0)),
            (sensor(-0.5, 0.3), sensor(0.7, 0.3)),
            (sensor(0.2, 0.4), sensor(0.5, 1.5)),
            (sensor(0.5, 1.5), sensor(0.2, 0.4)),
            (sensor(0.0, 1.0), sensor(0.0, 0.9999)),
        ];
        const STEP: f64 = 1e-4;
        for (first, second) in pairs {
            let ratio = LikelihoodRatio::new(first, second).expect("different sensors");
            for threshold in [-6.0, -1.0, -0.1, 0.0, 0.3, 1.2, 5.0] {
                let mut sums = [0.0; 2];
                for i in -100_000..100_000 {
                    let reading = f64::from(i) * STEP;
                    let logs = [first, second].map(|sensor| sensor.log_likelihood(reading));
                    if logs[0] - logs[1] >= threshold {
                        let density = logs.map(|log| libm::exp(log) / f64::sqrt(std::f64::consts::TAU));
                        sums = [sums[0] + density[0] * STEP, sums[1] + density[1] * STEP];
                    }
                }
                let found = ratio.at_least(threshold);
                for (found, sum) in found.iter().zip(sums) {
                    assert!((found - sum).abs() < 3e-4, "{first:?} {second:?} {threshold}: {found} {sum}");
                }
            }
        }
    }

    #[test]
    fn equal_sensors_tell_nothing() {
        assert!(LikelihoodRatio::new(sensor(1.0, 2.0), sensor(1.0, 2.0)).is_none());
    }
}
