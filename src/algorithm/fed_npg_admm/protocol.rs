//! FedNPG-ADMM.

use crate::config::Algorithm;
use crate::theory::counts::Phase::Actor;
use crate::theory::protocol::letter::{K, R};
use crate::theory::protocol::{Letter, OMEGA, Protocol, Step, THETA, barrier, message, repeat, sequence};

/// Sweeps in each round.
pub(super) const J: Letter = Letter { symbol: "J", size: "sweeps" };

/// R rounds: θ_r down, K rollouts of every client, and J times a client's direction up and the server's down.
/// A sweep without rollouts is a local step without a trajectory.
pub(super) fn protocol(_: bool, _: &Algorithm) -> Protocol {
    let policy = Step::Broadcast(message("policy", Actor, [THETA]));
    let up = || message("actor_up", Actor, [OMEGA]);
    let agreed = || Step::Sync(message("actor_sync", Actor, [OMEGA]));
    let sweep = Step::Barrier { local_steps: 1.into(), trajectories: 0.into(), reply: up() };
    let first = sequence([barrier(K, up()), agreed()]);
    let steps = repeat(R, [policy, first, repeat(J - 1, [sweep, agreed()])]);
    Protocol { name: "fed-npg-admm", rounds: Some(R), steps }
}
