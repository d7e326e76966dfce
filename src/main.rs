//! The `dpac` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    dpac::cli::main()
}
