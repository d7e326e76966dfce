//! Schedules that can be run, and what they have of the theorems'.
//!
//! | | here | Theorems 1 and 2 |
//! |---|---|---|
//! | α | constant, `0.3 / max ‖φ‖²` | at most `ν / (16 T)` |
//! | η of the critic | 1 | `ι_r / (α K_e)`, which falls as `1 / (r + a)` |
//! | weights of ψ̂ | `(s + 2)²` | the same |
//! | R_0 | `⌊R_e / 2⌋` | `128 a / ν²` |
//! | ζ_k, one-hot actors | constant, `1 / (2 B)` | `4 / (μ_F (k + a))` |
//! | ζ_k, other actors | `min(0.15, 1 / (2 B)) / (1 + k / 20)` | the same shape |
//! | η of the policy | `c / √R`, with a tuned c | `c / √R`, with `c = √(2 D / β) / W` |

use super::{ActorSchedule, CriticSchedule, Formula, ScheduleError, StepSize, positive, twelve_digits};
use serde::Serialize;

/// The theorem's constant a, any number above 9/2.
const A: f64 = 5.0;

/// α_r for the practical schedule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Alpha {
    /// `0.3 / max ‖φ‖²`, constant: the reference's 0.3 for one-hot features.
    Auto,
    /// The same in all rounds.
    Constant(f64),
    /// `α_r = c / (t_0 + r K_e)`, `c = a / ν_eff`, `t_0 = c / first`: Theorem 1's `ι_r` with an offset that
    /// keeps the first step at `first`.
    Harmonic {
        /// α_0; at most `1 / max ‖φ‖²`.
        first: f64,
        /// `ν_eff = λ_min((A + Aᵀ)/2)` of the mean TD recursion.
        nu_eff: f64,
    },
}

/// What the critic's practical schedule depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Critic {
    /// The rule for α_r.
    pub alpha: Alpha,
    /// R_0; `⌊R_e / 2⌋` where it is not given.
    pub average_from: Option<u64>,
    /// `max_h ‖φ_h‖²`, or a bound on it.
    pub norm_squared_bound: f64,
    /// R_e.
    pub rounds: u64,
    /// K_e.
    pub local_steps: u64,
}

/// The critic's practical schedule, in which `η_r = 1`: the server adopts the clients' mean.
///
/// # Errors
/// If a step size or the bound is not positive, or nothing would be averaged.
pub fn critic(request: &Critic) -> Result<CriticSchedule, ScheduleError> {
    let (alpha, alpha_text) = match request.alpha {
        Alpha::Auto => {
            let step = 0.3 / positive("max ||phi||^2", request.norm_squared_bound)?;
            (StepSize::constant(step), format!("0.3 / max ||phi||^2 = {step}"))
        }
        Alpha::Constant(step) => (StepSize::constant(positive("alpha", step)?), format!("{step}, as given")),
        Alpha::Harmonic { first, nu_eff } => {
            let first = positive("alpha", first)?;
            let c = A / twelve_digits(positive("nu_eff", nu_eff)?);
            let t_0 = c / first;
            // c / (t_0 + r K_e), with the index in rounds.
            let local_steps = positive("local steps", request.local_steps as f64)?;
            let step = StepSize::harmonic(c / local_steps, t_0 / local_steps);
            (step, format!("c / (t_0 + r K_e), c = 5 / nu_eff = {c}, t_0 = c / {first} = {t_0}"))
        }
    };
    let average_from = request.average_from.unwrap_or(request.rounds / 2);
    if average_from >= request.rounds {
        return Err(ScheduleError::NothingToAverage { average_from, rounds: request.rounds });
    }
    let average_text = match request.average_from {
        Some(_) => format!("{average_from}, as given"),
        None => format!("floor(R_e / 2) = {average_from}"),
    };
    Ok(CriticSchedule {
        alpha,
        eta: StepSize::constant(1.0),
        average_from,
        formulas: vec![
            Formula { symbol: "alpha_r", text: alpha_text },
            Formula { symbol: "eta_r", text: "1: the server adopts the mean".to_owned() },
            Formula { symbol: "R_0", text: average_text },
            Formula { symbol: "w_s", text: "(s + 2)^2".to_owned() },
        ],
    })
}

/// What the actor's regression fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// Q by uncentred features, as in the paper.
    Q,
    /// The advantage by uncentred features.
    Advantage,
    /// The advantage by the score, Equations 9 and 10.
    Compatible,
}

impl Target {
    /// c in `η = c / √R`: constants that were tuned on small problems.
    /// [`printed::actor`](super::printed::actor) has the theorem's own, `√(2D/β)/W`.
    pub fn tuned_constant(self) -> f64 {
        match self {
            Target::Q | Target::Compatible => 12.0,
            Target::Advantage => 40.0,
        }
    }
}

/// The kind of the actor's features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// One component is 1, the others 0.
    OneHot,
    /// Anything else, such as beliefs.
    Dense,
}

/// A bound B on the largest eigenvalue of `Σ_h γ^h ξ_h ξ_hᵀ` of any one trajectory: the curvature that a
/// local step of the regression meets.
///
/// It is at most `Σ_h γ^h ‖ξ_h‖²`. Where steps have blocks of θ of their own (untied features) the ξ_h of a
/// trajectory are orthogonal, and it is `max_h γ^h ‖ξ_h‖²` only.
pub fn curvature_bound(norm_squared_bound: f64, gamma: f64, horizon: usize, tied: bool) -> f64 {
    let blocks = if tied { horizon } else { 1 };
    let discounts = crate::pomdp::discount_table(gamma, blocks);
    norm_squared_bound * discounts.iter().fold(0.0, |sum, power| sum + power)
}

/// ζ_k for the practical schedule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Zeta {
    /// With B from [`curvature_bound`]: `1/(2B)` for one-hot rows, `min(0.15, 1/(2B)) / (1 + k/20)` for dense
    /// ones.
    ///
    /// A local step subtracts `2 ζ Σ_h γ^h ξ_h ξ_hᵀ ω` and never overshoots while `ζ <= 1/(2B)`. Untied
    /// one-hot rows have B = 1, which gives the reference's 0.5. The reference's 0.15 and 20 for beliefs are
    /// tuned.
    Auto {
        /// The kind of features.
        rows: Rows,
        /// B.
        curvature: f64,
    },
    /// As given.
    Given(StepSize),
}

/// What the actor's practical schedule depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Actor {
    /// The rule for ζ_k.
    pub zeta: Zeta,
    /// c in `η = c / √R`; the target's tuned constant where it is not given.
    pub eta_constant: Option<f64>,
    /// What the regression fits.
    pub target: Target,
    /// R.
    pub rounds: u64,
}

/// The actor's practical schedule.
///
/// # Errors
/// If a step size, the curvature or the number of rounds is not positive.
pub fn actor(request: &Actor) -> Result<ActorSchedule, ScheduleError> {
    let (zeta, zeta_text) = match request.zeta {
        Zeta::Auto { rows: Rows::OneHot, curvature } => {
            let cap = 1.0 / (2.0 * positive("curvature bound", curvature)?);
            (StepSize::constant(cap), format!("1 / (2 B) = {cap}, B = {curvature}"))
        }
        Zeta::Auto { rows: Rows::Dense, curvature } => {
            let cap = f64::min(0.15, 1.0 / (2.0 * positive("curvature bound", curvature)?));
            let step = StepSize { cap, scale: 20.0 * cap, offset: 20.0 };
            (step, format!("min(0.15, 1 / (2 B)) / (1 + k/20) = {cap} / (1 + k/20), B = {curvature}"))
        }
        Zeta::Given(step) => {
            positive("zeta", step.at(0))?;
            (step, format!("{step}, as given"))
        }
    };
    let constant = positive("c_eta", request.eta_constant.unwrap_or(request.target.tuned_constant()))?;
    let eta = constant / positive("rounds", request.rounds as f64)?.sqrt();
    let origin = if request.eta_constant.is_some() { "as given" } else { "tuned" };
    Ok(ActorSchedule {
        zeta,
        eta,
        formulas: vec![
            Formula { symbol: "zeta_k", text: zeta_text },
            Formula { symbol: "eta", text: format!("c / sqrt(R) = {eta}, c = {constant}, {origin}") },
        ],
    })
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "step sizes are exact")]
mod tests {
    use super::*;

    const CRITIC: Critic = Critic {
        alpha: Alpha::Auto,
        average_from: None,
        norm_squared_bound: 1.0,
        rounds: 11,
        local_steps: 25,
    };

    #[test]
    fn the_critic_s_defaults_are_the_reference_s() {
        let schedule = critic(&CRITIC).unwrap();
        assert_eq!((schedule.alpha_at(0), schedule.alpha_at(10)), (0.3, 0.3));
        assert_eq!((schedule.eta_at(0), schedule.eta_at(10)), (1.0, 1.0));
        assert_eq!(schedule.average_from, 5);
        let one_round = critic(&Critic { rounds: 1, ..CRITIC }).unwrap();
        assert_eq!(one_round.average_from, 0);
    }

    #[test]
    fn a_harmonic_alpha_starts_at_its_first_value_and_falls_with_the_steps_taken() {
        let alpha = Alpha::Harmonic { first: 0.2, nu_eff: 0.01 };
        let schedule = critic(&Critic { alpha, ..CRITIC }).unwrap();
        assert!((schedule.alpha_at(0) - 0.2).abs() < 1e-15);
        // c = 500, t_0 = 2500: half of the first value after 100 rounds of 25 steps.
        assert!((schedule.alpha_at(100) - 0.1).abs() < 1e-15);
    }

    #[test]
    fn averaging_nothing_is_an_error() {
        let late = Critic { average_from: Some(11), ..CRITIC };
        assert_eq!(critic(&late), Err(ScheduleError::NothingToAverage { average_from: 11, rounds: 11 }));
        assert_eq!(critic(&Critic { average_from: Some(10), ..CRITIC }).unwrap().average_from, 10);
    }

    fn actor_of(rows: Rows, curvature: f64, target: Target) -> ActorSchedule {
        let zeta = Zeta::Auto { rows, curvature };
        actor(&Actor { zeta, eta_constant: None, target, rounds: 64 }).unwrap()
    }

    #[test]
    fn the_actor_s_defaults_are_the_reference_s() {
        let one_hot = actor_of(Rows::OneHot, curvature_bound(1.0, 0.9, 5, false), Target::Q);
        assert_eq!((one_hot.zeta.at(0), one_hot.zeta.at(1000), one_hot.eta), (0.5, 0.5, 1.5));
        let beliefs = actor_of(Rows::Dense, curvature_bound(1.0, 0.9, 5, false), Target::Advantage);
        assert_eq!((beliefs.zeta.at(0), beliefs.zeta.at(20), beliefs.eta), (0.15, 0.075, 5.0));
        let large = actor_of(Rows::Dense, 5.0, Target::Advantage);
        assert_eq!((large.zeta.at(0), large.zeta.at(20)), (0.1, 0.05));
    }

    #[test]
    fn tied_rows_have_the_curvature_of_all_steps_together() {
        assert_eq!(curvature_bound(2.0, 0.5, 3, true), 3.5);
        assert_eq!(curvature_bound(2.0, 0.5, 3, false), 2.0);
    }

    #[test]
    fn no_step_of_the_regression_overshoots_at_the_automatic_cap() {
        // The tied one-hot row that is seen at all steps: its component is multiplied by 1 - 2 ζ B = 0.
        let b = curvature_bound(1.0, 0.5, 3, true);
        let zeta = actor_of(Rows::OneHot, b, Target::Q).zeta.at(0);
        assert!((1.0 - 2.0 * zeta * b).abs() < 1e-15);
    }
}
