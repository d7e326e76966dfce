//! Subjects of problems with finitely many observations.

use super::analysis::Analysis;
use super::critic_class::{CriticClass, NO_FEATURES, features_at};
use super::error::SubjectError;
use super::network;
use super::questions::{CLIENTS_DIFFER, Constants, Player, Subject};
use super::regularity::Regularity;
use crate::algorithm::{AnyActing, AnySetting, Target, Workers, scratch_bytes};
use crate::config::{Features, NetworkPolicy, PolicyClass};
use crate::exact::{BellmanError, Budget, Estimate, ExactCritic, evaluate, evaluate_clients};
use crate::features::{
    AnyMap, BeliefFilter, BeliefMap, BeliefMemoryMap, FeatureMap, FiniteMap, FiniteMapError, OwnMap,
    ReservoirMap,
};
use crate::policy::network::{Inputs, Network};
use crate::policy::{Actor, AnyPolicy, LogLinear, Neural, Policy, Prepared, StateFeatures};
use crate::pomdp::{Generator, Model, Problem, TabularProblem};
use crate::theory::{
    Batch, DENSE_DIMENSION_MAX, SampledRegression, StepSpectra, Task, regression_batches, semi_gradient_batch,
};
use std::borrow::Cow;
use std::cell::LazyCell;
use std::sync::Arc;

struct Tabular {
    /// For exact values: of split observations it shows the first copies only.
    model: Arc<Model>,
    problem: Arc<TabularProblem>,
    gamma: f64,
    policy: Arc<dyn Class>,
    network: Option<(Network, Inputs)>,
    /// A network that is the critic; `critic` is unasked then.
    critic_network: Option<Network>,
    critic: Arc<dyn Critic>,
    workers: Arc<AnySetting<u32>>,
}

/// A policy class; compiled for each by itself, not for each pair with a critic.
trait Class: Send + Sync {
    fn any(&self) -> AnyPolicy<'_, u32>;

    fn player(&self, theta: &[f64]) -> Player<'_>;

    fn value(&self, subject: &Tabular, theta: &[f64], budget: Budget, rng: &mut Generator) -> Estimate;

    fn acting(self: Arc<Self>, problem: Arc<TabularProblem>) -> AnyActing<u32>;
}

impl<P: Policy<Observation = u32> + 'static> Class for P {
    fn any(&self) -> AnyPolicy<'_, u32> {
        AnyPolicy::new(self)
    }

    fn player(&self, theta: &[f64]) -> Player<'_> {
        Player::Tabular(Box::new(Actor::new(self, theta)))
    }

    fn value(&self, subject: &Tabular, theta: &[f64], budget: Budget, rng: &mut Generator) -> Estimate {
        let Tabular { model, problem, gamma, .. } = subject;
        let mut prepared = Prepared::at(self, theta);
        let (models, simulators) = (problem.client_models(), problem.client_simulators());
        if !models.is_empty() {
            return evaluate_clients(models, simulators, self, &mut prepared, *gamma, budget, rng);
        }
        evaluate(Some(model), &*problem.instance(0), self, &mut prepared, *gamma, budget, rng)
    }

    fn acting(self: Arc<Self>, problem: Arc<TabularProblem>) -> AnyActing<u32> {
        AnyActing::new(problem, self)
    }
}

/// A critic's features, likewise.
trait Critic: Send + Sync {
    fn any(&self) -> AnyMap<'_, u32>;

    fn exact(&self, analysis: &Analysis<'_>, theta: &[f64], limit: u64) -> Result<Arc<[f64]>, String>;

    fn soft(
        &self,
        analysis: &Analysis<'_>,
        theta: &[f64],
        temperature: f64,
        limit: u64,
    ) -> Result<Arc<[f64]>, String>;

    fn setting(self: Arc<Self>, acting: AnyActing<u32>, gamma: f64) -> AnySetting<u32>;

    /// The features where the policy has this parameter.
    fn at(self: Arc<Self>, theta: &[f64]) -> Arc<dyn Critic>;
}

impl<F: ExactCritic + 'static> Critic for F {
    fn any(&self) -> AnyMap<'_, u32> {
        AnyMap::new(self)
    }

    fn exact(&self, analysis: &Analysis<'_>, theta: &[f64], limit: u64) -> Result<Arc<[f64]>, String> {
        analysis.exact_critic(self, theta, limit)
    }

    fn soft(
        &self,
        analysis: &Analysis<'_>,
        theta: &[f64],
        temperature: f64,
        limit: u64,
    ) -> Result<Arc<[f64]>, String> {
        analysis.soft_critic(self, theta, temperature, limit)
    }

    fn setting(self: Arc<Self>, acting: AnyActing<u32>, gamma: f64) -> AnySetting<u32> {
        AnySetting::new(acting, self, gamma)
    }

    fn at(self: Arc<Self>, theta: &[f64]) -> Arc<dyn Critic> {
        features_at::<F>(self, theta)
    }
}

/// One filter for actor and critic, made when it is first asked for: then a belief is filtered once.
type Beliefs<'f> = &'f dyn Fn() -> Arc<BeliefFilter>;

pub(super) fn subject(
    problem: &TabularProblem,
    horizon: usize,
    gamma: f64,
    actor: PolicyClass,
    class: CriticClass<'_>,
) -> Result<Box<dyn Subject>, SubjectError> {
    let critic = class.features();
    let tables = problem.tables().expect("a tabular problem has tables");
    for features in actor.features().iter().chain([critic]) {
        check_beliefs(tables, horizon, features)?;
    }
    // Its tables are as large as those of O, and most features need none of them.
    let filter = LazyCell::new(|| Arc::new(BeliefFilter::new(Arc::clone(tables))));
    let filter: Beliefs<'_> = &|| Arc::clone(&filter);
    let (policy, neural): (Arc<dyn Class>, _) = match actor {
        PolicyClass::Features(features) => (log_linear(tables, horizon, &features, filter)?, None),
        PolicyClass::Network(network) => {
            let neural = Arc::new(neural(tables, horizon, network)?);
            (Arc::<Neural>::clone(&neural), Some(neural))
        }
    };
    if let PolicyClass::Features(Features::Problem) = actor
        && let Features::Belief { .. } | Features::LogOdds { .. } | Features::BeliefMemory { .. } = critic
    {
        // Whoever reads the problem's own features has no use for beliefs.
        return Err(SubjectError::OwnPolicy { kind: critic.kind() });
    }
    let critic: Arc<dyn Critic> = match (critic, &neural) {
        (Features::Policy, Some(neural)) => Arc::new(StateFeatures::of(Arc::clone(neural))),
        (Features::Policy, None) => return Err(SubjectError::NoState),
        _ => self::critic(tables, horizon, critic, filter)?,
    };
    let network = neural.map(|neural| (*neural.network().expect("a network"), neural.inputs().clone()));
    let critic_network = class.network(network.as_ref())?;
    let model = match tables.first_copies() {
        Cow::Borrowed(_) => Arc::clone(tables),
        Cow::Owned(first) => Arc::new(first),
    };
    let problem = Arc::new(problem.clone());
    let acting = Arc::clone(&policy).acting(Arc::clone(&problem));
    let workers = Arc::new(Arc::clone(&critic).setting(acting, gamma));
    Ok(Box::new(Tabular { model, problem, gamma, policy, network, critic_network, critic, workers }))
}

fn log_linear(
    model: &Model,
    horizon: usize,
    features: &Features,
    filter: Beliefs<'_>,
) -> Result<Arc<dyn Class>, SubjectError> {
    Ok(match *features {
        Features::Belief { degree, span } => {
            let map = BeliefMap::for_actor(filter(), horizon, degree);
            Arc::new(LogLinear::new(if span { map.reduced_to_span()? } else { map }))
        }
        Features::LogOdds { degree } => {
            Arc::new(LogLinear::new(BeliefMap::for_actor(filter(), horizon, degree)))
        }
        Features::BeliefMemory { length, span } => {
            let map = BeliefMemoryMap::new(filter(), window(model, horizon, length as usize, false)?);
            Arc::new(LogLinear::new(if span { map.reduced_to_span()? } else { map }))
        }
        Features::Window { length, tied } => {
            Arc::new(LogLinear::new(window(model, horizon, length as usize, tied)?))
        }
        Features::History => Arc::new(LogLinear::new(window(model, horizon, horizon - 1, false)?)),
        Features::Problem => Arc::new(LogLinear::new(own(model, horizon)?)),
        Features::Reservoir { width, seed } => {
            let map = ReservoirMap::for_actor(model, horizon, width as usize, u64::from(seed))?;
            Arc::new(LogLinear::new(map))
        }
        Features::Polynomial { .. } | Features::Fourier { .. } => return Err(refused(features)),
        Features::Policy => return Err(SubjectError::NoState),
    })
}

fn critic(
    model: &Model,
    horizon: usize,
    features: &Features,
    filter: Beliefs<'_>,
) -> Result<Arc<dyn Critic>, SubjectError> {
    Ok(match *features {
        Features::Belief { degree, span } => {
            let map = BeliefMap::for_critic(filter(), horizon, degree);
            Arc::new(if span { map.reduced_to_span()? } else { map })
        }
        Features::LogOdds { degree } => Arc::new(BeliefMap::for_critic(filter(), horizon, degree)),
        Features::BeliefMemory { length, span } => {
            let map = BeliefMemoryMap::new(filter(), window(model, horizon, length as usize, false)?);
            Arc::new(if span { map.reduced_to_span()? } else { map })
        }
        Features::Window { length, tied } => Arc::new(window(model, horizon, length as usize, tied)?),
        Features::History => Arc::new(window(model, horizon, horizon - 1, false)?),
        Features::Problem => Arc::new(own(model, horizon)?),
        Features::Reservoir { width, seed } => {
            Arc::new(ReservoirMap::for_critic(model, horizon, width as usize, u64::from(seed))?)
        }
        Features::Polynomial { .. } | Features::Fourier { .. } => return Err(refused(features)),
        Features::Policy => return Err(SubjectError::NoState),
    })
}

fn neural(model: &Model, horizon: usize, policy: NetworkPolicy) -> Result<Neural, SubjectError> {
    let (network, inputs) = network::on_classes(policy, model, horizon)?;
    let (seen, first) = (classes(model, model.observations()), classes(model, model.first_observations()));
    Ok(Neural::new(network, inputs, seen, first))
}

fn own(model: &Model, horizon: usize) -> Result<OwnMap, SubjectError> {
    OwnMap::new(model, horizon)
        .ok_or_else(|| SubjectError::NoOwnFeatures { problem: model.name().to_owned() })
}

fn refused(features: &Features) -> SubjectError {
    SubjectError::NumberedObservations { kind: features.kind() }
}

/// Refuses belief features that would not fit, before anything of their size is built.
fn check_beliefs(model: &Model, horizon: usize, features: &Features) -> Result<(), SubjectError> {
    let per_step = match *features {
        Features::History
        | Features::Window { .. }
        | Features::Polynomial { .. }
        | Features::Fourier { .. }
        | Features::Reservoir { .. }
        | Features::Problem
        | Features::Policy => return Ok(()),
        Features::Belief { degree, .. } => degree.functions(model.states()),
        Features::LogOdds { degree } => degree.functions(model.states()),
        Features::BeliefMemory { length, .. } => {
            window(model, horizon, length as usize, false)?.slots_max().saturating_mul(model.states())
        }
    };
    let components = per_step.saturating_mul(model.actions()).saturating_mul(horizon);
    if components > FiniteMap::COMPONENTS_MAX { Err(SubjectError::Belief { components }) } else { Ok(()) }
}

fn window(model: &Model, horizon: usize, length: usize, tied: bool) -> Result<FiniteMap, FiniteMapError> {
    let (seen, first) = (classes(model, model.observations()), classes(model, model.first_observations()));
    FiniteMap::classes(horizon, model.actions(), &seen, first, length, tied)
}

/// The class of each of the first so many observations.
fn classes(model: &Model, observations: usize) -> Vec<u32> {
    (0..observations).map(|o| model.observation_class(o) as u32).collect()
}

impl Tabular {
    /// The critic's features where the policy has this parameter.
    fn critic_at(&self, theta: &[f64]) -> Arc<dyn Critic> {
        Arc::clone(&self.critic).at(theta)
    }

    fn analysis<'a>(&'a self, critic: &'a dyn Critic) -> Analysis<'a> {
        let (policy, critic) = (self.policy.any(), critic.any());
        Analysis { model: &self.model, policy, critic, gamma: self.gamma }
    }

    /// # Errors
    /// Where clients differ, or the critic is over no features.
    fn of_one_problem<'a>(&'a self, critic: &'a dyn Critic) -> Result<Analysis<'a>, String> {
        let analysis = self.of_features(critic)?;
        let differ = !self.problem.client_models().is_empty();
        if differ { Err(CLIENTS_DIFFER.to_owned()) } else { Ok(analysis) }
    }

    /// # Errors
    /// Where the critic is over no features.
    fn of_features<'a>(&'a self, critic: &'a dyn Critic) -> Result<Analysis<'a>, String> {
        match self.critic_network {
            None => Ok(self.analysis(critic)),
            Some(_) => Err(NO_FEATURES.to_owned()),
        }
    }
}

impl Subject for Tabular {
    fn d_theta(&self) -> usize {
        self.workers.d_theta()
    }

    fn d_q(&self) -> usize {
        self.critic_network.map_or_else(|| self.critic.any().largest(), |network| network.parameters())
    }

    fn stacked_critic(&self) -> usize {
        self.critic_network.map_or_else(|| self.workers.stacked_critic(), |network| network.parameters())
    }

    fn critic_norm_squared(&self) -> f64 {
        self.critic.any().norm_squared_bound()
    }

    fn actor_norm_squared(&self) -> f64 {
        self.policy.any().gradient_norm_squared_bound()
    }

    fn network(&self) -> Option<(&Network, &Inputs)> {
        self.network.as_ref().map(|(network, inputs)| (network, inputs))
    }

    fn critic_network(&self) -> Option<&Network> {
        self.critic_network.as_ref()
    }

    fn scratch_bytes(&self, target: Target) -> u64 {
        scratch_bytes(&*self.workers, target)
    }

    fn has_policy_tables(&self) -> bool {
        let policy = self.policy.any();
        (0..policy.horizon()).all(|h| policy.slots(h).is_some())
    }

    fn workers(&self) -> Arc<dyn Workers> {
        self.workers.clone()
    }

    fn exact_critic(&self, theta: &[f64], limit: u64) -> Result<Arc<[f64]>, String> {
        let clients = self.problem.client_models().len() as u32;
        if clients == 0 {
            let critic = self.critic_at(theta);
            return critic.exact(&self.of_features(&*critic)?, theta, limit);
        }
        let mut sum = vec![0.0; self.stacked_critic()];
        for client in 0..clients {
            let critic = self.exact_critic_of(client, theta, 0.0, limit / u64::from(clients))?;
            for (sum, of_client) in sum.iter_mut().zip(critic.iter()) {
                *sum += of_client;
            }
        }
        Ok(sum.iter().map(|sum| sum / f64::from(clients)).collect())
    }

    fn exact_critic_of(
        &self,
        client: u32,
        theta: &[f64],
        temperature: f64,
        limit: u64,
    ) -> Result<Arc<[f64]>, String> {
        let critic = self.critic_at(theta);
        let nominal = self.of_features(&*critic)?;
        let model = self.problem.client_models().get(client as usize).map_or(nominal.model, |own| own);
        let analysis = Analysis { model, ..nominal };
        if temperature > 0.0 {
            critic.soft(&analysis, theta, temperature, limit)
        } else {
            critic.exact(&analysis, theta, limit)
        }
    }

    fn value(&self, theta: &[f64], budget: Budget, rng: &mut Generator) -> Estimate {
        self.policy.value(self, theta, budget, rng)
    }

    fn player(&self, theta: &[f64]) -> Player<'_> {
        self.policy.player(theta)
    }

    fn constants(&self, theta: &[f64]) -> Result<Constants, String> {
        self.of_one_problem(&*self.critic_at(theta))?.constants(theta)
    }

    fn step_spectra(&self, theta: &[f64]) -> Result<StepSpectra, String> {
        self.of_features(&*self.critic_at(theta))?.step_spectra(theta)
    }

    fn regularity(&self, theta: &[f64], limit: u64) -> Regularity {
        let critic = self.critic_at(theta);
        match self.of_one_problem(&*critic) {
            Ok(analysis) => {
                let psi = critic.exact(&analysis, theta, limit);
                analysis.regularity(theta, psi.as_deref().map_err(Clone::clone), limit)
            }
            Err(why) => Regularity::none(&why),
        }
    }

    fn semi_gradient_batch(
        &self,
        theta: &[f64],
        trajectories: u64,
        rng: &mut Generator,
    ) -> Result<Batch, String> {
        let critic = self.critic_at(theta);
        let Analysis { policy, critic, gamma, .. } = self.of_one_problem(&*critic)?;
        let simulator = self.problem.instance(0);
        Ok(semi_gradient_batch(&*simulator, &policy, theta, &critic, gamma, trajectories, rng))
    }

    fn regression_batches(
        &self,
        theta: &[f64],
        limit: u64,
        trajectories: u64,
        streams: &mut [Generator],
    ) -> Result<SampledRegression, String> {
        let analysis = self.of_one_problem(&*self.critic)?;
        analysis.of_rows()?;
        let Analysis { model, policy, gamma, .. } = &analysis;
        let task = Task { model, policy, theta, gamma: *gamma };
        let found = regression_batches(task, limit, DENSE_DIMENSION_MAX, trajectories, streams);
        found.map_err(|error| error.to_string())
    }

    fn bellman_error(&self, theta: &[f64], psi: &[f64], limit: u64) -> Result<BellmanError, String> {
        self.of_one_problem(&*self.critic_at(theta))?.bellman_error(theta, psi, limit)
    }

    fn fixed_point(&self, theta: &[f64], limit: u64) -> Result<Vec<f64>, String> {
        self.of_one_problem(&*self.critic_at(theta))?.fixed_point(theta, limit)
    }
}
