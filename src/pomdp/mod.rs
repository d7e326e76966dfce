//! Partially observable Markov decision processes: tables, simulators, files, built-in problems.

mod alias;
pub mod analysis;
pub mod builtin;
pub mod file;
mod homogeneous;
mod json;
mod model;
mod simulator;
mod sparse;
mod units;

pub use alias::{AliasRows, AliasScratch};
pub use homogeneous::Homogeneous;
pub use json::to_json;
pub use model::{Model, ModelError, ModelParts, Names, ROW_SUM_TOLERANCE, Values};
pub use simulator::{Generator, Problem, Simulator, TabularProblem, TabularSimulator};
pub use sparse::SparseRows;
pub use units::{Units, discount_table};
