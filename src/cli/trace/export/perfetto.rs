//! Chrome's trace format, which Perfetto opens.
//!
//! Time is logical, a millisecond per turn: within it, messages come down in its first half and go up in its
//! second. A role has a track; the clients of a fold block have one more together, so that it is seen which
//! replies are folded with which. Every message is an arrow from a moment on the sender's track to one on the
//! receiver's.

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
    /// Whether an event has been written, after which a comma is due.
    begun: bool,
    roles: BTreeSet<Address>,
    /// Messages up, by turn and block.
    folded: BTreeMap<(u64, u64), u64>,
    messages: u64,
}

impl Perfetto {
    pub(super) fn new(head: &Head) -> Self {
        Perfetto {
            block_size: head.block_size.max(1),
            begun: false,
            roles: BTreeSet::new(),
            folded: BTreeMap::new(),
            messages: 0,
        }
    }

    fn event(&mut self, event: &Json, text: &mut String) {
        if std::mem::replace(&mut self.begun, true) {
            text.push(',');
        }
        text.push_str(&event.to_string());
    }

    /// A moment of a role, to which an arrow is tied.
    fn moment(&mut self, role: Address, at: u64, message: &Message<'_>, text: &mut String) -> (u64, u64) {
        self.roles.insert(role);
        let (process, thread) = track(role);
        let event = json!({
            "ph": "X", "pid": process, "tid": thread, "ts": at, "dur": 8, "name": message.kind(), "cat": "message",
            "args": {
                "round": message.header.place.round, "phase": message.header.place.phase.name(),
                "barrier": message.header.place.barrier,
                "floats": message.floats(), "digest": format!("{:016x}", message.event.digest),
            },
        });
        self.event(&event, text);
        (process, thread)
    }

    /// The name of a process, once, and of a thread in it.
    fn name(&mut self, (process, thread): (u64, u64), of: &str, name: &str, first: bool, text: &mut String) {
        let named = |what: &str, thread: u64, name: &str| json!({ "ph": "M", "pid": process, "tid": thread, "name": what, "args": { "name": name } });
        if first {
            self.event(&named("process_name", 0, of), text);
        }
        self.event(&named("thread_name", thread, name), text);
    }
}

/// Process and thread of a role.
fn track(role: Address) -> (u64, u64) {
    match role {
        Address::Server => (SERVER, 1),
        Address::Client(m) => (CLIENTS + u64::from(m), 1),
        Address::Critic(m) => (CLIENTS + u64::from(m), 2),
        Address::Actor(m) => (CLIENTS + u64::from(m), 3),
    }
}

impl Export for Perfetto {
    fn begin(&mut self, text: &mut String) {
        text.push_str("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[");
    }

    fn message(&mut self, message: &Message<'_>, text: &mut String) {
        let within = match message.event.hop {
            Hop::Down => 0,
            Hop::Hand => 100,
            Hop::Return => 600,
            Hop::Up => 700,
            Hop::Peer => 800,
            Hop::Note => 900,
        };
        let sent = begins(message.turn).saturating_add(within);
        if message.event.hop == Hop::Note {
            self.moment(Address::Server, sent, message, text);
            return;
        }
        if message.event.hop == Hop::Up {
            let block = u64::from(message.event.from / self.block_size);
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
        let later = |by: u64| sent.saturating_add(by);
        let from = self.moment(message.header.from, sent, message, text);
        let to = self.moment(message.header.to, later(50), message, text);
        self.event(&arrow("s", from, later(4)), text);
        self.event(&arrow("f", to, later(54)), text);
    }

    fn finish(mut self: Box<Self>, text: &mut String) {
        let mut blocks = BTreeSet::new();
        for ((turn, block), replies) in std::mem::take(&mut self.folded) {
            blocks.insert(block);
            let event = json!({
                "ph": "X", "pid": BLOCKS, "tid": block + 1, "ts": begins(turn), "dur": TURN - 50,
                "name": format!("{replies} replies"), "cat": "fold", "args": { "turn": turn },
            });
            self.event(&event, text);
        }
        let mut roles = std::mem::take(&mut self.roles);
        if roles.remove(&Address::Server) {
            self.name(track(Address::Server), "server", "server", true, text);
        }
        for (i, block) in blocks.into_iter().enumerate() {
            self.name((BLOCKS, block + 1), "fold blocks", &format!("block {block}"), i == 0, text);
        }
        let mut named = BTreeSet::new();
        for role in roles {
            let (Address::Client(m) | Address::Critic(m) | Address::Actor(m)) = role else { continue };
            self.name(track(role), &format!("client {m}"), &role.to_string(), named.insert(m), text);
        }
        text.push_str("]}\n");
    }
}

/// When a turn begins, of which a file may have counted any number.
fn begins(turn: u64) -> u64 {
    turn.saturating_mul(TURN)
}
