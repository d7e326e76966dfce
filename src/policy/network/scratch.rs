//! Room for the passes.

use super::shape::Network;

/// Room for the passes through one network.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    /// The state before the first step.
    pub(super) zeros: Vec<f64>,
    /// The tangent of the state, or its cotangent.
    pub(super) carry: Vec<f64>,
    /// Of the gates r, z, q.
    pub(super) gates: Vec<f64>,
    /// Of the gate g.
    pub(super) gate: Vec<f64>,
    /// Of the logits.
    pub(super) logits: Vec<f64>,
}

impl Scratch {
    /// Room for passes through this network.
    pub fn new(network: &Network) -> Self {
        let n = network.hidden.widest();
        Scratch {
            zeros: vec![0.0; n],
            carry: vec![0.0; n],
            gates: vec![0.0; 3 * n],
            gate: vec![0.0; n],
            logits: vec![0.0; network.actions],
        }
    }
}
