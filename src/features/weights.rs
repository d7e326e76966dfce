//! Parameters that rows are added to.

/// A vector of parameters that is changed component by component: a slice, or one that notes which of its
/// components have changed.
pub trait Weights {
    /// All components.
    fn values(&self) -> &[f64];

    /// Adds x to component i.
    ///
    /// # Panics
    /// If there is no such component.
    fn add(&mut self, i: usize, x: f64);

    /// All components, to be changed, where nobody notes which ones are.
    fn whole(&mut self) -> Option<&mut [f64]> {
        None
    }
}

impl Weights for [f64] {
    #[inline]
    fn values(&self) -> &[f64] {
        self
    }

    #[inline]
    fn add(&mut self, i: usize, x: f64) {
        self[i] += x;
    }

    fn whole(&mut self) -> Option<&mut [f64]> {
        Some(self)
    }
}
