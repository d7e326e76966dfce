//! A run between two turns, whole: what a run needs to go on as if it had never stopped.

use crate::codec::{self, CodecError};
use crate::ledger::Counters;
use crate::{Body, Broadcast, Ended, Kind, Named, Phase};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::sync::Arc;

/// The state of a society after a barrier and before the turn that follows.
///
/// Random streams need no state: each is keyed by the place in the run that it belongs to. Clients keep what their
/// algorithm says, and learners are as their last broadcasts have left them.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// M.
    pub clients: u32,
    /// The run's seed.
    pub seed: u64,
    /// What the coordinator has saved, before it was told of the barrier's end.
    pub coordinator: Vec<u8>,
    /// The barrier's end.
    pub ended: Ended,
    /// Broadcasts so far.
    pub serial: u64,
    /// Turns that are over.
    pub turns: u64,
    /// The last broadcast of each kind, in their order.
    pub broadcasts: Vec<Arc<Broadcast>>,
    /// What the algorithm keeps for clients, one after another.
    pub states: Vec<f64>,
    /// Everything counted so far.
    pub counters: Counters,
    /// How far the trace has come, if one is recorded.
    pub trace: Option<TracePosition>,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    clients: u32,
    seed: u64,
    coordinator: ByteBuf,
    round: u32,
    phase: u8,
    sync: u32,
    replies: u32,
    drift: u64,
    aggregate: Vec<ByteBuf>,
    serial: u64,
    turns: u64,
    /// Serial number and frame of each.
    broadcasts: Vec<(u64, ByteBuf)>,
    states: ByteBuf,
    counters: Counters,
    trace: Option<TracePosition>,
}

/// A snapshot in a trace, as far as it can be read without its algorithm.
pub(crate) struct Recorded {
    pub(crate) clients: u32,
    pub(crate) seed: u64,
    pub(crate) round: u32,
    pub(crate) turns: u64,
    pub(crate) counters: Counters,
    pub(crate) position: TracePosition,
}

impl Snapshot {
    /// The snapshot as bytes, which have no protection against damage of their own.
    ///
    /// # Errors
    /// Where it would exceed [`crate::FRAME_BYTES_MAX`].
    pub fn encode(&self) -> Result<Vec<u8>, CodecError> {
        let numbers = |values: &[f64]| ByteBuf::from(codec::to_bytes(values));
        let broadcasts = self.broadcasts.iter().map(|sent| {
            let frame = codec::encode(&sent.header(0), &Body::Sync(Arc::clone(sent)))?;
            Ok((sent.serial, ByteBuf::from(frame)))
        });
        codec::pack(&Saved {
            clients: self.clients,
            seed: self.seed,
            coordinator: ByteBuf::from(self.coordinator.clone()),
            round: self.ended.round,
            phase: self.ended.phase.number(),
            sync: self.ended.sync,
            replies: self.ended.replies,
            drift: self.ended.drift.to_bits(),
            aggregate: self.ended.aggregate.iter().map(|vector| numbers(vector)).collect(),
            serial: self.serial,
            turns: self.turns,
            broadcasts: broadcasts.collect::<Result<_, CodecError>>()?,
            states: numbers(&self.states),
            counters: self.counters.clone(),
            trace: self.trace,
        })
    }

    /// The inverse of [`Snapshot::encode`], for an algorithm with these kinds.
    ///
    /// # Errors
    /// Anything but exactly one snapshot.
    pub fn decode(bytes: &[u8], kinds: &[Kind]) -> Result<Snapshot, CodecError> {
        let saved: Saved = codec::unpack(bytes)?;
        let phase = Phase::from_number(saved.phase)
            .ok_or(CodecError::Field { field: "phase", value: u64::from(saved.phase) })?;
        let broadcasts = saved.broadcasts.iter().map(|(serial, frame)| {
            let envelope = codec::decode(frame, kinds)?;
            match envelope.body {
                // A wire lets no other numbers pass, so that nobody who takes one in needs to be ready for them.
                Body::Sync(sent) if !sent.vectors.iter().all(Named::is_finite) => {
                    Err(CodecError::Mismatch("a broadcast of what is no number".to_owned()))
                }
                Body::Sync(sent) => Ok(Arc::new(Broadcast { serial: *serial, ..Broadcast::clone(&sent) })),
                _ => Err(CodecError::Mismatch("a reply among the broadcasts".to_owned())),
            }
        });
        Ok(Snapshot {
            clients: saved.clients,
            seed: saved.seed,
            coordinator: saved.coordinator.into_vec(),
            ended: Ended {
                round: saved.round,
                phase,
                sync: saved.sync,
                replies: saved.replies,
                aggregate: saved.aggregate.iter().map(|b| codec::from_bytes(b)).collect::<Result<_, _>>()?,
                drift: f64::from_bits(saved.drift),
            },
            serial: saved.serial,
            turns: saved.turns,
            broadcasts: broadcasts.collect::<Result<_, CodecError>>()?,
            states: codec::from_bytes(&saved.states)?,
            counters: saved.counters,
            trace: saved.trace,
        })
    }

    /// What a snapshot in a trace says of the trace, whatever its algorithm's kinds are; `None` for anything else.
    pub(crate) fn recorded(bytes: &[u8]) -> Option<Recorded> {
        let saved: Saved = codec::unpack(bytes).ok()?;
        let Saved { clients, seed, round, turns, counters, trace, .. } = saved;
        Some(Recorded { clients, seed, round, turns, counters, position: trace? })
    }

    /// The barrier after which it was taken, as the header of the server's note.
    pub fn barrier(&self) -> (u32, Phase, u32) {
        (self.ended.round, self.ended.phase, self.ended.sync)
    }
}

/// How far a trace has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracePosition {
    /// Bytes of the file; 0 where it is none.
    pub bytes: u64,
    /// Records in it.
    pub records: u64,
    /// Number of the last turn.
    pub(crate) turn: u64,
    pub(crate) events: u64,
    pub(crate) sums: u64,
}
