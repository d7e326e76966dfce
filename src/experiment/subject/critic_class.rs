//! What the critic of a subject is.

use crate::config::Features;

/// What the critic of a subject is.
#[derive(Clone, Copy)]
pub(in crate::experiment) enum CriticClass<'a> {
    /// Linear in these features.
    Features(&'a Features),
    /// A network of so many recurrent units, which reads what the policy's network reads.
    Network {
        /// m.
        units: usize,
    },
}

impl CriticClass<'_> {
    /// What trajectories are looked at with: of a critic that is a network nobody asks for features.
    const UNASKED: Features = Features::Window { length: 0, tied: true };

    pub(super) fn features(&self) -> &Features {
        match self {
            CriticClass::Features(features) => features,
            CriticClass::Network { .. } => &Self::UNASKED,
        }
    }
}
