//! Upper bounds between beliefs: the optimal value is convex.

use super::successors::dot;

/// Upper bounds of `V*` at the corners of the simplex and at some beliefs inside.
///
/// A convex function lies below the interpolation of its bounds. With
/// `b = φ b_i + (1 - φ) (mixture of corners)`, `φ = min_s b(s) / b_i(s)`: `V*(b) ≤ c·b + φ (v_i - c·b_i)`,
/// where c are the bounds at the corners. The least of these over i has the shape of a saw (Hauskrecht 2000).
#[derive(Clone, Debug)]
pub(crate) struct Sawtooth {
    corners: Vec<f64>,
    /// By how much of its size a sum over states may be rounded.
    relative: f64,
    teeth: Vec<Tooth>,
    /// Number of (state, probability) pairs over all teeth.
    entries: usize,
}

#[derive(Clone, Debug)]
struct Tooth {
    /// The states of the belief and their probabilities, all positive.
    belief: Vec<(usize, f64)>,
    /// `v_i - c·b_i`, negative.
    depth: f64,
}

impl Tooth {
    fn fraction(&self, belief: &[f64]) -> f64 {
        self.belief.iter().fold(1.0, |least: f64, &(s, p)| least.min(belief[s] / p))
    }
}

impl Sawtooth {
    /// Bounds at the corners alone.
    pub(crate) fn new(corners: Vec<f64>) -> Self {
        // Each product and each sum, and as much again for the tooth's own.
        let relative = (2 * corners.len() + 8) as f64 * f64::EPSILON;
        Sawtooth { corners, relative, teeth: Vec::new(), entries: 0 }
    }

    /// The bound at `belief`, which sums to 1, with what rounding may have taken from it.
    pub(crate) fn value(&self, belief: &[f64]) -> f64 {
        let depth =
            self.teeth.iter().fold(0.0, |least: f64, tooth| least.min(tooth.fraction(belief) * tooth.depth));
        let (mut value, mut size) = (0.0, 0.0);
        for (b, corner) in belief.iter().zip(&self.corners) {
            value += b * corner;
            size += b * corner.abs();
        }
        value + depth + self.relative * (size - depth)
    }

    /// Operations of [`Sawtooth::value`].
    pub(crate) fn cost(&self) -> usize {
        self.corners.len() + self.entries
    }

    /// Adds the bound `V*(belief) ≤ value`, unless it is known, and forgets what follows from it.
    pub(crate) fn insert(&mut self, belief: &[f64], value: f64) {
        if value >= self.value(belief) {
            return;
        }
        let support: Vec<(usize, f64)> =
            belief.iter().copied().enumerate().filter(|&(_, p)| p > 0.0).collect();
        let new = Tooth { belief: support, depth: value - dot(belief, &self.corners) };
        let mut dense = vec![0.0; self.corners.len()];
        self.teeth.retain(|tooth| {
            tooth.belief.iter().for_each(|&(s, p)| dense[s] = p);
            let implied = new.fraction(&dense) * new.depth <= tooth.depth;
            tooth.belief.iter().for_each(|&(s, _)| dense[s] = 0.0);
            !implied
        });
        self.teeth.push(new);
        self.entries = self.teeth.iter().map(|tooth| tooth.belief.len()).sum();
    }
}
