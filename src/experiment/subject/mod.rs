//! A problem with its policy class and critic features, as one object whatever these are.

mod analysis;
mod critic_class;
mod error;
mod gaussian;
mod network;
mod questions;
mod regularity;
mod tabular;
mod theorems;

pub(super) use critic_class::CriticClass;
pub use error::SubjectError;
pub use questions::{Constants, Player, Subject};
pub use regularity::{CriticFeatures, CriticSolution, Regularity};

use crate::config::{Features, PolicyClass};
use crate::pomdp::{Definition, GaussianProblem, TabularProblem, Variation};

/// Builds the subject.
///
/// # Errors
/// [`SubjectError`] where features do not fit.
pub fn subject(
    definition: &Definition,
    horizon: usize,
    gamma: f64,
    actor: impl Into<PolicyClass>,
    critic: &Features,
) -> Result<Box<dyn Subject>, SubjectError> {
    subject_of_clients(definition, None, horizon, gamma, actor.into(), CriticClass::Features(critic))
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
    actor: PolicyClass,
    critic: CriticClass<'_>,
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
