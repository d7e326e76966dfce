//! Local steps with momentum: FedSVRPG-M, and FedHAPG-M, which sends the same.

use crate::config::Algorithm;
use crate::theory::counts::Phase::Actor;
use crate::theory::protocol::letter::{K, R};
use crate::theory::protocol::{Letter, OMEGA, Protocol, Step, THETA, barrier, message, repeat, sequence};

/// Trajectories of the first batch.
pub(in crate::algorithm) const B_0: Letter = Letter { symbol: "B_0", size: "initial" };

pub(super) fn protocol(_: bool, _: &Algorithm) -> Protocol {
    with_momentum("fed-svrpg-m")
}

/// A first batch of every client, and its gradient up; R rounds of `(θ_r, u_r)` down, K local steps, and the
/// mean of a client's directions up.
pub(in crate::algorithm) fn with_momentum(name: &'static str) -> Protocol {
    let up = || message("actor_up", Actor, [OMEGA]);
    let opening = Step::Broadcast(message("policy_direction", Actor, [THETA, OMEGA]));
    let steps = sequence([barrier(B_0, up()), repeat(R, [opening, barrier(K, up())])]);
    Protocol { name, rounds: Some(R), steps }
}
