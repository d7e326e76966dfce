//! FedTD(0).

use crate::config::Algorithm;
use crate::theory::counts::Phase::Critic;
use crate::theory::protocol::letter::{K_E, R_E};
use crate::theory::protocol::{PSI, Protocol, Step, barrier, message, repeat, sequence};

/// R_e rounds: K_e local steps of every client, ψ up, the server's ψ down. After the last round nobody needs
/// it, and the lean form leaves it out.
pub(super) fn protocol(lean: bool, _: &Algorithm) -> Protocol {
    let local_steps = || barrier(K_E, message("critic_up", Critic, [PSI]));
    let synchronize = || Step::Sync(message("critic_sync", Critic, [PSI]));
    let others = repeat(R_E - 1, [local_steps(), synchronize()]);
    let steps = if lean {
        sequence([others, local_steps()])
    } else {
        sequence([others, local_steps(), synchronize()])
    };
    Protocol { name: "fed-td", rounds: Some(R_E), steps }
}
