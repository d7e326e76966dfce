//! Arbitrary bytes as a saved policy, and as the policies of a run.

#![no_main]

#[path = "../../tests/integration/saved_policies.rs"]
mod saved_policies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| saved_policies::check(bytes));
