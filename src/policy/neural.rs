//! Neural policies: softmax of the logits of a network that reads the history.

use super::Policy;
use super::network::{Active, Inputs, Network, Tape};
use crate::features::SparseRow;
use crate::pomdp::Reading;
use std::any::Any;

/// `f_θ(z, a; h)` of a network, whose state is the memory of the history z.
///
/// Its gradients are no rows: whoever learns goes by the [passes](super::network) along a trajectory.
#[derive(Clone, Debug)]
pub struct Neural<S = Classes> {
    network: Network,
    inputs: Inputs,
    sight: S,
}

/// What a network is shown of an observation: a component of its block.
pub trait Sight: Send + Sync + 'static {
    /// What is seen of the problem.
    type Observation: Send;

    /// Of the first observation.
    fn first(&self, seen: &Self::Observation) -> Active;

    /// Of a later one.
    fn later(&self, seen: &Self::Observation) -> Active;
}

/// Numbered observations, by their classes.
#[derive(Clone, Debug)]
pub struct Classes {
    later: Vec<u32>,
    first: Vec<u32>,
}

impl Sight for Classes {
    type Observation = u32;

    fn first(&self, seen: &u32) -> Active {
        self.first[*seen as usize].into()
    }

    fn later(&self, seen: &u32) -> Active {
        self.later[*seen as usize].into()
    }
}

/// Readings, in units of a scale; 0 where nothing is seen.
#[derive(Clone, Copy, Debug)]
pub struct Scaled(f64);

impl Sight for Scaled {
    type Observation = Reading;

    fn first(&self, seen: &Reading) -> Active {
        self.later(seen)
    }

    fn later(&self, seen: &Reading) -> Active {
        Active { at: 0, value: seen.map_or(0.0, |reading| reading / self.0) }
    }
}

/// The steps of the network since the episode began, and the input of the last one.
///
/// A clone has the last step alone: that is all of the history that the next one reads.
#[derive(Debug, Default)]
pub struct NeuralMemory {
    x: Vec<Active>,
    tape: Tape,
}

impl NeuralMemory {
    /// What the last step left behind.
    pub(super) fn kept(&self) -> &[f64] {
        self.tape.last()
    }
}

impl Clone for NeuralMemory {
    fn clone(&self) -> Self {
        let mut memory = NeuralMemory::default();
        memory.clone_from(self);
        memory
    }

    /// Without allocating where there is room.
    fn clone_from(&mut self, other: &Self) {
        self.x.clone_from(&other.x);
        self.tape.clone_last_from(&other.tape);
    }
}

impl Neural<Scaled> {
    /// This network on these inputs, which read real numbers in units of this scale.
    ///
    /// # Panics
    /// If network and inputs do not fit, or the scale is not above 0.
    pub fn of_readings(network: Network, inputs: Inputs, scale: f64) -> Self {
        assert!(scale > 0.0, "a scale of {scale}");
        assert_eq!(inputs.observations(), 1, "a reading is one number");
        Neural::of(network, inputs, Scaled(scale))
    }
}

impl Neural {
    /// This network on these inputs, which read observations by their classes.
    ///
    /// # Panics
    /// If network and inputs do not fit.
    pub fn new(network: Network, inputs: Inputs, classes: Vec<u32>, first_classes: Vec<u32>) -> Self {
        let mut all = classes.iter().chain(&first_classes);
        assert!(all.all(|&class| (class as usize) < inputs.observations()), "classes have numbers");
        Neural::of(network, inputs, Classes { later: classes, first: first_classes })
    }
}

impl<S> Neural<S> {
    fn of(network: Network, inputs: Inputs, sight: S) -> Self {
        assert_eq!(network.inputs(), inputs.len(), "a network of these inputs");
        assert_eq!(network.actions(), inputs.actions(), "a logit for each action");
        Neural { network, inputs, sight }
    }

    /// What it reads of a history.
    pub fn inputs(&self) -> &Inputs {
        &self.inputs
    }
}

impl<S: Sight> Policy for Neural<S> {
    type Observation = S::Observation;
    type Memory = NeuralMemory;
    type Gradient = SparseRow;
    const IS_NETWORK: bool = true;

    fn memory(&self) -> NeuralMemory {
        NeuralMemory::default()
    }

    fn start(&self, theta: &[f64], memory: &mut NeuralMemory, first: &S::Observation) {
        self.inputs.start(self.sight.first(first), &mut memory.x);
        memory.tape.clear();
        memory.tape.step(&self.network, theta, &memory.x);
    }

    fn advance(
        &self,
        theta: &[f64],
        memory: &mut NeuralMemory,
        h: usize,
        action: usize,
        seen: &S::Observation,
    ) {
        self.inputs.advance(h, action, self.sight.later(seen), &mut memory.x);
        memory.tape.step(&self.network, theta, &memory.x);
    }

    /// Itself: see [`StateFeatures`](super::StateFeatures).
    fn fold(&self) -> Option<&dyn Any>
    where
        Self: 'static,
    {
        Some(self)
    }

    /// Whether V and v are 0.
    fn is_uniform(&self, theta: &[f64]) -> bool {
        let blocks = self.network.blocks(theta);
        blocks.v.iter().chain(blocks.v_bias).all(|x| x.abs() <= 0.0)
    }

    fn network(&self) -> Option<&Network> {
        Some(&self.network)
    }

    fn tape<'m>(&self, memory: &'m mut NeuralMemory) -> &'m mut Tape {
        &mut memory.tape
    }

    fn memory_bytes(&self) -> usize {
        // Twice x: once for the next step, and once on the tape.
        let x = 2 * self.inputs.most() * size_of::<Active>() + size_of::<usize>();
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
        self.network.logits(theta, memory.kept(), logits);
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
