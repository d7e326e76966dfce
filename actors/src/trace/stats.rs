//! Messages, floats and bytes, recounted from the events of a trace alone.

use super::format::Head;
use super::tape::{Events, Fate, Hop};
use crate::codec::{AGGREGATED_BYTES, LOCAL_STEPS_DONE_BYTES, SYNC_BYTES};
use crate::{Counters, Phase, TallyBody, VectorName};

/// A third witness beside ledger and closed form: it has read events, and nothing that was counted while they passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recount {
    /// Messages between server and clients, by kind.
    pub wire: Vec<TallyBody>,
    /// Their local twins.
    pub local: Vec<TallyBody>,
    /// The server's notes.
    pub notes: TallyBody,
    /// Barriers, by phase.
    pub aggregations: [u64; 2],
    /// Messages that were lost on the way, which nobody is charged for.
    pub dropped: u64,
}

impl Recount {
    /// Nothing yet of the kinds in a head.
    pub fn new(head: &Head) -> Self {
        let empty = vec![TallyBody::default(); head.kinds.len()];
        Recount {
            wire: empty.clone(),
            local: empty,
            notes: TallyBody::default(),
            aggregations: [0; 2],
            dropped: 0,
        }
    }

    /// Counts some events; those of kinds that the head does not have are not counted.
    pub fn add(&mut self, head: &Head, events: &Events) {
        // What a message of each shape counts for, but for its frame, which depends on the way it goes.
        let tally = |shape: &super::Shape| {
            let mut floats = [0; VectorName::ALL.len()];
            let mut names = head
                .kinds
                .get(usize::from(shape.kind))
                .into_iter()
                .flat_map(super::format::HeadKind::vector_names);
            for &length in &shape.lengths {
                floats[names.next().unwrap_or(VectorName::Other) as usize] += u64::from(length);
            }
            // A message has at most `VECTORS_MAX` vectors, so neither sum overflows.
            let wire_bytes = shape.lengths.iter().map(|&length| 8 + 8 * u64::from(length)).sum();
            TallyBody { messages: 1, floats, wire_bytes }
        };
        let tallies: Vec<TallyBody> = events.shapes.iter().map(tally).collect();
        for event in &events.events {
            if event.fate == Fate::Dropped {
                self.dropped += 1;
                continue;
            }
            let shape = &events.shapes[usize::from(event.shape)];
            let mut one = tallies[usize::from(event.shape)];
            let kind = usize::from(shape.kind);
            let (sum, frame) = match event.hop {
                Hop::Down => (self.wire.get_mut(kind), SYNC_BYTES),
                Hop::Hand => (self.local.get_mut(kind), SYNC_BYTES),
                Hop::Return => (self.local.get_mut(kind), LOCAL_STEPS_DONE_BYTES),
                Hop::Up => (self.wire.get_mut(kind), LOCAL_STEPS_DONE_BYTES),
                Hop::Note => {
                    self.aggregations[usize::from(shape.phase.number())] += 1;
                    (Some(&mut self.notes), AGGREGATED_BYTES)
                }
            };
            if let Some(sum) = sum {
                one.wire_bytes += frame;
                sum.add(&one);
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
            let (counted, told) = (self.aggregations[number], counters.aggregations[number]);
            if counted != told {
                found.push(format!("barriers ({}): {counted} in events, {told} in the ledger", phase.name()));
            }
        }
        found
    }
}
