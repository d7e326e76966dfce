//! What an algorithm says of itself: its words, what it needs, what it sends, how it is built.

use super::graph::Graph;
use super::measured::{ByProbes, Course};
use super::setting::{ActorPlan, CriticPlan};
use super::workers::Workers;
use super::world::World;
use crate::config::{self, Features, PolicyClass, Words};
use crate::theory::protocol::{Letter, Protocol};
use crate::theory::sizes::Sizing;
use dpac_actors::Algorithm;
use std::sync::Arc;
use thiserror::Error;

/// An algorithm, as it is registered. One file has it, with its coordinator and, where none of the others
/// will do, its learner; a second has its protocol.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What configurations and errors say of it.
    pub words: Words,
    /// The package that has it: `env!("CARGO_PKG_NAME")`.
    pub package: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// What it is for.
    pub role: Role,
    /// Where the critic comes from.
    pub critic: Critic,
    /// How it comes to its sizes.
    pub sizing: Sizing,
    /// Letters of formulas that are its own, and the keys that give their numbers.
    pub letters: &'static [(Letter, &'static config::Key)],
    /// What it sends, lean or not, with these values of its own keys.
    pub protocol: fn(lean: bool, own: &config::Algorithm) -> Protocol,
    /// The vectors that its coordinator keeps, and how many of these a snapshot has: what its memory is
    /// planned from.
    pub keeps: &'static [Kept],
    /// Builds it.
    ///
    /// # Errors
    /// What of the configuration it cannot be run with.
    pub build: fn(Plan) -> Result<Arc<dyn Algorithm>, Unfit>,
}

/// A key whose value an algorithm cannot be run with.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{message}")]
pub struct Unfit {
    /// The key.
    pub key: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: &'static str,
}

/// What an algorithm is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It evaluates one policy, that of the key `policy`. Its result is ψ.
    Evaluates,
    /// It improves a policy, from `θ_0`, which is 0 but for networks. Its results are θ and ψ.
    Improves,
}

/// Where an algorithm's critic comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Critic {
    /// It learns one, with the steps of `[critic]`.
    Learned,
    /// It learns a network of recurrent units that reads what the policy's network reads.
    Network {
        /// The key of its own that says how many units.
        units: &'static config::Key,
    },
    /// It asks for the exact one of each policy.
    Exact,
    /// It has none: policies improve on sampled returns.
    None,
}

/// Vectors of one length that a coordinator keeps.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// Their length.
    pub length: Letter,
    /// How many there are at a time.
    pub live: u64,
    /// How many of them a snapshot has.
    pub saved: u64,
}

/// The exact critic of `π^theta` in one client's problem, of softened values at a temperature above 0: each
/// step then has the entropy of its action beside its reward.
pub type ClientEvaluation = dyn Fn(u32, &[f64], f64) -> Result<Arc<[f64]>, String> + Send + Sync;

/// `PolicyEval` of Algorithm 3, line 3: the critic of `π^theta`, in the stacked form that clients read.
pub type PolicyEvaluation = dyn Fn(&[f64]) -> Result<Arc<[f64]>, String> + Send + Sync;

/// All that an algorithm is built from.
pub struct Plan {
    /// The lengths of vectors, and learners.
    pub workers: Arc<dyn Workers>,
    /// Whether messages that nobody needs are left out.
    pub lean: bool,
    /// The values of its own keys.
    pub own: config::Algorithm,
    /// The policy to evaluate; empty where none is.
    pub theta: Arc<[f64]>,
    /// M.
    pub clients: u32,
    /// Who writes to whom.
    pub graph: Arc<Graph>,
    /// What the policy is.
    pub policy: PolicyClass,
    /// The critic's features.
    pub critic_features: Features,
    /// Whether all clients have one problem.
    pub alike: bool,
    /// The problem itself, for servers that plan; none where observations are real numbers.
    pub world: Option<World>,
    /// Exact critics; where clients differ, their mean.
    pub oracle: Arc<PolicyEvaluation>,
    /// Exact critics of each client.
    pub client_oracle: Arc<ClientEvaluation>,
    /// Of algorithms that learn a critic.
    pub critic: Option<CriticPlan>,
    /// Of algorithms that improve a policy.
    pub actor: Option<ActorPlan>,
    /// Of policies that do not start at 0, or whose steps the server measures in every round.
    pub course: Option<Course>,
    /// Of a critic that is a network: which, and α in the place of ζ.
    pub critic_network: Option<ByProbes>,
}

impl Plan {
    /// A plan for an algorithm whose own keys have these values, of one client by itself, without sizes,
    /// steps, a policy or exact critics: for whoever builds algorithms without a configuration, and fills in
    /// what they need.
    pub fn of(workers: Arc<dyn Workers>, own: config::Algorithm) -> Plan {
        const NOBODY: &str = "this plan has no exact critics";
        Plan {
            workers,
            lean: false,
            own,
            theta: Arc::new([]),
            clients: 1,
            graph: Arc::new(Graph::ring(1)),
            policy: Features::History.into(),
            critic_features: Features::History,
            alike: true,
            world: None,
            oracle: Arc::new(|_| Err(NOBODY.to_owned())),
            client_oracle: Arc::new(|_, _, _| Err(NOBODY.to_owned())),
            critic: None,
            actor: None,
            course: None,
            critic_network: None,
        }
    }

    /// The one class over histories, or windows of these, that policy and critic are both tables of: then θ
    /// and ψ have the same places.
    ///
    /// # Errors
    /// Where they are not.
    pub fn tables(&self) -> Result<(), Unfit> {
        let policy = self.policy;
        let table = policy
            .features()
            .filter(|features| matches!(features, Features::History | Features::Window { tied: false, .. }));
        if table == Some(self.critic_features) {
            return Ok(());
        }
        Err(Unfit {
            key: if table.is_some() { "critic.features" } else { policy.key() },
            message: "policy and critic are to be tables over the same histories".to_owned(),
            help: "give `actor.features` and `critic.features` one kind, \"history\" or \"window\"",
        })
    }

    /// Sizes and steps of the critic.
    ///
    /// # Panics
    /// If the entry does not say [`Critic::Learned`].
    pub fn critic(&self) -> CriticPlan {
        self.critic.clone().expect("its entry says that it learns a critic")
    }

    /// Where the policy starts: at 0 with the steps of [`Plan::actor`], if nothing else is said.
    pub fn course(&self) -> Course {
        self.course.clone().unwrap_or_else(|| Course::from_zero(self.workers.d_theta()))
    }

    /// Sizes and steps of the actor.
    ///
    /// # Panics
    /// If the entry does not say [`Role::Improves`].
    pub fn actor(&self) -> ActorPlan {
        self.actor.clone().expect("its entry says that it improves a policy")
    }
}

impl Entry {
    /// What one calls it by.
    pub fn name(&self) -> &'static str {
        self.words.name
    }

    /// What it sends where its own keys have their defaults.
    pub fn usual_protocol(&self, lean: bool) -> Protocol {
        (self.protocol)(lean, &self.words.complete(&Default::default()))
    }
}
