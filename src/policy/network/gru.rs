//! The gated recurrent unit and its two passes, for n units.
//!
//! A step keeps `[r | z | q | g | s]`.

use super::activation::{sigmoid, tanh};
use super::input::Active;
use super::loops::{
    Columns, add_outer, add_product, add_to_inputs, all, block, block_mut, each, in_blocks, inputs, product,
    sums, tangent_sums,
};
use super::scratch::Scratch;
use super::shape::{Blocks, Network};

/// Of U, or W, the columns of r and z, and those of g.
#[inline(always)]
fn columns(n: usize, matrix: &[f64]) -> [Columns<&[f64]>; 2] {
    let stride = 3 * n;
    [Columns { matrix, stride, from: 0 }, Columns { matrix, stride, from: 2 * n }]
}

/// r, z, q and g of a block of units.
#[inline(always)]
fn gates_of<const B: usize>(n: usize, kept: &[f64], from: usize) -> [&[f64; B]; 4] {
    let kept = &kept[from..];
    [block(kept, 0), block(kept, n), block(kept, 2 * n), block(kept, 3 * n)]
}

/// The state before the first step.
static NOTHING: [f64; Network::UNITS_MAX] = [0.0; Network::UNITS_MAX];

/// A step after that whose state is `before`, if it is not the first.
#[inline(always)]
pub(super) fn step(n: usize, theta: &Blocks<&[f64]>, x: &[Active], before: Option<&[f64]>, kept: &mut [f64]) {
    let (rz, rest) = kept[..5 * n].split_at_mut(2 * n);
    let (q, rest) = rest.split_at_mut(n);
    let (g, s) = rest.split_at_mut(n);
    let (b_rz, b_g) = theta.b[..3 * n].split_at(2 * n);
    let ([u_rz, u_g], [w_rz, w_g]) = (columns(n, theta.u), columns(n, theta.w));
    inputs(g, b_g, x, u_g);
    match before {
        None => {
            inputs(rz, b_rz, x, u_rz);
            q.fill(0.0);
        }
        Some(before) => {
            sums(rz, Some(b_rz), x, u_rz, &before[..n], w_rz);
            product(q, &before[..n], w_g);
        }
    }
    let before = before.unwrap_or(&NOTHING);
    in_blocks!(few: n, from, B => {
        let (r, z): (&[f64; B], &[f64; B]) = (block(rz, from), block(rz, n + from));
        let (r, z): ([f64; B], [f64; B]) = (each!(B, i => sigmoid(r[i])), each!(B, i => sigmoid(z[i])));
        let [q, p, before]: [&[f64; B]; 3] = [block(q, from), block(g, from), block(before, from)];
        let new: [f64; B] = each!(B, i => tanh(p[i] + r[i] * q[i]));
        let state: [f64; B] = each!(B, i => (1.0 - z[i]) * new[i] + z[i] * before[i]);
        (*block_mut(rz, from), *block_mut(rz, n + from)) = (r, z);
        (*block_mut(g, from), *block_mut(s, from)) = (new, state);
    });
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
    let Scratch { zeros, carry, gates, gate, .. } = scratch;
    let (ds, dp) = (&mut carry[..n], &mut gate[..n]);
    let (drz, dq) = gates[..3 * n].split_at_mut(2 * n);
    let (b_rz, b_g) = omega.b[..3 * n].split_at(2 * n);
    let [u_rz, u_g] = columns(n, omega.u);
    inputs(dp, b_g, x, u_g);
    match before {
        None => {
            inputs(drz, b_rz, x, u_rz);
            dq.fill(0.0);
        }
        Some(before) => {
            let ([w_rz, w_g], [dw_rz, dw_g]) = (columns(n, theta.w), columns(n, omega.w));
            let states = (&before[..n], &*ds);
            tangent_sums(drz, Some(b_rz), x, u_rz, states, (w_rz, dw_rz));
            tangent_sums(dq, None, &[], u_g, states, (w_g, dw_g));
        }
    }
    let (before, kept) = (&before.unwrap_or(zeros)[..n], &kept[..4 * n]);
    in_blocks!(few: n, from, B => {
        let [r, z, q, g]: [&[f64; B]; 4] = gates_of(n, kept, from);
        let (dr, dz): (&[f64; B], &[f64; B]) = (block(drz, from), block(drz, n + from));
        let (dq, dp): (&[f64; B], &[f64; B]) = (block(dq, from), block(dp, from));
        let (s, before): ([f64; B], &[f64; B]) = (*block(ds, from), block(before, from));
        *block_mut::<B>(ds, from) = each!(B, i => {
            let dr = r[i] * (1.0 - r[i]) * dr[i];
            let dz = z[i] * (1.0 - z[i]) * dz[i];
            let dg = (1.0 - g[i] * g[i]) * (dp[i] + dr * q[i] + r[i] * dq[i]);
            (1.0 - z[i]) * dg + z[i] * s[i] + dz * (before[i] - g[i])
        });
    });
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
    let Scratch { zeros, carry, gates, gate, .. } = scratch;
    let (l, e, e_g) = (&mut carry[..n], &mut gates[..3 * n], &mut gate[..n]);
    let (s, kept) = (&before.unwrap_or(zeros)[..n], &kept[..4 * n]);
    in_blocks!(few: n, from, B => {
        let [r, z, q, g]: [&[f64; B]; 4] = gates_of(n, kept, from);
        let (s, l_after): (&[f64; B], [f64; B]) = (block(s, from), *block(l, from));
        let new: [f64; B] = each!(B, i => l_after[i] * (1.0 - z[i]) * (1.0 - g[i] * g[i]));
        *block_mut::<B>(e, from) = each!(B, i => new[i] * q[i] * r[i] * (1.0 - r[i]));
        *block_mut::<B>(e, n + from) = each!(B, i => l_after[i] * (s[i] - g[i]) * z[i] * (1.0 - z[i]));
        *block_mut::<B>(e, 2 * n + from) = each!(B, i => new[i] * r[i]);
        *block_mut::<B>(l, from) = each!(B, i => l_after[i] * z[i]);
        *block_mut(e_g, from) = new;
    });
    let (b_rz, b_g) = omega.b[..3 * n].split_at_mut(2 * n);
    add_to_inputs(b_rz, all(&mut *omega.u, 3 * n), x, &e[..2 * n]);
    add_to_inputs(b_g, Columns { matrix: &mut *omega.u, stride: 3 * n, from: 2 * n }, x, e_g);
    if before.is_some() {
        add_outer(all(&mut *omega.w, 3 * n), s, e);
        add_product(l, e, all(turned, n));
    }
}
