//! Two scales of reward: the problem's own, which people read, and [0, 1], on which learners work.

/// Products `1, γ, γ², ...` by repeated multiplication, so that every layer uses the same bits.
pub fn discount_table(gamma: f64, len: usize) -> Vec<f64> {
    std::iter::successors(Some(1.0), |power| Some(power * gamma)).take(len).collect()
}

/// The extremes `[r_lo, r_hi]` of the expected reward, and the affine map they define.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Units {
    lo: f64,
    hi: f64,
}

impl Units {
    /// The units of rewards between `lo` and `hi`.
    ///
    /// # Panics
    /// If the bounds are not finite or not in order.
    #[inline]
    pub fn new(lo: f64, hi: f64) -> Self {
        assert!(lo.is_finite() && hi.is_finite() && lo <= hi, "reward range [{lo}, {hi}]");
        Units { lo, hi }
    }

    /// The range in the problem's own units.
    pub fn range(self) -> (f64, f64) {
        (self.lo, self.hi)
    }

    /// `r̃ = (r - r_lo) / (r_hi - r_lo)`; 0 where the extremes are equal.
    #[inline]
    pub fn normalise(self, reward: f64) -> f64 {
        if self.hi > self.lo { (reward - self.lo) / (self.hi - self.lo) } else { 0.0 }
    }

    /// A value of normalised rewards in the problem's own units: `V = (r_hi - r_lo) Ṽ + r_lo Σ_h γ^h`.
    pub fn raw_value(self, normalised: f64, gamma: f64, horizon: usize) -> f64 {
        (self.hi - self.lo) * normalised + self.lo * total_discount(gamma, horizon)
    }

    /// The inverse of [`Units::raw_value`]; 0 where the extremes are equal.
    pub fn normalised_value(self, raw: f64, gamma: f64, horizon: usize) -> f64 {
        if self.hi > self.lo {
            (raw - self.lo * total_discount(gamma, horizon)) / (self.hi - self.lo)
        } else {
            0.0
        }
    }
}

fn total_discount(gamma: f64, horizon: usize) -> f64 {
    discount_table(gamma, horizon).iter().fold(0.0, |sum, power| sum + power)
}
