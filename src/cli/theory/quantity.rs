//! A number of the theory as a record: what it is, where the paper has it, and how it was found.

use crate::statistics::Interval;
use crate::theory::bound::{Term, sum};
use serde_json::{Value as Json, json};

/// A number, or why there is none.
#[derive(Clone, Debug)]
pub(super) enum Value {
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
    pub(super) fn of(found: Result<f64, String>) -> Self {
        match found {
            Ok(number) if number.is_finite() => Value::Exact(number),
            Ok(number) => Value::Missing(format!("it is {number}")),
            Err(why) => Value::Missing(why),
        }
    }

    /// A bound, or why there is none.
    pub(super) fn bound(found: Result<f64, String>) -> Self {
        match Value::of(found) {
            Value::Exact(number) => Value::Bound(number),
            other => other,
        }
    }

    pub(super) fn number(&self) -> Option<f64> {
        match *self {
            Value::Exact(number) | Value::Bound(number) | Value::Estimated(number, _) => Some(number),
            Value::Missing(_) => None,
        }
    }

    pub(super) fn json(&self) -> Json {
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
pub(super) struct Quantity {
    /// What programs call it.
    pub(super) key: &'static str,
    /// The paper's letters.
    pub(super) symbol: &'static str,
    /// What it is.
    pub(super) name: &'static str,
    pub(super) value: Value,
    /// Where the paper has it, or that it has it not.
    pub(super) equation: &'static str,
    /// How it was found.
    pub(super) how: String,
}

impl Quantity {
    pub(super) fn json(&self) -> Json {
        let Quantity { key, symbol, name, value, equation, how } = self;
        json!({ "key": key, "symbol": symbol, "name": name, "value": value.json(), "equation": equation, "how": how })
    }
}

/// Numbers that belong together.
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) quantities: Vec<Quantity>,
}

/// The right-hand side of a theorem, by one reading.
pub(super) struct Bound {
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    /// What it bounds, and what it leaves out.
    pub(super) says: &'static str,
    /// Its terms, or why there are none.
    pub(super) terms: Result<Vec<Term>, String>,
    /// What the steps of the run have that it does not speak of.
    pub(super) unmet: Vec<String>,
}

impl Bound {
    pub(super) fn json(&self) -> Json {
        let Bound { key, name, says, terms, unmet } = self;
        // JSON has no infinity: such a term is null, and so is the sum.
        let of = |terms: &Vec<Term>| json!({ "terms": terms, "sum": sum(terms) });
        let found = terms.as_ref().map(of).unwrap_or_else(|why| json!({ "reason": why }));
        json!({ "key": key, "name": name, "says": says, "right_side": found, "assumptions_not_met": unmet })
    }
}

/// A size that the bounds ask for.
pub(super) struct Advice {
    pub(super) size: &'static str,
    pub(super) value: Value,
    pub(super) reason: String,
}
