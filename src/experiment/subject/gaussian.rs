//! Subjects of problems with real-valued observations.

use super::critic_class::{CriticClass, NO_FEATURES, features_at};
use super::error::SubjectError;
use super::network;
use super::questions::{CLIENTS_DIFFER, Constants, Player, Subject};
use super::regularity::Regularity;
use crate::algorithm::{AnyActing, AnySetting, Target, Workers, scratch_bytes};
use crate::config::{Features, PolicyClass};
use crate::exact::{
    BellmanError, Budget, Estimate, Method, Rounded, monte_carlo, monte_carlo_over_clients, open_loop_value,
};
use crate::features::{
    AnyMap, BeliefMap, Classified, FeatureMap, FiniteMap, GaussianFilter, ReadingFunctions, ReadingMap,
};
use crate::policy::network::{Inputs, Network};
use crate::policy::{Actor, AnyPolicy, LogLinear, Neural, Policy, Prepared, Scaled, StateFeatures};
use crate::pomdp::{GaussianProblem, Generator, Problem, Reading};
use crate::theory::{Batch, Coverage, SampledRegression, StepSpectra, semi_gradient_batch};
use std::sync::Arc;

struct Gaussian {
    problem: Arc<GaussianProblem>,
    gamma: f64,
    policy: Arc<dyn Class>,
    network: Option<(Network, Inputs)>,
    /// A network that is the critic; `critic` is unasked then.
    critic_network: Option<Network>,
    critic: Arc<dyn Critic>,
    workers: Arc<AnySetting<Reading>>,
}

/// A policy class; compiled for each by itself, not for each pair with a critic.
trait Class: Send + Sync {
    fn any(&self) -> AnyPolicy<'_, Reading>;

    fn player(&self, theta: &[f64]) -> Player<'_>;

    fn value(&self, subject: &Gaussian, theta: &[f64], budget: Budget, rng: &mut Generator) -> Estimate;

    fn acting(self: Arc<Self>, problem: Arc<GaussianProblem>) -> AnyActing<Reading>;
}

impl<P: Policy<Observation = Reading> + 'static> Class for P {
    fn any(&self) -> AnyPolicy<'_, Reading> {
        AnyPolicy::new(self)
    }

    fn player(&self, theta: &[f64]) -> Player<'_> {
        Player::Gaussian(Box::new(Actor::new(self, theta)))
    }

    fn value(&self, subject: &Gaussian, theta: &[f64], budget: Budget, rng: &mut Generator) -> Estimate {
        let Gaussian { problem, gamma, .. } = subject;
        let mut prepared = Prepared::at(self, theta);
        let clients = problem.client_simulators();
        if !clients.is_empty() {
            return monte_carlo_over_clients(clients, self, &mut prepared, *gamma, budget.episodes, rng);
        }
        let hidden = problem.model().hidden();
        if let Some(probabilities) = open_loop(self, &mut prepared, theta)
            && let Ok(value) = open_loop_value(hidden, &probabilities, *gamma, budget.exact_operations)
        {
            let Rounded { value, error } = value;
            return Estimate { value_raw: value, rounding: error, method: Method::DynamicProgramming };
        }
        let instance = problem.instance(0);
        Estimate::sampled(monte_carlo(&*instance, self, &mut prepared, *gamma, budget.episodes, rng))
    }

    fn acting(self: Arc<Self>, problem: Arc<GaussianProblem>) -> AnyActing<Reading> {
        AnyActing::new(problem, self)
    }
}

/// A critic's features, likewise.
trait Critic: Send + Sync {
    fn any(&self) -> AnyMap<'_, Reading>;

    fn setting(self: Arc<Self>, acting: AnyActing<Reading>, gamma: f64) -> AnySetting<Reading>;

    /// The features where the policy has this parameter.
    fn at(self: Arc<Self>, theta: &[f64]) -> Arc<dyn Critic>;
}

impl<F: FeatureMap<Observation = Reading> + 'static> Critic for F {
    fn any(&self) -> AnyMap<'_, Reading> {
        AnyMap::new(self)
    }

    fn setting(self: Arc<Self>, acting: AnyActing<Reading>, gamma: f64) -> AnySetting<Reading> {
        AnySetting::new(acting, self, gamma)
    }

    fn at(self: Arc<Self>, theta: &[f64]) -> Arc<dyn Critic> {
        features_at::<F>(self, theta)
    }
}

pub(super) fn subject(
    problem: GaussianProblem,
    horizon: usize,
    gamma: f64,
    actor: PolicyClass,
    class: CriticClass<'_>,
) -> Result<Box<dyn Subject>, SubjectError> {
    let critic = class.features();
    // One for actor and critic: then a belief is filtered once.
    let filter = Arc::new(GaussianFilter::new(Arc::clone(problem.model())));
    let (policy, neural): (Arc<dyn Class>, _) = match actor {
        PolicyClass::Features(features) => (log_linear(&problem, horizon, &features, &filter)?, None),
        PolicyClass::Network(network) => {
            let (network, inputs, scale) = network::on_readings(network, problem.model(), horizon)?;
            let neural = Arc::new(Neural::of_readings(network, inputs, scale));
            (Arc::<Neural<Scaled>>::clone(&neural), Some(neural))
        }
    };
    let critic: Arc<dyn Critic> = match (critic, &neural) {
        (Features::Policy, Some(neural)) => Arc::new(StateFeatures::of(Arc::clone(neural))),
        (Features::Policy, None) => return Err(SubjectError::NoState),
        _ => self::critic(&problem, horizon, critic, filter)?,
    };
    let network = neural.map(|neural| (*neural.network().expect("a network"), neural.inputs().clone()));
    let critic_network = class.network(network.as_ref())?;
    let problem = Arc::new(problem);
    let acting = Arc::clone(&policy).acting(Arc::clone(&problem));
    let workers = Arc::new(Arc::clone(&critic).setting(acting, gamma));
    Ok(Box::new(Gaussian { problem, gamma, policy, network, critic_network, critic, workers }))
}

fn log_linear(
    problem: &GaussianProblem,
    horizon: usize,
    features: &Features,
    filter: &Arc<GaussianFilter>,
) -> Result<Arc<dyn Class>, SubjectError> {
    let filter = Arc::clone(filter);
    Ok(match *features {
        Features::Belief { degree, span: false } => {
            Arc::new(LogLinear::new(BeliefMap::for_actor(filter, horizon, degree)))
        }
        Features::LogOdds { degree } => {
            Arc::new(LogLinear::new(BeliefMap::for_actor(filter, horizon, degree)))
        }
        Features::Window { length: 0, tied } => Arc::new(LogLinear::new(blind(problem, horizon, tied)?)),
        _ => {
            let (length, functions) = readings(features)?;
            Arc::new(LogLinear::new(ReadingMap::for_actor(problem.model(), horizon, length, functions)?))
        }
    })
}

fn critic(
    problem: &GaussianProblem,
    horizon: usize,
    features: &Features,
    filter: Arc<GaussianFilter>,
) -> Result<Arc<dyn Critic>, SubjectError> {
    Ok(match *features {
        Features::Belief { degree, span: false } => Arc::new(BeliefMap::for_critic(filter, horizon, degree)),
        Features::LogOdds { degree } => Arc::new(BeliefMap::for_critic(filter, horizon, degree)),
        Features::Window { length: 0, tied } => Arc::new(blind(problem, horizon, tied)?),
        _ => {
            let (length, functions) = readings(features)?;
            Arc::new(ReadingMap::for_critic(problem.model(), horizon, length, functions)?)
        }
    })
}

/// Features that see nothing: any reading is one and the same.
fn blind(
    problem: &GaussianProblem,
    horizon: usize,
    tied: bool,
) -> Result<Classified<FiniteMap, Reading>, SubjectError> {
    let actions = problem.model().hidden().actions();
    let map = FiniteMap::classes(horizon, actions, &[0], vec![0], 0, tied)?;
    Ok(Classified::new(map, |_| 0))
}

/// The probabilities of the actions at every step, where they do not depend on what is seen: where the policy
/// remembers nothing, and where all logits are 0.
fn open_loop<P: Policy>(policy: &P, prepared: &mut Prepared<P>, theta: &[f64]) -> Option<Vec<Vec<f64>>> {
    if policy.is_uniform(theta) {
        return Some(vec![vec![1.0 / policy.actions() as f64; policy.actions()]; policy.horizon()]);
    }
    let at = |h| {
        let blind = policy.slots(h) == Some(1);
        blind.then(|| prepared.probabilities(policy, &policy.memory_of_slot(h, 0), h).to_vec())
    };
    (0..policy.horizon()).map(at).collect()
}

/// The window's length and the functions of its readings.
fn readings(features: &Features) -> Result<(usize, ReadingFunctions), SubjectError> {
    match *features {
        Features::Polynomial { length, degree } => {
            Ok((length as usize, ReadingFunctions::Polynomials { degree }))
        }
        Features::Fourier { length, components, scale, seed } => {
            Ok((length as usize, ReadingFunctions::Fourier { components, scale, seed }))
        }
        Features::Belief { span: true, .. } => Err(SubjectError::RealSpan),
        Features::Policy => Err(SubjectError::NoState),
        _ => Err(SubjectError::RealObservations { kind: features.kind() }),
    }
}

impl Subject for Gaussian {
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

    fn exact_critic(&self, _theta: &[f64], _limit: u64) -> Result<Arc<[f64]>, String> {
        Err(NO_TABLES.to_owned())
    }

    fn exact_critic_of(&self, _: u32, _: &[f64], _: f64, _: u64) -> Result<Arc<[f64]>, String> {
        Err(NO_TABLES.to_owned())
    }

    fn value(&self, theta: &[f64], budget: Budget, rng: &mut Generator) -> Estimate {
        self.policy.value(self, theta, budget, rng)
    }

    fn player(&self, theta: &[f64]) -> Player<'_> {
        self.policy.player(theta)
    }

    fn step_spectra(&self, _theta: &[f64]) -> Result<StepSpectra, String> {
        Err(NO_TABLES.to_owned())
    }

    fn constants(&self, _theta: &[f64]) -> Result<Constants, String> {
        Err(NO_TABLES.to_owned())
    }

    fn regularity(&self, theta: &[f64], _limit: u64) -> Regularity {
        let none = Regularity::none(NO_TABLES);
        let policy = self.policy.any();
        if !policy.is_uniform(theta) {
            return none;
        }
        Regularity { coverage: Ok(Coverage::of_uniform(policy.actions(), policy.horizon())), ..none }
    }

    fn semi_gradient_batch(
        &self,
        theta: &[f64],
        trajectories: u64,
        rng: &mut Generator,
    ) -> Result<Batch, String> {
        if !self.problem.client_simulators().is_empty() {
            return Err(CLIENTS_DIFFER.to_owned());
        }
        if self.critic_network.is_some() {
            return Err(NO_FEATURES.to_owned());
        }
        let critic = Arc::clone(&self.critic).at(theta);
        let (policy, critic, simulator) = (self.policy.any(), critic.any(), self.problem.instance(0));
        Ok(semi_gradient_batch(&*simulator, &policy, theta, &critic, self.gamma, trajectories, rng))
    }

    fn regression_batches(
        &self,
        _theta: &[f64],
        _limit: u64,
        _trajectories: u64,
        _streams: &mut [Generator],
    ) -> Result<SampledRegression, String> {
        Err(NO_TABLES.to_owned())
    }

    fn bellman_error(&self, _theta: &[f64], _psi: &[f64], _limit: u64) -> Result<BellmanError, String> {
        Err(NO_TABLES.to_owned())
    }

    fn fixed_point(&self, _theta: &[f64], _limit: u64) -> Result<Vec<f64>, String> {
        Err(NO_TABLES.to_owned())
    }
}

const NO_TABLES: &str = "the problem's observations are real numbers, so its histories cannot be enumerated";
