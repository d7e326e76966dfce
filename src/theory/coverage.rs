//! How far an optimal policy is from the policy at hand: κ_r (Definition 9) and D (Definition 4).

use crate::exact::{Successors, Work, WorkLimitExceeded, expansion_cost, first_weights};
use crate::policy::{AnyPolicy, Policy, Prepared};
use crate::pomdp::Model;
use thiserror::Error;

/// Histories of more steps are not gone through one within another.
const HORIZON_MAX: usize = 64;

/// The distance of the first optimal deterministic policy: of equally good actions it takes the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coverage {
    /// `κ_r = E^{π*} Π_t π*_t / π^θ_t`.
    pub kappa: f64,
    /// `max D_KL(π*_h(· | z) ‖ π^θ_h(· | z))` over the histories that π* comes to.
    pub divergence: f64,
}

/// Why it is not known.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CoverageError {
    /// Too many histories.
    #[error(transparent)]
    Work(#[from] WorkLimitExceeded),
    /// Too many steps.
    #[error("the histories of {horizon} steps cannot be enumerated")]
    Horizon {
        /// H.
        horizon: usize,
    },
}

impl Coverage {
    /// That of the uniform policy: every action of a deterministic π* has probability 1/A, on any problem.
    pub fn of_uniform(actions: usize, horizon: usize) -> Self {
        let actions = actions as f64;
        Coverage { kappa: libm::pow(actions, horizon as f64), divergence: libm::log(actions) }
    }
}

/// The distance at `theta`, by the recursion `K_h(z) = Σ_a π*²/π Σ_o P(o | z, a) K_{h+1}` on the tree of
/// histories, where π* is found by backward induction on the way.
///
/// # Errors
/// [`CoverageError`] after `limit` operations, whose number grows like `(A O)^H`.
pub fn coverage(
    model: &Model,
    policy: &AnyPolicy<'_, u32>,
    theta: &[f64],
    gamma: f64,
    limit: u64,
) -> Result<Coverage, CoverageError> {
    let horizon = policy.horizon();
    if horizon > HORIZON_MAX {
        return Err(CoverageError::Horizon { horizon });
    }
    let mut prepared = Prepared::at(policy, theta);
    let mut tree = Tree {
        model,
        policy,
        gamma,
        prepared: &mut prepared,
        work: Work::new("the coverage of an optimal policy", limit),
    };
    let mut weights = vec![0.0; model.states()];
    let (mut kappa, mut divergence) = (0.0, 0.0_f64);
    for first in 0..model.first_observations() {
        if first_weights(model, first, &mut weights) > 0.0 {
            let mut memory = policy.memory();
            policy.start(theta, &mut memory, &(first as u32));
            let best = tree.best(0, &weights, &memory)?;
            kappa += best.kappa;
            divergence = divergence.max(best.divergence);
        }
    }
    Ok(Coverage { kappa, divergence })
}

/// What is known of a history under π*; value and κ are times its probability given its actions.
struct Best {
    value: f64,
    kappa: f64,
    divergence: f64,
}

struct Tree<'a, 'b> {
    model: &'a Model,
    policy: &'a AnyPolicy<'b, u32>,
    gamma: f64,
    prepared: &'a mut Prepared<AnyPolicy<'b, u32>>,
    work: Work,
}

impl<'b> Tree<'_, 'b> {
    fn best(
        &mut self,
        h: usize,
        weights: &[f64],
        memory: &<AnyPolicy<'b, u32> as Policy>::Memory,
    ) -> Result<Best, WorkLimitExceeded> {
        self.work.spend(expansion_cost(self.model))?;
        let model = self.model;
        let mass = weights.iter().fold(0.0, |sum, w| sum + w);
        let probabilities = self.prepared.probabilities(self.policy, memory, h).to_vec();
        let mut successors = Successors::new(model);
        let mut best: Option<Best> = None;
        for (a, &p) in probabilities.iter().enumerate() {
            let rewards = weights.iter().enumerate();
            let mut value = rewards.fold(0.0, |sum, (s, w)| sum + w * model.normalised_reward(s, a));
            let (mut kappa, mut divergence) = (0.0, -libm::log(p));
            if h + 1 < self.policy.horizon() {
                successors.set(model, weights, a);
                for o in 0..model.observations() {
                    if successors.mass(o) > 0.0 {
                        let mut after = memory.clone();
                        self.policy.advance(self.prepared.theta(), &mut after, h, a, &(o as u32));
                        let next = self.best(h + 1, successors.weights(o), &after)?;
                        value += self.gamma * next.value;
                        kappa += next.kappa;
                        divergence = divergence.max(next.divergence);
                    }
                }
            } else {
                kappa = mass;
            }
            // Values that differ by rounding alone are equal.
            if best.as_ref().is_none_or(|best| value > best.value + 1e-12 * mass) {
                best = Some(Best { value, kappa: kappa / p, divergence });
            }
        }
        Ok(best.expect("there is an action"))
    }
}
