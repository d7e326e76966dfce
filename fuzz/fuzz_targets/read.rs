//! Arbitrary bytes as a problem file.

#![no_main]

#[path = "../../tests/integration/problem_files/read_and_write.rs"]
mod read_and_write;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| read_and_write::check(bytes));
