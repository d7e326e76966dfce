//! What a wire writes down: one event per message, with the digest of what it carried; where asked, what it
//! carried.

use super::digest;
use crate::{Address, Body, Broadcast, Header, KIND_BARRIER, Kind, Place, Route, block_count, block_of};
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
    pub shape: u32,
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
        self.events.iter().map(|event| (event, &self.shapes[event.shape as usize]))
    }

    /// The same events in parts that have at most so many shapes each: in one, most often.
    pub(super) fn in_parts(self, shapes_max: usize) -> Vec<Events> {
        if self.shapes.len() <= shapes_max {
            return vec![self];
        }
        let (mut parts, mut part) = (Vec::new(), Events { blobs: self.blobs, ..Events::default() });
        let mut numbers: Vec<Option<u32>> = vec![None; self.shapes.len()];
        for event in self.events {
            let shape = event.shape as usize;
            if numbers[shape].is_none() && part.shapes.len() == shapes_max {
                parts.push(std::mem::take(&mut part));
                numbers.fill(None);
            }
            let number = *numbers[shape].get_or_insert_with(|| {
                part.shapes.push(self.shapes[shape].clone());
                part.shapes.len() as u32 - 1
            });
            part.events.push(Event { shape: number, ..event });
        }
        parts.push(part);
        parts
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
            let shape = &self.shapes[event.shape as usize];
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
                Events { events: events.to_vec(), shapes: self.shapes.clone(), blobs }.without_unused_shapes()
            })
            .collect()
    }

    /// Shapes in the order of their first use, and no others.
    fn without_unused_shapes(mut self) -> Events {
        let shapes = std::mem::take(&mut self.shapes);
        let mut numbers = vec![None; shapes.len()];
        for event in &mut self.events {
            let old = event.shape as usize;
            event.shape = *numbers[old].get_or_insert_with(|| {
                self.shapes.push(shapes[old].clone());
                self.shapes.len() as u32 - 1
            });
        }
        self
    }
}

impl Shape {
    fn of(header: &Header, body: &Body) -> Shape {
        fn lengths<T>(vectors: &[T], length: impl Fn(&T) -> usize) -> Vec<u32> {
            vectors.iter().map(|vector| length(vector) as u32).collect()
        }
        let (lengths, integers) = match body {
            Body::Sync(sent) => (
                lengths(&sent.vectors, |vector| vector.values.len()),
                lengths(&sent.integers, |vector| vector.values.len()),
            ),
            Body::LocalStepsDone { vectors, integers, .. } => {
                (lengths(vectors, Vec::len), lengths(integers, Vec::len))
            }
            Body::Letter(letter) => (
                lengths(&letter.vectors, |vector| vector.len()),
                lengths(&letter.integers, |vector| vector.len()),
            ),
            Body::Barrier { .. } => (Vec::new(), Vec::new()),
        };
        Shape { kind: header.kind, place: header.place, lengths, integers }
    }

    /// Whether it is the shape of this message.
    #[inline]
    fn is_of(&self, header: &Header, body: &Body) -> bool {
        #[inline]
        fn same<T>(lengths: &[u32], vectors: &[T], length: impl Fn(&T) -> usize) -> bool {
            lengths.len() == vectors.len()
                && lengths.iter().zip(vectors).all(|(&known, vector)| known as usize == length(vector))
        }
        self.kind == header.kind
            && self.place == header.place
            && match body {
                Body::Sync(sent) => {
                    same(&self.lengths, &sent.vectors, |vector| vector.values.len())
                        && same(&self.integers, &sent.integers, |vector| vector.values.len())
                }
                Body::LocalStepsDone { vectors, integers, .. } => {
                    same(&self.lengths, vectors, Vec::len) && same(&self.integers, integers, Vec::len)
                }
                Body::Letter(letter) => {
                    same(&self.lengths, &letter.vectors, |vector| vector.len())
                        && same(&self.integers, &letter.integers, |vector| vector.len())
                }
                Body::Barrier { .. } => self.lengths.is_empty() && self.integers.is_empty(),
            }
    }
}

/// Events that come by and by, each shape once and in the order of their first use.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gathered {
    events: Events,
    /// Numbers of shapes, once there are more than a [`FEW`].
    numbers: BTreeMap<Shape, u32>,
}

/// So many shapes are looked through; among more, one is looked up.
const FEW: usize = 16;

impl Gathered {
    pub(super) fn events(&self) -> &Events {
        &self.events
    }

    /// What has come since the last time.
    pub(crate) fn take(&mut self) -> Events {
        self.numbers.clear();
        // What comes next is about as much, most often.
        let events = Vec::with_capacity(self.events.events.len());
        std::mem::replace(&mut self.events, Events { events, ..Events::default() })
    }

    /// Appends other events, whose shapes get numbers of these.
    pub(crate) fn append(&mut self, other: Events) {
        let numbers: Vec<u32> = other.shapes.into_iter().map(|shape| self.number(shape)).collect();
        let renumbered = |event: &Event| Event { shape: numbers[event.shape as usize], ..*event };
        self.events.events.extend(other.events.iter().map(renumbered));
        self.events.blobs.extend(other.blobs);
    }

    /// The number of a shape, which is added if it is new.
    fn number(&mut self, shape: Shape) -> u32 {
        let shapes = &mut self.events.shapes;
        let known = if shapes.len() <= FEW {
            shapes.iter().position(|known| *known == shape).map(|number| number as u32)
        } else {
            for (number, shape) in shapes.iter().enumerate().skip(self.numbers.len()) {
                self.numbers.insert(shape.clone(), number as u32);
            }
            self.numbers.get(&shape).copied()
        };
        known.unwrap_or_else(|| {
            shapes.push(shape);
            shapes.len() as u32 - 1
        })
    }
}

/// Writes down what passes one wire.
#[derive(Clone, Debug)]
pub(crate) struct Tape {
    /// Merged.
    keep: Option<Arc<Kept>>,
    gathered: Gathered,
    /// By kind, the number of the last message's shape: the next one has it too, most often.
    last: Vec<u32>,
}

impl Tape {
    /// A tape at a level above [`Level::Rounds`]; `keep` says whose replies are kept, if any are, in merged
    /// ranges.
    pub(crate) fn new(keep: Option<Arc<Kept>>) -> Self {
        Tape { keep, gathered: Gathered::default(), last: Vec::new() }
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
            self.gathered.events.blobs.push(Blob::new(digest, body));
        }
        digest
    }

    /// Writes down a message whose numbers have passed a wire before, with this digest.
    pub(crate) fn write_again(&mut self, header: &Header, body: &Body, digest: u64, fate: Fate) -> Event {
        let (hop, from, to) = Hop::of(header);
        let event = Event { digest, from, to, shape: self.shape(header, body), hop, fate };
        self.gathered.events.events.push(event);
        event
    }

    /// The number of a message's shape.
    #[inline]
    fn shape(&mut self, header: &Header, body: &Body) -> u32 {
        if let Some(&last) = self.last.get(usize::from(header.kind))
            && let Some(shape) = self.gathered.events.shapes.get(last as usize)
            && shape.is_of(header, body)
        {
            return last;
        }
        self.another_shape(header, body)
    }

    #[cold]
    fn another_shape(&mut self, header: &Header, body: &Body) -> u32 {
        let few = self.gathered.events.shapes.iter().take(FEW);
        let known = few.clone().position(|shape| shape.is_of(header, body));
        let number = match known {
            Some(number) => number as u32,
            None => self.gathered.number(Shape::of(header, body)),
        };
        // Notes have no kind of an algorithm's, and there is one to a barrier.
        if header.kind != KIND_BARRIER {
            let kind = usize::from(header.kind);
            if self.last.len() <= kind {
                self.last.resize(kind + 1, 0);
            }
            self.last[kind] = number;
        }
        number
    }

    /// The digest of what the server is about to send, and where it is kept, what it is.
    pub(crate) fn announce(&self, body: &Body) -> (u64, Option<Blob>) {
        let digest = digest::of_body(body);
        (digest, self.keep.is_some().then(|| Blob::new(digest, body)))
    }

    /// What was written since the last time.
    pub(crate) fn take(&mut self) -> Events {
        self.gathered.take()
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
