//! Scores of networks, which are no rows: with `c[h A + b] = w_h (1[b = a_h] - π(b | z_h))` and J the Jacobian
//! of all logits of a trajectory, `Σ_h w_h s_h = J'c`, one cotangent pass.

use super::jacobians::Jacobians;
use super::policy_gradient::softmax;
use crate::policy::network::{Curvature, Tape};

/// `1[b = a_h] - π(b | z_h)` of some trajectories, with room for multiples of those of one.
#[derive(Debug, Default)]
pub(super) struct Centred {
    /// At `place * A + b`.
    values: Vec<f64>,
    /// Of one trajectory.
    weighted: Vec<f64>,
}

impl Centred {
    /// Those of what was done, and how probable each action was there.
    pub(super) fn set(&mut self, taken: &[u32], probabilities: &[f64]) {
        let Centred { values, .. } = self;
        values.clear();
        values.extend(probabilities.iter().map(|p| -p));
        let actions = values.len() / taken.len();
        for (place, &action) in taken.iter().enumerate() {
            let row = place * actions + action as usize;
            values[row] = 1.0 - probabilities[row];
        }
    }

    /// `sum ← sum + scale Σ_h weights_h s_h` along a trajectory.
    pub(super) fn add_gradient(
        &mut self,
        jacobians: &mut Jacobians,
        trajectory: usize,
        weights: &[f64],
        scale: f64,
        sum: &mut [f64],
    ) {
        let Centred { values, weighted } = self;
        let actions = jacobians.actions();
        let of_one = weights.len() * actions;
        let values = &values[trajectory * of_one..][..of_one];
        weighted.clear();
        weighted.extend(values.iter().enumerate().map(|(row, c)| scale * weights[row / actions] * c));
        jacobians.add_transposed(trajectory, weighted, sum);
    }

    /// Writes `s_h` of a trajectory of so many steps.
    pub(super) fn score(
        &mut self,
        jacobians: &mut Jacobians,
        (trajectory, horizon): (usize, usize),
        h: usize,
        score: &mut [f64],
    ) {
        let Centred { values, weighted } = self;
        let actions = jacobians.actions();
        weighted.clear();
        weighted.resize(horizon * actions, 0.0);
        let place = trajectory * horizon + h;
        weighted[h * actions..][..actions].copy_from_slice(&values[place * actions..][..actions]);
        score.fill(0.0);
        jacobians.add_transposed(trajectory, weighted, score);
    }
}

/// A trajectory under a θ that need not be the policy's that acted: its steps, taken again.
#[derive(Debug)]
pub(super) struct Retraced {
    jacobians: Jacobians,
    probabilities: Vec<f64>,
    centred: Centred,
    curvature: Curvature,
    /// `J v`, and how c moves along v.
    moved: [Vec<f64>; 2],
}

impl Retraced {
    /// Of the network that these are of.
    pub(super) fn of(jacobians: &Jacobians) -> Self {
        let (probabilities, centred) = (Vec::new(), Centred::default());
        let (jacobians, curvature) = (jacobians.beside(), jacobians.curvature());
        Retraced { jacobians, probabilities, centred, curvature, moved: Default::default() }
    }

    /// Takes these steps at θ: `Σ_h ln π_θ(a_h | z_h)`.
    pub(super) fn set(&mut self, steps: &Tape, taken: &[u32], theta: &[f64]) -> f64 {
        let Retraced { jacobians, probabilities, centred, .. } = self;
        jacobians.retrace(theta, steps, probabilities);
        let places = probabilities.chunks_exact_mut(jacobians.actions()).zip(taken);
        let ln_p = places.fold(0.0, |sum, (f, &action)| sum + softmax(f, action as usize));
        centred.set(taken, probabilities);
        ln_p
    }

    /// `sum ← sum + scale Σ_h weights_h s_h`.
    pub(super) fn add_gradient(&mut self, weights: &[f64], scale: f64, sum: &mut [f64]) {
        self.centred.add_gradient(&mut self.jacobians, 0, weights, scale, sum);
    }

    /// `sum ← sum + scale Δ`, with `Δ = ⟨∇ ln p(τ), v⟩ ∇Φ + ∇²Φ v` and `∇Φ = J'c`: where θ moves along v,
    /// `c[h A + b]` moves by `-Ψ_h π(b) (df_b - Σ_a π(a) df_a)`, `df = J v`.
    pub(super) fn add_hessian_product(
        &mut self,
        taken: &[u32],
        to_go: &[f64],
        v: &[f64],
        scale: f64,
        sum: &mut [f64],
    ) {
        let Retraced { jacobians, probabilities, centred, curvature, moved: [df, dc] } = self;
        let Centred { values, weighted: c } = centred;
        let actions = jacobians.actions();
        df.resize(probabilities.len(), 0.0);
        jacobians.set_moving(curvature, 0, v, df);
        let mut of_trajectory = 0.0;
        let places = df.chunks_exact_mut(actions).zip(probabilities.chunks_exact(actions));
        for ((df, p), &action) in places.zip(taken) {
            let mean = p.iter().zip(&*df).fold(0.0, |sum, (p, df)| sum + p * df);
            df.iter_mut().for_each(|df| *df -= mean);
            of_trajectory += df[action as usize];
        }
        c.clear();
        dc.clear();
        for (row, (p, df)) in probabilities.iter().zip(&*df).enumerate() {
            let weight = scale * to_go[row / actions];
            c.push(weight * values[row]);
            dc.push(weight * (of_trajectory * values[row] - p * df));
        }
        jacobians.add_moving(curvature, 0, (c, dc), sum);
    }
}
