//! Messages, floats and bytes, recounted from the events of a trace alone.

use super::format::{Head, ServerWork};
use super::tape::{Events, Fate, Hop};
use crate::codec::{BARRIER_BYTES, INTEGERS_BYTES, LETTER_BYTES, LOCAL_STEPS_DONE_BYTES, SYNC_BYTES};
use crate::{Counters, Phase, Route, Tally};
use std::collections::BTreeMap;

/// A third witness beside ledger and closed form: it has read events, and nothing that was counted while they
/// passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recount {
    /// Messages that are communication, by kind.
    pub wire: Vec<Tally>,
    /// Local twins of the messages on the wire.
    pub local: Vec<Tally>,
    /// The server's notes of barriers.
    pub notes: Tally,
    /// Barriers, by phase.
    pub barriers: [u64; 2],
    /// Messages that were lost on the way, which are not counted.
    pub dropped: u64,
    /// What the server has done, by name.
    pub server_work: BTreeMap<String, u64>,
}

impl Recount {
    /// Nothing yet of the kinds in a head.
    pub fn new(head: &Head) -> Self {
        let empty: Vec<Tally> =
            head.kinds.iter().map(|kind| Tally::of(kind.vectors.len(), kind.integers.len())).collect();
        Recount {
            wire: empty.clone(),
            local: empty,
            notes: Tally::default(),
            barriers: [0; 2],
            dropped: 0,
            server_work: BTreeMap::new(),
        }
    }

    /// Counts what the server has done to come to a turn.
    pub fn add_server_work(&mut self, work: &ServerWork) {
        for (name, done) in &work.done {
            let sum = self.server_work.entry(name.clone()).or_default();
            *sum = sum.saturating_add(*done);
        }
    }

    /// Counts some events; those of kinds that the head does not have are not counted.
    pub fn add(&mut self, head: &Head, events: &Events) {
        // What a message of each shape counts for, but for its frame, which depends on its type.
        let tally = |shape: &super::Shape| {
            let counted =
                |lengths: &[u32]| lengths.iter().map(|&length| u64::from(length)).collect::<Vec<_>>();
            // A message has at most `VECTORS_MAX` vectors of each sort, so no sum overflows.
            let bytes =
                |lengths: &[u32]| lengths.iter().map(|&length| 8 + 8 * u64::from(length)).sum::<u64>();
            let lists = if shape.integers.is_empty() { 0 } else { INTEGERS_BYTES };
            Tally {
                messages: 1,
                floats: counted(&shape.lengths),
                integers: counted(&shape.integers),
                wire_bytes: bytes(&shape.lengths) + bytes(&shape.integers) + lists,
            }
        };
        let tallies: Vec<Tally> = events.shapes.iter().map(tally).collect();
        for event in &events.events {
            if event.fate == Fate::Dropped {
                self.dropped += 1;
                continue;
            }
            let shape = &events.shapes[event.shape as usize];
            let one = &tallies[event.shape as usize];
            let kind = usize::from(shape.kind);
            let route = head.kinds.get(kind).and_then(super::format::HeadKind::route);
            // A letter always has a list of integers.
            let letter = LETTER_BYTES + if shape.integers.is_empty() { INTEGERS_BYTES } else { 0 };
            let frame = match route {
                Some(Route::Down) => SYNC_BYTES,
                Some(Route::Up) => LOCAL_STEPS_DONE_BYTES,
                Some(Route::Peer) => letter,
                None => BARRIER_BYTES,
            };
            let sum = match event.hop {
                Hop::Down | Hop::Up | Hop::Peer => self.wire.get_mut(kind),
                Hop::Hand | Hop::Return => self.local.get_mut(kind),
                Hop::Note => {
                    self.barriers[usize::from(shape.place.phase.number())] += 1;
                    Some(&mut self.notes)
                }
            };
            if let Some(sum) = sum {
                sum.add(one);
                sum.wire_bytes = sum.wire_bytes.saturating_add(frame);
            }
        }
    }

    /// Where this differs from what was counted at the wire: in words, one line each.
    pub fn differences(&self, head: &Head, counters: &Counters) -> Vec<String> {
        let mut found = Vec::new();
        for (link, counted, told) in
            [("wire", &self.wire, &counters.wire), ("local", &self.local, &counters.local)]
        {
            for (number, (counted, told)) in counted.iter().zip(told).enumerate() {
                if counted != told {
                    let kind = head.kind_name(number as u16);
                    found.push(format!("{kind} ({link}): {counted:?} in events, {told:?} in the ledger"));
                }
            }
        }
        if self.notes != counters.notes {
            found.push(format!("notes: {:?} in events, {:?} in the ledger", self.notes, counters.notes));
        }
        for phase in Phase::ALL {
            let number = usize::from(phase.number());
            let (counted, told) = (self.barriers[number], counters.barriers[number]);
            if counted != told {
                found.push(format!("barriers ({}): {counted} in events, {told} in the ledger", phase.name()));
            }
        }
        found
    }
}
