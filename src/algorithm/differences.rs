//! The critic's local step: temporal differences on the rows of trajectories.

use crate::features::{Row, Rows, Weights};
use crate::pomdp::discount_table;

/// Local TD steps, Eq. 5-6, with their scratch: they allocate nothing.
#[derive(Clone, Debug)]
pub struct TemporalDifferences {
    gamma: f64,
    /// `γ^h`.
    discounts: Vec<f64>,
    /// `α γ^h`.
    coefficients: Vec<f64>,
    /// Of one trajectory, `⟨φ_h, ψ_h⟩`, and 0 for the step H that does not exist.
    values: Vec<f64>,
}

impl TemporalDifferences {
    /// Steps of size 0 on trajectories of H steps.
    pub fn new(gamma: f64, horizon: usize) -> Self {
        TemporalDifferences {
            gamma,
            discounts: discount_table(gamma, horizon),
            coefficients: vec![0.0; horizon],
            values: vec![0.0; horizon + 1],
        }
    }

    /// Steps of size α from now on.
    pub fn set_step(&mut self, alpha: f64) {
        for (coefficient, power) in self.coefficients.iter_mut().zip(&self.discounts) {
            *coefficient = alpha * *power;
        }
    }

    /// One local step for each trajectory, one after the other: all of a trajectory's steps move `psi` at
    /// once, by errors at the same ψ.
    ///
    /// `phi` and `rewards` are by place, of the actions taken.
    pub fn steps<W: Weights + ?Sized>(&mut self, phi: Rows<'_>, rewards: &[f64], psi: &mut W) {
        let TemporalDifferences { gamma, coefficients, values, .. } = self;
        match phi {
            Rows::OneHot(phi) => steps_on(phi, rewards, *gamma, coefficients, values, psi),
            Rows::Sparse(phi) => steps_on(phi, rewards, *gamma, coefficients, values, psi),
        }
    }

    /// Adds to `sum` the step of each trajectory, all of them at the same `psi`: `α Σ_h γ^h δ_h φ_h`.
    pub fn add_steps(&mut self, phi: Rows<'_>, rewards: &[f64], psi: &[f64], sum: &mut [f64]) {
        let horizon = self.coefficients.len();
        for (start, rewards) in (0..).step_by(horizon).zip(rewards.chunks_exact(horizon)) {
            for h in 0..horizon {
                self.values[h] = phi.dot(start + h, psi);
            }
            for h in 0..horizon {
                let delta = rewards[h] + self.gamma * self.values[h + 1] - self.values[h];
                phi.add_to(start + h, self.coefficients[h] * delta, sum);
            }
        }
    }
}

/// See [`TemporalDifferences::steps`]. As arguments of a function the vectors are known to be apart.
#[inline(never)]
fn steps_on<R: Row, W: Weights + ?Sized>(
    phi: &[R],
    rewards: &[f64],
    gamma: f64,
    coefficients: &[f64],
    values: &mut [f64],
    psi: &mut W,
) {
    // Lengths that are known to be equal need not be looked at, step by step.
    let horizon = coefficients.len();
    let values = &mut values[..=horizon];
    let mut start = 0;
    while start < phi.len() {
        let (phi, rewards) = (&phi[start..][..horizon], &rewards[start..][..horizon]);
        start += horizon;
        for h in 0..horizon {
            values[h] = phi[h].dot(psi.values());
        }
        for h in 0..horizon {
            let delta = rewards[h] + gamma * values[h + 1] - values[h];
            phi[h].add_to(coefficients[h] * delta, psi);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::{OneHot, SparseRow};

    const HORIZON: usize = 3;
    const PSI: [f64; 5] = [0.3, -0.1, 0.7, 0.2, -0.9];
    const REWARDS: [f64; 2 * HORIZON] = [0.1, 0.9, 0.4, 1.0, 0.0, 0.6];

    fn one_hot() -> Vec<OneHot> {
        [0, 3, 4, 1, 3, 2].map(OneHot).to_vec()
    }

    fn sparse() -> Vec<SparseRow> {
        let row = |i: u32| {
            let mut row = SparseRow::default();
            row.extend([(0, 0.25), (i as usize, 0.5)].into_iter());
            row
        };
        [1, 3, 4, 1, 3, 2].map(row).to_vec()
    }

    fn differences() -> TemporalDifferences {
        let mut differences = TemporalDifferences::new(0.9, HORIZON);
        differences.set_step(0.3);
        differences
    }

    #[test]
    fn a_minibatch_of_one_trajectory_is_a_local_step_to_the_bit_and_one_of_two_is_not() {
        let (one_hot, sparse) = (one_hot(), sparse());
        for phi in [Rows::OneHot(&one_hot), Rows::Sparse(&sparse)] {
            let (mut alone, mut sum) = (PSI.to_vec(), PSI.to_vec());
            differences().steps(phi.range(0..HORIZON), &REWARDS[..HORIZON], &mut alone[..]);
            differences().add_steps(phi.range(0..HORIZON), &REWARDS[..HORIZON], &PSI, &mut sum);
            assert_eq!(alone.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), {
                sum.iter().map(|x| x.to_bits()).collect::<Vec<_>>()
            });
            assert!(sum.iter().zip(PSI).any(|(sum, psi)| (sum - psi).abs() > 1e-3));
            // The second trajectory of a minibatch does not see what the first has done.
            let (mut one_by_one, mut together) = (PSI.to_vec(), PSI.to_vec());
            differences().steps(phi, &REWARDS, &mut one_by_one[..]);
            differences().add_steps(phi, &REWARDS, &PSI, &mut together);
            assert!(one_by_one.iter().zip(&together).any(|(one, other)| (one - other).abs() > 1e-6));
        }
    }

    #[test]
    fn one_hot_rows_and_lists_of_one_nonzero_take_the_same_steps() {
        let one_hot = one_hot();
        let lists: Vec<SparseRow> = one_hot
            .iter()
            .map(|row| {
                let mut list = SparseRow::default();
                list.push(row.0 as usize, 1.0);
                list
            })
            .collect();
        let (mut short, mut long) = (PSI, PSI);
        differences().steps(Rows::OneHot(&one_hot), &REWARDS, &mut short[..]);
        differences().steps(Rows::Sparse(&lists), &REWARDS, &mut long[..]);
        assert_eq!(short.map(f64::to_bits), long.map(f64::to_bits));
    }
}
