//! A trace as every verb opens it, and what is said where that cannot be done.

use super::super::console::{BAD_INPUT, FINE, INCOMPLETE, complain};
use crate::experiment::open_trace;
use crate::visible::shown;
use dpac_actors::trace::{Level, TraceError};
use std::path::Path;

pub(super) use crate::experiment::FileTrace;

/// The trace at `path`; where there is none, that has been said.
pub(super) fn open(path: &Path) -> Option<FileTrace> {
    open_trace(path).map_err(|error| complain_of(path, &error)).ok()
}

pub(super) fn complain_of(path: &Path, error: &TraceError) {
    let help = match error {
        TraceError::Head(_) => Some("without its head nothing can be made of a trace"),
        TraceError::Open(_) => Some("traces are written by `dpac run --trace`"),
        _ => None,
    };
    complain(&format!("{}: {error}", shown(path)), help);
}

/// Whether messages are recorded; where they are not, that has been said.
pub(super) fn has_messages(path: &Path, trace: &FileTrace) -> bool {
    let level = trace.head().level();
    if level == Some(Level::Rounds) {
        let message = format!("{} was recorded at level rounds: it holds no messages", shown(path));
        complain(&message, Some("record with --trace-level order, or full"));
    }
    level != Some(Level::Rounds)
}

/// The exit code of a trace that has been read to where it ends; damage has been said.
pub(super) fn ended(path: &Path, trace: &FileTrace) -> u8 {
    match trace.damage() {
        None => FINE,
        Some(damage) => {
            let (offset, what) = (damage.offset, damage.what);
            let message = format!("{}: read up to byte {offset} only: {what}", shown(path));
            complain(&message, Some("`dpac trace doctor` looks beyond"));
            INCOMPLETE
        }
    }
}

pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> u8 {
    complain(&format!("cannot read {}: {error}", shown(path)), None);
    BAD_INPUT
}

/// A number of rounds, or of clients: `3`, or `3..5` with both ends.
pub(in crate::cli) fn range(text: &str) -> Result<std::ops::RangeInclusive<u32>, String> {
    let number = |text: &str| text.parse::<u32>().map_err(|_| format!("{text:?} is no number"));
    let range = match text.split_once("..") {
        None => number(text).map(|n| n..=n)?,
        Some((first, last)) => number(first)?..=number(last)?,
    };
    if range.is_empty() { Err(format!("{text} is empty")) } else { Ok(range) }
}
