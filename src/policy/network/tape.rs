//! What the steps of one trajectory leave behind for the passes.

use super::input::Active;
use super::shape::Network;

/// Inputs and kept numbers of the steps of one trajectory, from step 0 on.
///
/// Making it longer allocates only where no trajectory before was as long.
#[derive(Debug, Default)]
pub struct Tape {
    /// Of all steps, one after the other.
    inputs: Vec<Active>,
    /// Where those of each step end.
    ends: Vec<usize>,
    /// [`Network::kept`] numbers of each step, and behind them room for as many steps as there ever were.
    kept: Vec<f64>,
    /// How many these are.
    wide: usize,
}

impl Clone for Tape {
    fn clone(&self) -> Self {
        let Tape { inputs, ends, kept, wide } = self;
        Tape { inputs: inputs.clone(), ends: ends.clone(), kept: kept.clone(), wide: *wide }
    }

    /// Without allocating where there is room.
    fn clone_from(&mut self, other: &Self) {
        self.inputs.clone_from(&other.inputs);
        self.ends.clone_from(&other.ends);
        self.kept.clone_from(&other.kept);
        self.wide = other.wide;
    }
}

impl Tape {
    /// Forgets all steps.
    pub fn clear(&mut self) {
        self.inputs.clear();
        self.ends.clear();
    }

    /// Forgets all steps but the other's last one.
    pub fn clone_last_from(&mut self, other: &Tape) {
        self.clear();
        if let Some(last) = other.len().checked_sub(1) {
            self.inputs.extend_from_slice(other.input(last));
            self.room(0, other.wide).copy_from_slice(other.kept(last));
            self.ends.push(self.inputs.len());
        }
    }

    /// The next step, after that which was taken last: what it leaves behind.
    pub fn step(&mut self, network: &Network, theta: &[f64], x: &[Active]) -> &[f64] {
        let (wide, end) = (network.kept(), self.len() * network.kept());
        self.inputs.extend_from_slice(x);
        self.ends.push(self.inputs.len());
        self.room(end, wide);
        let (before, kept) = self.kept.split_at_mut(end);
        let before = if end > 0 { Some(&before[end - wide..]) } else { None };
        network.step(theta, x, before, &mut kept[..wide]);
        &kept[..wide]
    }

    /// Room for what a step leaves behind, from `end` on.
    #[inline]
    fn room(&mut self, end: usize, wide: usize) -> &mut [f64] {
        self.wide = wide;
        if self.kept.len() < end + wide {
            self.kept.resize(end + wide, 0.0);
        }
        &mut self.kept[end..][..wide]
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
        &self.kept[h * self.wide..][..self.wide]
    }

    /// What the last step left behind.
    ///
    /// # Panics
    /// If there is none.
    #[inline]
    pub fn last(&self) -> &[f64] {
        self.kept(self.len() - 1)
    }
}
