//! Means over seeds, and power laws through them.

use crate::statistics::{Line, mean_and_standard_error};
use serde::Serialize;

/// A mean over independent runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// Its standard error, `s / √n` with `s² = Σ (x - mean)² / (n - 1)`.
    pub standard_error: f64,
}

impl Mean {
    /// The mean of `values`, summed in their order.
    ///
    /// # Panics
    /// If there are fewer than two.
    pub fn of(values: &[f64]) -> Self {
        assert!(values.len() > 1, "a standard error needs two values");
        let (mean, standard_error) = mean_and_standard_error(values);
        Mean { mean, standard_error }
    }
}

/// `y = c x^slope`, by least squares on logarithms with equal weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PowerLaw {
    /// The slope.
    pub slope: f64,
    /// The standard error that the scatter around the line suggests,
    /// `√(Σ residual² / (n - 2) / Σ (x - mean)²)`: it contains curvature, and with three points it has one
    /// degree of freedom.
    pub error_from_residuals: f64,
    /// The standard error that follows from those of the means, if they are independent: of `ln y` it is that
    /// of y divided by y.
    pub error_from_means: f64,
}

impl PowerLaw {
    /// The power law through (x, mean of y).
    ///
    /// # Panics
    /// If there are fewer than three points, all x are equal, or a number is not positive.
    pub fn through(points: &[(f64, Mean)]) -> Self {
        assert!(points.len() > 2, "a slope with a standard error needs three points");
        assert!(points.iter().all(|(x, y)| *x > 0.0 && y.mean > 0.0), "logarithms of positive numbers");
        let n = points.len() as f64;
        let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (libm::log(*x), libm::log(y.mean))).collect();
        let line = Line::through(&logs).expect("points at different x");
        let Line { slope, mean_x, spread, .. } = line;
        let residuals = logs.iter().fold(0.0, |sum, &point| {
            let residual = line.residual(point);
            sum + residual * residual
        });
        let variance = logs.iter().zip(points).fold(0.0, |sum, ((x, _), (_, y))| {
            let share = (x - mean_x) / spread * y.standard_error / y.mean;
            sum + share * share
        });
        PowerLaw {
            slope,
            error_from_residuals: (residuals / (n - 2.0) / spread).sqrt(),
            error_from_means: variance.sqrt(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    #[test]
    fn mean_and_standard_error_are_those_computed_by_hand() {
        // Mean 5, squared deviations 9 + 1 + 1 + 9 = 20, s² = 20/3, s²/n = 5/3.
        let mean = Mean::of(&[2.0, 4.0, 6.0, 8.0]);
        close(mean.mean, 5.0);
        close(mean.standard_error, (5.0_f64 / 3.0).sqrt());
    }

    #[test]
    fn exact_power_law_has_its_exponent_and_no_residual() {
        let exact = |x: f64| (x, Mean { mean: 7.0 / (x * x), standard_error: 0.0 });
        let line = PowerLaw::through(&[exact(1.0), exact(3.0), exact(10.0), exact(200.0)]);
        close(line.slope, -2.0);
        assert!(line.error_from_residuals < 1e-12);
        close(line.error_from_means, 0.0);
    }

    #[test]
    fn slope_and_both_standard_errors_are_those_computed_by_hand() {
        // On logs to base 2 the points are (0, 0), (1, 2), (2, 1): slope ((-1)(-1) + 0 + 1·0) / 2 = 1/2,
        // residuals -1/2, 1, -1/2, so the error from residuals is √(1.5 / 1 / 2). Relative errors 0.1, 0.2,
        // 0.3 count with -1/2, 0, 1/2 per unit of log2 x.
        let at = |x: f64, mean: f64, relative: f64| (x, Mean { mean, standard_error: relative * mean });
        let line = PowerLaw::through(&[at(1.0, 1.0, 0.1), at(2.0, 4.0, 0.2), at(4.0, 2.0, 0.3)]);
        close(line.slope, 0.5);
        close(line.error_from_residuals, 0.75_f64.sqrt());
        close(line.error_from_means, (0.0025_f64 + 0.0225).sqrt() / libm::log(2.0));
    }

    #[test]
    #[should_panic(expected = "three points")]
    fn two_points_have_no_standard_error() {
        let mean = Mean { mean: 1.0, standard_error: 0.0 };
        let _ = PowerLaw::through(&[(1.0, mean), (2.0, mean)]);
    }
}
