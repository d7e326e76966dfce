//! How a problem file is read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a `T: action : state reset` row means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reset {
    /// The next state is drawn from the start belief, and the episode goes on.
    #[default]
    Continue,
    /// The episode ends: from then on nothing is earned, and the observation `end` tells it.
    End,
}

/// How to read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// Refuse what `pomdp-solve` refuses, instead of warning of it.
    pub strict: bool,
    /// What `reset` rows mean.
    pub reset: Reset,
    /// Divide rows of T and O, and the start belief, by their sums, whatever these are: they take any numbers
    /// that are not negative and whose sum is positive and finite. Without it a sum may miss 1 by
    /// [`ROW_SUM_TOLERANCE`](crate::pomdp::ROW_SUM_TOLERANCE), or by what rounding of the printed digits
    /// explains. No effect when reading strictly.
    pub normalize: bool,
    /// The discount of a file that has no `discount:`. No effect when reading strictly.
    pub discount: Option<f64>,
    /// How large a problem may be.
    pub limits: ReadLimits,
}

/// How large a problem may be, so that a short text cannot ask for more memory than there is.
///
/// A line such as `T: * uniform` stands for `A · S²` numbers, so that the length of the source is no bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimits {
    /// Pairs of an action and a state; also the number of observations.
    pub rows: usize,
    /// Nonzeros of T, and as many of O; single entries that override them are counted too, row by row.
    pub nonzeros: usize,
    /// Terms of all expected rewards together, where rewards depend on observations.
    pub reward_terms: usize,
}

impl Default for ReadLimits {
    /// 2^24 rows and 2^25 nonzeros, which are at most a few GiB while reading, and 2^30 terms, some ten
    /// seconds.
    fn default() -> Self {
        ReadLimits { rows: MAX_ROWS, nonzeros: MAX_NONZEROS, reward_terms: MAX_REWARD_TERMS }
    }
}

const MAX_ROWS: usize = 1 << 24;
const MAX_NONZEROS: usize = 1 << 25;
const MAX_REWARD_TERMS: usize = 1 << 30;

impl ReadOptions {
    /// The grammar of `pomdp-solve`, without extensions.
    pub fn strict() -> Self {
        ReadOptions { strict: true, ..ReadOptions::default() }
    }
}
