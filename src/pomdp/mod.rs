//! Partially observable Markov decision processes: tables, simulators, files, built-in problems.

mod alias;
pub mod analysis;
pub mod builtin;
mod definition;
pub mod file;
mod gaussian;
mod homogeneous;
mod json;
mod model;
mod simulator;
mod sparse;
mod units;

pub use alias::{AliasRows, AliasScratch};
pub use definition::Definition;
pub use gaussian::{GaussianModel, GaussianModelError, GaussianProblem, GaussianSimulator, Reading, Sensor};
pub use homogeneous::Homogeneous;
pub use json::to_json;
pub use model::{Model, ModelError, ModelParts, Names, ROW_SUM_TOLERANCE, Values};
pub use simulator::{Generator, Problem, Simulator, TabularProblem, TabularSimulator};
pub use sparse::SparseRows;
pub use units::{Units, discount_table};
