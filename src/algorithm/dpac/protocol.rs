//! DPAC, the actor-critic framework (Algorithm 1).

use crate::algorithm::dppg::protocol::regression;
use crate::algorithm::dptd::protocol::evaluation;
use crate::config::Algorithm;
use crate::theory::counts::Phase::{Actor, Critic};
use crate::theory::protocol::letter::R;
use crate::theory::protocol::{PSI, Protocol, Step, THETA, message, repeat};

/// R rounds of evaluation and improvement. In the lean form clients know ψ_r from the round before, or that
/// it is 0.
pub(in crate::algorithm) fn protocol(lean: bool, _: &Algorithm) -> Protocol {
    let policy = message("policy_critic", Critic, [THETA]);
    let policy_critic = message("policy_critic", Critic, [THETA, PSI]);
    let round = repeat(
        R,
        [
            Step::Broadcast(if lean { policy } else { policy_critic }), // line 3
            evaluation(lean),                                           // line 5
            Step::Broadcast(message("q_broadcast", Actor, [PSI])),      // line 6
            regression(lean),                                           // line 8
        ],
    );
    Protocol { name: "dpac", rounds: Some(R), steps: round }
}
