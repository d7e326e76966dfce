//! A line per message: JSON, or comma-separated values.

use super::message::{Export, Message};
use dpac_actors::trace::Fate;
use serde_json::json;
use std::borrow::Cow;
use std::fmt::Write;

pub(super) struct Lines {
    csv: bool,
}

impl Lines {
    pub(super) fn json() -> Self {
        Lines { csv: false }
    }

    pub(super) fn csv() -> Self {
        Lines { csv: true }
    }
}

/// A field of comma-separated values: in quotes, where it needs them.
fn field(text: &str) -> Cow<'_, str> {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\"")).into()
    } else {
        text.into()
    }
}

impl Export for Lines {
    fn begin(&mut self, text: &mut String) {
        if self.csv {
            text.push_str("turn,round,phase,barrier,kind,from,to,floats,digest,fate\n");
        }
    }

    fn message(&mut self, message: &Message<'_>, text: &mut String) {
        let header = &message.header;
        let (turn, kind, floats, phase) =
            (message.turn, message.kind(), message.floats(), header.place.phase.name());
        let digest = format!("{:016x}", message.event.digest);
        let fate = match message.event.fate {
            Fate::Delivered => "delivered",
            Fate::Dropped => "dropped",
        };
        let (round, barrier, from, to) = (header.place.round, header.place.barrier, header.from, header.to);
        // Writing into a string cannot fail.
        let _ = if self.csv {
            {
                let kind = field(&kind);
                writeln!(text, "{turn},{round},{phase},{barrier},{kind},{from},{to},{floats},{digest},{fate}")
            }
        } else {
            let (from, to) = (from.to_string(), to.to_string());
            let mut line = json!({
                "turn": turn, "round": round, "phase": phase, "barrier": barrier, "kind": kind, "from": from, "to": to,
                "lengths": message.shape.lengths, "digest": digest, "fate": fate,
            });
            if !message.shape.integers.is_empty() {
                line["integers"] = json!(message.shape.integers);
            }
            writeln!(text, "{line}")
        };
    }

    fn finish(self: Box<Self>, _text: &mut String) {}
}
