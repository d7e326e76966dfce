//! FedNPG over a graph.

use crate::config::{Algorithm, Own};
use crate::theory::counts::Phase::{Actor, Critic};
use crate::theory::protocol::letter::{LINKS, P, R};
use crate::theory::protocol::{Protocol, Size, Step, THETA, Vector, message, repeat, sequence};

/// R iterations; evaluations sample nothing.
pub(super) fn protocol(_: bool, own: &Algorithm) -> Protocol {
    gossip("fed-npg-gossip", own, 1, 0)
}

/// Of each iteration what it takes to find a direction, a letter over every link with the
/// tracked direction, from the second iteration on, and one with the policy.
pub(in crate::algorithm) fn gossip(
    name: &'static str,
    own: &Algorithm,
    local_steps: impl Into<Size>,
    trajectories: u32,
) -> Protocol {
    let tracking = matches!(own.own.get("tracking"), Some(Own::Word(word)) if word == "yes");
    let tracked = Vector { name: "tracked", symbol: "T", length: P };
    let waiting = |steps: Size, trajectories: u32, reply| Step::Barrier {
        local_steps: steps,
        trajectories: trajectories.into(),
        reply,
    };
    let letters = |letter| Step::Letters { number: LINKS.into(), letter };
    let local_steps = local_steps.into();
    let directions = || {
        sequence([
            Step::Broadcast(message("direction", Critic, [])),
            waiting(local_steps.clone(), trajectories, message("directed", Critic, [])),
        ])
    };
    let policies = || {
        sequence([
            letters(message("told_policy", Critic, [THETA])),
            Step::Broadcast(message("mix", Actor, [])),
            waiting(1.into(), 0, message("report", Actor, [THETA])),
        ])
    };
    let tracking_steps = || {
        sequence([
            letters(message("told_direction", Critic, [tracked])),
            Step::Sync(message("average", Critic, [])),
            waiting(1.into(), 0, message("averaged", Critic, [])),
        ])
    };
    let steps = if tracking {
        let others = repeat(R - 1, [directions(), tracking_steps(), policies()]);
        sequence([directions(), policies(), others])
    } else {
        repeat(R, [directions(), policies()])
    };
    Protocol { name, rounds: Some(R), steps }
}
