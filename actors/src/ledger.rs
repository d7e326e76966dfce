//! The ledger: what passed the wire, counted. Only [`crate::Wire`] fills it.

use crate::message::{Body, Kind, Phase, Route};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Between whom a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Server and client, or two clients: communication.
    Wire,
    /// A client and its own critic or actor: not communication.
    Local,
}

/// Messages of one kind, added up. The sender is charged, once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Number of messages.
    pub messages: u64,
    /// Floats they carried, by place in [`Kind::vectors`].
    pub floats: Vec<u64>,
    /// Integers they carried, by place in [`Kind::integers`].
    pub integers: Vec<u64>,
    /// Lengths of their encoded frames.
    pub wire_bytes: u64,
}

impl Tally {
    /// A tally of messages with so many vectors of floats and of integers.
    pub fn of(vectors: usize, integers: usize) -> Self {
        Tally { floats: vec![0; vectors], integers: vec![0; integers], ..Tally::default() }
    }

    /// All floats, whatever their name.
    pub fn all_floats(&self) -> u64 {
        self.floats.iter().fold(0, |sum, floats| sum.saturating_add(*floats))
    }

    /// All integers, whatever their name.
    pub fn all_integers(&self) -> u64 {
        self.integers.iter().fold(0, |sum, integers| sum.saturating_add(*integers))
    }

    /// Eight bytes per number.
    pub fn payload_bytes(&self) -> u64 {
        self.all_floats().saturating_add(self.all_integers()).saturating_mul(8)
    }

    /// Adds another tally. What a file has counted may be anything, so sums stop at the largest number.
    pub fn add(&mut self, other: &Tally) {
        self.messages = self.messages.saturating_add(other.messages);
        self.wire_bytes = self.wire_bytes.saturating_add(other.wire_bytes);
        add_counts(&mut self.floats, &other.floats);
        add_counts(&mut self.integers, &other.integers);
    }

    fn clear(&mut self) {
        (self.messages, self.wire_bytes) = (0, 0);
        self.floats.fill(0);
        self.integers.fill(0);
    }
}

/// Adds counts by place; a list that is shorter counts nothing at the places that it does not have.
pub(crate) fn add_counts(sums: &mut Vec<u64>, others: &[u64]) {
    if sums.len() < others.len() {
        sums.resize(others.len(), 0);
    }
    for (sum, other) in sums.iter_mut().zip(others) {
        *sum = sum.saturating_add(*other);
    }
}

/// Messages of several kinds, added up, whatever their vectors are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// Number of messages.
    pub messages: u64,
    /// Floats that the messages carried.
    pub floats: u64,
    /// Integers that the messages carried.
    pub integers: u64,
    /// Lengths of their encoded frames.
    pub wire_bytes: u64,
}

impl Total {
    /// Adds messages of a kind.
    pub fn add(&mut self, tally: &Tally) {
        self.messages = self.messages.saturating_add(tally.messages);
        self.floats = self.floats.saturating_add(tally.all_floats());
        self.integers = self.integers.saturating_add(tally.all_integers());
        self.wire_bytes = self.wire_bytes.saturating_add(tally.wire_bytes);
    }

    /// Eight bytes per number.
    pub fn payload_bytes(&self) -> u64 {
        self.floats.saturating_add(self.integers).saturating_mul(8)
    }
}

/// What a local phase did, as the learner reports it through the side door: it costs no message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Local steps taken.
    pub local_steps: u64,
    /// Trajectories sampled.
    pub trajectories: u64,
    /// Environment steps taken.
    pub environment_steps: u64,
}

impl Effort {
    /// Adds another effort.
    pub fn add(&mut self, other: &Effort) {
        self.local_steps += other.local_steps;
        self.trajectories += other.trajectories;
        self.environment_steps += other.environment_steps;
    }
}

/// Everything that is counted in a run. Sums of integers: the order of adding does not matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    kinds: Arc<[Kind]>,
    /// Messages on the wire, by the kind's number.
    wire: Vec<Tally>,
    local: Vec<Tally>,
    notes: Tally,
    /// Barriers, by the phase's number.
    barriers: [u64; 2],
    broadcasts: u64,
    effort: [Effort; 2],
    /// What the server does that costs, by name, and how much of it was done.
    server_work: Vec<(&'static str, u64)>,
}

impl Ledger {
    /// An empty ledger for these kinds.
    pub fn new(kinds: Arc<[Kind]>) -> Self {
        let empty: Vec<Tally> =
            kinds.iter().map(|kind| Tally::of(kind.vectors.len(), kind.integers.len())).collect();
        Ledger {
            wire: empty.clone(),
            local: empty,
            kinds,
            notes: Tally::default(),
            barriers: [0; 2],
            broadcasts: 0,
            effort: [Effort::default(); 2],
            server_work: Vec::new(),
        }
    }

    /// The same ledger, which also counts what the server does under these names.
    pub fn with_server_work(self, names: &[&'static str]) -> Self {
        Ledger { server_work: names.iter().map(|&name| (name, 0)).collect(), ..self }
    }

    /// The ledger that a snapshot has; `None` where that is of other kinds, or has counted further than any
    /// run comes, so that going on would overflow.
    pub(crate) fn restore(kinds: Arc<[Kind]>, counters: &Counters) -> Option<Self> {
        let mut ledger = Ledger::new(kinds);
        let like = |these: &[Tally], those: &[Tally]| {
            let form = |tally: &Tally| (tally.floats.len(), tally.integers.len());
            these.iter().map(form).eq(those.iter().map(form))
        };
        if !like(&counters.wire, &ledger.wire) || !like(&counters.local, &ledger.local) {
            return None;
        }
        if counters.all().any(|count| count > COUNT_MAX) {
            return None;
        }
        ledger.wire.clone_from(&counters.wire);
        ledger.local.clone_from(&counters.local);
        ledger.notes.clone_from(&counters.notes);
        ledger.barriers = counters.barriers;
        ledger.broadcasts = counters.broadcasts;
        ledger.effort = counters.effort.map(|[local_steps, trajectories, environment_steps]| Effort {
            local_steps,
            trajectories,
            environment_steps,
        });
        Some(ledger)
    }

    /// The kinds, by number.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Messages of a kind on a link.
    pub fn tally(&self, link: Link, kind: usize) -> &Tally {
        match link {
            Link::Wire => &self.wire[kind],
            Link::Local => &self.local[kind],
        }
    }

    /// Messages on a link that satisfy a condition on their kind.
    pub fn total(&self, link: Link, select: impl Fn(&Kind) -> bool) -> Total {
        let mut sum = Total::default();
        for (number, kind) in self.kinds.iter().enumerate() {
            if select(kind) {
                sum.add(self.tally(link, number));
            }
        }
        sum
    }

    /// Messages that are communication, by the way that they go.
    pub fn route(&self, route: Route) -> Total {
        self.total(Link::Wire, |kind| kind.route == route)
    }

    /// Floats of a name that were communicated on a route.
    pub fn floats(&self, route: Route, name: &str) -> u64 {
        self.named(route, |kind, tally| of_name(kind.vectors, &tally.floats, name))
    }

    /// Integers of a name that were communicated on a route.
    pub fn integers(&self, route: Route, name: &str) -> u64 {
        self.named(route, |kind, tally| of_name(kind.integers, &tally.integers, name))
    }

    fn named(&self, route: Route, count: impl Fn(&Kind, &Tally) -> u64) -> u64 {
        let counted = self.kinds.iter().zip(&self.wire).filter(|(kind, _)| kind.route == route);
        counted.map(|(kind, tally)| count(kind, tally)).sum()
    }

    /// The server's notes of barriers.
    pub fn notes(&self) -> &Tally {
        &self.notes
    }

    /// Barriers closed in a phase.
    pub fn barriers(&self, phase: Phase) -> u64 {
        self.barriers[usize::from(phase.number())]
    }

    /// Fan-outs without a barrier before them.
    pub fn broadcasts(&self) -> u64 {
        self.broadcasts
    }

    /// Local steps, trajectories and environment steps of all clients in a phase.
    pub fn effort(&self, phase: Phase) -> &Effort {
        &self.effort[usize::from(phase.number())]
    }

    /// What the server has done that costs, by the names and in the order of
    /// [`Algorithm::server_work`](crate::Algorithm::server_work). It is no communication.
    pub fn server_work(&self) -> &[(&'static str, u64)] {
        &self.server_work
    }

    /// Adds another ledger of the same kinds.
    pub fn add(&mut self, other: &Ledger) {
        debug_assert_eq!(self.kinds, other.kinds);
        for ((_, sum), (_, done)) in self.server_work.iter_mut().zip(&other.server_work) {
            *sum = sum.saturating_add(*done);
        }
        for (sum, tally) in self.wire.iter_mut().zip(&other.wire) {
            sum.add(tally);
        }
        for (sum, tally) in self.local.iter_mut().zip(&other.local) {
            sum.add(tally);
        }
        self.notes.add(&other.notes);
        self.broadcasts += other.broadcasts;
        for phase in 0..2 {
            self.barriers[phase] += other.barriers[phase];
            self.effort[phase].add(&other.effort[phase]);
        }
    }

    /// What was counted since the last time, leaving an empty ledger.
    pub fn take(&mut self) -> Ledger {
        let taken = self.clone();
        self.wire.iter_mut().chain(&mut self.local).for_each(Tally::clear);
        self.notes.clear();
        self.server_work.iter_mut().for_each(|(_, done)| *done = 0);
        (self.barriers, self.broadcasts, self.effort) = Default::default();
        taken
    }

    #[inline(always)]
    pub(crate) fn count_message(&mut self, link: Link, kind: usize, body: &Body, wire_bytes: u64) {
        let tally = match link {
            Link::Wire => &mut self.wire[kind],
            Link::Local => &mut self.local[kind],
        };
        tally.messages += 1;
        tally.wire_bytes += wire_bytes;
        match body {
            Body::Sync(broadcast) => {
                count(&mut tally.floats, broadcast.vectors.iter().map(|vector| vector.values.len()));
                count(&mut tally.integers, broadcast.integers.iter().map(|vector| vector.values.len()));
            }
            Body::LocalStepsDone { vectors, integers, .. } => {
                count(&mut tally.floats, vectors.iter().map(Vec::len));
                count(&mut tally.integers, integers.iter().map(Vec::len));
            }
            Body::Letter(letter) => {
                count(&mut tally.floats, letter.vectors.iter().map(|vector| vector.len()));
                count(&mut tally.integers, letter.integers.iter().map(|vector| vector.len()));
            }
            Body::Barrier { .. } => {}
        }
    }

    pub(crate) fn count_note(&mut self, phase: Phase, wire_bytes: u64) {
        self.notes.messages += 1;
        self.notes.wire_bytes += wire_bytes;
        self.barriers[usize::from(phase.number())] += 1;
    }

    pub(crate) fn count_fan_out(&mut self, kind: usize) {
        if self.kinds[kind].opens_phase {
            self.broadcasts += 1;
        }
    }

    /// Counts what the server has done, by place; what has no name is not counted.
    pub(crate) fn count_server_work(&mut self, done: &[u64]) {
        for ((_, sum), done) in self.server_work.iter_mut().zip(done) {
            *sum = sum.saturating_add(*done);
        }
    }

    pub(crate) fn count_effort(&mut self, phase: Phase, effort: &Effort) {
        self.effort[usize::from(phase.number())].add(effort);
    }
}

/// What is counted at the places of a name.
fn of_name(names: &[&str], counts: &[u64], name: &str) -> u64 {
    names.iter().zip(counts).filter(|(other, _)| **other == name).map(|(_, count)| count).sum()
}

/// Adds lengths of vectors to what is counted at their places.
#[inline]
fn count(sums: &mut [u64], lengths: impl Iterator<Item = usize>) {
    for (sum, length) in sums.iter_mut().zip(lengths) {
        *sum += length as u64;
    }
}

/// A ledger as a file has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Messages that are communication, by kind.
    pub wire: Vec<Tally>,
    /// Local twins of the messages on the wire, by kind.
    pub local: Vec<Tally>,
    /// The server's notes of barriers.
    pub notes: Tally,
    /// Barriers, by phase.
    pub barriers: [u64; 2],
    /// Fan-outs that open a phase.
    pub broadcasts: u64,
    /// Local steps, trajectories and environment steps, by phase.
    pub effort: [[u64; 3]; 2],
}

/// The largest count that is taken up from a file: half of what fits, so that a run that goes on has room.
pub(crate) const COUNT_MAX: u64 = u64::MAX / 2;

impl Counters {
    /// Every count.
    fn all(&self) -> impl Iterator<Item = u64> + '_ {
        let tallies = self.wire.iter().chain(&self.local).chain(std::iter::once(&self.notes));
        let tallied = tallies.flat_map(|tally| {
            let numbers = tally.floats.iter().chain(&tally.integers).copied();
            numbers.chain([tally.messages, tally.wire_bytes])
        });
        let others = self.barriers.into_iter().chain([self.broadcasts]);
        tallied.chain(others).chain(self.effort.into_iter().flatten())
    }
}

impl From<&Ledger> for Counters {
    fn from(ledger: &Ledger) -> Self {
        let effort = |phase| {
            let Effort { local_steps, trajectories, environment_steps } = *ledger.effort(phase);
            [local_steps, trajectories, environment_steps]
        };
        Counters {
            wire: ledger.wire.clone(),
            local: ledger.local.clone(),
            notes: ledger.notes.clone(),
            barriers: Phase::ALL.map(|phase| ledger.barriers(phase)),
            broadcasts: ledger.broadcasts(),
            effort: Phase::ALL.map(effort),
        }
    }
}
