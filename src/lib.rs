//! Distributed policy optimization on POMDPs, simulated with real messages, every one of them counted.

/// The ports that an algorithm of one's own is written on: coordinators, learners, messages, and what else
/// moves them.
pub use dpac_actors;
/// The traits of the generators that simulators draw from.
pub use rand;

pub use cli::main_with;

/// Version and commit.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("DPAC_COMMIT"), ")");

pub mod algorithm;
pub mod cli;
pub mod config;
pub mod exact;
pub mod experiment;
pub mod features;
pub mod files;
pub mod monitoring;
pub mod paper;
pub mod plot;
pub mod policy;
pub mod pomdp;
pub mod report;
pub mod results;
pub mod statistics;
pub mod sweep;
pub mod theory;
pub mod tune;
mod visible;

/// The chapter's example, tested.
#[cfg(doctest)]
#[doc = include_str!("../docs/coming-from.md")]
struct ComingFrom;
