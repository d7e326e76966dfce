//! Problem files: what they mean, what is wrong with them, and that they survive being written.

use dpac::pomdp::builtin::{builtin, tiger};
use dpac::pomdp::file::{self, Kind, ProblemFile, ReadOptions};
use dpac::pomdp::{Names, Values};
use proptest::prelude::*;

mod drawings;
mod episode_end;
mod malformed;
mod meaning;
mod near_misses;
mod proportion;
mod read_and_write;
mod round_trip;

/// A good preamble of five lines; entries start on line 6.
const HEAD: &str =
    "discount: 0.9\nvalues: reward\nstates: s0 s1\nactions: stay go\nobservations: dark light\n";

fn shipped(name: &str) -> Vec<u8> {
    let path = format!("{}/configs/problems/{name}.POMDP", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
