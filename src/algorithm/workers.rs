//! What an algorithm is given of its setting: the lengths of its vectors, trajectories, and learners.

use super::batch::Batch;
use super::learner::{LocalLearner, Start};
use super::pass::Reads;
use super::sampler::{Acting, Acts};
use super::setting::Setting;
use super::trajectories::{Gathered, Needs, Sizes, Trajectories};
use crate::features::FeatureMap;
use crate::policy::Policy;
use crate::pomdp::{Problem, Simulator};
use dpac_actors::Learner;
use std::sync::Arc;

/// A [`Setting`] for algorithms, which need not know what its problem, policy class and features are.
///
/// Samplers are compiled for each simulator and policy class, passes for each feature map, algorithms once. One call is for a batch of
/// trajectories, so no step is slower for it.
pub trait Workers: Send + Sync {
    /// H.
    fn horizon(&self) -> usize;

    /// A.
    fn actions(&self) -> usize;

    /// γ.
    fn discount(&self) -> f64;

    /// `d_θ`: the number of the policy's parameters.
    fn d_theta(&self) -> usize;

    /// q: the stacked critic's length.
    fn stacked_critic(&self) -> usize;

    /// Trajectories, for one thread; there is no policy yet but θ = 0.
    fn trajectories(&self) -> Box<dyn Trajectories>;

    /// Bytes of what trajectories keep of a batch for whoever has these needs.
    fn trajectory_bytes(&self, needs: Needs) -> u64;

    /// One thread's learner of DPTD, DPPG or DPAC, which knows what every client knows at the start.
    fn learner(&self, start: Start<'_>) -> Box<dyn Learner>;
}

/// A setting whose types are forgotten: a problem with its policy class, and a critic's features.
pub struct AnySetting<O> {
    acts: Arc<dyn Acts<O>>,
    critic: Arc<dyn Reads<O>>,
    gamma: f64,
}

/// A problem with a policy class, whose types are forgotten.
pub struct AnyActing<O>(Arc<dyn Acts<O>>);

impl<O> AnyActing<O> {
    /// This policy class in this problem.
    pub fn new<B, P>(problem: Arc<B>, policy: Arc<P>) -> Self
    where
        B: Problem + 'static,
        P: Policy<Observation = O> + 'static,
        B::Simulator: Simulator<Observation = O>,
        O: Clone,
    {
        AnyActing(Arc::new(Acting { problem, policy }))
    }
}

impl<O: Clone + Send + 'static> AnySetting<O> {
    /// Puts the parts together.
    ///
    /// # Panics
    /// If they disagree about horizon or actions.
    pub fn new<F: FeatureMap<Observation = O> + 'static>(
        acting: AnyActing<O>,
        critic: Arc<F>,
        gamma: f64,
    ) -> Self {
        let (acts, critic): (_, Arc<dyn Reads<O>>) = (acting.0, critic);
        assert_eq!(acts.horizon(), critic.horizon(), "policy and critic are for the same horizon");
        assert_eq!(acts.actions(), critic.actions(), "policy and critic are for the same actions");
        AnySetting { acts, critic, gamma }
    }

    /// Whether the critic reads what the policy remembers, so that it is folded once.
    fn one_memory(&self) -> bool {
        self.acts.fold().is_some_and(|fold| self.critic.remembers_like(fold))
    }
}

impl<O: Clone + Send + 'static> Workers for AnySetting<O> {
    fn horizon(&self) -> usize {
        self.critic.horizon()
    }

    fn actions(&self) -> usize {
        self.critic.actions()
    }

    fn discount(&self) -> f64 {
        self.gamma
    }

    fn d_theta(&self) -> usize {
        self.acts.parameters()
    }

    fn stacked_critic(&self) -> usize {
        self.critic.stacked()
    }

    fn trajectories(&self) -> Box<dyn Trajectories> {
        let sizes = Sizes {
            actions: self.critic.actions(),
            d_theta: self.acts.parameters(),
            feature_nonzeros: self.critic.nonzeros(),
            gradient_nonzeros: self.acts.gradient_nonzeros(),
        };
        Box::new(Gathered {
            sampler: self.acts.sampler(),
            pass: Arc::clone(&self.critic).pass(),
            batch: Batch::new(self.critic.horizon()),
            rewards: Vec::new(),
            taken: Vec::new(),
            one_memory: self.one_memory(),
            sizes,
            needs: Needs::default(),
        })
    }

    fn trajectory_bytes(&self, needs: Needs) -> u64 {
        self.acts.bytes(needs, self.one_memory()) + self.critic.bytes(needs)
    }

    fn learner(&self, start: Start<'_>) -> Box<dyn Learner> {
        Box::new(LocalLearner::new(self, self.trajectories(), start))
    }
}

impl<B, P, F> Setting<B, P, F>
where
    B: Problem + 'static,
    P: Policy + 'static,
    F: FeatureMap<Observation = P::Observation> + 'static,
    B::Simulator: Simulator<Observation = P::Observation>,
    P::Observation: Clone + 'static,
{
    /// The setting for whoever need not know its types.
    pub fn any(&self) -> AnySetting<P::Observation> {
        let acting = AnyActing::new(Arc::clone(&self.problem), Arc::clone(&self.policy));
        AnySetting::new(acting, Arc::clone(&self.critic), self.gamma)
    }
}

impl<B, P, F> Workers for Setting<B, P, F>
where
    B: Problem + 'static,
    P: Policy + 'static,
    F: FeatureMap<Observation = P::Observation> + 'static,
    B::Simulator: Simulator<Observation = P::Observation>,
    P::Observation: Clone + 'static,
{
    fn horizon(&self) -> usize {
        self.horizon
    }

    fn actions(&self) -> usize {
        self.critic.actions()
    }

    fn discount(&self) -> f64 {
        self.gamma
    }

    fn d_theta(&self) -> usize {
        self.policy.parameters()
    }

    fn stacked_critic(&self) -> usize {
        self.critic.stacked()
    }

    fn trajectories(&self) -> Box<dyn Trajectories> {
        self.any().trajectories()
    }

    fn trajectory_bytes(&self, needs: Needs) -> u64 {
        self.any().trajectory_bytes(needs)
    }

    fn learner(&self, start: Start<'_>) -> Box<dyn Learner> {
        self.any().learner(start)
    }
}
