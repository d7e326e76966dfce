//! Rows of nonnegative numbers, stored by their nonzeros.

/// A matrix kept as compressed sparse rows: row `i` is a list of (column, value), columns ascending, values
/// nonzero.
///
/// ```
/// let rows = dpac::pomdp::SparseRows::from_rows(3, [vec![(0, 0.25), (2, 0.75)], vec![]]);
/// assert_eq!(rows.row(0).collect::<Vec<_>>(), [(0, 0.25), (2, 0.75)]);
/// assert_eq!(rows.get(0, 2), 0.75);
/// assert_eq!(rows.get(1, 2), 0.0);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SparseRows {
    columns: usize,
    /// `starts[i]..starts[i + 1]` is row i's part of `entries`; one longer than the number of rows.
    starts: Vec<usize>,
    entries: Vec<(u32, f64)>,
}

impl SparseRows {
    /// Collects rows whose entries are already sorted by column; exact zeros are dropped.
    ///
    /// # Panics
    /// If a row is not strictly ascending or names a column `>= columns`.
    pub fn from_rows<R>(columns: usize, rows: impl IntoIterator<Item = R>) -> Self
    where
        R: IntoIterator<Item = (u32, f64)>,
    {
        let mut starts = vec![0];
        let mut entries: Vec<(u32, f64)> = Vec::new();
        for row in rows {
            let first = entries.len();
            for (column, value) in row {
                assert!((column as usize) < columns, "column {column} of {columns}");
                assert!(
                    entries[first..].last().is_none_or(|&(before, _)| before < column),
                    "columns of a row ascend"
                );
                if value != 0.0 {
                    entries.push((column, value));
                }
            }
            starts.push(entries.len());
        }
        SparseRows { columns, starts, entries }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of stored entries.
    pub fn nonzeros(&self) -> usize {
        self.entries.len()
    }

    /// The entries of row `i`, columns ascending.
    #[inline]
    pub fn row(&self, i: usize) -> impl ExactSizeIterator<Item = (usize, f64)> + '_ {
        self.entries_of(i).iter().map(|&(column, value)| (column as usize, value))
    }

    /// The entries of row `i`, columns ascending, as they are stored.
    #[inline]
    pub(crate) fn entries_of(&self, i: usize) -> &[(u32, f64)] {
        &self.entries[self.starts[i]..self.starts[i + 1]]
    }

    /// The entry (i, j), zero where nothing is stored; logarithmic in the row's length.
    #[inline]
    pub fn get(&self, i: usize, j: usize) -> f64 {
        let row = self.entries_of(i);
        row.binary_search_by_key(&j, |&(column, _)| column as usize).map_or(0.0, |at| row[at].1)
    }

    /// The sum of row `i`, in column order.
    pub fn row_sum(&self, i: usize) -> f64 {
        self.row(i).fold(0.0, |sum, (_, value)| sum + value)
    }

    /// Each block of `height` rows transposed: of block k, column j becomes row `k * columns + j`.
    ///
    /// # Panics
    /// If the rows are not whole blocks.
    #[must_use]
    pub fn transposed_blocks(&self, height: usize) -> Self {
        assert_eq!(self.rows() % height, 0, "whole blocks");
        let blocks = self.rows() / height;
        let at = |row: usize, column: usize| row / height * self.columns + column;
        // First how many entries each new row has, one place further on; then where it begins; then, as it
        // fills, where it goes on.
        let mut next = vec![0; blocks * self.columns + 1];
        for row in 0..self.rows() {
            for (column, _) in self.row(row) {
                next[at(row, column) + 1] += 1;
            }
        }
        for i in 1..next.len() {
            next[i] += next[i - 1];
        }
        let starts = next.clone();
        let mut entries = vec![(0, 0.0); self.nonzeros()];
        for row in 0..self.rows() {
            for (column, value) in self.row(row) {
                let place = &mut next[at(row, column)];
                entries[*place] = ((row % height) as u32, value);
                *place += 1;
            }
        }
        SparseRows { columns: height, starts, entries }
    }

    /// The same rows, each divided by its own sum; an empty row stays empty. They are divided in place, so
    /// that a large table is not held twice.
    ///
    /// A row that misses 1 by no more than the rounding of its own division and summation is left as it is,
    /// so that normalising twice is normalising once.
    #[must_use]
    pub fn normalised(mut self) -> Self {
        let mut underflow = false;
        for i in 0..self.rows() {
            let sum = self.row_sum(i);
            let row = &mut self.entries[self.starts[i]..self.starts[i + 1]];
            let rounding = (row.len() + 1) as f64 * f64::EPSILON;
            if (sum - 1.0).abs() > rounding {
                for (_, value) in row {
                    *value /= sum;
                    underflow |= *value == 0.0;
                }
            }
        }
        if underflow { self.without_zeros() } else { self }
    }

    fn without_zeros(self) -> Self {
        let row = |i| self.row(i).map(|(column, value)| (column as u32, value));
        SparseRows::from_rows(self.columns, (0..self.rows()).map(row))
    }

    /// Of rows written one after another: row `i` is `starts[i]..starts[i + 1]` of `entries`.
    ///
    /// # Panics
    /// If a row does not ascend strictly, names a column `>= columns`, or holds a zero.
    pub(super) fn from_flat(columns: usize, starts: Vec<usize>, mut entries: Vec<(u32, f64)>) -> Self {
        for bounds in starts.windows(2) {
            let row = &entries[bounds[0]..bounds[1]];
            assert!(row.windows(2).all(|pair| pair[0].0 < pair[1].0), "columns of a row ascend");
            assert!(
                row.last().is_none_or(|&(column, _)| (column as usize) < columns),
                "a column of {columns}"
            );
            assert!(row.iter().all(|&(_, value)| value != 0.0), "zeros are not kept");
        }
        entries.shrink_to_fit();
        SparseRows { columns, starts, entries }
    }

    /// Entries that there is room for: at least [`SparseRows::nonzeros`].
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.entries.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn transposed_blocks_hold_the_entries_of_each_block_by_column() {
        let rows = [vec![(0, 1.0), (2, 2.0)], vec![(2, 3.0)], vec![], vec![(1, 4.0)]];
        let transposed = SparseRows::from_rows(3, rows.clone()).transposed_blocks(2);
        let expected = [vec![(0, 1.0)], vec![], vec![(0, 2.0), (1, 3.0)], vec![], vec![(1, 4.0)], vec![]];
        assert_eq!(transposed, SparseRows::from_rows(2, expected));
        assert_eq!(transposed.rows(), 6);
    }

    proptest! {
        #[test]
        fn normalising_twice_is_normalising_once(row in prop::collection::vec(1e-6..1.0_f64, 1..200)) {
            let columns = row.len();
            let entries = row.iter().enumerate().map(|(column, &value)| (column as u32, value));
            let once = SparseRows::from_rows(columns, [entries]).normalised();
            prop_assert!((once.row_sum(0) - 1.0).abs() <= (columns + 1) as f64 * f64::EPSILON);
            prop_assert_eq!(once.clone().normalised(), once);
        }
    }
}
