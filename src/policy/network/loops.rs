//! The inner loops: they go over outputs, side by side, so that no sum changes with their width. They go by
//! index: an iterator over rows is a function of another unit, which hides how long a row is.

use super::input::Active;

/// `y ← y + x · row`.
#[inline(always)]
pub(super) fn add_scaled(y: &mut [f64], x: f64, row: &[f64]) {
    for i in 0..y.len() {
        y[i] += x * row[i];
    }
}

/// `y ← y + U'x`, in the order of the components, where the rows of U have the length of y.
#[inline(always)]
pub(super) fn add_inputs(y: &mut [f64], x: &[Active], u: &[f64]) {
    let wide = y.len();
    for active in x {
        add_scaled(y, active.value, &u[active.at as usize * wide..][..wide]);
    }
}

/// `y ← y + M'x`, in the order of the components of x.
#[inline(always)]
pub(super) fn add_product(y: &mut [f64], x: &[f64], m: &[f64]) {
    let wide = y.len();
    for j in 0..x.len() {
        add_scaled(y, x[j], &m[j * wide..][..wide]);
    }
}

/// `y ← y + dM'x + M'dx`, both terms of a component before those of the next.
#[inline(always)]
pub(super) fn add_tangent(y: &mut [f64], x: &[f64], dx: &[f64], m: &[f64], dm: &[f64]) {
    let wide = y.len();
    for j in 0..x.len() {
        let (row, drow) = (&m[j * wide..][..wide], &dm[j * wide..][..wide]);
        for i in 0..wide {
            y[i] = y[i] + x[j] * drow[i] + dx[j] * row[i];
        }
    }
}

/// `M ← M + x e'`.
#[inline(always)]
pub(super) fn add_outer(m: &mut [f64], x: &[f64], e: &[f64]) {
    let wide = e.len();
    for j in 0..x.len() {
        add_scaled(&mut m[j * wide..][..wide], x[j], e);
    }
}

/// `1 / (1 + exp(-y))`.
#[inline(always)]
pub(super) fn sigmoid(y: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-y))
}
