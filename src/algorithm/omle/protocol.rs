//! OMLE, and the frame of all servers that plan.

use crate::config::Algorithm;
use crate::theory::counts::Phase::Actor;
use crate::theory::protocol::letter::{K, M, P, R, REWARDS, SEEN, SLOTS};
use crate::theory::protocol::{
    Letter, Protocol, Size, Step, Vector, barrier, message, repeat, sequence, server_work,
};

/// Candidates, the truth among them.
pub(in crate::algorithm) const J: Letter = Letter { symbol: "J", size: "candidates" };

/// All J candidates are planned for once, and after each round the most promising one again; each candidate's
/// likelihood of every trajectory.
pub(super) fn protocol(_: bool, _: &Algorithm) -> Protocol {
    let first = server_work([("planning_nodes", (Size::from(J) + 1) * P)]);
    let after = server_work([("likelihoods", J * M * K), ("planning_nodes", P.into())]);
    planned("omle", first, after)
}

/// What the server does first; R rounds of its plan down, K rollouts of every client, what they saw, did and
/// earned up, and what the server does then.
pub(in crate::algorithm) fn planned(name: &'static str, first: Step, after: Step) -> Protocol {
    let actions = Vector { name: "actions", symbol: "π", length: SLOTS };
    let seen = Vector { name: "seen", symbol: "τ", length: SEEN };
    let rewards = Vector { name: "rewards", symbol: "r", length: REWARDS };
    let plan = Step::Broadcast(message("plan", Actor, []).with_integers(actions));
    let trajectories = message("trajectories", Actor, [rewards]).with_integers(seen);
    let steps = sequence([first, repeat(R, [plan, barrier(K, trajectories), after])]);
    Protocol { name, rounds: Some(R), steps }
}
