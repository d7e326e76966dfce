//! μLV-Rep.

use crate::algorithm::omle::protocol::planned;
use crate::algorithm::porl2::protocol::S;
use crate::config::Algorithm;
use crate::theory::protocol::letter::H;
use crate::theory::protocol::{Protocol, Size, server_work};

/// A regression of each step for each plan; before all but the first, S sweeps of expectation maximisation
/// for each step but the last.
pub(super) fn protocol(_: bool, _: &Algorithm) -> Protocol {
    let plan = || ("regressions", Size::from(H));
    let after = server_work([("em_sweeps", Size::from(S) * (H - 1)), plan()]);
    planned("mu-lv-rep", server_work([plan()]), after)
}
