//! What every arm has cost.

use crate::results::{Arm, Run, RunStatus};
use serde::Serialize;

/// What one run of an arm has cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ArmCosts {
    /// M.
    pub clients: Option<u64>,
    /// Rounds that are over.
    pub rounds: u64,
    /// All clients together.
    pub all: Counts,
    /// The seed of the run whose costs these are.
    pub seed: u64,
    /// Whether every run of the arm has the same.
    pub same_for_all_seeds: bool,
}

/// Counts of a whole run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Messages from clients to the server, from it to them, and from client to client.
    pub messages: [u64; 3],
    /// Parameters in messages, by the same ways.
    pub floats: [u64; 3],
    /// Bytes of parameters and integers in messages.
    pub payload_bytes: [u64; 3],
    /// Bytes of encoded frames.
    pub wire_bytes: [u64; 3],
    /// Barriers.
    pub barriers: u64,
    /// Fan-outs that follow no barrier.
    pub broadcasts: u64,
    /// Trajectories, where the number of clients is known.
    pub trajectories: Option<u64>,
    /// Environment steps.
    pub env_steps: Option<u64>,
}

impl ArmCosts {
    pub(super) fn of(arm: &Arm<'_>) -> Self {
        let complete = || arm.runs.iter().filter(|(_, run)| run.status() == RunStatus::Complete);
        let first = complete().next().or_else(|| arm.runs.iter().next());
        let (&seed, run) = first.expect("an arm has a run");
        let all = Counts::of(run);
        let same = |run: &Run| Counts::of(run) == all && run.rounds_over() == first_rounds(arm);
        ArmCosts {
            clients: run.clients(),
            rounds: run.rounds_over(),
            seed,
            same_for_all_seeds: arm.runs.values().all(|run| same(run)),
            all,
        }
    }

    /// Bytes on the wire, all ways together.
    pub(super) fn wire_bytes(&self) -> u64 {
        sum(&self.all.wire_bytes)
    }
}

fn first_rounds(arm: &Arm<'_>) -> u64 {
    let complete = arm.runs.values().find(|run| run.status() == RunStatus::Complete);
    complete.or_else(|| arm.runs.values().next()).map_or(0, |run| run.rounds_over())
}

/// Of all ways.
pub(super) fn sum(by_way: &[u64; 3]) -> u64 {
    by_way.iter().fold(0, |sum: u64, &count| sum.saturating_add(count))
}

impl Counts {
    fn of(run: &Run) -> Self {
        let costs = run.totals();
        let ways = [&costs.up, &costs.down, &costs.peer];
        Counts {
            messages: ways.map(|way| way.messages),
            floats: ways.map(|way| way.floats),
            payload_bytes: ways.map(|way| way.payload_bytes),
            wire_bytes: ways.map(|way| way.wire_bytes),
            barriers: costs.barriers,
            broadcasts: costs.broadcasts,
            trajectories: run.clients().map(|clients| costs.trajectories(clients)),
            env_steps: run.clients().map(|clients| costs.env_steps(clients)),
        }
    }
}
