//! Lines of `rounds.jsonl` and `syncs.jsonl`.

use crate::theory::counts::Totals;
use dpac_actors::{Ledger, VectorName};
use serde::{Deserialize, Serialize};

/// What a watcher is shown after each outer round.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoundRecord {
    /// r.
    pub round: u32,
    /// The value of `θ_r`, in the problem's own units; null where the round was not evaluated.
    pub value: Option<f64>,
    /// Its standard error, for Monte-Carlo.
    pub standard_error: Option<f64>,
    /// The Bellman error of the round's critic (DPTD: of `ψ̃^{r+1}`), normalised; null where it is not available.
    pub bellman_error: Option<f64>,
    /// Mean over barriers of `(1/M) Σ_m ‖reply_m − base‖²`.
    pub drift: Drift,
    /// Cumulative, up.
    pub up: Totals,
    /// Cumulative, down.
    pub down: Totals,
    /// Cumulative barriers.
    pub aggregations: u64,
    /// Cumulative fan-outs that followed no barrier.
    pub broadcasts: u64,
    /// Cumulative, over clients.
    pub local_steps: u64,
    /// Cumulative, for one client.
    pub trajectories_per_client: u64,
    /// Cumulative, for one client.
    pub env_steps_per_client: u64,
    /// Wall time since the run began.
    pub seconds: f64,
}

/// How far clients went from where they started, by phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Drift {
    /// Of ψ.
    pub critic: Option<f64>,
    /// Of ω.
    pub actor: Option<f64>,
}

/// A line of `syncs.jsonl`: what passed the wire since the line before, so that the lines add up to the run.
#[derive(Serialize)]
pub(super) struct SyncRecord {
    pub(super) phase: &'static str,
    pub(super) round: u32,
    pub(super) sync: u32,
    /// Of each client.
    pub(super) local_steps: u64,
    pub(super) messages: u64,
    pub(super) floats_by_vector: FloatsByVector,
    pub(super) payload_bytes: u64,
    pub(super) wire_bytes: u64,
    pub(super) drift: f64,
    pub(super) cumulative: Cumulative,
}

#[derive(Serialize)]
pub(super) struct FloatsByVector {
    pub(super) theta: u64,
    pub(super) psi: u64,
    pub(super) omega: u64,
    pub(super) other: u64,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Cumulative {
    pub(super) messages: u64,
    pub(super) floats: [u64; VectorName::ALL.len()],
    pub(super) payload_bytes: u64,
    pub(super) wire_bytes: u64,
}

impl Cumulative {
    pub(super) fn of(ledger: &Ledger) -> Self {
        let wire = ledger.total(dpac_actors::Link::Wire, |_| true);
        Cumulative {
            messages: wire.messages,
            floats: wire.floats,
            payload_bytes: wire.payload_bytes(),
            wire_bytes: wire.wire_bytes,
        }
    }
}
