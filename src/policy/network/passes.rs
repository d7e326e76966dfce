//! A step of a network, and the two passes over the steps of a trajectory.

use super::input::Active;
use super::parameter::Parameter;
use super::scratch::Scratch;
use super::shape::{Cell, Network};
use super::tape::Tape;
use super::{gru, indrnn, layers, logits};

/// The expression of n units. Where a GRU has as many as most have, n is a constant: no bit changes, and its
/// cotangent pass takes two thirds of the time. Of the other cells no pass gains anything.
macro_rules! with_units {
    ($network:expr, $n:ident => $result:expr) => {
        match ($network.cell, $network.units()) {
            (Cell::Gru, 8) => {
                let $n = 8;
                $result
            }
            (Cell::Gru, 16) => {
                let $n = 16;
                $result
            }
            (Cell::Gru, 32) => {
                let $n = 32;
                $result
            }
            (_, $n) => $result,
        }
    };
}

impl Network {
    /// One step, after that which has kept `before`, or the first one; `kept` is overwritten.
    ///
    /// Sums begin with b; then come inputs in their order, and units in theirs.
    ///
    /// # Panics
    /// If a length is not this network's.
    #[inline(never)]
    pub fn step(&self, theta: &[f64], x: &[Active], before: Option<&[f64]>, kept: &mut [f64]) {
        assert_eq!(kept.len(), self.kept(), "what a step keeps");
        let before = before.map(|before| self.state(before));
        with_units!(self, n => self.step_by(n, theta, x, before, kept));
    }

    /// The logits `f = v + V's` of what a step has left behind.
    ///
    /// # Panics
    /// If a length is not this network's.
    #[inline]
    pub fn logits(&self, theta: &[f64], kept: &[f64], f: &mut [f64]) {
        assert_eq!(f.len(), self.actions, "a logit for each action");
        // The last blocks alone: those before them are nothing to it.
        assert_eq!(theta.len(), self.parameters(), "one component per parameter");
        let (rest, bias) = theta.split_at(theta.len() - self.actions);
        let v = &rest[rest.len() - self.units() * self.actions..];
        logits::logits(v, bias, self.state(kept), f);
    }

    /// `df = J ω`, with J the Jacobian of all logits of the trajectory by θ: `df[h A + a]` is
    /// `⟨ω, ∇_θ f_θ(z_h, a)⟩`.
    ///
    /// # Panics
    /// If a length is not this network's.
    #[inline(never)]
    pub fn tangents(&self, theta: &[f64], tape: &Tape, omega: &[f64], df: &mut [f64], scratch: &mut Scratch) {
        assert_eq!(df.len(), tape.len() * self.actions, "a tangent for each logit");
        with_units!(self, n => self.tangents_by(n, theta, tape, omega, df, scratch));
    }

    /// `ω ← ω + J'c`, with J as in [`Network::tangents`] and c laid out as df there.
    ///
    /// # Panics
    /// If a length is not this network's.
    #[inline(never)]
    pub fn cotangents(
        &self,
        parameter: &Parameter,
        tape: &Tape,
        c: &[f64],
        omega: &mut [f64],
        scratch: &mut Scratch,
    ) {
        assert_eq!(c.len(), tape.len() * self.actions, "a cotangent for each logit");
        with_units!(self, n => self.cotangents_by(n, parameter, tape, c, omega, scratch));
    }

    #[inline(always)]
    pub(super) fn step_by(
        &self,
        n: usize,
        theta: &[f64],
        x: &[Active],
        before: Option<&[f64]>,
        kept: &mut [f64],
    ) {
        let theta = &self.blocks(theta);
        match self.cell {
            Cell::Gru => gru::step(n, theta, x, before, kept),
            Cell::IndRnn => indrnn::step(n, theta, x, before, kept),
            Cell::Mlp => {
                let n = self.hidden.first();
                indrnn::step(n, theta, x, before, &mut kept[..2 * n]);
                layers::step(&self.hidden, theta.upper, kept);
            }
        }
    }

    #[inline(always)]
    pub(super) fn tangents_by(
        &self,
        n: usize,
        theta: &[f64],
        tape: &Tape,
        omega: &[f64],
        df: &mut [f64],
        scratch: &mut Scratch,
    ) {
        let (theta, omega) = (&self.blocks(theta), &self.blocks(omega));
        scratch.carry[..n].fill(0.0);
        for h in 0..tape.len() {
            let df = &mut df[h * self.actions..][..self.actions];
            let (x, kept) = (tape.input(h), tape.kept(h));
            let before = (h > 0).then(|| self.state(tape.kept(h - 1)));
            match self.cell {
                Cell::Gru => gru::tangent(n, theta, omega, x, before, kept, scratch),
                Cell::IndRnn => indrnn::tangent(n, theta, omega, x, before, kept, scratch),
                Cell::Mlp => {
                    indrnn::tangent(self.hidden.first(), theta, omega, x, before, kept, scratch);
                    let Scratch { carry, gate, .. } = scratch;
                    layers::tangent(&self.hidden, theta.upper, omega.upper, kept, carry, gate);
                }
            }
            let (s, ds) = (&self.state(kept)[..n], &scratch.carry[..n]);
            logits::tangent(theta, omega, s, ds, &mut scratch.logits, df);
        }
    }

    #[inline(always)]
    pub(super) fn cotangents_by(
        &self,
        n: usize,
        parameter: &Parameter,
        tape: &Tape,
        c: &[f64],
        omega: &mut [f64],
        scratch: &mut Scratch,
    ) {
        let (w, v) = (parameter.turned_w(), parameter.turned_v());
        let omega = &mut self.blocks_mut(omega);
        scratch.carry[..n].fill(0.0);
        for h in (0..tape.len()).rev() {
            let c = &c[h * self.actions..][..self.actions];
            let (x, kept) = (tape.input(h), tape.kept(h));
            let before = (h > 0).then(|| self.state(tape.kept(h - 1)));
            logits::cotangent(v, c, &self.state(kept)[..n], omega, &mut scratch.carry[..n]);
            match self.cell {
                Cell::Gru => gru::cotangent(n, w, omega, x, before, kept, scratch),
                Cell::IndRnn => indrnn::cotangent(n, w, omega, x, before, kept, scratch),
                Cell::Mlp => {
                    let Scratch { carry, gate, .. } = scratch;
                    layers::cotangent(&self.hidden, w, omega.upper, kept, carry, gate);
                    indrnn::cotangent(self.hidden.first(), &[], omega, x, before, kept, scratch);
                }
            }
        }
    }
}
