//! Gradients of networks along trajectories: products with a Jacobian that nobody forms.

use crate::policy::network::{Curvature, Network, Parameter, Scratch, Tape};

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

    /// A.
    pub(super) fn actions(&self) -> usize {
        self.network.actions()
    }

    pub(super) fn set(&mut self, theta: &[f64]) {
        self.parameter.set(&self.network, theta);
    }

    /// Room for one trajectory of the same network, under a parameter of its own.
    pub(super) fn beside(&self) -> Self {
        Jacobians::new(self.network, 1)
    }

    /// Room for what gradients of this network move by.
    pub(super) fn curvature(&self) -> Curvature {
        Curvature::new(&self.network)
    }

    /// Moves θ along v from now on: `df = J v` of the trajectory.
    pub(super) fn set_moving(&self, curvature: &mut Curvature, trajectory: usize, v: &[f64], df: &mut [f64]) {
        curvature.set(self.parameter.theta(), &self.tapes[trajectory], v, df);
    }

    /// `ω ← ω + (∂J/∂θ v)'c + J'dc`, along the v and the trajectory that were set.
    pub(super) fn add_moving(
        &self,
        curvature: &mut Curvature,
        trajectory: usize,
        (c, dc): (&[f64], &[f64]),
        omega: &mut [f64],
    ) {
        curvature.add(&self.parameter, &self.tapes[trajectory], c, dc, omega);
    }

    /// Takes the steps of a trajectory again, at θ: from now on they are the first trajectory, and their
    /// logits are written to `f`, those of step h at `h A`.
    pub(super) fn retrace(&mut self, theta: &[f64], steps: &Tape, f: &mut Vec<f64>) {
        self.set(theta);
        let Jacobians { network, parameter, tapes, .. } = self;
        let [tape] = tapes.first_chunk_mut().expect("room for a trajectory");
        tape.clear();
        let actions = network.actions();
        f.resize(steps.len() * actions, 0.0);
        for (h, f) in f.chunks_exact_mut(actions).enumerate() {
            let kept = tape.step(network, parameter.theta(), steps.input(h));
            network.logits(parameter.theta(), kept, f);
        }
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
