//! `summary.json`: what a run was and what it gave. The JSON schema comes from these types.

use super::records::LedgerRecord;
use crate::config::Clients;
use crate::theory::counts::{ByRoute, ByVector, Counts, KindCounts, PerPhase, Totals};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A run in numbers.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Summary {
    /// How the run ended.
    pub status: Status,
    /// Why it failed, where it did.
    pub error: Option<String>,
    /// The program's version and commit.
    pub program: String,
    /// The algorithm's name, as `dpac algorithms` lists it.
    pub algorithm: String,
    /// The run's seed.
    pub seed: u64,
    /// blake3 of the resolved configuration and the input files, hex.
    pub config_digest: String,
    /// Lowest and highest expected reward, in the problem's own units.
    pub reward_range: (f64, f64),
    /// The problem.
    pub problem: ProblemSummary,
    /// The sizes.
    pub sizes: SizesSummary,
    /// Values, in the problem's own units.
    pub value: Value,
    /// `E(ψ̂)` of the last critic against the exact `Q^π`, on normalised rewards; null where it is not
    /// available.
    pub bellman_error: Option<f64>,
    /// Trajectories that one client sampled.
    pub trajectories_per_client: u64,
    /// Environment steps that one client took.
    pub env_steps_per_client: u64,
    /// What the server did that costs and is no message, by name; left out where the algorithm has none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub server_work: BTreeMap<&'static str, u64>,
    /// What was counted at the wire.
    pub communication: Communication,
    /// The same by link, kind and vector, as lines of `rounds.jsonl` have it; null for a run that a fault
    /// ended.
    pub ledger: Option<LedgerRecord>,
    /// Local steps, summed over clients.
    pub local_steps: LocalSteps,
    /// Barriers by phase.
    pub barriers_by_phase: LocalSteps,
    /// The closed form, in the shape of `communication`.
    pub closed_form: Communication,
    /// Whether the two are equal; false, too, for a run that did not come to its end.
    pub closed_form_holds: bool,
    /// Where they differ.
    pub closed_form_differences: Vec<String>,
    /// blake3 of the final vectors' bits, hex; null for a run that did not come to its end.
    pub digest: Option<String>,
    /// Raised with every change after which the same configuration and seed give other bits.
    pub results_epoch: u32,
    /// blake3 of the files that are a function of configuration and seed (the configuration, inputs,
    /// policies, the critic), hex.
    pub files: BTreeMap<String, String>,
    /// Unix time at which the run began; null where an older version has begun it.
    pub began_unix_seconds: Option<f64>,
    /// Time of the run on the wall clock.
    pub wall_seconds: f64,
    /// Environment steps of all clients per second of wall time.
    pub env_steps_per_second: f64,
    /// Threads that computed.
    pub threads: usize,
    /// Where the roles lived: "shard" (one actor per thread owns many clients) or "role" (an actor each).
    pub placement: String,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It came to its end and the ledger equals the closed form.
    Complete,
    /// Somebody stopped it.
    Interrupted,
    /// A fault ended it, or the ledger does not equal the closed form.
    Failed,
}

impl Status {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Status::Complete => "complete",
            Status::Interrupted => "interrupted",
            Status::Failed => "failed",
        }
    }
}

/// The problem.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ProblemSummary {
    /// Its name.
    pub name: String,
    /// S.
    pub states: usize,
    /// A.
    pub actions: usize,
    /// O, "none" not counted; null where observations are real numbers.
    pub observations: Option<usize>,
    /// H.
    pub horizon: usize,
    /// γ.
    pub discount: f64,
    /// How the clients' own problems differ from this one; null where all are alike. Values are means over
    /// clients then.
    pub clients: Option<Clients>,
}

/// The sizes. Those for which the algorithm has no use are 0.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct SizesSummary {
    /// M.
    pub clients: u64,
    /// R.
    pub rounds: u64,
    /// K.
    pub actor_local_steps: u64,
    /// I.
    pub actor_sync_interval: u64,
    /// `R_e`.
    pub critic_rounds: u64,
    /// `K_e`.
    pub critic_local_steps: u64,
    /// `d_θ`.
    pub d_theta: u64,
    /// The largest per-step dimension of the critic.
    pub d_q: u64,
    /// The sum of the critic's dimensions over steps: what a message carries.
    pub stacked_critic: u64,
}

/// Values in the problem's own units.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Value {
    /// The uniform policy, where every run starts.
    pub uniform: Option<f64>,
    /// The last policy, `θ_R`; for DPTD the policy that was evaluated.
    pub last: Option<f64>,
    /// The uniform mixture of `θ_0 .. θ_{R-1}`, which is the algorithm's output; null where not every round
    /// was evaluated.
    pub mixture: Option<f64>,
    /// The optimum, rounded up so that no exact value of a policy passes it; null where it could not be
    /// computed, and where clients differ, since no policy is optimal for all.
    pub optimum: Option<f64>,
    /// The exact optimum is no farther from it.
    pub optimum_error: Option<f64>,
    /// How policies were evaluated: "dynamic programming", "enumeration" or "Monte-Carlo".
    pub method: String,
    /// Standard error of `last`, for Monte-Carlo.
    pub standard_error: Option<f64>,
    /// How far rounding may have carried `last`, where it is exact.
    pub rounding: Option<f64>,
}

/// Numbers by phase.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct LocalSteps {
    /// Policy evaluation.
    pub critic: u64,
    /// Policy improvement.
    pub actor: u64,
}

/// What passed the wire. One message is one payload over one link; the sender is charged, once.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Communication {
    /// Clients to server.
    pub up: Totals,
    /// Server to clients.
    pub down: Totals,
    /// Client to client; left out where nothing goes that way.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub peer: Totals,
    /// Between clients and their own critics and actors: not communication. One twin of every message above.
    pub local: Totals,
    /// The wire by phase.
    pub by_phase: PerPhase<ByRoute<Totals>>,
    /// The wire by kind, and the server's notes to itself, "barrier", which are in no other total.
    pub by_kind: BTreeMap<String, KindCounts>,
    /// Numbers on the wire by the names of the vectors that carry them; a name is there if anything was sent
    /// under it.
    pub floats_by_vector: BTreeMap<String, ByRoute<u64>>,
    /// Barriers.
    pub barriers: u64,
    /// Fan-outs that follow no barrier.
    pub broadcasts: u64,
}

impl From<&Counts> for Communication {
    fn from(counts: &Counts) -> Self {
        Communication {
            up: counts.up,
            down: counts.down,
            peer: counts.peer,
            local: counts.local,
            by_phase: counts.by_phase,
            by_kind: counts.by_kind.iter().map(|(&name, &kind)| (name.to_owned(), kind)).collect(),
            floats_by_vector: by_vector(&counts.floats_by_vector),
            barriers: counts.barriers,
            broadcasts: counts.broadcasts,
        }
    }
}

fn is_nothing(totals: &Totals) -> bool {
    *totals == Totals::default()
}

fn by_vector(counted: &ByVector) -> BTreeMap<String, ByRoute<u64>> {
    counted.iter().map(|(&name, &numbers)| (name.to_owned(), numbers)).collect()
}

impl From<PerPhase<u64>> for LocalSteps {
    fn from(numbers: PerPhase<u64>) -> Self {
        LocalSteps { critic: numbers.critic, actor: numbers.actor }
    }
}

/// The JSON schema of `summary.json`.
pub fn summary_schema_json() -> String {
    let schema = schemars::schema_for!(Summary);
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain JSON");
    text.push('\n');
    text
}
