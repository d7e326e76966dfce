//! Scores of networks, which are no rows: with `c[h A + b] = w_h (1[b = a_h] - π(b | z_h))` and J the
//! Jacobian of all logits of a trajectory, `Σ_h w_h s_h = J'c`, one cotangent pass.

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::network::{Cell, Clock, Inputs, Network};
    use std::iter::zip;

    const ACTIONS: usize = 3;
    const TAKEN: [u32; 4] = [2, 0, 1, 1];
    const TO_GO: [f64; 4] = [2.25, 1.5, 0.75, 0.25];
    const V: [usize; 2] = [7, 3];
    /// Step of central differences: the error of truncation is about as large as that of rounding, 1e-10;
    /// what is differentiated is of size 1 to 100.
    const STEP: f64 = 1e-5;
    const TOLERANCE: f64 = 1e-7;

    fn scattered(n: usize, [by, from]: [usize; 2]) -> Vec<f64> {
        (0..n).map(|i| ((by * i + from) % 11) as f64 / 5.0 - 1.0).collect()
    }

    /// A network at a θ, with the steps of a trajectory that another θ has acted in.
    struct Played {
        network: Network,
        theta: Vec<f64>,
        tape: Tape,
    }

    impl Played {
        fn of(cell: Cell) -> Self {
            let inputs = match cell {
                Cell::Mlp => Inputs::window(TAKEN.len(), ACTIONS, 2, false, 2, Clock::Fraction),
                _ => Inputs::recurrent(TAKEN.len(), ACTIONS, 2, false, Clock::Fraction),
            };
            let network = Network::new(cell, inputs.len(), 5, ACTIONS).expect("a small network");
            let acting = scattered(network.parameters(), [4, 1]);
            let (mut tape, mut x) = (Tape::default(), Vec::new());
            inputs.start(0, &mut x);
            tape.step(&network, &acting, &x);
            for (h, seen) in [1, 1, 0].into_iter().enumerate() {
                inputs.advance(h, TAKEN[h] as usize, seen, &mut x);
                tape.step(&network, &acting, &x);
            }
            Played { network, theta: scattered(network.parameters(), [7, 5]), tape }
        }

        fn at(&self, theta: &[f64]) -> (f64, Retraced) {
            let mut retraced = Retraced::of(&Jacobians::new(self.network, 1));
            // Room that another θ has written on is as good as new.
            retraced.set(&self.tape, &TAKEN, &vec![0.25; theta.len()]);
            let ln_p = retraced.set(&self.tape, &TAKEN, theta);
            (ln_p, retraced)
        }

        /// `Σ_h weights_h s_h` at θ.
        fn gradient(&self, weights: &[f64], theta: &[f64]) -> Vec<f64> {
            let mut sum = vec![0.0; theta.len()];
            self.at(theta).1.add_gradient(weights, 1.0, &mut sum);
            sum
        }

        fn moved(&self, v: &[f64], by: f64) -> Vec<f64> {
            zip(&self.theta, v).map(|(theta, v)| theta + by * v).collect()
        }
    }

    const CELLS: [Cell; 3] = [Cell::Mlp, Cell::IndRnn, Cell::Gru];

    #[test]
    fn scores_of_networks_are_gradients_of_the_logarithm_by_central_differences() {
        for played in CELLS.map(Played::of) {
            let found = played.gradient(&[1.0; TAKEN.len()], &played.theta);
            assert!(found.iter().any(|x| x.abs() > 0.1));
            for (i, found) in found.iter().enumerate() {
                let mut v = vec![0.0; played.theta.len()];
                v[i] = 1.0;
                let of = |by| played.at(&played.moved(&v, by)).0;
                let expected = (of(STEP) - of(-STEP)) / (2.0 * STEP);
                assert!((found - expected).abs() < TOLERANCE, "{i}: {found} or {expected}");
            }
        }
    }

    #[test]
    fn products_with_the_hessian_of_networks_are_differences_of_gradients() {
        for played in CELLS.map(Played::of) {
            let v = scattered(played.theta.len(), V);
            let (_, mut retraced) = played.at(&played.theta);
            let mut found = vec![1.0; v.len()];
            for _ in 0..2 {
                found.fill(0.0);
                retraced.add_hessian_product(&TAKEN, &TO_GO, &v, 0.5, &mut found);
            }
            let of = |by| played.gradient(&TO_GO, &played.moved(&v, by));
            let ones = played.gradient(&[1.0; TAKEN.len()], &played.theta);
            let score = zip(&ones, &v).fold(0.0, |sum, (s, v)| sum + s * v);
            let phi = played.gradient(&TO_GO, &played.theta);
            let size = found.iter().fold(1.0_f64, |size, x| size.max(x.abs()));
            for (i, (ahead, behind)) in zip(of(STEP), of(-STEP)).enumerate() {
                let expected = 0.5 * (score * phi[i] + (ahead - behind) / (2.0 * STEP));
                assert!((found[i] - expected).abs() < TOLERANCE * size, "{i}: {} or {expected}", found[i]);
            }
        }
    }

    /// One trajectory behind another, whose numbers are not read: sums of some hundred terms of size 1.
    #[test]
    fn gradients_are_sums_of_scores_with_their_weights() {
        for Played { network, theta, tape } in CELLS.map(Played::of) {
            let mut jacobians = Jacobians::new(network, 2);
            jacobians.set(&theta);
            let (mut alone, mut f) = (jacobians.beside(), Vec::new());
            alone.retrace(&theta, &tape, &mut f);
            let (_, tapes) = jacobians.writing();
            tapes[1].clone_from(alone.tape(0));
            for (f, &action) in zip(f.chunks_exact_mut(ACTIONS), &TAKEN) {
                assert!(softmax(f, action as usize) < 0.0);
            }
            let mut centred = Centred::default();
            centred.set(&[TAKEN, TAKEN].concat(), &[vec![f64::NAN; f.len()], f].concat());
            let (mut sum, mut known, mut score) = (theta.clone(), theta.clone(), vec![f64::NAN; theta.len()]);
            centred.add_gradient(&mut jacobians, 1, &TO_GO, 0.5, &mut sum);
            for (h, weight) in TO_GO.iter().enumerate() {
                centred.score(&mut jacobians, (1, TAKEN.len()), h, &mut score);
                zip(&mut known, &score).for_each(|(known, s)| *known += 0.5 * weight * s);
            }
            assert!(
                zip(&sum, &known).all(|(sum, known)| (sum - known).abs() < 1e-12),
                "{sum:?} or {known:?}"
            );
            assert!(sum != theta);
        }
    }
}
