//! What the records of a trace say: their numbers and bodies, version 2.1.
//!
//! The page `docs/trace-format.md` describes them for other readers, and a test holds it against this file.
//! Bodies of version 2 never change; a later minor version may add record numbers, which readers skip.

use super::tape::{Blob, Event, Events, Fate, Hop, Kept, Level, Shape};
use crate::codec::{self, CodecError};
use crate::{Counters, Kind, Phase, Place, Route, Snapshot};
use serde::{Deserialize, Serialize};
use serde_bytes::Bytes;

/// Of the numbers that begin records, those that version 2.1 has.
pub mod op {
    /// The first record: [`super::Head`].
    pub const HEAD: u8 = 1;
    /// Messages: [`super::Chunk`].
    pub const CHUNK: u8 = 2;
    /// The end of an outer round: [`super::Checkpoint`].
    pub const CHECKPOINT: u8 = 3;
    /// What a message carried: its digest, 8 bytes, then its body.
    pub const BLOB: u8 = 4;
    /// The end of the run: [`super::End`].
    pub const END: u8 = 5;
    /// Where checkpoints are: [`super::Index`].
    pub const INDEX: u8 = 6;
    /// What was lost here of the trace that this one was recovered from: [`super::Gap`].
    pub const GAP: u8 = 7;
    /// What it takes to go on from here: [`super::SnapshotBody`].
    pub const SNAPSHOT: u8 = 8;
    /// What the server has done to come to a turn: [`super::ServerWork`]. Since version 2.1.
    pub const SERVER_WORK: u8 = 9;
    /// The last record: [`super::Footer`].
    pub const FOOTER: u8 = 15;
}

/// Changes when records are added.
pub const MINOR: u16 = 1;

/// The most vectors of a message. Without a bound, a few bytes of an event could stand for any amount of
/// work.
pub const VECTORS_MAX: usize = 64;

/// The most kinds of messages of an algorithm.
pub const KINDS_MAX: usize = 256;

/// What was run, by what, and how much of it is recorded. The only record that is not a function of
/// configuration and seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Minor version of the format.
    pub minor: u16,
    /// Name and version of the program.
    pub program: String,
    /// The commit it was built from, if that is known.
    pub commit: String,
    /// Target triple, or what is known of it.
    pub target: String,
    /// Features of the CPU that it ran on.
    pub cpu_features: Vec<String>,
    /// When the run began, in seconds since 1970.
    pub created_unix_seconds: u64,
    /// The algorithm's name.
    pub algorithm: String,
    /// Number of clients, M.
    pub clients: u32,
    /// Clients whose replies are folded together.
    pub block_size: u32,
    /// The run's seed.
    pub seed: u64,
    /// Number of the level.
    pub level: u8,
    /// The clients whose replies are kept at full level, as ranges with both ends; `None` for all.
    pub kept: Option<Vec<(u32, u32)>>,
    /// A snapshot follows the first barrier of every outer round that is a multiple of this; 0 where there
    /// are none.
    pub snapshot_rounds: u32,
    /// The kinds of messages, by number.
    pub kinds: Vec<HeadKind>,
    /// The configuration, with every number written out.
    pub config: String,
    /// Every input file: name, blake3 in hex, content.
    pub files: Vec<HeadFile>,
}

/// A kind of message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadKind {
    /// The kind's name.
    pub name: String,
    /// Number of the route: 0 down, 1 up, 2 from client to client.
    pub route: u8,
    /// Number of the phase.
    pub phase: u8,
    /// Whether it opens a phase.
    pub opens_phase: bool,
    /// The kind that answers it.
    pub answer: Option<u16>,
    /// Names of the kind's vectors.
    pub vectors: Vec<String>,
    /// Names of its vectors of integers.
    pub integers: Vec<String>,
}

/// An input file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadFile {
    /// Its name inside a run directory.
    pub name: String,
    /// blake3 of its content, in hex.
    pub digest: String,
    /// The file's content.
    #[serde(with = "serde_bytes")]
    pub content: Vec<u8>,
}

impl Head {
    /// The level; `None` where the number means nothing.
    pub fn level(&self) -> Option<Level> {
        Level::ALL.get(usize::from(self.level)).copied()
    }

    /// Whose replies are kept.
    pub fn keeps(&self) -> Kept {
        match &self.kept {
            None => Kept::Everyone,
            Some(ranges) => {
                Kept::Clients(ranges.iter().map(|&(first, last)| first..=last).collect()).merged()
            }
        }
    }

    /// Whether it says what a head can say: a level that exists, a client, and kinds within their bounds.
    pub(super) fn is_sound(&self) -> bool {
        self.level().is_some()
            && self.clients > 0
            && self.kinds.len() <= KINDS_MAX
            && self.kinds.iter().all(|kind| kind.vectors.len().max(kind.integers.len()) <= VECTORS_MAX)
    }

    /// A kind's name; "barrier" for the server's note.
    pub fn kind_name(&self, kind: u16) -> &str {
        self.kinds.get(usize::from(kind)).map_or("barrier", |kind| &kind.name)
    }
}

impl HeadKind {
    /// A kind as the header has it.
    pub fn of(kind: &Kind) -> Self {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        HeadKind {
            name: kind.name.to_owned(),
            route: kind.route.number(),
            phase: kind.phase.number(),
            opens_phase: kind.opens_phase,
            answer: kind.answer,
            vectors: names(kind.vectors),
            integers: names(kind.integers),
        }
    }

    /// The way that its messages go; `None` where the number means nothing.
    pub fn route(&self) -> Option<Route> {
        Route::from_number(self.route)
    }
}

/// Messages of one turn, in logical order: block by block, client by client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Number of the turn, from 1.
    pub turn: u64,
    /// The messages, without what they carried.
    pub events: Events,
}

/// Bytes of an event.
pub const EVENT_BYTES: usize = 20;
/// Shapes that a chunk may have: an event says in two bytes which is its own.
pub const SHAPES_MAX: usize = 1 << 16;

#[derive(Serialize, Deserialize)]
struct ChunkBody<'a> {
    turn: u64,
    shapes: Vec<ShapeBody>,
    #[serde(borrow)]
    events: &'a Bytes,
}

#[derive(Serialize, Deserialize)]
struct ShapeBody {
    kind: u16,
    round: u32,
    phase: u8,
    barrier: u32,
    lengths: Vec<u32>,
    integers: Vec<u32>,
}

impl Chunk {
    /// Its body.
    ///
    /// # Errors
    /// If it is longer than a record may be, or has more shapes than a chunk.
    pub fn encode(&self) -> Result<Vec<u8>, CodecError> {
        let shapes = self.events.shapes.len();
        if shapes > SHAPES_MAX {
            return Err(CodecError::Field { field: "the number of shapes", value: shapes as u64 });
        }
        let mut events = vec![0; EVENT_BYTES * self.events.events.len()];
        let (places, _) = events.as_chunks_mut::<EVENT_BYTES>();
        for (bytes, event) in places.iter_mut().zip(&self.events.events) {
            bytes[..8].copy_from_slice(&event.digest.to_le_bytes());
            bytes[8..12].copy_from_slice(&event.from.to_le_bytes());
            bytes[12..16].copy_from_slice(&event.to.to_le_bytes());
            bytes[16..18].copy_from_slice(&(event.shape as u16).to_le_bytes());
            (bytes[18], bytes[19]) = (event.hop as u8, event.fate as u8);
        }
        let shapes = self.events.shapes.iter().map(|shape| ShapeBody {
            kind: shape.kind,
            round: shape.place.round,
            phase: shape.place.phase.number(),
            barrier: shape.place.barrier,
            lengths: shape.lengths.clone(),
            integers: shape.integers.clone(),
        });
        codec::pack(&ChunkBody { turn: self.turn, shapes: shapes.collect(), events: Bytes::new(&events) })
    }

    /// The inverse of [`Chunk::encode`]; `None` for anything else.
    pub fn decode(body: &[u8]) -> Option<Chunk> {
        let read: ChunkBody<'_> = codec::unpack(body).ok()?;
        let shapes: Option<Vec<Shape>> = read
            .shapes
            .into_iter()
            .map(|shape| {
                let ShapeBody { kind, round, phase, barrier, lengths, integers } = shape;
                let place = Place { round, phase: Phase::from_number(phase)?, barrier };
                let few = lengths.len().max(integers.len()) <= VECTORS_MAX;
                few.then_some(Shape { kind, place, lengths, integers })
            })
            .collect();
        let shapes = shapes?;
        let (events, rest) = read.events.as_chunks::<EVENT_BYTES>();
        let event = |bytes: &[u8; EVENT_BYTES]| {
            let shape = u16::from_le_bytes([bytes[16], bytes[17]]);
            let event = Event {
                digest: u64::from_le_bytes(*bytes.first_chunk()?),
                from: u32::from_le_bytes(*bytes[8..].first_chunk()?),
                to: u32::from_le_bytes(*bytes[12..].first_chunk()?),
                shape: (usize::from(shape) < shapes.len()).then_some(shape.into())?,
                hop: *Hop::ALL.get(usize::from(bytes[18]))?,
                fate: *Fate::ALL.get(usize::from(bytes[19]))?,
            };
            event.has_ends_of_its_hop().then_some(event)
        };
        let events: Option<Vec<Event>> = events.iter().map(event).collect();
        let events = Events { events: events?, shapes, blobs: Vec::new() };
        rest.is_empty().then_some(Chunk { turn: read.turn, events })
    }
}

impl Blob {
    /// Its record's body.
    pub fn encode(&self) -> Vec<u8> {
        [&self.digest.to_le_bytes(), self.bytes.as_slice()].concat()
    }

    /// The inverse of [`Blob::encode`].
    pub fn decode(body: &[u8]) -> Option<Blob> {
        let (digest, bytes) = body.split_first_chunk()?;
        Some(Blob { digest: u64::from_le_bytes(*digest), bytes: bytes.to_vec() })
    }
}

/// A snapshot of the society, whose trace position says where the digests stand, and not where it is in a
/// file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotBody {
    /// The outer round after whose first barrier it was taken.
    pub round: u32,
    /// What [`Snapshot::encode`] gives.
    pub bytes: Vec<u8>,
}

impl SnapshotBody {
    /// The longest one, 16 MiB: traces of runs that would need longer ones have none, and replay from the
    /// beginning.
    pub const BYTES_MAX: usize = 16 << 20;

    /// `None` where the bytes are no snapshot of any algorithm, or not one with a trace's position.
    pub fn decode(body: &[u8]) -> Option<SnapshotBody> {
        let round = Snapshot::recorded(body)?.round;
        Some(SnapshotBody { round, bytes: body.to_vec() })
    }
}

/// What the server has done that costs, to come to a turn: before the turn's messages. Turns for which it has
/// done nothing that its algorithm counts have none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerWork {
    /// Number of the turn, from 1.
    pub turn: u64,
    /// What was done, by name.
    pub done: Vec<(String, u64)>,
}

/// The most sorts of work of a server.
pub const SERVER_WORK_MAX: usize = 64;

/// The end of an outer round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The round that has ended.
    pub round: u32,
    /// Turns that are over.
    pub turns: u64,
    /// Digest of the bodies of all chunks so far; of none at the level of rounds.
    pub events: u64,
    /// Digest of all block sums of the round, in block order.
    pub sums: u64,
    /// Digest of what the round has given and of the broadcasts that follow.
    pub server: u64,
    /// Everything counted so far.
    pub counters: Counters,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// 0 complete, 1 stopped from outside, 2 ended by a fault.
    pub status: u8,
    /// What the fault was.
    pub fault: String,
    /// Turns that are over.
    pub turns: u64,
    /// Digest of the bodies of all chunks.
    pub events: u64,
    /// The results: name, length, digest.
    pub results: Vec<(String, u64, u64)>,
    /// Everything counted; nothing where a fault ended the run.
    pub counters: Option<Counters>,
}

/// Where checkpoints are, counted from the end of the head. It can be rebuilt from the file, and is, when the
/// run ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// The round and the offset of each checkpoint's record.
    pub checkpoints: Vec<(u32, u64)>,
}

/// What was lost of a trace that was recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Where it began in the old file.
    pub offset: u64,
    /// How many bytes it had.
    pub bytes: u64,
}

/// The last record of a whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footer {
    /// Where the first index record begins, counted from the end of the head.
    pub index_offset: u64,
    /// Number of records before this one.
    pub records: u64,
}

/// Bodies that are plain data.
pub trait PlainBody: Serialize + for<'a> Deserialize<'a> {
    /// The body of the record.
    ///
    /// # Errors
    /// If it is longer than a record may be.
    fn encode(&self) -> Result<Vec<u8>, CodecError> {
        codec::pack(self)
    }

    /// The inverse of `encode`; `None` for anything else.
    fn decode(body: &[u8]) -> Option<Self> {
        codec::unpack(body).ok()
    }
}

impl PlainBody for Head {}
impl PlainBody for Checkpoint {}
impl PlainBody for ServerWork {}
impl PlainBody for End {}
impl PlainBody for Index {}
impl PlainBody for Gap {}
impl PlainBody for Footer {}
