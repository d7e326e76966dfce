//! `dpac paper`.

mod claims;

use super::VERSION;
use super::console::{FAILED, complain, say};
use super::load::{THREADS_MAX, threads};
use super::writing::complain_of_writing;
use crate::algorithm::Registry;
use crate::files::{NewFile, write_file};
use crate::paper::claims::{EXPERIMENTS, experiment};
use crate::paper::{Form, Options, e1, e2};
use clap::Args;
use clap::builder::PossibleValue;
use std::path::PathBuf;

/// Check the paper's claims on small problems, against exact values
#[derive(Args)]
#[command(
    after_help = "Examples:\n  dpac paper e1 --quick\n  dpac paper e2 --out e2.json\n  dpac paper e10 --quick\n\n\
                        Exit code 1 if a number is outside its band. The record is the same from run to run, but for its \
                        field \"seconds\". Experiments from e4 on are sweeps: they keep their runs, and the same command again goes\n\
                        on with them."
)]
pub(super) struct Arguments {
    /// The experiment
    #[arg(value_name = "EXPERIMENT", value_parser = names())]
    experiment: String,
    /// Fewer seeds, shorter runs, wider bands
    #[arg(long)]
    quick: bool,
    /// Seeds per point, of e1 and e2 [default: the experiment's]
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    seeds: Option<u32>,
    /// Runs at a time [default: the cores]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=THREADS_MAX))]
    threads: Option<u16>,
    /// Where experiments that are sweeps keep their runs
    #[arg(long, value_name = "DIR", default_value = "sweeps/paper")]
    runs: PathBuf,
    /// Also write page, figures and record of an experiment that is a sweep into this directory
    #[arg(long, value_name = "DIR")]
    pages: Option<PathBuf>,
    /// Print the record as JSON
    #[arg(long)]
    json: bool,
    /// Also write the record to a file, as JSON
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace existing files
    #[arg(long)]
    force: bool,
}

/// The experiments that are no sweeps.
const IN_MEMORY: [(&str, &str); 2] = [
    ("e1", "Policy evaluation converges to the exact action values: error against T"),
    ("e2", "Linear speedup of policy evaluation: error against M"),
];

fn names() -> Vec<PossibleValue> {
    let sweeps = EXPERIMENTS.iter().map(|experiment| (experiment.name, experiment.title));
    let all = IN_MEMORY.into_iter().chain(sweeps);
    all.map(|(name, title)| PossibleValue::new(name).help(title)).collect()
}

pub(super) fn main(arguments: &Arguments, registry: Registry) -> u8 {
    // Found before hours are spent, not after them.
    if let Some(path) = &arguments.out
        && let Err(error) = NewFile::begin(path, arguments.force, &[])
    {
        return complain_of_writing(&error);
    }
    let form = if arguments.quick { Form::Quick } else { Form::Full };
    if let Some(experiment) = experiment(&arguments.experiment) {
        let asked = claims::Asked {
            form,
            jobs: arguments.threads.map(usize::from),
            runs: &arguments.runs,
            pages: arguments.pages.as_deref(),
            json: arguments.json,
            out: arguments.out.as_deref(),
            force: arguments.force,
        };
        return claims::main(&asked, experiment, registry);
    }
    let options = Options {
        form,
        seeds: arguments.seeds,
        threads: threads(arguments.threads.map(usize::from)),
        program: VERSION.to_owned(),
    };
    let record = match arguments.experiment.as_str() {
        "e1" => e1::run(&options),
        _ => e2::run(&options),
    };
    let record = match record {
        Ok(record) => record,
        Err(fault) => {
            complain(&fault.to_string(), None);
            return FAILED;
        }
    };
    let mut json = serde_json::to_string_pretty(&record).expect("a record is plain data");
    json.push('\n');
    if let Some(path) = &arguments.out
        && let Err(error) = write_file(path, arguments.force, &[], json.as_bytes())
    {
        return complain_of_writing(&error);
    }
    let said = if arguments.json { say(&json) } else { say(&record.to_string()) };
    if record.passed { said } else { FAILED }
}
