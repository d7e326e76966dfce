//! FedNPG with a server.

use crate::config::Algorithm;
use crate::theory::counts::Phase::Actor;
use crate::theory::protocol::letter::R;
use crate::theory::protocol::{PSI, Protocol, Step, THETA, message, repeat};

/// R iterations: θ down, every client's exact values up.
pub(super) fn protocol(_: bool, _: &Algorithm) -> Protocol {
    let evaluation =
        Step::Barrier { local_steps: 1.into(), trajectories: 0.into(), reply: message("q_up", Actor, [PSI]) };
    let round = repeat(R, [Step::Broadcast(message("policy", Actor, [THETA])), evaluation]);
    Protocol { name: "fed-npg", rounds: Some(R), steps: round }
}
