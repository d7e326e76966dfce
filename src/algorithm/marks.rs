//! Rows are added to vectors that note what is changed, too.

use crate::features::Weights;
use dpac_actors::Marked;

impl Weights for Marked<'_> {
    #[inline]
    fn values(&self) -> &[f64] {
        Marked::values(self)
    }

    #[inline]
    fn add(&mut self, i: usize, x: f64) {
        Marked::add(self, i, x);
    }
}
