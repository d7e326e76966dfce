//! What the program shows and asks at a terminal.

pub mod diagnose;
