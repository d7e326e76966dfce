//! `dpac trace dump`.

use super::super::console::{BAD_INPUT, say};
use super::file::{ended, has_messages, open, range, unreadable};
use clap::Args;
use dpac_actors::trace::{Fate, Record};
use std::fmt::Write;
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// Print the recorded messages, a line each
#[derive(Args)]
pub(super) struct Arguments {
    /// A trace of level order or full
    trace: PathBuf,
    /// Only these outer rounds: a number, or 3..5
    #[arg(long, value_name = "ROUNDS", value_parser = range)]
    rounds: Option<RangeInclusive<u32>>,
    /// Only messages to and from these clients
    #[arg(long, value_name = "CLIENTS", value_parser = range)]
    clients: Option<RangeInclusive<u32>>,
    /// At most so many messages
    #[arg(long, default_value_t = 1000)]
    limit: u64,
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    let path = &arguments.trace;
    let Some(mut trace) = open(path) else { return BAD_INPUT };
    if !has_messages(path, &trace) {
        return BAD_INPUT;
    }
    let mut left = arguments.limit;
    let mut said = say(" round phase   barrier  kind           from        to          floats  digest\n");
    loop {
        let chunk = match trace.next_record() {
            Ok(Some(Record::Chunk(chunk))) => chunk,
            Ok(Some(_)) => continue,
            Ok(None) => break,
            Err(error) => return unreadable(path, &error),
        };
        let mut text = String::new();
        for (event, shape) in chunk.events.messages() {
            let header = event.header(shape);
            let shown = arguments.rounds.as_ref().is_none_or(|rounds| rounds.contains(&header.place.round))
                && arguments.clients.as_ref().is_none_or(|clients| clients.contains(&event.client()));
            if !shown {
                continue;
            }
            if left == 0 {
                text.push_str("…: --limit N shows more\n");
                return say(&text);
            }
            left -= 1;
            let floats: u64 =
                shape.lengths.iter().chain(&shape.integers).map(|&length| u64::from(length)).sum();
            let lost = if event.fate == Fate::Dropped { "  lost" } else { "" };
            // Writing into a string cannot fail.
            let _ = writeln!(
                text,
                "{:>6} {:<7} {:>7}  {:<14} {:<11} {:<11} {floats:>6}  {:016x}{lost}",
                header.place.round,
                header.place.phase.name(),
                header.place.barrier,
                trace.head().kind_name(header.kind),
                header.from.to_string(),
                header.to.to_string(),
                event.digest
            );
        }
        said = said.max(say(&text));
    }
    said.max(ended(path, &trace))
}
