//! How each kind of error and of warning is drawn: where it stands, what was expected and found, and what to
//! do.

mod errors;
mod warnings;

use super::HEAD;
use assert_cmd::Command;

/// Entries of a good file; they stand on lines 6 to 8.
const BODY: &str = "T: * identity\nO: * 0.8 0.2 0.2 0.8\nR: * : * : * : * 1\n";

/// A good file, and more after it.
fn after(entries: &str) -> String {
    format!("{HEAD}{BODY}{entries}")
}

/// A good file with one part replaced by another.
fn replaced(part: &str, other: &str) -> String {
    after("").replace(part, other)
}

/// What `dpac check` draws of a file.
fn drawn(source: &str) -> String {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    std::fs::write(scratch.path().join("case.POMDP"), source).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
    let output = command.current_dir(scratch.path()).args(["check", "case.POMDP"]).output();
    String::from_utf8(output.expect("the program runs").stderr).expect("UTF-8")
}
