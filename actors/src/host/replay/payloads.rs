//! What the messages of a trace carried, for the role that is driven through it.

use super::error::RoleError;
use crate::codec::{self, Carried};
use crate::trace::{Blob, Events, Hop, body_digest, carried_digest};
use crate::{Body, Cause, Fault, Header, KIND_BARRIER, Kind, Route};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What messages carried, while their turn lasts.
pub(super) struct Payloads {
    blobs: BTreeMap<u64, Payload>,
    /// Those of letters that are under way to the next turn.
    letters: BTreeMap<u64, Payload>,
    kinds: Arc<[Kind]>,
}

#[derive(Clone)]
struct Payload {
    bytes: Vec<u8>,
    /// Whether it was held against its digest.
    verified: bool,
}

impl Payloads {
    /// None yet, of messages of these kinds.
    pub(super) fn new(kinds: Arc<[Kind]>) -> Self {
        Payloads { blobs: BTreeMap::new(), letters: BTreeMap::new(), kinds }
    }

    pub(super) fn add(&mut self, blob: Blob) {
        self.blobs.entry(blob.digest).or_insert(Payload { bytes: blob.bytes, verified: false });
    }

    pub(super) fn kind(&self, number: u16) -> Option<&Kind> {
        self.kinds.get(usize::from(number))
    }

    /// What a message of this digest carried, where that is known and is what the digest was taken of.
    pub(super) fn carried(&self, digest: u64) -> Option<Carried> {
        let carried = codec::carried(&self.blobs.get(&digest)?.bytes)?;
        (carried_digest(&carried) == digest).then_some(carried)
    }

    /// Whether the algorithm sends such messages that way.
    pub(super) fn sends(&self, header: &Header, hop: Hop) -> bool {
        let kind = self.kind(header.kind);
        let sent = |route| kind.is_some_and(|it| it.route == route && it.phase == header.place.phase);
        match hop {
            Hop::Down => sent(Route::Down),
            Hop::Hand => sent(Route::Down) || sent(Route::Peer),
            Hop::Return => sent(Route::Up) || sent(Route::Peer),
            Hop::Up => sent(Route::Up),
            Hop::Peer => sent(Route::Peer),
            Hop::Note => header.kind == KIND_BARRIER,
        }
    }

    /// What a message carried: what its digest was taken of, and numbers that a wire lets pass.
    pub(super) fn body(&mut self, digest: u64, header: &Header) -> Result<Body, RoleError> {
        let Payload { bytes, verified } = self.blobs.get_mut(&digest).ok_or(RoleError::NotKept(*header))?;
        let body = codec::decode_body(bytes, header, &self.kinds)
            .map_err(|error| RoleError::Payload(*header, error))?;
        if !*verified {
            if body_digest(&body) != digest {
                return Err(RoleError::Forged(*header));
            }
            if let Some(cause) = not_finite(&body) {
                return Err(Fault { role: header.from, round: header.place.round, cause }.into());
            }
            *verified = true;
        }
        Ok(body)
    }

    /// A chunk has been played. Payloads of replies stand before the chunk that refers to them, those of
    /// broadcasts before the turn's first one; so with the server's note, which is a turn's last event, all
    /// of them have been used but letters, which are handed over in the next turn.
    pub(super) fn over(&mut self, events: &Events) {
        for event in events.events.iter().filter(|event| event.hop == Hop::Peer) {
            if let Some(payload) = self.blobs.get(&event.digest) {
                self.letters.entry(event.digest).or_insert_with(|| payload.clone());
            }
        }
        if events.events.last().is_some_and(|event| event.hop == Hop::Note) {
            self.blobs = std::mem::take(&mut self.letters);
        }
    }
}

/// The first component that is no number.
fn not_finite(body: &Body) -> Option<Cause> {
    let find = |vector: &'static str, values: &[f64]| {
        let index = values.iter().position(|value| !value.is_finite())?;
        Some(Cause::NotFinite { vector, index, value: values[index] })
    };
    match body {
        Body::Sync(sent) => sent.vectors.iter().find_map(|named| find(named.name, &named.values)),
        Body::LocalStepsDone { vectors, .. } => vectors.iter().find_map(|values| find("a reply", values)),
        Body::Letter(letter) => letter.vectors.iter().find_map(|values| find("a letter", values)),
        Body::Barrier { .. } => None,
    }
}
