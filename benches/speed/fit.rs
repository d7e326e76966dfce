//! Fits to timings, in which relative residuals count: a timing of a second may be off by more seconds than
//! one of a millisecond.

/// `t = a + b x`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Affine {
    pub(crate) a: f64,
    pub(crate) b: f64,
    /// The largest `|a + b x - t| / t`.
    pub(crate) residual: f64,
}

/// The affine fit to points `(x, t)` that minimises `Σ ((a + b x - t) / t)²`: least squares with weights
/// `1 / t²`.
pub(crate) fn affine(points: &[(f64, f64)]) -> Affine {
    // Rows (1/t, x/t) and right-hand sides 1, by the normal equations.
    let (mut pp, mut pq, mut qq, mut p1, mut q1) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for &(x, t) in points {
        let (p, q) = (1.0 / t, x / t);
        pp += p * p;
        pq += p * q;
        qq += q * q;
        p1 += p;
        q1 += q;
    }
    let determinant = pp * qq - pq * pq;
    let (a, b) = ((p1 * qq - q1 * pq) / determinant, (q1 * pp - p1 * pq) / determinant);
    let residual = points.iter().map(|(x, t)| (a + b * x - t).abs() / t).fold(0.0, f64::max);
    Affine { a, b, residual }
}

/// The exponent e of `t = c x^e`: the slope of the straight line through `(ln x, ln t)`.
pub(crate) fn exponent(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|&(x, t)| (libm::log(x), libm::log(t))).collect();
    let n = logs.len() as f64;
    let (mean_x, mean_t) =
        (logs.iter().map(|(x, _)| x).sum::<f64>() / n, logs.iter().map(|(_, t)| t).sum::<f64>() / n);
    let (mut xx, mut xt) = (0.0, 0.0);
    for (x, t) in logs {
        xx += (x - mean_x) * (x - mean_x);
        xt += (x - mean_x) * (t - mean_t);
    }
    xt / xx
}

/// Fits data whose answers are known; a fit that is wrong ends the benchmark here.
pub(crate) fn check() {
    let close = |found: f64, expected: f64| (found - expected).abs() <= 1e-9 * expected.abs();
    let exact = affine(&[10.0, 100.0, 1000.0, 10_000.0, 100_000.0].map(|x| (x, 3.0 + 0.5 * x)));
    assert!(close(exact.a, 3.0) && close(exact.b, 0.5) && exact.residual < 1e-12, "{exact:?}");
    // No line meets these. By hand: p = (1, 1/2, 1/4) and q = (0, 1/2, 1/2) give 21/16 a + 3/8 b = 7/4 and
    // 3/8 a + 1/2 b = 1. Without weights it would be a = 5/6.
    let weighted = affine(&[(0.0, 1.0), (1.0, 2.0), (2.0, 4.0)]);
    assert!(close(weighted.a, 32.0 / 33.0) && close(weighted.b, 14.0 / 11.0), "{weighted:?}");
    assert!(close(weighted.residual, 4.0 / 33.0), "{weighted:?}");
    let power = exponent(&[8.0, 16.0, 64.0, 1024.0].map(|x| (x, 3.0 * libm::pow(x, 0.7))));
    assert!(close(power, 0.7), "{power}");
    assert!(exponent(&[8.0, 64.0, 512.0].map(|x| (x, 2.5))).abs() < 1e-12, "a constant has exponent 0");
}
