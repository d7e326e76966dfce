//! One-shot averaging.

use crate::config::Algorithm;
use crate::theory::counts::Phase::Critic;
use crate::theory::protocol::letter::K_E;
use crate::theory::protocol::{PSI, Protocol, barrier, message};

/// K_e local steps of every client, and ψ up, once.
pub(super) fn protocol(_: bool, _: &Algorithm) -> Protocol {
    Protocol { name: "one-shot", rounds: None, steps: barrier(K_E, message("critic_up", Critic, [PSI])) }
}
