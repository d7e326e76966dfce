//! Table 2: arms with exact values on maps whose rewards are shared out among agents.

use super::table2_way::Steps;
use super::{Lacking, Measured};

/// At most this share of the way is called a failure, and at least that a success.
pub(super) const FAILS: f64 = 0.5;
pub(super) const SUCCEEDS: f64 = 0.9;
/// A stricter mark: rounds to the other one are few.
pub(super) const STRICT: f64 = 0.99;

/// Keys by which arms on the map differ beside the policy's step.
pub(super) const KEYS: [&str; 4] =
    ["federation.clients", "federation.graph", "algorithm.tracking", "problem.parameters.side"];

/// Arms with exact values on maps that are shared out, each with all steps.
pub(super) struct Shared<'a> {
    gossip: Vec<Steps<'a>>,
}

impl<'a> Shared<'a> {
    pub(super) fn of(measured: &'a Measured) -> Result<Self, Lacking> {
        let mut gossip = Vec::new();
        for name in ["table2-map", "table2-map-sixteen"] {
            gossip.extend(Steps::of(measured.sweep(name), &KEYS)?);
        }
        Ok(Shared { gossip })
    }

    pub(super) fn all(&self) -> &[Steps<'a>] {
        &self.gossip
    }

    pub(super) fn clients(steps: &Steps<'a>) -> &'a str {
        steps.setting("federation.clients").unwrap_or("16")
    }

    /// The arms of a graph and a number of agents.
    pub(super) fn steps(&self, tracking: &str, graph: &str, clients: &str) -> Result<&Steps<'a>, Lacking> {
        let is = |steps: &&Steps<'a>| {
            steps.setting("algorithm.tracking") == Some(tracking)
                && steps.setting("federation.graph") == Some(graph)
                && Shared::clients(steps) == clients
        };
        let missing = || Lacking::Arm {
            sweep: "table2-map",
            settings: format!("tracking={tracking}, graph={graph}, clients={clients}"),
        };
        self.gossip.iter().find(is).ok_or_else(missing)
    }
}

/// A graph as one says it.
pub(super) fn graph(setting: &str) -> &str {
    if setting.starts_with("four-of") { "four neighbours" } else { setting }
}
