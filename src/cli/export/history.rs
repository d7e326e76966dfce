//! `dpac export --openmetrics`.

use crate::algorithm::Registry;
use crate::cli::console::{BAD_INPUT, FAILED, FINE, INCOMPLETE, complain, remark};
use crate::cli::load::{Source, is_whole, load, run_directory};
use crate::cli::writing::complain_of_writing;
use crate::experiment::{HistoryError, RunHistory, read_history};
use crate::files::{NewFile, WriteError};
use crate::monitoring::history::{self, History};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Where a history is written, and when it begins.
pub(super) struct To<'a> {
    pub(super) out: Option<&'a Path>,
    pub(super) force: bool,
    pub(super) start: Option<f64>,
}

/// The last second of the year 9999.
const LATEST: f64 = 253_402_300_799.0;

pub(super) fn unix_seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("{text:?} is no number"))?;
    if (0.0..=LATEST).contains(&seconds) {
        Ok(seconds)
    } else {
        Err("seconds since 1970, at least 0 and not beyond the year 9999".to_owned())
    }
}

pub(super) fn main(run: &Path, to: &To, registry: Registry) -> u8 {
    let Some(directory) = run_directory(run) else { return BAD_INPUT };
    // Found before anything is read, and again when the file is placed.
    let file = match to.out.as_ref().map(|out| NewFile::begin(out, to.force, &[])).transpose() {
        Ok(file) => file,
        Err(error) => return complain_of_writing(&error),
    };
    if !is_whole(&directory) {
        return BAD_INPUT;
    }
    let Some((resolved, input)) = load(&Source::of_run(directory.path()), registry) else { return BAD_INPUT };
    let found = match read_history(&directory, (&resolved, &input), to.start) {
        Ok(found) => found,
        Err(error) => {
            let help = match &error {
                HistoryError::NoStart(_) => "--start UNIX_SECONDS says it",
                HistoryError::Damaged { .. } => {
                    "run its config.toml anew: the same seed gives the same rounds"
                }
                HistoryError::Unreadable { .. } => "give a directory that `dpac run` has made",
            };
            complain(&error.to_string(), Some(help));
            return BAD_INPUT;
        }
    };
    let RunHistory { history, cut_short, uncounted } = found;
    if uncounted {
        remark(
            "  ⚠ an older version has written this run, without counts by kind: series of messages are left out\n",
        );
    }
    let written = match (file, &to.out) {
        (Some(file), Some(out)) => to_file(&history, file, out).map_err(|error| complain_of_writing(&error)),
        _ => to_standard_output(&history).map_err(|error| {
            complain(&format!("cannot write to standard output: {error}"), None);
            FAILED
        }),
    };
    if let Err(code) = written {
        return code;
    }
    if cut_short {
        remark("  ⚠ the last line of rounds.jsonl was cut short: its round is left out\n");
        return INCOMPLETE;
    }
    FINE
}

/// A reader that has gone away has seen what it wanted.
fn to_standard_output(history: &History) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    match history::write(history, &mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

fn to_file(history: &History, mut file: NewFile, path: &Path) -> Result<(), WriteError> {
    let mut out = BufWriter::new(file.file());
    let written = history::write(history, &mut out).and_then(|()| out.flush());
    written.map_err(|error| WriteError::Io { path: path.to_path_buf(), error })?;
    drop(out);
    file.place()
}
