//! Minibatch TD.

use crate::config::Algorithm;
use crate::theory::counts::Phase::Critic;
use crate::theory::protocol::letter::R_E;
use crate::theory::protocol::{Letter, PSI, Protocol, Step, message, repeat, sequence};

/// Trajectories of a client in one round.
pub(super) const B: Letter = Letter { symbol: "B", size: "batch" };

/// R_e rounds: one local step of every client, from B trajectories, ψ up, the server's ψ down. After the last
/// round nobody needs it, and the lean form leaves it out.
pub(super) fn protocol(lean: bool, _: &Algorithm) -> Protocol {
    let reply = || message("critic_up", Critic, [PSI]);
    let step = || Step::Barrier { local_steps: 1.into(), trajectories: B.into(), reply: reply() };
    let synchronize = || Step::Sync(message("critic_sync", Critic, [PSI]));
    let steps = if lean {
        sequence([repeat(R_E - 1, [step(), synchronize()]), step()])
    } else {
        repeat(R_E, [step(), synchronize()])
    };
    Protocol { name: "minibatch", rounds: Some(R_E), steps }
}
