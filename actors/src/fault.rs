//! Why a run ended before its time.

use crate::{Address, CodecError};
use std::any::Any;
use thiserror::Error;

/// A fault of one role in one round: it ends the run.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{role} in round {round}: {cause}")]
pub struct Fault {
    /// The role that was at work, or whose message was wrong.
    pub role: Address,
    /// The outer round.
    pub round: u32,
    /// What happened.
    pub cause: Cause,
}

impl Fault {
    /// The fault that a panic is, of the role that was at work in a round.
    pub(crate) fn panicked((role, round): (Address, u32), panic: &(dyn Any + Send)) -> Fault {
        let text = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "without a message".to_owned());
        Fault { role, round, cause: Cause::Panic(text) }
    }
}

/// What happened. [`Cause::name`] says it in a word.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum Cause {
    /// A number at the wire that is not one.
    #[error("component {index} of {vector} is {value}")]
    NotFinite {
        /// Name of the vector.
        vector: &'static str,
        /// The component in question.
        index: usize,
        /// NaN or an infinity.
        value: f64,
    },
    /// A vector of the wrong length.
    #[error("{vector} has {found} components, expected {expected}")]
    Length {
        /// Name of the vector.
        vector: &'static str,
        /// Components received.
        found: usize,
        /// Components expected.
        expected: usize,
    },
    /// A sum of integers that is larger than any integer.
    #[error("the sum of component {index} of {vector} over all clients does not fit into 64 bits")]
    Overflow {
        /// Name of the vector.
        vector: &'static str,
        /// The component in question.
        index: usize,
    },
    /// A turn of the coordinator that cannot be carried out as it stands.
    #[error("the algorithm's turn has {0}")]
    Turn(String),
    /// A message that its receiver cannot take now.
    #[error("unexpected message: {0}")]
    Unexpected(String),
    /// A barrier that would never close.
    #[error("no reply from client {0}")]
    MissingReply(u32),
    /// A frame that does not come back from its bytes.
    #[error("the wire check failed: {0}")]
    Codec(#[from] CodecError),
    /// A saved state that does not fit.
    #[error("the saved state cannot be taken up: {0}")]
    State(&'static str),
    /// A panic in a role's code.
    #[error("panicked: {0}")]
    Panic(String),
    /// What an algorithm found wrong.
    #[error("{0}")]
    Algorithm(String),
    /// Threads that could not be started.
    #[error(
        "only {started} of {wanted} threads could be started ({error}); ask for fewer, or raise the limits on processes and memory"
    )]
    Threads {
        /// Threads that were started.
        started: usize,
        /// Threads that were asked for.
        wanted: usize,
        /// Why the next one was not.
        error: String,
    },
    /// The host lost a part of the society.
    #[error("the host lost {0}")]
    Lost(String),
}

impl Cause {
    /// The names of all causes.
    pub const NAMES: [&'static str; 12] = [
        "not_finite",
        "length",
        "overflow",
        "turn",
        "unexpected",
        "missing_reply",
        "codec",
        "state",
        "panic",
        "algorithm",
        "threads",
        "lost",
    ];

    /// The cause in one word, as labels and files have it: one of [`Cause::NAMES`].
    pub fn name(&self) -> &'static str {
        let number = match self {
            Cause::NotFinite { .. } => 0,
            Cause::Length { .. } => 1,
            Cause::Overflow { .. } => 2,
            Cause::Turn(_) => 3,
            Cause::Unexpected(_) => 4,
            Cause::MissingReply(_) => 5,
            Cause::Codec(_) => 6,
            Cause::State(_) => 7,
            Cause::Panic(_) => 8,
            Cause::Algorithm(_) => 9,
            Cause::Threads { .. } => 10,
            Cause::Lost(_) => 11,
        };
        Cause::NAMES[number]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_a_name_of_its_own() {
        let text = || "text".to_owned();
        let causes = [
            Cause::NotFinite { vector: "psi", index: 0, value: f64::NAN },
            Cause::Length { vector: "psi", found: 1, expected: 2 },
            Cause::Overflow { vector: "visits", index: 0 },
            Cause::Turn(text()),
            Cause::Unexpected(text()),
            Cause::MissingReply(0),
            Cause::Codec(CodecError::Trailing(1)),
            Cause::State("text"),
            Cause::Panic(text()),
            Cause::Algorithm(text()),
            Cause::Threads { started: 0, wanted: 1, error: text() },
            Cause::Lost(text()),
        ];
        assert_eq!(causes.map(|cause| cause.name()), Cause::NAMES);
    }
}
