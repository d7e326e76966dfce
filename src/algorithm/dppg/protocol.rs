//! DPPG, policy improvement with an oracle for Q (Algorithm 3).

use crate::config::Algorithm;
use crate::theory::counts::Phase::Actor;
use crate::theory::protocol::letter::{I, K, N, R};
use crate::theory::protocol::{OMEGA, PSI, Protocol, Size, Step, THETA, barrier, message, repeat, sequence};

/// R rounds of (θ_r, Q) and a regression.
pub(super) fn protocol(lean: bool, _: &Algorithm) -> Protocol {
    let policy_critic = message("policy_critic", Actor, [THETA, PSI]);
    let round = repeat(
        R,
        [
            Step::Broadcast(policy_critic), // line 4
            regression(lean),
        ],
    );
    Protocol { name: "dppg", rounds: Some(R), steps: round }
}

/// Lines 6 to 17: K local steps and n barriers, one after every I steps and one after the last (line 12,
/// read as
/// "I divides k + 1, or k + 1 = K"). After the last one ω_r is the server's, and the lean form does not
/// answer it.
pub(in crate::algorithm) fn regression(lean: bool) -> Step {
    let local_steps = |steps: Size| barrier(steps, message("actor_up", Actor, [OMEGA])); // lines 8 to 13
    let synchronize = || Step::Sync(message("actor_sync", Actor, [OMEGA])); // line 14
    let others = repeat(N - 1, [local_steps(I.into()), synchronize()]);
    let last = local_steps(K - (N - 1) * I);
    if lean { sequence([others, last]) } else { sequence([others, last, synchronize()]) }
}
