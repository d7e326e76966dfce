//! A target that a run may reach, and what it had taken to get there.

use super::{Costs, Quantity, Run};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// On which side of the threshold a quantity is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `<`
    Below,
}

impl Comparison {
    /// Longer signs first, so that none is taken for its beginning.
    const ALL: [(Comparison, &'static str); 4] = [
        (Comparison::AtLeast, ">="),
        (Comparison::AtMost, "<="),
        (Comparison::Above, ">"),
        (Comparison::Below, "<"),
    ];

    fn sign(self) -> &'static str {
        Comparison::ALL.iter().find(|(comparison, _)| *comparison == self).map_or("", |(_, sign)| sign)
    }

    fn holds(self, found: f64, threshold: f64) -> bool {
        match self {
            Comparison::AtLeast => found >= threshold,
            Comparison::AtMost => found <= threshold,
            Comparison::Above => found > threshold,
            Comparison::Below => found < threshold,
        }
    }
}

/// A target, as `value>=1.6`, `share>=0.95` or `bellman_error<=1e-3`; files hold it as this text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// What is asked for.
    pub quantity: Quantity,
    /// On which side of the threshold it is to be.
    pub comparison: Comparison,
    /// The threshold.
    pub threshold: f64,
}

/// A text that is no target.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TargetError {
    /// It compares nothing.
    #[error(
        "{0:?} compares nothing: a target is a quantity, one of >= <= > <, and a number, as in value>=1.6"
    )]
    Comparison(String),
    /// It asks for what is not known.
    #[error("{0:?} is no quantity of a run: expected {names}", names = Quantity::names())]
    Quantity(String),
    /// Its threshold is no number.
    #[error("{0:?} is no number")]
    Threshold(String),
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let parts =
            Comparison::ALL.iter().find_map(|(comparison, sign)| Some((*comparison, text.split_once(sign)?)));
        let (comparison, (name, number)) = parts.ok_or_else(|| TargetError::Comparison(text.to_owned()))?;
        let (name, number) = (name.trim(), number.trim());
        let quantity = Quantity::of_name(name).ok_or_else(|| TargetError::Quantity(name.to_owned()))?;
        let threshold: Option<f64> = number.parse().ok().filter(|threshold: &f64| threshold.is_finite());
        let threshold = threshold.ok_or_else(|| TargetError::Threshold(number.to_owned()))?;
        Ok(Target { quantity, comparison, threshold })
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// By a visitor of its own, so that whoever reads a file is told the line of the text that is no target.
impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfText;
        impl Visitor<'_> for OfText {
            type Value = Target;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a target, as in \"share>=0.95\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Target, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(OfText)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{:?}", self.quantity.name(), self.comparison.sign(), self.threshold)
    }
}

/// Where a run has reached a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// After so many rounds, at this price: the first row that was evaluated and crosses.
    Yes {
        /// r.
        round: u64,
        /// What had been sent and sampled.
        costs: Costs,
    },
    /// Not as far as it went: it is censored at its totals.
    No,
    /// Nothing of the run says what the target asks for.
    Unknown,
}

impl Target {
    /// Where a run has reached it.
    pub fn reached(&self, run: &Run) -> Reached {
        let mut reached = Reached::Unknown;
        for row in run.rounds() {
            let Some(found) = self.quantity.of(run, row) else { continue };
            if self.comparison.holds(found, self.threshold) {
                return Reached::Yes { round: row.round, costs: row.costs };
            }
            reached = Reached::No;
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_as_they_are_written_and_anything_else_is_refused_by_what_is_wrong() {
        for text in
            ["value>=1.6", "share>=0.95", "bellman_error<=0.001", "gap<0.1", "value>-3.0", "drift_actor>2.0"]
        {
            assert_eq!(text.parse::<Target>().expect("a target").to_string(), text);
        }
        assert_eq!(" share >= 95e-2".parse::<Target>().expect("a target").to_string(), "share>=0.95");
        let error = |text: &str| text.parse::<Target>().expect_err("no target");
        assert_eq!(error("value=1"), TargetError::Comparison("value=1".to_owned()));
        assert_eq!(error("values>=1"), TargetError::Quantity("values".to_owned()));
        for number in ["", "much", "inf", "NaN"] {
            assert_eq!(error(&format!("value>={number}")), TargetError::Threshold(number.to_owned()));
        }
    }
}
