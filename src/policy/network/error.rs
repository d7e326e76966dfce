//! Networks that are not made.

use thiserror::Error;

/// A network that is not made.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NetworkError {
    /// Its hidden layers cannot be so many.
    #[error("a network has 1 to {most} hidden layers, not {layers}")]
    Layers {
        /// L.
        layers: usize,
        /// The limit.
        most: usize,
    },
    /// The units of a hidden layer cannot be so many.
    #[error("a hidden layer has 1 to {most} units, not {units}")]
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
        /// Of all hidden layers together.
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
