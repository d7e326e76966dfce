//! DPTD, policy evaluation (Algorithm 2).

use crate::config::Algorithm;
use crate::theory::counts::Phase::Critic;
use crate::theory::protocol::letter::{K_E, R_E};
use crate::theory::protocol::{PSI, Protocol, Step, barrier, message, repeat, sequence};

/// One evaluation, of a policy and from a `ψ̃^0` that clients know. Its rounds are the run's.
pub(super) fn protocol(lean: bool, _: &Algorithm) -> Protocol {
    Protocol { name: "dptd", rounds: Some(R_E), steps: evaluation(lean) }
}

/// Lines 3 to 20. Nobody needs `critic_sync` after the last round: the output is the server's. The lean
/// form ends before it.
pub(in crate::algorithm) fn evaluation(lean: bool) -> Step {
    let local_steps = || barrier(K_E, message("critic_up", Critic, [PSI])); // lines 5 to 14
    let synchronize = || Step::Sync(message("critic_sync", Critic, [PSI])); // line 16
    if lean {
        sequence([repeat(R_E - 1, [local_steps(), synchronize()]), local_steps()])
    } else {
        repeat(R_E, [local_steps(), synchronize()])
    }
}
