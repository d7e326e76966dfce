//! The softmax of a handful of logits.

/// Replaces logits by probabilities: `exp(f_a - max f) / Σ`, summed in action order, with a platform-independent `exp`.
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
