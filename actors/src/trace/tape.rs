//! What a wire writes down: one event per message, with the digest of what it carried; where asked, what it
//! carried.

use super::digest;
use crate::{Address, Body, Broadcast, Header, Kind, Place, Route, block_count, block_of};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// How much is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// One checkpoint per outer round.
    Rounds,
    /// Also an event per message.
    Order,
    /// Also what messages carried.
    Full,
}

impl Level {
    /// All levels, by number.
    pub const ALL: [Level; 3] = [Level::Rounds, Level::Order, Level::Full];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Level::Rounds => "rounds",
            Level::Order => "order",
            Level::Full => "full",
        }
    }
}

/// The clients whose replies are kept whole at [`Level::Full`]. What the server sends is always kept: it is
/// the same for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Those of every client.
    Everyone,
    /// Those of the clients in these ranges.
    Clients(Vec<RangeInclusive<u32>>),
}

impl Kept {
    /// Whether the replies of client `m` are kept.
    pub fn contains(&self, m: u32) -> bool {
        match self {
            Kept::Everyone => true,
            Kept::Clients(ranges) => ranges.iter().any(|range| range.contains(&m)),
        }
    }

    /// [`Kept::contains`] for ranges that have been [merged](Kept::merged), of which there may be very many.
    fn contains_merged(&self, m: u32) -> bool {
        match self {
            Kept::Everyone => true,
            Kept::Clients(ranges) => {
                let at = ranges.partition_point(|range| *range.end() < m);
                ranges.get(at).is_some_and(|range| range.contains(&m))
            }
        }
    }

    /// The same clients in as few ranges as there can be, ascending: a file may name one client any number
    /// of times.
    pub(crate) fn merged(self) -> Kept {
        let Kept::Clients(mut ranges) = self else { return self };
        ranges.retain(|range| !range.is_empty());
        ranges.sort_unstable_by_key(|range| *range.start());
        let mut merged: Vec<RangeInclusive<u32>> = Vec::new();
        for range in ranges {
            match merged.last_mut() {
                Some(last) if *range.start() <= last.end().saturating_add(1) => {
                    *last = *last.start()..=*last.end().max(range.end());
                }
                _ => merged.push(range),
            }
        }
        Kept::Clients(merged)
    }
}

/// Which way a message goes between two roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hop {
    /// Server to client.
    Down,
    /// Client to its critic or actor: the local twin of what came down, or from another client.
    Hand,
    /// Critic or actor to its client: the local twin of what goes up, or to another client.
    Return,
    /// Client to server.
    Up,
    /// The server's note to itself.
    Note,
    /// Client to client.
    Peer,
}

impl Hop {
    /// All hops, by number.
    pub const ALL: [Hop; 6] = [Hop::Down, Hop::Hand, Hop::Return, Hop::Up, Hop::Note, Hop::Peer];

    /// The hop of a message, and the clients at its ends: [`Event::from`], [`Event::to`].
    fn of(header: &Header) -> (Hop, u32, u32) {
        match (header.from, header.to) {
            (Address::Server, Address::Client(m)) => (Hop::Down, 0, m),
            (Address::Client(m), Address::Critic(w) | Address::Actor(w)) => (Hop::Hand, m, w),
            (Address::Critic(w) | Address::Actor(w), Address::Client(m)) => (Hop::Return, w, m),
            (Address::Client(m), Address::Server) => (Hop::Up, m, 0),
            (Address::Client(m), Address::Client(n)) => (Hop::Peer, m, n),
            (Address::Server, Address::Server) => (Hop::Note, 0, 0),
            // A wire lets no such message pass.
            (Address::Server, Address::Critic(w) | Address::Actor(w)) => (Hop::Down, 0, w),
            (
                Address::Critic(w) | Address::Actor(w),
                Address::Server | Address::Critic(_) | Address::Actor(_),
            ) => (Hop::Return, w, w),
        }
    }
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was delivered.
    Delivered,
    /// It was lost on the way.
    Dropped,
}

impl Fate {
    /// All fates, by number.
    pub const ALL: [Fate; 2] = [Fate::Delivered, Fate::Dropped];
}

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Digest of its body: [`super::body_digest`].
    pub digest: u64,
    /// The client it came from, or whose critic or actor did; 0 where it is the server's.
    pub from: u32,
    /// The client it went to, or whose critic or actor it did; 0 where it is for the server.
    pub to: u32,
    /// Which of the shapes that stand beside the events.
    pub shape: u16,
    /// Between whom.
    pub hop: Hop,
    /// What became of it.
    pub fate: Fate,
}

impl Event {
    /// The client among whose events it stands: the sender, or the receiver of what the server sends; 0 for
    /// the server's note.
    pub fn client(&self) -> u32 {
        match self.hop {
            Hop::Down | Hop::Hand => self.to,
            Hop::Return | Hop::Up | Hop::Peer => self.from,
            Hop::Note => 0,
        }
    }

    /// Whether its ends are such as its hop has.
    pub(super) fn has_ends_of_its_hop(&self) -> bool {
        match self.hop {
            Hop::Down => self.from == 0,
            Hop::Hand | Hop::Return => self.from == self.to,
            Hop::Up => self.to == 0,
            Hop::Note => (self.from, self.to) == (0, 0),
            Hop::Peer => true,
        }
    }

    /// Who sent it to whom, and when. `shape` is the event's.
    pub fn header(&self, shape: &Shape) -> Header {
        let &Shape { kind, place, .. } = shape;
        let (from, to) = match self.hop {
            Hop::Down => (Address::Server, Address::Client(self.to)),
            Hop::Hand => (Address::Client(self.from), place.phase.worker(self.to)),
            Hop::Return => (place.phase.worker(self.from), Address::Client(self.to)),
            Hop::Up => (Address::Client(self.from), Address::Server),
            Hop::Note => (Address::Server, Address::Server),
            Hop::Peer => (Address::Client(self.from), Address::Client(self.to)),
        };
        Header { from, to, place, kind }
    }
}

/// What messages of one sort have in common: enough to count their floats and bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Number of the kind.
    pub kind: u16,
    /// The barrier that they open or close.
    pub place: Place,
    /// Lengths of the vectors, in the kind's order.
    pub lengths: Vec<u32>,
    /// Lengths of the vectors of integers, likewise.
    pub integers: Vec<u32>,
}

/// The events of some messages, in logical order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// One per message.
    pub events: Vec<Event>,
    /// What the events refer to.
    pub shapes: Vec<Shape>,
    /// What messages carried, by digest.
    pub blobs: Vec<Blob>,
}

/// What a message carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Its digest.
    pub digest: u64,
    /// The body, encoded.
    pub bytes: Vec<u8>,
}

impl Blob {
    fn new(digest: u64, body: &Body) -> Self {
        // What passes the wire is far below the limit of a frame, which the wire check would find.
        Blob { digest, bytes: crate::codec::encode_body(body).unwrap_or_default() }
    }
}

impl Events {
    /// Each message with what it has in common with others.
    ///
    /// # Panics
    /// Where an event refers to a shape that is not there, which no chunk that was read does.
    pub fn messages(&self) -> impl Iterator<Item = (&Event, &Shape)> {
        self.events.iter().map(|event| (event, &self.shapes[usize::from(event.shape)]))
    }

    /// The number of a message's shape; added if it is new.
    fn shape(&mut self, header: &Header, body: &Body) -> u16 {
        match body {
            Body::Sync(sent) => self.shape_of(
                header,
                sent.vectors.iter().map(|vector| vector.values.len()),
                sent.integers.iter().map(|vector| vector.values.len()),
            ),
            Body::LocalStepsDone { vectors, integers, .. } => {
                self.shape_of(header, vectors.iter().map(Vec::len), integers.iter().map(Vec::len))
            }
            Body::Letter(letter) => self.shape_of(
                header,
                letter.vectors.iter().map(|vector| vector.len()),
                letter.integers.iter().map(|vector| vector.len()),
            ),
            Body::Barrier { .. } => self.shape_of(header, std::iter::empty(), std::iter::empty()),
        }
    }

    fn shape_of(
        &mut self,
        header: &Header,
        lengths: impl ExactSizeIterator<Item = usize> + Clone,
        integers: impl ExactSizeIterator<Item = usize> + Clone,
    ) -> u16 {
        let &Header { kind, place, .. } = header;
        let same = |shape: &Shape| {
            (shape.kind, shape.place) == (kind, place)
                && shape.lengths.iter().map(|&length| length as usize).eq(lengths.clone())
                && shape.integers.iter().map(|&length| length as usize).eq(integers.clone())
        };
        // A message and its local twin, most often.
        let last = self.events.last().map(|event| event.shape);
        if let Some(last) = last.filter(|&last| same(&self.shapes[usize::from(last)])) {
            return last;
        }
        match self.shapes.iter().position(same) {
            Some(number) => number as u16,
            None => {
                let lengths = lengths.clone().map(|length| length as u32).collect();
                let integers = integers.clone().map(|length| length as u32).collect();
                self.add_shape(Shape { kind, place, lengths, integers })
            }
        }
    }

    fn add_shape(&mut self, shape: Shape) -> u16 {
        self.shapes.push(shape);
        u16::try_from(self.shapes.len() - 1).expect("messages of a turn have few shapes")
    }

    /// Appends other events, whose shapes get numbers of these.
    pub(crate) fn append(&mut self, mut other: Events) {
        let numbers: Vec<u16> = std::mem::take(&mut other.shapes)
            .into_iter()
            .map(|shape| match self.shapes.iter().position(|known| *known == shape) {
                Some(number) => number as u16,
                None => self.add_shape(shape),
            })
            .collect();
        let renumbered = |event: &Event| Event { shape: numbers[usize::from(event.shape)], ..*event };
        self.events.extend(other.events.iter().map(renumbered));
        self.blobs.append(&mut other.blobs);
    }
}

impl Events {
    /// The events of a whole turn that were written down on several wires, in logical order and by block.
    ///
    /// Client after client; of a client, the letters that it is handed, then what comes down broadcast
    /// after broadcast, and after the broadcast that asks for them the reply, the letters that are written,
    /// and those that go out.
    pub(crate) fn by_block(mut self, sent: &[Arc<Broadcast>], kinds: &[Kind], clients: u32) -> Vec<Events> {
        let after_all = sent.len();
        let broadcast_of = |shape: &Shape| {
            let like = |sent: &Arc<Broadcast>| (sent.kind, sent.place) == (shape.kind, shape.place);
            sent.iter().position(like).unwrap_or(after_all)
        };
        let asking = sent.iter().position(|sent| sent.order.steps > 0).unwrap_or(after_all);
        // What goes on one hop at one stage was written down in its order, and each message stands before
        // its twin.
        let mut numbers: BTreeMap<(u32, usize, Hop), usize> = BTreeMap::new();
        let mut place = |event: &Event| {
            let shape = &self.shapes[usize::from(event.shape)];
            let is_letter = kinds.get(usize::from(shape.kind)).is_some_and(|kind| kind.route == Route::Peer);
            let stage = match event.hop {
                Hop::Hand if is_letter => 0,
                Hop::Down | Hop::Hand => 1 + 4 * broadcast_of(shape),
                Hop::Return if is_letter => 3 + 4 * asking,
                Hop::Return | Hop::Up | Hop::Note => 2 + 4 * asking,
                Hop::Peer => 4 + 4 * asking,
            };
            let next = numbers.entry((event.client(), stage, event.hop)).or_default();
            let number = *next;
            // What is lost on the way down has no twin.
            *next += usize::from((event.hop, event.fate) != (Hop::Down, Fate::Dropped));
            (event.client(), stage, number, event.hop)
        };
        let mut placed: Vec<_> = self.events.iter().map(|event| (place(event), *event)).collect();
        placed.sort_by_key(|&(place, _)| place);
        self.events = placed.into_iter().map(|(_, event)| event).collect();
        let mut blobs: BTreeMap<u64, Vec<Blob>> = BTreeMap::new();
        for blob in self.blobs {
            blobs.entry(blob.digest).or_default().push(blob);
        }
        let returned: BTreeSet<u64> =
            self.events.iter().filter(|event| event.hop == Hop::Return).map(|event| event.digest).collect();
        let mut rest = self.events.as_slice();
        (0..block_count(clients))
            .map(|block| {
                let end = rest.partition_point(|event| event.client() < block_of(clients, block).end);
                let (events, later) = rest.split_at(end);
                rest = later;
                // Those of replies and letters lie where their first message is; what was changed on its
                // way, where it was.
                let first = |event: &&Event| event.hop == Hop::Return || !returned.contains(&event.digest);
                let first = events.iter().filter(first);
                let blobs = first.filter_map(|event| blobs.get_mut(&event.digest)?.pop()).collect();
                let mut ordered = Events::default();
                ordered.append(Events { events: events.to_vec(), shapes: self.shapes.clone(), blobs });
                ordered.without_unused_shapes()
            })
            .collect()
    }

    /// Shapes in the order of their first use, and no others.
    fn without_unused_shapes(mut self) -> Events {
        let shapes = std::mem::take(&mut self.shapes);
        let mut numbers = vec![None; shapes.len()];
        for event in &mut self.events {
            let old = usize::from(event.shape);
            event.shape = *numbers[old].get_or_insert_with(|| {
                self.shapes.push(shapes[old].clone());
                self.shapes.len() as u16 - 1
            });
        }
        self
    }
}

/// Writes down what passes one wire.
#[derive(Clone, Debug)]
pub(crate) struct Tape {
    /// Merged.
    keep: Option<Arc<Kept>>,
    events: Events,
}

impl Tape {
    /// A tape at a level above [`Level::Rounds`]; `keep` says whose replies are kept, if any are, in merged
    /// ranges.
    pub(crate) fn new(keep: Option<Arc<Kept>>) -> Self {
        Tape { keep, events: Events::default() }
    }

    /// Writes down a message whose numbers are new, and returns its digest.
    pub(crate) fn write(&mut self, header: &Header, body: &Body, fate: Fate) -> u64 {
        let digest = digest::of_body(body);
        let event = self.write_again(header, body, digest, fate);
        let kept = |keep: &Kept| match body {
            Body::LocalStepsDone { .. } | Body::Letter(_) => keep.contains_merged(event.client()),
            Body::Sync(_) | Body::Barrier { .. } => true,
        };
        if self.keep.as_deref().is_some_and(kept) {
            self.events.blobs.push(Blob::new(digest, body));
        }
        digest
    }

    /// Writes down a message whose numbers have passed a wire before, with this digest.
    pub(crate) fn write_again(&mut self, header: &Header, body: &Body, digest: u64, fate: Fate) -> Event {
        let (hop, from, to) = Hop::of(header);
        let event = Event { digest, from, to, shape: self.events.shape(header, body), hop, fate };
        self.events.events.push(event);
        event
    }

    /// The digest of what the server is about to send, and where it is kept, what it is.
    pub(crate) fn announce(&self, body: &Body) -> (u64, Option<Blob>) {
        let digest = digest::of_body(body);
        (digest, self.keep.is_some().then(|| Blob::new(digest, body)))
    }

    /// What was written since the last time.
    pub(crate) fn take(&mut self) -> Events {
        std::mem::take(&mut self.events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_ranges_hold_the_same_clients_and_are_apart() {
        let of = |ranges: &[(u32, u32)]| Kept::Clients(ranges.iter().map(|&(a, b)| a..=b).collect());
        for ranges in [
            &[][..],
            &[(3, 5), (4, 9), (11, 11), (10, 10), (2, 1)],
            &[(7, 7); 100],
            &[(u32::MAX, u32::MAX), (0, 0), (5, u32::MAX), (9, 8)],
        ] {
            let (kept, merged) = (of(ranges), of(ranges).merged());
            for m in (0..20).chain([u32::MAX - 1, u32::MAX]) {
                assert_eq!(merged.contains_merged(m), kept.contains(m), "{ranges:?}: {m}");
            }
            let Kept::Clients(merged) = merged else { panic!("{ranges:?}") };
            assert!(merged.windows(2).all(|pair| *pair[0].end() < *pair[1].start() - 1), "{merged:?}");
        }
    }
}
