//! Layers of tanh units that read the layer below, with their two passes.
//!
//! A step keeps `[p_l | s_l]` of every layer l, one after the other, with `p_l = b_l + W_l's_{l-1}` and
//! `s_l = tanh(p_l)`. The first layer reads the inputs, and is that of [`indrnn`](super::indrnn).

use super::activation::tanh;
use super::hidden::Hidden;
use super::loops::{Columns, add_outer, add_product, all, sums, tangent_sums};

/// Where the numbers of a layer above the first stand.
struct Layer {
    /// `n_{l-1}`.
    below: usize,
    /// `n_l`.
    units: usize,
    /// Of `(W_l, b_l)`, among those of the layers above the first.
    weights: usize,
    /// Of `[p_l | s_l]`, among what a step keeps.
    kept: usize,
}

impl Layer {
    /// `W_l` and `b_l`.
    fn of<'a>(&self, upper: &'a [f64]) -> (Columns<&'a [f64]>, &'a [f64]) {
        let (w, b) = upper[self.weights..].split_at(self.below * self.units);
        (all(w, self.units), &b[..self.units])
    }

    /// `W_l` and `b_l`, to be written to.
    fn of_mut<'a>(&self, upper: &'a mut [f64]) -> (Columns<&'a mut [f64]>, &'a mut [f64]) {
        let (w, b) = upper[self.weights..].split_at_mut(self.below * self.units);
        (all(w, self.units), &mut b[..self.units])
    }

    /// Of what [`turn`] makes, the transpose of `W_l`.
    fn turned<'a>(&self, turned: &'a [f64]) -> Columns<&'a [f64]> {
        all(&turned[self.weights..][..self.below * self.units], self.below)
    }

    /// `s_{l-1}` and `s_l`.
    fn states<'a>(&self, kept: &'a [f64]) -> (&'a [f64], &'a [f64]) {
        (&kept[self.kept - self.below..self.kept], &kept[self.kept + self.units..][..self.units])
    }
}

/// The layers above the first, in order.
fn above(hidden: &Hidden) -> impl DoubleEndedIterator<Item = Layer> {
    let units = hidden.units();
    (1..units.len()).map(move |l| Layer {
        below: units[l - 1],
        units: units[l],
        weights: length(&units[..l]),
        kept: 2 * units[..l].iter().sum::<usize>(),
    })
}

/// How many weights the layers above the first have.
pub(super) fn length(units: &[usize]) -> usize {
    units.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum()
}

/// What a step does behind the first layer.
pub(super) fn step(hidden: &Hidden, upper: &[f64], kept: &mut [f64]) {
    for layer in above(hidden) {
        let (w, b) = layer.of(upper);
        let (before, here) = kept.split_at_mut(layer.kept);
        let (p, s) = here[..2 * layer.units].split_at_mut(layer.units);
        sums(p, Some(b), &[], w, &before[layer.kept - layer.below..], w);
        for i in 0..layer.units {
            s[i] = tanh(p[i]);
        }
    }
}

/// Of `ds`, the tangent of the first layer's state, it makes that of the last one's. `dp` is overwritten.
pub(super) fn tangent(
    hidden: &Hidden,
    upper: &[f64],
    omega: &[f64],
    kept: &[f64],
    ds: &mut [f64],
    dp: &mut [f64],
) {
    for layer in above(hidden) {
        let ((w, _), (dw, db)) = (layer.of(upper), layer.of(omega));
        let (before, s) = layer.states(kept);
        let dp = &mut dp[..layer.units];
        tangent_sums(dp, Some(db), &[], w, (before, &ds[..layer.below]), (w, dw));
        for i in 0..layer.units {
            ds[i] = (1.0 - s[i] * s[i]) * dp[i];
        }
    }
}

/// Of `l`, the cotangent of the last layer's state, it adds those of the weights to `omega` and makes that of
/// the first layer's state; what of `l` is longer than that is 0. `turned` is as [`turn`] makes it; `e` is
/// overwritten.
pub(super) fn cotangent(
    hidden: &Hidden,
    turned: &[f64],
    omega: &mut [f64],
    kept: &[f64],
    l: &mut [f64],
    e: &mut [f64],
) {
    for layer in above(hidden).rev() {
        let (before, s) = layer.states(kept);
        let e = &mut e[..layer.units];
        for i in 0..layer.units {
            e[i] = l[i] * (1.0 - s[i] * s[i]);
        }
        let (dw, db) = layer.of_mut(omega);
        for i in 0..layer.units {
            db[i] += e[i];
        }
        add_outer(dw, before, e);
        l.fill(0.0);
        add_product(&mut l[..layer.below], e, layer.turned(turned));
    }
}

/// How every state behind the first layer's moves along v, laid out as what a step keeps; `moved` has that of
/// the first layer. `dp` is overwritten.
pub(super) fn moving(
    hidden: &Hidden,
    upper: &[f64],
    v: &[f64],
    kept: &[f64],
    moved: &mut [f64],
    dp: &mut [f64],
) {
    for layer in above(hidden) {
        let ((w, _), (dw, db)) = (layer.of(upper), layer.of(v));
        let (before, s) = layer.states(kept);
        let dp = &mut dp[..layer.units];
        let (moved, here) = moved.split_at_mut(layer.kept);
        let states = (before, &moved[layer.kept - layer.below..]);
        tangent_sums(dp, Some(db), &[], w, states, (w, dw));
        for i in 0..layer.units {
            here[layer.units + i] = (1.0 - s[i] * s[i]) * dp[i];
        }
    }
}

/// [`cotangent`] and how it moves: of each pair the second is the movement of the first. To `omega` it adds
/// how those of the weights move.
pub(super) fn moving_cotangent(
    hidden: &Hidden,
    [turned, dturned]: [&[f64]; 2],
    omega: &mut [f64],
    [kept, moved]: [&[f64]; 2],
    [l, dl]: [&mut [f64]; 2],
    [e, de]: [&mut [f64]; 2],
) {
    for layer in above(hidden).rev() {
        let ((before, s), (dbefore, ds)) = (layer.states(kept), layer.states(moved));
        let (e, de) = (&mut e[..layer.units], &mut de[..layer.units]);
        for i in 0..layer.units {
            let slope = 1.0 - s[i] * s[i];
            e[i] = l[i] * slope;
            de[i] = dl[i] * slope - 2.0 * l[i] * s[i] * ds[i];
        }
        let (mut dw, db) = layer.of_mut(omega);
        for i in 0..layer.units {
            db[i] += de[i];
        }
        add_outer(dw.lend(), dbefore, e);
        add_outer(dw, before, de);
        l.fill(0.0);
        dl.fill(0.0);
        add_product(&mut l[..layer.below], e, layer.turned(turned));
        add_product(&mut dl[..layer.below], de, layer.turned(turned));
        add_product(&mut dl[..layer.below], e, layer.turned(dturned));
    }
}

/// The layers' weights with every `W_l` transposed: `W_l[j][i]` at `i n_{l-1} + j`.
pub(super) fn turn(hidden: &Hidden, upper: &[f64], turned: &mut Vec<f64>) {
    turned.clear();
    for layer in above(hidden) {
        let (w, b) = layer.of(upper);
        let Layer { below, units, .. } = layer;
        turned.extend((0..units).flat_map(|i| (0..below).map(move |j| w.matrix[j * units + i])));
        turned.extend_from_slice(b);
    }
}

/// Draws every `W_l` in order, within `±sqrt(3/n_{l-1})`; b is left as it is. Where units are `paired`,
/// weights are drawn from the first half of the layer below to the first half of this one, within
/// `±sqrt(6/n_{l-1})`, and those from the second half to the second are the same.
pub(super) fn draw(hidden: &Hidden, paired: bool, upper: &mut [f64], mut within: impl FnMut(f64) -> f64) {
    for layer in above(hidden) {
        let half = |units: usize| if paired { units / 2 } else { units };
        let (below, units) = (half(layer.below), half(layer.units));
        let bound = (3.0 / below as f64).sqrt();
        let w = &mut upper[layer.weights..][..layer.below * layer.units];
        for j in 0..below {
            for i in 0..units {
                let weight = within(bound);
                w[j * layer.units + i] = weight;
                if paired {
                    w[(j + below) * layer.units + i + units] = weight;
                }
            }
        }
    }
}
