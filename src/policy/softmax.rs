//! The softmax of a handful of logits.

/// Replaces logits by probabilities: `exp(f_a - max f) / Σ`, summed in action order, with a
/// platform-independent `exp`.
pub fn softmax(logits: &mut [f64]) {
    let max = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for logit in logits.iter_mut() {
        *logit = libm::exp(*logit - max);
        sum += *logit;
    }
    for p in logits.iter_mut() {
        *p /= sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed apart, in Python, from DETERMINISM.md. The C library (glibc) rounds `exp(-0.6)`, of the first
    /// row, otherwise.
    #[test]
    fn a_softmax_has_known_bits_also_where_it_underflows() {
        let known: [(&[f64], &[u64]); 3] = [
            (
                &[-0.5, 0.1, 0.05, 1e-9],
                &[0x3fc4_a1ac_a927_e092, 0x3fd2_cbeb_4e33_9e1b, 0x3fd1_e13d_3558_3b3a, 0x3fd1_0201_27e0_3664],
            ),
            (
                &[0.3, -1.7, 2.9, -40.0],
                &[0x3fb1_890d_531d_a8f8, 0x3f82_fc37_903d_28b5, 0x3fed_82ed_775b_563e, 0x3c0f_d05b_35d8_4ff7],
            ),
            (
                &[1000.0, 295.0, 288.0, 255.0, 254.0],
                &[1.0_f64.to_bits(), 0x005d_db62_d06b_3019, 0x6f84_920b_b2d4, 1, 0],
            ),
        ];
        for (logits, bits) in known {
            let mut probabilities = logits.to_vec();
            softmax(&mut probabilities);
            let found: Vec<u64> = probabilities.iter().map(|p| p.to_bits()).collect();
            assert_eq!(found, bits, "{logits:?}");
        }
    }
}
