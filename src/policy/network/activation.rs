//! The two functions that units bend their sums by, in plain arithmetic: so they go side by side over units,
//! and have the same bits everywhere.
//!
//! `exp(y) = 2^k exp(r)`, with k the integer next to y / ln 2, so that |r| is at most ln 2 / 2. There the
//! diagonal Padé approximant of degree 6 is `exp(r)` but for 2e-19 of it; its coefficients are integers, and
//! it is a quotient `(E + O) / (E - O)` with an even E and an odd O. Both functions are quotients of its
//! parts, and divide once.

/// `1 / (1 + exp(-y))`, but for 5e-16 of it.
#[inline(always)]
pub(super) fn sigmoid(y: f64) -> f64 {
    let (above, below) = exp(-y);
    below / (below + above)
}

/// `tanh(y) = (exp(2y) - 1) / (exp(2y) + 1)`, but for 4e-16.
#[inline(always)]
pub(super) fn tanh(y: f64) -> f64 {
    let (above, below) = exp(2.0 * y);
    (above - below) / (above + below)
}

/// Beyond it neither function differs from its limit, and nothing overflows.
const MOST: f64 = 690.0;
/// 3/2 · 2^52: a sum with it has its integer part in its last bits.
const INTEGERS: f64 = 6_755_399_441_055_744.0;
/// ln 2 in two parts (Cody and Waite 1980, with the parts of fdlibm): k times the first is exact.
const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// The exponent's place in a number, and what is added to it there.
const EXPONENT: u32 = 52;
const BIAS: u64 = 1023;

/// `exp(y)` as numerator and denominator, with y held within ±[`MOST`]; what is no number stays none.
#[inline(always)]
fn exp(y: f64) -> (f64, f64) {
    let y = if y > MOST { MOST } else { y };
    let y = if y < -MOST { -MOST } else { y };
    let integer = y * std::f64::consts::LOG2_E + INTEGERS;
    let k = integer - INTEGERS;
    let r = (y - k * LN_2_HIGH) - k * LN_2_LOW;
    let t = r * r;
    let even = ((t + 840.0) * t + 75_600.0) * t + 665_280.0;
    let odd = r * ((42.0 * t + 10_080.0) * t + 332_640.0);
    let power = f64::from_bits((integer.to_bits() << EXPONENT).wrapping_add(BIAS << EXPONENT));
    (power * (even + odd), even - odd)
}
