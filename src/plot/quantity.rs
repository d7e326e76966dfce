//! What can stand along an axis.

use super::axis::Unit;
use crate::results::{RoundRow, Run};

/// What lines run along: what a run has cost when a policy is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Bytes of all encoded frames.
    WireBytes,
    /// Bytes of all parameters and integers in messages.
    PayloadBytes,
    /// All parameters in messages.
    Floats,
    /// Rounds.
    Rounds,
    /// Trajectories of all clients.
    Trajectories,
    /// Environment steps of all clients.
    EnvSteps,
}

/// What lines are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// The value of the policy, in the problem's own units.
    Value,
    /// What is missing to the optimum.
    Gap,
    /// How much of the way from the uniform policy to the optimum is done.
    Share,
    /// The Bellman error of the last round's critic.
    BellmanError,
    /// How far actors were from where they had started at the last round's barriers.
    DriftActor,
    /// The same of critics.
    DriftCritic,
}

impl Cost {
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Cost::WireBytes => "wire_bytes",
            Cost::PayloadBytes => "payload_bytes",
            Cost::Floats => "floats",
            Cost::Rounds => "rounds",
            Cost::Trajectories => "trajectories",
            Cost::EnvSteps => "env_steps",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Cost::WireBytes => "bytes on the wire",
            Cost::PayloadBytes => "payload bytes",
            Cost::Floats => "floats sent",
            Cost::Rounds => "rounds",
            Cost::Trajectories => "trajectories of all clients",
            Cost::EnvSteps => "environment steps of all clients",
        }
    }

    pub(super) fn unit(self) -> Unit {
        match self {
            Cost::WireBytes | Cost::PayloadBytes => Unit::Bytes,
            Cost::Floats | Cost::Rounds | Cost::Trajectories | Cost::EnvSteps => Unit::Count,
        }
    }

    pub(super) fn of(self, run: &Run, row: &RoundRow) -> Option<u64> {
        match self {
            Cost::WireBytes => Some(row.costs.wire_bytes()),
            Cost::PayloadBytes => Some(row.costs.payload_bytes()),
            Cost::Floats => Some(row.costs.floats()),
            Cost::Rounds => Some(row.round),
            Cost::Trajectories => run.clients().map(|clients| row.costs.trajectories(clients)),
            Cost::EnvSteps => run.clients().map(|clients| row.costs.env_steps(clients)),
        }
    }
}

impl Quantity {
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Quantity::Value => "value",
            Quantity::Gap => "gap",
            Quantity::Share => "share",
            Quantity::BellmanError => "bellman_error",
            Quantity::DriftActor => "drift_actor",
            Quantity::DriftCritic => "drift_critic",
        }
    }

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

    pub(super) fn of(self, run: &Run, row: &RoundRow) -> Option<f64> {
        match self {
            Quantity::Value => row.value,
            Quantity::Gap => row.gap(),
            Quantity::Share => run.quantity(crate::results::Quantity::Share, row),
            Quantity::BellmanError => row.bellman_error,
            Quantity::DriftActor => row.drift_actor,
            Quantity::DriftCritic => row.drift_critic,
        }
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
