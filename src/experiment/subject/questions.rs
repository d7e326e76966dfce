//! What experiments ask of a subject, whatever its problem and features are.

use super::regularity::Regularity;
use crate::algorithm::{Target, Workers};
use crate::exact::{BellmanError, Budget, Estimate};
use crate::policy::Acting;
use crate::policy::network::{Inputs, Network};
use crate::pomdp::{Generator, Reading};
use crate::theory::{Batch, SampledRegression, StepSpectra};
use std::sync::Arc;

/// What experiments ask of a problem, a policy class and critic features together.
pub trait Subject: Send + Sync {
    /// `d_θ`.
    fn d_theta(&self) -> usize;

    /// The largest per-step critic dimension.
    fn d_q(&self) -> usize;

    /// q: the stacked critic's length.
    fn stacked_critic(&self) -> usize;

    /// A bound on `‖φ‖²`.
    fn critic_norm_squared(&self) -> f64;

    /// A bound on `‖ξ‖²`.
    fn actor_norm_squared(&self) -> f64;

    /// The network whose logits are the policy's, and what it reads; `None` where these are linear in θ.
    fn network(&self) -> Option<(&Network, &Inputs)> {
        None
    }

    /// The network that is the critic; `None` where it is linear in ψ.
    fn critic_network(&self) -> Option<&Network> {
        None
    }

    /// Bytes of what a learner keeps of its trajectories.
    fn scratch_bytes(&self, target: Target) -> u64;

    /// Whether the policy's memory is finite, so that learners prepare tables of its probabilities.
    fn has_policy_tables(&self) -> bool;

    /// What algorithms are run on.
    fn workers(&self) -> Arc<dyn Workers>;

    /// The exact critic of the policy at `theta`, in the stacked form that learners read; where clients
    /// differ, the mean of theirs.
    ///
    /// # Errors
    /// Why there is none: the features cannot represent Q, or it takes more than `limit` operations, of all
    /// clients together.
    fn exact_critic(&self, theta: &[f64], limit: u64) -> Result<Arc<[f64]>, String>;

    /// The exact critic of the policy at `theta` in the client's problem; of softened values at a temperature
    /// above 0, see [`crate::exact::ExactCritic::soft_critic`].
    ///
    /// # Errors
    /// As [`Subject::exact_critic`].
    fn exact_critic_of(
        &self,
        client: u32,
        theta: &[f64],
        temperature: f64,
        limit: u64,
    ) -> Result<Arc<[f64]>, String>;

    /// The value of the policy at `theta`; the mean over clients where these differ.
    fn value(&self, theta: &[f64], budget: Budget, rng: &mut Generator) -> Estimate;

    /// Somebody who plays the policy at `theta`.
    fn player(&self, theta: &[f64]) -> Player<'_>;

    /// The constants of the theorems for the policy at `theta`.
    ///
    /// # Errors
    /// Why they are not available: the histories are too many, the features too dense, or clients differ.
    fn constants(&self, theta: &[f64]) -> Result<Constants, String>;

    /// The second moments of the critic's features at every step, under the policy at `theta`.
    ///
    /// # Errors
    /// Why they are not available, as for [`Subject::constants`].
    fn step_spectra(&self, theta: &[f64]) -> Result<StepSpectra, String>;

    /// The regularity constants of the theorems for the policy at `theta`; none of its enumerations takes
    /// more than `limit` operations.
    fn regularity(&self, theta: &[f64], limit: u64) -> Regularity;

    /// Semi-gradients at ψ = 0 of so many trajectories under the policy at `theta`.
    ///
    /// # Errors
    /// Where clients differ.
    ///
    /// # Panics
    /// If there are fewer than two trajectories.
    fn semi_gradient_batch(
        &self,
        theta: &[f64],
        trajectories: u64,
        rng: &mut Generator,
    ) -> Result<Batch, String>;

    /// The actor's regression from as many batches as there are streams, each of so many trajectories; no
    /// dynamic programming takes more than `limit` operations.
    ///
    /// # Errors
    /// Why there is none: no tables, clients that differ, a policy without a finite memory, or the limit.
    ///
    /// # Panics
    /// If there are fewer than two trajectories.
    fn regression_batches(
        &self,
        theta: &[f64],
        limit: u64,
        trajectories: u64,
        streams: &mut [Generator],
    ) -> Result<SampledRegression, String>;

    /// The Bellman error of `psi` for the policy at `theta`, on normalised rewards.
    ///
    /// # Errors
    /// Why there is none: it takes more than `limit` operations, histories cannot be enumerated, or clients
    /// differ.
    fn bellman_error(&self, theta: &[f64], psi: &[f64], limit: u64) -> Result<BellmanError, String>;

    /// The fixed point of temporal differences under the policy at `theta`, on normalised rewards.
    ///
    /// # Errors
    /// Why there is none, as for [`Subject::bellman_error`], or because the mean update is 0 nowhere.
    fn fixed_point(&self, theta: &[f64], limit: u64) -> Result<Vec<f64>, String>;
}

/// What the theorems' step sizes depend on; see [`crate::theory::Moments`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constants {
    /// `μ_φ`: the least over steps of `γ^h λ_min⁺(E φ_h φ_h')`.
    pub mu_phi: f64,
    /// `λ_max` of the same matrix, `E Σ_h γ^h φ_h φ_h'` with a block per step.
    pub lambda_phi: f64,
    /// The step at which it is least.
    pub weakest_step: u64,
    /// `μ_F = 2 λ_min⁺(E Σ_h γ^h ξ_h ξ_h')`.
    pub mu_f: f64,
    /// `L = 2 λ_max` of the same.
    pub smoothness: f64,
}

/// Somebody who plays, by what there is to see.
pub enum Player<'a> {
    /// Numbered observations.
    Tabular(Box<dyn Acting<u32> + 'a>),
    /// Real-valued ones.
    Gaussian(Box<dyn Acting<Reading> + 'a>),
}

/// Why nothing that belongs to one problem is known where each client has its own.
pub(super) const CLIENTS_DIFFER: &str = "every client has a problem of its own";
