//! The recurrent natural actor-critic sends what DPAC does; its ψ is the parameter of a network.

use crate::algorithm::dpac::protocol::protocol as dpac;
use crate::config::Algorithm;
use crate::theory::protocol::Protocol;

/// DPAC's, of p for the policy's network and q for the critic's.
pub(super) fn protocol(lean: bool, own: &Algorithm) -> Protocol {
    Protocol { name: "rec-nac", ..dpac(lean, own) }
}
