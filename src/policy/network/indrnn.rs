//! Units that remember themselves alone, and those that remember nothing, with their two passes.
//!
//! A step keeps `[b + U'x + w s_before | s]`. Where there is no w, its terms are left out.

use super::activation::tanh;
use super::input::Active;
use super::loops::{add_to_inputs, all, inputs};
use super::scratch::Scratch;
use super::shape::Blocks;

/// A step after that whose state is `before`, if it is not the first.
#[inline(always)]
pub(super) fn step(n: usize, theta: &Blocks<&[f64]>, x: &[Active], before: Option<&[f64]>, kept: &mut [f64]) {
    let (p, s) = kept.split_at_mut(n);
    inputs(p, theta.b, x, all(theta.u, n));
    if let Some(before) = before.filter(|_| !theta.w.is_empty()) {
        let (w, before) = (&theta.w[..n], &before[..n]);
        for i in 0..n {
            p[i] += w[i] * before[i];
        }
    }
    for i in 0..n {
        s[i] = tanh(p[i]);
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
    let (ds, dp) = (&mut scratch.carry[..n], &mut scratch.gate[..n]);
    let s = &kept[n..2 * n];
    inputs(dp, omega.b, x, all(omega.u, n));
    if let Some(before) = before.filter(|_| !theta.w.is_empty()) {
        let (w, dw, before) = (&theta.w[..n], &omega.w[..n], &before[..n]);
        for i in 0..n {
            dp[i] = dp[i] + dw[i] * before[i] + w[i] * ds[i];
        }
    }
    for i in 0..n {
        ds[i] = (1.0 - s[i] * s[i]) * dp[i];
    }
}

/// A step of the cotangent pass: of `l`, the cotangent of this step's state, it adds that of the parameter to
/// `omega` and makes the cotangent of the state before.
#[inline(always)]
pub(super) fn cotangent(
    n: usize,
    w: &[f64],
    omega: &mut Blocks<&mut [f64]>,
    x: &[Active],
    before: Option<&[f64]>,
    kept: &[f64],
    scratch: &mut Scratch,
) {
    let (l, e) = (&mut scratch.carry[..n], &mut scratch.gate[..n]);
    let s = &kept[n..2 * n];
    for i in 0..n {
        e[i] = l[i] * (1.0 - s[i] * s[i]);
    }
    add_to_inputs(omega.b, all(&mut *omega.u, n), x, e);
    if w.is_empty() {
        l.fill(0.0);
        return;
    }
    if let Some(before) = before {
        let (w, dw, before) = (&w[..n], &mut omega.w[..n], &before[..n]);
        for i in 0..n {
            dw[i] += e[i] * before[i];
            l[i] = e[i] * w[i];
        }
    }
}
