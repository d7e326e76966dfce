//! The last layer: logits `f = v + V's`, and its part of the passes.
//!
//! Where there are as few actions as mostly, their number is a constant: no bit changes, and loops over three
//! or so are unrolled. They are functions of their own, since cells would multiply them.

use super::shape::Blocks;

/// The expression of A actions.
macro_rules! with_actions {
    ($number:expr, $actions:ident => $result:expr) => {
        match $number {
            2 => {
                let $actions = 2;
                $result
            }
            3 => {
                let $actions = 3;
                $result
            }
            4 => {
                let $actions = 4;
                $result
            }
            $actions => $result,
        }
    };
}

/// `f`.
#[inline(never)]
pub(super) fn logits(v: &[f64], bias: &[f64], s: &[f64], f: &mut [f64]) {
    with_actions!(f.len(), actions => logits_of(v, bias, s, &mut f[..actions]));
}

#[inline(always)]
fn logits_of(v: &[f64], bias: &[f64], s: &[f64], f: &mut [f64]) {
    let actions = f.len();
    let bias = &bias[..actions];
    f[..actions].copy_from_slice(&bias[..actions]);
    for j in 0..s.len() {
        let row = &v[j * actions..][..actions];
        for a in 0..actions {
            f[a] += s[j] * row[a];
        }
    }
}

/// `df = (dv + dV's) + V'ds`: the two sums run side by side, and are added at the end. `sums` is overwritten.
#[inline(never)]
pub(super) fn tangent(
    theta: &Blocks<&[f64]>,
    omega: &Blocks<&[f64]>,
    s: &[f64],
    ds: &[f64],
    sums: &mut [f64],
    df: &mut [f64],
) {
    with_actions!(df.len(), actions => {
        tangent_of(theta.v, omega, s, ds, &mut sums[..actions], &mut df[..actions]);
    });
}

#[inline(always)]
fn tangent_of(v: &[f64], omega: &Blocks<&[f64]>, s: &[f64], ds: &[f64], sums: &mut [f64], df: &mut [f64]) {
    let actions = df.len();
    let (ds, bias) = (&ds[..s.len()], &omega.v_bias[..actions]);
    for a in 0..actions {
        df[a] = bias[a];
        sums[a] = 0.0;
    }
    for j in 0..s.len() {
        let (row, drow) = (&v[j * actions..][..actions], &omega.v[j * actions..][..actions]);
        for a in 0..actions {
            df[a] += s[j] * drow[a];
            sums[a] += ds[j] * row[a];
        }
    }
    for a in 0..actions {
        df[a] += sums[a];
    }
}

/// Adds `V c` to the cotangent `l` of the state, and those of V and v to `omega`.
#[inline(never)]
pub(super) fn cotangent(v: &[f64], c: &[f64], s: &[f64], omega: &mut Blocks<&mut [f64]>, l: &mut [f64]) {
    with_actions!(c.len(), actions => cotangent_of(v, &c[..actions], s, omega.v, l));
    for a in 0..c.len() {
        omega.v_bias[a] += c[a];
    }
}

#[inline(always)]
fn cotangent_of(v: &[f64], c: &[f64], s: &[f64], omega: &mut [f64], l: &mut [f64]) {
    let actions = c.len();
    let l = &mut l[..s.len()];
    for j in 0..s.len() {
        let (row, drow) = (&v[j * actions..][..actions], &mut omega[j * actions..][..actions]);
        let mut sum = l[j];
        for a in 0..actions {
            sum += row[a] * c[a];
            drow[a] += s[j] * c[a];
        }
        l[j] = sum;
    }
}
