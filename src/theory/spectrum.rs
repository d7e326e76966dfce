//! Eigenvalues of sparse symmetric matrices, block by block.

use super::moments::Entries;
use nalgebra::{DMatrix, SymmetricEigen};
use std::collections::BTreeMap;
use thiserror::Error;

/// A block of a matrix that is too large for a dense eigen-solve.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("a dense eigen-solve of dimension {dimension} exceeds the limit of {limit}")]
pub struct DenseLimitExceeded {
    /// The block's dimension.
    pub dimension: usize,
    /// The limit.
    pub limit: usize,
}

/// An eigenvalue and its eigenvector, of length 1, by its components.
pub(super) struct Eigenpair {
    pub(super) value: f64,
    pub(super) vector: Vec<(u32, f64)>,
}

/// The eigenpairs of each connected block of a symmetric matrix, given on and above the diagonal.
///
/// A block that is a single entry, as all are for one-hot features, costs nothing.
pub(super) fn blocks(matrix: &Entries, limit: usize) -> Result<Vec<Vec<Eigenpair>>, DenseLimitExceeded> {
    let mut result = Vec::new();
    for (indices, entries) in connected(matrix) {
        let n = indices.len();
        if n == 1 {
            let value = entries.iter().fold(0.0, |sum, (_, x)| sum + x);
            result.push(vec![Eigenpair { value, vector: vec![(indices[0], 1.0)] }]);
            continue;
        }
        if n > limit {
            return Err(DenseLimitExceeded { dimension: n, limit });
        }
        let place: BTreeMap<u32, usize> = indices.iter().enumerate().map(|(at, &i)| (i, at)).collect();
        let mut dense = DMatrix::zeros(n, n);
        for &((i, j), x) in &entries {
            dense[(place[&i], place[&j])] = x;
            dense[(place[&j], place[&i])] = x;
        }
        let eigen = SymmetricEigen::new(dense);
        result.push(
            (0..n)
                .map(|k| Eigenpair {
                    value: eigen.eigenvalues[k],
                    vector: indices
                        .iter()
                        .copied()
                        .zip(eigen.eigenvectors.column(k).iter().copied())
                        .collect(),
                })
                .collect(),
        );
    }
    Ok(result)
}

/// A block: its indices, ascending, and its entries.
pub(super) type Block = (Vec<u32>, Vec<((u32, u32), f64)>);

/// Groups indices that nonzeros connect.
pub(super) fn connected(matrix: &Entries) -> Vec<Block> {
    let mut parent: BTreeMap<u32, u32> = matrix.keys().flat_map(|&(i, j)| [(i, i), (j, j)]).collect();
    for (&(i, j), &x) in matrix {
        if x != 0.0 {
            let (a, b) = (root(&mut parent, i), root(&mut parent, j));
            parent.insert(a.max(b), a.min(b));
        }
    }
    let mut blocks: BTreeMap<u32, Block> = BTreeMap::new();
    let indices: Vec<u32> = parent.keys().copied().collect();
    for i in indices {
        blocks.entry(root(&mut parent, i)).or_default().0.push(i);
    }
    for (&(i, j), &x) in matrix {
        if x != 0.0 {
            blocks.entry(root(&mut parent, i)).or_default().1.push(((i, j), x));
        }
    }
    blocks.into_values().collect()
}

/// The smallest index of i's group; halves the path to it.
fn root(parent: &mut BTreeMap<u32, u32>, mut i: u32) -> u32 {
    while parent[&i] != i {
        let above = parent[&parent[&i]];
        parent.insert(i, above);
        i = above;
    }
    i
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_solved_apart() {
        // [[2, 1], [1, 2]] on {0, 3}, 5 on {1}, 0 on {2}.
        let matrix =
            Entries::from([((0, 0), 2.0), ((0, 3), 1.0), ((1, 1), 5.0), ((2, 2), 0.0), ((3, 3), 2.0)]);
        let mut values: Vec<Vec<f64>> = blocks(&matrix, 2)
            .expect("small")
            .iter()
            .map(|block| block.iter().map(|pair| pair.value).collect())
            .collect();
        values[0].sort_by(f64::total_cmp);
        assert_eq!(values.len(), 3);
        assert!((values[0][0] - 1.0).abs() < 1e-14 && (values[0][1] - 3.0).abs() < 1e-14);
        assert_eq!((values[1].as_slice(), values[2].as_slice()), ([5.0].as_slice(), [0.0].as_slice()));
    }

    #[test]
    fn dense_blocks_have_a_limit() {
        let matrix = Entries::from([((0, 0), 2.0), ((0, 3), 1.0), ((3, 3), 2.0)]);
        assert_eq!(blocks(&matrix, 1).err(), Some(DenseLimitExceeded { dimension: 2, limit: 1 }));
    }
}
