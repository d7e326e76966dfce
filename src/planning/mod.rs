//! What servers compute that know or learn a model: exact plans, likelihoods, plans over windows, latent
//! variables, regressions.
//!
//! Everything here is a function of its arguments to the bit, and says how much it did in units whose number
//! follows from sizes alone. Policies are tables of actions, one for each memory of a
//! [`FiniteMap`](crate::features::FiniteMap): the blocks of its steps one after another, slots ascending.

pub(crate) mod cholesky;
mod histories;
mod likelihood;

pub use histories::{HistoryPlanner, Shape};
pub use likelihood::Likelihood;
