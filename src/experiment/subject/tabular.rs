//! Subjects of problems with finitely many observations.

use super::analysis::Analysis;
use super::error::SubjectError;
use super::questions::{CLIENTS_DIFFER, Constants, Player, Subject};
use crate::algorithm::{Setting, Target, Workers, scratch_bytes};
use crate::config::Features;
use crate::exact::{BellmanError, Budget, Estimate, ExactCritic, evaluate, evaluate_clients};
use crate::features::{
    AnyMap, BeliefFilter, BeliefMap, BeliefMemoryMap, FeatureMap, FiniteMap, FiniteMapError, OwnMap,
};
use crate::policy::{Actor, AnyPolicy, LogLinear, Policy, Prepared};
use crate::pomdp::{Generator, Model, Problem, TabularProblem};
use crate::theory::StepSpectra;
use std::borrow::Cow;
use std::cell::LazyCell;
use std::sync::Arc;

struct Concrete<P, F> {
    /// For exact values: of split observations it shows the first copies only.
    model: Arc<Model>,
    setting: Arc<Setting<TabularProblem, P, F>>,
}

/// One filter for actor and critic, made when it is first asked for.
type Beliefs<'f> = &'f dyn Fn() -> Arc<BeliefFilter>;

pub(super) fn subject(
    problem: &TabularProblem,
    horizon: usize,
    gamma: f64,
    actor: &Features,
    critic: &Features,
) -> Result<Box<dyn Subject>, SubjectError> {
    let model = problem.tables().expect("a tabular problem has tables");
    for features in [actor, critic] {
        check_beliefs(model, horizon, features)?;
    }
    // Its tables are as large as those of O, and most features need none of them.
    let filter = LazyCell::new(|| Arc::new(BeliefFilter::new(Arc::clone(model))));
    let filter: Beliefs<'_> = &|| Arc::clone(&filter);
    let window = |length: usize, tied| window(model, horizon, length, tied);
    // The policy first, then the critic: one arm per pair, so that the hot loop is compiled for each.
    match *actor {
        Features::Belief { degree, span } => {
            let map = BeliefMap::for_actor(filter(), horizon, degree);
            let map = if span { map.reduced_to_span()? } else { map };
            with_critic(problem, LogLinear::new(map), horizon, gamma, critic, filter)
        }
        Features::LogOdds { degree } => {
            let policy = LogLinear::new(BeliefMap::for_actor(filter(), horizon, degree));
            with_critic(problem, policy, horizon, gamma, critic, filter)
        }
        Features::BeliefMemory { length, span } => {
            let map = BeliefMemoryMap::new(filter(), window(length as usize, false)?);
            let map = if span { map.reduced_to_span()? } else { map };
            with_critic(problem, LogLinear::new(map), horizon, gamma, critic, filter)
        }
        Features::Window { length, tied } => {
            let policy = LogLinear::new(window(length as usize, tied)?);
            with_critic(problem, policy, horizon, gamma, critic, filter)
        }
        Features::History => {
            let policy = LogLinear::new(window(horizon - 1, false)?);
            with_critic(problem, policy, horizon, gamma, critic, filter)
        }
        // Two arms of the four: whoever reads the problem's own features has no use for beliefs.
        Features::Problem => {
            let policy = LogLinear::new(own(model, horizon)?);
            match *critic {
                Features::Problem => Ok(concrete(problem, policy, own(model, horizon)?, gamma)),
                Features::Window { length, tied } => {
                    Ok(concrete(problem, policy, window(length as usize, tied)?, gamma))
                }
                Features::History => Ok(concrete(problem, policy, window(horizon - 1, false)?, gamma)),
                Features::Belief { .. } | Features::LogOdds { .. } | Features::BeliefMemory { .. } => {
                    Err(SubjectError::OwnPolicy { kind: critic.kind() })
                }
                Features::Polynomial { .. } | Features::Fourier { .. } => Err(refused(critic)),
            }
        }
        Features::Polynomial { .. } | Features::Fourier { .. } => Err(refused(actor)),
    }
}

fn own(model: &Model, horizon: usize) -> Result<OwnMap, SubjectError> {
    OwnMap::new(model, horizon)
        .ok_or_else(|| SubjectError::NoOwnFeatures { problem: model.name().to_owned() })
}

fn with_critic<P: Policy<Observation = u32> + 'static>(
    problem: &TabularProblem,
    policy: P,
    horizon: usize,
    gamma: f64,
    critic: &Features,
    filter: Beliefs<'_>,
) -> Result<Box<dyn Subject>, SubjectError> {
    let model = problem.tables().expect("a tabular problem has tables");
    let window = |length: usize, tied| window(model, horizon, length, tied);
    Ok(match *critic {
        Features::Belief { degree, span } => {
            let map = BeliefMap::for_critic(filter(), horizon, degree);
            let map = if span { map.reduced_to_span()? } else { map };
            concrete(problem, policy, map, gamma)
        }
        Features::LogOdds { degree } => {
            concrete(problem, policy, BeliefMap::for_critic(filter(), horizon, degree), gamma)
        }
        Features::BeliefMemory { length, span } => {
            let map = BeliefMemoryMap::new(filter(), window(length as usize, false)?);
            let map = if span { map.reduced_to_span()? } else { map };
            concrete(problem, policy, map, gamma)
        }
        Features::Window { length, tied } => concrete(problem, policy, window(length as usize, tied)?, gamma),
        Features::History => concrete(problem, policy, window(horizon - 1, false)?, gamma),
        Features::Problem => concrete(problem, policy, own(model, horizon)?, gamma),
        Features::Polynomial { .. } | Features::Fourier { .. } => return Err(refused(critic)),
    })
}

fn concrete<P, F>(problem: &TabularProblem, policy: P, critic: F, gamma: f64) -> Box<dyn Subject>
where
    P: Policy<Observation = u32> + 'static,
    F: ExactCritic + FeatureMap<Observation = u32> + 'static,
{
    let tables = problem.tables().expect("a tabular problem has tables");
    let model = match tables.first_copies() {
        Cow::Borrowed(_) => Arc::clone(tables),
        Cow::Owned(first) => Arc::new(first),
    };
    Box::new(Concrete { model, setting: Setting::new(problem.clone(), policy, critic, gamma) })
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
        | Features::Problem => return Ok(()),
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
    let classes = |n: usize| (0..n).map(|o| model.observation_class(o) as u32).collect::<Vec<_>>();
    let (seen, first) = (classes(model.observations()), classes(model.first_observations()));
    FiniteMap::classes(horizon, model.actions(), &seen, first, length, tied)
}

impl<P, F> Concrete<P, F>
where
    P: Policy<Observation = u32> + 'static,
    F: FeatureMap<Observation = u32> + 'static,
{
    fn analysis(&self) -> Analysis<'_> {
        let Setting { policy, critic, gamma, .. } = &*self.setting;
        let (policy, critic) = (AnyPolicy::new(policy), AnyMap::new(critic));
        Analysis { model: &self.model, policy, critic, gamma: *gamma }
    }

    /// # Errors
    /// Where clients differ.
    fn of_one_problem(&self) -> Result<Analysis<'_>, String> {
        let differ = !self.setting.problem.client_models().is_empty();
        if differ { Err(CLIENTS_DIFFER.to_owned()) } else { Ok(self.analysis()) }
    }
}

impl<P, F> Subject for Concrete<P, F>
where
    P: Policy<Observation = u32> + 'static,
    F: ExactCritic + FeatureMap<Observation = u32> + 'static,
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

    fn exact_critic(&self, theta: &[f64], limit: u64) -> Result<Arc<[f64]>, String> {
        self.of_one_problem()?.exact_critic(&self.setting.critic, theta, limit)
    }

    fn value(&self, theta: &[f64], budget: Budget, rng: &mut Generator) -> Estimate {
        let Setting { problem, policy, gamma, .. } = &*self.setting;
        let mut prepared = Prepared::at(policy, theta);
        let (models, simulators) = (problem.client_models(), problem.client_simulators());
        if !models.is_empty() {
            return evaluate_clients(models, simulators, policy, &mut prepared, *gamma, budget, rng);
        }
        evaluate(Some(&self.model), &*problem.instance(0), policy, &mut prepared, *gamma, budget, rng)
    }

    fn player(&self, theta: &[f64]) -> Player<'_> {
        Player::Tabular(Box::new(Actor::new(&self.setting.policy, theta)))
    }

    fn constants(&self, theta: &[f64]) -> Result<Constants, String> {
        self.of_one_problem()?.constants(theta)
    }

    fn step_spectra(&self, theta: &[f64]) -> Result<StepSpectra, String> {
        self.analysis().step_spectra(theta)
    }

    fn bellman_error(&self, theta: &[f64], psi: &[f64], limit: u64) -> Option<BellmanError> {
        self.of_one_problem().ok()?.bellman_error(theta, psi, limit)
    }
}
