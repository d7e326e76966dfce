//! A parameter with what the cotangent pass reads of it in another order.

use super::layers;
use super::shape::{Cell, Network};

/// θ and the transposes of W, or of the `W_l` of layers: made once for each θ.
#[derive(Clone, Debug, Default)]
pub struct Parameter {
    theta: Vec<f64>,
    /// `W[j][i]` at `i n + j`; of an `IndRNN`, w; of layers, see [`layers::turn`].
    turned: Vec<f64>,
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
        let (n, w, upper) = (network.units(), network.blocks(theta).w, network.blocks(theta).upper);
        self.theta.clear();
        self.theta.extend_from_slice(theta);
        self.turned.clear();
        match network.cell {
            Cell::Mlp => layers::turn(&network.hidden, upper, &mut self.turned),
            Cell::IndRnn => self.turned.extend_from_slice(w),
            Cell::Gru => {
                let wide = 3 * n;
                self.turned.extend((0..wide).flat_map(|i| (0..n).map(move |j| w[j * wide + i])));
            }
        }
    }

    /// θ.
    #[inline]
    pub fn theta(&self) -> &[f64] {
        &self.theta
    }

    #[inline]
    pub(super) fn turned(&self) -> &[f64] {
        &self.turned
    }
}
