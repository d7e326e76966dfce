//! Partially observable Markov decision processes: tables, simulators, files, built-in problems.

mod alias;
pub mod analysis;
pub mod builtin;
mod definition;
mod discretised;
pub mod file;
mod gaussian;
mod homogeneous;
mod json;
mod lone_reward;
mod model;
mod own_features;
mod rounding;
mod simulator;
mod sparse;
mod split;
mod units;
mod variation;

pub use alias::{AliasRows, AliasScratch};
pub use definition::Definition;
pub use gaussian::{GaussianModel, GaussianModelError, GaussianProblem, GaussianSimulator, Reading, Sensor};
pub use homogeneous::Homogeneous;
pub use json::to_json;
pub use lone_reward::LoneReward;
pub use model::{Model, ModelError, ModelParts, Names, REWARD_MAX, ROW_SUM_TOLERANCE, Values};
pub use own_features::{OwnFeatures, OwnFeaturesError};
pub use rounding::Rounded;
pub use simulator::{Generator, Problem, Simulator, TabularProblem, TabularSimulator};
pub use sparse::SparseRows;
pub use split::{SPLIT_NONZEROS_MAX, SplitError};
pub use units::{Units, discount_table};
pub use variation::{CLIENT_ENTRIES_MAX, CLIENT_ENTRY_BYTES, Variation, VariationError};

pub(crate) use rounding::{Roundings, of_terms};
