//! How far rounding may carry a value that is exact but for it.
//!
//! Every value here is made of sums and products of probabilities, which are not negative, of the discount
//! and of rewards; an optimum takes maxima besides. So what is computed is the exact value of numbers whose
//! every term (probability of a history, times discount, times reward) has a relative error of at most
//! `k u / (1 - k u)`, where `u = 2^-53` and k counts the roundings through which a term passes (Higham,
//! *Accuracy and Stability of Numerical Algorithms*, lemma 3.1). The terms of a policy are, in size,
//! `E^π Σ_h γ^h |R_h| = 2 G^π - V^π`, where `G^π` is the policy's value when only rewards above 0 count. That
//! is no number of the whole range of rewards: a policy that never meets a penalty of 10^15 has nothing to do
//! with it.
//!
//! Numbers of a file are decimals, and each of them was rounded once; the counts below include that.
//! Probabilities of histories below 2^-1022 lose digits; what they contribute is not counted.

use super::{Model, SparseRows};

/// A value in the problem's own units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rounded {
    /// The number that was computed.
    pub value: f64,
    /// The exact one is no farther from it.
    pub error: f64,
}

/// How many roundings a term passes through, over a whole horizon.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Roundings(f64);

impl Roundings {
    /// Of sums over the nonzeros of rows, from the last step to the first: values of policies by their
    /// memory.
    pub(crate) fn by_rows(model: &Model, horizon: usize) -> Self {
        let rows = Longest::of(model);
        let step = rows.transition + rows.observation + model.actions() + 4;
        Roundings::over(&rows, horizon, step, model.states())
    }

    /// Of beliefs, or of weights of histories, made step by step.
    pub(crate) fn by_beliefs(model: &Model, horizon: usize) -> Self {
        let rows = Longest::of(model);
        let step = 2 * model.states() + rows.seen + model.actions() + 6;
        Roundings::over(&rows, horizon, step, 2 * model.states())
    }

    fn over(rows: &Longest, horizon: usize, step: usize, once: usize) -> Self {
        // A row's numbers are rounded when they are read, summed, and divided by the sum.
        let rows_read = 2 * (rows.transition + rows.observation) + 8;
        let reward = rows_read + rows.transition + rows.observation + 2;
        let start = 2 * (rows.start + rows.first) + 8;
        let counts = [horizon as f64 * (step + rows_read + 2) as f64, (reward + start + once) as f64];
        Roundings(counts[0] + counts[1])
    }

    /// The relative error of every term, where terms have one of `already` besides.
    pub(crate) fn relative(self, already: f64) -> f64 {
        let k = self.0 * UNIT + already;
        // Beyond a half the lemma says nothing; no table that fits the memory has so long rows.
        if k < 0.5 { k / (1.0 - k) } else { f64::INFINITY }
    }
}

/// u, the relative error of one operation.
const UNIT: f64 = f64::EPSILON / 2.0;

/// A relative error of terms, as that of a value. `gain` and `value` were computed themselves, to some
/// relative error far below the allowance of one in a thousand; the least normal number stands for what is
/// lost where they are smaller still.
pub(crate) fn of_terms(relative: f64, gain: f64, value: f64) -> f64 {
    let size = 2.0 * gain - value;
    if size > 0.0 { 1.001 * relative * size + f64::MIN_POSITIVE } else { 0.0 }
}

/// The greatest numbers of terms in a sum: of nonzeros in a row, and of observations after an action.
struct Longest {
    transition: usize,
    observation: usize,
    /// The most observations that an action has.
    seen: usize,
    start: usize,
    first: usize,
}

impl Longest {
    fn of(model: &Model) -> Self {
        let longest = |rows: &SparseRows| (0..rows.rows()).map(|i| rows.row(i).len()).max().unwrap_or(0);
        Longest {
            transition: longest(model.transition()),
            observation: longest(model.observation()),
            seen: most_seen(model),
            start: model.start().iter().filter(|&&p| p > 0.0).count(),
            first: model.initial_observation().map_or(0, longest),
        }
    }
}

fn most_seen(model: &Model) -> usize {
    let mut last_seen_by = vec![usize::MAX; model.observations()];
    let mut of_action = |a: usize| {
        let rows =
            (a * model.states()..(a + 1) * model.states()).flat_map(|row| model.observation().row(row));
        rows.filter(|&(o, _)| std::mem::replace(&mut last_seen_by[o], a) != a).count()
    };
    (0..model.actions()).map(&mut of_action).max().unwrap_or(0)
}
