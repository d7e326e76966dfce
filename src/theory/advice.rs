//! Sizes that the bounds themselves ask for: where one term begins to outweigh another.

use super::theorem_2::LocalSgd;

/// The largest interval I of at most K for which the third term of Lemma 11, that of local steps, is no more
/// than the second, that of noise; `a = q I + 4` moves with it.
pub fn largest_interval(of: LocalSgd, q: f64) -> u64 {
    let fits = |interval: u64| {
        let at = LocalSgd { interval: interval as f64, a: q * interval as f64 + 4.0, ..of };
        let terms = at.lemma_11();
        terms[2].value <= terms[1].value
    };
    // With I both sides of `64 L K (I - 1) ≤ μ_F (K + a)²` grow, the right one in the end faster: what fits
    // is looked for from above.
    let most = of.local_steps.max(1.0) as u64;
    largest(most, fits)
}

/// The fewest local steps K for which the first term of Lemma 11, that of where regressions begin, is no more
/// than the second, at an interval of I steps.
pub fn fewest_steps(of: LocalSgd) -> f64 {
    let LocalSgd { mu_f, smoothness, noise, start, a, clients, .. } = of;
    // a³ F ≤ 4 L σ² (K + a)² / (μ² M).
    ((a * a * a * start * mu_f * mu_f * clients / (4.0 * smoothness * noise)).sqrt() - a).max(1.0)
}

/// The largest number up to `most` that fits, else 1; what is tried is every one of a thousand, and between
/// these every power of 1.01 or so.
fn largest(most: u64, fits: impl Fn(u64) -> bool) -> u64 {
    let mut at = most;
    while at > 1 {
        if fits(at) {
            return at;
        }
        at = (at - 1).min(at - at / 128);
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    const SGD: LocalSgd = LocalSgd {
        mu_f: 0.1,
        smoothness: 0.7,
        noise: 2.0,
        start: 8.0,
        a: 100.0,
        clients: 4.0,
        local_steps: 512.0,
        interval: 8.0,
    };

    #[test]
    fn beyond_what_is_advised_the_other_term_is_larger() {
        let steps = fewest_steps(SGD);
        let at = |k: f64| LocalSgd { local_steps: k, ..SGD }.lemma_11();
        let (less, more) = (at(0.99 * steps), at(1.01 * steps));
        assert!(less[0].value > less[1].value && more[0].value < more[1].value, "{steps}");

        let interval = largest_interval(SGD, 0.5);
        let at = |i: u64| LocalSgd { interval: i as f64, a: 0.5 * i as f64 + 4.0, ..SGD }.lemma_11();
        assert!(interval > 1 && interval < 512, "{interval}");
        assert!(at(interval)[2].value <= at(interval)[1].value);
        assert!(at(interval + 2)[2].value > at(interval + 2)[1].value, "{interval}");
    }

    #[test]
    fn where_nothing_fits_every_step_has_its_barrier() {
        assert_eq!(largest(1000, |_| false), 1);
        assert_eq!(largest(1000, |_| true), 1000);
        assert_eq!(largest(0, |_| true), 1);
    }
}
