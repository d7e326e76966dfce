//! Distributed policy optimization on POMDPs, simulated with real messages, every one of them counted.
//!
//! The default feature `program` has the command line and what it does with runs. Without it there is the
//! library that runs are made with.

// What the program alone has a use for.
#![cfg_attr(not(feature = "program"), allow(dead_code, unused_imports))]

/// The ports that an algorithm of one's own is written on: coordinators, learners, messages, and what else
/// moves them.
pub use dpac_actors;
/// The traits of the generators that simulators draw from.
pub use rand;

#[cfg(feature = "program")]
pub use cli::main_with;

/// Version and commit.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("DPAC_COMMIT"), ")");

pub mod algorithm;
#[cfg(feature = "program")]
pub mod cli;
pub mod config;
pub mod diagnose;
pub mod exact;
pub mod experiment;
pub mod features;
pub mod files;
pub mod monitoring;
#[cfg(feature = "program")]
pub mod paper;
pub mod planning;
#[cfg(feature = "program")]
pub mod plot;
pub mod policy;
pub mod pomdp;
#[cfg(feature = "program")]
pub mod report;
#[cfg(feature = "program")]
pub mod results;
pub mod statistics;
#[cfg(feature = "program")]
pub mod sweep;
pub mod theory;
#[cfg(feature = "program")]
pub mod tune;
mod visible;

/// The chapter's example, tested.
#[cfg(doctest)]
#[doc = include_str!("../docs/coming-from.md")]
struct ComingFrom;
