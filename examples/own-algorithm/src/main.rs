//! `dpac` with one more algorithm.

fn main() -> std::process::ExitCode {
    dpac::main_with(&[momentum_td::ENTRY])
}
