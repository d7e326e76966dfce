//! What it had taken to come to some point of a run.

use crate::experiment::Before;
use crate::theory::counts::Totals;

/// What was sent and sampled up to some point of a run. Numbers that strangers' files make too large stay at
/// the largest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Costs {
    /// From clients to the server.
    pub up: Totals,
    /// From the server to clients.
    pub down: Totals,
    /// From client to client.
    pub peer: Totals,
    /// Barriers.
    pub barriers: u64,
    /// Fan-outs that follow no barrier.
    pub broadcasts: u64,
    /// Trajectories that one client sampled.
    pub trajectories_per_client: u64,
    /// Environment steps that one client took.
    pub env_steps_per_client: u64,
}

impl Costs {
    /// The three ways that a message can go.
    pub fn routes(&self) -> [(&'static str, &Totals); 3] {
        [("up", &self.up), ("down", &self.down), ("peer", &self.peer)]
    }

    /// A sum over all ways.
    pub fn sum(&self, of: impl Fn(&Totals) -> u64) -> u64 {
        self.routes().into_iter().fold(0, |sum: u64, (_, totals)| sum.saturating_add(of(totals)))
    }

    /// All messages.
    pub fn messages(&self) -> u64 {
        self.sum(|totals| totals.messages)
    }

    /// All parameters in messages.
    pub fn floats(&self) -> u64 {
        self.sum(|totals| totals.floats)
    }

    /// Bytes of all parameters and integers in messages.
    pub fn payload_bytes(&self) -> u64 {
        self.sum(|totals| totals.payload_bytes)
    }

    /// Bytes of all encoded frames.
    pub fn wire_bytes(&self) -> u64 {
        self.sum(|totals| totals.wire_bytes)
    }

    /// Trajectories of so many clients.
    pub fn trajectories(&self, clients: u64) -> u64 {
        self.trajectories_per_client.saturating_mul(clients)
    }

    /// Environment steps of so many clients.
    pub fn env_steps(&self, clients: u64) -> u64 {
        self.env_steps_per_client.saturating_mul(clients)
    }
}

impl From<&Before> for Costs {
    fn from(before: &Before) -> Self {
        Costs {
            up: before.up,
            down: before.down,
            peer: before.peer,
            barriers: before.barriers,
            broadcasts: before.broadcasts,
            trajectories_per_client: before.trajectories_per_client,
            env_steps_per_client: before.env_steps_per_client,
        }
    }
}
