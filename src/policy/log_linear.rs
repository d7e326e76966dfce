//! Log-linear softmax policies: `f_θ(z, a; h) = ⟨θ, ξ_h(z, a)⟩`.

use super::Policy;
use crate::features::FeatureMap;
use std::any::Any;

/// The log-linear policy over a feature map; over one-hot features it is the tabular softmax.
#[derive(Clone, Debug)]
pub struct LogLinear<F> {
    features: F,
}

impl<F: FeatureMap> LogLinear<F> {
    /// The policy over these features.
    pub fn new(features: F) -> Self {
        LogLinear { features }
    }

    /// ξ.
    pub fn features(&self) -> &F {
        &self.features
    }
}

impl<F: FeatureMap> Policy for LogLinear<F> {
    type Observation = F::Observation;
    type Memory = F::Memory;
    type Gradient = F::Row;

    fn memory(&self) -> F::Memory {
        self.features.memory()
    }

    #[inline]
    fn start(&self, _theta: &[f64], memory: &mut F::Memory, first: &F::Observation) {
        self.features.start(memory, first);
    }

    #[inline]
    fn advance(
        &self,
        _theta: &[f64],
        memory: &mut F::Memory,
        h: usize,
        action: usize,
        seen: &F::Observation,
    ) {
        self.features.advance(memory, h, action, seen);
    }

    fn is_linear(&self) -> bool {
        true
    }

    fn memory_bytes(&self) -> usize {
        self.features.memory_bytes()
    }

    fn fold(&self) -> Option<&dyn Any>
    where
        Self: 'static,
    {
        Some(&self.features)
    }

    #[inline]
    fn horizon(&self) -> usize {
        self.features.horizon()
    }

    #[inline]
    fn actions(&self) -> usize {
        self.features.actions()
    }

    fn parameters(&self) -> usize {
        self.features.stacked()
    }

    fn logits(&self, theta: &[f64], memory: &F::Memory, h: usize, scratch: &mut F::Row, logits: &mut [f64]) {
        self.features.values(memory, h, theta, scratch, logits);
    }

    #[inline]
    fn gradient(&self, _theta: &[f64], memory: &F::Memory, h: usize, action: usize, gradient: &mut F::Row) {
        self.features.row(memory, h, action, gradient);
    }

    fn nonzeros(&self, h: usize) -> usize {
        self.features.nonzeros(h)
    }

    fn slots(&self, h: usize) -> Option<usize> {
        self.features.slots(h)
    }

    #[inline]
    fn slot(&self, memory: &F::Memory, h: usize) -> usize {
        self.features.slot(memory, h)
    }

    fn memory_of_slot(&self, h: usize, slot: usize) -> F::Memory {
        self.features.memory_of_slot(h, slot)
    }

    fn gradient_norm_squared_bound(&self) -> f64 {
        self.features.norm_squared_bound()
    }
}
