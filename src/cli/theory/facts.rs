//! What the records are made of: the run's sizes, and what is known of its problem.

use super::quantity::Value;
use crate::algorithm::{Critic, Role};
use crate::config::{Auto, Clients, Step};
use crate::experiment::{Regularity, Resolved};
use crate::pomdp::{Generator, discount_table};
use crate::statistics::{Level, Sample, StatisticsError};
use crate::theory::protocol::letter::{I, K, K_E, M, P, Q, R, R_E};
use crate::theory::{Batch, Regression, RegressionBatch, SampledRegression, SemiGradients};
use dpac_actors::{Purpose, StreamKey};

/// Batches of trajectories, where moments are estimated.
const BATCHES: u32 = 20;
/// Steps of trajectories in each batch, and its trajectories at most.
const BATCH_STEPS: u64 = 1_000_000;
const BATCH_TRAJECTORIES: u64 = 2_000;

/// What is known of a problem, its features and one policy, whatever a run's sizes and steps are.
pub(in crate::cli) struct Known {
    regularity: Regularity,
    /// Semi-gradients at ψ = 0 of batches of trajectories, where they could not be enumerated.
    sampled: Option<Vec<Batch>>,
    /// The actor's regression likewise.
    sampled_regression: Option<Result<SampledRegression, String>>,
}

impl Known {
    /// At the policy that the run evaluates, else at its first one. No enumeration takes more than `limit`
    /// operations.
    pub(in crate::cli) fn of(resolved: &Resolved, limit: u64) -> Self {
        let zero = vec![0.0; resolved.subject.d_theta()];
        let theta = if resolved.evaluated.is_empty() { &zero[..] } else { &resolved.evaluated[..] };
        let regularity = resolved.subject.regularity(theta, limit);
        let sampled = if regularity.at_zero.is_err() { sample(resolved, theta) } else { None };
        let sampled_regression =
            regularity.regression.is_err().then(|| sample_regression(resolved, theta, limit));
        Known { regularity, sampled, sampled_regression }
    }
}

/// A run, and what is known of its problem at one policy.
pub(in crate::cli) struct Facts<'a> {
    pub(super) resolved: &'a Resolved,
    pub(super) known: &'a Regularity,
    /// Semi-gradients at ψ = 0 of batches of trajectories, where they could not be enumerated.
    pub(super) sampled: Option<&'a [Batch]>,
    /// The actor's regression likewise.
    sampled_regression: Option<&'a Result<SampledRegression, String>>,
}

impl<'a> Facts<'a> {
    pub(in crate::cli) fn of(resolved: &'a Resolved, known: &'a Known) -> Self {
        let Known { regularity, sampled, sampled_regression } = known;
        let (sampled, sampled_regression) = (sampled.as_deref(), sampled_regression.as_ref());
        Facts { resolved, known: regularity, sampled, sampled_regression }
    }

    /// The run's algorithm, where it is none of those that the theorems on improvement are of.
    pub(super) fn another_improvement(&self) -> Option<&'static str> {
        let name = self.resolved.entry.name();
        (!matches!(name, "dppg" | "dpac")).then_some(name)
    }

    /// The run's algorithm, where it is none of those that the theorems on evaluation are of.
    pub(super) fn another_evaluation(&self) -> Option<&'static str> {
        let name = self.resolved.entry.name();
        (!matches!(name, "dptd" | "dpac")).then_some(name)
    }

    /// The policy at which constants are taken.
    pub(in crate::cli) fn policy(&self) -> &'static str {
        let uniform = self.resolved.evaluated.iter().all(|x| x.abs() <= 0.0);
        match (self.evaluates(), uniform) {
            (_, true) => "the uniform policy",
            (true, false) => "the policy that is evaluated",
            (false, false) => "the first policy",
        }
    }

    pub(in crate::cli) fn evaluates(&self) -> bool {
        self.resolved.entry.role == Role::Evaluates
    }

    /// Whether all clients have the same problem.
    pub(super) fn alike(&self) -> bool {
        self.resolved.config.problem.clients.and_then(Clients::variation).is_none()
    }

    pub(super) fn learns_a_critic(&self) -> bool {
        self.resolved.entry.critic == Critic::Learned
    }

    pub(super) fn m(&self) -> f64 {
        self.resolved.shape.get(M) as f64
    }

    /// R, K and I of the actor.
    pub(super) fn actor_sizes(&self) -> [f64; 3] {
        [R, K, I].map(|letter| self.resolved.shape.get(letter) as f64)
    }

    /// R_e and K_e.
    pub(super) fn critic_sizes(&self) -> [f64; 2] {
        [R_E, K_E].map(|letter| self.resolved.shape.get(letter) as f64)
    }

    /// T: R_e K_e of what evaluates, else R K.
    pub(super) fn t(&self) -> f64 {
        let ([rounds, steps, _], [critic_rounds, critic_steps]) = (self.actor_sizes(), self.critic_sizes());
        if self.evaluates() { critic_rounds * critic_steps } else { rounds * steps }
    }

    /// T_e = R_e K_e.
    pub(super) fn t_e(&self) -> f64 {
        let [rounds, steps] = self.critic_sizes();
        rounds * steps
    }

    pub(super) fn h(&self) -> f64 {
        self.resolved.horizon() as f64
    }

    pub(super) fn gamma(&self) -> f64 {
        self.resolved.gamma
    }

    /// H d_Q: the length of ψ.
    pub(super) fn stacked(&self) -> f64 {
        self.resolved.shape.get(Q) as f64
    }

    /// W as the program has it: `√d_θ Σ_h γ^h`.
    pub(super) fn w(&self) -> f64 {
        let total = discount_table(self.gamma(), self.resolved.horizon()).iter().fold(0.0, |sum, x| sum + x);
        (self.resolved.shape.get(P) as f64).sqrt() * total
    }

    /// `μ_F` and L.
    pub(super) fn convexity(&self) -> Result<[f64; 2], String> {
        let found = self.known.actor_features.as_ref().map_err(Clone::clone)?;
        Ok([2.0 * found.least, 2.0 * found.largest])
    }

    /// ν, block by block.
    pub(super) fn nu(&self) -> Result<f64, String> {
        let features = self.known.features.as_ref().map_err(Clone::clone)?;
        Ok(features.mu_phi * (1.0 - self.gamma()))
    }

    /// α of all rounds, where it is one number.
    pub(super) fn alpha(&self) -> Option<f64> {
        match self.resolved.config.critic.alpha {
            Auto::Given(Step::Constant(alpha)) if self.learns_a_critic() => Some(alpha),
            _ => None,
        }
    }

    /// A moment of semi-gradients at ψ = 0: enumerated, else estimated.
    pub(super) fn at_zero(
        &self,
        exact: impl Fn(&SemiGradients) -> f64,
        sampled: impl Fn(&Batch) -> f64,
    ) -> Value {
        match (&self.known.at_zero, self.sampled) {
            (Ok(found), _) => Value::of(Ok(exact(found))),
            (Err(_), Some(batches)) => estimated(&batches.iter().map(sampled).collect::<Vec<_>>()),
            (Err(why), None) => Value::Missing(why.clone()),
        }
    }

    /// A number of the actor's regression: enumerated, else estimated.
    pub(super) fn regression(
        &self,
        exact: impl Fn(&Regression) -> f64,
        sampled: impl Fn(&RegressionBatch) -> f64,
    ) -> Value {
        match (&self.known.regression, self.sampled_regression) {
            (Ok(found), _) => Value::of(Ok(exact(found))),
            (Err(_), Some(Ok(found))) => estimated(&found.batches.iter().map(sampled).collect::<Vec<_>>()),
            (Err(why), Some(Err(other))) if why != other => Value::Missing(format!("{why}, and {other}")),
            (Err(why), _) => Value::Missing(why.clone()),
        }
    }

    /// `‖ω*‖`, which is computed either way.
    pub(super) fn solution_norm(&self) -> Value {
        match self.sampled_regression {
            Some(Ok(found)) => Value::of(Ok(found.solution_norm)),
            _ => self.regression(|found| found.solution_norm, |_| 0.0),
        }
    }

    /// How [`Facts::regression`] found its numbers.
    pub(super) fn how_regression(&self) -> String {
        match self.sampled_regression {
            Some(Ok(_)) => self.how_sampled(),
            _ => "enumeration of histories".to_owned(),
        }
    }

    /// How [`Facts::at_zero`] found its numbers.
    pub(super) fn how_at_zero(&self) -> String {
        if self.sampled.is_some() { self.how_sampled() } else { "enumeration of trajectories".to_owned() }
    }

    fn how_sampled(&self) -> String {
        let trajectories = trajectories(self.resolved);
        format!("Monte-Carlo over {BATCHES} batches of {trajectories} trajectories, 95 % t interval")
    }
}

/// Trajectories of a batch.
fn trajectories(resolved: &Resolved) -> u64 {
    (BATCH_STEPS / resolved.horizon() as u64).clamp(2, BATCH_TRAJECTORIES)
}

/// The streams of batches, whose keys DETERMINISM.md lists.
fn streams(resolved: &Resolved, what: u32) -> Vec<Generator> {
    let key = |batch| StreamKey {
        seed: resolved.config.seed,
        purpose: Purpose::Evaluation,
        client: what,
        round: batch,
        phase: 0,
        barrier: 0,
    };
    (0..BATCHES).map(|batch| key(batch).generator()).collect()
}

fn sample(resolved: &Resolved, theta: &[f64]) -> Option<Vec<Batch>> {
    let batch =
        |mut rng: Generator| resolved.subject.semi_gradient_batch(theta, trajectories(resolved), &mut rng);
    streams(resolved, 3).into_iter().map(batch).collect::<Result<_, _>>().ok()
}

fn sample_regression(resolved: &Resolved, theta: &[f64], limit: u64) -> Result<SampledRegression, String> {
    let mut streams = streams(resolved, 4);
    resolved.subject.regression_batches(theta, limit, trajectories(resolved), &mut streams)
}

/// The mean over batches, with its interval.
fn estimated(values: &[f64]) -> Value {
    let estimate = || -> Result<Value, StatisticsError> {
        let sample = Sample::of(values)?;
        Ok(Value::Estimated(sample.mean(), sample.t_interval(Level::default())?))
    };
    estimate().unwrap_or_else(|error| Value::Missing(error.to_string()))
}
