//! Arbitrary bytes as a configuration.

#![no_main]

#[path = "../../tests/integration/configuration/arbitrary.rs"]
mod arbitrary;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| arbitrary::check(bytes));
