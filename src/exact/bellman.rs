//! How far a critic is from the exact action values.

use super::WorkLimitExceeded;
use super::tree::HistoryTree;
use super::work::Work;
use crate::features::{FeatureMap, Row};
use crate::policy::{Policy, Prepared};
use crate::pomdp::{Model, discount_table};

/// The distance of `⟨φ, ψ⟩` from `Q^π`, both of normalised rewards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BellmanError {
    /// `E(ψ) = 1/2 E^π Σ_h γ^h (Q_h^π - ⟨φ_h, ψ_h⟩)²`.
    pub error: f64,
    /// The largest `|Q_h^π(z, a) - ⟨φ_h(z, a), ψ_h⟩|` among the (z, a) of positive probability under π.
    pub largest: f64,
}

/// The Bellman error of the critic `psi` for the policy, over all histories that the model can show.
///
/// # Errors
/// [`WorkLimitExceeded`] after `limit` operations; their number grows like `(A O)^H`.
///
/// # Panics
/// If policy and critic differ in the number of steps, or `psi` does not have one component per feature.
pub fn bellman_error<P, F>(
    model: &Model,
    policy: &P,
    prepared: &mut Prepared<P>,
    critic: &F,
    psi: &[f64],
    gamma: f64,
    limit: u64,
) -> Result<BellmanError, WorkLimitExceeded>
where
    P: Policy<Observation = u32>,
    F: FeatureMap<Observation = u32>,
{
    assert_eq!(critic.horizon(), policy.horizon(), "policy and critic take the same number of steps");
    assert_eq!(psi.len(), critic.stacked(), "psi has one component per feature");
    let discount = discount_table(gamma, policy.horizon());
    let mut work = Work::new("the Bellman error", limit);
    let mut row = F::Row::default();
    let mut result = BellmanError { error: 0.0, largest: 0.0 };
    HistoryTree::new(model, policy, prepared, critic, gamma).walk(&mut work, |visit, _| {
        for (a, p) in visit.policy.iter().enumerate() {
            let probability = visit.probability * p;
            if probability > 0.0 {
                critic.row(visit.memory, visit.h, a, &mut row);
                let gap = visit.q[a][0] - row.dot(psi);
                result.error += 0.5 * discount[visit.h] * probability * gap * gap;
                result.largest = result.largest.max(gap.abs());
            }
        }
        Ok(())
    })?;
    Ok(result)
}
