//! What the steps of one trajectory leave behind for the passes.

use super::input::Active;
use super::shape::Network;

/// Inputs and kept numbers of the steps of one trajectory, from step 0 on.
///
/// Making it longer allocates only where no trajectory before was as long.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    /// Of all steps, one after the other.
    inputs: Vec<Active>,
    /// Where those of each step end.
    ends: Vec<usize>,
    /// [`Network::kept`] numbers of each step.
    kept: Vec<f64>,
}

impl Tape {
    /// Forgets all steps.
    pub fn clear(&mut self) {
        self.inputs.clear();
        self.ends.clear();
        self.kept.clear();
    }

    /// The next step: its input, and what it left behind.
    #[inline]
    pub fn push(&mut self, x: &[Active], kept: &[f64]) {
        self.inputs.extend_from_slice(x);
        self.ends.push(self.inputs.len());
        self.kept.extend_from_slice(kept);
    }

    /// A step that begins where the last one ended: it goes on from the state of that, and is kept.
    pub fn step(&mut self, network: &Network, theta: &[f64], x: &[Active]) -> &[f64] {
        let (first, wide, from) = (self.is_empty(), network.kept(), self.kept.len());
        if first {
            self.kept.resize(wide, 0.0);
        } else {
            self.kept.extend_from_within(from - wide..);
        }
        self.inputs.extend_from_slice(x);
        self.ends.push(self.inputs.len());
        let kept = &mut self.kept[from..];
        network.step(theta, x, first, kept);
        kept
    }

    /// How many steps it has.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// `x_h`.
    #[inline]
    pub fn input(&self, h: usize) -> &[Active] {
        let from = if h == 0 { 0 } else { self.ends[h - 1] };
        &self.inputs[from..self.ends[h]]
    }

    /// What step h left behind.
    #[inline]
    pub fn kept(&self, h: usize) -> &[f64] {
        let wide = self.kept.len() / self.ends.len();
        &self.kept[h * wide..][..wide]
    }
}
