//! What theory says of an arm, before anything is measured.

use crate::statistics::Interval;
use serde::Serialize;

/// What theory says of one arm.
#[derive(Clone, Debug, PartialEq)]
pub struct ArmTheory {
    /// The arm.
    pub arm: usize,
    /// The policy that its constants are of.
    pub policy: String,
    /// Constants, steps and sizes.
    pub numbers: Vec<TheoryNumber>,
    /// Right-hand sides of theorems.
    pub bounds: Vec<TheoryBound>,
}

/// A number of theory: a constant, a step, a size.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TheoryNumber {
    /// What it belongs to.
    pub group: String,
    /// Its letter.
    pub symbol: String,
    /// What it is.
    pub name: String,
    /// Its value, where there is one.
    pub value: Option<f64>,
    /// Whether the value is an upper bound of what it stands for.
    pub at_most: bool,
    /// Where the value is an estimate, its interval.
    pub interval: Option<Interval>,
    /// Where the paper has it, or that it has it not.
    pub equation: String,
    /// How it was found, or why there is no value.
    pub how: String,
}

/// What a bound is of, and how runs measure it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Bounded {
    /// The Bellman error at the end of a run that evaluates one policy.
    BellmanError,
    /// The Bellman error of the first round's critic, whose policy is the first one.
    FirstBellmanError,
    /// The optimum less the mean value of the rounds' policies, divided by the range of rewards.
    MeanGap {
        /// The range.
        rewards: f64,
    },
    /// How far clients are, squared, at the barrier of the first round.
    Displacement,
}

/// The right-hand side of a theorem for one arm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TheoryBound {
    /// Its name.
    pub name: String,
    /// What it is of.
    pub of: Bounded,
    /// Its number.
    pub value: Option<f64>,
    /// Why there is none.
    pub why_none: Option<String>,
    /// Whether constants are left out, so that a number above it contradicts nothing.
    pub in_order: bool,
    /// Why runs do not measure what it is of, where they do not.
    pub not_measured: Option<String>,
    /// What it takes for granted and the runs do not have.
    pub unmet: Vec<String>,
}
