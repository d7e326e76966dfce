//! What servers compute that know or learn a model: exact plans, likelihoods, plans over windows, latent
//! variables, regressions.
//!
//! Everything here is a function of its arguments to the bit, and says how much it did in units whose number
//! follows from sizes alone. Policies are tables of actions, one for each memory of a
//! [`FiniteMap`](crate::features::FiniteMap): the blocks of its steps one after another, slots ascending.

pub(crate) mod cholesky;
mod counts;
mod ellipse;
mod histories;
mod latent;
mod likelihood;
mod process;
mod regression;
#[cfg(test)]
mod samples;
mod window_model;
mod windows;

pub use counts::WindowCounts;
pub use ellipse::{Ellipse, Moment, Singular};
pub use histories::{HistoryPlanner, Shape};
pub use latent::Latent;
pub use likelihood::Likelihood;
pub use process::WindowProcess;
pub use regression::{Regressed, Regression, Rewards, StepFeatures};
pub use window_model::{WindowModel, WindowPlan};
pub use windows::Windows;
