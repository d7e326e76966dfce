//! The gradients of a policy's logits as a feature map.

use crate::features::{FeatureMap, HistoryFold};
use crate::policy::Policy;

/// `ξ_h(z, a) = ∇_θ f_θ(z, a; h)` at a fixed θ: the features of the actor's regression.
#[derive(Clone, Debug)]
pub struct PolicyGradients<'a, P> {
    policy: &'a P,
    theta: Vec<f64>,
}

impl<'a, P: Policy> PolicyGradients<'a, P> {
    /// The gradients at `theta`.
    pub fn new(policy: &'a P, theta: Vec<f64>) -> Self {
        PolicyGradients { policy, theta }
    }
}

impl<P: Policy> HistoryFold for PolicyGradients<'_, P> {
    type Observation = P::Observation;
    type Memory = P::Memory;

    fn memory(&self) -> P::Memory {
        self.policy.memory()
    }

    fn start(&self, memory: &mut P::Memory, first: &P::Observation) {
        self.policy.start(&self.theta, memory, first);
    }

    fn advance(&self, memory: &mut P::Memory, h: usize, action: usize, seen: &P::Observation) {
        self.policy.advance(&self.theta, memory, h, action, seen);
    }
}

impl<P: Policy> FeatureMap for PolicyGradients<'_, P> {
    type Row = P::Gradient;

    fn horizon(&self) -> usize {
        self.policy.horizon()
    }

    fn actions(&self) -> usize {
        self.policy.actions()
    }

    /// Every step may use all of θ.
    fn dimension(&self, _h: usize) -> usize {
        self.policy.parameters()
    }

    fn stacked(&self) -> usize {
        self.policy.parameters()
    }

    fn row(&self, memory: &P::Memory, h: usize, action: usize, row: &mut P::Gradient) {
        self.policy.gradient(&self.theta, memory, h, action, row);
    }

    fn norm_squared_bound(&self) -> f64 {
        self.policy.gradient_norm_squared_bound()
    }

    fn slots(&self, h: usize) -> Option<usize> {
        self.policy.slots(h)
    }

    fn slot(&self, memory: &P::Memory, h: usize) -> usize {
        self.policy.slot(memory, h)
    }

    fn memory_of_slot(&self, h: usize, slot: usize) -> P::Memory {
        self.policy.memory_of_slot(h, slot)
    }
}
