//! What an algorithm is given of its setting: the lengths of its vectors, trajectories, and learners.

use super::batch::LANES;
use super::learner::{LocalLearner, Start, numbers_per_place, regression_needs};
use super::needs::Needs;
use super::setting::Target;
use super::trajectories::{Sizes, Trajectories};
use dpac_actors::Learner;

/// A [`Setting`](super::Setting) for algorithms, which need not know what its problem, policy class and
/// features are.
///
/// Samplers are compiled for each simulator and policy class, passes for each feature map, algorithms once.
/// One call is for a batch of trajectories, so no step is slower for it.
pub trait Workers: Send + Sync {
    /// Horizon, actions, discount, and the lengths of vectors.
    fn sizes(&self) -> Sizes;

    /// Trajectories, for one thread; there is no policy yet but θ = 0.
    fn trajectories(&self) -> Box<dyn Trajectories>;

    /// Bytes of what [`Workers::trajectories`] keep of a batch for whoever has these needs.
    fn trajectory_bytes(&self, needs: Needs) -> u64;

    /// Whether the policy's logits are linear in θ, so that the rows of a trajectory give its probability
    /// under any θ: see [`Policy::is_linear`](crate::policy::Policy::is_linear).
    fn logits_are_linear(&self) -> bool {
        false
    }

    /// Whether the policy's gradients are rows; else there are [`Trajectories::jacobians`].
    fn gradients_are_rows(&self) -> bool {
        true
    }

    /// `d_θ`: the number of the policy's parameters.
    fn d_theta(&self) -> usize {
        self.sizes().d_theta
    }

    /// q: the stacked critic's length.
    fn stacked_critic(&self) -> usize {
        self.sizes().stacked_critic
    }

    /// One thread's learner of DPTD, DPPG or DPAC, which knows what every client knows at the start.
    fn learner(&self, start: Start<'_>) -> Box<dyn Learner> {
        Box::new(LocalLearner::new(self.trajectories(), start))
    }
}

/// Bytes of what [`Workers::learner`] keeps of its trajectories.
pub fn scratch_bytes(workers: &dyn Workers, target: Target) -> u64 {
    let Sizes { horizon, actions, .. } = workers.sizes();
    let needs = regression_needs(target).and(super::learner::CRITIC);
    let numbers = LANES * horizon * numbers_per_place(target, actions) * size_of::<f64>();
    workers.trajectory_bytes(needs) + numbers as u64
}
