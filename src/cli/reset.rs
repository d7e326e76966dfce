//! What `reset` rows of a problem file mean: as the command line asks, and as screens say.

use super::numbers::counted;
use crate::pomdp::file::{Reset, ResetRows};
use clap::{Args, ValueEnum};

/// The option that all commands on problem files share.
#[derive(Args, Clone, Copy)]
pub(super) struct ResetArgument {
    /// Whether a `reset` row of a problem file restarts the state, or ends the episode [default: continue]
    #[arg(long, value_name = "continue|end", hide_possible_values = true)]
    reset: Option<Meaning>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Meaning {
    Continue,
    End,
}

impl ResetArgument {
    /// As given; `None` if it was not.
    pub(super) fn given(self) -> Option<Reset> {
        self.reset.map(|meaning| match meaning {
            Meaning::Continue => Reset::Continue,
            Meaning::End => Reset::End,
        })
    }
}

/// How a screen tells what the rows were taken for; `None` where there are none.
pub(super) fn shown(resets: ResetRows) -> Option<String> {
    let ResetRows { rows: rows @ 1.., read_as } = resets else { return None };
    let meaning = match (read_as, rows) {
        (Reset::Continue, 1) => "restarts by the start belief, and the episode goes on",
        (Reset::Continue, _) => "restart by the start belief, and the episode goes on",
        (Reset::End, 1) => "ends the episode",
        (Reset::End, _) => "end the episode",
    };
    Some(format!("{} {meaning}", counted(rows, "row")))
}

/// The same as JSON; null where there are none.
pub(super) fn json(resets: ResetRows) -> serde_json::Value {
    match resets {
        ResetRows { rows: 0, .. } => serde_json::Value::Null,
        ResetRows { rows, read_as } => serde_json::json!({ "rows": rows, "read_as": read_as }),
    }
}
