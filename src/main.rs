//! The `dpac` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    dpac::main_with(&[])
}
