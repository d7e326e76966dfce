//! What the critic of a subject is.

use super::error::SubjectError;
use crate::config::Features;
use crate::features::FeatureMap;
use crate::policy::network::{Cell, Inputs, Network};
use std::sync::Arc;

/// Why nothing is computed of a critic's features that has none.
pub(super) const NO_FEATURES: &str = "the critic is a network, which is over no features";

/// Features where the policy has this parameter: new ones where they move with it, else the same.
pub(super) fn features_at<F: FeatureMap>(features: Arc<F>, theta: &[f64]) -> Arc<F> {
    FeatureMap::at(&*features, theta).map_or(features, Arc::new)
}

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

    /// The network that is the critic, beside a policy that is a network and what it reads.
    ///
    /// # Errors
    /// A policy that is none, or too large a network.
    pub(super) fn network(
        &self,
        policy: Option<&(Network, Inputs)>,
    ) -> Result<Option<Network>, SubjectError> {
        let &CriticClass::Network { units } = self else { return Ok(None) };
        let (_, inputs) = policy.ok_or(SubjectError::NothingToRead)?;
        let network = Network::new(Cell::IndRnn, inputs.len(), units, inputs.actions());
        network.map(Some).map_err(SubjectError::CriticNetwork)
    }
}
