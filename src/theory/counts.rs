//! The closed form of everything that a run counts: messages, floats, bytes, barriers, trajectories.
//!
//! One message is one payload over one link between the server and a client; a broadcast to M clients is M messages.
//! With `n = ⌈K/I⌉` syncs of the actor per round, p = `d_theta` and q = `stacked_critic`, DPAC sends over each link
//!
//! | kind | direction | floats | messages | lean |
//! |---|---|---|---|---|
//! | `policy_critic` | down | p + q | R | same messages, p floats |
//! | `critic_up` | up | q | R R_e | same |
//! | `critic_sync` | down | q | R R_e | R (R_e - 1) |
//! | `q_broadcast` | down | q | R | same |
//! | `actor_up` | up | p | R n | same |
//! | `actor_sync` | down | p | R n | R (n - 1) |
//!
//! DPTD alone is one call: `critic_up` and `critic_sync`, R_e times each. DPPG has `policy_critic`, which then carries
//! (θ_r, Q) and opens the actor's phase, `actor_up` and `actor_sync`.

use super::Algorithm;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thiserror::Error;

/// Bytes of a parameter.
pub const FLOAT_BYTES: u64 = 8;
/// Bytes that a vector costs in a frame besides its floats: its length.
pub const VECTOR_BYTES: u64 = 8;
/// Bytes of a `Sync` frame, which goes down, besides its vectors.
pub const SYNC_BYTES: u64 = 73;
/// Bytes of a `LocalStepsDone` frame, which goes up, besides its vectors.
pub const LOCAL_STEPS_DONE_BYTES: u64 = 41;
/// Bytes of an `Aggregated` frame, which stays at the server and has no vectors.
pub const AGGREGATED_BYTES: u64 = 37;

/// The sizes on which counts depend. Sizes that the algorithm has no use for are not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Shape {
    /// Which algorithm runs.
    pub algorithm: Algorithm,
    /// Whether messages and vectors that nobody needs are left out.
    pub lean: bool,
    /// Number of clients, M.
    pub clients: u64,
    /// Length of θ and ω, p in the closed forms.
    pub d_theta: u64,
    /// Length of ψ, stacked over steps, q in the closed forms.
    pub stacked_critic: u64,
    /// Environment steps per trajectory, H.
    pub horizon: u64,
    /// Outer rounds R of DPPG and DPAC.
    pub rounds: u64,
    /// Local steps K of the actor in each round.
    pub actor_local_steps: u64,
    /// Local steps I of the actor between two syncs; more than K means one sync per round.
    pub actor_sync_interval: u64,
    /// Rounds R_e of each DPTD call.
    pub critic_rounds: u64,
    /// Local steps K_e of the critic in each round of a DPTD call.
    pub critic_local_steps: u64,
}

/// Why there are no counts.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CountError {
    /// A size must be at least 1.
    #[error("{size} is 0; it must be at least 1")]
    Zero {
        /// The field of [`Shape`].
        size: &'static str,
    },
    /// A count does not fit 64 bits.
    #[error("the number of {what} exceeds 2^64 - 1: the sizes are too large to be run")]
    Overflow {
        /// What was being counted.
        what: &'static str,
    },
}

/// Messages and what they weigh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Totals {
    /// Number of messages.
    pub messages: u64,
    /// Number of parameters in them.
    pub floats: u64,
    /// Bytes of these parameters.
    pub payload_bytes: u64,
    /// Bytes of the encoded frames.
    pub wire_bytes: u64,
}

/// One number, or totals, for each direction of the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UpDown<T> {
    /// From clients to the server.
    pub up: T,
    /// From the server to clients.
    pub down: T,
}

/// One number, or totals, for each phase of a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PerPhase<T> {
    /// Policy evaluation.
    pub critic: T,
    /// Policy improvement.
    pub actor: T,
}

/// Floats on the wire by what they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ByVector {
    /// Policy parameters.
    pub theta: UpDown<u64>,
    /// Critic parameters.
    pub psi: UpDown<u64>,
    /// Update directions of the policy.
    pub omega: UpDown<u64>,
    /// Anything else: 0 for the algorithms of the paper.
    pub other: UpDown<u64>,
}

/// Where messages of a kind go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From clients to the server.
    Up,
    /// From the server to clients.
    Down,
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
    /// When; `None` for `aggregated`, which closes the syncs of both phases.
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
    /// Between clients and their own critics and actors: a twin of every message on the wire.
    pub local: Totals,
    /// The wire by phase.
    pub by_phase: PerPhase<UpDown<Totals>>,
    /// The wire by kind, and `aggregated`, which is in no other total. Every kind that the algorithm knows is listed,
    /// also those of which nothing is sent.
    pub by_kind: BTreeMap<&'static str, KindCounts>,
    /// Floats on the wire by vector.
    pub floats_by_vector: ByVector,
    /// Barriers: the server waits for every client and folds the replies.
    pub aggregations: u64,
    /// Messages to every client that follow no barrier, each fan-out counted once.
    pub broadcasts: u64,
    /// Local steps, summed over clients.
    pub local_steps: PerPhase<u64>,
    /// Barriers by phase.
    pub syncs: PerPhase<u64>,
    /// Trajectories that one client samples.
    pub trajectories_per_client: u64,
    /// Environment steps that one client takes.
    pub env_steps_per_client: u64,
}

/// The counts of a whole run, from its sizes alone.
///
/// # Errors
/// If a size that the algorithm needs is 0, or a count does not fit 64 bits.
pub fn closed_form(shape: &Shape) -> Result<Counts, CountError> {
    check_positive(shape)?;
    counted(shape, Tail::Sent)
}

/// The counts up to the last barrier of the first `rounds` outer rounds (of DPTD: its own rounds), which is where a round's
/// record stands: the sync that follows this barrier, if one does, is sent with the next round's first messages.
///
/// # Errors
/// As [`closed_form`].
pub fn closed_form_after(shape: &Shape, rounds: u64) -> Result<Counts, CountError> {
    check_positive(shape)?;
    let shape = match shape.algorithm {
        Algorithm::Dptd => Shape { critic_rounds: rounds, ..*shape },
        Algorithm::Dppg | Algorithm::Dpac => Shape { rounds, ..*shape },
    };
    let tail = if shape.lean || rounds == 0 { Tail::Sent } else { Tail::Due };
    counted(&Shape { lean: shape.lean && rounds > 0, ..shape }, tail)
}

/// Whether the sync after the last barrier of all has been sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tail {
    Sent,
    Due,
}

fn counted(shape: &Shape, tail: Tail) -> Result<Counts, CountError> {
    let Shape { algorithm, clients, rounds, horizon, .. } = *shape;
    let with_critic = algorithm != Algorithm::Dppg;
    let with_actor = algorithm != Algorithm::Dptd;
    let dptd_calls = if algorithm == Algorithm::Dpac { rounds } else { u64::from(with_critic) };

    let syncs = PerPhase {
        critic: product("critic syncs", &[dptd_calls, shape.critic_rounds])?,
        actor: if with_actor { product("actor syncs", &[rounds, syncs_per_round(shape)])? } else { 0 },
    };
    let critic_steps = product("trajectories", &[syncs.critic, shape.critic_local_steps])?;
    let actor_steps =
        if with_actor { product("trajectories", &[rounds, shape.actor_local_steps])? } else { 0 };
    let trajectories = sum("trajectories", critic_steps, actor_steps)?;
    let broadcasts = match algorithm {
        Algorithm::Dptd => 0,
        Algorithm::Dppg => rounds,
        Algorithm::Dpac => product("broadcasts", &[2, rounds])?,
    };

    let mut counts = Counts {
        up: Totals::default(),
        down: Totals::default(),
        local: Totals::default(),
        by_phase: PerPhase::default(),
        by_kind: BTreeMap::new(),
        floats_by_vector: ByVector::default(),
        aggregations: sum("aggregations", syncs.critic, syncs.actor)?,
        broadcasts,
        local_steps: PerPhase {
            critic: product("local steps", &[clients, critic_steps])?,
            actor: product("local steps", &[clients, actor_steps])?,
        },
        syncs,
        trajectories_per_client: trajectories,
        env_steps_per_client: product("environment steps", &[trajectories, horizon])?,
    };
    for kind in kinds(shape, dptd_calls, syncs, tail) {
        counts.add(&kind, clients)?;
    }
    counts.local = counts.up.plus(counts.down)?;
    let aggregated = Totals {
        messages: counts.aggregations,
        wire_bytes: product("bytes", &[counts.aggregations, AGGREGATED_BYTES])?,
        ..Totals::default()
    };
    counts
        .by_kind
        .insert("aggregated", KindCounts { direction: Direction::Local, phase: None, totals: aggregated });
    Ok(counts)
}

/// `n = ⌈K/I⌉`: the actor syncs after every I local steps and after the last one.
fn syncs_per_round(shape: &Shape) -> u64 {
    shape.actor_local_steps.div_ceil(shape.actor_sync_interval)
}

/// One kind of message: what it carries, and how often it passes over each link.
struct Kind {
    name: &'static str,
    direction: Direction,
    phase: Phase,
    per_link: u64,
    vectors: Vec<(Vector, u64)>,
}

#[derive(Clone, Copy)]
enum Vector {
    Theta,
    Psi,
    Omega,
}

/// The table at the head of this file.
fn kinds(shape: &Shape, dptd_calls: u64, syncs: PerPhase<u64>, tail: Tail) -> Vec<Kind> {
    use Direction::{Down, Up};
    let Shape { algorithm, lean, rounds, .. } = *shape;
    let theta = (Vector::Theta, shape.d_theta);
    let psi = (Vector::Psi, shape.stacked_critic);
    let omega = (Vector::Omega, shape.d_theta);
    // The last sync of a DPTD call and of a round changes nothing that a client will use.
    let unneeded = |per_call: u64| if lean { per_call } else { 0 };
    let due = |last: bool| u64::from(last && tail == Tail::Due);
    let kind = |name, direction, phase, per_link, vectors| Kind { name, direction, phase, per_link, vectors };

    let mut table = Vec::new();
    if algorithm != Algorithm::Dppg {
        let down = syncs.critic - unneeded(dptd_calls) - due(algorithm == Algorithm::Dptd);
        table.push(kind("critic_up", Up, Phase::Critic, syncs.critic, vec![psi]));
        table.push(kind("critic_sync", Down, Phase::Critic, down, vec![psi]));
    }
    if algorithm == Algorithm::Dpac {
        // Clients know ψ_r from the broadcast before, or that it is 0.
        let vectors = if lean { vec![theta] } else { vec![theta, psi] };
        table.push(kind("policy_critic", Down, Phase::Critic, rounds, vectors));
        table.push(kind("q_broadcast", Down, Phase::Actor, rounds, vec![psi]));
    }
    if algorithm == Algorithm::Dppg {
        table.push(kind("policy_critic", Down, Phase::Actor, rounds, vec![theta, psi]));
    }
    if algorithm != Algorithm::Dptd {
        let down = syncs.actor - unneeded(rounds) - due(true);
        table.push(kind("actor_up", Up, Phase::Actor, syncs.actor, vec![omega]));
        table.push(kind("actor_sync", Down, Phase::Actor, down, vec![omega]));
    }
    table
}

impl Counts {
    fn add(&mut self, kind: &Kind, clients: u64) -> Result<(), CountError> {
        let messages = product("messages", &[clients, kind.per_link])?;
        let up = kind.direction == Direction::Up;
        let mut frame_bytes = if up { LOCAL_STEPS_DONE_BYTES } else { SYNC_BYTES };
        let mut frame_floats = 0;
        for &(vector, len) in &kind.vectors {
            frame_floats = sum("floats", frame_floats, len)?;
            let payload = product("bytes", &[FLOAT_BYTES, len])?;
            frame_bytes = sum("bytes", frame_bytes, sum("bytes", VECTOR_BYTES, payload)?)?;
            let by_vector = match vector {
                Vector::Theta => &mut self.floats_by_vector.theta,
                Vector::Psi => &mut self.floats_by_vector.psi,
                Vector::Omega => &mut self.floats_by_vector.omega,
            };
            let of_direction = if up { &mut by_vector.up } else { &mut by_vector.down };
            *of_direction = sum("floats", *of_direction, product("floats", &[messages, len])?)?;
        }
        let floats = product("floats", &[messages, frame_floats])?;
        let totals = Totals {
            messages,
            floats,
            payload_bytes: product("bytes", &[FLOAT_BYTES, floats])?,
            wire_bytes: product("bytes", &[messages, frame_bytes])?,
        };

        let phase = match kind.phase {
            Phase::Critic => &mut self.by_phase.critic,
            Phase::Actor => &mut self.by_phase.actor,
        };
        let (total, phase_total) =
            if up { (&mut self.up, &mut phase.up) } else { (&mut self.down, &mut phase.down) };
        *total = total.plus(totals)?;
        *phase_total = phase_total.plus(totals)?;
        let counts = KindCounts { direction: kind.direction, phase: Some(kind.phase), totals };
        self.by_kind.insert(kind.name, counts);
        Ok(())
    }
}

impl Totals {
    fn plus(self, other: Totals) -> Result<Totals, CountError> {
        Ok(Totals {
            messages: sum("messages", self.messages, other.messages)?,
            floats: sum("floats", self.floats, other.floats)?,
            payload_bytes: sum("bytes", self.payload_bytes, other.payload_bytes)?,
            wire_bytes: sum("bytes", self.wire_bytes, other.wire_bytes)?,
        })
    }
}

fn check_positive(shape: &Shape) -> Result<(), CountError> {
    let mut needed = vec![
        ("clients", shape.clients),
        ("stacked_critic", shape.stacked_critic),
        ("horizon", shape.horizon),
    ];
    if shape.algorithm != Algorithm::Dppg {
        needed.push(("critic_rounds", shape.critic_rounds));
        needed.push(("critic_local_steps", shape.critic_local_steps));
    }
    if shape.algorithm != Algorithm::Dptd {
        needed.push(("d_theta", shape.d_theta));
        needed.push(("rounds", shape.rounds));
        needed.push(("actor_local_steps", shape.actor_local_steps));
        needed.push(("actor_sync_interval", shape.actor_sync_interval));
    }
    match needed.into_iter().find(|&(_, value)| value == 0) {
        Some((size, _)) => Err(CountError::Zero { size }),
        None => Ok(()),
    }
}

fn product(what: &'static str, factors: &[u64]) -> Result<u64, CountError> {
    factors
        .iter()
        .try_fold(1_u64, |product, &factor| product.checked_mul(factor))
        .ok_or(CountError::Overflow { what })
}

fn sum(what: &'static str, a: u64, b: u64) -> Result<u64, CountError> {
    a.checked_add(b).ok_or(CountError::Overflow { what })
}
