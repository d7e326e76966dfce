//! FedNAC.

use crate::algorithm::fed_npg_gossip::protocol::gossip;
use crate::config::Algorithm;
use crate::theory::protocol::Protocol;
use crate::theory::protocol::letter::K;

/// R iterations of K local steps, one trajectory each.
pub(super) fn protocol(_: bool, own: &Algorithm) -> Protocol {
    gossip("fed-nac", own, K, 1)
}
