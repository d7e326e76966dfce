//! How far the mean iterate of DPTD goes away from `ψ*` before it comes nearer.

use super::{CriticSchedule, averaging_weight};

/// A part of the error of the mean iterate, from round to round of one evaluation.
///
/// Trajectories are fresh, so `E ψ` obeys a linear recursion: in round r its error is multiplied by
/// `(1 - η_r) I + η_r (I - α_r A)^{K_e}`, with A from [`Moments`](crate::theory::Moments). Where every step
/// has a block of ψ of its own, A is block triangular with the blocks of S on its diagonal. Its eigenvalues λ
/// are then those of S, and the part of the error along a left eigenvector is multiplied by
/// `1 - η_r (1 - (1 - α_r λ)^{K_e})`. While this is below -1 and `α_r λ` below 1, its size increases with λ,
/// so the largest eigenvalue has the largest peak.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// The largest multiple of its first size that the part comes to, at least 1; infinite where it is no
    /// float.
    pub peak: f64,
    /// The rounds after which that is.
    pub peak_round: u64,
    /// The multiple that the weighted average ψ̂ has of it.
    pub output: f64,
}

/// Later rounds are not looked at. Steps `a / (ν (r + a))` make the part grow in the first `a λ / (2 ν)`
/// rounds at most, by some `2^{a λ / ν}`: these are 500 rounds if that is the largest float.
const ROUNDS: u64 = 1_000_000;

impl Growth {
    /// The growth along the eigenvalue λ over `rounds` rounds (R_e) of `local_steps` steps (K_e).
    pub fn of(lambda: f64, schedule: &CriticSchedule, rounds: u64, local_steps: u64) -> Self {
        let (mut part, mut average, mut weights) = (1.0_f64, 0.0, 0.0);
        let (mut peak, mut peak_round) = (1.0, 0);
        for round in 0..rounds.min(ROUNDS) {
            part *= 1.0 - schedule.eta_at(round) * gone(schedule.alpha_at(round) * lambda, local_steps);
            if !part.is_finite() {
                return Growth { peak: f64::INFINITY, peak_round: round + 1, output: f64::INFINITY };
            }
            if round >= schedule.average_from {
                let weight = averaging_weight(round + 1);
                weights += weight;
                average += (part - average) * (weight / weights);
            }
            if part.abs() > peak {
                (peak, peak_round) = (part.abs(), round + 1);
            }
        }
        Growth { peak, peak_round, output: average.abs() }
    }
}

/// `1 - (1 - x)^k`, to rounding also where x is tiny.
fn gone(x: f64, k: u64) -> f64 {
    let k = k as f64;
    if x < 1.0 { -libm::expm1(k * libm::log1p(-x)) } else { 1.0 - libm::pow(1.0 - x, k) }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the cases are exact")]
mod tests {
    use super::super::{StepSize, printed};
    use super::*;

    fn schedule(alpha: f64, eta: f64, average_from: u64) -> CriticSchedule {
        let (alpha, eta) = (StepSize::constant(alpha), StepSize::constant(eta));
        CriticSchedule { alpha, eta, average_from, formulas: Vec::new() }
    }

    #[test]
    fn two_rounds_of_two_steps_are_those_computed_by_hand() {
        // (1 - 1/2)² = 1/4 is kept by local steps, so the factor is 1 - 4 · 3/4 = -2 in each round.
        let growth = Growth::of(0.5, &schedule(1.0, 4.0, 0), 2, 2);
        assert_eq!((growth.peak, growth.peak_round), (4.0, 2));
        // Weights 9 and 16 on -2 and 4.
        assert!((growth.output - 46.0 / 25.0).abs() < 1e-15, "{growth:?}");
        let last = Growth::of(0.5, &schedule(1.0, 4.0, 1), 2, 2);
        assert_eq!(last.output, 4.0);
    }

    #[test]
    fn averages_of_adopted_means_only_shrink() {
        // η = 1 and α λ < 1: the practical schedule. A step beyond 1 / λ leaves the other sign.
        for (alpha, output) in [(0.5, 0.5), (1.5, 0.5), (1.0, 0.0)] {
            let growth = Growth::of(1.0, &schedule(alpha, 1.0, 0), 1, 1);
            assert_eq!((growth.peak, growth.peak_round, growth.output), (1.0, 0, output));
        }
    }

    #[test]
    fn what_no_float_holds_is_infinite_and_ends_at_once() {
        let growth = Growth::of(1.0, &schedule(0.5, 1e200, 0), u64::MAX, 1);
        assert_eq!((growth.peak, growth.peak_round, growth.output), (f64::INFINITY, 2, f64::INFINITY));
    }

    #[test]
    fn theorem_1_s_steps_grow_as_a_power_of_two_in_half_of_a_lambda_over_nu_rounds() {
        // ν = 1/80, λ = 1/4: a λ / ν = 100. The factors are 1 - 100 / (r + 5), and their product is a
        // quotient of factorials.
        let request = printed::Critic {
            mu_phi: 0.025,
            weakest_step: 0,
            gamma: 0.5,
            rounds: 200,
            local_steps: 1,
            alpha: None,
        };
        let schedule = printed::critic(&request).expect("a schedule").schedule;
        let growth = Growth::of(0.25, &schedule, 200, 1);
        let exact = (0..45).fold(1.0, |product, r| product * (100.0 / f64::from(r + 5) - 1.0));
        assert!((growth.peak / exact - 1.0).abs() < 1e-9, "{growth:?}, {exact:e}");
        assert!((45..=46).contains(&growth.peak_round));
        // The factor of round 95 is 0 but for rounding.
        assert!(growth.output < 1e-9);
    }
}
