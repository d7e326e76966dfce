//! Whether a claim holds in what was measured.

use super::Curves;
use super::digits::short;
use super::table::Table;
use crate::statistics::Interval;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A number that was measured, and what it had to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// What the number is, in words.
    pub what: String,
    /// The number.
    pub measured: f64,
    /// How well it is known, where seeds tell it.
    pub interval: Option<Between>,
    /// What it had to be.
    pub criterion: Criterion,
    /// Whether it is.
    pub holds: bool,
}

/// An interval as records keep it: its ends, and in words what it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Between {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// Its kind, its level and its seeds.
    pub is: String,
}

impl From<Interval> for Between {
    fn from(interval: Interval) -> Self {
        let text = interval.to_string();
        let is = text.split_once('(').map_or("", |(_, is)| is).trim_end_matches(')').to_owned();
        Between { low: interval.low, high: interval.high, is }
    }
}

impl fmt::Display for Between {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {} ({})", short(self.low), short(self.high), self.is)
    }
}

/// Without the digits by which binary numbers miss decimal ones.
fn rounded(number: f64) -> String {
    if number != 0.0 && number.abs() < 1e-6 {
        return format!("{number:e}");
    }
    let rounded: f64 = format!("{number:.6}").parse().unwrap_or(number);
    rounded.to_string()
}

/// What a number has to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
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
            Criterion::AtLeast(low) => write!(f, "at least {}", rounded(*low)),
            Criterion::AtMost(high) => write!(f, "at most {}", rounded(*high)),
            Criterion::Within(low, high) => write!(f, "from {} to {}", rounded(*low), rounded(*high)),
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
        Verdict { interval: Some(interval.into()), ..self }
    }
}

/// What an experiment has come to.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Number by number.
    pub verdicts: Vec<Verdict>,
    /// What stands in tables.
    pub tables: Vec<Table>,
    /// What is drawn.
    pub curves: Vec<Curves>,
    /// What has to be known beside it, a sentence each.
    pub notes: Vec<String>,
}
