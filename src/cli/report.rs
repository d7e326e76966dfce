//! `dpac report`.

mod theory;

use super::console::{BAD_INPUT, complain, remark, say};
use super::numbers::counted;
use super::reading_runs::{Given as GivenRuns, complain_of_results, read};
use super::writing::{complain_of_writing, lies_in_a_run};
use crate::algorithm::Registry;
use crate::files::{NewFile, WriteError};
use crate::report::{Given, Input, Report};
use crate::results::{Target, arms};
use crate::sweep::SweepDirectory;
use crate::visible::{shown, visible};
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Write a page about runs: what was asked, figures, values and costs with intervals, and how to make it
/// again
#[derive(Args)]
#[command(
    after_help = "Examples:\n  dpac report sweeps/targets\n  dpac report sweeps/targets --title 'How many clients does Tiger need?' --target 'share>=0.9' --out targets.html\n  \
                  dpac report runs/tiger-dpac-1234abcd-s0 --out run.html\n\n\
                  The page is one file that asks for nothing else: it opens on a phone, at a desk and on paper, in light and dark, with or\n\
                  without JavaScript. Lines are medians over seeds with bootstrap bands; tables also have means with t intervals.\n\
                  docs/report.md says what is on it. The same runs give the same bytes."
)]
pub(super) struct Arguments {
    /// Sweeps, run directories, or directories that hold such
    #[arg(value_name = "DIR", required = true)]
    runs: Vec<PathBuf>,
    /// The page
    #[arg(long, value_name = "FILE", default_value = "report.html")]
    out: PathBuf,
    /// What stands above it [default: the algorithm and the problem]
    #[arg(long)]
    title: Option<String>,
    /// What runs may reach, as in share>=0.95, beside the targets of the sweep (again for more)
    #[arg(long, value_name = "TARGET")]
    target: Vec<Target>,
    /// Operations that each enumeration of the theory may take; 0 leaves constants and bounds out
    #[arg(long, value_name = "N", default_value_t = 2_000_000)]
    limit: u64,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

/// The longest input file that the page has room for: 64 KiB.
const INPUT_BYTES_MAX: u64 = 1 << 16;

pub(super) fn main(arguments: &Arguments, registry: Registry) -> u8 {
    let out = &arguments.out;
    if lies_in_a_run(out) {
        return BAD_INPUT;
    }
    let Some(GivenRuns { results, missing }) = read(&arguments.runs) else { return BAD_INPUT };
    // Of runs that no sweep has made, the keys that follow from others tell nothing more.
    let all_sweeps = arguments.runs.iter().all(|place| SweepDirectory::is_there(place));
    let results = if all_sweeps { results } else { results.keyed_by(Vec::new()) };
    let mut targets = of_sweeps(&arguments.runs);
    for target in &arguments.target {
        if !targets.contains(target) {
            targets.push(*target);
        }
    }
    let mut given = Given {
        title: arguments.title.clone(),
        targets,
        missing,
        algorithms: registry.words(),
        ..Given::default()
    };
    // The first arm is that of the first run.
    if let Some(first) = results.runs().first() {
        match first.configuration_text() {
            Ok(text) => given.configuration = text,
            Err(error) => return complain_of_results(&error),
        }
        let inputs = first.input_texts(INPUT_BYTES_MAX).into_iter();
        given.inputs = inputs.map(|(name, text)| Input { name, text }).collect();
    }
    if arguments.limit > 0
        && let Ok(arms) = arms(&results)
    {
        (given.theory, given.untold) = theory::of_arms(&arms, registry, arguments.limit);
    }
    let report = match Report::of(&results, &given) {
        Ok(report) => report,
        Err(error) => {
            complain(&error.to_string(), Some(error.help()));
            return BAD_INPUT;
        }
    };
    if let Err(error) = write(&report.page(), out, arguments.force) {
        return complain_of_writing(&error);
    }
    tell(&report, out)
}

/// What runs of the sweeps among some places may reach, each target once. That they can be read is known.
fn of_sweeps(places: &[PathBuf]) -> Vec<Target> {
    let mut targets: Vec<Target> = Vec::new();
    for sweep in places.iter().filter_map(|place| SweepDirectory::open(place).ok()) {
        for target in sweep.targets() {
            if !targets.contains(target) {
                targets.push(*target);
            }
        }
    }
    targets
}

fn write(page: &str, out: &Path, force: bool) -> Result<(), WriteError> {
    let mut file = NewFile::begin(out, force, &[])?;
    let written = file.file().write_all(page.as_bytes());
    written.map_err(|error| WriteError::Io { path: out.to_path_buf(), error })?;
    file.place()
}

fn tell(report: &Report, out: &Path) -> u8 {
    for note in &report.notes {
        let form = textwrap::Options::new(80).initial_indent("  ⚠ ").subsequent_indent("    ");
        remark(&format!("{}\n", textwrap::fill(&visible(note), form)));
    }
    let runs = report.arms.iter().map(|arm| arm.seeds.len()).sum();
    let figures = report.figures.iter().map(|group| group.figures.len()).sum();
    let parts = [counted(report.arms.len(), "arm"), counted(runs, "run"), counted(figures, "figure")];
    say(&format!("{}  {}\n", shown(out), parts.join(", ")))
}
