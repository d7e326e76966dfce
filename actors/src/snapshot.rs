//! A run between two turns, whole: what a run needs to go on as if it had never stopped.

use crate::codec::{self, CodecError};
use crate::ledger::Counters;
use crate::{Body, Broadcast, Ended, Envelope, Kind, Letter, Named, Phase, Place};
use serde::{Deserialize, Serialize};
use serde_bytes::Bytes;
use std::io;
use std::sync::Arc;

/// The state of a society after a barrier and before the turn that follows.
///
/// Random streams need no state: each is keyed by the place in the run that it belongs to. Clients keep
/// what their algorithm says, and learners are as their last broadcasts have left them.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Number of clients, M.
    pub clients: u32,
    /// The run's seed.
    pub seed: u64,
    /// What the coordinator has saved, before it was told of the barrier's end.
    pub coordinator: Vec<u8>,
    /// What the barrier came to.
    pub ended: Ended,
    /// Broadcasts so far.
    pub serial: u64,
    /// Turns that are over.
    pub turns: u64,
    /// The last broadcast of each kind, in their order.
    pub broadcasts: Vec<Arc<Broadcast>>,
    /// Letters between clients that have been sent and not yet handed over, by receiver, and then by sender.
    pub letters: Vec<Arc<Letter>>,
    /// What the algorithm keeps for clients, one after another.
    pub states: Vec<f64>,
    /// Everything counted so far, but for what the server has done.
    pub counters: Counters,
    /// How far the trace has come, if one is recorded.
    pub trace: Option<TracePosition>,
    /// What the server has done so far, by place in
    /// [`Algorithm::server_work`](crate::Algorithm::server_work).
    pub server_work: Vec<u64>,
}

/// The fields as [`Snapshot::write`] writes them. All byte strings are borrowed, so that a length that lies
/// allocates nothing. Where the algorithm names work of its server, its counts follow as one more list.
#[derive(Deserialize)]
struct Saved<'a> {
    clients: u32,
    seed: u64,
    #[serde(borrow)]
    coordinator: &'a Bytes,
    round: u32,
    phase: u8,
    barrier: u32,
    replies: u32,
    drift: u64,
    aggregate: Vec<&'a Bytes>,
    integers: Vec<&'a Bytes>,
    serial: u64,
    turns: u64,
    /// Serial number and frame of each.
    broadcasts: Vec<(u64, &'a Bytes)>,
    /// Frame of each.
    letters: Vec<&'a Bytes>,
    states: &'a Bytes,
    counters: Counters,
    trace: Option<TracePosition>,
}

impl<'a> Saved<'a> {
    /// The fields, and what the server has done.
    ///
    /// # Errors
    /// Anything but exactly one snapshot.
    fn read(bytes: &'a [u8]) -> Result<(Self, Vec<u64>), CodecError> {
        let (saved, rest) = codec::read_first(bytes)?;
        let (numbers, odd) = rest.as_chunks();
        let mut numbers = numbers.iter().map(|&number| u64::from_le_bytes(number));
        let named = numbers.next();
        let done: Vec<u64> = numbers.collect();
        if !odd.is_empty() || named.is_some_and(|named| named == 0 || named != done.len() as u64) {
            return Err(CodecError::Mismatch("bytes after a snapshot".to_owned()));
        }
        Ok((saved, done))
    }
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
    /// Writes the snapshot, whose bytes have no protection against damage of their own: as long as it is,
    /// and without a copy of more than one broadcast at a time.
    ///
    /// # Errors
    /// Errors of the writer.
    pub fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        let Ended { place: Place { round, phase, barrier }, replies, aggregate, integers, drift } =
            &self.ended;
        codec::write(out, &(self.clients, self.seed, Bytes::new(&self.coordinator)))?;
        codec::write(out, &(*round, phase.number(), *barrier, *replies, drift.to_bits()))?;
        codec::write(out, &(aggregate.len() as u64))?;
        for vector in aggregate {
            codec::write(out, &Bytes::new(&codec::to_bytes(vector)))?;
        }
        codec::write(out, &(integers.len() as u64))?;
        for vector in integers {
            codec::write(out, &Bytes::new(&codec::integers_to(vector)))?;
        }
        codec::write(out, &(self.serial, self.turns, self.broadcasts.len() as u64))?;
        for sent in &self.broadcasts {
            let frame =
                codec::frame(&sent.header(0), &Body::Sync(Arc::clone(sent))).map_err(io::Error::other)?;
            codec::write(out, &(sent.serial, Bytes::new(&frame)))?;
        }
        codec::write(out, &(self.letters.len() as u64))?;
        for letter in &self.letters {
            let frame = codec::frame(&letter.header(self.ended.place), &Body::Letter(Arc::clone(letter)));
            codec::write(out, &Bytes::new(&frame.map_err(io::Error::other)?))?;
        }
        codec::write(out, &(Bytes::new(&codec::to_bytes(&self.states)), &self.counters, &self.trace))?;
        if self.server_work.is_empty() { Ok(()) } else { codec::write(out, &self.server_work) }
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
        let lists = |lists: &mut dyn Iterator<Item = usize>| lists.map(vector).sum::<usize>();
        let ended = lists(&mut self.ended.aggregate.iter().map(Vec::len))
            + lists(&mut self.ended.integers.iter().map(Vec::len));
        let frame = |body: Body| LENGTH + codec::frame_bytes(&body) as usize;
        let broadcasts: usize =
            self.broadcasts.iter().map(|sent| LENGTH + frame(Body::Sync(Arc::clone(sent)))).sum();
        let letters: usize = self.letters.iter().map(|letter| frame(Body::Letter(Arc::clone(letter)))).sum();
        let counters = &self.counters;
        let tallies = counters.wire.iter().chain(&counters.local).chain(std::iter::once(&counters.notes));
        // Messages and bytes, and two lists.
        let tallies: usize =
            tallies.map(|tally| 2 * LENGTH + vector(tally.floats.len()) + vector(tally.integers.len())).sum();
        // Numbers that stand alone: of clients and seed, of the barrier, of broadcasts and turns; and the
        // lengths of lists.
        let alone = (4 + 8) + (4 + 1 + 4 + 4 + 8) + (8 + 8) + 4 * LENGTH;
        // Barriers, broadcasts and efforts of the counters, and two lists of tallies.
        let counted = tallies + 2 * LENGTH + (2 + 1 + 6) * LENGTH;
        let trace = if self.trace.is_some() { 1 + 5 * LENGTH } else { 1 };
        let states = vector(self.states.len());
        let done = match self.server_work.len() {
            0 => 0,
            named => vector(named),
        };
        alone
            + LENGTH
            + self.coordinator.len()
            + ended
            + broadcasts
            + letters
            + states
            + counted
            + trace
            + done
    }

    /// The inverse of [`Snapshot::encode`], for an algorithm with these kinds.
    ///
    /// # Errors
    /// Anything but exactly one snapshot.
    pub fn decode(bytes: &[u8], kinds: &[Kind]) -> Result<Snapshot, CodecError> {
        let (saved, server_work) = Saved::read(bytes)?;
        let phase = Phase::from_number(saved.phase)
            .ok_or(CodecError::Field { field: "phase", value: u64::from(saved.phase) })?;
        let place = Place { round: saved.round, phase, barrier: saved.barrier };
        let mismatch = |what: &str| CodecError::Mismatch(what.to_owned());
        // A wire lets no other numbers pass, so that nobody who takes one in needs to be ready for them.
        let broadcasts = saved.broadcasts.iter().map(|(serial, frame)| {
            let Envelope { header, body } = codec::decode_any(frame, kinds)?;
            match body {
                Body::Sync(sent) if !sent.vectors.iter().all(Named::is_finite) => {
                    Err(mismatch("a broadcast of what is no number"))
                }
                Body::Sync(sent) if sent.header(0) != header => {
                    Err(mismatch("a broadcast that goes elsewhere"))
                }
                Body::Sync(sent) => Ok(Arc::new(Broadcast { serial: *serial, ..Broadcast::clone(&sent) })),
                Body::LocalStepsDone { .. } | Body::Letter(_) | Body::Barrier { .. } => {
                    Err(mismatch("among the broadcasts what is none"))
                }
            }
        });
        let letters = saved.letters.iter().map(|frame| {
            let Envelope { header, body } = codec::decode_any(frame, kinds)?;
            match body {
                Body::Letter(letter)
                    if letter.vectors.iter().flat_map(|it| it.iter()).any(|it| !it.is_finite()) =>
                {
                    Err(mismatch("a letter of what is no number"))
                }
                Body::Letter(letter) if letter.header(place) != header => {
                    Err(mismatch("a letter that goes elsewhere"))
                }
                Body::Letter(letter) => Ok(letter),
                Body::Sync(_) | Body::LocalStepsDone { .. } | Body::Barrier { .. } => {
                    Err(mismatch("among the letters what is none"))
                }
            }
        });
        Ok(Snapshot {
            clients: saved.clients,
            seed: saved.seed,
            coordinator: saved.coordinator.to_vec(),
            ended: Ended {
                place,
                replies: saved.replies,
                aggregate: saved.aggregate.iter().map(|b| codec::from_bytes(b)).collect::<Result<_, _>>()?,
                integers: saved.integers.iter().map(|b| codec::integers_from(b)).collect::<Result<_, _>>()?,
                drift: f64::from_bits(saved.drift),
            },
            serial: saved.serial,
            turns: saved.turns,
            broadcasts: broadcasts.collect::<Result<_, CodecError>>()?,
            letters: letters.collect::<Result<_, CodecError>>()?,
            states: codec::from_bytes(saved.states)?,
            counters: saved.counters,
            trace: saved.trace,
            server_work,
        })
    }

    /// What a snapshot in a trace says of the trace, whatever its algorithm's kinds are; `None` for
    /// anything else.
    pub(crate) fn recorded(bytes: &[u8]) -> Option<Recorded> {
        let (saved, _) = Saved::read(bytes).ok()?;
        let Saved { clients, seed, round, turns, counters, trace, .. } = saved;
        Some(Recorded { clients, seed, round, turns, counters, position: trace? })
    }

    /// The barrier after which it was taken, as the header of the server's note.
    pub fn barrier(&self) -> Place {
        self.ended.place
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
