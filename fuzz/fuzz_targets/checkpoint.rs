//! Arbitrary bytes as a checkpoint, and as the parts of one.

#![no_main]

#[path = "../../tests/integration/checkpoints.rs"]
mod checkpoints;

use std::cell::OnceCell;

thread_local! {
    /// The run that the checkpoints are said to be of.
    static GOLDEN: OnceCell<dpac::experiment::Resolved> = const { OnceCell::new() };
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    GOLDEN.with(|golden| checkpoints::check(golden.get_or_init(checkpoints::golden), bytes));
});
