//! `dpac export`.

use super::console::{BAD_INPUT, FAILED, FINE, INCOMPLETE, complain, remark};
use super::load::{Source, is_whole, load, run_directory};
use super::writing::complain_of_writing;
use crate::algorithm::Registry;
use crate::experiment::{HistoryError, RunHistory, read_history};
use crate::files::{NewFile, WriteError};
use crate::monitoring::history::{self, History};
use clap::Args;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Write the history of a run for Prometheus
#[derive(Args)]
#[command(after_help = "Examples:\n  dpac export --openmetrics runs/tiger-dpac-1234abcd-s0 --out run.om\n  \
                  promtool tsdb create-blocks-from openmetrics run.om data\n  \
                  prometheus --config.file=dashboards/prometheus/prometheus.yml \\\n      --storage.tsdb.path=data --storage.tsdb.retention.time=10y\n\n\
                  Rounds of one millisecond are one sample, the last. A run of several processes is told without the time between them.\n\n\
                  Exit codes: 0 all of it, 2 usage or damaged files, 3 without a last round that was cut short.")]
pub(super) struct Arguments {
    /// A directory that `dpac run` has made
    #[arg(value_name = "RUN_DIR")]
    run: PathBuf,
    /// As OpenMetrics text with times: the metrics that a run tells while it goes on, at the end of every
    /// round
    #[arg(long, required = true)]
    openmetrics: bool,
    /// Where to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long, requires = "out")]
    force: bool,
    /// When the run began [default: as its directory says]
    #[arg(long, value_name = "UNIX_SECONDS", value_parser = unix_seconds)]
    start: Option<f64>,
}

/// The last second of the year 9999.
const LATEST: f64 = 253_402_300_799.0;

fn unix_seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("{text:?} is no number"))?;
    if (0.0..=LATEST).contains(&seconds) {
        Ok(seconds)
    } else {
        Err("seconds since 1970, at least 0 and not beyond the year 9999".to_owned())
    }
}

pub(super) fn main(arguments: &Arguments, registry: Registry) -> u8 {
    let Some(directory) = run_directory(&arguments.run) else { return BAD_INPUT };
    // Found before anything is read, and again when the file is placed.
    let file = match arguments.out.as_ref().map(|out| NewFile::begin(out, arguments.force, &[])).transpose() {
        Ok(file) => file,
        Err(error) => return complain_of_writing(&error),
    };
    if !is_whole(&directory) {
        return BAD_INPUT;
    }
    let Some((resolved, _)) = load(&Source::of_run(directory.path()), registry) else { return BAD_INPUT };
    let found = match read_history(&directory, &resolved, arguments.start) {
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
    let written = match (file, &arguments.out) {
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
