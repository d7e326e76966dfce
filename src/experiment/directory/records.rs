//! Lines of `rounds.jsonl` and `barriers.jsonl`.

use crate::theory::counts::{PerPhase, Totals};
use dpac_actors::{Kind, Ledger, Link, Phase};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// What a watcher is shown after each outer round.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoundRecord {
    /// r.
    pub round: u32,
    /// Whose value it is: that of the policy after so many rounds, `θ_r`, with which the round begins.
    pub policy: u32,
    /// The value of `θ_r`, in the problem's own units; null where the round was not evaluated.
    pub value: Option<f64>,
    /// Its standard error, for Monte-Carlo.
    pub standard_error: Option<f64>,
    /// What it had taken to come to `θ_r`.
    pub before: Before,
    /// The Bellman error of the round's critic (DPTD: of `ψ̃^{r+1}`), normalised; null where it is not
    /// available.
    pub bellman_error: Option<f64>,
    /// Mean over barriers of `(1/M) Σ_m ‖reply_m − base‖²`.
    pub drift: Drift,
    /// Step sizes of a network's round, `zeta` and `eta`, and what the server has measured them by, `B` and
    /// `D`; `alpha` of a critic that is a network; left out where steps are those of the configuration.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measured: BTreeMap<&'static str, Measured>,
    /// Cumulative, up.
    pub up: Totals,
    /// Cumulative, down.
    pub down: Totals,
    /// Cumulative, from client to client; left out where nothing goes that way.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub peer: Totals,
    /// Cumulative barriers.
    pub barriers: u64,
    /// Cumulative fan-outs that followed no barrier.
    pub broadcasts: u64,
    /// Cumulative, over clients.
    pub local_steps: u64,
    /// Cumulative, for one client.
    pub trajectories_per_client: u64,
    /// Cumulative, for one client.
    pub env_steps_per_client: u64,
    /// Cumulative, by link, kind and vector.
    pub ledger: LedgerRecord,
    /// Wall time since the run began.
    pub seconds: f64,
}

/// What a server has measured in a round.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Measured {
    /// Once.
    Once(f64),
    /// Before each round of its evaluation.
    Each(Vec<f64>),
}

fn is_nothing(totals: &Totals) -> bool {
    *totals == Totals::default()
}

/// What a run had done when it had come to some policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// What clients had sent to the server.
    pub up: Totals,
    /// What the server had sent to clients.
    pub down: Totals,
    /// What clients had sent to clients; left out where nothing goes that way.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub peer: Totals,
    /// Barriers.
    pub barriers: u64,
    /// Fan-outs that follow no barrier.
    pub broadcasts: u64,
    /// Trajectories that one client had sampled.
    pub trajectories_per_client: u64,
    /// Environment steps that one client had taken.
    pub env_steps_per_client: u64,
    /// The Bellman error of the critic of the round before; null where it is not available.
    #[serde(default)]
    pub bellman_error: Option<f64>,
    /// The drift of the round before.
    #[serde(default)]
    pub drift: Drift,
}

/// The last line of a complete run's `rounds.jsonl`: what its rounds have led to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct LastRecord {
    /// R, and so `θ_R`.
    pub(crate) policy: u64,
    pub(crate) value: Option<f64>,
    pub(crate) standard_error: Option<f64>,
    pub(crate) before: Before,
}

/// Everything that a ledger counts, taken apart as far as it counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerRecord {
    /// Between server and clients, and from client to client, by kind.
    pub wire: BTreeMap<Cow<'static, str>, TallyRecord>,
    /// Between clients and their own critics and actors, by kind.
    pub local: BTreeMap<Cow<'static, str>, TallyRecord>,
    /// Barriers.
    #[serde(alias = "syncs")]
    pub barriers_by_phase: PerPhase<u64>,
    /// What all clients did.
    pub effort: PerPhase<EffortRecord>,
    /// Fan-outs that follow no barrier.
    pub broadcasts: u64,
    /// What the server did that costs and is no message, by name; left out where the algorithm has none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub server_work: BTreeMap<Cow<'static, str>, u64>,
}

/// Messages of one kind on one link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TallyRecord {
    /// How many.
    pub messages: u64,
    /// Floats in them by the vectors that the kind can carry: 8 bytes of payload each.
    pub floats: BTreeMap<Cow<'static, str>, u64>,
    /// Integers in them, likewise; left out where the kind carries none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub integers: BTreeMap<Cow<'static, str>, u64>,
    /// Bytes of the encoded frames.
    pub wire_bytes: u64,
}

/// Local work in a phase, added up over clients.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EffortRecord {
    /// Local steps.
    pub local_steps: u64,
    /// Trajectories.
    pub trajectories: u64,
    /// Environment steps.
    pub environment_steps: u64,
}

impl LedgerRecord {
    /// The ledger as files have it.
    pub(crate) fn of(ledger: &Ledger) -> Self {
        let by_kind = |link| {
            let kinds = ledger.kinds().iter().enumerate();
            kinds.map(|(number, kind)| (kind.name.into(), tally(ledger, link, number, kind))).collect()
        };
        let effort = |phase| {
            let effort = ledger.effort(phase);
            EffortRecord {
                local_steps: effort.local_steps,
                trajectories: effort.trajectories,
                environment_steps: effort.environment_steps,
            }
        };
        LedgerRecord {
            wire: by_kind(Link::Wire),
            local: by_kind(Link::Local),
            barriers_by_phase: PerPhase {
                critic: ledger.barriers(Phase::Critic),
                actor: ledger.barriers(Phase::Actor),
            },
            effort: PerPhase { critic: effort(Phase::Critic), actor: effort(Phase::Actor) },
            broadcasts: ledger.broadcasts(),
            server_work: ledger.server_work().iter().map(|&(name, done)| (name.into(), done)).collect(),
        }
    }
}

fn tally(ledger: &Ledger, link: Link, number: usize, kind: &Kind) -> TallyRecord {
    let tally = ledger.tally(link, number);
    let named = |names: &[&'static str], counts: &[u64]| {
        names.iter().zip(counts).map(|(&name, &count)| (name.into(), count)).collect()
    };
    TallyRecord {
        messages: tally.messages,
        floats: named(kind.vectors, &tally.floats),
        integers: named(kind.integers, &tally.integers),
        wire_bytes: tally.wire_bytes,
    }
}

/// How far clients were at the barriers of a round from where they had started, by phase: the mean squared
/// displacement.
///
/// The local drift of Definition 11 averages over all local steps, not over the last of a phase alone; that
/// is what `output.record` calls "drift".
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// Of ψ.
    pub critic: Option<f64>,
    /// Of ω.
    pub actor: Option<f64>,
}

/// A line of `barriers.jsonl`: what passed the wire since the line before, so that the lines add up to the
/// run.
#[derive(Serialize)]
pub(crate) struct BarrierRecord {
    pub(crate) phase: &'static str,
    pub(crate) round: u32,
    /// Which barrier of its round and phase, from 0.
    pub(crate) barrier: u32,
    /// Of each client.
    pub(crate) local_steps: u64,
    pub(crate) messages: u64,
    pub(crate) floats_by_vector: NumbersByVector,
    pub(crate) payload_bytes: u64,
    pub(crate) wire_bytes: u64,
    pub(crate) drift: f64,
    pub(crate) cumulative: Cumulative,
}

/// Floats and integers by the names of the vectors that carried them.
pub(crate) type NumbersByVector = BTreeMap<Cow<'static, str>, u64>;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Cumulative {
    pub(crate) messages: u64,
    pub(crate) floats: NumbersByVector,
    pub(crate) payload_bytes: u64,
    pub(crate) wire_bytes: u64,
}

impl Cumulative {
    pub(crate) fn of(ledger: &Ledger) -> Self {
        let wire = ledger.total(dpac_actors::Link::Wire, |_| true);
        Cumulative {
            messages: wire.messages,
            floats: numbers_by_vector(ledger),
            payload_bytes: wire.payload_bytes(),
            wire_bytes: wire.wire_bytes,
        }
    }
}

fn numbers_by_vector(ledger: &Ledger) -> NumbersByVector {
    let mut numbers = NumbersByVector::new();
    for (number, kind) in ledger.kinds().iter().enumerate() {
        let tally = ledger.tally(Link::Wire, number);
        let floats = kind.vectors.iter().zip(&tally.floats);
        for (&name, &count) in floats.chain(kind.integers.iter().zip(&tally.integers)) {
            *numbers.entry(name.into()).or_default() += count;
        }
    }
    numbers
}

/// The Unix time to the millisecond; nothing but records of the run holds it.
pub(crate) fn unix_seconds() -> f64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    now.as_millis() as f64 / 1000.0
}
