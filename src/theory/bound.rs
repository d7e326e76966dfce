//! Right-hand sides as sums.

use serde::Serialize;

/// A part of a right-hand side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Term {
    /// Its formula.
    pub formula: &'static str,
    /// Its number; infinite where the bound says nothing.
    pub value: f64,
}

impl Term {
    pub(super) fn new(formula: &'static str, value: f64) -> Self {
        Term { formula, value }
    }
}

/// The sum of all terms.
pub fn sum(terms: &[Term]) -> f64 {
    terms.iter().fold(0.0, |sum, term| sum + term.value)
}
