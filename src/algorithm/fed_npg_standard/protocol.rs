//! Natural policy gradient with Fisher matrices on the wire.

use crate::config::Algorithm;
use crate::theory::counts::Phase::Actor;
use crate::theory::protocol::letter::{K, P, P_SQUARED, R};
use crate::theory::protocol::{Protocol, Step, THETA, Vector, barrier, message, repeat};

const FISHER: Vector = Vector { name: "fisher", symbol: "F", length: P_SQUARED };
const GRADIENT: Vector = Vector { name: "gradient", symbol: "g", length: P };

/// R rounds: θ_r down, K rollouts of every client, a matrix and a gradient up.
pub(super) fn protocol(_: bool, _: &Algorithm) -> Protocol {
    let policy = Step::Broadcast(message("policy", Actor, [THETA]));
    let steps = repeat(R, [policy, barrier(K, message("curvature_up", Actor, [FISHER, GRADIENT]))]);
    Protocol { name: "fed-npg-standard", rounds: Some(R), steps }
}
