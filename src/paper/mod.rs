//! Experiments on the theorems: real societies against exact values, with criteria that a run meets or not.

mod blind;
pub mod claims;
mod client_means;
mod evaluation;
mod feature_recursion;
mod feature_table;
mod form;
mod in_memory;
mod mean_recursion;
mod mean_rewards;
mod society;

pub use blind::Blind;
pub use client_means::ClientMeans;
pub use evaluation::Evaluation;
pub use feature_recursion::{FeatureRecursion, LateRate};
pub use feature_table::FeatureTable;
pub use form::Form;
pub use in_memory::critics;
pub use mean_recursion::MeanRecursion;
pub use mean_rewards::MeanRewards;
pub use society::Society;
