//! What is drawn of the errors in arbitrary bytes.

#![no_main]

#[path = "../../tests/integration/drawn_diagnostics.rs"]
mod drawn_diagnostics;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| drawn_diagnostics::check(bytes));
