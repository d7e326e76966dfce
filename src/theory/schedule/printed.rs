//! The schedules that Theorems 1 and 2 prescribe.
//!
//! They can hardly be run: on the toggle problem at H = 2 and γ = 0.5, which has 20 parameters and ν =
//! 0.0127, the first `ι_0` is 79 and R_0 is four million rounds, as the tests below have it. They are here so
//! that this can be seen, and to be compared with the practical ones.

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
    /// α where it is given; the largest that the theorem allows where it is not.
    pub alpha: Option<f64>,
}

/// Theorem 1's schedule, with what it is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Theorem1 {
    /// The schedule.
    pub schedule: CriticSchedule,
    /// `ν = μ_φ (1 - γ)`.
    pub nu: f64,
    /// `ι_0 = a / (ν (0 + a))`: the first step of the server along the clients' mean gradient.
    pub iota_0: f64,
    /// R_0 as printed, `128 a / ν²`, rounded down.
    pub average_from: f64,
    /// Where that is more than the rounds that are run.
    pub clamped: Option<AverageFromClamped>,
    /// Where α is given and more than the theorem allows.
    pub alpha_above: Option<AlphaAboveBound>,
}

/// A given α for which Theorem 1 says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AlphaAboveBound {
    /// α.
    pub given: f64,
    /// `ν / (16 T)`.
    pub bound: f64,
}

impl fmt::Display for AlphaAboveBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AlphaAboveBound { given, bound } = self;
        write!(
            f,
            "Theorem 1 is about alpha up to nu / (16 R_e K_e) = {bound:.3e}; {given}, as given, is more"
        )
    }
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

/// Theorem 1's schedule.
///
/// With `ν = μ_φ (1 - γ)`, `T = R_e K_e` and a = 5: `α = ν/(16 T)` unless it is given, `ι_r = a/(ν (r + a))`,
/// `η_r = ι_r/(α K_e)` for the α that is run, `R_0 = min(⌊128 a/ν²⌋, R_e - 1)`.
///
/// # Errors
/// If ν is 0, naming the cause, or a number is out of its range.
pub fn critic(request: &Critic) -> Result<Theorem1, ScheduleError> {
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
    let bound = positive("alpha_r", nu / (16.0 * rounds * local_steps))?;
    let alpha = request.alpha.map_or(Ok(bound), |alpha| positive("alpha", alpha))?;
    let alpha_text = match request.alpha {
        Some(_) => format!("{alpha}, as given"),
        None => format!("nu / (16 R_e K_e) = {alpha}"),
    };
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
            Formula { symbol: "alpha_r", text: alpha_text },
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
    Ok(Theorem1 {
        schedule,
        nu,
        iota_0: 1.0 / nu,
        average_from: prescribed,
        clamped: clamped.then_some(AverageFromClamped { prescribed, used: average_from }),
        alpha_above: (alpha > bound).then_some(AlphaAboveBound { given: alpha, bound }),
    })
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

    let q = q(l, mu_f, clients);
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

/// The smallest q with `q exp(-2/q) >= (L/μ_F) √(192 (M+1)/M)`, for positive numbers.
pub fn q(l: f64, mu_f: f64, clients: f64) -> f64 {
    smallest_q(l / mu_f * (192.0 * (clients + 1.0) / clients).sqrt())
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
        Critic { mu_phi: 0.0253, weakest_step: 1, gamma: 0.5, rounds: 100, local_steps: 10, alpha: None };

    #[test]
    fn numbers_too_small_for_a_schedule_are_refused() {
        for mu_phi in [1e-170, 1e-300] {
            let error = critic(&Critic { mu_phi, ..TOGGLE }).unwrap_err();
            assert!(matches!(error, super::super::ScheduleError::NotPositive { .. }), "{error}");
        }
        // Tiny steps that are numbers are what the theorem asks for.
        let schedule = critic(&Critic { mu_phi: 1e-100, ..TOGGLE }).unwrap().schedule;
        assert!(schedule.alpha_at(0) > 0.0 && schedule.eta_at(0).is_finite());
    }

    #[test]
    fn theorem_1_s_numbers_are_those_of_the_toggle_problem() {
        let Theorem1 { schedule, nu: found, iota_0, clamped: warning, .. } = critic(&TOGGLE).unwrap();
        let nu = 0.01265;
        assert!((found / nu - 1.0).abs() < 1e-12 && (iota_0 * nu - 1.0).abs() < 1e-12);
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
        let theorem = critic(&Critic { mu_phi: 1.0, gamma: 0.0, rounds: 641, ..TOGGLE }).unwrap();
        assert_eq!((theorem.schedule.average_from, theorem.clamped), (640, None));
        let theorem = critic(&Critic { mu_phi: 1.0, gamma: 0.0, rounds: 640, ..TOGGLE }).unwrap();
        assert_eq!(theorem.schedule.average_from, 639);
        assert_eq!(theorem.clamped, Some(AverageFromClamped { prescribed: 640.0, used: 639 }));
    }

    #[test]
    fn a_given_alpha_is_the_one_that_the_server_s_steps_are_made_of() {
        let own = critic(&TOGGLE).unwrap();
        for alpha in [1e-9, 0.3] {
            let theorem = critic(&Critic { alpha: Some(alpha), ..TOGGLE }).unwrap();
            let schedule = theorem.schedule;
            assert!((schedule.alpha_at(3) - alpha).abs() <= 0.0);
            for r in [0, 7, 99] {
                let iota = |of: &CriticSchedule| of.eta_at(r) * of.alpha_at(r) * 10.0;
                assert!((iota(&schedule) / iota(&own.schedule) - 1.0).abs() < 1e-12, "round {r}");
            }
            // ν / (16 · 1000).
            assert_eq!(theorem.alpha_above.is_some(), alpha > 7.9e-7);
        }
        // The theorem's own number, written down, gives the theorem's schedule to the bit.
        let written = critic(&Critic { alpha: Some(own.schedule.alpha_at(0)), ..TOGGLE }).unwrap();
        assert_eq!(written.schedule.eta, own.schedule.eta);
        assert_eq!(written.alpha_above, None);
        assert!(critic(&Critic { alpha: Some(-1.0), ..TOGGLE }).is_err());
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
