//! A problem out of one simulator.

use super::{Problem, Simulator};
use std::sync::Arc;

/// A simulator of one's own as a problem: the same for every client, and without tables.
#[derive(Clone, Debug)]
pub struct Homogeneous<S> {
    name: String,
    simulator: Arc<S>,
}

impl<S> Homogeneous<S> {
    /// The problem of that name in which every client acts in `simulator`.
    pub fn new(name: impl Into<String>, simulator: S) -> Self {
        Homogeneous { name: name.into(), simulator: Arc::new(simulator) }
    }
}

impl<S: Simulator> Problem for Homogeneous<S> {
    type Simulator = S;

    fn name(&self) -> &str {
        &self.name
    }

    fn instance(&self, _client: u32) -> Arc<S> {
        Arc::clone(&self.simulator)
    }
}
