//! FedHAPG-M.

use crate::algorithm::fed_svrpg_m::protocol::with_momentum;
use crate::config::Algorithm;
use crate::theory::protocol::Protocol;

/// What FedSVRPG-M sends.
pub(super) fn protocol(_: bool, _: &Algorithm) -> Protocol {
    with_momentum("fed-hapg-m")
}
