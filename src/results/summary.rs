//! What is read of `summary.json`, of this version or an older one.

use super::{Costs, ResultsError};
use crate::experiment::{RunDirectory, Status};
use crate::files::SUMMARY_BYTES_MAX;
use crate::theory::counts::Totals;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

const SUMMARY: &str = "summary.json";

/// A run's end, as its summary tells it.
#[derive(Debug, Deserialize)]
pub(super) struct End {
    pub(super) status: Status,
    pub(super) error: Option<String>,
    pub(super) program: String,
    pub(super) algorithm: Option<String>,
    pub(super) config_digest: String,
    pub(super) problem: Problem,
    pub(super) sizes: Sizes,
    pub(super) value: Value,
    pub(super) bellman_error: Option<f64>,
    trajectories_per_client: u64,
    env_steps_per_client: u64,
    #[serde(default)]
    pub(super) server_work: BTreeMap<String, u64>,
    communication: Communication,
    ledger: Option<IgnoredAny>,
    closed_form: Option<Communication>,
    pub(super) closed_form_holds: bool,
    #[serde(default)]
    pub(super) closed_form_differences: Vec<String>,
    pub(super) digest: Option<String>,
    pub(super) results_epoch: Option<u32>,
    pub(super) began_unix_seconds: Option<f64>,
    pub(super) wall_seconds: f64,
    pub(super) env_steps_per_second: f64,
    pub(super) threads: u64,
    pub(super) placement: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Problem {
    pub(super) name: String,
    states: Option<u64>,
    actions: Option<u64>,
    observations: Option<u64>,
    horizon: Option<u64>,
    discount: Option<f64>,
}

/// How large a problem is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProblemShape {
    /// S.
    pub states: u64,
    /// A.
    pub actions: u64,
    /// O; none where observations are real numbers.
    pub observations: Option<u64>,
    /// H.
    pub horizon: u64,
    /// γ.
    pub discount: f64,
}

/// What the closed form says of a run's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Predicted {
    /// From clients to the server.
    pub up: Totals,
    /// From the server to clients.
    pub down: Totals,
    /// From client to client.
    pub peer: Totals,
    /// Barriers.
    pub barriers: u64,
    /// Fan-outs that follow no barrier.
    pub broadcasts: u64,
}

impl Problem {
    /// Its sizes, where the summary has them.
    pub(super) fn shape(&self) -> Option<ProblemShape> {
        Some(ProblemShape {
            states: self.states?,
            actions: self.actions?,
            observations: self.observations,
            horizon: self.horizon?,
            discount: self.discount?,
        })
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Sizes {
    pub(super) clients: u64,
    rounds: u64,
    #[serde(default)]
    critic_rounds: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Value {
    pub(super) uniform: Option<f64>,
    pub(super) last: Option<f64>,
    pub(super) mixture: Option<f64>,
    pub(super) optimum: Option<f64>,
    pub(super) standard_error: Option<f64>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Communication {
    up: Totals,
    down: Totals,
    #[serde(default)]
    peer: Totals,
    #[serde(alias = "aggregations")]
    barriers: u64,
    broadcasts: u64,
}

impl End {
    /// Outer rounds: R, or of an algorithm that evaluates one policy `R_e`.
    pub(super) fn rounds(&self) -> u64 {
        let Sizes { rounds, critic_rounds, .. } = self.sizes;
        if rounds > 0 { rounds } else { critic_rounds.max(1) }
    }

    /// The summary of a run that has ended; none of one that was killed, or goes on.
    pub(super) fn read(directory: &RunDirectory) -> Result<Option<Self>, ResultsError> {
        if !directory.has(SUMMARY)? {
            return Ok(None);
        }
        let bytes = directory.read(SUMMARY, SUMMARY_BYTES_MAX)?;
        serde_json::from_slice(&bytes).map(Some).map_err(|error| ResultsError::Damaged {
            path: directory.file(SUMMARY),
            line: error.line(),
            message: error.to_string(),
        })
    }

    /// What it was to send.
    pub(super) fn predicted(&self) -> Option<Predicted> {
        let Communication { up, down, peer, barriers, broadcasts } = self.closed_form?;
        Some(Predicted { up, down, peer, barriers, broadcasts })
    }

    /// What the run has sent and sampled in all; none after a fault, which leaves no ledger.
    pub(super) fn totals(&self) -> Option<Costs> {
        if self.status == Status::Failed && self.ledger.is_none() {
            return None;
        }
        let Communication { up, down, peer, barriers, broadcasts } = self.communication;
        Some(Costs {
            up,
            down,
            peer,
            barriers,
            broadcasts,
            trajectories_per_client: self.trajectories_per_client,
            env_steps_per_client: self.env_steps_per_client,
        })
    }
}
