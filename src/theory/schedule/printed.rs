//! The schedules that Theorems 1 and 2 prescribe.
//!
//! They can hardly be run: on a problem of 20 parameters with ν = 0.0127 the first `ι_0` is 79 and R_0 is four million
//! rounds. They are here so that this can be seen, and to be compared with the practical ones.

use super::{ActorSchedule, CriticSchedule, Formula, ScheduleError, StepSize, positive, twelve_digits};
use serde::Serialize;
use std::fmt;

/// The theorem's constant a, any number above 9/2.
const A: f64 = 5.0;

/// What Theorem 1 depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Critic {
    /// `μ_φ`: the least, over steps h, of γ^h times the smallest nonzero eigenvalue of `E φ_h φ_hᵀ`.
    pub mu_phi: f64,
    /// The step at which it is least, which an error names.
    pub weakest_step: u64,
    /// Discount γ.
    pub gamma: f64,
    /// R_e.
    pub rounds: u64,
    /// K_e.
    pub local_steps: u64,
}

/// R_0 of Theorem 1 is more than the rounds that are run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AverageFromClamped {
    /// `128 a / ν²`, rounded down.
    pub prescribed: f64,
    /// What is used instead: all rounds but the last are skipped.
    pub used: u64,
}

impl fmt::Display for AverageFromClamped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AverageFromClamped { prescribed, used } = self;
        write!(
            f,
            "Theorem 1 averages after R_0 = 128 a / nu^2 = {prescribed} rounds; there are only {}, so that R_0 = {used}",
            used + 1
        )
    }
}

/// Theorem 1's schedule, and a warning where its R_0 is never reached.
///
/// With `ν = μ_φ (1 - γ)`, `T = R_e K_e` and a = 5: `α = ν/(16 T)`, `ι_r = a/(ν (r + a))`, `η_r = ι_r/(α K_e)`,
/// `R_0 = min(⌊128 a/ν²⌋, R_e - 1)`.
///
/// # Errors
/// If ν is 0, naming the cause, or a number is out of its range.
pub fn critic(request: &Critic) -> Result<(CriticSchedule, Option<AverageFromClamped>), ScheduleError> {
    let gamma = request.gamma;
    if !(0.0..=1.0).contains(&gamma) {
        return Err(ScheduleError::Discount { gamma });
    }
    if gamma >= 1.0 {
        return Err(ScheduleError::Undiscounted);
    }
    let mu_phi = twelve_digits(request.mu_phi);
    if mu_phi == 0.0 {
        return Err(ScheduleError::SingularBlock { step: request.weakest_step });
    }
    let nu = positive("mu_phi", mu_phi)? * (1.0 - gamma);
    let rounds = positive("rounds", request.rounds as f64)?;
    let local_steps = positive("local steps", request.local_steps as f64)?;

    // Of long horizons or weak features ν may be so small that nothing that is made of it is a number.
    let nu_squared = positive("nu^2", nu * nu)?;
    let alpha = positive("alpha_r", nu / (16.0 * rounds * local_steps))?;
    let eta = StepSize::harmonic(positive("eta_0", A / (nu * alpha * local_steps))?, A);
    let prescribed = positive("R_0", 128.0 * A / nu_squared)?.floor();
    let last = request.rounds - 1;
    let clamped = prescribed > last as f64;
    let average_from = if clamped { last } else { prescribed as u64 };
    let schedule = CriticSchedule {
        alpha: StepSize::constant(alpha),
        eta,
        average_from,
        formulas: vec![
            Formula { symbol: "nu", text: format!("mu_phi (1 - gamma) = {nu}, mu_phi = {mu_phi}") },
            Formula { symbol: "alpha_r", text: format!("nu / (16 R_e K_e) = {alpha}") },
            Formula {
                symbol: "eta_r",
                text: format!("iota_r / (alpha K_e) = {eta}, iota_r = 5 / (nu (r + 5)), k = r"),
            },
            Formula {
                symbol: "R_0",
                text: format!("min(floor(640 / nu^2), R_e - 1) = min({prescribed}, {last}) = {average_from}"),
            },
            Formula { symbol: "w_s", text: "(s + 2)^2".to_owned() },
        ],
    };
    Ok((schedule, clamped.then_some(AverageFromClamped { prescribed, used: average_from })))
}

/// What Theorem 2 depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Actor {
    /// `μ_F = 2 λ_min(E Σ_h γ^h ξ_h ξ_hᵀ)`, of the uncentred Gram matrix of the regression that is run.
    pub mu_f: f64,
    /// `L = 2 λ_max` of the same matrix.
    pub l: f64,
    /// Number of actions; `D = log |A|`, since the first policy is uniform.
    pub actions: u64,
    /// Lipschitz constant β of the score.
    pub beta: f64,
    /// Bound W on ‖ω‖.
    pub w: f64,
    /// M.
    pub clients: u64,
    /// I.
    pub sync_interval: u64,
    /// R.
    pub rounds: u64,
}

/// Theorem 2's schedule: `ζ_k = 4/(μ_F (k + a_F))` with `a_F = q I + 4` and the smallest q for which
/// `q exp(-2/q) >= (L/μ_F) √(192 (M+1)/M)`; `η = √(2D/β)/(W √R)`.
///
/// In our copy the condition on q reads `<`, which would allow any small q and first steps that diverge.
///
/// # Errors
/// If the Gram matrix is singular, or a number is not positive.
pub fn actor(request: &Actor) -> Result<ActorSchedule, ScheduleError> {
    let mu_f = twelve_digits(request.mu_f);
    if mu_f == 0.0 {
        return Err(ScheduleError::SingularActorGram);
    }
    let mu_f = positive("mu_F", mu_f)?;
    let l = twelve_digits(positive("L", request.l)?);
    let beta = twelve_digits(positive("beta", request.beta)?);
    let w = twelve_digits(positive("W", request.w)?);
    let clients = positive("clients", request.clients as f64)?;
    let interval = positive("interval", request.sync_interval as f64)?;
    let rounds = positive("rounds", request.rounds as f64)?;
    let d = positive("log |A|", libm::log(request.actions as f64))?;

    let q = smallest_q(l / mu_f * (192.0 * (clients + 1.0) / clients).sqrt());
    let a_f = positive("a", q * interval + 4.0)?;
    let zeta = StepSize::harmonic(positive("zeta_k", 4.0 / mu_f)?, a_f);
    let eta = positive("eta", (2.0 * d / beta).sqrt() / (w * rounds.sqrt()))?;
    Ok(ActorSchedule {
        zeta,
        eta,
        formulas: vec![
            Formula {
                symbol: "zeta_k",
                text: format!("4 / (mu_F (k + a)) = {zeta}, mu_F = {mu_f}, a = q I + 4, q = {q}, L = {l}"),
            },
            Formula {
                symbol: "eta",
                text: format!(
                    "sqrt(2 D / beta) / (W sqrt(R)) = {eta}, D = log |A| = {d}, beta = {beta}, W = {w}"
                ),
            },
        ],
    })
}

/// The smallest float q with `q exp(-2/q) >= bound`, for a positive bound. The left side increases with q.
fn smallest_q(bound: f64) -> f64 {
    let satisfied = |q: f64| q * libm::exp(-2.0 / q) >= bound;
    // (c + 2) exp(-2/(c + 2)) >= c, by exp(-x) >= 1 - x; doubling covers rounding at the edge.
    let (mut below, mut above) = (0.0, bound + 2.0);
    while !satisfied(above) {
        above *= 2.0;
    }
    loop {
        let middle = below + (above - below) / 2.0;
        if middle <= below || middle >= above {
            return above;
        }
        if satisfied(middle) {
            above = middle;
        } else {
            below = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOGGLE: Critic =
        Critic { mu_phi: 0.0253, weakest_step: 1, gamma: 0.5, rounds: 100, local_steps: 10 };

    #[test]
    fn numbers_too_small_for_a_schedule_are_refused() {
        for mu_phi in [1e-170, 1e-300] {
            let error = critic(&Critic { mu_phi, ..TOGGLE }).unwrap_err();
            assert!(matches!(error, super::super::ScheduleError::NotPositive { .. }), "{error}");
        }
        // Tiny steps that are numbers are what the theorem asks for.
        let (schedule, _) = critic(&Critic { mu_phi: 1e-100, ..TOGGLE }).unwrap();
        assert!(schedule.alpha_at(0) > 0.0 && schedule.eta_at(0).is_finite());
    }

    #[test]
    fn theorem_1_s_numbers_are_those_of_the_toggle_problem() {
        let (schedule, warning) = critic(&TOGGLE).unwrap();
        let nu = 0.01265;
        // ι_0 = η_0 α K_e = 1/ν = 79.
        let iota = schedule.eta_at(0) * schedule.alpha_at(0) * 10.0;
        assert!((iota * nu - 1.0).abs() < 1e-12, "{iota}");
        assert!((schedule.alpha_at(7) / (nu / 16_000.0) - 1.0).abs() < 1e-12);
        let later = schedule.eta_at(5) * schedule.alpha_at(5) * 10.0;
        assert!((later / iota - 0.5).abs() < 1e-12);

        assert_eq!(schedule.average_from, 99);
        let warning = warning.unwrap();
        assert!((warning.prescribed / 3.9994e6 - 1.0).abs() < 1e-3, "{}", warning.prescribed);
        assert!(warning.to_string().contains("= 3999"), "{warning}");
    }

    #[test]
    fn averaging_starts_where_the_theorem_says_once_there_are_enough_rounds() {
        let (schedule, warning) = critic(&Critic { mu_phi: 1.0, gamma: 0.0, rounds: 641, ..TOGGLE }).unwrap();
        assert_eq!((schedule.average_from, warning), (640, None));
        let (schedule, warning) = critic(&Critic { mu_phi: 1.0, gamma: 0.0, rounds: 640, ..TOGGLE }).unwrap();
        assert_eq!(schedule.average_from, 639);
        assert_eq!(warning, Some(AverageFromClamped { prescribed: 640.0, used: 639 }));
    }

    #[test]
    fn a_nu_of_zero_names_its_cause() {
        assert_eq!(critic(&Critic { gamma: 1.0, ..TOGGLE }), Err(ScheduleError::Undiscounted));
        let singular = Critic { mu_phi: 0.0, weakest_step: 3, ..TOGGLE };
        assert_eq!(critic(&singular), Err(ScheduleError::SingularBlock { step: 3 }));
        assert!(critic(&Critic { mu_phi: f64::NAN, ..TOGGLE }).is_err());
    }

    #[test]
    fn q_is_the_smallest_float_that_satisfies_the_inequality() {
        for bound in [1e-3, 0.5, 13.9, 20.0, 1e6] {
            let q = smallest_q(bound);
            let left = |q: f64| q * libm::exp(-2.0 / q);
            assert!(left(q) >= bound, "bound {bound}");
            assert!(left(q.next_down()) < bound, "bound {bound}");
            assert!(q <= bound + 2.0 + 1e-9, "bound {bound}");
        }
    }

    const ACTOR: Actor =
        Actor { mu_f: 0.1, l: 0.7, actions: 3, beta: 1.0, w: 5.0, clients: 4, sync_interval: 6, rounds: 100 };

    #[test]
    fn theorem_2_s_first_step_is_a_small_part_of_one_over_l_i() {
        for (mu_f, l) in [(0.1, 0.7), (1.0, 1.0), (1e-4, 2.0)] {
            let schedule = actor(&Actor { mu_f, l, ..ACTOR }).unwrap();
            assert!(schedule.zeta.at(0) * l * 6.0 < 0.29, "{schedule:?}");
        }
    }

    #[test]
    fn theorem_2_s_policy_step_is_its_formula() {
        // D = log 3: √2.1972 / (5 · 10).
        let schedule = actor(&ACTOR).unwrap();
        assert!((schedule.eta - 0.029_646).abs() < 1e-6, "{}", schedule.eta);
        assert!((schedule.zeta.at(0) / schedule.zeta.at(1) - 1.0 - 1.0 / schedule.zeta.offset).abs() < 1e-12);
    }

    #[test]
    fn a_singular_gram_matrix_is_an_error() {
        assert_eq!(actor(&Actor { mu_f: 0.0, ..ACTOR }), Err(ScheduleError::SingularActorGram));
        assert!(matches!(actor(&Actor { actions: 1, ..ACTOR }), Err(ScheduleError::NotPositive { .. })));
    }
}
