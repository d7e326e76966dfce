//! The first parameter.

use super::error::NetworkError;
use super::layers;
use super::shape::{Cell, Network};

/// The weights V of the first parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Output {
    /// 0: logits are exactly 0, and in the first round V and v alone have gradients.
    Zero,
    /// Units in two halves that do the same, with weights of opposite sign within `±sqrt(3/n)`: logits are 0
    /// but for rounding, and everything has gradients.
    Paired,
    /// Within `±s sqrt(3/n)`: logits are not 0.
    Scaled(f64),
}

impl Network {
    /// `θ_0`: every b and v are 0; U is uniform in `[-1, 1)`, W in `±sqrt(3/n)`, the w of an `IndRNN` in
    /// `[0, 1)`, `W_l` in `±sqrt(3/n_{l-1})`, V as `output` has it. Where units are [`Output::Paired`], the
    /// second half of those of each layer repeats the first; the W of a GRU and `W_l` have no weights from
    /// one half to the other, and the bounds `sqrt(6/n)` and `sqrt(6/n_{l-1})`.
    ///
    /// Numbers are drawn in the order of θ, one word each; what is 0 and what repeats another takes none.
    ///
    /// # Errors
    /// An odd number of units in a layer that were to be paired.
    pub fn initial(&self, output: Output, draw: impl FnMut() -> u64) -> Result<Vec<f64>, NetworkError> {
        let n = self.hidden.first();
        let paired = output == Output::Paired;
        if let Some(&units) = self.hidden.units().iter().find(|n| paired && !n.is_multiple_of(2)) {
            return Err(NetworkError::Odd { units });
        }
        let mut draws = Draws(draw);
        let mut theta = vec![0.0; self.parameters()];
        let blocks = self.blocks_mut(&mut theta);
        // Units that are drawn: the others repeat them.
        let drawn = if paired { n / 2 } else { n };
        let repeat = |unit: usize| (unit + drawn < n).then_some(unit + drawn);
        for gate in blocks.u.chunks_exact_mut(n) {
            for i in 0..drawn {
                gate[i] = draws.within(1.0);
                if let Some(other) = repeat(i) {
                    gate[other] = gate[i];
                }
            }
        }
        match self.cell {
            Cell::Mlp => layers::draw(&self.hidden, paired, blocks.upper, |bound| draws.within(bound)),
            Cell::IndRnn => {
                for i in 0..drawn {
                    blocks.w[i] = draws.uniform();
                    if let Some(other) = repeat(i) {
                        blocks.w[other] = blocks.w[i];
                    }
                }
            }
            Cell::Gru => {
                let bound = (3.0 / drawn as f64).sqrt();
                for j in 0..drawn {
                    for gate in 0..3 {
                        for i in 0..drawn {
                            let place = |j: usize, i: usize| (3 * j + gate) * n + i;
                            let weight = draws.within(bound);
                            blocks.w[place(j, i)] = weight;
                            if let (Some(j), Some(i)) = (repeat(j), repeat(i)) {
                                blocks.w[place(j, i)] = weight;
                            }
                        }
                    }
                }
            }
        }
        let scale = match output {
            Output::Zero => return Ok(theta),
            Output::Paired => 1.0,
            Output::Scaled(scale) => scale,
        };
        let n = self.units();
        let drawn = if paired { n / 2 } else { n };
        let bound = scale * (3.0 / n as f64).sqrt();
        for j in 0..drawn {
            for a in 0..self.actions {
                let weight = draws.within(bound);
                blocks.v[j * self.actions + a] = weight;
                if paired {
                    let j = j + drawn;
                    blocks.v[j * self.actions + a] = -weight;
                }
            }
        }
        Ok(theta)
    }
}

/// Numbers of words.
struct Draws<F>(F);

impl<F: FnMut() -> u64> Draws<F> {
    /// In `[0, 1)`.
    fn uniform(&mut self) -> f64 {
        (self.0() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// In `[-bound, bound)`.
    fn within(&mut self, bound: f64) -> f64 {
        bound * (2.0 * self.uniform() - 1.0)
    }
}
