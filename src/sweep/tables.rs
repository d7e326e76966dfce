//! A sweep's results as files, once every run has ended: the same bytes whoever made the runs, and in how
//! many pieces.

use super::directory::SweepDirectory;
use super::error::SweepError;
use crate::files::{NewFile, WriteError};
use crate::results::{Results, Run, Table, write_csv};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// The tables that are functions of configuration and seeds, and the one of times and machines.
const TABLES: [&str; 3] = ["rounds.csv", "runs.csv", "times.csv"];

impl SweepDirectory {
    /// Reads all runs of the sweep, in the order of its cells; keys that it changes are columns.
    ///
    /// # Errors
    /// The first run that cannot be read.
    pub fn results(&self) -> Result<Results, SweepError> {
        let runs: Result<Vec<Run>, _> = self.run_paths().iter().map(|path| Run::read(path)).collect();
        Ok(Results::new(runs?).with_keys(self.keys().to_vec()).with_targets(self.targets().to_vec()))
    }

    /// Writes the tables, if every run has ended; gives their paths.
    ///
    /// # Errors
    /// Where a run cannot be read, or a table not be written.
    pub fn write_tables(&self) -> Result<Option<Vec<PathBuf>>, SweepError> {
        if !self.cells().iter().all(|cell| cell.standing.has_ended()) {
            return Ok(None);
        }
        let results = self.results()?;
        let mut written = Vec::new();
        for name in TABLES {
            let path = self.path().join(name);
            let table = match name {
                "rounds.csv" => results.rounds(),
                "runs.csv" => results.runs_table(),
                _ => results.times(),
            };
            place(&path, table)?;
            written.push(path);
        }
        Ok(Some(written))
    }
}

/// The sweep's own file: what stood there is an older form of the same. Where two shards end at the same
/// moment, one of them has written the same bytes, and that is enough.
fn place(path: &Path, table: Table<'_>) -> Result<(), SweepError> {
    match write(path, table) {
        Err(SweepError::Write(WriteError::Exists(_) | WriteError::Busy { .. })) => Ok(()),
        written => written,
    }
}

fn write(path: &Path, table: Table<'_>) -> Result<(), SweepError> {
    let mut file = NewFile::begin(path, true, &[])?;
    let io = |error| SweepError::Io { path: path.to_path_buf(), error };
    let mut out = BufWriter::new(file.file());
    write_csv(table, &mut out).map_err(io)?;
    out.flush().map_err(io)?;
    drop(out);
    Ok(file.place()?)
}
