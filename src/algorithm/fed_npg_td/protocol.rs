//! FedNPG with a server, evaluated by DPTD.

use crate::algorithm::dptd::protocol::evaluation;
use crate::config::Algorithm;
use crate::theory::counts::Phase::Critic;
use crate::theory::protocol::letter::R;
use crate::theory::protocol::{PSI, Protocol, Step, THETA, message, repeat};

/// R iterations: (θ, ψ) down, and an evaluation.
pub(super) fn protocol(lean: bool, _: &Algorithm) -> Protocol {
    let opening = Step::Broadcast(message("policy_critic", Critic, [THETA, PSI]));
    Protocol { name: "fed-npg-td", rounds: Some(R), steps: repeat(R, [opening, evaluation(lean)]) }
}
