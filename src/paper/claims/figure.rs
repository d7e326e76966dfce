//! A figure of an experiment that is drawn without the others and without a verdict.

use super::curve::Curves;
use super::measured::Lacking;
use crate::paper::form::Form;

/// A figure, and what draws it.
pub struct FigureAlone {
    /// What the command line calls it.
    pub name: &'static str,
    /// One line.
    pub title: &'static str,
    /// Measures what it shows.
    pub draw: fn(Form) -> Result<Curves, Lacking>,
}
