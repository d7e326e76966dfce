//! Why there may be no counts of a run.

use thiserror::Error;

/// Why there are no counts.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CountError {
    /// A size must be at least 1.
    #[error("{size} is 0; it must be at least 1")]
    Zero {
        /// The size.
        size: &'static str,
    },
    /// A protocol names a size that has no value.
    #[error("{size} is not given")]
    Unknown {
        /// The size.
        size: &'static str,
    },
    /// A loop would run less than 0 times.
    #[error("{size} is less than 0")]
    Negative {
        /// The size in letters.
        size: String,
    },
    /// A count does not fit 64 bits.
    #[error("the number of {what} exceeds 2^64 - 1: the sizes are too large to be run")]
    Overflow {
        /// What was being counted.
        what: &'static str,
    },
}
