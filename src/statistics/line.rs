//! A straight line by least squares.

/// `y = mean_y + slope (x - mean_x)`, by least squares with equal weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// The slope.
    pub slope: f64,
    /// The mean of x.
    pub mean_x: f64,
    /// The mean of y.
    pub mean_y: f64,
    /// `Σ (x - mean_x)²`: the slope is `Σ (x - mean_x)(y - mean_y)` over this.
    pub spread: f64,
}

impl Line {
    /// The line through points (x, y), summed in their order; none if their x do not differ.
    pub fn through(points: &[(f64, f64)]) -> Option<Self> {
        let n = points.len() as f64;
        let sum = |f: &dyn Fn(&(f64, f64)) -> f64| points.iter().fold(0.0, |sum, point| sum + f(point));
        let (mean_x, mean_y) = (sum(&|(x, _)| *x) / n, sum(&|(_, y)| *y) / n);
        let spread = sum(&|(x, _)| (x - mean_x) * (x - mean_x));
        let slope = sum(&|(x, y)| (x - mean_x) * (y - mean_y)) / spread;
        (spread > 0.0).then_some(Line { slope, mean_x, mean_y, spread })
    }

    /// How far a point lies above the line.
    pub fn residual(&self, (x, y): (f64, f64)) -> f64 {
        y - self.mean_y - self.slope * (x - self.mean_x)
    }
}
