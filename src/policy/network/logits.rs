//! The last layer: logits `f = v + V's`, and its part of the passes.
//!
//! Where there are as few actions as mostly, their number is a constant: no bit changes, and loops over three
//! or so are unrolled. They are functions of their own, since cells would multiply them.

use super::loops::{self, add_product, all, product, sums};
use super::shape::Blocks;

/// The expression of a constant A, where there are so many actions, or that of any number.
macro_rules! with_actions {
    ($number:expr, $A:ident => $constant:expr, else $any:expr) => {
        match $number {
            2 => {
                const $A: usize = 2;
                $constant
            }
            3 => {
                const $A: usize = 3;
                $constant
            }
            4 => {
                const $A: usize = 4;
                $constant
            }
            _ => $any,
        }
    };
}

/// `f`.
#[inline(never)]
pub(super) fn logits(v: &[f64], bias: &[f64], s: &[f64], f: &mut [f64]) {
    with_actions!(f.len(), A => logits_of::<A>(v, bias, s, f), else logits_of_any(v, bias, s, f));
}

#[inline(always)]
fn logits_of<const A: usize>(v: &[f64], bias: &[f64], s: &[f64], f: &mut [f64]) {
    let (mut sums, v): ([f64; A], _) = (*block(bias), v.as_chunks().0);
    let s = &s[..v.len()];
    for j in 0..v.len() {
        sums = plus(sums, s[j], &v[j]);
    }
    f.copy_from_slice(&sums);
}

#[cold]
#[inline(never)]
fn logits_of_any(v: &[f64], bias: &[f64], s: &[f64], f: &mut [f64]) {
    let v = all(v, bias.len());
    sums(f, Some(bias), &[], v, s, v);
}

/// `df = (dv + dV's) + V'ds`: the two sums run side by side, and are added at the end. `others` is
/// overwritten.
#[inline(never)]
pub(super) fn tangent(
    theta: &Blocks<&[f64]>,
    omega: &Blocks<&[f64]>,
    s: &[f64],
    ds: &[f64],
    others: &mut [f64],
    df: &mut [f64],
) {
    with_actions!(
        df.len(),
        A => tangent_of::<A>(theta.v, omega, s, ds, df),
        else tangent_of_any(theta.v, omega, s, ds, others, df)
    );
}

#[inline(always)]
fn tangent_of<const A: usize>(v: &[f64], omega: &Blocks<&[f64]>, s: &[f64], ds: &[f64], df: &mut [f64]) {
    let (mut sums, mut others): ([f64; A], [f64; A]) = (*block(omega.v_bias), [0.0; A]);
    let v = v.as_chunks().0;
    let (dv, s, ds) = (&omega.v.as_chunks().0[..v.len()], &s[..v.len()], &ds[..v.len()]);
    for j in 0..v.len() {
        sums = plus(sums, s[j], &dv[j]);
        others = plus(others, ds[j], &v[j]);
    }
    for a in 0..A {
        sums[a] += others[a];
    }
    df.copy_from_slice(&sums);
}

#[cold]
#[inline(never)]
fn tangent_of_any(
    v: &[f64],
    omega: &Blocks<&[f64]>,
    s: &[f64],
    ds: &[f64],
    others: &mut [f64],
    df: &mut [f64],
) {
    let (v, dv) = (all(v, df.len()), all(omega.v, df.len()));
    sums(df, Some(omega.v_bias), &[], dv, s, dv);
    product(others, ds, v);
    for a in 0..df.len() {
        df[a] += others[a];
    }
}

/// Adds `V c` to the cotangent `l` of the state, and those of V and v to `omega`. `turned` is the transpose
/// of V.
#[inline(never)]
pub(super) fn cotangent(turned: &[f64], c: &[f64], s: &[f64], omega: &mut Blocks<&mut [f64]>, l: &mut [f64]) {
    with_actions!(
        c.len(),
        A => cotangent_of::<A>(turned, c, s, omega, l),
        else cotangent_of_any(turned, c, s, omega, l)
    );
}

#[inline(always)]
fn cotangent_of<const A: usize>(
    turned: &[f64],
    c: &[f64],
    s: &[f64],
    omega: &mut Blocks<&mut [f64]>,
    l: &mut [f64],
) {
    let (c, turned): (&[f64; A], _) = (block(c), all(turned, s.len()));
    add_product(l, c, turned);
    let v = omega.v.as_chunks_mut().0;
    let s = &s[..v.len()];
    for j in 0..v.len() {
        v[j] = plus(v[j], s[j], c);
    }
    let bias = omega.v_bias.first_chunk_mut().expect("as many numbers as actions");
    *bias = plus(*bias, 1.0, c);
}

#[cold]
#[inline(never)]
fn cotangent_of_any(turned: &[f64], c: &[f64], s: &[f64], omega: &mut Blocks<&mut [f64]>, l: &mut [f64]) {
    let turned = all(turned, s.len());
    add_product(l, c, turned);
    loops::add_outer(all(&mut *omega.v, c.len()), s, c);
    for a in 0..c.len() {
        omega.v_bias[a] += c[a];
    }
}

#[inline(always)]
fn block<const A: usize>(numbers: &[f64]) -> &[f64; A] {
    numbers.first_chunk().expect("as many numbers as actions")
}

/// `y + x · row`.
#[inline(always)]
fn plus<const A: usize>(mut y: [f64; A], x: f64, row: &[f64; A]) -> [f64; A] {
    for a in 0..A {
        y[a] += x * row[a];
    }
    y
}
