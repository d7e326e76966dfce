//! Neural policies: softmax of the logits of a network that reads the history.

use super::Policy;
use super::network::{Active, Inputs, Network};
use crate::features::SparseRow;

/// `f_θ(z, a; h)` of a network, whose state is the memory of the history z.
///
/// Its gradients are no rows: whoever learns goes by the [passes](super::network) along a trajectory.
#[derive(Clone, Debug)]
pub struct Neural {
    network: Network,
    inputs: Inputs,
    /// Class of each observation, and of each first one.
    classes: Vec<u32>,
    first_classes: Vec<u32>,
}

/// A step of the network, as it is kept, and the input that it was taken with.
#[derive(Debug, Default)]
pub struct NeuralMemory {
    x: Vec<Active>,
    kept: Vec<f64>,
}

impl Clone for NeuralMemory {
    fn clone(&self) -> Self {
        NeuralMemory { x: self.x.clone(), kept: self.kept.clone() }
    }

    /// Without allocating where there is room.
    fn clone_from(&mut self, other: &Self) {
        self.x.clone_from(&other.x);
        self.kept.clone_from(&other.kept);
    }
}

impl Neural {
    /// This network on these inputs, which read observations by their classes.
    ///
    /// # Panics
    /// If network and inputs do not fit.
    pub fn new(network: Network, inputs: Inputs, classes: Vec<u32>, first_classes: Vec<u32>) -> Self {
        assert_eq!(network.inputs(), inputs.len(), "a network of these inputs");
        assert_eq!(network.actions(), inputs.actions(), "a logit for each action");
        let all = classes.iter().chain(&first_classes);
        assert!(all.clone().all(|&class| (class as usize) < inputs.observations()), "classes have numbers");
        Neural { network, inputs, classes, first_classes }
    }

    /// What it reads of a history.
    pub fn inputs(&self) -> &Inputs {
        &self.inputs
    }
}

impl Policy for Neural {
    type Observation = u32;
    type Memory = NeuralMemory;
    type Gradient = SparseRow;

    fn memory(&self) -> NeuralMemory {
        NeuralMemory { x: Vec::with_capacity(self.inputs.most() + 2), kept: vec![0.0; self.network.kept()] }
    }

    fn start(&self, theta: &[f64], memory: &mut NeuralMemory, first: &u32) {
        self.inputs.start(self.first_classes[*first as usize], &mut memory.x);
        self.network.step(theta, &memory.x, true, &mut memory.kept);
    }

    fn advance(&self, theta: &[f64], memory: &mut NeuralMemory, h: usize, action: usize, seen: &u32) {
        self.inputs.advance(h, action, self.classes[*seen as usize], &mut memory.x);
        self.network.step(theta, &memory.x, false, &mut memory.kept);
    }

    /// Whether V and v are 0.
    fn is_uniform(&self, theta: &[f64]) -> bool {
        let blocks = self.network.blocks(theta);
        blocks.v.iter().chain(blocks.v_bias).all(|x| x.abs() <= 0.0)
    }

    fn network(&self) -> Option<&Network> {
        Some(&self.network)
    }

    fn step_of<'m>(&self, memory: &'m NeuralMemory) -> (&'m [Active], &'m [f64]) {
        (&memory.x, &memory.kept)
    }

    fn memory_bytes(&self) -> usize {
        let x = (self.inputs.most() + 2) * size_of::<Active>();
        size_of::<NeuralMemory>() + x + self.network.kept() * size_of::<f64>()
    }

    fn horizon(&self) -> usize {
        self.inputs.horizon()
    }

    fn actions(&self) -> usize {
        self.network.actions()
    }

    fn parameters(&self) -> usize {
        self.network.parameters()
    }

    fn logits(
        &self,
        theta: &[f64],
        memory: &NeuralMemory,
        _h: usize,
        _scratch: &mut SparseRow,
        logits: &mut [f64],
    ) {
        self.network.logits(theta, &memory.kept, logits);
    }

    fn gradient(&self, _: &[f64], _: &NeuralMemory, _h: usize, _action: usize, _: &mut SparseRow) {
        unreachable!("gradients of a network come of passes along a trajectory")
    }

    fn nonzeros(&self, _h: usize) -> usize {
        0
    }

    fn slots(&self, _h: usize) -> Option<usize> {
        None
    }

    fn slot(&self, _memory: &NeuralMemory, _h: usize) -> usize {
        unreachable!("no finite memory")
    }

    fn memory_of_slot(&self, _h: usize, _slot: usize) -> NeuralMemory {
        unreachable!("no finite memory")
    }

    fn gradient_norm_squared_bound(&self) -> f64 {
        f64::INFINITY
    }
}
