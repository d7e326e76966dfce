//! What DPTD does on average with features that are given by a table.

use super::feature_table::FeatureTable;
use super::mean_recursion::MeanRecursion;
use crate::features::FeatureMap;
use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// The mean TD recursion `E ψ ← ψ - α (A ψ - b)` as matrices, for small problems.
pub struct FeatureRecursion {
    /// The rows of the pairs (z, a) that occur.
    phi: DMatrix<f64>,
    /// `γ^h P(z, a)`.
    weights: DVector<f64>,
    /// `Q_h(z, a)`.
    q: DVector<f64>,
    a: DMatrix<f64>,
    b: DVector<f64>,
}

/// How fast the mean falls in the end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LateRate {
    /// The slope of `ln ‖E ψ - ψ*‖` in a local step, late.
    pub measured: f64,
    /// `ln(1 - α μ)`.
    pub expected: f64,
}

/// Singular values that are zero, relative to the largest.
const ROUNDING: f64 = 1e-12;

impl FeatureRecursion {
    /// That of features in place of the one-hot ones.
    pub fn new(one_hot: &MeanRecursion, table: &FeatureTable) -> Self {
        let n = one_hot.pairs();
        let mut phi = DMatrix::zeros(n, table.stacked());
        for (i, component) in one_hot.components().enumerate() {
            table.row_of(component).for_each(|(place, value)| phi[(i, place)] = value);
        }
        let (weights, q) = one_hot.weights_and_values();
        let (weights, q) = (DVector::from_vec(weights), DVector::from_vec(q));
        let matrix = one_hot.matrix();
        let a = phi.transpose() * &matrix * &phi;
        let b = phi.transpose() * (&matrix * &q);
        FeatureRecursion { phi, weights, q, a, b }
    }

    /// `E(ψ)` against the exact Q.
    pub fn error(&self, psi: &[f64]) -> f64 {
        let gap = &self.q - &self.phi * DVector::from_column_slice(psi);
        self.weights.iter().zip(gap.iter()).fold(0.0, |error, (weight, gap)| error + 0.5 * weight * gap * gap)
    }

    /// `ψ_TD`, the fixed point of temporal differences, `A ψ = b`; where features depend on one another, the
    /// shortest one.
    ///
    /// # Panics
    /// Never: both sides of the decomposition are asked for.
    pub fn fixed_point(&self) -> Vec<f64> {
        let svd = self.a.clone().svd(true, true);
        let zero = ROUNDING * svd.singular_values.max();
        let psi = svd.solve(&self.b, zero).expect("both sides of the decomposition");
        psi.iter().copied().collect()
    }

    /// `E(ψ_TD)`: what no number of trajectories takes away.
    pub fn floor(&self) -> f64 {
        self.error(&self.fixed_point())
    }

    /// The least eigenvalue of the Gram matrix, block by block.
    pub fn mu(&self) -> f64 {
        let gram = self.phi.transpose() * DMatrix::from_diagonal(&self.weights) * &self.phi;
        SymmetricEigen::new(gram).eigenvalues.min()
    }

    /// How fast the mean of the iterate falls late: a power of the recursion's matrix by squaring, and the
    /// same again.
    pub fn late_rate(&self, alpha: f64) -> LateRate {
        let mu = self.mu();
        let n = self.a.nrows();
        let mut power = DMatrix::identity(n, n) - alpha * &self.a;
        let mut steps = 1.0;
        // After thirty of the slowest decays the others are gone.
        while steps * alpha * mu < 30.0 {
            power = &power * &power;
            steps *= 2.0;
        }
        let before = &power * -DVector::from_vec(self.fixed_point());
        let after = &power * &before;
        let measured = libm::log(after.norm() / before.norm()) / steps;
        LateRate { measured, expected: libm::log1p(-alpha * mu) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::FiniteMap;
    use crate::paper::Blind;

    fn floor(name: &str, horizon: usize, length: usize) -> f64 {
        let blind = Blind::builtin(name, horizon);
        let table = FeatureTable::of_map(&blind, &blind.window(length), usize::MAX);
        FeatureRecursion::new(&MeanRecursion::of(&blind), &table).floor()
    }

    #[test]
    fn whole_histories_have_no_floor_and_shorter_windows_have_one_that_falls() {
        let floors: Vec<f64> = (0..3).map(|length| floor("tiger3", 3, length)).collect();
        assert!(floors[2] < 1e-25, "{floors:?}");
        assert!(floors.windows(2).all(|two| two[1] < two[0]) && floors[1] > 1e-6, "{floors:?}");
    }

    #[test]
    fn floor_of_two_histories_in_a_class_is_that_computed_by_hand() {
        // Toggle, H = 1, a critic that sees nothing: ψ(a) is the mean of Q(o, a) over o.
        let reward = |zero: f64, a: usize| {
            if a == 0 { 0.9 * zero + 0.2 * (1.0 - zero) } else { 0.2 * zero + 0.9 * (1.0 - zero) }
        };
        let seen = [(0.55, 0.45 / 0.55), (0.45, 0.15 / 0.45)];
        let mut expected = 0.0;
        for a in 0..2 {
            let mean: f64 = seen.iter().map(|(p, zero)| p * reward(*zero, a)).sum();
            let gap = |zero| reward(zero, a) - mean;
            expected += seen.iter().map(|(p, zero)| 0.25 * p * gap(*zero) * gap(*zero)).sum::<f64>();
        }
        let blind = Blind::builtin("toggle", 1);
        let action = |_, place: usize| (0..2).map(|a| f64::from(u8::from(place % 2 == a))).collect();
        let table = FeatureTable::of_rows(blind.whole(), |_| 2, action);
        let error = FeatureRecursion::new(&MeanRecursion::of(&blind), &table).floor();
        assert!((error - expected).abs() < 1e-15, "{error} {expected}");
    }

    #[test]
    fn late_rate_is_that_of_the_rarest_pair() {
        let blind = Blind::builtin("toggle", 2).taking_the_first(0.1);
        let recursion = FeatureRecursion::new(&MeanRecursion::of(&blind), &FeatureTable::one_hot(&blind));
        let rate = recursion.late_rate(0.3);
        // The rarest pair: o, a = 0, o', a = 0, with γ · 0.1² and the least of the two observations' laws.
        let (weights, _) = MeanRecursion::of(&blind).weights_and_values();
        let least = weights.into_iter().fold(f64::INFINITY, f64::min);
        assert!((rate.expected / libm::log1p(-0.3 * least) - 1.0).abs() < 1e-9, "{rate:?}");
        assert!((rate.measured / rate.expected - 1.0).abs() < 0.01, "{rate:?}");
    }

    #[test]
    fn pairs_at_an_angle_have_the_eigenvalue_of_two_by_two_and_its_rate() {
        let blind = Blind::builtin("toggle", 2);
        let angle = 0.3;
        let table = FeatureTable::of_pairs_at_angle(&blind, angle);
        let recursion = FeatureRecursion::new(&MeanRecursion::of(&blind), &table);
        // Both actions are as likely: w (1 - cos) with the least w = γ^h P(z, a).
        let (weights, _) = MeanRecursion::of(&blind).weights_and_values();
        let least = weights.into_iter().fold(f64::INFINITY, f64::min);
        let expected = least * (1.0 - libm::cos(angle));
        assert!((recursion.mu() / expected - 1.0).abs() < 1e-9, "{} {expected}", recursion.mu());
        let rate = recursion.late_rate(0.3);
        assert!((rate.measured / rate.expected - 1.0).abs() < 0.02, "{rate:?}");
        assert!(recursion.floor() < 1e-20, "they span what one-hot features span");
    }

    #[test]
    fn projections_have_norm_one_and_a_floor_that_vanishes_when_nothing_is_left_out() {
        let blind = Blind::builtin("toggle", 2);
        let floor = |dimension| {
            let table = FeatureTable::projected(&blind, dimension, 7);
            let rows = (0..20).map(|component| table.row_of(component).map(|(_, x)| x * x).sum::<f64>());
            assert!(rows.into_iter().all(|norm: f64| (norm - 1.0).abs() < 1e-12));
            FeatureRecursion::new(&MeanRecursion::of(&blind), &table).floor()
        };
        assert!(floor(4) > 1e-4 && floor(16) < 1e-20, "{} {}", floor(4), floor(16));
    }

    #[test]
    fn the_belief_is_enough_for_a_policy_that_looks_at_nothing_and_half_of_it_is_not() {
        let blind = Blind::builtin("toggle", 3);
        let floor = |kept| {
            let table = FeatureTable::of_map(&blind, &blind.belief(), kept);
            FeatureRecursion::new(&MeanRecursion::of(&blind), &table).floor()
        };
        assert!(floor(2) < 1e-20 && floor(1) > 1e-4, "{} {}", floor(2), floor(1));
    }

    #[test]
    fn a_window_of_all_pairs_is_the_one_hot_map() {
        let blind = Blind::builtin("toggle", 2);
        let whole: &FiniteMap = blind.whole();
        let table = FeatureTable::of_map(&blind, whole, usize::MAX);
        for component in 0..whole.stacked() {
            assert_eq!(table.row_of(component).collect::<Vec<_>>(), [(component, 1.0)]);
        }
    }
}
