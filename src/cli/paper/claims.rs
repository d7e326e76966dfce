//! An experiment: its runs, its verdict, its page.

use crate::VERSION;
use crate::algorithm::Registry;
use crate::cli::console::{BAD_INPUT, FAILED, FINE, complain, complaint, remark, say};
use crate::cli::interrupt::Interrupt;
use crate::cli::load::{complain_of_loading, draw_errors, threads};
use crate::cli::sweep::listening;
use crate::cli::sweep::plan::{self, spec};
use crate::cli::sweep::work::{Work, refused};
use crate::cli::writing::complain_of_writing;
use crate::files::write_file;
use crate::paper::Form;
use crate::paper::claims::{Experiment, Lacking, Measured, Record, Source, Swept, page, short};
use crate::plot::Format;
use crate::results::Run;
use crate::sweep::{Base, Plan, Shard, SweepDirectory};
use crate::visible::{shown, visible};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What is done with an experiment.
pub(super) struct Asked<'a> {
    pub(super) form: Form,
    /// Runs at a time.
    pub(super) jobs: Option<usize>,
    /// Where runs are kept.
    pub(super) runs: &'a Path,
    /// Where page, figures and record go.
    pub(super) pages: Option<&'a Path>,
    pub(super) json: bool,
    /// Where the record goes.
    pub(super) out: Option<&'a Path>,
    pub(super) force: bool,
}

pub(super) fn main(asked: &Asked<'_>, experiment: &Experiment, registry: Registry) -> u8 {
    // What runs in memory has no barrier to come to, and ends with the first signal.
    let runs = experiment.sweeps.iter().any(|source| !source.counts_only);
    let interrupt = match runs.then(interruption).transpose() {
        Ok(interrupt) => interrupt,
        Err(code) => return code,
    };
    let record = match found(asked, experiment, registry, interrupt.as_ref(), asked.json) {
        Ok(record) => record,
        Err(code) => return code,
    };
    let mut all = Vec::new();
    if let Some(path) = asked.out {
        all.push((path.to_path_buf(), record.json().into_bytes()));
    }
    if let Some(directory) = asked.pages {
        all.extend(files(directory, &record));
    }
    if let Err(code) = written(all, asked.force) {
        return code;
    }
    let said = if asked.json { say(&record.json()) } else { say(&screen(&record)) };
    if record.passed || said != FINE { said } else { FAILED }
}

/// Takes the signals over for all sweeps to come.
pub(super) fn interruption() -> Result<Interrupt, u8> {
    let interrupt = listening()?;
    between(&interrupt);
    Ok(interrupt)
}

/// What a signal does while no run goes on.
fn between(interrupt: &Interrupt) {
    let help = "the same command again goes on with what is left";
    interrupt.break_off(|code| (code, complaint("interrupted; runs that are complete stand", Some(help))));
}

/// Runs the experiment and judges it. What is wrong has been said where there is no verdict.
pub(super) fn found(
    asked: &Asked<'_>,
    experiment: &Experiment,
    registry: Registry,
    interrupt: Option<&Interrupt>,
    quiet: bool,
) -> Result<Record, u8> {
    let measured = measured(asked, experiment, registry, interrupt, quiet)?;
    let judged = (experiment.judge)(&measured).map_err(|error| lacking(&error))?;
    Ok(Record::of(experiment, &measured, judged, VERSION))
}

/// Says why there is no verdict.
pub(super) fn lacking(error: &Lacking) -> u8 {
    let help = error.is_of_runs().then_some("look at runs.csv of its sweep");
    complain(&error.to_string(), help);
    FAILED
}

/// Runs the sweeps, or goes on with them.
fn measured(
    asked: &Asked<'_>,
    experiment: &Experiment,
    registry: Registry,
    interrupt: Option<&Interrupt>,
    quiet: bool,
) -> Result<Measured, u8> {
    let form = asked.form;
    let mut sweeps = Vec::new();
    for source in experiment.sweeps {
        let plan = planned(source, form, registry)?;
        let runs = match interrupt.filter(|_| !source.counts_only) {
            None => Vec::new(),
            Some(interrupt) => {
                let place = asked.runs.join(format!("{}-{}", source.name, form.name()));
                let runs = run(&plan, &place, asked, interrupt, quiet);
                between(interrupt);
                runs?
            }
        };
        sweeps.push(Swept { name: source.name, plan, runs });
    }
    Ok(Measured { form, sweeps })
}

fn planned(source: &Source, form: Form, registry: Registry) -> Result<Plan, u8> {
    let spec_and_base = source.loaded().and_then(|loaded| {
        let quick = form == Form::Quick;
        let settings = if quick { source.quick.settings } else { &[] };
        let loaded = loaded.with_overrides(settings)?;
        let table = loaded.sweep()?.unwrap_or_default();
        let axes: Vec<String> = if quick {
            source.quick.axes.iter().map(|axis| (*axis).to_owned()).collect()
        } else {
            Vec::new()
        };
        let of_zip = |axis: &String| table.zip.iter().any(|zip| axis.starts_with(&format!("{}=", zip.key)));
        let (zip, grid): (Vec<String>, Vec<String>) = axes.into_iter().partition(of_zip);
        let seeds = quick.then_some(source.quick.seeds);
        let asked = plan::Asked {
            seed: None,
            grid_option: "the quick form",
            grid: &grid,
            zip: &zip,
            seeds,
            targets: &[],
        };
        Ok((spec(&asked, table)?, Base { loaded, registry }))
    });
    let (spec, base) = spec_and_base.map_err(|errors| {
        draw_errors(&errors);
        BAD_INPUT
    })?;
    Plan::new(base, &spec).map_err(|(label, error)| {
        complain_of_loading(&error);
        remark(&format!("  in the arm {}\n", visible(&label)));
        BAD_INPUT
    })
}

fn run(
    plan: &Plan,
    place: &Path,
    asked: &Asked<'_>,
    interrupt: &Interrupt,
    quiet: bool,
) -> Result<Vec<Run>, u8> {
    let jobs = threads(asked.jobs);
    let next = |_: &Work<'_>| String::new();
    let work = Work { plan, place, jobs, threads: 1, shard: Shard::WHOLE, next };
    let code = work.run_under(interrupt, quiet);
    if code != FINE {
        return Err(code);
    }
    let directory = SweepDirectory::open_of(place, plan).map_err(|error| refused(&error))?;
    let runs: Result<Vec<Run>, _> = directory.run_paths().iter().map(|path| Run::read(path)).collect();
    runs.map_err(|error| {
        complain(&error.to_string(), None);
        FAILED
    })
}

/// Page, figures and record of an experiment, for a directory.
pub(super) fn files(directory: &Path, record: &Record) -> Vec<(PathBuf, Vec<u8>)> {
    let name = &record.experiment;
    let mut files = vec![
        (directory.join(format!("{name}.md")), page(record).into_bytes()),
        (directory.join("records").join(format!("{name}.json")), record.json().into_bytes()),
    ];
    for curves in &record.curves {
        files.push((directory.join(format!("{}.svg", curves.name)), curves.figure().drawn(Format::Svg)));
    }
    files
}

/// Writes files and says which.
pub(super) fn written(files: Vec<(PathBuf, Vec<u8>)>, force: bool) -> Result<(), u8> {
    for (path, bytes) in files {
        crate::files::make_folder(crate::files::parent(&path))
            .and_then(|()| write_file(&path, force, &[], &bytes))
            .map_err(|error| complain_of_writing(&error))?;
        remark(&format!("  written  {}\n", shown(&path)));
    }
    Ok(())
}

fn screen(record: &Record) -> String {
    let mut text = format!("{}: {}\n\n", record.experiment, record.title);
    let form = |indent| textwrap::Options::new(80).initial_indent(indent).subsequent_indent("           ");
    for verdict in &record.verdicts {
        let mark = if verdict.holds { "  holds    " } else { "  FAILS    " };
        let interval = verdict.interval.as_ref().map_or_else(String::new, |interval| format!(", {interval}"));
        let line = format!("{}: {}{interval}; {}", verdict.what, short(verdict.measured), verdict.criterion);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", textwrap::fill(&line, form(mark)));
    }
    for note in &record.notes {
        let _ = writeln!(text, "{}", textwrap::fill(note, form("  note     ")));
    }
    text
}
