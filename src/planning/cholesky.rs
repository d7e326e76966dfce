//! Linear systems with symmetric positive matrices, in one order of operations: a library chooses its kernels
//! by what the processor has, and with them the last bits.

/// A matrix that has no factor: at this row its pivot is not above 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotPositive(pub(super) usize);

/// Numbers of the lower triangle of a matrix of `n` rows. They stand row by row: entry (i, j), j ≤ i, at
/// `triangle(i) + j`.
pub(crate) const fn triangle(n: usize) -> usize {
    n * (n + 1) / 2
}

/// Replaces the lower triangle of A by that of L, with `A = L L'`.
///
/// # Errors
/// [`NotPositive`], with the triangle half done.
pub(crate) fn factor(lower: &mut [f64], n: usize) -> Result<(), NotPositive> {
    for i in 0..n {
        let (above, row) = lower.split_at_mut(triangle(i));
        let row = &mut row[..=i];
        for j in 0..i {
            let other = &above[triangle(j)..][..=j];
            row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
        }
        let pivot = row[i] - dot(&row[..i], &row[..i]);
        if !(pivot > 0.0 && pivot.is_finite()) {
            return Err(NotPositive(i));
        }
        row[i] = pivot.sqrt();
    }
    Ok(())
}

/// Replaces b by the solution of `L L' x = b`.
pub(crate) fn solve(factor: &[f64], b: &mut [f64]) {
    for i in 0..b.len() {
        let row = &factor[triangle(i)..][..=i];
        b[i] = (b[i] - dot(&row[..i], &b[..i])) / row[i];
    }
    for i in (0..b.len()).rev() {
        let row = &factor[triangle(i)..][..=i];
        let (before, x) = b.split_at_mut(i);
        x[0] /= row[i];
        for (b, l) in before.iter_mut().zip(row) {
            *b -= l * x[0];
        }
    }
}

/// Four sums side by side, which do not wait for one another, and what is left over.
#[inline]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    let mut sums = [0.0; 4];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest = a_rest.iter().zip(b_rest).fold(0.0, |sum, (a, b)| sum + a * b);
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `A = Σ_k c_k c_k' + 0.1 I` with columns of small numbers, n = 1 to 13: residuals are those of
    /// rounding.
    #[test]
    fn a_solution_leaves_no_residual() {
        for n in 1..14_usize {
            let entry = |i: usize, k: usize| ((7 * i + 11 * k + i * k) % 13) as f64 / 13.0 - 0.4;
            let a = |i: usize, j: usize| {
                let sum = (0..n).map(|k| entry(i, k) * entry(j, k)).fold(0.0, |sum, x| sum + x);
                sum + if i == j { 0.1 } else { 0.0 }
            };
            let mut lower = Vec::new();
            (0..n).for_each(|i| lower.extend((0..=i).map(|j| a(i, j))));
            assert_eq!(lower.len(), triangle(n));
            factor(&mut lower, n).expect("a positive matrix");
            let b: Vec<f64> = (0..n).map(|i| entry(i, 3)).collect();
            let mut x = b.clone();
            solve(&lower, &mut x);
            for i in 0..n {
                let found = (0..n).map(|j| a(i, j) * x[j]).fold(0.0, |sum, x| sum + x);
                // Entries are below n, solutions below 10.
                assert!((found - b[i]).abs() < 1e-12, "n = {n}, row {i}: {found} instead of {}", b[i]);
            }
        }
    }

    #[test]
    fn a_matrix_that_is_not_positive_is_told_with_its_row() {
        assert_eq!(factor(&mut [1.0, 2.0, 1.0], 2), Err(NotPositive(1)));
        assert_eq!(factor(&mut [0.0], 1), Err(NotPositive(0)));
        assert_eq!(factor(&mut [f64::NAN], 1), Err(NotPositive(0)));
    }
}
