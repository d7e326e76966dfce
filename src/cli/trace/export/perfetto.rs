//! Chrome's trace format, which Perfetto opens.
//!
//! Time is logical, a millisecond per turn: within it, messages come down in its first half and go up in its second. A role has
//! a track; the clients of a fold block have one more together, so that it is seen which replies are folded with which. Every
//! message is an arrow from a moment on the sender's track to one on the receiver's.

use super::message::{Export, Message};
use dpac_actors::Address;
use dpac_actors::trace::Hop;
use dpac_actors::trace::format::Head;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Microseconds of a turn.
const TURN: u64 = 1000;
/// Processes of the picture: the server, the fold blocks, then one per client.
const SERVER: u64 = 1;
const BLOCKS: u64 = 2;
const CLIENTS: u64 = 16;

pub(super) struct Perfetto {
    block_size: u32,
    events: Vec<Json>,
    tracks: BTreeSet<(u64, u64, String, String)>,
    /// Messages up, by turn and block.
    folded: BTreeMap<(u64, u64), u64>,
    messages: u64,
}

impl Perfetto {
    pub(super) fn new(head: &Head) -> Self {
        Perfetto {
            block_size: head.block_size.max(1),
            events: Vec::new(),
            tracks: BTreeSet::new(),
            folded: BTreeMap::new(),
            messages: 0,
        }
    }

    /// Process and thread of a role.
    fn track(&mut self, role: Address) -> (u64, u64) {
        let (process, thread, of) = match role {
            Address::Server => (SERVER, 1, "server".to_owned()),
            Address::Client(m) => (CLIENTS + u64::from(m), 1, format!("client {m}")),
            Address::Critic(m) => (CLIENTS + u64::from(m), 2, format!("client {m}")),
            Address::Actor(m) => (CLIENTS + u64::from(m), 3, format!("client {m}")),
        };
        self.tracks.insert((process, thread, of, role.to_string()));
        (process, thread)
    }

    /// A moment of a role, to which an arrow is tied.
    fn moment(&mut self, role: Address, at: u64, message: &Message<'_>) -> (u64, u64) {
        let (process, thread) = self.track(role);
        self.events.push(json!({
            "ph": "X", "pid": process, "tid": thread, "ts": at, "dur": 8, "name": message.kind(), "cat": "message",
            "args": {
                "round": message.header.round, "phase": message.header.phase.name(), "sync": message.header.sync,
                "floats": message.floats(), "digest": format!("{:016x}", message.event.digest),
            },
        }));
        (process, thread)
    }
}

impl Export for Perfetto {
    fn message(&mut self, message: &Message<'_>) {
        let within = match message.event.hop {
            Hop::Down => 0,
            Hop::Hand => 100,
            Hop::Return => 600,
            Hop::Up => 700,
            Hop::Note => 900,
        };
        let sent = message.turn * TURN + within;
        if message.event.hop == Hop::Note {
            self.moment(Address::Server, sent, message);
            return;
        }
        if message.event.hop == Hop::Up {
            let block = u64::from(message.event.client / self.block_size);
            *self.folded.entry((message.turn, block)).or_default() += 1;
        }
        let number = self.messages;
        self.messages += 1;
        let arrow = |phase: &str, (process, thread): (u64, u64), at: u64| {
            let mut event = json!({
                "ph": phase, "pid": process, "tid": thread, "ts": at, "id": number, "name": "message", "cat": "message",
            });
            if phase == "f" {
                event["bp"] = "e".into();
            }
            event
        };
        let from = self.moment(message.header.from, sent, message);
        let to = self.moment(message.header.to, sent + 50, message);
        self.events.push(arrow("s", from, sent + 4));
        self.events.push(arrow("f", to, sent + 54));
    }

    fn finish(mut self: Box<Self>) -> String {
        for ((turn, block), replies) in std::mem::take(&mut self.folded) {
            self.tracks.insert((BLOCKS, block + 1, "fold blocks".to_owned(), format!("block {block}")));
            self.events.push(json!({
                "ph": "X", "pid": BLOCKS, "tid": block + 1, "ts": turn * TURN, "dur": TURN - 50,
                "name": format!("{replies} replies"), "cat": "fold", "args": { "turn": turn },
            }));
        }
        let mut named = BTreeSet::new();
        for (process, thread, of, name) in &self.tracks {
            if named.insert(*process) {
                let args = json!({ "name": of });
                self.events.push(
                    json!({ "ph": "M", "pid": process, "tid": 0, "name": "process_name", "args": args }),
                );
            }
            let args = json!({ "name": name });
            self.events.push(
                json!({ "ph": "M", "pid": process, "tid": thread, "name": "thread_name", "args": args }),
            );
        }
        let text = json!({ "displayTimeUnit": "ms", "traceEvents": self.events });
        format!("{text}\n")
    }
}
