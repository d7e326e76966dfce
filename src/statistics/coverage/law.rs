//! The laws that values of seeds are drawn from, with what they are estimated to be.

use crate::statistics::Estimate;
use dpac_actors::Generator;
use rand::Rng;
use std::f64::consts::{PI, SQRT_2};

/// A law of one run's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// The standard normal law.
    Normal,
    /// Of e^z with z standard normal: skewed, with a long tail of high values.
    Lognormal,
    /// Of runs that succeed or are stuck: normal around 1.5 with deviation 0.1 in seven of ten cases, normal
    /// around -3.5 with deviation 0.5 in the others.
    TwoPeaks,
}

/// A normal law's share of a mixture, its mean and its deviation.
type Peak = (f64, f64, f64);

const TWO_PEAKS: [Peak; 2] = [(0.7, 1.5, 0.1), (0.3, -3.5, 0.5)];

impl Law {
    /// All laws.
    pub const ALL: [Law; 3] = [Law::Normal, Law::Lognormal, Law::TwoPeaks];

    /// Its name in a table.
    pub fn name(self) -> &'static str {
        match self {
            Law::Normal => "normal",
            Law::Lognormal => "lognormal",
            Law::TwoPeaks => "two peaks",
        }
    }

    /// The definition, as it stands below a table.
    pub fn definition(self) -> &'static str {
        match self {
            Law::Normal => "N(0, 1)",
            Law::Lognormal => "e^z, z of N(0, 1)",
            Law::TwoPeaks => "0.7 N(1.5, 0.1^2) + 0.3 N(-3.5, 0.5^2)",
        }
    }

    pub(super) fn number(self) -> u32 {
        match self {
            Law::Normal => 0,
            Law::Lognormal => 1,
            Law::TwoPeaks => 2,
        }
    }

    /// A value.
    pub fn draw(self, generator: &mut Generator) -> f64 {
        match self {
            Law::Normal => standard_normal(generator),
            Law::Lognormal => libm::exp(standard_normal(generator)),
            Law::TwoPeaks => {
                let [(share, ..), _] = TWO_PEAKS;
                let (_, mean, deviation) = TWO_PEAKS[usize::from(uniform(generator) >= share)];
                mean + deviation * standard_normal(generator)
            }
        }
    }

    /// What an estimate is of: the mean, the median, or the mean between both quartiles.
    pub fn truth(self, estimate: Estimate) -> f64 {
        match estimate {
            Estimate::Mean => self.part_of_mean(f64::NEG_INFINITY, f64::INFINITY),
            Estimate::Median => self.quantile(0.5),
            Estimate::InterquartileMean => 2.0 * self.part_of_mean(self.quantile(0.25), self.quantile(0.75)),
        }
    }

    /// The probability of values up to x.
    pub fn distribution(self, x: f64) -> f64 {
        match self {
            Law::Normal => normal(x),
            Law::Lognormal if x <= 0.0 => 0.0,
            Law::Lognormal => normal(libm::log(x)),
            Law::TwoPeaks => {
                TWO_PEAKS.iter().fold(0.0, |sum, (share, mean, d)| sum + share * normal((x - mean) / d))
            }
        }
    }

    /// By halving, to the last bit.
    fn quantile(self, q: f64) -> f64 {
        let (mut low, mut high) = (-64.0, 64.0);
        loop {
            let middle = low + (high - low) / 2.0;
            if middle <= low || middle >= high {
                return high;
            }
            if self.distribution(middle) < q { low = middle } else { high = middle }
        }
    }

    /// E(x; low < x ≤ high).
    fn part_of_mean(self, low: f64, high: f64) -> f64 {
        match self {
            Law::Normal => density(low) - density(high),
            // E(e^z; z ≤ b) = e^½ Φ(b - 1).
            Law::Lognormal => {
                let below = |x: f64| if x <= 0.0 { 0.0 } else { normal(libm::log(x) - 1.0) };
                libm::exp(0.5) * (below(high) - below(low))
            }
            Law::TwoPeaks => TWO_PEAKS.iter().fold(0.0, |sum, (share, mean, deviation)| {
                let [low, high] = [low, high].map(|x| (x - mean) / deviation);
                let part = mean * (normal(high) - normal(low)) + deviation * (density(low) - density(high));
                sum + share * part
            }),
        }
    }
}

/// Φ.
fn normal(x: f64) -> f64 {
    libm::erfc(-x / SQRT_2) / 2.0
}

/// φ.
fn density(x: f64) -> f64 {
    libm::exp(-x * x / 2.0) / (2.0 * PI).sqrt()
}

/// In [0, 1), of one word.
fn uniform(generator: &mut Generator) -> f64 {
    (generator.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Of two words, by Box and Muller.
fn standard_normal(generator: &mut Generator) -> f64 {
    // Not zero, which has no logarithm.
    let radius = (-2.0 * libm::log(1.0 - uniform(generator))).sqrt();
    radius * libm::cos(2.0 * PI * uniform(generator))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Sample;
    use dpac_actors::{Purpose, StreamKey};

    #[test]
    fn estimands_are_those_of_quadrature() {
        // scipy 1.17.1: `brentq` for quantiles, `quad` for means; closed forms where there are any.
        for (law, mean, median, middle) in [
            (Law::Normal, 0.0, 0.0, 0.0),
            (Law::Lognormal, libm::exp(0.5), 1.0, 1.072_922_743_253_436_5),
            (Law::TwoPeaks, 0.0, 1.443_405_117_806_713_8, 1.022_723_719_715_449),
        ] {
            let truths = [Estimate::Mean, Estimate::Median, Estimate::InterquartileMean];
            for (estimate, expected) in truths.into_iter().zip([mean, median, middle]) {
                let found = law.truth(estimate);
                assert!((found - expected).abs() < 1e-10, "{}, {}: {found}", law.name(), estimate.name());
            }
        }
    }

    #[test]
    fn draws_have_the_law_that_they_are_said_to_have() {
        // The distance of Kolmogorov and Smirnov of 40 000 draws, always the same: below 1.95/√n with
        // probability 0.999.
        const DRAWS: u32 = 40_000;
        for law in Law::ALL {
            let (purpose, round) = (Purpose::Statistics, law.number());
            let key = StreamKey { seed: 1, purpose, client: 0, round, phase: 1, barrier: 0 };
            let mut generator = key.generator();
            let values: Vec<f64> = (0..DRAWS).map(|_| law.draw(&mut generator)).collect();
            let sample = Sample::of(&values).expect("finite draws");
            let distance = (0..DRAWS).zip(sample.ascending()).fold(0.0_f64, |most, (i, &x)| {
                let (below, upto) = (f64::from(i) / f64::from(DRAWS), f64::from(i + 1) / f64::from(DRAWS));
                let of_law = law.distribution(x);
                most.max(of_law - below).max(upto - of_law)
            });
            assert!(distance < 1.95 / f64::from(DRAWS).sqrt(), "{}: {distance}", law.name());
        }
    }
}
