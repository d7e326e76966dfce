//! Arbitrary records, with checksums that are right, as two traces that are compared.

#![no_main]

#[path = "../../tests/integration/traces/arbitrary.rs"]
#[allow(dead_code, reason = "the other target uses the rest")]
mod arbitrary;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| arbitrary::compare(bytes));
