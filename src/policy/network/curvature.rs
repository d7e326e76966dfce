//! How gradients along a trajectory move with θ: the tangent of the cotangent pass.
//!
//! With θ moving along v and cotangents along dc, `J'c` moves by `(∂J/∂θ v)'c + J'dc`. A tangent pass along v
//! keeps how everything moves that a step keeps; then every line of the cotangent pass is differentiated
//! beside itself. No Hessian is formed.

use super::input::Active;
use super::loops::{Columns, add_outer, add_product, add_to_inputs, all};
use super::parameter::Parameter;
use super::scratch::Scratch;
use super::shape::{Blocks, Cell, Network};
use super::tape::Tape;
use super::{gru, indrnn, layers, logits};

/// Room for these passes through one network, and the direction v of the last ones.
#[derive(Clone, Debug)]
pub struct Curvature {
    network: Network,
    v: Parameter,
    /// How what each step keeps moves along v, laid out as that is: of a GRU `[dr | dz | dq | dg | ds]`, of
    /// other cells `[0 | ds]`.
    moved: Vec<f64>,
    scratch: Scratch,
    /// Of the cotangents' tangents.
    beside: Scratch,
}

impl Curvature {
    /// Room for passes through this network.
    pub fn new(network: &Network) -> Self {
        let (network, v) = (*network, Parameter::default());
        let (scratch, beside) = (Scratch::new(&network), Scratch::new(&network));
        Curvature { network, v, moved: Vec::new(), scratch, beside }
    }

    /// Moves θ along v from now on: `df = J v`, to the bits of [`Network::tangents`].
    ///
    /// # Panics
    /// If a length is not this network's.
    pub fn set(&mut self, theta: &[f64], tape: &Tape, v: &[f64], df: &mut [f64]) {
        let Curvature { network, v: direction, moved, scratch, .. } = self;
        let (n, actions) = (network.units(), network.actions);
        assert_eq!(df.len(), tape.len() * actions, "a tangent for each logit");
        direction.set(network, v);
        moved.resize(tape.len() * network.kept(), 0.0);
        let (theta, v) = (&network.blocks(theta), &network.blocks(v));
        scratch.carry.fill(0.0);
        let places = moved.chunks_exact_mut(network.kept()).zip(df.chunks_exact_mut(actions));
        for (h, (moved, df)) in places.enumerate() {
            let (x, kept) = (tape.input(h), tape.kept(h));
            let before = (h > 0).then(|| network.state(tape.kept(h - 1)));
            match network.cell {
                Cell::Gru => {
                    gru::tangent(n, theta, v, x, before, kept, scratch);
                    gates(n, kept, &scratch.gates, &scratch.gate, moved);
                }
                Cell::IndRnn => indrnn::tangent(n, theta, v, x, before, kept, scratch),
                Cell::Mlp => indrnn::tangent(network.hidden.first(), theta, v, x, before, kept, scratch),
            }
            if network.cell == Cell::Mlp {
                let n = network.hidden.first();
                moved[n..2 * n].copy_from_slice(&scratch.carry[..n]);
                layers::moving(&network.hidden, theta.upper, v.upper, kept, moved, &mut scratch.gate);
            } else {
                let from = moved.len() - n;
                moved[from..].copy_from_slice(&scratch.carry[..n]);
            }
            let (s, ds) = (network.state(kept), network.state(moved));
            logits::tangent(theta, v, s, ds, &mut scratch.logits, df);
        }
    }

    /// `ω ← ω + (∂J/∂θ v)'c + J'dc`, with the v and the trajectory that were [set](Curvature::set).
    ///
    /// # Panics
    /// If a length is not this network's.
    pub fn add(&mut self, parameter: &Parameter, tape: &Tape, c: &[f64], dc: &[f64], omega: &mut [f64]) {
        let Curvature { network, v, moved, scratch, beside } = self;
        let (n, actions, wide) = (network.units(), network.actions, network.kept());
        assert!(c.len() == tape.len() * actions && dc.len() == c.len(), "cotangents for each logit");
        let blocks = [network.blocks(parameter.theta()).v, network.blocks(v.theta()).v];
        let turned = [parameter.turned_w(), v.turned_w()];
        let omega = &mut network.blocks_mut(omega);
        scratch.carry.fill(0.0);
        beside.carry.fill(0.0);
        for h in (0..tape.len()).rev() {
            let step = Step {
                n,
                x: tape.input(h),
                kept: tape.kept(h),
                moved: &moved[h * wide..][..wide],
                before: h.checked_sub(1).map(|h| {
                    let moved = &moved[h * wide..][..wide];
                    [network.state(tape.kept(h)), network.state(moved)]
                }),
            };
            let of_h = h * actions..(h + 1) * actions;
            step.logits(blocks, &c[of_h.clone()], &dc[of_h], omega, [&mut scratch.carry, &mut beside.carry]);
            match network.cell {
                Cell::Gru => step.gru(turned, omega, scratch, beside),
                Cell::IndRnn => step.units(turned, omega, scratch, beside),
                Cell::Mlp => {
                    let (l, dl) = (&mut scratch.carry[..], &mut beside.carry[..]);
                    let (e, de) = (&mut scratch.gate[..], &mut beside.gate[..]);
                    let of_step = [step.kept, step.moved];
                    layers::moving_cotangent(&network.hidden, turned, omega.upper, of_step, [l, dl], [e, de]);
                    let n = network.hidden.first();
                    let first = Step { n, kept: &step.kept[..2 * n], moved: &step.moved[..2 * n], ..step };
                    first.units([&[], &[]], omega, scratch, beside);
                }
            }
        }
    }
}

/// `[dr | dz | dq | dg]`, of the sums that the tangent pass has left.
fn gates(n: usize, kept: &[f64], du: &[f64], dp: &[f64], moved: &mut [f64]) {
    let (r, z, q) = (&kept[..n], &kept[n..2 * n], &kept[2 * n..3 * n]);
    let g = &kept[3 * n..4 * n];
    for i in 0..n {
        moved[i] = r[i] * (1.0 - r[i]) * du[i];
        moved[n + i] = z[i] * (1.0 - z[i]) * du[n + i];
        moved[2 * n + i] = du[2 * n + i];
        moved[3 * n + i] = (1.0 - g[i] * g[i]) * (dp[i] + moved[i] * q[i] + r[i] * du[2 * n + i]);
    }
}

/// A step of the second pass: pairs are a quantity and how it moves.
struct Step<'a> {
    n: usize,
    x: &'a [Active],
    kept: &'a [f64],
    moved: &'a [f64],
    /// s of the step before.
    before: Option<[&'a [f64]; 2]>,
}

impl Step<'_> {
    /// The last layer: of `V c` that of the state, of `s c'` that of V.
    fn logits(
        &self,
        [v, dv]: [&[f64]; 2],
        c: &[f64],
        dc: &[f64],
        omega: &mut Blocks<&mut [f64]>,
        [l, dl]: [&mut [f64]; 2],
    ) {
        let (n, actions) = (self.n, c.len());
        let (s, ds) = (&self.kept[self.kept.len() - n..], &self.moved[self.moved.len() - n..]);
        for j in 0..n {
            for a in 0..actions {
                let row = j * actions + a;
                omega.v[row] += ds[j] * c[a] + s[j] * dc[a];
                l[j] += v[row] * c[a];
                dl[j] += v[row] * dc[a] + dv[row] * c[a];
            }
        }
        for a in 0..actions {
            omega.v_bias[a] += dc[a];
        }
    }

    fn gru(
        &self,
        [turned, dturned]: [&[f64]; 2],
        omega: &mut Blocks<&mut [f64]>,
        scratch: &mut Scratch,
        beside: &mut Scratch,
    ) {
        let &Step { n, kept, moved, .. } = self;
        let Scratch { zeros, carry: l, gates: e, gate: e_g, .. } = scratch;
        let Scratch { carry: dl, gates: de, gate: de_g, .. } = beside;
        let [s, ds] = self.before.unwrap_or([zeros, zeros]);
        let of = |i: usize, gate: usize| (kept[gate * n + i], moved[gate * n + i]);
        for i in 0..n {
            let [(r, dr), (z, dz), (q, dq), (g, dg)] = [of(i, 0), of(i, 1), of(i, 2), of(i, 3)];
            let slope = 1.0 - g * g;
            e_g[i] = l[i] * (1.0 - z) * slope;
            de_g[i] = (dl[i] * (1.0 - z) - l[i] * dz) * slope - 2.0 * l[i] * (1.0 - z) * g * dg;
            e[i] = e_g[i] * q * r * (1.0 - r);
            de[i] = (de_g[i] * q + e_g[i] * dq) * r * (1.0 - r) + e_g[i] * q * (1.0 - 2.0 * r) * dr;
            let (way, dway) = (s[i] - g, ds[i] - dg);
            e[n + i] = l[i] * way * z * (1.0 - z);
            de[n + i] = (dl[i] * way + l[i] * dway) * z * (1.0 - z) + l[i] * way * (1.0 - 2.0 * z) * dz;
            e[2 * n + i] = e_g[i] * r;
            de[2 * n + i] = de_g[i] * r + e_g[i] * dr;
        }
        let (stride, (b_rz, b_g)) = (3 * n, omega.b.split_at_mut(2 * n));
        add_to_inputs(b_rz, all(&mut *omega.u, stride), self.x, &de[..2 * n]);
        add_to_inputs(b_g, Columns { matrix: &mut *omega.u, stride, from: 2 * n }, self.x, de_g);
        if self.before.is_none() {
            return;
        }
        add_outer(all(&mut *omega.w, stride), ds, e);
        add_outer(all(&mut *omega.w, stride), s, de);
        for i in 0..n {
            let ((z, dz), l_i) = (of(i, 1), l[i]);
            l[i] = l_i * z;
            dl[i] = dl[i] * z + l_i * dz;
        }
        let [turned, dturned] = [all(turned, n), all(dturned, n)];
        add_product(l, e, turned);
        add_product(dl, de, turned);
        add_product(dl, e, dturned);
    }

    fn units(
        &self,
        [w, dw]: [&[f64]; 2],
        omega: &mut Blocks<&mut [f64]>,
        scratch: &mut Scratch,
        beside: &mut Scratch,
    ) {
        let n = self.n;
        let (l, e) = (&mut scratch.carry[..], &mut scratch.gate[..n]);
        let (dl, de) = (&mut beside.carry[..], &mut beside.gate[..n]);
        let (s, ds) = (&self.kept[n..2 * n], &self.moved[n..2 * n]);
        for i in 0..n {
            let slope = 1.0 - s[i] * s[i];
            e[i] = l[i] * slope;
            de[i] = dl[i] * slope - 2.0 * l[i] * s[i] * ds[i];
        }
        add_to_inputs(omega.b, all(&mut *omega.u, n), self.x, de);
        if w.is_empty() {
            l.fill(0.0);
            dl.fill(0.0);
            return;
        }
        let Some([before, dbefore]) = self.before else { return };
        for i in 0..n {
            omega.w[i] += de[i] * before[i] + e[i] * dbefore[i];
            l[i] = e[i] * w[i];
            dl[i] = de[i] * w[i] + e[i] * dw[i];
        }
    }
}
