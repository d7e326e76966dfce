//! The inner loops: they go over outputs, side by side, so that no sum changes with their width.
//!
//! As many sums as registers hold are finished before the next are begun: a sum goes to the memory once.

use super::input::Active;

/// For every output from `$from` on, `$wide` in all, in blocks of `$B` of them, a constant: of as many as
/// the registers hold sums, or of `few`, for those who hold many numbers of each.
macro_rules! in_blocks {
    ($wide:expr, $from:ident, $B:ident => $sums:expr) => {{
        let (wide, mut $from) = ($wide, 0);
        in_blocks!(@ 16, wide, $from, $B, $sums);
        in_blocks!(@ 8, wide, $from, $B, $sums);
        in_blocks!(@ 4, wide, $from, $B, $sums);
        in_blocks!(@ 2, wide, $from, $B, $sums);
        in_blocks!(@ 1, wide, $from, $B, $sums);
    }};
    (few: $wide:expr, $from:ident, $B:ident => $sums:expr) => {{
        let (wide, mut $from) = ($wide, 0);
        in_blocks!(@ 4, wide, $from, $B, $sums);
        in_blocks!(@ 2, wide, $from, $B, $sums);
        in_blocks!(@ 1, wide, $from, $B, $sums);
    }};
    (@ $block:literal, $wide:ident, $from:ident, $B:ident, $sums:expr) => {
        while $wide - $from >= $block {
            const $B: usize = $block;
            $sums;
            $from += $B;
        }
    };
}
pub(super) use in_blocks;

/// What an expression of `$i` is at every place of a block: a closure of as much would be called.
macro_rules! each {
    ($B:ident, $i:ident => $number:expr) => {{
        let mut numbers = [0.0; $B];
        for $i in 0..$B {
            numbers[$i] = $number;
        }
        numbers
    }};
}
pub(super) use each;

/// Columns of a matrix that is stored by inputs: those of row j begin at `j · stride + from`.
#[derive(Clone, Copy)]
pub(super) struct Columns<M> {
    pub(super) matrix: M,
    pub(super) stride: usize,
    pub(super) from: usize,
}

/// All columns.
#[inline(always)]
pub(super) fn all<M>(matrix: M, stride: usize) -> Columns<M> {
    Columns { matrix, stride, from: 0 }
}

impl Columns<&mut [f64]> {
    /// The same for a while.
    #[inline(always)]
    pub(super) fn lend(&mut self) -> Columns<&mut [f64]> {
        Columns { matrix: &mut *self.matrix, ..*self }
    }
}

#[inline(always)]
pub(super) fn block<const B: usize>(numbers: &[f64], from: usize) -> &[f64; B] {
    numbers[from..].first_chunk().expect("as many numbers")
}

#[inline(always)]
pub(super) fn block_mut<const B: usize>(numbers: &mut [f64], from: usize) -> &mut [f64; B] {
    numbers[from..].first_chunk_mut().expect("as many numbers")
}

/// `y ← y + x · row`.
#[inline(always)]
fn add_scaled<const B: usize>(y: &mut [f64; B], x: f64, row: &[f64; B]) {
    for i in 0..B {
        y[i] += x * row[i];
    }
}

impl<'a> Columns<&'a [f64]> {
    /// The rows of the first so many inputs alone.
    #[inline(always)]
    fn of(self, inputs: usize) -> Self {
        Columns { matrix: &self.matrix[..inputs * self.stride], ..self }
    }

    #[inline(always)]
    fn row(self, j: usize) -> &'a [f64] {
        &self.matrix[j * self.stride..][..self.stride]
    }
}

/// Of a block, what a sum begins with: these numbers, or 0.
#[inline(always)]
fn begin<const B: usize>(base: Option<&[f64]>, from: usize) -> [f64; B] {
    match base {
        Some(base) => *block(base, from),
        None => [0.0; B],
    }
}

/// `y = b + U'x`, in the order of the components.
#[inline(always)]
pub(super) fn inputs(y: &mut [f64], b: &[f64], x: &[Active], u: Columns<&[f64]>) {
    sums(y, Some(b), x, u, &[], u);
}

/// `y = W's`, in the order of the components.
#[inline(always)]
pub(super) fn product(y: &mut [f64], s: &[f64], w: Columns<&[f64]>) {
    sums(y, None, &[], w, s, w);
}

/// `y ← y + W's`, in the order of the components.
#[inline(always)]
pub(super) fn add_product(y: &mut [f64], s: &[f64], w: Columns<&[f64]>) {
    let w = w.of(s.len());
    in_blocks!(y.len(), from, B => {
        let mut sums: [f64; B] = *block(y, from);
        for j in 0..s.len() {
            add_scaled(&mut sums, s[j], block(w.row(j), w.from + from));
        }
        *block_mut(y, from) = sums;
    });
}

/// `y = b + U'x + W's`, in the order of the components of x, and then of s.
#[inline(always)]
pub(super) fn sums(
    y: &mut [f64],
    b: Option<&[f64]>,
    x: &[Active],
    u: Columns<&[f64]>,
    s: &[f64],
    w: Columns<&[f64]>,
) {
    let w = w.of(s.len());
    in_blocks!(y.len(), from, B => {
        let mut sums: [f64; B] = begin(b, from);
        for active in x {
            add_scaled(&mut sums, active.value, block(u.row(active.at as usize), u.from + from));
        }
        for j in 0..s.len() {
            add_scaled(&mut sums, s[j], block(w.row(j), w.from + from));
        }
        *block_mut(y, from) = sums;
    });
}

/// `y = db + dU'x + dW's + W'ds`, in the order of the components, both terms of one of s before those of the
/// next.
#[inline(always)]
pub(super) fn tangent_sums(
    y: &mut [f64],
    db: Option<&[f64]>,
    x: &[Active],
    du: Columns<&[f64]>,
    (s, ds): (&[f64], &[f64]),
    (w, dw): (Columns<&[f64]>, Columns<&[f64]>),
) {
    let (ds, w, dw) = (&ds[..s.len()], w.of(s.len()), dw.of(s.len()));
    in_blocks!(y.len(), from, B => {
        let mut sums: [f64; B] = begin(db, from);
        for active in x {
            add_scaled(&mut sums, active.value, block(du.row(active.at as usize), du.from + from));
        }
        for j in 0..s.len() {
            add_scaled(&mut sums, s[j], block(dw.row(j), dw.from + from));
            add_scaled(&mut sums, ds[j], block(w.row(j), w.from + from));
        }
        *block_mut(y, from) = sums;
    });
}

/// `b ← b + e`, `U ← U + x e'`.
#[inline(always)]
pub(super) fn add_to_inputs(b: &mut [f64], u: Columns<&mut [f64]>, x: &[Active], e: &[f64]) {
    in_blocks!(e.len(), from, B => {
        let e: [f64; B] = *block(e, from);
        add_scaled(block_mut(b, from), 1.0, &e);
        for active in x {
            let row = &mut u.matrix[active.at as usize * u.stride..][..u.stride];
            add_scaled(block_mut(row, u.from + from), active.value, &e);
        }
    });
}

/// `W ← W + s e'`.
#[inline(always)]
pub(super) fn add_outer(w: Columns<&mut [f64]>, s: &[f64], e: &[f64]) {
    let matrix = &mut w.matrix[..s.len() * w.stride];
    in_blocks!(e.len(), from, B => {
        let e: [f64; B] = *block(e, from);
        for j in 0..s.len() {
            let row = &mut matrix[j * w.stride..][..w.stride];
            add_scaled(block_mut(row, w.from + from), s[j], &e);
        }
    });
}
