//! Step sizes and averaging of the critic and the actor, resolved once from the configuration.
//!
//! [`practical`] can be run, and says which parts of the theorems' schedules it keeps; [`printed`] is the
//! theorems' own, and
//! [`growth`] how far it carries the iterates away before it brings them nearer.

pub mod growth;
pub mod practical;
pub mod printed;

use serde::Serialize;
use std::fmt;
use thiserror::Error;

/// `min(cap, scale / (offset + k))`: constant, harmonic, or constant first and harmonic later.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StepSize {
    /// No step is longer; +∞ where nothing caps it, and then left out of files.
    #[serde(skip_serializing_if = "is_infinite")]
    pub cap: f64,
    /// Numerator of the harmonic part; +∞ for a constant, and then left out of files.
    #[serde(skip_serializing_if = "is_infinite")]
    pub scale: f64,
    /// What is added to the index.
    pub offset: f64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_infinite(value: &f64) -> bool {
    value.is_infinite()
}

impl StepSize {
    /// The same step always.
    pub const fn constant(step: f64) -> Self {
        StepSize { cap: step, scale: f64::INFINITY, offset: 1.0 }
    }

    /// `scale / (offset + k)`.
    pub const fn harmonic(scale: f64, offset: f64) -> Self {
        StepSize { cap: f64::INFINITY, scale, offset }
    }

    /// The step of index `k`, counted from 0.
    pub fn at(self, k: u64) -> f64 {
        self.cap.min(self.scale / (self.offset + k as f64))
    }
}

impl fmt::Display for StepSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.cap.is_infinite(), self.scale.is_infinite()) {
            (_, true) => write!(f, "{}", self.cap),
            (true, false) => write!(f, "{} / ({} + k)", self.scale, self.offset),
            (false, false) => write!(f, "min({}, {} / ({} + k))", self.cap, self.scale, self.offset),
        }
    }
}

/// Where a number of a schedule comes from, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Formula {
    /// The paper's symbol.
    pub symbol: &'static str,
    /// Its definition, with the numbers put in.
    pub text: String,
}

/// What DPTD steps and averages by.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CriticSchedule {
    /// Local step size α_r, by round.
    pub alpha: StepSize,
    /// Server step size η_r, by round.
    pub eta: StepSize,
    /// R_0: the output averages the server's iterates of rounds `R_0 + 1 ..= R_e`.
    pub average_from: u64,
    /// How these were found.
    pub formulas: Vec<Formula>,
}

impl CriticSchedule {
    /// `α_r`.
    pub fn alpha_at(&self, round: u64) -> f64 {
        self.alpha.at(round)
    }

    /// `η_r`.
    pub fn eta_at(&self, round: u64) -> f64 {
        self.eta.at(round)
    }
}

/// `w_s = (s + 2)²`: the weight of the server's iterate `ψ̃^s` in DPTD's output, before division by their
/// sum.
pub fn averaging_weight(s: u64) -> f64 {
    let root = s as f64 + 2.0;
    root * root
}

/// What the actor steps by.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ActorSchedule {
    /// Local step size ζ_k of the regression, by local step; it starts afresh in each round.
    pub zeta: StepSize,
    /// Step η of the policy along ω_r, the same in each round.
    pub eta: f64,
    /// How these were found.
    pub formulas: Vec<Formula>,
}

/// Why there is no schedule.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ScheduleError {
    /// A number that must be positive and finite.
    #[error("{name} is {value}; it must be positive and finite")]
    NotPositive {
        /// The symbol or field.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// A discount outside [0, 1].
    #[error("gamma is {gamma}; it must be between 0 and 1")]
    Discount {
        /// The discount.
        gamma: f64,
    },
    /// Averaging starts after the last iterate.
    #[error(
        "averaging starts after round {average_from}, but there are only {rounds} rounds: nothing is averaged"
    )]
    NothingToAverage {
        /// R_0.
        average_from: u64,
        /// R_e.
        rounds: u64,
    },
    /// ν = 0 because of the discount.
    #[error("nu = mu_phi (1 - gamma) is 0 because gamma = 1: the theorem's step sizes need gamma < 1")]
    Undiscounted,
    /// ν = 0 because of the features.
    #[error(
        "nu = mu_phi (1 - gamma) is 0 because the Gram matrix of the critic's features at step {step} is singular"
    )]
    SingularBlock {
        /// The first such step.
        step: u64,
    },
    /// Iterates would leave the range of numbers.
    #[error(
        "with nu = mu_phi (1 - gamma) = {nu:.3e} the steps of Theorem 1 begin at iota_0 = 1 / nu = {iota_0:.3e} and its average after \
         R_0 = 128 a / nu^2 = {average_from:.3e} rounds: the error of the mean iterate would grow by more than 1e308 before it \
         shrinks, and no number holds that"
    )]
    Diverges {
        /// ν.
        nu: f64,
        /// `ι_0 = a / (ν a)`.
        iota_0: f64,
        /// R_0 as printed.
        average_from: f64,
    },
    /// The regression's Gram matrix is singular.
    #[error(
        "mu_F is 0: the Gram matrix of the actor's features is singular, and zeta_k = 4 / (mu_F (k + a)) has no value"
    )]
    SingularActorGram,
}

fn positive(name: &'static str, value: f64) -> Result<f64, ScheduleError> {
    if value > 0.0 && value.is_finite() { Ok(value) } else { Err(ScheduleError::NotPositive { name, value }) }
}

/// To 12 significant digits, so that eigenvalues whose last bits differ between platforms give the same run.
///
/// Everything after this is arithmetic that gives the same bits everywhere. Two values on either side of a
/// rounding boundary still differ, by one in the twelfth digit.
pub fn twelve_digits(value: f64) -> f64 {
    // A written float is always read back.
    format!("{value:.11e}").parse().unwrap_or(value)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "step sizes are exact")]
mod tests {
    use super::*;

    #[test]
    fn a_constant_step_is_the_same_bits_at_every_index() {
        for k in [0, 1, 7, u64::MAX] {
            assert_eq!(StepSize::constant(0.3).at(k), 0.3);
        }
    }

    #[test]
    fn a_capped_harmonic_step_is_constant_first_and_harmonic_later() {
        let step = StepSize { cap: 0.5, scale: 3.0, offset: 2.0 };
        assert_eq!([step.at(0), step.at(4), step.at(10)], [0.5, 0.5, 0.25]);
        assert_eq!(StepSize::harmonic(3.0, 2.0).at(0), 1.5);
    }

    #[test]
    fn steps_read_as_formulas_and_are_written_without_infinities() {
        assert_eq!(StepSize::constant(0.3).to_string(), "0.3");
        assert_eq!(StepSize::harmonic(3.0, 2.0).to_string(), "3 / (2 + k)");
        assert_eq!(StepSize { cap: 0.5, scale: 3.0, offset: 2.0 }.to_string(), "min(0.5, 3 / (2 + k))");
        let json = |step| serde_json::to_string(&step).unwrap();
        assert_eq!(json(StepSize::constant(0.3)), r#"{"cap":0.3,"offset":1.0}"#);
        assert_eq!(json(StepSize::harmonic(3.0, 2.0)), r#"{"scale":3.0,"offset":2.0}"#);
    }

    #[test]
    fn eigenvalues_that_differ_in_their_last_bits_become_one_number() {
        let a = 0.012_66_f64;
        let b = f64::from_bits(a.to_bits() + 3);
        assert_ne!(a, b);
        assert_eq!(twelve_digits(a), twelve_digits(b));
        assert_eq!(twelve_digits(1.234_567_890_123_456e-7), 1.234_567_890_12e-7);
        assert_eq!(twelve_digits(0.5), 0.5);
    }
}
