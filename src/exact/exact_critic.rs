//! The critic that knows: parameters ψ with `⟨φ_h(z, a), ψ_h⟩ = Q_h^π(z, a)`, or the closest that the
//! features allow.

use super::WorkLimitExceeded;
use super::finite_memory::{Entropy, backward, backward_with, is_finite, normalised};
use super::occupancy::occupancies;
use super::successors::dot;
use super::tree::HistoryTree;
use super::work::Work;
use crate::features::{BeliefMap, BeliefMemoryMap, FeatureMap, FiniteMap, ReservoirMap};
use crate::policy::{Policy, Prepared, StateFeatures};
use crate::pomdp::{Model, discount_table};
use thiserror::Error;

/// Why there is no exact critic.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExactCriticError {
    /// The features cannot represent Q exactly for any policy with memory.
    #[error("functions of the belief alone cannot represent Q exactly")]
    BeliefsAlone,
    /// The features are random, and span what they happen to.
    #[error("random functions of the history cannot represent Q exactly")]
    RandomFunctions,
    /// The features are those of a network that was not made for values.
    #[error("the state of the policy's network cannot represent Q exactly")]
    PolicyState,
    /// The features are exact only for policies whose memory they contain.
    #[error(
        "at step {step} the policy remembers what the critic's window forgets, so the critic cannot represent Q exactly"
    )]
    PolicyRemembersMore {
        /// The first step where they differ.
        step: usize,
    },
    /// The policy has no finite memory.
    #[error("belief and window represent Q exactly only for policies that read a window themselves")]
    PolicyNotFinite,
    /// The values are no linear function of the problem's own features.
    #[error(
        "at step {step} the action values are not linear in the problem's own features, as they are for policies that read \
         the last observation only"
    )]
    NotLinear {
        /// The first such step that was found.
        step: usize,
    },
    /// Softened values are computed for tables alone.
    #[error("values with entropy are computed for windows and histories, and policies that read these")]
    NoSoftValues,
    /// It would take too long.
    #[error(transparent)]
    Work(#[from] WorkLimitExceeded),
}

/// Feature maps for which the parameters of the exact action values can be computed.
///
/// The result goes into the learners, so its bits depend on the arguments only.
pub trait ExactCritic: FeatureMap<Observation = u32> {
    /// ψ of the exact `Q^π`, on normalised rewards; components that no history reaches are 0.
    ///
    /// # Errors
    /// Where the features cannot represent Q, and after `limit` operations.
    ///
    /// # Panics
    /// If policy and critic differ in the number of steps.
    fn exact_critic<P: Policy<Observation = u32>>(
        &self,
        model: &Model,
        policy: &P,
        prepared: &mut Prepared<P>,
        gamma: f64,
        limit: u64,
    ) -> Result<Vec<f64>, ExactCriticError>;

    /// ψ of the softened action values: `Q_h(z, a) = r(z, a) + γ E V_{h+1}`, `V_h(z) = Σ_a π(a | z) (Q_h(z,
    /// a) - τ ln π(a | z))`, with the temperature τ in units of normalised rewards. As FedNPG's regularised
    /// form takes them.
    ///
    /// # Errors
    /// As [`ExactCritic::exact_critic`]; these features, or this policy, have none.
    fn soft_critic<P: Policy<Observation = u32>>(
        &self,
        _model: &Model,
        _policy: &P,
        _prepared: &mut Prepared<P>,
        _gamma: f64,
        _temperature: f64,
        _limit: u64,
    ) -> Result<Vec<f64>, ExactCriticError> {
        Err(ExactCriticError::NoSoftValues)
    }

    /// Whether the features may represent Q at some parameters of a policy and not at others, as at that of
    /// the uniform policy.
    fn depends_on_parameter(&self) -> bool {
        false
    }
}

pub(super) const COMPUTATION: &str = "the exact critic";

/// Component (h, slot, a) is the mean of `Q_h^π(z, a)` over the histories z of that slot, weighted by
/// `P^π(z)`.
///
/// For whole histories, and for windows that contain the memory and determine the belief, this is `Q^π`
/// itself. Tied blocks take the mean over their steps too, with weights `γ^h P^π(z)`.
impl ExactCritic for FiniteMap {
    fn exact_critic<P: Policy<Observation = u32>>(
        &self,
        model: &Model,
        policy: &P,
        prepared: &mut Prepared<P>,
        gamma: f64,
        limit: u64,
    ) -> Result<Vec<f64>, ExactCriticError> {
        assert_eq!(self.horizon(), policy.horizon(), "policy and critic take the same number of steps");
        let mut means = Means::of(self, gamma, limit);
        if is_finite(policy) {
            means.backward(model, policy, prepared, gamma, 0.0)?;
        } else {
            let Means { discount, sums, weights, work, .. } = &mut means;
            HistoryTree::new(model, policy, prepared, self, gamma).walk(work, |visit, _| {
                let weight = discount[visit.h] * visit.probability;
                for (a, [q]) in visit.q.iter().enumerate() {
                    let at = self.component(visit.h, *visit.memory as usize, a);
                    sums[at] += weight * q;
                    weights[at] += weight;
                }
                Ok(())
            })?;
        }
        Ok(means.all())
    }

    fn soft_critic<P: Policy<Observation = u32>>(
        &self,
        model: &Model,
        policy: &P,
        prepared: &mut Prepared<P>,
        gamma: f64,
        temperature: f64,
        limit: u64,
    ) -> Result<Vec<f64>, ExactCriticError> {
        if !is_finite(policy) {
            return Err(ExactCriticError::NoSoftValues);
        }
        let mut means = Means::of(self, gamma, limit);
        means.backward(model, policy, prepared, gamma, temperature)?;
        Ok(means.all())
    }
}

/// Means of action values by component of a table.
struct Means<'a> {
    map: &'a FiniteMap,
    discount: Vec<f64>,
    sums: Vec<f64>,
    weights: Vec<f64>,
    work: Work,
}

impl<'a> Means<'a> {
    fn of(map: &'a FiniteMap, gamma: f64, limit: u64) -> Self {
        let none = vec![0.0; map.stacked()];
        let discount = discount_table(gamma, map.horizon());
        Means { map, discount, sums: none.clone(), weights: none, work: Work::new(COMPUTATION, limit) }
    }

    fn backward<P: Policy<Observation = u32>>(
        &mut self,
        model: &Model,
        policy: &P,
        prepared: &mut Prepared<P>,
        gamma: f64,
        temperature: f64,
    ) -> Result<(), WorkLimitExceeded> {
        let Means { map, discount, sums, weights, work } = self;
        let layers = occupancies(model, policy, prepared, *map, work, |_, _, _| Ok(()))?;
        let states = model.states();
        let rewards = normalised(model);
        let entropy = Entropy([temperature]);
        backward_with(model, policy, prepared, gamma, &rewards, entropy, work, |h, slot, q| {
            let q = q.as_flattened();
            for (&(_, seen), occupancy) in layers[h].range((slot, 0)..(slot + 1, 0)) {
                let mass = occupancy.iter().fold(0.0, |sum, w| sum + w);
                for a in 0..model.actions() {
                    let at = map.component(h, seen, a);
                    sums[at] += discount[h] * dot(occupancy, &q[a * states..(a + 1) * states]);
                    weights[at] += discount[h] * mass;
                }
            }
        })?;
        Ok(())
    }

    fn all(self) -> Vec<f64> {
        let Means { sums, weights, .. } = self;
        sums.iter().zip(&weights).map(|(sum, &w)| if w > 0.0 { sum / w } else { 0.0 }).collect()
    }
}

/// Component (h, slot, a, s) is `q_h(s, m, a)`, m the policy's memory in that slot; with a single belief it
/// is `Σ_s b_0(s) q_0(s, m, a)`, and after a reduction to the span the same function by the components that
/// are left.
impl ExactCritic for BeliefMemoryMap {
    fn exact_critic<P: Policy<Observation = u32>>(
        &self,
        model: &Model,
        policy: &P,
        prepared: &mut Prepared<P>,
        gamma: f64,
        limit: u64,
    ) -> Result<Vec<f64>, ExactCriticError> {
        if !is_finite(policy) {
            return Err(ExactCriticError::PolicyNotFinite);
        }
        let mut work = Work::new(COMPUTATION, limit);
        let layers = occupancies(model, policy, prepared, self.window(), &mut work, |_, _, _| Ok(()))?;
        // The policy's slot is a function of the window's slot, or q is none.
        for (step, layer) in layers.iter().enumerate() {
            let mut remembered = vec![None; self.window().slots(step).unwrap_or(0)];
            for &(slot, seen) in layer.keys() {
                if remembered[seen].replace(slot).is_some() {
                    return Err(ExactCriticError::PolicyRemembersMore { step });
                }
            }
        }
        let states = model.states();
        let mut psi = vec![0.0; self.stacked()];
        let rewards = normalised(model);
        backward(model, policy, prepared, gamma, &rewards, &mut work, |h, slot, q| {
            let q = q.as_flattened();
            for &(_, seen) in layers[h].range((slot, 0)..(slot + 1, 0)).map(|(pair, _)| pair) {
                for a in 0..model.actions() {
                    let q = &q[a * states..(a + 1) * states];
                    let at = self.component(h, seen, a);
                    self.project(h, seen, q, &mut psi[at..at + self.width(h, seen)]);
                }
            }
        })?;
        Ok(psi)
    }
}

/// Always an error: what a policy does next depends on more than the belief.
impl ExactCritic for BeliefMap {
    fn exact_critic<P: Policy<Observation = u32>>(
        &self,
        _model: &Model,
        _policy: &P,
        _prepared: &mut Prepared<P>,
        _gamma: f64,
        _limit: u64,
    ) -> Result<Vec<f64>, ExactCriticError> {
        Err(ExactCriticError::BeliefsAlone)
    }
}

/// Always an error: Q is in the span of a network's units by chance alone.
impl ExactCritic for StateFeatures {
    fn exact_critic<P: Policy<Observation = u32>>(
        &self,
        _model: &Model,
        _policy: &P,
        _prepared: &mut Prepared<P>,
        _gamma: f64,
        _limit: u64,
    ) -> Result<Vec<f64>, ExactCriticError> {
        Err(ExactCriticError::PolicyState)
    }
}

/// Always an error: Q is in the span of random functions by chance alone.
impl ExactCritic for ReservoirMap {
    fn exact_critic<P: Policy<Observation = u32>>(
        &self,
        _model: &Model,
        _policy: &P,
        _prepared: &mut Prepared<P>,
        _gamma: f64,
        _limit: u64,
    ) -> Result<Vec<f64>, ExactCriticError> {
        Err(ExactCriticError::RandomFunctions)
    }
}
