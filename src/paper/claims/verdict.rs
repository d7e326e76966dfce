//! Whether a claim holds in what was measured.

use super::Curves;
use crate::statistics::Interval;
use serde::Serialize;
use std::fmt;

/// A number that was measured, and what it had to be.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// What the number is, in words.
    pub what: String,
    /// The number.
    pub measured: f64,
    /// How well it is known, where seeds tell it.
    pub interval: Option<Interval>,
    /// What it had to be.
    pub criterion: Criterion,
    /// Whether it is.
    pub holds: bool,
}

/// Without the digits by which binary numbers miss decimal ones.
fn short(number: f64) -> f64 {
    format!("{number:.6}").parse().unwrap_or(number)
}

/// What a number has to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
    /// Between these, both included.
    Within(f64, f64),
}

impl Criterion {
    fn admits(self, number: f64) -> bool {
        match self {
            Criterion::AtLeast(low) => number >= low,
            Criterion::AtMost(high) => number <= high,
            Criterion::Within(low, high) => (low..=high).contains(&number),
        }
    }
}

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Criterion::AtLeast(low) => write!(f, "at least {}", short(*low)),
            Criterion::AtMost(high) => write!(f, "at most {}", short(*high)),
            Criterion::Within(low, high) => write!(f, "from {} to {}", short(*low), short(*high)),
        }
    }
}

impl Verdict {
    /// The verdict on a number.
    pub fn on(what: impl Into<String>, measured: f64, criterion: Criterion) -> Self {
        Verdict { what: what.into(), measured, interval: None, criterion, holds: criterion.admits(measured) }
    }

    /// The same with an interval, which decides nothing.
    #[must_use]
    pub fn known_to(self, interval: Interval) -> Self {
        Verdict { interval: Some(interval), ..self }
    }
}

/// What an experiment has come to.
#[derive(Clone, Debug, Serialize)]
pub struct Judged {
    /// Number by number.
    pub verdicts: Vec<Verdict>,
    /// What is drawn.
    pub curves: Vec<Curves>,
    /// What has to be known beside it, a sentence each.
    pub notes: Vec<String>,
}

impl Judged {
    /// Whether all criteria are met.
    pub fn passed(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.holds)
    }
}
