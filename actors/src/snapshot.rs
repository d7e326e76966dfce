//! A run between two turns, whole: what a run needs to go on as if it had never stopped.

use crate::codec::{self, CodecError};
use crate::ledger::Counters;
use crate::{Body, Broadcast, Ended, Kind, Named, Phase};
use serde::{Deserialize, Serialize};
use serde_bytes::Bytes;
use std::io;
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

/// The fields as [`Snapshot::write`] writes them. All byte strings are borrowed, so that a length that lies allocates nothing.
#[derive(Deserialize)]
struct Saved<'a> {
    clients: u32,
    seed: u64,
    #[serde(borrow)]
    coordinator: &'a Bytes,
    round: u32,
    phase: u8,
    sync: u32,
    replies: u32,
    drift: u64,
    aggregate: Vec<&'a Bytes>,
    serial: u64,
    turns: u64,
    /// Serial number and frame of each.
    broadcasts: Vec<(u64, &'a Bytes)>,
    states: &'a Bytes,
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
    /// Writes the snapshot, whose bytes have no protection against damage of their own: as long as it is, and without a copy of more
    /// than one broadcast at a time.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        let Ended { round, phase, sync, replies, aggregate, drift } = &self.ended;
        codec::write(out, &(self.clients, self.seed, Bytes::new(&self.coordinator)))?;
        codec::write(out, &(*round, phase.number(), *sync, *replies, drift.to_bits()))?;
        codec::write(out, &(aggregate.len() as u64))?;
        for vector in aggregate {
            codec::write(out, &Bytes::new(&codec::to_bytes(vector)))?;
        }
        codec::write(out, &(self.serial, self.turns, self.broadcasts.len() as u64))?;
        for sent in &self.broadcasts {
            let frame =
                codec::frame(&sent.header(0), &Body::Sync(Arc::clone(sent))).map_err(io::Error::other)?;
            codec::write(out, &(sent.serial, Bytes::new(&frame)))?;
        }
        codec::write(out, &(Bytes::new(&codec::to_bytes(&self.states)), &self.counters, &self.trace))
    }

    /// The snapshot as [`Snapshot::write`] writes it.
    ///
    /// # Errors
    /// None that is known; what the codec may have to complain of.
    pub fn encode(&self) -> Result<Vec<u8>, CodecError> {
        let mut bytes = Vec::with_capacity(self.encoded_bytes());
        self.write(&mut bytes).map_err(|error| CodecError::Bincode(error.to_string()))?;
        debug_assert_eq!(bytes.len(), self.encoded_bytes(), "the length of a snapshot is known beforehand");
        Ok(bytes)
    }

    /// How many bytes [`Snapshot::write`] writes.
    pub fn encoded_bytes(&self) -> usize {
        const LENGTH: usize = size_of::<u64>();
        let vector = |numbers: usize| LENGTH + size_of::<f64>() * numbers;
        let aggregate = self.ended.aggregate.iter().map(|it| vector(it.len()));
        let broadcasts = self.broadcasts.iter().map(|sent| {
            let vectors = sent.vectors.iter().map(|it| vector(it.values.len()));
            2 * LENGTH + codec::SYNC_BYTES as usize + vectors.sum::<usize>()
        });
        let counters = &self.counters;
        let tallies = counters.wire.len() + counters.local.len() + 1;
        // Numbers that stand alone: of clients and seed, of the barrier, of broadcasts and turns; and two lengths each of lists.
        let alone = (4 + 8) + (4 + 1 + 4 + 4 + 8) + (8 + 8) + 2 * LENGTH;
        // Barriers, broadcasts and efforts of the counters.
        let counted = tallies * 6 * LENGTH + 2 * LENGTH + (2 + 1 + 6) * LENGTH;
        let trace = if self.trace.is_some() { 1 + 5 * LENGTH } else { 1 };
        let vectors = aggregate.sum::<usize>() + broadcasts.sum::<usize>() + vector(self.states.len());
        alone + LENGTH + self.coordinator.len() + vectors + counted + trace
    }

    /// The inverse of [`Snapshot::encode`], for an algorithm with these kinds.
    ///
    /// # Errors
    /// Anything but exactly one snapshot.
    pub fn decode(bytes: &[u8], kinds: &[Kind]) -> Result<Snapshot, CodecError> {
        let saved: Saved<'_> = codec::read(bytes)?;
        let phase = Phase::from_number(saved.phase)
            .ok_or(CodecError::Field { field: "phase", value: u64::from(saved.phase) })?;
        let broadcasts = saved.broadcasts.iter().map(|(serial, frame)| {
            let envelope = codec::decode_any(frame, kinds)?;
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
            coordinator: saved.coordinator.to_vec(),
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
            states: codec::from_bytes(saved.states)?,
            counters: saved.counters,
            trace: saved.trace,
        })
    }

    /// What a snapshot in a trace says of the trace, whatever its algorithm's kinds are; `None` for anything else.
    pub(crate) fn recorded(bytes: &[u8]) -> Option<Recorded> {
        let saved: Saved<'_> = codec::read(bytes).ok()?;
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
