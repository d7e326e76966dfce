//! What a run counts, whoever counts it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bytes of a parameter.
pub const FLOAT_BYTES: u64 = 8;
/// Bytes that a vector costs in a frame besides its floats: its length.
pub const VECTOR_BYTES: u64 = 8;
/// Bytes of a `Sync` frame, which goes down, besides its vectors.
pub const SYNC_BYTES: u64 = 73;
/// Bytes of a `Letter` frame, which goes from client to client, besides its vectors; also of one without
/// integers.
pub const LETTER_BYTES: u64 = 49;
/// Bytes that a frame of the other two sorts has more where it carries integers.
pub const INTEGERS_BYTES: u64 = 8;
/// Bytes of a `LocalStepsDone` frame, which goes up, besides its vectors.
pub const LOCAL_STEPS_DONE_BYTES: u64 = 41;
/// Bytes of the frame of a barrier's note, which stays at the server and has no vectors.
pub const BARRIER_BYTES: u64 = 37;

/// Messages and what they weigh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// Number of messages.
    pub messages: u64,
    /// Number of parameters in them.
    pub floats: u64,
    /// Number of integers in them; left out where there are none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub integers: u64,
    /// Bytes of these parameters and integers.
    pub payload_bytes: u64,
    /// Bytes of the encoded frames.
    pub wire_bytes: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn is_nothing<T: Default + PartialEq>(counted: &T) -> bool {
    *counted == T::default()
}

/// One number, or totals, for each route of the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ByRoute<T: Default + PartialEq> {
    /// From clients to the server.
    pub up: T,
    /// From the server to clients.
    pub down: T,
    /// From client to client; left out where nothing goes that way.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub peer: T,
}

/// One number, or totals, for each phase of a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PerPhase<T> {
    /// Policy evaluation.
    pub critic: T,
    /// Policy improvement.
    pub actor: T,
}

/// Numbers on the wire by the names of the vectors that carry them; a name is there if anything was sent
/// under it.
pub type ByVector = BTreeMap<&'static str, ByRoute<u64>>;

/// Where messages of a kind go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From clients to the server.
    Up,
    /// From the server to clients.
    Down,
    /// From client to client.
    Peer,
    /// Within one machine.
    Local,
}

/// The part of a round to which a message belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Policy evaluation.
    Critic,
    /// Policy improvement.
    Actor,
}

/// Totals of one kind of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KindCounts {
    /// Where it goes.
    pub direction: Direction,
    /// When; `None` for `barrier`, which closes the barriers of both phases.
    pub phase: Option<Phase>,
    /// How many, and how much.
    #[serde(flatten)]
    pub totals: Totals,
}

/// Everything that a run counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// On the wire, to the server.
    pub up: Totals,
    /// On the wire, to the clients.
    pub down: Totals,
    /// On the wire, from client to client; left out where nothing goes that way.
    #[serde(skip_serializing_if = "is_nothing")]
    pub peer: Totals,
    /// Between clients and their own critics and actors: a twin of every message on the wire.
    pub local: Totals,
    /// The wire by phase.
    pub by_phase: PerPhase<ByRoute<Totals>>,
    /// The wire by kind, and `barrier`, which is in no other total. Every kind that the algorithm knows is
    /// listed, also those of which nothing is sent.
    pub by_kind: BTreeMap<&'static str, KindCounts>,
    /// Floats on the wire by vector.
    pub floats_by_vector: ByVector,
    /// Barriers: the server waits for every client and folds the replies.
    pub barriers: u64,
    /// Messages to every client that follow no barrier, each fan-out counted once.
    pub broadcasts: u64,
    /// Local steps, summed over clients.
    pub local_steps: PerPhase<u64>,
    /// Barriers by phase.
    pub barriers_by_phase: PerPhase<u64>,
    /// Trajectories that one client samples.
    pub trajectories_per_client: u64,
    /// Environment steps that one client takes.
    pub env_steps_per_client: u64,
    /// What the server does that costs and is no message, by name; left out where an algorithm's server does
    /// nothing of the kind.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub server_work: BTreeMap<&'static str, u64>,
}
