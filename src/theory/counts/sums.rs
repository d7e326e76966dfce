//! The closed form as sums.

use super::counted::*;
use super::shape::{CountError, Shape};
use crate::theory::Algorithm;
use std::collections::BTreeMap;

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
        counts.add_old(&kind, clients)?;
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
    fn add_old(&mut self, kind: &Kind, clients: u64) -> Result<(), CountError> {
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
