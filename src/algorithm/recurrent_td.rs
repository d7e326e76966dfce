//! The local step of a critic that is a recurrent network (Rec-TD): temporal differences through the network,
//! and the projection that holds it near where it began.

use super::max_norm::MaxNorm;
use crate::policy::network::{Network, Parameter, Scratch, Tape};
use crate::pomdp::discount_table;

/// Local TD steps of a network whose output b is `q_h[b] = v_b + V_b's_h`, the value of action b after a
/// history that it has read, with their scratch: they allocate nothing.
///
/// Its parameters ψ are tied over the steps h. One local step takes one trajectory: with q at the ψ before
/// it, and `q_H = 0`,
///
/// `δ_h = r_h + γ q_{h+1}[a_{h+1}] - q_h[a_h],    ψ ← Π(ψ + α Σ_h γ^h δ_h ∇q_h[a_h])`,
///
/// which is a forward pass and one cotangent pass, with the cotangents `α γ^h δ_h` of the actions that were
/// taken. Π is a [`MaxNorm`]. Gradients of the values that δ is made of are not followed, as nowhere in
/// temporal differences, but those of `q_h` go back to the first step.
#[derive(Clone, Debug)]
pub struct RecurrentTd {
    network: Network,
    balls: MaxNorm,
    gamma: f64,
    /// `γ^h`.
    discounts: Vec<f64>,
    /// `α γ^h`.
    coefficients: Vec<f64>,
    /// ψ before a step, for the cotangent pass.
    parameter: Parameter,
    /// Of the present trajectory.
    tape: Tape,
    scratch: Scratch,
    /// `q_h[b]` at `h A + b`, of the present trajectory.
    values: Vec<f64>,
    /// Of these, likewise.
    cotangents: Vec<f64>,
}

impl RecurrentTd {
    /// Steps of size 0 of this network on trajectories of H steps.
    pub fn new(network: Network, balls: MaxNorm, gamma: f64, horizon: usize) -> Self {
        let values = vec![0.0; horizon * network.actions()];
        RecurrentTd {
            network,
            balls,
            gamma,
            discounts: discount_table(gamma, horizon),
            coefficients: vec![0.0; horizon],
            parameter: Parameter::default(),
            tape: Tape::default(),
            scratch: Scratch::new(&network),
            cotangents: values.clone(),
            values,
        }
    }

    /// Steps of size α from now on.
    pub fn set_step(&mut self, alpha: f64) {
        for (coefficient, power) in self.coefficients.iter_mut().zip(&self.discounts) {
            *coefficient = alpha * *power;
        }
    }

    /// One local step on a trajectory: what was read in it, of whose steps the inputs alone count, the
    /// rewards, and the actions that were taken.
    ///
    /// # Panics
    /// If a length is not H's or the network's.
    #[inline(never)]
    pub fn step(&mut self, read: &Tape, rewards: &[f64], taken: &[u32], psi: &mut [f64]) {
        self.look(read, psi);
        let RecurrentTd { network, balls, gamma, coefficients, values, cotangents, .. } = self;
        let (actions, horizon) = (network.actions(), coefficients.len());
        let (rewards, taken) = (&rewards[..horizon], &taken[..horizon]);
        let place = |h: usize| h * actions + taken[h] as usize;
        cotangents.fill(0.0);
        for h in 0..horizon {
            let after = if h + 1 < horizon { values[place(h + 1)] } else { 0.0 };
            let delta = rewards[h] + *gamma * after - values[place(h)];
            cotangents[place(h)] = coefficients[h] * delta;
        }
        self.parameter.set(network, psi);
        network.cotangents(&self.parameter, &self.tape, cotangents, psi, &mut self.scratch);
        balls.project(psi);
    }

    /// Writes `q_h[b]` of a trajectory at `h A + b`.
    ///
    /// # Panics
    /// As [`RecurrentTd::step`].
    pub fn values(&mut self, read: &Tape, psi: &[f64], values: &mut [f64]) {
        self.look(read, psi);
        values.copy_from_slice(&self.values);
    }

    /// The forward pass.
    fn look(&mut self, read: &Tape, psi: &[f64]) {
        let RecurrentTd { network, tape, values, .. } = self;
        tape.clear();
        for (h, values) in values.chunks_exact_mut(network.actions()).enumerate() {
            let kept = tape.step(network, psi, read.input(h));
            network.logits(psi, kept, values);
        }
    }
}
