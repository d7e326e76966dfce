//! `dpac trace`: what one does with traces, one file per verb.

mod diff;
mod doctor;
mod dump;
mod export;
mod info;
mod stats;

use super::{BAD_INPUT, FINE, INCOMPLETE, complain};
use clap::{Args, Subcommand};
use dpac_actors::trace::{Level, Trace, TraceError};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// Look at recorded runs: what is in them, where two part, what is left of a damaged one
#[derive(Args)]
#[command(
    after_help = "Examples:\n  dpac trace info run.dpt\n  dpac trace stats run.dpt\n  dpac trace diff a.dpt b.dpt\n  \
                  dpac trace dump run.dpt --round 3 --client 7\n  dpac trace export run.dpt --format mermaid --rounds 0\n  \
                  dpac trace doctor run.dpt\n\n\
                  Exit codes: 0 fine, or the same; 1 different; 2 usage or unreadable; 3 the trace is damaged or cut short."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Info(info::Arguments),
    Dump(dump::Arguments),
    Stats(stats::Arguments),
    Diff(diff::Arguments),
    Doctor(doctor::Arguments),
    Recover(doctor::RecoverArguments),
    Export(export::Arguments),
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    match &arguments.verb {
        Verb::Info(arguments) => info::main(arguments),
        Verb::Dump(arguments) => dump::main(arguments),
        Verb::Stats(arguments) => stats::main(arguments),
        Verb::Diff(arguments) => diff::main(arguments),
        Verb::Doctor(arguments) => doctor::main(arguments),
        Verb::Recover(arguments) => doctor::recover_main(arguments),
        Verb::Export(arguments) => export::main(arguments),
    }
}

type FileTrace = Trace<BufReader<File>>;

/// The trace at `path`; where there is none, that has been said.
fn open(path: &Path) -> Option<FileTrace> {
    Trace::open(path).map_err(|error| complain_of(path, &error)).ok()
}

fn complain_of(path: &Path, error: &TraceError) {
    let help = match error {
        TraceError::Head(_) => Some("without its head nothing can be made of a trace"),
        TraceError::Open(_) => Some("traces are written by `dpac run --trace`"),
        _ => None,
    };
    complain(&format!("{}: {error}", path.display()), help);
}

/// Whether messages are recorded; where they are not, that has been said.
fn has_messages(path: &Path, trace: &FileTrace) -> bool {
    let level = trace.head().level();
    if level == Some(Level::Rounds) {
        let message = format!("{} was recorded at level rounds: it holds no messages", path.display());
        complain(&message, Some("record with --trace-level order, or full"));
    }
    level != Some(Level::Rounds)
}

/// The exit code of a trace that has been read to where it ends; damage has been said.
fn ended(path: &Path, trace: &FileTrace) -> u8 {
    match trace.damage() {
        None => FINE,
        Some(damage) => {
            let (offset, what) = (damage.offset, damage.what);
            let message = format!("{}: read up to byte {offset} only: {what}", path.display());
            complain(&message, Some("`dpac trace doctor` looks beyond"));
            INCOMPLETE
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> u8 {
    complain(&format!("cannot read {}: {error}", path.display()), None);
    BAD_INPUT
}

/// A number of rounds, or of clients: `3`, or `3..5` with both ends.
pub(super) fn range(text: &str) -> Result<std::ops::RangeInclusive<u32>, String> {
    let number = |text: &str| text.parse::<u32>().map_err(|_| format!("{text:?} is no number"));
    let range = match text.split_once("..") {
        None => number(text).map(|n| n..=n)?,
        Some((first, last)) => number(first)?..=number(last)?,
    };
    if range.is_empty() { Err(format!("{text} is empty")) } else { Ok(range) }
}
