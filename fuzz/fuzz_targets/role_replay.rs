//! Arbitrary records, with checksums and, where wanted, digests that are right, as a trace that a role is
//! driven through.

#![no_main]

#[path = "../../tests/integration/traces/arbitrary.rs"]
#[allow(dead_code, reason = "the other target uses the rest")]
mod arbitrary;

use std::cell::OnceCell;

thread_local! {
    /// The run that the records are said to be of.
    static GOLDEN: OnceCell<dpac::experiment::Resolved> = const { OnceCell::new() };
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    GOLDEN.with(|golden| arbitrary::drive(golden.get_or_init(arbitrary::golden), bytes));
});
