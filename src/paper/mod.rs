//! Experiments on the theorems: real societies against exact values, with criteria that a run meets or not.

pub mod claims;
mod evaluation;
mod form;
mod mean_recursion;
mod society;

pub use evaluation::Evaluation;
pub use form::Form;
pub use mean_recursion::{LateRate, MeanRecursion};
pub use society::Society;
