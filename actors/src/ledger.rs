//! The ledger: what passed the wire, counted. Filled by [`crate::Wire`] and by nobody else.

use crate::message::{Body, Direction, Kind, Opens, Phase, VectorName};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Between whom a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Server and client: communication.
    Wire,
    /// A client and its own critic or actor: not communication.
    Local,
}

/// Messages of one sort, added up. The sender is charged, once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of messages.
    pub messages: u64,
    /// Numbers they carried, by [`VectorName`].
    pub floats: [u64; VectorName::ALL.len()],
    /// Lengths of their encoded frames.
    pub wire_bytes: u64,
}

impl Tally {
    /// All numbers, whatever their name.
    pub fn all_floats(&self) -> u64 {
        self.floats.iter().fold(0, |sum, floats| sum.saturating_add(*floats))
    }

    /// Eight bytes per number.
    pub fn payload_bytes(&self) -> u64 {
        self.all_floats().saturating_mul(8)
    }

    /// Adds another tally. What a file has counted may be anything, so sums stop at the largest number.
    pub fn add(&mut self, other: &Tally) {
        self.messages = self.messages.saturating_add(other.messages);
        self.wire_bytes = self.wire_bytes.saturating_add(other.wire_bytes);
        for (sum, n) in self.floats.iter_mut().zip(other.floats) {
            *sum = sum.saturating_add(n);
        }
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
    /// By kind number.
    wire: Vec<Tally>,
    local: Vec<Tally>,
    notes: Tally,
    /// By phase number.
    aggregations: [u64; 2],
    broadcasts: u64,
    effort: [Effort; 2],
}

impl Ledger {
    /// An empty ledger for these kinds.
    pub fn new(kinds: Arc<[Kind]>) -> Self {
        let empty = vec![Tally::default(); kinds.len()];
        Ledger {
            wire: empty.clone(),
            local: empty,
            kinds,
            notes: Tally::default(),
            aggregations: [0; 2],
            broadcasts: 0,
            effort: [Effort::default(); 2],
        }
    }

    /// The ledger that a snapshot has; `None` where that is of other kinds, or has counted further than any run comes, so that
    /// going on would overflow.
    pub(crate) fn restore(kinds: Arc<[Kind]>, counters: &Counters) -> Option<Self> {
        let mut ledger = Ledger::new(kinds);
        if counters.wire.len() != ledger.wire.len() || counters.local.len() != ledger.local.len() {
            return None;
        }
        if counters.all().any(|count| count > COUNT_MAX) {
            return None;
        }
        ledger.wire = counters.wire.iter().map(Tally::from).collect();
        ledger.local = counters.local.iter().map(Tally::from).collect();
        ledger.notes = (&counters.notes).into();
        ledger.aggregations = counters.aggregations;
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
    pub fn total(&self, link: Link, select: impl Fn(&Kind) -> bool) -> Tally {
        let mut sum = Tally::default();
        for (number, kind) in self.kinds.iter().enumerate() {
            if select(kind) {
                sum.add(self.tally(link, number));
            }
        }
        sum
    }

    /// Messages between server and clients in one direction.
    pub fn direction(&self, direction: Direction) -> Tally {
        self.total(Link::Wire, |kind| kind.direction == direction)
    }

    /// The server's notes of aggregations.
    pub fn notes(&self) -> &Tally {
        &self.notes
    }

    /// Barriers closed in a phase.
    pub fn aggregations(&self, phase: Phase) -> u64 {
        self.aggregations[usize::from(phase.number())]
    }

    /// Fan-outs without a barrier before them.
    pub fn broadcasts(&self) -> u64 {
        self.broadcasts
    }

    /// Local steps, trajectories and environment steps of all clients in a phase.
    pub fn effort(&self, phase: Phase) -> &Effort {
        &self.effort[usize::from(phase.number())]
    }

    /// Adds another ledger of the same kinds.
    pub fn add(&mut self, other: &Ledger) {
        debug_assert_eq!(self.kinds, other.kinds);
        for (sum, tally) in self.wire.iter_mut().zip(&other.wire) {
            sum.add(tally);
        }
        for (sum, tally) in self.local.iter_mut().zip(&other.local) {
            sum.add(tally);
        }
        self.notes.add(&other.notes);
        self.broadcasts += other.broadcasts;
        for phase in 0..2 {
            self.aggregations[phase] += other.aggregations[phase];
            self.effort[phase].add(&other.effort[phase]);
        }
    }

    /// What was counted since the last time, leaving an empty ledger.
    pub fn take(&mut self) -> Ledger {
        let empty = Ledger::new(Arc::clone(&self.kinds));
        std::mem::replace(self, empty)
    }

    pub(crate) fn count_message(
        &mut self,
        link: Link,
        kind: usize,
        body: &Body,
        wire_bytes: u64,
        extra: u64,
    ) {
        let names = self.kinds[kind].vectors;
        let tally = match link {
            Link::Wire => &mut self.wire[kind],
            Link::Local => &mut self.local[kind],
        };
        tally.messages += 1;
        tally.wire_bytes += wire_bytes;
        match body {
            Body::Sync(broadcast) => {
                for vector in &broadcast.vectors {
                    tally.floats[vector.name as usize] += vector.values.len() as u64;
                }
            }
            Body::LocalStepsDone { vectors, .. } => {
                for (vector, name) in vectors.iter().zip(names) {
                    tally.floats[*name as usize] += vector.len() as u64;
                }
            }
            Body::Aggregated { .. } => {}
        }
        if extra > 0 {
            tally.floats[VectorName::Other as usize] += extra;
        }
    }

    pub(crate) fn count_note(&mut self, phase: Phase, wire_bytes: u64) {
        self.notes.messages += 1;
        self.notes.wire_bytes += wire_bytes;
        self.aggregations[usize::from(phase.number())] += 1;
    }

    pub(crate) fn count_fan_out(&mut self, kind: usize) {
        if self.kinds[kind].opens == Opens::Phase {
            self.broadcasts += 1;
        }
    }

    pub(crate) fn count_effort(&mut self, phase: Phase, effort: &Effort) {
        self.effort[usize::from(phase.number())].add(effort);
    }
}

/// A ledger as a file has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Messages between server and clients, by kind.
    pub wire: Vec<TallyBody>,
    /// Their local twins.
    pub local: Vec<TallyBody>,
    /// The server's notes.
    pub notes: TallyBody,
    /// Barriers, by phase.
    pub aggregations: [u64; 2],
    /// Fan-outs that open a phase.
    pub broadcasts: u64,
    /// Local steps, trajectories and environment steps, by phase.
    pub effort: [[u64; 3]; 2],
}

/// The largest count that is taken up from a file: half of what fits, so that whoever goes on has room.
pub(crate) const COUNT_MAX: u64 = u64::MAX / 2;

impl Counters {
    /// Every count.
    fn all(&self) -> impl Iterator<Item = u64> + '_ {
        let tallies = self.wire.iter().chain(&self.local).chain(std::iter::once(&self.notes));
        let tallied =
            tallies.flat_map(|tally| tally.floats.into_iter().chain([tally.messages, tally.wire_bytes]));
        let others = self.aggregations.into_iter().chain([self.broadcasts]);
        tallied.chain(others).chain(self.effort.into_iter().flatten())
    }
}

/// Messages of one sort, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TallyBody {
    /// Number of messages.
    pub messages: u64,
    /// Floats, by number of the vector's name.
    pub floats: [u64; 4],
    /// Bytes of their frames.
    pub wire_bytes: u64,
}

impl TallyBody {
    /// Adds another tally, as [`Tally::add`] does.
    pub fn add(&mut self, other: &TallyBody) {
        let mut sum = Tally::from(&*self);
        sum.add(&other.into());
        *self = (&sum).into();
    }
}

impl From<&Tally> for TallyBody {
    fn from(tally: &Tally) -> Self {
        TallyBody { messages: tally.messages, floats: tally.floats, wire_bytes: tally.wire_bytes }
    }
}

impl From<&TallyBody> for Tally {
    fn from(tally: &TallyBody) -> Self {
        Tally { messages: tally.messages, floats: tally.floats, wire_bytes: tally.wire_bytes }
    }
}

impl From<&Ledger> for Counters {
    fn from(ledger: &Ledger) -> Self {
        let by_kind = |link| (0..ledger.kinds().len()).map(|kind| ledger.tally(link, kind).into()).collect();
        let effort = |phase| {
            let Effort { local_steps, trajectories, environment_steps } = *ledger.effort(phase);
            [local_steps, trajectories, environment_steps]
        };
        Counters {
            wire: by_kind(Link::Wire),
            local: by_kind(Link::Local),
            notes: ledger.notes().into(),
            aggregations: Phase::ALL.map(|phase| ledger.aggregations(phase)),
            broadcasts: ledger.broadcasts(),
            effort: Phase::ALL.map(effort),
        }
    }
}
