//! One feature vector, in the form that costs least.

/// A feature vector inside a stacked parameter vector.
pub trait Row: Clone + Default + Send {
    /// Nonzeros of every row, where that is one small number; `None` where rows are long, or of any length.
    const NONZEROS: Option<u64> = None;

    /// `⟨φ, w⟩`, summed in index order from +0.0 (a one-hot row: the component itself).
    fn dot(&self, weights: &[f64]) -> f64;

    /// `w ← w + c φ`.
    fn add_to(&self, c: f64, weights: &mut [f64]);

    /// Calls `f(index, value)` for each nonzero, indices ascending.
    fn for_each(&self, f: impl FnMut(usize, f64));

    /// Makes `list` the nonzeros of the row that `write` writes.
    fn as_list(list: &mut SparseRow, write: impl FnOnce(&mut Self)) {
        let mut row = Self::default();
        write(&mut row);
        list.clear();
        row.for_each(|i, value| list.push(i, value));
    }

    /// `‖φ‖²`.
    fn norm_squared(&self) -> f64 {
        let mut sum = 0.0;
        self.for_each(|_, value| sum += value * value);
        sum
    }
}

/// The unit vector `e_i`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OneHot(pub u32);

impl Row for OneHot {
    const NONZEROS: Option<u64> = Some(1);

    #[inline]
    fn dot(&self, weights: &[f64]) -> f64 {
        weights[self.0 as usize]
    }

    #[inline]
    fn add_to(&self, c: f64, weights: &mut [f64]) {
        weights[self.0 as usize] += c;
    }

    #[inline]
    fn for_each(&self, mut f: impl FnMut(usize, f64)) {
        f(self.0 as usize, 1.0);
    }
}

/// A list of (index, value), indices ascending; reused without allocation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SparseRow {
    entries: Vec<(u32, f64)>,
}

impl SparseRow {
    /// Forgets the entries and keeps the memory.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Appends a nonzero; indices must ascend. Exact zeros are dropped.
    #[inline]
    pub fn push(&mut self, index: usize, value: f64) {
        debug_assert!(self.entries.last().is_none_or(|&(before, _)| (before as usize) < index));
        if value != 0.0 {
            self.entries.push((index as u32, value));
        }
    }

    /// [`SparseRow::push`] of each entry in turn.
    pub fn extend(&mut self, entries: impl ExactSizeIterator<Item = (usize, f64)>) {
        let mut zeros = false;
        self.entries.extend(entries.map(|(index, value)| {
            zeros |= value == 0.0;
            (index as u32, value)
        }));
        if zeros {
            self.entries.retain(|&(_, value)| value != 0.0);
        }
        debug_assert!(self.entries.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    /// The nonzeros.
    pub fn entries(&self) -> &[(u32, f64)] {
        &self.entries
    }
}

impl Row for SparseRow {
    fn as_list(list: &mut SparseRow, write: impl FnOnce(&mut Self)) {
        write(list);
    }

    #[inline]
    fn dot(&self, weights: &[f64]) -> f64 {
        self.entries.iter().fold(0.0, |sum, &(i, value)| sum + value * weights[i as usize])
    }

    #[inline]
    fn add_to(&self, c: f64, weights: &mut [f64]) {
        for &(i, value) in &self.entries {
            weights[i as usize] += c * value;
        }
    }

    fn for_each(&self, mut f: impl FnMut(usize, f64)) {
        for &(i, value) in &self.entries {
            f(i as usize, value);
        }
    }
}
