//! Networks that are not made.

use thiserror::Error;

/// A network that is not made.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NetworkError {
    /// Its units cannot be so many.
    #[error("a network has 1 to {most} units, not {units}")]
    Units {
        /// n.
        units: usize,
        /// The limit.
        most: usize,
    },
    /// Its parameters cannot be so many.
    #[error(
        "a network of {inputs} inputs, {units} units and {actions} actions has more than {most} parameters"
    )]
    Parameters {
        /// I.
        inputs: usize,
        /// n.
        units: usize,
        /// A.
        actions: usize,
        /// The limit.
        most: usize,
    },
    /// Its units do not go in pairs.
    #[error("{units} units do not go in pairs")]
    Odd {
        /// n.
        units: usize,
    },
}
