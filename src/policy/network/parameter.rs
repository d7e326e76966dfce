//! A parameter with what the cotangent pass reads of it in another order.

use super::layers;
use super::shape::{Cell, Network};

/// θ and the transposes of W, or of the `W_l` of layers, and of V: made once for each θ.
#[derive(Clone, Debug, Default)]
pub struct Parameter {
    theta: Vec<f64>,
    /// `W[j][i]` at `i n + j`; of an `IndRNN`, w; of layers, see [`layers::turn`].
    w: Vec<f64>,
    /// `V[j][a]` at `a n + j`.
    v: Vec<f64>,
}

impl Parameter {
    /// Of this θ.
    ///
    /// # Panics
    /// If `theta` does not have one component per parameter.
    pub fn at(network: &Network, theta: &[f64]) -> Self {
        let mut parameter = Parameter::default();
        parameter.set(network, theta);
        parameter
    }

    /// Takes another θ, and allocates nothing if it had one before.
    ///
    /// # Panics
    /// If `theta` does not have one component per parameter.
    pub fn set(&mut self, network: &Network, theta: &[f64]) {
        let (n, blocks) = (network.units(), network.blocks(theta));
        self.theta.clear();
        self.theta.extend_from_slice(theta);
        match network.cell {
            Cell::Mlp => layers::turn(&network.hidden, blocks.upper, &mut self.w),
            Cell::IndRnn => {
                self.w.clear();
                self.w.extend_from_slice(blocks.w);
            }
            Cell::Gru => turn(n, blocks.w, 3 * n, &mut self.w),
        }
        turn(n, blocks.v, network.actions, &mut self.v);
    }

    /// θ.
    #[inline]
    pub fn theta(&self) -> &[f64] {
        &self.theta
    }

    /// What the cotangent pass reads of W.
    #[inline]
    pub(super) fn turned_w(&self) -> &[f64] {
        &self.w
    }

    /// The transpose of V.
    #[inline]
    pub(super) fn turned_v(&self) -> &[f64] {
        &self.v
    }
}

/// The transpose of a matrix of n rows.
fn turn(n: usize, matrix: &[f64], wide: usize, turned: &mut Vec<f64>) {
    turned.clear();
    turned.extend((0..wide).flat_map(|i| (0..n).map(move |j| matrix[j * wide + i])));
}
