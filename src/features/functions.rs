//! Functions of a belief: polynomials of it, and of its log-odds.

/// Polynomials of the belief, up to a degree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Degree {
    /// `b(s)` for every s: S functions.
    One,
    /// `1, y_s, y_s² - 1/2, y_s y_t` for s < t < S - 1, with `y_s = (S b(s) - 1) / (S - 1)`: S (S + 1) / 2
    /// functions. For two states these are `1, 2x, 4x² - 1/2` with `x = b(0) - 1/2`.
    Two,
}

impl Degree {
    /// Number of functions on S states.
    #[inline]
    pub fn functions(self, states: usize) -> usize {
        match self {
            Degree::One => states,
            Degree::Two => states * (states + 1) / 2,
        }
    }

    /// A bound on the sum of their squares.
    pub fn norm_squared_bound(self, states: usize) -> f64 {
        match self {
            Degree::One => 1.0,
            Degree::Two if states == 1 => 1.0,
            Degree::Two => {
                // Σ y² is convex, so it is largest at a vertex; mixed products add up to at most (Σ y²)² / 2.
                let n = states as f64 - 1.0;
                let linear = 1.0 + (n - 1.0) / (n * n);
                let mixed = if states > 2 { linear * linear / 2.0 } else { 0.0 };
                1.0 + linear + n / 4.0 + mixed
            }
        }
    }

    fn each(self, belief: &[f64], mut f: impl FnMut(f64)) {
        match self {
            Degree::One => belief.iter().for_each(|&b| f(b)),
            Degree::Two => {
                let states = belief.len() as f64;
                let y = |s: usize| (states * belief[s] - 1.0) / (states - 1.0);
                f(1.0);
                for s in 0..belief.len() - 1 {
                    f(y(s));
                }
                for s in 0..belief.len() - 1 {
                    f(y(s) * y(s) - 0.5);
                    for t in s + 1..belief.len() - 1 {
                        f(y(s) * y(t));
                    }
                }
            }
        }
    }
}

/// Functions of the log-odds `l_s = ln(b(s) / b(S - 1))`: 1, and `T_k(x_s), T_k(t_s)` for s < S - 1 and k up
/// to a degree, where `x_s` is `l_s / 8` clamped to [-1, 1],
/// `t_s = tanh(l_s / 2) = (b(s) - b(S - 1)) / (b(s) + b(S - 1))`, and `T_k` are Chebyshev polynomials.
///
/// A threshold in the belief is a sign of a linear function of l, however near to certainty it lies, so that
/// a softmax finds it; t is linear in a belief of two states, as the values of actions are that end an
/// episode. Chebyshev polynomials do not exceed 1 and are less alike than powers: on `gaussian-tiger` at H =
/// 4 DPAC with the default steps ended at 4.06 with them and degree 2, at 3.40 with powers, at 3.82 with
/// [`Degree::Two`]. Where neither state can be, l and t are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogOdds {
    degree: u8,
}

impl LogOdds {
    /// The largest degree.
    pub const DEGREE_MAX: u8 = 3;

    /// Log-odds beyond ±8, odds of 2981 to 1, count as ±8.
    pub const RANGE: f64 = 8.0;

    /// Degrees 1 to [`LogOdds::DEGREE_MAX`].
    pub fn new(degree: u8) -> Option<Self> {
        (1..=LogOdds::DEGREE_MAX).contains(&degree).then_some(LogOdds { degree })
    }

    /// The degree.
    pub fn degree(self) -> u8 {
        self.degree
    }

    /// Number of functions on S states.
    #[inline]
    pub fn functions(self, states: usize) -> usize {
        1 + 2 * usize::from(self.degree) * (states - 1)
    }

    /// The largest sum of their squares.
    pub fn norm_squared_bound(self, states: usize) -> f64 {
        self.functions(states) as f64
    }

    fn each(self, belief: &[f64], mut f: impl FnMut(f64)) {
        f(1.0);
        let Some((&last, others)) = belief.split_last() else { return };
        for &b in others {
            let (x, t) = scaled(b, last);
            // T_k by its recursion T_(k+1)(x) = 2 x T_k(x) - T_(k-1)(x).
            let (mut before, mut now) = ((1.0, 1.0), (x, t));
            for _ in 0..self.degree {
                f(now.0);
                f(now.1);
                (before, now) = (now, (2.0 * x * now.0 - before.0, 2.0 * t * now.1 - before.1));
            }
        }
    }
}

/// `l / RANGE` clamped to [-1, 1], and `tanh(l / 2)`.
fn scaled(b: f64, last: f64) -> (f64, f64) {
    // The ends of the range without a logarithm, of which sparse beliefs have many: the general case gives
    // the same numbers.
    match (b > 0.0, last > 0.0) {
        (false, false) => return (0.0, 0.0),
        (false, true) => return (-1.0, -1.0),
        (true, false) => return (1.0, 1.0),
        (true, true) => {}
    }
    let x = (libm::log(b / last) / LogOdds::RANGE).clamp(-1.0, 1.0);
    (x, (b - last) / (b + last))
}

/// Which functions of the belief.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeliefFunctions {
    /// Polynomials of the belief.
    Polynomials(Degree),
    /// Polynomials of its log-odds.
    LogOdds(LogOdds),
}

impl From<Degree> for BeliefFunctions {
    fn from(degree: Degree) -> Self {
        BeliefFunctions::Polynomials(degree)
    }
}

impl From<LogOdds> for BeliefFunctions {
    fn from(functions: LogOdds) -> Self {
        BeliefFunctions::LogOdds(functions)
    }
}

impl BeliefFunctions {
    /// Number of functions on S states.
    #[inline]
    pub fn functions(self, states: usize) -> usize {
        match self {
            BeliefFunctions::Polynomials(degree) => degree.functions(states),
            BeliefFunctions::LogOdds(functions) => functions.functions(states),
        }
    }

    /// A bound on the sum of their squares.
    pub fn norm_squared_bound(self, states: usize) -> f64 {
        match self {
            BeliefFunctions::Polynomials(degree) => degree.norm_squared_bound(states),
            BeliefFunctions::LogOdds(functions) => functions.norm_squared_bound(states),
        }
    }

    /// Calls `f` with the value of each function at `belief`, in order.
    #[inline]
    pub(super) fn each(self, belief: &[f64], f: impl FnMut(f64)) {
        match self {
            BeliefFunctions::Polynomials(degree) => degree.each(belief, f),
            BeliefFunctions::LogOdds(functions) => functions.each(belief, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(functions: impl Into<BeliefFunctions>, belief: &[f64]) -> Vec<f64> {
        let mut values = Vec::new();
        functions.into().each(belief, |value| values.push(value));
        values
    }

    fn log_odds(degree: u8) -> LogOdds {
        LogOdds::new(degree).expect("a degree")
    }

    fn assert_near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (x, y) in found.iter().zip(expected) {
            assert!((x - y).abs() < 1e-14, "{found:?} differs from {expected:?}");
        }
    }

    #[test]
    fn functions_of_log_odds_are_chebyshev_polynomials_of_l_and_tanh() {
        for l in [-7.9, -1.3, 0.0, 0.4, 5.0] {
            let p = 1.0 / (1.0 + libm::exp(-l));
            let (x, t) = (l / 8.0, libm::tanh(l / 2.0));
            let second = |x: f64| 2.0 * x * x - 1.0;
            let third = |x: f64| 4.0 * x * x * x - 3.0 * x;
            let all = [1.0, x, t, second(x), second(t), third(x), third(t)];
            for degree in 1..=3 {
                let expected = &all[..1 + 2 * usize::from(degree)];
                assert_near(&values(log_odds(degree), &[p, 1.0 - p]), expected);
            }
        }
    }

    #[test]
    fn log_odds_far_out_and_impossible_states_stay_in_range() {
        assert_near(&values(log_odds(1), &[1.0 - 1e-9, 1e-9]), &[1.0, 1.0, 1.0 - 2e-9]);
        assert_near(&values(log_odds(1), &[1.0, 0.0]), &[1.0, 1.0, 1.0]);
        assert_near(&values(log_odds(1), &[0.0, 1.0]), &[1.0, -1.0, -1.0]);
        assert_near(&values(log_odds(1), &[0.0, 1.0, 0.0]), &[1.0, 0.0, 0.0, 1.0, 1.0]);
        assert_near(&values(log_odds(2), &[1.0]), &[1.0]);
    }

    #[test]
    fn certainty_of_the_last_state_attains_the_bound_of_log_odds() {
        for (states, degree) in [(2, 1), (2, 3), (4, 2)] {
            let mut belief = vec![0.0; states];
            belief[states - 1] = 1.0;
            let functions = log_odds(degree);
            let squares: f64 = values(functions, &belief).iter().map(|x| x * x).sum();
            assert_eq!(values(functions, &belief).len(), functions.functions(states));
            assert!((squares - functions.norm_squared_bound(states)).abs() < 1e-12);
        }
        assert_eq!((LogOdds::new(0), LogOdds::new(4)), (None, None));
    }
}
