//! What an algorithm is given of its setting: the lengths of its vectors, and learners.

use super::learner::{LocalLearner, Start};
use super::setting::Setting;
use crate::features::FeatureMap;
use crate::policy::Policy;
use crate::pomdp::{Problem, Simulator};
use dpac_actors::Learner;
use std::sync::Arc;

/// A [`Setting`] for algorithms, which need not know what its problem, policy class and features are.
///
/// Learners are compiled for each setting, algorithms once. A learner takes all local steps of a client in one call, so no step is
/// slower for it.
pub trait Workers: Send + Sync {
    /// `d_θ`: the number of the policy's parameters.
    fn d_theta(&self) -> usize;

    /// q: the stacked critic's length.
    fn stacked_critic(&self) -> usize;

    /// One thread's learner, which knows what every client knows at the start.
    fn learner(self: Arc<Self>, start: Start<'_>) -> Box<dyn Learner>;
}

impl<B, P, F> Workers for Setting<B, P, F>
where
    B: Problem + 'static,
    P: Policy + 'static,
    F: FeatureMap<Observation = P::Observation> + 'static,
    B::Simulator: Simulator<Observation = P::Observation>,
{
    fn d_theta(&self) -> usize {
        self.policy.parameters()
    }

    fn stacked_critic(&self) -> usize {
        self.critic.stacked()
    }

    fn learner(self: Arc<Self>, start: Start<'_>) -> Box<dyn Learner> {
        Box::new(LocalLearner::new(self, start))
    }
}
