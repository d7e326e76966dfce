//! The society as a whole: the same bits however it is hosted, every message counted, every fault an end.

#[path = "society/determinism.rs"]
mod determinism;

#[path = "society/staged.rs"]
mod staged;
#[path = "society/walk.rs"]
mod walk;
