//! Second moments of features, and the norms that they define.

use super::cholesky::{NotPositive, factor, solve, triangle};
use thiserror::Error;

/// `Σ = λ I + Σ_i n_i φ_i φ_i'`, as it is summed up.
#[derive(Clone, Debug)]
pub struct Moment {
    dimension: usize,
    /// The lower triangle, row by row.
    lower: Vec<f64>,
}

/// A matrix that rounding has left without a factor.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the features' moments have no factor at row {row}: the ridge is too small for what was counted")]
pub struct Singular {
    /// The row, from 0.
    pub row: usize,
}

impl Moment {
    /// `λ I` in R^d.
    pub fn new(dimension: usize, ridge: f64) -> Self {
        let mut lower = vec![0.0; triangle(dimension)];
        for i in 0..dimension {
            lower[triangle(i) + i] = ridge;
        }
        Moment { dimension, lower }
    }

    /// Adds `n φ φ'`.
    pub fn add(&mut self, n: f64, phi: &[f64]) {
        for (i, x) in phi.iter().enumerate() {
            let row = &mut self.lower[triangle(i)..][..=i];
            for (entry, y) in row.iter_mut().zip(phi) {
                *entry += n * x * y;
            }
        }
    }

    /// The norm of the inverse.
    ///
    /// # Errors
    /// [`Singular`] where λ is lost beside what was added.
    pub fn into_ellipse(mut self) -> Result<Ellipse, Singular> {
        match factor(&mut self.lower, self.dimension) {
            Ok(()) => Ok(Ellipse { factor: self.lower, scratch: vec![0.0; self.dimension] }),
            Err(NotPositive(row)) => Err(Singular { row }),
        }
    }
}

/// `‖φ‖ = (φ' Σ^{-1} φ)^{1/2}`, by Cholesky's factor of Σ.
#[derive(Clone, Debug)]
pub struct Ellipse {
    factor: Vec<f64>,
    scratch: Vec<f64>,
}

impl Ellipse {
    /// `‖φ‖`.
    pub fn norm(&mut self, phi: &[f64]) -> f64 {
        self.scratch.copy_from_slice(phi);
        solve(&self.factor, &mut self.scratch);
        let squared = self.scratch.iter().zip(phi).fold(0.0, |sum, (x, y)| sum + x * y);
        squared.max(0.0).sqrt()
    }

    /// Replaces b by `Σ^{-1} b`.
    pub fn solve(&self, b: &mut [f64]) {
        solve(&self.factor, b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_norm_is_that_of_the_inverse() {
        let mut moment = Moment::new(2, 0.5);
        moment.add(3.0, &[1.0, 2.0]);
        moment.add(2.0, &[-1.0, 0.5]);
        // [[5.5, 5], [5, 13]], whose determinant is 46.5.
        let mut ellipse = moment.into_ellipse().expect("positive");
        for phi in [[1.0, 0.0], [0.0, 1.0], [0.3, -0.7]] {
            let [x, y] = phi;
            let squared = (13.0 * x * x - 10.0 * x * y + 5.5 * y * y) / 46.5;
            assert!((ellipse.norm(&phi) - libm::sqrt(squared)).abs() < 1e-15);
        }
        let mut b = [1.0, 1.0];
        ellipse.solve(&mut b);
        assert!((b[0] - 8.0 / 46.5).abs() < 1e-15 && (b[1] - 0.5 / 46.5).abs() < 1e-15);
    }

    #[test]
    fn without_data_the_norm_is_the_length_over_the_root_of_the_ridge() {
        let mut ellipse = Moment::new(3, 4.0).into_ellipse().expect("positive");
        assert!((ellipse.norm(&[2.0, 3.0, 6.0]) - 3.5).abs() < 1e-15);
    }

    #[test]
    fn a_ridge_that_is_lost_is_told() {
        let mut moment = Moment::new(2, 1e-30);
        moment.add(1.0, &[1.0, 1.0]);
        assert_eq!(moment.into_ellipse().err(), Some(Singular { row: 1 }));
    }
}
