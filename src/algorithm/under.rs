//! A trajectory under a parameter that need not be that of the policy that acted.

use super::neural_scores::Retraced;
use super::policy_gradient::Probabilities;
use super::trajectories::Trajectories;
use crate::features::Rows;
use crate::policy::network::Tape;

/// One trajectory: what its probability under any θ is made of, the actions taken, and returns to go.
#[derive(Clone, Copy)]
pub(super) struct Sampled<'a> {
    pub(super) steps: Steps<'a>,
    pub(super) taken: &'a [u32],
    pub(super) to_go: &'a [f64],
}

/// What logits under another θ are computed from.
#[derive(Clone, Copy)]
pub(super) enum Steps<'a> {
    /// ξ of all actions, where logits are linear in θ.
    Rows(Rows<'a>),
    /// What a network has read.
    Tape(&'a Tape),
}

/// Probabilities, scores and what is made of them, at one θ.
pub(super) enum Under {
    /// Of logits that are linear in θ.
    Linear(Probabilities),
    /// Of a network.
    Network(Box<Retraced>),
}

impl Under {
    /// Of the policy of these.
    pub(super) fn of(trajectories: &mut dyn Trajectories) -> Self {
        match trajectories.jacobians() {
            None => Under::Linear(Probabilities::default()),
            Some(jacobians) => Under::Network(Box::new(Retraced::of(jacobians))),
        }
    }

    /// Takes a trajectory at θ: `Σ_h ln π_θ(a_h | z_h)`.
    pub(super) fn set(&mut self, sampled: &Sampled<'_>, theta: &[f64]) -> f64 {
        match (self, sampled.steps) {
            (Under::Linear(probabilities), Steps::Rows(rows)) => {
                probabilities.set(rows, sampled.taken, theta)
            }
            (Under::Network(retraced), Steps::Tape(tape)) => retraced.set(tape, sampled.taken, theta),
            _ => unreachable!("{OTHERS}"),
        }
    }

    /// `sum ← sum + scale g(τ | θ)` of the trajectory that was taken last.
    pub(super) fn add_gradient(&mut self, sampled: &Sampled<'_>, scale: f64, sum: &mut [f64]) {
        match (self, sampled.steps) {
            (Under::Linear(probabilities), Steps::Rows(rows)) => {
                probabilities.score(rows, sampled.taken).add_gradient(sampled.to_go, scale, sum);
            }
            (Under::Network(retraced), Steps::Tape(_)) => retraced.add_gradient(sampled.to_go, scale, sum),
            _ => unreachable!("{OTHERS}"),
        }
    }

    /// What [`Scored::add_hessian_product`](super::policy_gradient::Scored::add_hessian_product) adds, of the
    /// trajectory that was taken last.
    pub(super) fn add_hessian_product(
        &mut self,
        sampled: &Sampled<'_>,
        v: &[f64],
        scale: f64,
        along: &mut Vec<f64>,
        sum: &mut [f64],
    ) {
        match (self, sampled.steps) {
            (Under::Linear(probabilities), Steps::Rows(rows)) => {
                let scored = probabilities.score(rows, sampled.taken);
                scored.add_hessian_product(sampled.to_go, v, scale, along, sum);
            }
            (Under::Network(retraced), Steps::Tape(_)) => {
                retraced.add_hessian_product(sampled.taken, sampled.to_go, v, scale, sum);
            }
            _ => unreachable!("{OTHERS}"),
        }
    }
}

const OTHERS: &str = "trajectories of another policy";
