//! The problem as a server knows it that plans, and what it would be with other parameters.

use crate::pomdp::Model;
use std::sync::Arc;

/// A problem of finitely many observations.
#[derive(Clone)]
pub struct World {
    /// The problem of every client.
    pub model: Arc<Model>,
    /// Its parameters that are real numbers, in the order in which the problem lists them; none of a problem
    /// that comes from a file.
    pub parameters: Vec<Unknown>,
    /// The problem with other values of the first of these parameters.
    pub with: Arc<Variants>,
}

/// A problem from values of its parameters.
pub type Variants = dyn Fn(&[f64]) -> Result<Model, String> + Send + Sync;

/// A parameter that is a real number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unknown {
    /// What one calls it by.
    pub name: &'static str,
    /// The least value that it may have.
    pub least: f64,
    /// The largest.
    pub most: f64,
}
