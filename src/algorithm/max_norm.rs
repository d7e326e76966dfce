//! The projection in the max norm, which holds each unit of a network near where it began.

use crate::policy::network::{Cell, Network};
use std::sync::Arc;

/// Balls around the first weights of each hidden unit i of an IndRNN: `‖(U_i, w_i, b_i) - (U_i, w_i, b_i)_0‖`
/// is to be at most `ρ / √m`, for m units. The weights V and v of the outputs are in no ball.
#[derive(Clone, Debug)]
pub struct MaxNorm {
    /// Of U, w and b, which stand first in ψ: of input j and unit i at `j m + i`.
    first: Arc<[f64]>,
    radius: f64,
    /// By unit: the square of a distance, and then by how much it is made shorter.
    shares: Vec<f64>,
}

impl MaxNorm {
    /// Balls of radius `rho / √m` around the units of this parameter.
    ///
    /// # Panics
    /// If the network is no `IndRNN`, or `first` does not have one component per parameter.
    pub fn new(network: &Network, first: &[f64], rho: f64) -> Self {
        assert_eq!(network.cell(), Cell::IndRnn, "units that remember themselves alone");
        assert_eq!(first.len(), network.parameters(), "one component per parameter");
        let held: usize = network.lengths()[..3].iter().sum();
        let units = network.units();
        MaxNorm { first: first[..held].into(), radius: rho / (units as f64).sqrt(), shares: vec![0.0; units] }
    }

    /// Moves each unit that is outside of its ball straight to the ball's edge, and no other.
    ///
    /// # Panics
    /// If `psi` is shorter than what is held.
    #[inline(never)]
    pub fn project(&mut self, psi: &mut [f64]) {
        let MaxNorm { first, radius, shares } = self;
        let units = shares.len();
        let psi = &mut psi[..first.len()];
        shares.fill(0.0);
        for (row, first) in psi.chunks_exact(units).zip(first.chunks_exact(units)) {
            for i in 0..units {
                let moved = row[i] - first[i];
                shares[i] += moved * moved;
            }
        }
        let mut outside = false;
        for share in shares.iter_mut() {
            let distance = share.sqrt();
            *share = if distance > *radius { *radius / distance } else { 1.0 };
            outside |= *share < 1.0;
        }
        if !outside {
            return;
        }
        for (row, first) in psi.chunks_exact_mut(units).zip(first.chunks_exact(units)) {
            for i in 0..units {
                if shares[i] < 1.0 {
                    row[i] = first[i] + (row[i] - first[i]) * shares[i];
                }
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "what is left alone is the same to the bit")]
mod tests {
    use super::*;

    const UNITS: usize = 4;
    const INPUTS: usize = 3;
    /// U, w and b.
    const ROWS: usize = INPUTS + 2;

    fn network() -> Network {
        Network::new(Cell::IndRnn, INPUTS, UNITS, 2).expect("a small network")
    }

    fn first() -> Vec<f64> {
        (0..network().parameters()).map(|i| ((7 * i + 3) % 11) as f64 / 11.0 - 0.4).collect()
    }

    /// The first parameter, whose unit i has moved by `far[i]` in a direction with all components; V and v by
    /// far.
    fn moved(far: [f64; UNITS]) -> Vec<f64> {
        let mut psi = first();
        for (i, far) in far.into_iter().enumerate() {
            for j in 0..ROWS {
                let sign = if j % 2 == 0 { 1.0 } else { -1.0 };
                psi[j * UNITS + i] += sign * far / (ROWS as f64).sqrt();
            }
        }
        psi[ROWS * UNITS..].iter_mut().for_each(|x| *x += 100.0);
        psi
    }

    fn distance(psi: &[f64], unit: usize) -> f64 {
        let of = |j: usize| psi[j * UNITS + unit] - first()[j * UNITS + unit];
        (0..ROWS).map(of).fold(0.0, |sum: f64, moved| sum + moved * moved).sqrt()
    }

    /// Distances are of size 1: some roundings of sums of five squares.
    #[test]
    fn units_outside_of_their_ball_come_to_its_edge_and_nothing_else_moves() {
        // rho / √4.
        let radius = 0.75;
        let mut balls = MaxNorm::new(&network(), &first(), 1.5);
        let before = moved([0.5, 3.0, 0.0, 0.76]);
        let mut psi = before.clone();
        balls.project(&mut psi);
        for unit in [1, 3] {
            assert!((distance(&psi, unit) - radius).abs() < 1e-14, "{unit}: {}", distance(&psi, unit));
            // Straight: every component by the same share.
            let share = |j: usize| {
                let at = j * UNITS + unit;
                (psi[at] - first()[at]) / (before[at] - first()[at])
            };
            assert!((1..ROWS).all(|j| (share(j) - share(0)).abs() < 1e-14));
        }
        for (i, (psi, before)) in psi.iter().zip(&before).enumerate() {
            let held = i < ROWS * UNITS && [1, 3].contains(&(i % UNITS));
            assert_eq!(psi != before, held, "{i}");
        }
        // Whoever is at the edge is inside but for rounding, by which nothing is moved far.
        let once = psi.clone();
        balls.project(&mut psi);
        assert!(psi.iter().zip(&once).all(|(twice, once)| (twice - once).abs() < 1e-15));
    }

    #[test]
    fn within_all_balls_no_bit_changes() {
        let mut balls = MaxNorm::new(&network(), &first(), 1.5);
        let before = moved([0.7, -0.7, 0.0, 0.749]);
        let mut psi = before.clone();
        balls.project(&mut psi);
        assert!(psi.iter().zip(&before).all(|(psi, before)| psi.to_bits() == before.to_bits()));
    }
}
