//! Subjects of problems with real-valued observations.

use super::error::SubjectError;
use super::questions::{Constants, Player, Subject};
use crate::algorithm::{Setting, Target, Workers, scratch_bytes};
use crate::config::Features;
use crate::exact::{
    BellmanError, Budget, Estimate, Method, Rounded, monte_carlo, monte_carlo_over_clients, open_loop_value,
};
use crate::features::{
    BeliefMap, Classified, FeatureMap, FiniteMap, GaussianFilter, ReadingFunctions, ReadingMap,
};
use crate::policy::{Actor, LogLinear, Policy, Prepared};
use crate::pomdp::{GaussianProblem, Generator, Problem, Reading};
use crate::theory::StepSpectra;
use std::sync::Arc;

struct Concrete<P, F> {
    setting: Arc<Setting<GaussianProblem, P, F>>,
}

pub(super) fn subject(
    problem: GaussianProblem,
    horizon: usize,
    gamma: f64,
    actor: &Features,
    critic: &Features,
) -> Result<Box<dyn Subject>, SubjectError> {
    let filter = Arc::new(GaussianFilter::new(Arc::clone(problem.model())));
    match *actor {
        Features::Belief { degree, span: false } => {
            let map = BeliefMap::for_actor(Arc::clone(&filter), horizon, degree);
            with_critic(problem, LogLinear::new(map), horizon, gamma, critic, filter)
        }
        Features::LogOdds { degree } => {
            let map = BeliefMap::for_actor(Arc::clone(&filter), horizon, degree);
            with_critic(problem, LogLinear::new(map), horizon, gamma, critic, filter)
        }
        Features::Window { length: 0, tied } => {
            let map = blind(&problem, horizon, tied)?;
            with_critic(problem, LogLinear::new(map), horizon, gamma, critic, filter)
        }
        _ => {
            let (length, functions) = readings(actor)?;
            let map = ReadingMap::for_actor(problem.model(), horizon, length, functions)?;
            with_critic(problem, LogLinear::new(map), horizon, gamma, critic, filter)
        }
    }
}

fn with_critic<P: Policy<Observation = Reading> + 'static>(
    problem: GaussianProblem,
    policy: P,
    horizon: usize,
    gamma: f64,
    critic: &Features,
    filter: Arc<GaussianFilter>,
) -> Result<Box<dyn Subject>, SubjectError> {
    match *critic {
        Features::Belief { degree, span: false } => {
            let map = BeliefMap::for_critic(filter, horizon, degree);
            Ok(Box::new(Concrete { setting: Setting::new(problem, policy, map, gamma) }))
        }
        Features::LogOdds { degree } => {
            let map = BeliefMap::for_critic(filter, horizon, degree);
            Ok(Box::new(Concrete { setting: Setting::new(problem, policy, map, gamma) }))
        }
        Features::Window { length: 0, tied } => {
            let map = blind(&problem, horizon, tied)?;
            Ok(Box::new(Concrete { setting: Setting::new(problem, policy, map, gamma) }))
        }
        _ => {
            let (length, functions) = readings(critic)?;
            let map = ReadingMap::for_critic(problem.model(), horizon, length, functions)?;
            Ok(Box::new(Concrete { setting: Setting::new(problem, policy, map, gamma) }))
        }
    }
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

/// The probabilities of the actions at every step, where they do not depend on what is seen: where the policy remembers
/// nothing, and where all logits are 0.
fn open_loop<P: Policy>(policy: &P, prepared: &mut Prepared<P>, theta: &[f64]) -> Option<Vec<Vec<f64>>> {
    if theta.iter().all(|&x| x == 0.0) {
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
        _ => Err(SubjectError::RealObservations { kind: features.kind() }),
    }
}

impl<P, F> Subject for Concrete<P, F>
where
    P: Policy<Observation = Reading> + 'static,
    F: FeatureMap<Observation = Reading> + 'static,
{
    fn d_theta(&self) -> usize {
        self.setting.policy.parameters()
    }

    fn d_q(&self) -> usize {
        self.setting.critic.largest()
    }

    fn stacked_critic(&self) -> usize {
        self.setting.critic.stacked()
    }

    fn critic_norm_squared(&self) -> f64 {
        self.setting.critic.norm_squared_bound()
    }

    fn actor_norm_squared(&self) -> f64 {
        self.setting.policy.gradient_norm_squared_bound()
    }

    fn scratch_bytes(&self, target: Target) -> u64 {
        scratch_bytes(&self.setting.policy, &self.setting.critic, target)
    }

    fn has_policy_tables(&self) -> bool {
        let policy = &self.setting.policy;
        (0..policy.horizon()).all(|h| policy.slots(h).is_some())
    }

    fn workers(&self) -> Arc<dyn Workers> {
        self.setting.clone()
    }

    fn exact_critic(&self, _theta: &[f64], _limit: u64) -> Result<Arc<[f64]>, String> {
        Err(NO_TABLES.to_owned())
    }

    fn value(&self, theta: &[f64], budget: Budget, rng: &mut Generator) -> Estimate {
        let Setting { problem, policy, gamma, .. } = &*self.setting;
        let mut prepared = Prepared::at(policy, theta);
        let clients = problem.client_simulators();
        if !clients.is_empty() {
            return monte_carlo_over_clients(clients, policy, &mut prepared, *gamma, budget.episodes, rng);
        }
        let hidden = problem.model().hidden();
        if let Some(probabilities) = open_loop(policy, &mut prepared, theta)
            && let Ok(value) = open_loop_value(hidden, &probabilities, *gamma, budget.exact_operations)
        {
            let Rounded { value, error } = value;
            return Estimate { value_raw: value, rounding: error, method: Method::DynamicProgramming };
        }
        let instance = problem.instance(0);
        Estimate::sampled(monte_carlo(&*instance, policy, &mut prepared, *gamma, budget.episodes, rng))
    }

    fn player(&self, theta: &[f64]) -> Player<'_> {
        Player::Gaussian(Box::new(Actor::new(&self.setting.policy, theta)))
    }

    fn step_spectra(&self, _theta: &[f64]) -> Result<StepSpectra, String> {
        Err(NO_TABLES.to_owned())
    }

    fn constants(&self, _theta: &[f64]) -> Result<Constants, String> {
        Err(NO_TABLES.to_owned())
    }

    fn bellman_error(&self, _theta: &[f64], _psi: &[f64], _limit: u64) -> Option<BellmanError> {
        None
    }
}

const NO_TABLES: &str = "the problem's observations are real numbers, so its histories cannot be enumerated";
