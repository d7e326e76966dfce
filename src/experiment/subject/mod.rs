//! A problem with its policy class and critic features, as one object whatever the features are.

mod gaussian;
mod tabular;

use crate::algorithm::{ActorPlan, CriticPlan};
use crate::config::Features;
use crate::exact::{BellmanError, Budget, Estimate};
use crate::features::{FiniteMap, FiniteMapError, ReadingMapError, SpanError};
use crate::policy::Acting;
use crate::pomdp::{
    Definition, GaussianProblem, Generator, Reading, TabularProblem, Variation, VariationError, builtin,
};
use crate::theory::StepSpectrum;
use dpac_actors::Algorithm;
use std::borrow::Cow;
use std::sync::Arc;
use thiserror::Error;

/// What experiments ask of a problem, a policy class and critic features together.
pub trait Subject: Send + Sync {
    /// `d_θ`.
    fn d_theta(&self) -> usize;

    /// The largest per-step critic dimension.
    fn d_q(&self) -> usize;

    /// q: the stacked critic's length.
    fn stacked_critic(&self) -> usize;

    /// A bound on `‖φ‖²`.
    fn critic_norm_squared(&self) -> f64;

    /// A bound on `‖ξ‖²`.
    fn actor_norm_squared(&self) -> f64;

    /// DPTD for the policy at `theta`.
    fn dptd(&self, plan: CriticPlan, lean: bool, theta: Arc<[f64]>) -> Arc<dyn Algorithm>;

    /// DPPG with the exact critic.
    fn dppg(&self, plan: ActorPlan, lean: bool, limit: u64) -> Arc<dyn Algorithm>;

    /// DPAC.
    fn dpac(&self, critic: CriticPlan, actor: ActorPlan, lean: bool) -> Arc<dyn Algorithm>;

    /// The value of the policy at `theta`; the mean over clients where these differ.
    fn value(&self, theta: &[f64], budget: Budget, rng: &mut Generator) -> Estimate;

    /// Somebody who plays the policy at `theta`.
    fn player(&self, theta: &[f64]) -> Player<'_>;

    /// The constants of the theorems for the policy at `theta`.
    ///
    /// # Errors
    /// Why they are not available: the histories are too many, the features too dense, or clients differ.
    fn constants(&self, theta: &[f64]) -> Result<Constants, String>;

    /// The second moments of the critic's features at every step, under the policy at `theta`.
    ///
    /// # Errors
    /// Why they are not available, as for [`Subject::constants`].
    fn step_spectra(&self, theta: &[f64]) -> Result<Vec<StepSpectrum>, String>;

    /// The Bellman error of `psi` for the policy at `theta`, on normalised rewards; `None` beyond `limit` operations,
    /// and where clients differ.
    fn bellman_error(&self, theta: &[f64], psi: &[f64], limit: u64) -> Option<BellmanError>;
}

/// What the theorems' step sizes depend on; see [`crate::theory::Moments`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constants {
    /// `μ_φ`: the least over steps of `γ^h λ_min⁺(E φ_h φ_h')`.
    pub mu_phi: f64,
    /// The step at which it is least.
    pub weakest_step: u64,
    /// `μ_F = 2 λ_min⁺(E Σ_h γ^h ξ_h ξ_h')`.
    pub mu_f: f64,
    /// `L = 2 λ_max` of the same.
    pub smoothness: f64,
}

/// Somebody who plays, by what there is to see.
pub enum Player<'a> {
    /// Numbered observations.
    Tabular(Box<dyn Acting<u32> + 'a>),
    /// Real-valued ones.
    Gaussian(Box<dyn Acting<Reading> + 'a>),
}

/// Features that do not fit.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum SubjectError {
    /// Too long a window.
    #[error(transparent)]
    Window(#[from] FiniteMapError),
    /// Too many functions of the belief.
    #[error(
        "{components} belief features over all steps; at most {} are supported",
        FiniteMap::COMPONENTS_MAX
    )]
    Belief {
        /// How many there would be.
        components: usize,
    },
    /// Clients whose tables would not fit.
    #[error(transparent)]
    Clients(#[from] VariationError),
    /// Features of the problem's own, where it has none.
    #[error("{problem} has no features of its own")]
    NoOwnFeatures {
        /// The problem.
        problem: String,
    },
    /// A policy on the problem's own features beside a critic that has no use for them.
    #[error(
        "a policy on the problem's own features goes with a critic on the same, on a window or on whole histories; not with \
         one of kind {kind:?}"
    )]
    OwnPolicy {
        /// The critic's features.
        kind: &'static str,
    },
    /// Too many functions of readings, or none.
    #[error(transparent)]
    Readings(#[from] ReadingMapError),
    /// No reduction to the span.
    #[error(transparent)]
    Span(#[from] SpanError),
    /// A span over histories that are not countable.
    #[error("`span = true` needs finitely many observations; here they are real numbers")]
    RealSpan,
    /// Functions of real-valued observations, where these are numbered.
    #[error("features of kind {kind:?} need real-valued observations; here they are finitely many")]
    NumberedObservations {
        /// The features.
        kind: &'static str,
    },
    /// Features that count observations, where these are real numbers.
    #[error("features of kind {kind:?} need finitely many observations; here they are real numbers")]
    RealObservations {
        /// The features.
        kind: &'static str,
    },
}

impl SubjectError {
    /// What to do about it.
    pub fn help(&self) -> Cow<'static, str> {
        match self {
            SubjectError::NoOwnFeatures { .. } => format!(
                "{} have some, up to some size; on other problems use features of kind \"history\", \"window\" or \"belief-memory\"",
                builtin::with_own_features().join(" and ")
            )
            .into(),
            other => other.plain_help().into(),
        }
    }

    fn plain_help(&self) -> &'static str {
        match self {
            SubjectError::Clients(_) => {
                "fewer clients, a smaller problem, or strengths of 0 for more of its tables"
            }
            SubjectError::NoOwnFeatures { .. } | SubjectError::OwnPolicy { .. } => {
                "critic.features = { kind = \"problem\" } is exact"
            }
            SubjectError::RealObservations { .. } => {
                "use features of kind \"log-odds\", \"belief\", \"polynomial\" or \"fourier\", or a \"window\" of length 0"
            }
            SubjectError::NumberedObservations { .. } => {
                "use features of kind \"window\", \"belief\", \"log-odds\", \"belief-memory\" or \"history\""
            }
            SubjectError::RealSpan | SubjectError::Span(_) => {
                "leave `span` out: learning stays in the span anyway"
            }
            SubjectError::Readings(_) => "use a smaller length, degree or number of components",
            SubjectError::Window(_) | SubjectError::Belief { .. } => {
                "use features of kind \"window\" with a smaller length, or \"belief\""
            }
        }
    }
}

/// Builds the subject.
///
/// # Errors
/// [`SubjectError`] where features do not fit.
pub fn subject(
    definition: &Definition,
    horizon: usize,
    gamma: f64,
    actor: &Features,
    critic: &Features,
) -> Result<Box<dyn Subject>, SubjectError> {
    subject_of_clients(definition, None, horizon, gamma, actor, critic)
}

/// Builds the subject of clients whose problems differ, and of how many.
///
/// # Errors
/// [`SubjectError`] where features do not fit, or the clients' tables together.
pub(super) fn subject_of_clients(
    definition: &Definition,
    differing: Option<(Variation, u32)>,
    horizon: usize,
    gamma: f64,
    actor: &Features,
    critic: &Features,
) -> Result<Box<dyn Subject>, SubjectError> {
    match definition {
        Definition::Tabular(file) => {
            let models =
                differing.map_or(Ok(Vec::new()), |(how, clients)| how.models(&file.model, clients))?;
            let problem = TabularProblem::of_clients(file.model.clone(), models);
            tabular::subject(&problem, horizon, gamma, actor, critic)
        }
        Definition::Gaussian(model) => {
            let models = differing.map_or(Ok(Vec::new()), |(how, clients)| how.gaussians(model, clients))?;
            let problem = GaussianProblem::of_clients(model.clone(), models);
            gaussian::subject(problem, horizon, gamma, actor, critic)
        }
    }
}

/// Why nothing that belongs to one problem is known where each client has its own.
const CLIENTS_DIFFER: &str = "every client has a problem of its own";
