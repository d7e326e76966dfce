//! `dpac paper`.

mod all;
mod claims;
mod figures;

use super::load::THREADS_MAX;
use super::writing::complain_of_writing;
use crate::algorithm::Registry;
use crate::files::NewFile;
use crate::paper::Form;
use crate::paper::claims::{E11, E12, EXPERIMENTS, FIGURES, OF_E11, OF_TABLES, TABLES, experiment};
use claims::Asked;
use clap::Args;
use clap::builder::PossibleValue;
use std::path::PathBuf;

/// Check the paper's claims on small problems, against exact values
#[derive(Args)]
#[command(
    after_help = "Examples:\n  dpac paper e2 --quick --out e2.json\n  dpac paper e10 --quick\n  dpac paper fig2\n  \
                  dpac paper all --pages pages\n\n\
                  Exit code 1 if a criterion is not met. Experiments keep their runs under --runs, and the same command again goes on with them,\n\
                  also after an interruption. Equal programs give equal records, but for Table 1's seconds."
)]
pub(super) struct Arguments {
    /// The experiment
    #[arg(value_name = "EXPERIMENT", value_parser = names())]
    experiment: String,
    /// Fewer seeds, shorter runs, wider bands
    #[arg(long)]
    quick: bool,
    /// Runs at a time [default: the cores]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=THREADS_MAX))]
    threads: Option<u16>,
    /// Where experiments keep their runs
    #[arg(long, value_name = "DIR", default_value = "sweeps/paper")]
    runs: PathBuf,
    /// Also write pages, figures and records into this directory
    #[arg(long, value_name = "DIR")]
    pages: Option<PathBuf>,
    /// Print the record as JSON, of several an array
    #[arg(long)]
    json: bool,
    /// Also write the same to a file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace existing files
    #[arg(long)]
    force: bool,
}

/// All experiments, one after the other.
const ALL: &str = "all";

fn names() -> Vec<PossibleValue> {
    let experiments = EXPERIMENTS.iter().map(|experiment| (experiment.name, experiment.title));
    let figures = FIGURES.iter().map(|figure| (figure.name, figure.title));
    let several = [
        (E11, "Tables 2 and 3: distributed methods, beside measurement"),
        (E12, "Table 1 by its other name"),
        (TABLES, "Tables 1, 2 and 3 together: the paper's columns, with what was measured beside them"),
        (ALL, "every experiment in order, and what has become of each"),
    ];
    let all = experiments.chain(figures).chain(several);
    all.map(|(name, title)| PossibleValue::new(name).help(title)).collect()
}

pub(super) fn main(arguments: &Arguments, registry: Registry) -> u8 {
    // Found before hours are spent, not after them.
    if let Some(path) = &arguments.out
        && let Err(error) = NewFile::begin(path, arguments.force, &[])
    {
        return complain_of_writing(&error);
    }
    let asked = Asked {
        form: if arguments.quick { Form::Quick } else { Form::Full },
        jobs: arguments.threads.map(usize::from),
        runs: &arguments.runs,
        pages: arguments.pages.as_deref(),
        json: arguments.json,
        out: arguments.out.as_deref(),
        force: arguments.force,
    };
    let name = arguments.experiment.as_str();
    let figure = FIGURES.iter().find(|figure| figure.name == name);
    match (experiment(name), figure) {
        (Some(experiment), _) => claims::main(&asked, experiment, registry),
        (None, Some(figure)) => figures::main(&asked, figure),
        (None, None) if name == E11 => all::main(&asked, &OF_E11, registry),
        (None, None) if name == TABLES => all::main(&asked, &OF_TABLES, registry),
        (None, None) => all::main(&asked, &EXPERIMENTS, registry),
    }
}
