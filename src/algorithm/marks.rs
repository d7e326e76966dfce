//! Who is told which components local steps change.

use crate::features::Row;
use dpac_actors::Touched;

pub(super) trait Marks {
    fn row(&mut self, row: &impl Row);
}

/// Nobody: the whole vector is taken for changed.
pub(super) struct Unmarked;

impl Marks for Unmarked {
    #[inline]
    fn row(&mut self, _row: &impl Row) {}
}

impl Marks for Touched {
    #[inline]
    fn row(&mut self, row: &impl Row) {
        row.for_each(|i, _| self.mark(i));
    }
}
