//! What is known exactly of a policy class and critic features on one problem. None of it is hot, so it is
//! compiled once and not for each pair of types.

use super::questions::Constants;
use crate::exact::{BellmanError, ExactCritic, bellman_error};
use crate::features::{AnyMap, FeatureMap};
use crate::policy::{AnyPolicy, Policy, Prepared};
use crate::pomdp::Model;
use crate::theory::{DENSE_DIMENSION_MAX, Extremes, Moments, PolicyGradients, StepSpectra, fixed_point};
use std::sync::Arc;

/// Operations that the theorems' constants may take.
const CONSTANTS_OPERATIONS: u64 = 1_000_000_000;

/// A policy class and critic features of any types, on one problem.
pub(super) struct Analysis<'a> {
    pub(super) model: &'a Model,
    pub(super) policy: AnyPolicy<'a, u32>,
    pub(super) critic: AnyMap<'a, u32>,
    pub(super) gamma: f64,
}

impl Analysis<'_> {
    /// The exact critic of the policy at `theta`, whose features are those of `critic`.
    pub(super) fn exact_critic(
        &self,
        critic: &impl ExactCritic,
        theta: &[f64],
        limit: u64,
    ) -> Result<Arc<[f64]>, String> {
        let critic_at = |theta: &[f64]| {
            let mut prepared = Prepared::at(&self.policy, theta);
            let found = critic.exact_critic(self.model, &self.policy, &mut prepared, self.gamma, limit);
            found.map_err(|error| error.to_string())
        };
        if critic.depends_on_parameter() && self.policy.is_uniform(theta) {
            // The first policy is uniform, which remembers nothing. What later ones need shows at any other
            // parameter.
            let other: Vec<f64> = (0..theta.len()).map(|i| ((7 * i + 3) % 11) as f64 / 11.0).collect();
            critic_at(&other)?;
        }
        critic_at(theta).map(Into::into)
    }

    /// Of softened values, on the features of `critic`.
    pub(super) fn soft_critic(
        &self,
        critic: &impl ExactCritic,
        theta: &[f64],
        temperature: f64,
        limit: u64,
    ) -> Result<Arc<[f64]>, String> {
        let mut prepared = Prepared::at(&self.policy, theta);
        let found =
            critic.soft_critic(self.model, &self.policy, &mut prepared, self.gamma, temperature, limit);
        found.map(Into::into).map_err(|error| error.to_string())
    }

    /// # Errors
    /// Where the policy's gradients are no rows.
    pub(super) fn of_rows(&self) -> Result<(), String> {
        match self.policy.network() {
            None => Ok(()),
            // Definition 8 takes a Fisher matrix that is bounded below for every θ, which no network has.
            Some(_) => Err("the policy is a network, whose gradients depend on θ without bound".to_owned()),
        }
    }

    /// The constants of the theorems for the policy at `theta`.
    pub(super) fn constants(&self, theta: &[f64]) -> Result<Constants, String> {
        self.of_rows()?;
        let critic = self.extremes(&self.critic, theta)?;
        let gradients = PolicyGradients::new(&self.policy, theta.to_vec());
        let actor = self.extremes(&AnyMap::new(&gradients), theta)?;
        Ok(Constants {
            mu_phi: critic.least,
            lambda_phi: critic.largest,
            // Of nonzero eigenvalues none is 0, so no step is ever blamed; the last one has the rarest
            // histories.
            weakest_step: self.policy.horizon() as u64 - 1,
            mu_f: 2.0 * actor.least,
            smoothness: 2.0 * actor.largest,
        })
    }

    pub(super) fn extremes(&self, map: &AnyMap<'_, u32>, theta: &[f64]) -> Result<Extremes, String> {
        let moments = self.moments(map, theta, self.gamma)?;
        moments.extremes(DENSE_DIMENSION_MAX).map_err(|error| error.to_string())
    }

    /// The second moments of the critic's features at every step, under the policy at `theta`.
    pub(super) fn step_spectra(&self, theta: &[f64]) -> Result<StepSpectra, String> {
        let dimensions: Vec<usize> = (0..self.critic.horizon()).map(|h| self.critic.dimension(h)).collect();
        let moments = self.moments(&self.critic, theta, 1.0)?;
        let spectra = moments.by_step(&dimensions, self.gamma, DENSE_DIMENSION_MAX);
        spectra.map_err(|error| error.to_string())
    }

    pub(super) fn moments(
        &self,
        map: &AnyMap<'_, u32>,
        theta: &[f64],
        gamma: f64,
    ) -> Result<Moments, String> {
        let mut prepared = Prepared::at(&self.policy, theta);
        let found = Moments::new(self.model, &self.policy, &mut prepared, map, gamma, CONSTANTS_OPERATIONS);
        found.map_err(|error| error.to_string())
    }

    /// The Bellman error of `psi` for the policy at `theta`.
    pub(super) fn bellman_error(
        &self,
        theta: &[f64],
        psi: &[f64],
        limit: u64,
    ) -> Result<BellmanError, String> {
        let mut prepared = Prepared::at(&self.policy, theta);
        bellman_error(self.model, &self.policy, &mut prepared, &self.critic, psi, self.gamma, limit)
            .map_err(|error| error.to_string())
    }

    /// The fixed point of temporal differences under the policy at `theta`.
    pub(super) fn fixed_point(&self, theta: &[f64], limit: u64) -> Result<Vec<f64>, String> {
        let mut prepared = Prepared::at(&self.policy, theta);
        fixed_point(self.model, &self.policy, &mut prepared, &self.critic, self.gamma, limit)
            .map_err(|error| error.to_string())
    }
}
