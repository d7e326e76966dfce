//! `dpac plot`.

use super::console::{BAD_INPUT, complain, remark, say};
use super::numbers::counted;
use super::reading_runs::{Given, not_begun, read};
use super::writing::{complain_of_writing, lies_in_a_run};
use crate::files::{NewFile, PlacedFile, WriteError};
use crate::plot::{Band, Figure, Format, PlotError, Request, Scale, Selection};
use crate::results::{Cost, Quantity, write_csv};
use crate::statistics::Estimate;
use crate::visible::shown;
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Draw a figure of runs: what they have come to against what it has cost, with bands over seeds
#[derive(Args)]
#[command(
    after_help = "Examples:\n  dpac plot sweeps/targets --color federation.clients --facet actor.target --out targets.svg\n  \
                  dpac plot sweeps/targets --y gap --color federation.clients --where actor.target=q --fit --out gap.pdf\n  \
                  dpac plot runs --x rounds --y bellman_error --color seed --out runs.svg\n\n\
                  A line is the runs that share --color and --facet; they must differ in nothing but their seed. Beside the figure stand\n\
                  its numbers as .csv, and a .py that draws them with matplotlib, to be edited. Where nothing else is said an axis is a log\n\
                  axis if it spans more than two decades; values and shares stand on a linear one. docs/statistics.md says which interval\n\
                  to take. Runs that are not complete are left out, which is said."
)]
pub(super) struct Arguments {
    /// Sweeps, run directories, or directories that hold such
    #[arg(value_name = "DIR", required = true)]
    runs: Vec<PathBuf>,
    /// What lines run along: what all clients together have sent or sampled
    #[arg(long, value_enum, default_value_t = Cost::WireBytes)]
    x: Cost,
    /// What they are of
    #[arg(long, value_enum, default_value_t = Quantity::Value)]
    y: Quantity,
    /// A line for every value of this key (also: algorithm, problem, seed)
    #[arg(long, value_name = "KEY")]
    color: Option<String>,
    /// A panel for every value of this key
    #[arg(long, value_name = "KEY")]
    facet: Option<String>,
    /// Only runs where a key has this value (again for more keys)
    #[arg(long = "where", value_name = "KEY=VALUE", value_parser = condition)]
    conditions: Vec<(String, String)>,
    /// What stands for all seeds: the mean, the median or the interquartile mean
    #[arg(long, value_enum, default_value_t = Estimate::Mean)]
    center: Estimate,
    /// What is drawn around it: a 95 % interval of it, the quartiles of the seeds, or nothing
    #[arg(long, value_enum, default_value_t = Band::Bootstrap)]
    band: Band,
    /// Fit a power law to each line, on log axes: its exponent and standard error stand in the legend
    #[arg(long, conflicts_with_all = ["linear_x", "linear_y"])]
    fit: bool,
    /// The figure, as .svg or .pdf
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// What stands above it
    #[arg(long)]
    title: Option<String>,
    /// A log axis along x
    #[arg(long, conflicts_with = "linear_x")]
    log_x: bool,
    /// A linear axis along x
    #[arg(long)]
    linear_x: bool,
    /// A log axis along y
    #[arg(long, conflicts_with = "linear_y")]
    log_y: bool,
    /// A linear axis along y
    #[arg(long)]
    linear_y: bool,
    /// Where the y axis begins and ends, as in -6..2
    #[arg(long, value_name = "LOW..HIGH", allow_hyphen_values = true, value_parser = range)]
    y_range: Option<(f64, f64)>,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    let out = &arguments.out;
    let extension = out.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let Some(format) = Format::of_extension(extension) else {
        let message = format!("{}: a figure is an .svg or a .pdf file", shown(out));
        complain(&message, Some("the .py beside it draws other kinds with matplotlib"));
        return BAD_INPUT;
    };
    if lies_in_a_run(out) {
        return BAD_INPUT;
    }
    let Some(Given { results, missing }) = read(&arguments.runs) else { return BAD_INPUT };
    let mut figure = match Figure::of(&results, &request(arguments)) {
        Ok(figure) => figure,
        Err(error) => return complain_of_figure(&error),
    };
    if let Some(note) = not_begun(missing) {
        figure.notes.insert(0, note);
    }
    if let Err(error) = write(&figure, format, out, arguments.force) {
        return complain_of_writing(&error);
    }
    tell(&figure, format, out)
}

fn request(arguments: &Arguments) -> Request {
    let scale = |log: bool, linear: bool| match (log, linear) {
        (true, _) => Some(Scale::Log),
        (_, true) => Some(Scale::Linear),
        _ => None,
    };
    Request {
        x: arguments.x,
        y: arguments.y,
        selection: Selection {
            color: arguments.color.clone(),
            facet: arguments.facet.clone(),
            conditions: arguments.conditions.clone(),
        },
        center: arguments.center,
        band: arguments.band,
        x_scale: scale(arguments.log_x, arguments.linear_x),
        y_scale: scale(arguments.log_y, arguments.linear_y),
        y_range: arguments.y_range,
        fit: arguments.fit,
        title: arguments.title.clone(),
    }
}

fn complain_of_figure(error: &PlotError) -> u8 {
    complain(&error.to_string(), Some(&error.help()));
    BAD_INPUT
}

/// All three files, or none: what stood there is put back where one of them cannot be placed.
fn write(figure: &Figure, format: Format, out: &Path, force: bool) -> Result<(), WriteError> {
    let mut numbers = Vec::new();
    write_csv(figure.numbers(), &mut numbers).expect("memory can be written");
    let files = [
        (out.to_path_buf(), figure.drawn(format)),
        (out.with_extension("csv"), numbers),
        (out.with_extension("py"), figure.script().into_bytes()),
    ];
    let mut begun = Vec::new();
    for (path, bytes) in files {
        let mut file = NewFile::begin(&path, force, &[])?;
        let written = file.file().write_all(&bytes);
        written.map_err(|error| WriteError::Io { path, error })?;
        begun.push(file);
    }
    let mut placed: Vec<PlacedFile> = Vec::new();
    for file in begun {
        match file.place_for_now() {
            Ok(file) => placed.push(file),
            Err(error) => {
                placed.into_iter().rev().for_each(PlacedFile::undo);
                return Err(error);
            }
        }
    }
    placed.into_iter().for_each(PlacedFile::keep);
    Ok(())
}

/// Columns of a terminal.
const WIDTH: usize = 80;

fn tell(figure: &Figure, format: Format, out: &Path) -> u8 {
    let mut notes = figure.notes.clone();
    let without: String = figure.letters_without(format).into_iter().collect();
    if !without.is_empty() {
        notes.push(format!(
            "the font of PDF has no {without}, which are question marks there; an .svg has them"
        ));
    }
    for note in notes {
        let form = textwrap::Options::new(WIDTH).initial_indent("  ⚠ ").subsequent_indent("    ");
        remark(&format!("{}\n", textwrap::fill(&note, form)));
    }
    let lines = figure.panels.iter().map(|panel| panel.lines.len()).sum();
    let parts = [
        counted(figure.panels.len(), "panel"),
        counted(lines, "line"),
        counted(figure.points().count(), "point"),
    ];
    say(&format!(
        "{}  {}\n{}  the numbers of every line\n{}  draws them with matplotlib\n  {}\n",
        shown(out),
        parts.join(", "),
        shown(&out.with_extension("csv")),
        shown(&out.with_extension("py")),
        figure.caption,
    ))
}

fn condition(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() && !value.trim().is_empty() => {
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("expected KEY=VALUE, as in actor.target=q".to_owned()),
    }
}

fn range(text: &str) -> Result<(f64, f64), String> {
    let ends = text.split_once("..").and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)));
    match ends {
        Some((low, high)) if f64::is_finite(low) && f64::is_finite(high) && low < high => Ok((low, high)),
        _ => Err("expected LOW..HIGH, two numbers of which the first is less".to_owned()),
    }
}

impl ValueEnum for Estimate {
    fn value_variants<'a>() -> &'a [Self] {
        &[Estimate::Mean, Estimate::Median, Estimate::InterquartileMean]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Estimate::Mean => "mean",
            Estimate::Median => "median",
            Estimate::InterquartileMean => "iqm",
        }))
    }
}

impl ValueEnum for Band {
    fn value_variants<'a>() -> &'a [Self] {
        &[Band::Bootstrap, Band::T, Band::Quartiles, Band::None]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Band::Bootstrap => "bootstrap",
            Band::T => "t",
            Band::Quartiles => "iqr",
            Band::None => "none",
        }))
    }
}
