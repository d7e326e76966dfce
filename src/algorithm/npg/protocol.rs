//! Natural policy gradient of a single agent.

use crate::config::Algorithm;
use crate::theory::counts::Phase::{Actor, Critic};
use crate::theory::protocol::letter::{K, K_E, R};
use crate::theory::protocol::{Protocol, Step, THETA, barrier, message, repeat};

/// R iterations: what asks for the evaluation, which is not told of; what asks for the improvement, and θ.
pub(super) fn protocol(_: bool, _: &Algorithm) -> Protocol {
    let iteration = repeat(
        R,
        [
            Step::Broadcast(message("evaluate", Critic, [])),
            barrier(K_E, message("evaluated", Critic, [])),
            Step::Broadcast(message("improve", Actor, [])),
            barrier(K, message("improved", Actor, [THETA])),
        ],
    );
    Protocol { name: "npg", rounds: Some(R), steps: iteration }
}
