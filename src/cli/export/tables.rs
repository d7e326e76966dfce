//! `dpac export --csv`: results of runs as tables.

use crate::cli::console::{BAD_INPUT, FAILED, FINE, INCOMPLETE, complain, remark, say};
use crate::cli::numbers::counted;
use crate::cli::reading_runs::{complain_of_results, find, remarks};
use crate::cli::writing::complain_of_writing;
use crate::experiment::RunDirectory;
use crate::files::{NewFile, WriteError, make_folder};
use crate::results::{Results, Run, Table, Target, write_csv};
use crate::visible::shown;
use clap::ValueEnum;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TableName {
    /// A row for every run and round
    Rounds,
    /// A row for every run
    Runs,
    /// A row for every run: its times and its machine
    Times,
}

impl TableName {
    const ALL: [TableName; 3] = [TableName::Rounds, TableName::Runs, TableName::Times];

    fn name(self) -> &'static str {
        match self {
            TableName::Rounds => "rounds",
            TableName::Runs => "runs",
            TableName::Times => "times",
        }
    }
}

/// How tables are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Csv,
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Form {
    /// The end of a file's name.
    fn extension(self) -> &'static str {
        match self {
            Form::Csv => "csv",
            #[cfg(feature = "parquet")]
            Form::Parquet => "parquet",
        }
    }
}

/// Which tables are to be written, and where.
pub(super) struct Wanted<'a> {
    pub(super) form: Form,
    /// One of them only.
    pub(super) table: Option<TableName>,
    pub(super) targets: Vec<Target>,
    /// A directory.
    pub(super) out: Option<&'a Path>,
    pub(super) force: bool,
}

pub(super) fn main(runs: &[PathBuf], wanted: Wanted<'_>) -> u8 {
    let Wanted { form, table, targets, out, force } = wanted;
    let Some(paths) = find(runs) else { return BAD_INPUT };
    let results = match Results::read(&paths) {
        Ok(results) => results.with_targets(targets),
        Err(error) => return complain_of_results(&error),
    };
    let code = match (table, out) {
        (Some(table), None) => to_standard_output(&results, table, form),
        (Some(table), Some(out)) => to_files(&results, &[table], form, out, force),
        (None, out) => {
            let here = out.unwrap_or(Path::new("."));
            to_files(&results, &TableName::ALL, form, here, force)
        }
    };
    if code != FINE {
        return code;
    }
    remark(&remarks(&results));
    if results.runs().iter().any(Run::is_cut_short) { INCOMPLETE } else { FINE }
}

fn table(results: &Results, name: TableName) -> Table<'_> {
    match name {
        TableName::Rounds => results.rounds(),
        TableName::Runs => results.runs_table(),
        TableName::Times => results.times(),
    }
}

fn write(table: Table<'_>, form: Form, out: &mut (impl Write + Send)) -> io::Result<()> {
    match form {
        Form::Csv => write_csv(table, out),
        #[cfg(feature = "parquet")]
        Form::Parquet => crate::results::write_parquet(table, out).map_err(io::Error::other),
    }
}

/// A reader that has gone away has seen what it wanted.
fn to_standard_output(results: &Results, name: TableName, form: Form) -> u8 {
    let mut out = BufWriter::new(io::stdout());
    match write(table(results, name), form, &mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            complain(&format!("cannot write to standard output: {error}"), None);
            FAILED
        }
        _ => FINE,
    }
}

/// Writes tables into a directory, which is made where there is none. A table is there whole, or not at all.
fn to_files(results: &Results, names: &[TableName], form: Form, out: &Path, force: bool) -> u8 {
    if RunDirectory::open_run(out).is_ok() {
        let message =
            format!("{} is a run directory, where nothing but the run's own files belong", shown(out));
        complain(&message, Some("--out DIR writes elsewhere"));
        return BAD_INPUT;
    }
    if let Err(error) = make_folder(out) {
        return complain_of_writing(&error);
    }
    // All places are looked at before anything is written.
    let begun = names.iter().map(|&name| {
        let path = out.join(format!("{}.{}", name.name(), form.extension()));
        NewFile::begin(&path, force, &[]).map(|file| (name, path, file))
    });
    let begun = match begun.collect::<Result<Vec<_>, WriteError>>() {
        Ok(begun) => begun,
        Err(error) => return complain_of_writing(&error),
    };
    let mut told = String::new();
    for (name, path, mut file) in begun {
        let mut table = table(results, name);
        let (columns, mut rows) = (table.columns.len(), 0);
        table.rows = Box::new(table.rows.inspect(|_| rows += 1));
        let mut buffer = BufWriter::new(file.file());
        let written = write(table, form, &mut buffer).and_then(|()| buffer.flush());
        drop(buffer);
        let placed =
            written.map_err(|error| WriteError::Io { path: path.clone(), error }).and_then(|()| file.place());
        if let Err(error) = placed {
            return complain_of_writing(&error);
        }
        told += &format!("{}  {}, {}\n", shown(&path), counted(rows, "row"), counted(columns, "column"));
    }
    say(&told)
}
