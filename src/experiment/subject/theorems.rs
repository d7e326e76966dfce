//! The regularity constants, as far as they can be computed.

use super::analysis::Analysis;
use super::regularity::{CriticFeatures, CriticSolution, Regularity};
use crate::features::{AnyMap, FeatureMap};
use crate::policy::Policy;
use crate::theory::{
    Coverage, DENSE_DIMENSION_MAX, DenseLimitExceeded, PolicyGradients, SemiGradients, Task, coverage,
    regression, semi_gradients,
};

impl Analysis<'_> {
    /// All of them; `psi` are the parameters of the exact Q.
    pub(super) fn regularity(&self, theta: &[f64], psi: Result<&[f64], String>, limit: u64) -> Regularity {
        let &Analysis { model, ref policy, gamma, .. } = self;
        let uniform = policy.is_uniform(theta);
        let gradients = PolicyGradients::new(policy, theta.to_vec());
        Regularity {
            features: self.critic_features(theta),
            at_zero: self.semi_gradients(theta, &vec![0.0; self.critic.stacked()], limit),
            solution: psi.and_then(|psi| self.critic_solution(theta, psi, limit)),
            actor_features: self.of_rows().and_then(|()| self.extremes(&AnyMap::new(&gradients), theta)),
            regression: self.of_rows().and_then(|()| {
                regression(Task { model, policy, theta, gamma }, limit, DENSE_DIMENSION_MAX)
                    .map_err(|error| error.to_string())
            }),
            coverage: if uniform {
                Ok(Coverage::of_uniform(policy.actions(), policy.horizon()))
            } else {
                coverage(model, policy, theta, gamma, limit).map_err(|error| error.to_string())
            },
        }
    }

    fn critic_features(&self, theta: &[f64]) -> Result<CriticFeatures, String> {
        let told = |error: DenseLimitExceeded| error.to_string();
        let dimensions: usize = (0..self.critic.horizon()).map(|h| self.critic.dimension(h)).sum();
        let tied = self.critic.stacked() < dimensions;
        let moments = self.moments(&self.critic, theta, self.gamma)?;
        let extremes = moments.extremes(DENSE_DIMENSION_MAX).map_err(told)?;
        let nu_eff = moments.nu_eff(DENSE_DIMENSION_MAX).map_err(told);
        let (definition_3, weakest_step) = if tied {
            // The printed sum is one of matrices of one size.
            let one = (0..self.critic.horizon()).all(|h| self.critic.dimension(h) == self.critic.stacked());
            let least = || moments.definition_3(self.critic.stacked(), DENSE_DIMENSION_MAX).map_err(told);
            (one.then(least).transpose()?, None)
        } else {
            let spectra = self.step_spectra(theta)?;
            (spectra.definition_3, spectra.weakest(self.gamma))
        };
        let (mu_phi, lambda_phi) = (extremes.least, extremes.largest);
        Ok(CriticFeatures { tied, definition_3, mu_phi, lambda_phi, weakest_step, nu_eff })
    }

    fn semi_gradients(&self, theta: &[f64], psi: &[f64], limit: u64) -> Result<SemiGradients, String> {
        let found = semi_gradients(self.model, &self.policy, theta, &self.critic, psi, self.gamma, limit);
        found.map_err(|error| error.to_string())
    }

    fn critic_solution(&self, theta: &[f64], psi: &[f64], limit: u64) -> Result<CriticSolution, String> {
        let error = self.bellman_error(theta, psi, limit);
        let error = error.map_err(|_| "the histories are too many to enumerate")?.error;
        Ok(CriticSolution {
            norm_squared: psi.iter().fold(0.0, |sum, x| sum + x * x),
            error,
            semi_gradients: self.semi_gradients(theta, psi, limit)?,
        })
    }
}
