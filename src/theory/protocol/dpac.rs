//! DPAC, the actor-critic framework (Algorithm 1).

use super::letter::R;
use super::step::{PSI, Protocol, Step, THETA, message, repeat};
use super::{dppg, dptd};
use crate::theory::counts::Phase::{Actor, Critic};

/// R rounds of evaluation and improvement. In the lean form clients know ψ_r from the round before, or that it is 0.
pub(super) fn protocol(lean: bool) -> Protocol {
    let policy = message("policy_critic", Critic, [THETA]);
    let policy_critic = message("policy_critic", Critic, [THETA, PSI]);
    let round = repeat(
        R,
        [
            Step::Broadcast(if lean { policy } else { policy_critic }), // line 3
            dptd::evaluation(lean),                                     // line 5
            Step::Broadcast(message("q_broadcast", Actor, [PSI])),      // line 6
            dppg::regression(lean),                                     // line 8
        ],
    );
    Protocol { name: "dpac", rounds: R, steps: round }
}
