//! The gated recurrent unit and its two passes, for n units.
//!
//! A step keeps `[r | z | q | g | s]`.

use super::input::Active;
use super::loops::{add_outer, add_product, add_scaled, add_tangent, sigmoid};
use super::scratch::Scratch;
use super::shape::Blocks;

/// `y ← y + value · row` of a row of U or b, whose part of g stands apart from those of r and z.
#[inline(always)]
fn add_row(n: usize, rz: &mut [f64], g: &mut [f64], value: f64, row: &[f64]) {
    add_scaled(&mut rz[..2 * n], value, &row[..2 * n]);
    add_scaled(&mut g[..n], value, &row[2 * n..3 * n]);
}

/// `[p_r + u_r | p_z + u_z | 0]` and `p_g`, where p is `b + U'x`: what the sums over the state go on from.
#[inline(always)]
fn begin(n: usize, theta: &Blocks<&[f64]>, x: &[Active], rzq: &mut [f64], g: &mut [f64]) {
    rzq[..2 * n].copy_from_slice(&theta.b[..2 * n]);
    for q in &mut rzq[2 * n..3 * n] {
        *q = 0.0;
    }
    g[..n].copy_from_slice(&theta.b[2 * n..3 * n]);
    for active in x {
        let row = &theta.u[active.at as usize * 3 * n..][..3 * n];
        add_row(n, rzq, g, active.value, row);
    }
}

/// A step; in `kept` there is the step before, if it is not the `first`.
#[inline(always)]
pub(super) fn step(n: usize, theta: &Blocks<&[f64]>, x: &[Active], first: bool, kept: &mut [f64]) {
    let (rzq, gs) = kept.split_at_mut(3 * n);
    let (g, s) = gs.split_at_mut(n);
    let s = &mut s[..n];
    begin(n, theta, x, rzq, g);
    if first {
        s.fill(0.0);
    } else {
        add_product(rzq, s, theta.w);
    }
    let (r, zq) = rzq.split_at_mut(n);
    let (z, q) = zq.split_at_mut(n);
    for i in 0..n {
        r[i] = sigmoid(r[i]);
        z[i] = sigmoid(z[i]);
        g[i] = libm::tanh(g[i] + r[i] * q[i]);
        s[i] = (1.0 - z[i]) * g[i] + z[i] * s[i];
    }
}

/// A step of the tangent pass along `omega`: `ds` of the state before becomes that of this one.
#[inline(always)]
pub(super) fn tangent(
    n: usize,
    theta: &Blocks<&[f64]>,
    omega: &Blocks<&[f64]>,
    x: &[Active],
    before: Option<&[f64]>,
    kept: &[f64],
    scratch: &mut Scratch,
) {
    let Scratch { zeros, carry, sums, gate, .. } = scratch;
    let (ds, du, dp) = (&mut carry[..n], &mut sums[..3 * n], &mut gate[..n]);
    begin(n, omega, x, du, dp);
    if let Some(before) = before {
        add_tangent(du, &before[..n], ds, theta.w, omega.w);
    }
    let before = &before.unwrap_or(zeros)[..n];
    let (r, z, q) = (&kept[..n], &kept[n..2 * n], &kept[2 * n..3 * n]);
    let g = &kept[3 * n..4 * n];
    for i in 0..n {
        let dr = r[i] * (1.0 - r[i]) * du[i];
        let dz = z[i] * (1.0 - z[i]) * du[n + i];
        let dg = (1.0 - g[i] * g[i]) * (dp[i] + dr * q[i] + r[i] * du[2 * n + i]);
        ds[i] = (1.0 - z[i]) * dg + z[i] * ds[i] + dz * (before[i] - g[i]);
    }
}

/// A step of the cotangent pass: of `l`, the cotangent of this step's state, it adds that of the parameter to
/// `omega` and makes the cotangent of the state before. `turned` is the transpose of W.
#[inline(always)]
pub(super) fn cotangent(
    n: usize,
    turned: &[f64],
    omega: &mut Blocks<&mut [f64]>,
    x: &[Active],
    before: Option<&[f64]>,
    kept: &[f64],
    scratch: &mut Scratch,
) {
    let Scratch { zeros, carry, sums, gate, .. } = scratch;
    let (l, e, e_g) = (&mut carry[..n], &mut sums[..3 * n], &mut gate[..n]);
    let (r, z, q) = (&kept[..n], &kept[n..2 * n], &kept[2 * n..3 * n]);
    let g = &kept[3 * n..4 * n];
    let s = &before.unwrap_or(zeros)[..n];
    for i in 0..n {
        e_g[i] = l[i] * (1.0 - z[i]) * (1.0 - g[i] * g[i]);
        e[i] = e_g[i] * q[i] * r[i] * (1.0 - r[i]);
        e[n + i] = l[i] * (s[i] - g[i]) * z[i] * (1.0 - z[i]);
        e[2 * n + i] = e_g[i] * r[i];
    }
    let rz = &e[..2 * n];
    add_scaled(&mut omega.b[..2 * n], 1.0, rz);
    add_scaled(&mut omega.b[2 * n..3 * n], 1.0, e_g);
    for active in x {
        let row = &mut omega.u[active.at as usize * 3 * n..][..3 * n];
        add_scaled(&mut row[..2 * n], active.value, rz);
        add_scaled(&mut row[2 * n..], active.value, e_g);
    }
    if before.is_some() {
        add_outer(omega.w, s, e);
        for i in 0..n {
            l[i] *= z[i];
        }
        add_product(l, e, turned);
    }
}
