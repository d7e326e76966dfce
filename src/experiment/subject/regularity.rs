//! What the theorems take for granted of a problem, a policy and critic features, as far as it is known.

use super::analysis::Analysis;
use crate::features::{AnyMap, FeatureMap};
use crate::policy::Policy;
use crate::theory::{
    Coverage, DENSE_DIMENSION_MAX, Extremes, PolicyGradients, Regression, SemiGradients, Task, coverage,
    regression, semi_gradients,
};

/// The regularity constants at one policy, each with the reason why there is none.
#[derive(Clone, Debug)]
pub struct Regularity {
    /// Of the critic's features.
    pub features: Result<CriticFeatures, String>,
    /// Of semi-gradients at ψ = 0.
    pub at_zero: Result<SemiGradients, String>,
    /// Of the ψ that represents Q.
    pub solution: Result<CriticSolution, String>,
    /// `λ_min⁺` and `λ_max` of `E Σ_h γ^h ξ_h ξ_h'`.
    pub actor_features: Result<Extremes, String>,
    /// Of the actor's regression on the exact Q.
    pub regression: Result<Regression, String>,
    /// Of an optimal policy.
    pub coverage: Result<Coverage, String>,
}

impl Regularity {
    /// Where nothing is known, for one reason.
    pub(super) fn none(why: &str) -> Self {
        let none = || why.to_owned();
        Regularity {
            features: Err(none()),
            at_zero: Err(none()),
            solution: Err(none()),
            actor_features: Err(none()),
            regression: Err(none()),
            coverage: Err(none()),
        }
    }
}

/// Second moments of the critic's features.
#[derive(Clone, Debug, PartialEq)]
pub struct CriticFeatures {
    /// Whether any steps share a block of ψ.
    pub tied: bool,
    /// Definition 3 as printed; none where steps differ in dimension.
    pub definition_3: Option<f64>,
    /// `μ_φ`, block by block: the least nonzero eigenvalue of the Gram matrix of the stacked features.
    pub mu_phi: f64,
    /// The largest one.
    pub lambda_phi: f64,
    /// The step that has the least one; none where steps share a block.
    pub weakest_step: Option<usize>,
    /// `ν_eff`, or why it is not available.
    pub nu_eff: Result<f64, String>,
}

/// The parameters of the exact Q.
#[derive(Clone, Debug, PartialEq)]
pub struct CriticSolution {
    /// `‖ψ*‖²`.
    pub norm_squared: f64,
    /// `E(ψ*)`: 0 up to rounding where Q is linear in the features.
    pub error: f64,
    /// Of semi-gradients there.
    pub semi_gradients: SemiGradients,
}

impl CriticSolution {
    /// Whether Q is linear in the features, as far as rounding lets one see.
    pub fn is_exact(&self) -> bool {
        self.error < 1e-20
    }
}

impl Analysis<'_> {
    /// All of them; `psi` are the parameters of the exact Q.
    pub(super) fn regularity(&self, theta: &[f64], psi: Result<&[f64], String>, limit: u64) -> Regularity {
        let uniform = theta.iter().all(|x| x.abs() <= 0.0);
        let &Analysis { model, ref policy, gamma, .. } = self;
        let gradients = PolicyGradients::new(policy, theta.to_vec());
        Regularity {
            features: self.critic_features(theta),
            at_zero: self.semi_gradients(theta, &vec![0.0; self.critic.stacked()], limit),
            solution: psi.and_then(|psi| self.critic_solution(theta, psi, limit)),
            actor_features: self.extremes(&AnyMap::new(&gradients), theta),
            regression: regression(Task { model, policy, theta, gamma }, limit, DENSE_DIMENSION_MAX)
                .map_err(|error| error.to_string()),
            coverage: if uniform {
                Ok(Coverage::of_uniform(policy.actions(), policy.horizon()))
            } else {
                coverage(model, policy, theta, gamma, limit).map_err(|error| error.to_string())
            },
        }
    }

    fn critic_features(&self, theta: &[f64]) -> Result<CriticFeatures, String> {
        let told = |error: crate::theory::DenseLimitExceeded| error.to_string();
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
        let error = error.ok_or("the histories are too many to enumerate")?.error;
        Ok(CriticSolution {
            norm_squared: psi.iter().fold(0.0, |sum, x| sum + x * x),
            error,
            semi_gradients: self.semi_gradients(theta, psi, limit)?,
        })
    }
}
