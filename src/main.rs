//! The `dpac` program.

fn main() {}
