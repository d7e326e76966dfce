//! What a wire writes down: one event per message, with the digest of what it carried; where asked, what it carried.

use super::digest;
use crate::{Address, Body, Broadcast, Header, Phase, Scan, Turn, block_count, block_of};
use std::collections::BTreeMap;
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

/// The clients whose replies are kept whole at [`Level::Full`]. What the server sends is always kept: it is the same for all.
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

    /// The same clients in as few ranges as there can be, ascending: a file may name one client any number of times.
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
    /// Client to its critic or actor: the local twin of what came down.
    Hand,
    /// Critic or actor to its client: the local twin of what goes up.
    Return,
    /// Client to server.
    Up,
    /// The server's note to itself.
    Note,
}

impl Hop {
    /// All hops, by number.
    pub const ALL: [Hop; 5] = [Hop::Down, Hop::Hand, Hop::Return, Hop::Up, Hop::Note];

    fn of(header: &Header) -> (Hop, u32) {
        match (header.from, header.to) {
            (Address::Server, Address::Client(m)) => (Hop::Down, m),
            (Address::Client(m), Address::Critic(_) | Address::Actor(_)) => (Hop::Hand, m),
            (Address::Critic(m) | Address::Actor(m), _) => (Hop::Return, m),
            (Address::Client(m), _) => (Hop::Up, m),
            (Address::Server, _) => (Hop::Note, 0),
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
    /// The client it went to or came from; 0 for the server's note.
    pub client: u32,
    /// Which of the shapes that stand beside the events.
    pub shape: u16,
    /// Between whom.
    pub hop: Hop,
    /// What became of it.
    pub fate: Fate,
}

impl Event {
    /// Who sent it to whom, and when. `shape` is the event's.
    pub fn header(&self, shape: &Shape) -> Header {
        let &Shape { kind, round, phase, sync, .. } = shape;
        let (client, worker) = (Address::Client(self.client), phase.worker(self.client));
        let (from, to) = match self.hop {
            Hop::Down => (Address::Server, client),
            Hop::Hand => (client, worker),
            Hop::Return => (worker, client),
            Hop::Up => (client, Address::Server),
            Hop::Note => (Address::Server, Address::Server),
        };
        Header { from, to, round, phase, sync, kind }
    }
}

/// What messages of one sort have in common: enough to count their floats and bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Number of the kind.
    pub kind: u16,
    /// Outer round.
    pub round: u32,
    /// Phase.
    pub phase: Phase,
    /// Barrier within (round, phase).
    pub sync: u32,
    /// Lengths of the vectors, in the kind's order.
    pub lengths: Vec<u32>,
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
    fn shape(&mut self, header: &Header, lengths: impl ExactSizeIterator<Item = usize> + Clone) -> u16 {
        let &Header { kind, round, phase, sync, .. } = header;
        let same = |shape: &Shape| {
            (shape.kind, shape.round, shape.phase, shape.sync) == (kind, round, phase, sync)
                && shape.lengths.len() == lengths.len()
                && shape.lengths.iter().zip(lengths.clone()).all(|(&known, length)| known as usize == length)
        };
        match self.shapes.iter().position(same) {
            Some(number) => number as u16,
            None => {
                let lengths = lengths.clone().map(|length| length as u32).collect();
                self.add_shape(Shape { kind, round, phase, sync, lengths })
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
    /// Client after client; of a client, what comes down broadcast after broadcast, and the reply after the broadcast that
    /// orders it.
    pub(crate) fn by_block(mut self, turn: &Turn, clients: u32) -> Vec<Events> {
        let broadcast_of = |kind: u16| turn.broadcasts.iter().position(|sent| sent.kind == kind);
        let ordering = turn.broadcasts.iter().position(|sent| sent.order.steps > 0);
        let after_all = turn.broadcasts.len();
        let place = |event: &Event| {
            let broadcast = match event.hop {
                Hop::Down | Hop::Hand => broadcast_of(self.shapes[usize::from(event.shape)].kind),
                Hop::Return | Hop::Up | Hop::Note => ordering,
            };
            (event.client, broadcast.unwrap_or(after_all), event.hop)
        };
        self.events.sort_by_key(place);
        let mut blobs: BTreeMap<u64, Vec<Blob>> = BTreeMap::new();
        for blob in self.blobs {
            blobs.entry(blob.digest).or_default().push(blob);
        }
        let mut rest = self.events.as_slice();
        (0..block_count(clients))
            .map(|block| {
                let end = rest.partition_point(|event| event.client < block_of(clients, block).end);
                let (events, later) = rest.split_at(end);
                rest = later;
                // Those of replies lie where their first message is.
                let first = events.iter().filter(|event| event.hop == Hop::Return);
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
    /// Digests of the broadcasts of this turn; holding them keeps their addresses from meaning anything else.
    known: Vec<(Arc<Broadcast>, u64)>,
    /// Address and digest of the reply that is being delivered, for its twin.
    under_way: Option<(usize, u64)>,
}

/// Broadcasts whose digests are remembered: more than a turn has.
const KNOWN_MAX: usize = 8;

impl Tape {
    /// A tape at a level above [`Level::Rounds`]; `keep` says whose replies are kept, if any are, in merged ranges.
    pub(crate) fn new(keep: Option<Arc<Kept>>) -> Self {
        Tape { keep, events: Events::default(), known: Vec::new(), under_way: None }
    }

    /// Writes down a message.
    pub(crate) fn write(&mut self, header: &Header, body: &Body, scan: Scan<'_>, fate: Fate) {
        let (hop, client) = Hop::of(header);
        let digest = self.digest(body, scan);
        let shape = match body {
            Body::Sync(sent) => self.events.shape(header, sent.vectors.iter().map(|v| v.values.len())),
            Body::LocalStepsDone { vectors, .. } => self.events.shape(header, vectors.iter().map(Vec::len)),
            Body::Aggregated { .. } => self.events.shape(header, std::iter::empty::<usize>()),
        };
        self.events.events.push(Event { digest, client, shape, hop, fate });
        // Of a reply, the first of the two messages; of a broadcast, whose blob the server has given, none that is like it.
        if let Some(keep) = &self.keep {
            let new = match body {
                Body::Sync(sent) => !self.known.iter().any(|(known, _)| Arc::ptr_eq(known, sent)),
                Body::LocalStepsDone { .. } => scan != Scan::Seen && keep.contains_merged(client),
                Body::Aggregated { .. } => true,
            };
            if new {
                self.events.blobs.push(Blob::new(digest, body));
            }
        }
    }

    /// The server starts sending a broadcast: its digest is taken once, and it is kept once.
    pub(crate) fn fan_out(&mut self, broadcast: &Arc<Broadcast>) -> Option<Blob> {
        let digest = self.know(broadcast);
        let keep = self.keep.is_some();
        keep.then(|| Blob::new(digest, &Body::Sync(Arc::clone(broadcast))))
    }

    /// A turn begins on this thread: these broadcasts will pass, of which each has one digest.
    pub(crate) fn know(&mut self, broadcast: &Arc<Broadcast>) -> u64 {
        if let Some((_, digest)) = self.known.iter().find(|(known, _)| Arc::ptr_eq(known, broadcast)) {
            return *digest;
        }
        if self.known.len() == KNOWN_MAX {
            self.known.remove(0);
        }
        let digest = digest::of_body(&Body::Sync(Arc::clone(broadcast)));
        self.known.push((Arc::clone(broadcast), digest));
        digest
    }

    /// A message with new numbers is delivered from here on, and with it its twin, which has the same.
    pub(crate) fn begin_delivery(&mut self, body: &Body) {
        if let (Body::LocalStepsDone { .. }, Some(event)) = (body, self.events.events.last()) {
            self.under_way = Some((std::ptr::from_ref(body) as usize, event.digest));
        }
    }

    pub(crate) fn end_delivery(&mut self) {
        self.under_way = None;
    }

    /// What was written since the last time.
    pub(crate) fn take(&mut self) -> Events {
        std::mem::take(&mut self.events)
    }

    fn digest(&self, body: &Body, scan: Scan<'_>) -> u64 {
        match body {
            Body::Sync(sent) => {
                let known = self.known.iter().find(|(known, _)| Arc::ptr_eq(known, sent));
                known.map_or_else(|| digest::of_body(body), |(_, digest)| *digest)
            }
            _ => match self.under_way {
                Some((address, digest))
                    if scan == Scan::Seen && address == std::ptr::from_ref(body) as usize =>
                {
                    digest
                }
                _ => digest::of_body(body),
            },
        }
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
