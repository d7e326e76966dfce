//! Planted faults: damage done on purpose to one message or role, to prove that a run notices.

use crate::Header;

/// What is done to the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The message vanishes.
    Drop,
    /// The message arrives twice.
    Double,
    /// It carries one float more.
    Lengthen,
    /// Its first number becomes NaN.
    Poison,
    /// This component of its first vector becomes the next larger number.
    Nudge(usize),
    /// The message's receiver panics.
    Panic,
}

/// Which message: the first that matches on each thread, so one message unless an algorithm repeats a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plant {
    /// The message's header.
    pub header: Header,
    /// What is done to it.
    pub damage: Damage,
}
