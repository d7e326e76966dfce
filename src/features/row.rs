//! One feature vector, in the form that costs least.

use super::Weights;
use std::ops::Range;

/// A feature vector inside a stacked parameter vector: [`OneHot`] or [`SparseRow`].
pub trait Row: Clone + Default + Send + 'static {
    /// Nonzeros of every row, where that is one small number; `None` where rows are long, or of any length.
    const NONZEROS: Option<u64> = None;

    /// `⟨φ, w⟩`, summed in index order from +0.0 (a one-hot row: the component itself).
    fn dot(&self, weights: &[f64]) -> f64;

    /// `w ← w + c φ`.
    fn add_to<W: Weights + ?Sized>(&self, c: f64, weights: &mut W);

    /// Calls `f(index, value)` for each nonzero, indices ascending.
    fn for_each(&self, f: impl FnMut(usize, f64));

    /// Bytes of a row that is kept, with this many nonzeros.
    fn bytes(nonzeros: usize) -> u64 {
        // Rows without a constant number of nonzeros are lists.
        match Self::NONZEROS {
            Some(_) => size_of::<Self>() as u64,
            None => (size_of::<Self>() + size_of::<(u32, f64)>() * nonzeros) as u64,
        }
    }

    /// These rows as rows of either kind.
    fn view(rows: &[Self]) -> Rows<'_>;

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

/// Rows of either kind, for linear algebra that knows no feature map. What is hot takes the kinds apart once
/// for many rows.
#[derive(Clone, Copy, Debug)]
pub enum Rows<'a> {
    /// Unit vectors.
    OneHot(&'a [OneHot]),
    /// Lists of nonzeros.
    Sparse(&'a [SparseRow]),
}

impl<'a> Rows<'a> {
    /// How many they are.
    pub fn len(self) -> usize {
        match self {
            Rows::OneHot(rows) => rows.len(),
            Rows::Sparse(rows) => rows.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Some of them.
    ///
    /// # Panics
    /// Where there are not so many.
    #[inline]
    pub fn range(self, range: Range<usize>) -> Rows<'a> {
        match self {
            Rows::OneHot(rows) => Rows::OneHot(&rows[range]),
            Rows::Sparse(rows) => Rows::Sparse(&rows[range]),
        }
    }

    /// `⟨φ_i, w⟩`, as [`Row::dot`].
    #[inline]
    pub fn dot(self, i: usize, weights: &[f64]) -> f64 {
        match self {
            Rows::OneHot(rows) => rows[i].dot(weights),
            Rows::Sparse(rows) => rows[i].dot(weights),
        }
    }

    /// `w ← w + c φ_i`.
    #[inline]
    pub fn add_to<W: Weights + ?Sized>(self, i: usize, c: f64, weights: &mut W) {
        match self {
            Rows::OneHot(rows) => rows[i].add_to(c, weights),
            Rows::Sparse(rows) => rows[i].add_to(c, weights),
        }
    }

    /// Calls `f(index, value)` for each nonzero of row i, indices ascending.
    #[inline]
    pub fn for_each(self, i: usize, f: impl FnMut(usize, f64)) {
        match self {
            Rows::OneHot(rows) => rows[i].for_each(f),
            Rows::Sparse(rows) => rows[i].for_each(f),
        }
    }
}

/// The unit vector `e_i`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OneHot(pub u32);

impl Row for OneHot {
    const NONZEROS: Option<u64> = Some(1);

    #[inline]
    fn view(rows: &[Self]) -> Rows<'_> {
        Rows::OneHot(rows)
    }

    #[inline]
    fn dot(&self, weights: &[f64]) -> f64 {
        weights[self.0 as usize]
    }

    #[inline]
    fn add_to<W: Weights + ?Sized>(&self, c: f64, weights: &mut W) {
        weights.add(self.0 as usize, c);
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
    #[inline]
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
    #[inline]
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
    #[inline]
    pub fn entries(&self) -> &[(u32, f64)] {
        &self.entries
    }
}

impl Row for SparseRow {
    #[inline]
    fn view(rows: &[Self]) -> Rows<'_> {
        Rows::Sparse(rows)
    }

    fn as_list(list: &mut SparseRow, write: impl FnOnce(&mut Self)) {
        write(list);
    }

    #[inline]
    fn dot(&self, weights: &[f64]) -> f64 {
        self.entries.iter().fold(0.0, |sum, &(i, value)| sum + value * weights[i as usize])
    }

    #[inline]
    fn add_to<W: Weights + ?Sized>(&self, c: f64, weights: &mut W) {
        for &(i, value) in &self.entries {
            weights.add(i as usize, c * value);
        }
    }

    #[inline]
    fn for_each(&self, mut f: impl FnMut(usize, f64)) {
        for &(i, value) in &self.entries {
            f(i as usize, value);
        }
    }
}
