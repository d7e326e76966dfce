//! A number of the theory as a record: what it is, where the paper has it, and how it was found.

use crate::statistics::Interval;
use crate::theory::bound::{Term, sum};
use serde_json::{Value as Json, json};

/// A number, or why there is none.
#[derive(Clone, Debug)]
pub(in crate::cli) enum Value {
    /// Computed up to rounding.
    Exact(f64),
    /// At least what it stands for.
    Bound(f64),
    /// A mean over batches of trajectories.
    Estimated(f64, Interval),
    /// Not available.
    Missing(String),
}

impl Value {
    /// An exact number, or why there is none.
    pub(in crate::cli) fn of(found: Result<f64, String>) -> Self {
        match found {
            Ok(number) if number.is_finite() => Value::Exact(number),
            Ok(number) => Value::Missing(format!("it is {number}")),
            Err(why) => Value::Missing(why),
        }
    }

    /// A bound, or why there is none.
    pub(in crate::cli) fn bound(found: Result<f64, String>) -> Self {
        match Value::of(found) {
            Value::Exact(number) => Value::Bound(number),
            other => other,
        }
    }

    pub(in crate::cli) fn number(&self) -> Option<f64> {
        match *self {
            Value::Exact(number) | Value::Bound(number) | Value::Estimated(number, _) => Some(number),
            Value::Missing(_) => None,
        }
    }

    pub(in crate::cli) fn json(&self) -> Json {
        match self {
            Value::Exact(number) => json!({ "kind": "exact", "number": number }),
            Value::Bound(number) => json!({ "kind": "bound", "number": number }),
            Value::Estimated(number, interval) => {
                json!({ "kind": "estimated", "number": number, "interval": interval })
            }
            Value::Missing(reason) => json!({ "kind": "missing", "reason": reason }),
        }
    }
}

/// A number of the theory.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Quantity {
    /// What programs call it.
    pub(in crate::cli) key: &'static str,
    /// The paper's letters.
    pub(in crate::cli) symbol: &'static str,
    /// What it is.
    pub(in crate::cli) name: &'static str,
    pub(in crate::cli) value: Value,
    /// Where the paper has it, or that it has it not.
    pub(in crate::cli) equation: &'static str,
    /// How it was found.
    pub(in crate::cli) how: String,
}

impl Quantity {
    pub(in crate::cli) fn json(&self) -> Json {
        let Quantity { key, symbol, name, value, equation, how } = self;
        json!({ "key": key, "symbol": symbol, "name": name, "value": value.json(), "equation": equation, "how": how })
    }
}

/// Numbers that belong together.
pub(in crate::cli) struct Group {
    pub(in crate::cli) name: &'static str,
    pub(in crate::cli) quantities: Vec<Quantity>,
}

/// What a right-hand side bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Bounded {
    /// The mean Bellman error of the critic that an evaluation ends with.
    BellmanError,
    /// The optimum less the mean value of the rounds' policies, with rewards scaled to [0, 1].
    MeanGap,
    /// The mean over clients of how far they are, squared, at the first barrier of an evaluation.
    Displacement,
}

/// The right-hand side of a theorem, by one reading.
pub(in crate::cli) struct Bound {
    pub(in crate::cli) key: &'static str,
    pub(in crate::cli) name: &'static str,
    pub(in crate::cli) of: Bounded,
    /// Whether constants are left out, so that a number above it contradicts nothing.
    pub(in crate::cli) in_order: bool,
    /// What it bounds, and what it leaves out.
    pub(in crate::cli) says: &'static str,
    /// Its terms, or why there are none.
    pub(in crate::cli) terms: Result<Vec<Term>, String>,
    /// What the steps of the run have that it does not speak of.
    pub(in crate::cli) unmet: Vec<String>,
}

impl Bound {
    pub(in crate::cli) fn json(&self) -> Json {
        let Bound { key, name, says, terms, unmet, .. } = self;
        // JSON has no infinity: such a term is null, and so is the sum.
        let of = |terms: &Vec<Term>| json!({ "terms": terms, "sum": sum(terms) });
        let found = terms.as_ref().map(of).unwrap_or_else(|why| json!({ "reason": why }));
        json!({ "key": key, "name": name, "says": says, "right_side": found, "assumptions_not_met": unmet })
    }
}

/// A size that the bounds ask for.
pub(in crate::cli) struct Advice {
    pub(in crate::cli) size: &'static str,
    pub(in crate::cli) value: Value,
    pub(in crate::cli) reason: String,
}
