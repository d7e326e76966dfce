//! A line per message: JSON, or comma-separated values.

use super::message::{Export, Message};
use dpac_actors::trace::Fate;
use serde_json::json;
use std::fmt::Write;

pub(super) struct Lines {
    text: String,
    csv: bool,
}

impl Lines {
    pub(super) fn json() -> Self {
        Lines { text: String::new(), csv: false }
    }

    pub(super) fn csv() -> Self {
        Lines { text: "turn,round,phase,sync,kind,from,to,floats,digest,fate\n".to_owned(), csv: true }
    }
}

impl Export for Lines {
    fn message(&mut self, message: &Message<'_>) {
        let header = &message.header;
        let (turn, kind, floats, phase) =
            (message.turn, message.kind(), message.floats(), header.phase.name());
        let digest = format!("{:016x}", message.event.digest);
        let fate = match message.event.fate {
            Fate::Delivered => "delivered",
            Fate::Dropped => "dropped",
        };
        let (round, sync, from, to) = (header.round, header.sync, header.from, header.to);
        // Writing into a string cannot fail.
        let _ = if self.csv {
            writeln!(self.text, "{turn},{round},{phase},{sync},{kind},{from},{to},{floats},{digest},{fate}")
        } else {
            let (from, to) = (from.to_string(), to.to_string());
            let line = json!({
                "turn": turn, "round": round, "phase": phase, "sync": sync, "kind": kind, "from": from, "to": to,
                "lengths": message.shape.lengths, "digest": digest, "fate": fate,
            });
            writeln!(self.text, "{line}")
        };
    }

    fn finish(self: Box<Self>) -> String {
        self.text
    }
}
