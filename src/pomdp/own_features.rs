//! Features that belong to a problem: in them its action values are exactly linear.

use thiserror::Error;

/// A table `φ(c, a)` in R^d for the class c of the last observation, with `‖φ‖ ≤ 1`.
///
/// A problem that carries one promises that `Q_h^π(z, a) = ⟨φ(c(z), a), w_h⟩` with some `w_h`, for every
/// policy π that reads the step and the last observation only, and on every history z that shows something.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnFeatures {
    dimension: usize,
    actions: usize,
    /// The block of each class; classes that tell the same share one.
    block: Vec<u32>,
    /// `φ_i` of block b and action a at `(b A + a) d + i`.
    rows: Vec<f64>,
}

/// A table that is none.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum OwnFeaturesError {
    /// A table whose size does not fit the others, or a problem of other sizes.
    #[error("{what}: {found}, expected {expected}")]
    Shape {
        /// What.
        what: &'static str,
        /// Its size.
        found: usize,
        /// The size it should have.
        expected: usize,
    },
    /// A row longer than 1, or no numbers.
    #[error("row {row} has the squared length {squared}")]
    Length {
        /// `b A + a`.
        row: usize,
        /// `‖φ‖²`.
        squared: f64,
    },
}

/// What rounding may add to a squared length of 1.
const LENGTH_TOLERANCE: f64 = 1e-9;

impl OwnFeatures {
    /// The table whose row of class c and action a stands at `(block[c] A + a) d ..` of `rows`.
    ///
    /// # Errors
    /// [`OwnFeaturesError`] where sizes do not fit, or a row is longer than 1.
    pub fn new(
        dimension: usize,
        actions: usize,
        block: Vec<u32>,
        rows: Vec<f64>,
    ) -> Result<Self, OwnFeaturesError> {
        let blocks = block.iter().max().map_or(0, |&b| b as usize + 1);
        let (found, expected) = (rows.len(), blocks * actions * dimension);
        if dimension == 0 || found != expected {
            return Err(OwnFeaturesError::Shape { what: "entries of the table", found, expected });
        }
        for (row, phi) in rows.chunks(dimension).enumerate() {
            let squared = phi.iter().fold(0.0, |sum, x| sum + x * x);
            if !(0.0..=1.0 + LENGTH_TOLERANCE).contains(&squared) {
                return Err(OwnFeaturesError::Length { row, squared });
            }
        }
        Ok(OwnFeatures { dimension, actions, block, rows })
    }

    /// d.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Number of classes of observations.
    pub fn classes(&self) -> usize {
        self.block.len()
    }

    /// Number of actions.
    pub fn actions(&self) -> usize {
        self.actions
    }

    /// What class `c` tells: classes of the same block have the same features.
    pub fn block(&self, class: usize) -> usize {
        self.block[class] as usize
    }

    /// `φ(c, a)` for any class of this block; length d.
    pub fn of_block(&self, block: usize, action: usize) -> &[f64] {
        let first = (block * self.actions + action) * self.dimension;
        &self.rows[first..first + self.dimension]
    }

    /// `φ(c, a)`; length d.
    pub fn row(&self, class: usize, action: usize) -> &[f64] {
        self.of_block(self.block(class), action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pomdp::builtin::{tiger, toggle};

    #[test]
    fn tables_of_other_sizes_and_long_rows_are_refused() {
        let shape = |what, found, expected| Some(OwnFeaturesError::Shape { what, found, expected });
        let short = OwnFeatures::new(2, 2, vec![0, 1], vec![0.5; 7]);
        assert_eq!(short.err(), shape("entries of the table", 7, 8));
        let long = OwnFeatures::new(1, 2, vec![0], vec![0.5, 1.1]);
        assert!(matches!(long, Err(OwnFeaturesError::Length { row: 1, .. })));
        let table = OwnFeatures::new(1, 2, vec![0, 0], vec![0.5, 1.0]).expect("a table");
        assert_eq!(table.row(1, 1), [1.0]);
        assert_eq!(tiger().with_features(table.clone()).err(), shape("actions", 2, 3));
        let model = toggle().with_features(table.clone()).expect("a table that fits");
        assert_eq!(model.own_features().map(|own| &**own), Some(&table));
        let split = model.split(3).expect("small");
        assert_eq!(split.own_features().map(|own| &**own), Some(&table));
    }
}
