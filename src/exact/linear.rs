//! Systems of linear equations, by loops whose bits do not depend on the machine.

/// A pivot counts as zero below this fraction of the first one.
const RELATIVE_ZERO: f64 = 1e-12;

/// A solution of `rows x = right`: Gauss's elimination with complete pivoting, unknowns that are left open at
/// 0.
///
/// `None` where an equation without an unknown left misses by more than `tolerance`. The arguments are
/// overwritten.
///
/// # Panics
/// If rows have different lengths, or there are not as many as right sides.
pub(crate) fn solve(rows: &mut [Vec<f64>], right: &mut [f64], tolerance: f64) -> Option<Vec<f64>> {
    assert_eq!(rows.len(), right.len(), "an equation has two sides");
    let unknowns = rows.first().map_or(0, Vec::len);
    let mut column: Vec<usize> = (0..unknowns).collect();
    let mut rank = 0;
    let mut first_pivot = 0.0;
    while rank < rows.len().min(unknowns) {
        // The largest entry left; of equal ones the first.
        let (mut best, mut at) = (0.0, (rank, rank));
        for i in rank..rows.len() {
            for j in rank..unknowns {
                let size = rows[i][column[j]].abs();
                if size > best {
                    (best, at) = (size, (i, j));
                }
            }
        }
        if rank == 0 {
            first_pivot = best;
        }
        if best <= RELATIVE_ZERO * first_pivot {
            break;
        }
        rows.swap(rank, at.0);
        right.swap(rank, at.0);
        column.swap(rank, at.1);
        let (above, below) = rows.split_at_mut(rank + 1);
        let pivot = &above[rank];
        for (i, row) in below.iter_mut().enumerate() {
            let factor = row[column[rank]] / pivot[column[rank]];
            for &j in &column[rank..] {
                row[j] -= factor * pivot[j];
            }
            right[rank + 1 + i] -= factor * right[rank];
        }
        rank += 1;
    }
    if right[rank..].iter().any(|left| left.abs() > tolerance) {
        return None;
    }
    let mut solution = vec![0.0; unknowns];
    for i in (0..rank).rev() {
        let known = column[i + 1..rank].iter().fold(0.0, |sum, &j| sum + rows[i][j] * solution[j]);
        solution[column[i]] = (right[i] - known) / rows[i][column[i]];
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consistent_systems_are_solved_and_others_are_not() {
        // x + 2 y = 5, 2 x + 4 y = 10, x - y = -1: x = 1, y = 2, with z in no equation.
        let rows = || vec![vec![1.0, 2.0, 0.0], vec![2.0, 4.0, 0.0], vec![1.0, -1.0, 0.0]];
        let solved = solve(&mut rows(), &mut [5.0, 10.0, -1.0], 1e-12).expect("consistent");
        for (x, expected) in solved.iter().zip([1.0, 2.0, 0.0]) {
            assert!((x - expected).abs() < 1e-14, "{solved:?}");
        }
        assert_eq!(solve(&mut rows(), &mut [5.0, 10.1, -1.0], 1e-12), None);
        assert_eq!(solve(&mut [], &mut [], 1e-12), Some(Vec::new()));
    }

    #[test]
    fn a_badly_conditioned_system_of_full_rank_is_solved() {
        // Hilbert's matrix of dimension 6 has the condition number 1.5e7.
        let n = 6;
        let mut rows: Vec<Vec<f64>> =
            (0..n).map(|i| (0..n).map(|j| 1.0 / (i + j + 1) as f64).collect()).collect();
        let mut right: Vec<f64> =
            rows.iter().map(|row| row.iter().enumerate().map(|(j, x)| x * j as f64).sum()).collect();
        let solved = solve(&mut rows, &mut right, 1e-12).expect("consistent");
        assert!(solved.iter().enumerate().all(|(j, x)| (x - j as f64).abs() < 1e-8), "{solved:?}");
    }
}
