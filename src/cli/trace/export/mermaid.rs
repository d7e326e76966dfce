//! A sequence diagram, as short as Mermaid needs it.

use super::message::{Export, Message};
use dpac_actors::Address;
use dpac_actors::trace::{Fate, Hop};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Mermaid draws no text that is longer, unless it is configured to.
const CHARACTERS_MAX: usize = 50_000;
/// Room for what stands around the messages.
const CHARACTERS_AROUND: usize = 4_000;

pub(super) struct Mermaid {
    roles: BTreeSet<Address>,
    lines: String,
    /// Messages that found no room.
    left_out: u64,
}

impl Mermaid {
    pub(super) fn new() -> Self {
        Mermaid { roles: BTreeSet::new(), lines: String::new(), left_out: 0 }
    }
}

/// A name without the colon, which Mermaid reads as the beginning of a text.
fn name(address: Address) -> String {
    match address {
        Address::Server => "server".to_owned(),
        Address::Client(m) => format!("client{m}"),
        Address::Critic(m) => format!("critic{m}"),
        Address::Actor(m) => format!("actor{m}"),
    }
}

/// A name in a diagram, where a line break or a semicolon would end the statement.
fn within_a_line(name: &str) -> String {
    name.chars().map(|c| if c.is_control() || c == ';' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

impl Export for Mermaid {
    fn begin(&mut self, _text: &mut String) {}

    fn message(&mut self, message: &Message<'_>, _text: &mut String) {
        let header = &message.header;
        if self.lines.len() > CHARACTERS_MAX - CHARACTERS_AROUND {
            self.left_out += 1;
            return;
        }
        let (from, to) = (name(header.from), name(header.to));
        self.roles.extend([header.from, header.to]);
        let arrow = match message.event.fate {
            Fate::Dropped => "-x",
            Fate::Delivered => match message.event.hop {
                Hop::Return | Hop::Up => "-->>",
                Hop::Down | Hop::Hand | Hop::Note | Hop::Peer => "->>",
            },
        };
        // Writing into a string cannot fail.
        let _ = if message.event.hop == Hop::Note {
            let (round, phase, barrier) =
                (header.place.round, header.place.phase.name(), header.place.barrier);
            writeln!(self.lines, "    Note over server: barrier {barrier} of round {round}, {phase} phase")
        } else {
            let kind = within_a_line(&message.kind());
            writeln!(self.lines, "    {from}{arrow}{to}: {kind} ({} floats)", message.floats())
        };
    }

    fn finish(self: Box<Self>, text: &mut String) {
        text.push_str("sequenceDiagram\n");
        for role in &self.roles {
            let _ = writeln!(text, "    participant {} as {role}", name(*role));
        }
        text.push_str(&self.lines);
        if self.left_out > 0 {
            let _ = writeln!(text, "    Note over server: {} more messages", self.left_out);
        }
    }
}
