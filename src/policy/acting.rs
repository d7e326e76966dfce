//! Policies that act, whatever they remember.

use super::{Policy, Prepared};

/// Somebody who plays one episode after another of a problem that shows observations of type `O`.
pub trait Acting<O> {
    /// An episode begins with this first observation.
    fn start(&mut self, first: &O);

    /// The action at step `h` for the uniform word `x`.
    fn act(&mut self, h: usize, x: u64) -> usize;

    /// At step `h` it acted so, and sees this.
    fn advance(&mut self, h: usize, action: usize, seen: &O);
}

/// A policy at one parameter, with the memory of the episode that it plays.
pub struct Actor<'a, P: Policy> {
    policy: &'a P,
    prepared: Prepared<P>,
    memory: P::Memory,
}

impl<'a, P: Policy> Actor<'a, P> {
    /// The policy at `theta`; [`Acting::start`] comes first.
    ///
    /// # Panics
    /// If `theta` does not have one component per parameter.
    pub fn new(policy: &'a P, theta: &[f64]) -> Self {
        Actor { policy, prepared: Prepared::at(policy, theta), memory: policy.memory() }
    }
}

impl<P: Policy> Acting<P::Observation> for Actor<'_, P> {
    fn start(&mut self, first: &P::Observation) {
        self.policy.start(self.prepared.theta(), &mut self.memory, first);
    }

    fn act(&mut self, h: usize, x: u64) -> usize {
        self.prepared.act(self.policy, &self.memory, h, x)
    }

    fn advance(&mut self, h: usize, action: usize, seen: &P::Observation) {
        self.policy.advance(self.prepared.theta(), &mut self.memory, h, action, seen);
    }
}
