//! What the theorems take for granted of a problem, a policy and critic features, as far as it is known.

use crate::theory::{Coverage, Extremes, Regression, SemiGradients};

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
