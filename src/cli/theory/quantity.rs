//! A number of the theory as a record: what it is, where the paper has it, and how it was found.

use super::facts::Facts;
use crate::statistics::Interval;
use crate::theory::bound::{Term, sum};
use crate::theory::orders::Order;
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

    fn json(&self) -> Json {
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
    fn json(&self) -> Json {
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
    fn json(&self) -> Json {
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

/// All that the command finds.
pub(super) struct Report {
    pub(super) groups: Vec<Group>,
    pub(super) bounds: Vec<Bound>,
    pub(super) orders: Vec<(&'static str, Vec<Order>)>,
    pub(super) advice: Vec<Advice>,
}

impl Report {
    pub(super) fn json(&self, facts: &Facts<'_>) -> Json {
        let group = |group: &Group| {
            let quantities: Vec<Json> = group.quantities.iter().map(Quantity::json).collect();
            json!({ "name": group.name, "quantities": quantities })
        };
        let order = |(what, orders): &(&str, Vec<Order>)| json!({ "of": what, "orders": orders });
        let advice = |advice: &Advice| {
            let Advice { size, value, reason } = advice;
            json!({ "size": size, "value": value.json(), "reason": reason })
        };
        let resolved = facts.resolved;
        json!({
            "problem": resolved.problem.hidden().name(),
            "algorithm": resolved.entry.name(),
            "policy": facts.policy(),
            "shape": resolved.shape,
            "discount": resolved.gamma,
            "groups": self.groups.iter().map(group).collect::<Vec<_>>(),
            "bounds": self.bounds.iter().map(Bound::json).collect::<Vec<_>>(),
            "closed_form": resolved.closed_form,
            "formulas": resolved.shape.protocol.formulas(),
            "orders": self.orders.iter().map(order).collect::<Vec<_>>(),
            "recommendation": self.advice.iter().map(advice).collect::<Vec<_>>(),
        })
    }
}
