//! Frames: messages as bytes. The only place that names bincode, so that another codec is a change of one
//! file.

use crate::message::{
    Address, Body, Broadcast, Envelope, Header, Integers, KIND_BARRIER, Kind, Letter, Named, Order, Phase,
    Place, Route, StepSize,
};
use bincode::config::{self, Config};
use bincode::error::EncodeError;
use serde::{Deserialize, Serialize};
use serde_bytes::Bytes;
use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use thiserror::Error;

/// The largest frame that is written or read: 1 GiB.
pub const FRAME_BYTES_MAX: usize = 1 << 30;

/// Bytes of a frame beside its vectors, by type of message; each vector takes `8 + 8 · length` more.
pub(crate) const SYNC_BYTES: u64 = 73;
pub(crate) const LOCAL_STEPS_DONE_BYTES: u64 = 41;
pub(crate) const BARRIER_BYTES: u64 = 37;
pub(crate) const LETTER_BYTES: u64 = 41;
/// Bytes that a frame with integers has more than one without: how many vectors of them there are.
pub(crate) const INTEGERS_BYTES: u64 = 8;

/// A frame that cannot be written or read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodecError {
    /// bincode's own complaint.
    #[error("{0}")]
    Bincode(String),
    /// Bytes after the end of the frame.
    #[error("{0} bytes follow the frame")]
    Trailing(usize),
    /// A field that holds no value of its type.
    #[error("{field} is {value}")]
    Field {
        /// The field's name.
        field: &'static str,
        /// The number that the field holds.
        value: u64,
    },
    /// The frame does not fit what its kind declares, or does not come back as it was.
    #[error("{0}")]
    Mismatch(String),
}

/// The wire's own types are apart from the society's, so that a change inside cannot change the bytes unseen.
///
/// Vectors are borrowed from the frame, so that a length that lies is found before anything is allocated for
/// it.
#[derive(Serialize, Deserialize)]
struct Frame<'a> {
    from: WireAddress,
    to: WireAddress,
    round: u32,
    phase: u8,
    barrier: u32,
    kind: u16,
    #[serde(borrow)]
    body: WireBody<'a>,
}

#[derive(Serialize, Deserialize)]
struct WireAddress {
    role: u8,
    id: u32,
}

#[derive(Serialize, Deserialize)]
enum WireBody<'a> {
    Sync {
        first_step: u64,
        steps: u64,
        cap: f64,
        scale: f64,
        offset: f64,
        #[serde(borrow)]
        vectors: Vec<&'a Bytes>,
    },
    LocalStepsDone {
        steps: u64,
        #[serde(borrow)]
        vectors: Vec<&'a Bytes>,
    },
    Barrier {
        replies: u32,
        digest: u64,
    },
    Letter {
        from: u32,
        to: u32,
        #[serde(borrow)]
        vectors: Vec<&'a Bytes>,
        #[serde(borrow)]
        integers: Vec<&'a Bytes>,
    },
    SyncWithIntegers {
        first_step: u64,
        steps: u64,
        cap: f64,
        scale: f64,
        offset: f64,
        #[serde(borrow)]
        vectors: Vec<&'a Bytes>,
        #[serde(borrow)]
        integers: Vec<&'a Bytes>,
    },
    LocalStepsDoneWithIntegers {
        steps: u64,
        #[serde(borrow)]
        vectors: Vec<&'a Bytes>,
        #[serde(borrow)]
        integers: Vec<&'a Bytes>,
    },
}

/// The numbers of a message as bytes.
struct Numbers<'a> {
    vectors: Vec<Cow<'a, [u8]>>,
    integers: Vec<Cow<'a, [u8]>>,
}

/// The length of a message's frame, without encoding it.
#[inline]
pub(crate) fn frame_bytes(body: &Body) -> u64 {
    let (fixed, vectors, has_integers) = match body {
        Body::Sync(sent) => (
            SYNC_BYTES,
            sent.vectors.iter().map(|named| vector_bytes(named.values.len())).sum::<u64>(),
            !sent.integers.is_empty(),
        ),
        Body::LocalStepsDone { vectors, integers, .. } => (
            LOCAL_STEPS_DONE_BYTES,
            vectors.iter().map(|values| vector_bytes(values.len())).sum(),
            !integers.is_empty(),
        ),
        Body::Letter(letter) => {
            (LETTER_BYTES, letter.vectors.iter().map(|values| vector_bytes(values.len())).sum(), true)
        }
        Body::Barrier { .. } => (BARRIER_BYTES, 0, false),
    };
    let integers = if has_integers { integer_bytes(body) } else { 0 };
    fixed + vectors + integers
}

fn vector_bytes(length: usize) -> u64 {
    8 + 8 * length as u64
}

#[cold]
fn integer_bytes(body: &Body) -> u64 {
    let vectors: u64 = match body {
        Body::Sync(sent) => sent.integers.iter().map(|named| vector_bytes(named.values.len())).sum(),
        Body::LocalStepsDone { integers, .. } => integers.iter().map(|it| vector_bytes(it.len())).sum(),
        Body::Letter(letter) => letter.integers.iter().map(|it| vector_bytes(it.len())).sum(),
        Body::Barrier { .. } => return 0,
    };
    INTEGERS_BYTES + vectors
}

fn wire_config() -> impl Config {
    config::legacy().with_limit::<FRAME_BYTES_MAX>()
}

/// The frame of a message.
///
/// # Errors
/// If the frame would exceed [`FRAME_BYTES_MAX`].
pub fn encode(header: &Header, body: &Body) -> Result<Vec<u8>, CodecError> {
    within_limit(frame(header, body)?)
}

/// The frame of a message of any length.
pub(crate) fn frame(header: &Header, body: &Body) -> Result<Vec<u8>, CodecError> {
    let numbers = numbers(body);
    let frame = Frame {
        from: to_wire(header.from),
        to: to_wire(header.to),
        round: header.place.round,
        phase: header.place.phase.number(),
        barrier: header.place.barrier,
        kind: header.kind,
        body: wire_body(body, &numbers),
    };
    let all = numbers.vectors.iter().chain(&numbers.integers);
    let mut bytes = Vec::with_capacity(
        (SYNC_BYTES + INTEGERS_BYTES) as usize + all.map(|it| 8 + it.len()).sum::<usize>(),
    );
    write(&mut bytes, &frame).map_err(|error| CodecError::Bincode(error.to_string()))?;
    Ok(bytes)
}

/// A message's body alone, as it stands in its frame.
///
/// # Errors
/// If it would exceed [`FRAME_BYTES_MAX`].
pub(crate) fn encode_body(body: &Body) -> Result<Vec<u8>, CodecError> {
    pack(&wire_body(body, &numbers(body)))
}

/// The inverse of [`encode_body`], for a message with this header.
///
/// # Errors
/// As [`decode`].
pub(crate) fn decode_body(bytes: &[u8], header: &Header, kinds: &[Kind]) -> Result<Body, CodecError> {
    body(unpack::<WireBody<'_>>(bytes)?, header, kinds)
}

/// What a message carries, without the names of its vectors.
pub(crate) struct Carried {
    pub(crate) sort: Sort,
    pub(crate) vectors: Vec<Vec<f64>>,
    pub(crate) integers: Vec<Vec<i64>>,
}

/// What stands beside the vectors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Sort {
    Order(Order),
    Steps(u64),
    Note(u32, u64),
    /// Sender and receiver.
    Letter(u32, u32),
}

/// What an encoded body carries, whatever its kind; `None` for anything else. Whether that is what its
/// message's digest was taken of is for the caller to ask.
pub(crate) fn carried(bytes: &[u8]) -> Option<Carried> {
    let all = |vectors: &[&Bytes]| vectors.iter().map(|bytes| from_bytes(bytes).ok()).collect::<Option<_>>();
    let order = |first_step, steps, cap, scale, offset| {
        Sort::Order(Order { first_step, steps, step_size: StepSize { cap, scale, offset } })
    };
    let (sort, vectors, integers) = match unpack::<WireBody<'_>>(bytes).ok()? {
        WireBody::Sync { first_step, steps, cap, scale, offset, vectors } => {
            (order(first_step, steps, cap, scale, offset), vectors, Vec::new())
        }
        WireBody::SyncWithIntegers { first_step, steps, cap, scale, offset, vectors, integers } => {
            (order(first_step, steps, cap, scale, offset), vectors, some(integers)?)
        }
        WireBody::LocalStepsDone { steps, vectors } => (Sort::Steps(steps), vectors, Vec::new()),
        WireBody::LocalStepsDoneWithIntegers { steps, vectors, integers } => {
            (Sort::Steps(steps), vectors, some(integers)?)
        }
        WireBody::Barrier { replies, digest } => (Sort::Note(replies, digest), Vec::new(), Vec::new()),
        WireBody::Letter { from, to, vectors, integers } => (Sort::Letter(from, to), vectors, integers),
    };
    let integers = integers.iter().map(|bytes| integers_from(bytes).ok()).collect::<Option<_>>()?;
    Some(Carried { sort, vectors: all(&vectors)?, integers })
}

/// The vectors, if there are any: a body without integers has one form only.
fn some<T>(vectors: Vec<T>) -> Option<Vec<T>> {
    (!vectors.is_empty()).then_some(vectors)
}

impl From<&Body> for Carried {
    fn from(body: &Body) -> Self {
        match body {
            Body::Sync(sent) => Carried {
                sort: Sort::Order(sent.order),
                vectors: sent.vectors.iter().map(|vector| vector.values.to_vec()).collect(),
                integers: sent.integers.iter().map(|vector| vector.values.to_vec()).collect(),
            },
            Body::LocalStepsDone { steps, vectors, integers } => {
                Carried { sort: Sort::Steps(*steps), vectors: vectors.clone(), integers: integers.clone() }
            }
            Body::Letter(letter) => Carried {
                sort: Sort::Letter(letter.from, letter.to),
                vectors: letter.vectors.iter().map(|vector| vector.to_vec()).collect(),
                integers: letter.integers.iter().map(|vector| vector.to_vec()).collect(),
            },
            Body::Barrier { replies, digest } => {
                Carried { sort: Sort::Note(*replies, *digest), vectors: Vec::new(), integers: Vec::new() }
            }
        }
    }
}

/// Plain data as bytes.
///
/// # Errors
/// If they would exceed [`FRAME_BYTES_MAX`].
pub(crate) fn pack(data: &impl Serialize) -> Result<Vec<u8>, CodecError> {
    let bytes = bincode::serde::encode_to_vec(data, wire_config())
        .map_err(|error| CodecError::Bincode(error.to_string()))?;
    within_limit(bytes)
}

fn within_limit(bytes: Vec<u8>) -> Result<Vec<u8>, CodecError> {
    if bytes.len() > FRAME_BYTES_MAX {
        return Err(CodecError::Mismatch(format!(
            "a frame of {} bytes; at most {FRAME_BYTES_MAX} can be written",
            bytes.len()
        )));
    }
    Ok(bytes)
}

/// Writes plain data of any length, byte strings without a copy of them. What is written after one another is
/// what the fields of a structure are.
///
/// # Errors
/// Errors of the writer.
pub(crate) fn write(out: &mut impl io::Write, data: &impl Serialize) -> io::Result<()> {
    match bincode::serde::encode_into_std_write(data, out, config::legacy()) {
        Ok(_) => Ok(()),
        Err(EncodeError::Io { inner, .. }) => Err(inner),
        Err(error) => Err(io::Error::other(error.to_string())),
    }
}

/// The inverse of [`write()`], of any length: only for data whose byte strings are borrowed, so that nothing
/// is allocated for a length that lies.
///
/// # Errors
/// Anything but exactly these data.
pub(crate) fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, CodecError> {
    whole(bytes, bincode::serde::borrow_decode_from_slice(bytes, config::legacy()))
}

/// As [`read`], where something else may follow: that is what is left.
///
/// # Errors
/// Bytes that do not begin with these data.
pub(crate) fn read_first<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<(T, &'a [u8]), CodecError> {
    let (data, used) = bincode::serde::borrow_decode_from_slice(bytes, config::legacy())
        .map_err(|error| CodecError::Bincode(error.to_string()))?;
    Ok((data, &bytes[used..]))
}

/// The inverse of [`pack`].
///
/// # Errors
/// Anything but exactly these data.
pub(crate) fn unpack<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, CodecError> {
    // A length that lies is found before more is allocated for it than some times what is there: bincode's
    // limit is a constant, so the smallest that is large enough is chosen.
    let decoded = match bytes.len() {
        0..0x1000 => bincode::serde::borrow_decode_from_slice(bytes, config::legacy().with_limit::<0x4000>()),
        0x1000..0x10_0000 => {
            bincode::serde::borrow_decode_from_slice(bytes, config::legacy().with_limit::<0x40_0000>())
        }
        0x10_0000..0x400_0000 => {
            bincode::serde::borrow_decode_from_slice(bytes, config::legacy().with_limit::<0x1000_0000>())
        }
        _ => bincode::serde::borrow_decode_from_slice(bytes, wire_config()),
    };
    whole(bytes, decoded)
}

/// Data that take all the bytes that they were read from.
fn whole<T>(bytes: &[u8], decoded: Result<(T, usize), bincode::error::DecodeError>) -> Result<T, CodecError> {
    let (data, read) = decoded.map_err(|error| CodecError::Bincode(error.to_string()))?;
    if read != bytes.len() {
        return Err(CodecError::Trailing(bytes.len() - read));
    }
    Ok(data)
}

fn numbers(body: &Body) -> Numbers<'_> {
    match body {
        Body::Sync(broadcast) => Numbers {
            vectors: broadcast.vectors.iter().map(|vector| to_bytes(&vector.values)).collect(),
            integers: broadcast.integers.iter().map(|vector| integers_to(&vector.values)).collect(),
        },
        Body::LocalStepsDone { vectors, integers, .. } => Numbers {
            vectors: vectors.iter().map(|vector| to_bytes(vector)).collect(),
            integers: integers.iter().map(|vector| integers_to(vector)).collect(),
        },
        Body::Letter(letter) => Numbers {
            vectors: letter.vectors.iter().map(|vector| to_bytes(vector)).collect(),
            integers: letter.integers.iter().map(|vector| integers_to(vector)).collect(),
        },
        Body::Barrier { .. } => Numbers { vectors: Vec::new(), integers: Vec::new() },
    }
}

fn wire_body<'a>(body: &Body, numbers: &'a Numbers<'_>) -> WireBody<'a> {
    let vectors = numbers.vectors.iter().map(|bytes| Bytes::new(bytes)).collect();
    let integers: Vec<_> = numbers.integers.iter().map(|bytes| Bytes::new(bytes)).collect();
    match body {
        Body::Sync(broadcast) => {
            let Order { first_step, steps, step_size: StepSize { cap, scale, offset } } = broadcast.order;
            if integers.is_empty() {
                return WireBody::Sync { first_step, steps, cap, scale, offset, vectors };
            }
            WireBody::SyncWithIntegers { first_step, steps, cap, scale, offset, vectors, integers }
        }
        &Body::LocalStepsDone { steps, .. } if integers.is_empty() => {
            WireBody::LocalStepsDone { steps, vectors }
        }
        &Body::LocalStepsDone { steps, .. } => {
            WireBody::LocalStepsDoneWithIntegers { steps, vectors, integers }
        }
        Body::Letter(letter) => WireBody::Letter { from: letter.from, to: letter.to, vectors, integers },
        Body::Barrier { replies, digest } => WireBody::Barrier { replies: *replies, digest: *digest },
    }
}

/// The message of a frame. `kinds` names the vectors; the broadcast's serial number is not on the wire and
/// comes back 0.
///
/// # Errors
/// Anything but exactly one well-formed frame.
pub fn decode(bytes: &[u8], kinds: &[Kind]) -> Result<Envelope, CodecError> {
    if bytes.len() > FRAME_BYTES_MAX {
        return Err(CodecError::Mismatch(format!("a frame of {} bytes", bytes.len())));
    }
    decode_any(bytes, kinds)
}

/// The inverse of [`frame`].
pub(crate) fn decode_any(bytes: &[u8], kinds: &[Kind]) -> Result<Envelope, CodecError> {
    let frame: Frame<'_> = read(bytes)?;
    let phase = Phase::from_number(frame.phase)
        .ok_or(CodecError::Field { field: "phase", value: u64::from(frame.phase) })?;
    let header = Header {
        from: from_wire(&frame.from)?,
        to: from_wire(&frame.to)?,
        place: Place { round: frame.round, phase, barrier: frame.barrier },
        kind: frame.kind,
    };
    let body = body(frame.body, &header, kinds)?;
    Ok(Envelope { header, body })
}

fn body(body: WireBody<'_>, header: &Header, kinds: &[Kind]) -> Result<Body, CodecError> {
    let &Header { place, kind: number, .. } = header;
    let unknown_kind = CodecError::Field { field: "kind", value: u64::from(number) };
    let declared = |route: Route, vectors: usize, integers: usize| match kinds.get(usize::from(number)) {
        Some(kind) if kind.route == route && kind.carries(vectors, integers) => Ok(kind),
        Some(kind) => Err(CodecError::Mismatch(format!(
            "{vectors} vectors and {integers} of integers {} in a {} message",
            route.name(),
            kind.name
        ))),
        None => Err(unknown_kind.clone()),
    };
    let down = |order: Order, vectors: &[&Bytes], integers: &[&Bytes]| {
        let kind = declared(Route::Down, vectors.len(), integers.len())?;
        let named = kind.vectors.iter().zip(vectors);
        let counts = kind.integers.iter().zip(integers);
        Ok(Body::Sync(Arc::new(Broadcast {
            serial: 0,
            kind: number,
            place,
            order,
            vectors: named
                .map(|(&name, bytes)| Ok(Named { name, values: from_bytes(bytes)?.into() }))
                .collect::<Result<_, CodecError>>()?,
            integers: counts
                .map(|(&name, bytes)| Ok(Integers { name, values: integers_from(bytes)?.into() }))
                .collect::<Result<_, CodecError>>()?,
        })))
    };
    let done = |steps, vectors: &[&Bytes], integers: &[&Bytes]| {
        declared(Route::Up, vectors.len(), integers.len())?;
        Ok(Body::LocalStepsDone {
            steps,
            vectors: vectors.iter().map(|bytes| from_bytes(bytes)).collect::<Result<_, _>>()?,
            integers: integers.iter().map(|bytes| integers_from(bytes)).collect::<Result<_, _>>()?,
        })
    };
    let none = || CodecError::Mismatch("a message with integers that has none".to_owned());
    match body {
        WireBody::Sync { first_step, steps, cap, scale, offset, vectors } => {
            down(Order { first_step, steps, step_size: StepSize { cap, scale, offset } }, &vectors, &[])
        }
        WireBody::SyncWithIntegers { first_step, steps, cap, scale, offset, vectors, integers } => {
            let integers = some(integers).ok_or_else(none)?;
            down(Order { first_step, steps, step_size: StepSize { cap, scale, offset } }, &vectors, &integers)
        }
        WireBody::LocalStepsDone { steps, vectors } => done(steps, &vectors, &[]),
        WireBody::LocalStepsDoneWithIntegers { steps, vectors, integers } => {
            done(steps, &vectors, &some(integers).ok_or_else(none)?)
        }
        WireBody::Letter { from, to, vectors, integers } => {
            declared(Route::Peer, vectors.len(), integers.len())?;
            let numbers = vectors.iter().map(|bytes| Ok(from_bytes(bytes)?.into()));
            let counts = integers.iter().map(|bytes| Ok(integers_from(bytes)?.into()));
            Ok(Body::Letter(Arc::new(Letter {
                from,
                to,
                kind: number,
                vectors: numbers.collect::<Result<_, CodecError>>()?,
                integers: counts.collect::<Result<_, CodecError>>()?,
            })))
        }
        WireBody::Barrier { replies, digest } if number == KIND_BARRIER => {
            Ok(Body::Barrier { replies, digest })
        }
        WireBody::Barrier { .. } => Err(unknown_kind),
    }
}

fn to_wire(address: Address) -> WireAddress {
    match address {
        Address::Server => WireAddress { role: 0, id: 0 },
        Address::Client(id) => WireAddress { role: 1, id },
        Address::Critic(id) => WireAddress { role: 2, id },
        Address::Actor(id) => WireAddress { role: 3, id },
    }
}

fn from_wire(address: &WireAddress) -> Result<Address, CodecError> {
    match address.role {
        0 if address.id == 0 => Ok(Address::Server),
        0 => Err(CodecError::Field { field: "the server's id", value: u64::from(address.id) }),
        1 => Ok(Address::Client(address.id)),
        2 => Ok(Address::Critic(address.id)),
        3 => Ok(Address::Actor(address.id)),
        role => Err(CodecError::Field { field: "role", value: u64::from(role) }),
    }
}

/// Numbers as bytes, little-endian: where the machine has them so, those that it has.
pub(crate) fn to_bytes(values: &[f64]) -> Cow<'_, [u8]> {
    if cfg!(target_endian = "little") {
        return Cow::Borrowed(bytemuck::cast_slice(values));
    }
    Cow::Owned(values.iter().flat_map(|value| value.to_le_bytes()).collect())
}

pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Vec<f64>, CodecError> {
    let (words, rest) = bytes.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(CodecError::Mismatch(format!("a vector of {} bytes", bytes.len())));
    }
    Ok(words.iter().map(|&word| f64::from_le_bytes(word)).collect())
}

/// Integers as bytes, little-endian.
pub(crate) fn integers_to(values: &[i64]) -> Cow<'_, [u8]> {
    if cfg!(target_endian = "little") {
        return Cow::Borrowed(bytemuck::cast_slice(values));
    }
    Cow::Owned(values.iter().flat_map(|value| value.to_le_bytes()).collect())
}

pub(crate) fn integers_from(bytes: &[u8]) -> Result<Vec<i64>, CodecError> {
    let (words, rest) = bytes.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(CodecError::Mismatch(format!("a vector of {} bytes", bytes.len())));
    }
    Ok(words.iter().map(|&word| i64::from_le_bytes(word)).collect())
}
