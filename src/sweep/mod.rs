//! Sets of runs: one configuration, axes along which it is changed, and seeds.
//!
//! An *arm* is one choice of a value on every axis; a *cell* is an arm with a seed, and becomes one run. A
//! [`Plan`] is all of them, resolved, before anything runs; a [`SweepDirectory`] is where they are kept, each
//! in a run directory of its own; [`run()`] makes those that are not there yet, goes on with those that were
//! interrupted, and leaves the others as they are. What a cell gives depends on its configuration and seed
//! alone, so the order, the number of jobs, shards and interruptions change nothing.

mod cost;
mod directory;
mod error;
mod manifest;
mod plan;
mod run;
mod seeds;
mod shard;
mod tables;

pub use cost::{Cost, Rate};
pub use directory::{Standing, SweepCell, SweepDirectory};
pub use error::SweepError;
pub use plan::{Arm, Base, Cell, Plan, Spec};
pub use run::{CellEnd, Options, Watcher, run};
pub use seeds::{SeedsError, seeds, seeds_text};
pub use shard::{Shard, ShardError};
