//! All that the command finds, for programs.

use super::facts::Facts;
use super::quantity::{Advice, Bound, Group, Quantity};
use crate::theory::orders::Order;
use serde_json::{Value as Json, json};

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
