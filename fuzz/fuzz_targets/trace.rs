//! Arbitrary bytes as a trace.

#![no_main]

#[path = "../../actors/tests/society/arbitrary.rs"]
mod arbitrary;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| arbitrary::check(bytes));
