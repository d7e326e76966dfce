//! Rows of nonnegative numbers, stored by their nonzeros.

/// A matrix kept as compressed sparse rows: row `i` is a list of (column, value), columns ascending, values nonzero.
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
    pub fn row(&self, i: usize) -> impl ExactSizeIterator<Item = (usize, f64)> + '_ {
        self.entries[self.starts[i]..self.starts[i + 1]]
            .iter()
            .map(|&(column, value)| (column as usize, value))
    }

    /// The entry (i, j), zero where nothing is stored; logarithmic in the row's length.
    pub fn get(&self, i: usize, j: usize) -> f64 {
        let row = &self.entries[self.starts[i]..self.starts[i + 1]];
        row.binary_search_by_key(&j, |&(column, _)| column as usize).map_or(0.0, |at| row[at].1)
    }

    /// The sum of row `i`, in column order.
    pub fn row_sum(&self, i: usize) -> f64 {
        self.row(i).fold(0.0, |sum, (_, value)| sum + value)
    }

    /// The same rows, each divided by its own sum; an empty row stays empty.
    ///
    /// A row that misses 1 by no more than the rounding of its own division and summation is left as it is, so that
    /// normalising twice is normalising once.
    #[must_use]
    pub fn normalised(&self) -> Self {
        SparseRows::from_rows(
            self.columns,
            (0..self.rows()).map(|i| {
                let sum = self.row_sum(i);
                let rounding = (self.row(i).len() + 1) as f64 * f64::EPSILON;
                let divisor = if (sum - 1.0).abs() <= rounding { 1.0 } else { sum };
                self.row(i).map(move |(column, value)| (column as u32, value / divisor))
            }),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn normalising_twice_is_normalising_once(row in prop::collection::vec(1e-6..1.0_f64, 1..200)) {
            let columns = row.len();
            let entries = row.iter().enumerate().map(|(column, &value)| (column as u32, value));
            let once = SparseRows::from_rows(columns, [entries]).normalised();
            prop_assert!((once.row_sum(0) - 1.0).abs() <= (columns + 1) as f64 * f64::EPSILON);
            prop_assert_eq!(once.normalised(), once);
        }
    }
}
