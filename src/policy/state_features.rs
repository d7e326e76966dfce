//! Features that a critic takes from the policy's own network: its state.

use super::neural::{Classes, Neural, NeuralMemory, Sight};
use super::{Policy, network::Network};
use crate::features::{FeatureMap, HistoryFold, SparseRow};
use std::any::Any;
use std::sync::Arc;

/// `φ_h(z, a) = e_h ⊗ e_a ⊗ (1, s_h(z)) / √(n + 1)`, with the state s of a policy's network: no longer than
/// 1, since states lie within ±1.
///
/// They move with θ, so that no theorem covers them; within a round they are what they are. While
/// trajectories are sampled the critic reads the states that the policy has kept. Whoever folds histories
/// with them by itself takes them [at a parameter](FeatureMap::at).
#[derive(Clone, Debug)]
pub struct StateFeatures<S = Classes> {
    policy: Arc<Neural<S>>,
    /// θ; empty where nobody folds.
    theta: Arc<[f64]>,
}

impl<S: Sight> StateFeatures<S> {
    /// The state of this policy's network.
    pub fn of(policy: Arc<Neural<S>>) -> Self {
        StateFeatures { policy, theta: Arc::new([]) }
    }

    fn network(&self) -> &Network {
        self.policy.network().expect("the policy is a network")
    }

    /// Numbers of one action's row.
    fn width(&self) -> usize {
        self.network().units() + 1
    }
}

impl<S: Sight> HistoryFold for StateFeatures<S> {
    type Observation = S::Observation;
    type Memory = NeuralMemory;

    fn memory(&self) -> NeuralMemory {
        self.policy.memory()
    }

    fn start(&self, memory: &mut NeuralMemory, first: &S::Observation) {
        self.policy.start(&self.theta, memory, first);
    }

    fn advance(&self, memory: &mut NeuralMemory, h: usize, action: usize, seen: &S::Observation) {
        self.policy.advance(&self.theta, memory, h, action, seen);
    }

    fn memory_bytes(&self) -> usize {
        self.policy.memory_bytes()
    }

    /// Whether it is this policy itself.
    fn remembers_like(&self, other: &dyn Any) -> bool
    where
        Self: 'static,
    {
        other.downcast_ref::<Neural<S>>().is_some_and(|other| std::ptr::eq(other, &raw const *self.policy))
    }
}

impl<S: Sight> FeatureMap for StateFeatures<S> {
    type Row = SparseRow;

    fn horizon(&self) -> usize {
        Policy::horizon(&*self.policy)
    }

    fn actions(&self) -> usize {
        Policy::actions(&*self.policy)
    }

    fn dimension(&self, _h: usize) -> usize {
        self.actions() * self.width()
    }

    fn row(&self, memory: &NeuralMemory, h: usize, action: usize, row: &mut SparseRow) {
        let begin = (h * self.actions() + action) * self.width();
        let scale = 1.0 / (self.width() as f64).sqrt();
        row.clear();
        row.push(begin, scale);
        for (j, s) in self.network().state(memory.kept()).iter().enumerate() {
            row.push(begin + 1 + j, scale * s);
        }
    }

    fn stride(&self, _memory: &NeuralMemory, _h: usize) -> Option<usize> {
        Some(self.width())
    }

    fn norm_squared_bound(&self) -> f64 {
        1.0
    }

    fn at(&self, theta: &[f64]) -> Option<Self> {
        Some(StateFeatures { policy: Arc::clone(&self.policy), theta: theta.into() })
    }
}
