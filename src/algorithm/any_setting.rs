//! Settings of any types: what is compiled for a problem and its policy, and what for a critic's features, put together when it runs.

use super::batch::{Batch, LANES};
use super::needs::Needs;
use super::pass::Reads;
use super::sampler::{Acting, Acts};
use super::setting::Setting;
use super::trajectories::{Gathered, Sizes, Trajectories};
use super::workers::Workers;
use crate::features::FeatureMap;
use crate::policy::Policy;
use crate::pomdp::{Problem, Simulator};
use std::sync::Arc;

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
    fn sizes(&self) -> Sizes {
        Sizes {
            horizon: self.critic.horizon(),
            actions: self.critic.actions(),
            gamma: self.gamma,
            d_theta: self.acts.parameters(),
            stacked_critic: self.critic.stacked(),
        }
    }

    fn trajectories(&self) -> Box<dyn Trajectories> {
        Box::new(Gathered {
            sampler: self.acts.sampler(),
            pass: Arc::clone(&self.critic).pass(),
            batch: Batch::new(self.critic.horizon()),
            rewards: Vec::new(),
            taken: Vec::new(),
            one_memory: self.one_memory(),
            sizes: self.sizes(),
            feature_nonzeros: self.critic.nonzeros(),
            gradient_nonzeros: self.acts.gradient_nonzeros(),
            needs: Needs::default(),
        })
    }

    fn trajectory_bytes(&self, needs: Needs) -> u64 {
        let rewards = if needs.rewards { size_of::<f64>() } else { 0 };
        let taken = if needs.actions { size_of::<u32>() } else { 0 };
        let numbers = LANES * self.critic.horizon() * (rewards + taken);
        self.acts.bytes(needs, self.one_memory()) + self.critic.bytes(needs) + numbers as u64
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
    fn sizes(&self) -> Sizes {
        self.any().sizes()
    }

    fn trajectories(&self) -> Box<dyn Trajectories> {
        self.any().trajectories()
    }

    fn trajectory_bytes(&self, needs: Needs) -> u64 {
        self.any().trajectory_bytes(needs)
    }
}
