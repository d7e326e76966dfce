//! How a figure shows what stands along its axes.

use super::axis::Unit;
use crate::results::{Cost, Quantity, Run};

impl Cost {
    pub(super) fn label(self) -> &'static str {
        match self {
            Cost::WireBytes => "bytes on the wire",
            Cost::PayloadBytes => "payload bytes",
            Cost::Floats => "floats sent",
            Cost::Messages => "messages",
            Cost::Rounds => "rounds",
            Cost::Trajectories => "trajectories of all clients",
            Cost::EnvSteps => "environment steps of all clients",
        }
    }

    pub(super) fn unit(self) -> Unit {
        match self {
            Cost::WireBytes | Cost::PayloadBytes => Unit::Bytes,
            _ => Unit::Count,
        }
    }
}

impl Quantity {
    pub(super) fn label(self) -> &'static str {
        match self {
            Quantity::Value => "value",
            Quantity::Gap => "gap to the optimum",
            Quantity::Share => "share of the way from uniform to optimum",
            Quantity::BellmanError => "Bellman error",
            Quantity::DriftActor => "drift of actors",
            Quantity::DriftCritic => "drift of critics",
        }
    }

    /// Whether it is what is missing to something, which falls by powers.
    pub(super) fn is_an_error(self) -> bool {
        !matches!(self, Quantity::Value | Quantity::Share)
    }

    /// What is marked on the axis, as the best there is: it is the same for all runs, or not marked.
    pub(super) fn best<'a>(self, mut runs: impl Iterator<Item = &'a Run>) -> Option<f64> {
        match self {
            Quantity::Value => {
                let first = runs.next()?.optimum()?;
                let same = |optimum: f64| (optimum - first).abs() <= 1e-9 * first.abs().max(1.0);
                runs.all(|run| run.optimum().is_some_and(same)).then_some(first)
            }
            Quantity::Share => runs.next().map(|_| 1.0),
            _ => None,
        }
    }
}
