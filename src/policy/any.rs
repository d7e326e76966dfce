//! Policies of any type, for what is computed too seldom to be compiled for each type.

use super::Policy;
use super::network::{Network, Tape};
use crate::features::{AnyMemory, Row, SparseRow};

/// A policy of any type, with the numbers of the policy itself; see [`AnyMap`](crate::features::AnyMap).
pub struct AnyPolicy<'a, O>(&'a dyn Class<O>);

impl<'a, O> AnyPolicy<'a, O> {
    /// This policy.
    pub fn new<P>(policy: &'a P) -> Self
    where
        P: Policy<Observation = O>,
        P::Memory: 'static,
    {
        AnyPolicy(policy)
    }
}

/// [`Policy`] without its types.
trait Class<O>: Send + Sync {
    fn memory(&self) -> AnyMemory;

    fn start(&self, theta: &[f64], memory: &mut AnyMemory, first: &O);

    fn advance(&self, theta: &[f64], memory: &mut AnyMemory, h: usize, action: usize, seen: &O);

    fn is_uniform(&self, theta: &[f64]) -> bool;

    fn network(&self) -> Option<&Network>;

    fn tape<'m>(&self, memory: &'m mut AnyMemory) -> &'m mut Tape;

    fn horizon(&self) -> usize;

    fn actions(&self) -> usize;

    fn parameters(&self) -> usize;

    fn logits(
        &self,
        theta: &[f64],
        memory: &AnyMemory,
        h: usize,
        scratch: &mut SparseRow,
        logits: &mut [f64],
    );

    fn gradient(&self, theta: &[f64], memory: &AnyMemory, h: usize, action: usize, gradient: &mut SparseRow);

    fn nonzeros(&self, h: usize) -> usize;

    fn slots(&self, h: usize) -> Option<usize>;

    fn slot(&self, memory: &AnyMemory, h: usize) -> usize;

    fn memory_of_slot(&self, h: usize, slot: usize) -> AnyMemory;

    fn gradient_norm_squared_bound(&self) -> f64;
}

impl<P> Class<P::Observation> for P
where
    P: Policy,
    P::Memory: 'static,
{
    fn memory(&self) -> AnyMemory {
        AnyMemory::new(Policy::memory(self))
    }

    fn start(&self, theta: &[f64], memory: &mut AnyMemory, first: &P::Observation) {
        Policy::start(self, theta, memory.of_mut(), first);
    }

    fn advance(&self, theta: &[f64], memory: &mut AnyMemory, h: usize, action: usize, seen: &P::Observation) {
        Policy::advance(self, theta, memory.of_mut(), h, action, seen);
    }

    fn is_uniform(&self, theta: &[f64]) -> bool {
        Policy::is_uniform(self, theta)
    }

    fn network(&self) -> Option<&Network> {
        Policy::network(self)
    }

    fn tape<'m>(&self, memory: &'m mut AnyMemory) -> &'m mut Tape {
        Policy::tape(self, memory.of_mut())
    }

    fn horizon(&self) -> usize {
        Policy::horizon(self)
    }

    fn actions(&self) -> usize {
        Policy::actions(self)
    }

    fn parameters(&self) -> usize {
        Policy::parameters(self)
    }

    fn logits(
        &self,
        theta: &[f64],
        memory: &AnyMemory,
        h: usize,
        scratch: &mut SparseRow,
        logits: &mut [f64],
    ) {
        P::Gradient::as_list(scratch, |row| Policy::logits(self, theta, memory.of(), h, row, logits));
    }

    fn gradient(&self, theta: &[f64], memory: &AnyMemory, h: usize, action: usize, gradient: &mut SparseRow) {
        P::Gradient::as_list(gradient, |row| Policy::gradient(self, theta, memory.of(), h, action, row));
    }

    fn nonzeros(&self, h: usize) -> usize {
        Policy::nonzeros(self, h)
    }

    fn slots(&self, h: usize) -> Option<usize> {
        Policy::slots(self, h)
    }

    fn slot(&self, memory: &AnyMemory, h: usize) -> usize {
        Policy::slot(self, memory.of(), h)
    }

    fn memory_of_slot(&self, h: usize, slot: usize) -> AnyMemory {
        AnyMemory::new(Policy::memory_of_slot(self, h, slot))
    }

    fn gradient_norm_squared_bound(&self) -> f64 {
        Policy::gradient_norm_squared_bound(self)
    }
}

impl<O: Send> Policy for AnyPolicy<'_, O> {
    type Observation = O;
    type Memory = AnyMemory;
    type Gradient = SparseRow;

    fn memory(&self) -> AnyMemory {
        self.0.memory()
    }

    fn start(&self, theta: &[f64], memory: &mut AnyMemory, first: &O) {
        self.0.start(theta, memory, first);
    }

    fn advance(&self, theta: &[f64], memory: &mut AnyMemory, h: usize, action: usize, seen: &O) {
        self.0.advance(theta, memory, h, action, seen);
    }

    fn is_uniform(&self, theta: &[f64]) -> bool {
        self.0.is_uniform(theta)
    }

    fn network(&self) -> Option<&Network> {
        self.0.network()
    }

    fn tape<'m>(&self, memory: &'m mut AnyMemory) -> &'m mut Tape {
        self.0.tape(memory)
    }

    fn horizon(&self) -> usize {
        self.0.horizon()
    }

    fn actions(&self) -> usize {
        self.0.actions()
    }

    fn parameters(&self) -> usize {
        self.0.parameters()
    }

    fn logits(
        &self,
        theta: &[f64],
        memory: &AnyMemory,
        h: usize,
        scratch: &mut SparseRow,
        logits: &mut [f64],
    ) {
        self.0.logits(theta, memory, h, scratch, logits);
    }

    fn gradient(&self, theta: &[f64], memory: &AnyMemory, h: usize, action: usize, gradient: &mut SparseRow) {
        self.0.gradient(theta, memory, h, action, gradient);
    }

    fn nonzeros(&self, h: usize) -> usize {
        self.0.nonzeros(h)
    }

    fn slots(&self, h: usize) -> Option<usize> {
        self.0.slots(h)
    }

    fn slot(&self, memory: &AnyMemory, h: usize) -> usize {
        self.0.slot(memory, h)
    }

    fn memory_of_slot(&self, h: usize, slot: usize) -> AnyMemory {
        self.0.memory_of_slot(h, slot)
    }

    fn gradient_norm_squared_bound(&self) -> f64 {
        self.0.gradient_norm_squared_bound()
    }
}
