//! Problem files: what they mean, what is wrong with them, and that they survive being written.

use dpac::pomdp::builtin::{builtin, tiger};
use dpac::pomdp::file::{self, Kind, ProblemFile, ReadOptions};
use dpac::pomdp::{Names, Values};
use proptest::prelude::*;

mod malformed;
mod meaning;
mod round_trip;

fn shipped(name: &str) -> Vec<u8> {
    let path = format!("{}/configs/problems/{name}.POMDP", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
