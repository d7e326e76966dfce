//! PORL².

use crate::algorithm::omle::protocol::planned;
use crate::config::{Algorithm, Own};
use crate::theory::protocol::letter::{H, O, P};
use crate::theory::protocol::{Letter, Protocol, Size, server_work};

/// Sweeps of each step's latent variable in each round.
pub(in crate::algorithm) const S: Letter = Letter { symbol: "S", size: "sweeps" };

/// Dynamic programming over all windows for each plan; before all but the first, where the model is of low
/// rank, S sweeps of expectation maximisation for each step but the last.
pub(super) fn protocol(_: bool, own: &Algorithm) -> Protocol {
    let plan = || ("window_backups", P * O);
    let full = matches!(own.own.get("rank"), Some(Own::Integer(0)) | None);
    let after = if full {
        server_work([plan()])
    } else {
        server_work([("em_sweeps", Size::from(S) * (H - 1)), plan()])
    };
    planned("porl2", server_work([plan()]), after)
}
