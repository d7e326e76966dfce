//! The last layer: logits `f = v + V's`, and its part of the passes.

use super::shape::Blocks;

/// `f`.
#[inline(always)]
pub(super) fn logits(theta: &Blocks<&[f64]>, s: &[f64], f: &mut [f64]) {
    f.copy_from_slice(theta.v_bias);
    for (s, row) in s.iter().zip(theta.v.chunks_exact(f.len())) {
        for a in 0..f.len() {
            f[a] += s * row[a];
        }
    }
}

/// `df = (dv + dV's) + V'ds`: the two sums run side by side, and are added at the end. `sums` is overwritten.
#[inline(always)]
pub(super) fn tangent(
    theta: &Blocks<&[f64]>,
    omega: &Blocks<&[f64]>,
    s: &[f64],
    ds: &[f64],
    sums: &mut [f64],
    df: &mut [f64],
) {
    let actions = df.len();
    let sums = &mut sums[..actions];
    df.copy_from_slice(omega.v_bias);
    sums.fill(0.0);
    for j in 0..s.len() {
        let (row, drow) = (&theta.v[j * actions..][..actions], &omega.v[j * actions..][..actions]);
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
#[inline(always)]
pub(super) fn cotangent(v: &[f64], c: &[f64], s: &[f64], omega: &mut Blocks<&mut [f64]>, l: &mut [f64]) {
    let actions = c.len();
    for j in 0..s.len() {
        let (row, drow) = (&v[j * actions..][..actions], &mut omega.v[j * actions..][..actions]);
        let mut sum = l[j];
        for a in 0..actions {
            sum += row[a] * c[a];
            drow[a] += s[j] * c[a];
        }
        l[j] = sum;
    }
    for a in 0..actions {
        omega.v_bias[a] += c[a];
    }
}
