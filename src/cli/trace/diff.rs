//! `dpac trace diff`.

use super::super::console::{BAD_INPUT, FAILED, FINE, INCOMPLETE, say, say_json};
use super::file::{open, unreadable};
use crate::experiment::{diff, divergence};
use crate::visible::shown;
use clap::Args;
use dpac_actors::trace::Verdict;
use std::path::PathBuf;

/// Say where two recorded runs part, and by how much
#[derive(Args)]
#[command(
    after_help = "What differs between the heads (program, machine, configuration, seed) is said first; it does not make two runs \
                        different. Exit codes: 0 the same, 1 different, 2 unreadable, 3 the same as far as they go."
)]
pub(super) struct Arguments {
    /// One trace, called recorded
    a: PathBuf,
    /// Another one, called now
    b: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    let (Some(a), Some(b)) = (open(&arguments.a), open(&arguments.b)) else { return BAD_INPUT };
    let found = match diff(a, b) {
        Ok(found) => found,
        Err(error) => return unreadable(&arguments.a, &error),
    };
    let code = match &found.verdict {
        Verdict::Same => FINE,
        Verdict::SameSoFar => INCOMPLETE,
        Verdict::Differs(_) => FAILED,
    };
    let said = if arguments.json {
        let mut json = divergence::as_json(&found, &arguments.a);
        if let Some(json) = json.as_object_mut() {
            json.remove("command");
        }
        say_json(&json)
    } else {
        let mut text = format!("{} against {}\n", shown(&arguments.b), shown(&arguments.a));
        text.push_str(&divergence::heads(&found.head_differences));
        text.push_str(&match &found.verdict {
            Verdict::Same => format!("  the same, {} rounds\n", found.rounds),
            Verdict::SameSoFar => {
                format!("  the same so far, {} rounds; one of the two is not whole\n", found.rounds)
            }
            Verdict::Differs(found_here) => divergence::parting(found_here, &found.head),
        });
        say(&text)
    };
    said.max(code)
}
