//! Gradients of networks along trajectories: products with a Jacobian that nobody forms.

use crate::policy::network::{Network, Parameter, Scratch, Tape};

/// For each trajectory of a batch the Jacobian J of its logits by θ: of row `h A + a` is
/// `∇_θ f_θ(z_h, a)`.
#[derive(Clone, Debug)]
pub struct Jacobians {
    network: Network,
    parameter: Parameter,
    /// By trajectory.
    tapes: Vec<Tape>,
    scratch: Scratch,
}

impl Jacobians {
    /// Of so many trajectories of this network.
    pub(super) fn new(network: Network, trajectories: usize) -> Self {
        let tapes = vec![Tape::default(); trajectories];
        Jacobians { network, parameter: Parameter::default(), tapes, scratch: Scratch::new(&network) }
    }

    pub(super) fn set(&mut self, theta: &[f64]) {
        self.parameter.set(&self.network, theta);
    }

    /// What the passes of a trajectory read.
    #[inline]
    pub(super) fn tape(&self, trajectory: usize) -> &Tape {
        &self.tapes[trajectory]
    }

    /// θ, and where the steps of the trajectories are written.
    #[inline]
    pub(super) fn writing(&mut self) -> (&[f64], &mut [Tape]) {
        (self.parameter.theta(), &mut self.tapes)
    }

    /// `df = J ω`.
    #[inline]
    pub fn times(&mut self, trajectory: usize, omega: &[f64], df: &mut [f64]) {
        let Jacobians { network, parameter, tapes, scratch } = self;
        network.tangents(parameter.theta(), &tapes[trajectory], omega, df, scratch);
    }

    /// `ω ← ω + J'c`.
    #[inline]
    pub fn add_transposed(&mut self, trajectory: usize, c: &[f64], omega: &mut [f64]) {
        let Jacobians { network, parameter, tapes, scratch } = self;
        network.cotangents(parameter, &tapes[trajectory], c, omega, scratch);
    }
}
