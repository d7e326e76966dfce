//! Experiments that are sweeps: their runs, their verdicts, their pages.

use super::super::console::{BAD_INPUT, FAILED, FINE, complain, remark, say};
use super::super::load::{complain_of_loading, draw_errors, threads};
use super::super::sweep::plan::{self, spec};
use super::super::sweep::work::{Work, refused};
use super::super::writing::complain_of_writing;
use crate::VERSION;
use crate::algorithm::Registry;
use crate::config::Loaded;
use crate::experiment::RESULTS_EPOCH;
use crate::files::write_file;
use crate::paper::Form;
use crate::paper::claims::{Experiment, Judged, Measured, Source, Swept, Told, page};
use crate::plot::Format;
use crate::results::Run;
use crate::sweep::{Base, Plan, Shard, SweepDirectory};
use crate::visible::{shown, visible};
use serde_json::json;
use std::fmt::Write;
use std::path::Path;

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
    let measured = match measured(asked, experiment, registry) {
        Ok(measured) => measured,
        Err(code) => return code,
    };
    let judged = match (experiment.judge)(&measured) {
        Ok(judged) => judged,
        Err(lacking) => {
            complain(&lacking.to_string(), Some("look at runs.csv of its sweep"));
            return FAILED;
        }
    };
    let told = Told { experiment, measured: &measured, judged: &judged, program: VERSION };
    let record = record(&told);
    if let Some(path) = asked.out
        && let Err(error) = write_file(path, asked.force, &[], record.as_bytes())
    {
        return complain_of_writing(&error);
    }
    if let Some(directory) = asked.pages
        && let Err(code) = write_page(directory, &told, &record, asked.force)
    {
        return code;
    }
    let said = if asked.json { say(&record) } else { say(&screen(experiment, &judged)) };
    if judged.passed() { said } else { FAILED }
}

/// Runs the sweeps, or goes on with them.
fn measured(asked: &Asked<'_>, experiment: &Experiment, registry: Registry) -> Result<Measured, u8> {
    let form = asked.form;
    let mut sweeps = Vec::new();
    for source in experiment.sweeps {
        let plan = planned(source, form, registry)?;
        let runs = if source.counts_only {
            Vec::new()
        } else {
            let place = asked.runs.join(format!("{}-{}", source.name, form.name()));
            run(&plan, &place, asked)?
        };
        sweeps.push(Swept { name: source.name, plan, runs });
    }
    Ok(Measured { form, sweeps })
}

fn planned(source: &Source, form: Form, registry: Registry) -> Result<Plan, u8> {
    let name = format!("configs/paper/{}.toml", source.name);
    let spec_and_base = Loaded::from_str(&name, source.text).and_then(|loaded| {
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

fn run(plan: &Plan, place: &Path, asked: &Asked<'_>) -> Result<Vec<Run>, u8> {
    let jobs = threads(asked.jobs);
    let next = |_: &Work<'_>| String::new();
    let work = Work { plan, place, jobs, threads: 1, shard: Shard::WHOLE, next };
    let code = work.run(asked.json);
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

/// Everything that was found, and of what.
fn record(told: &Told<'_>) -> String {
    let Told { experiment, measured, judged, program } = told;
    let sweep = |swept: &Swept| {
        let arms: Vec<_> = swept
            .plan
            .arms
            .iter()
            .map(|arm| json!({ "arm": arm.label, "config_digest": arm.config_digest }))
            .collect();
        json!({ "sweep": swept.name, "seeds": swept.plan.seeds, "arms": arms })
    };
    let record = json!({
        "experiment": experiment.name, "claim": experiment.claim, "reading": experiment.reading,
        "program": program, "results_epoch": RESULTS_EPOCH, "form": measured.form, "passed": judged.passed(),
        "verdicts": judged.verdicts, "curves": judged.curves, "notes": judged.notes,
        "sweeps": measured.sweeps.iter().map(sweep).collect::<Vec<_>>(),
    });
    let mut text = serde_json::to_string_pretty(&record).expect("a record is plain data");
    text.push('\n');
    text
}

fn write_page(directory: &Path, told: &Told<'_>, record: &str, force: bool) -> Result<(), u8> {
    let name = told.experiment.name;
    let mut files = vec![
        (directory.join(format!("{name}.md")), page(told).into_bytes()),
        (directory.join("records").join(format!("{name}.json")), record.as_bytes().to_vec()),
    ];
    for curves in &told.judged.curves {
        let path = directory.join(format!("{}.svg", curves.name));
        files.push((path, curves.figure().drawn(Format::Svg)));
    }
    for (path, bytes) in files {
        crate::files::make_folder(path.parent().unwrap_or(directory))
            .and_then(|()| write_file(&path, force, &[], &bytes))
            .map_err(|error| complain_of_writing(&error))?;
        remark(&format!("  written  {}\n", shown(&path)));
    }
    Ok(())
}

fn screen(experiment: &Experiment, judged: &Judged) -> String {
    let mut text = format!("{}: {}\n\n", experiment.name, experiment.title);
    let form = |indent| textwrap::Options::new(80).initial_indent(indent).subsequent_indent("           ");
    for verdict in &judged.verdicts {
        let mark = if verdict.holds { "  holds    " } else { "  FAILS    " };
        let interval = verdict.interval.as_ref().map_or_else(String::new, |interval| format!(" {interval}"));
        let number = format!("{:.4}", verdict.measured);
        let line = format!("{}: {number}{interval}; {}", verdict.what, verdict.criterion);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", textwrap::fill(&line, form(mark)));
    }
    for note in &judged.notes {
        let _ = writeln!(text, "{}", textwrap::fill(note, form("  note     ")));
    }
    text
}
