//! `dpac paper`.

use super::VERSION;
use super::console::{FAILED, complain, say};
use super::load::{THREADS_MAX, threads};
use super::writing::complain_of_writing;
use crate::files::{NewFile, write_file};
use crate::paper::{Form, Options, e1, e2};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Check the paper's claims on small problems, against exact action values
#[derive(Args)]
#[command(after_help = "Examples:\n  dpac paper e1 --quick\n  dpac paper e2 --out e2.json\n\n\
                        Exit code 1 if a number is outside its band. The record is the same from run to run, but for its \
                        field \"seconds\".")]
pub(super) struct Arguments {
    /// The experiment
    #[arg(value_name = "EXPERIMENT")]
    experiment: Experiment,
    /// Fewer seeds, shorter runs, wider bands
    #[arg(long)]
    quick: bool,
    /// Seeds per point [default: the experiment's]
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    seeds: Option<u32>,
    /// Societies that run at the same time [default: the cores]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=THREADS_MAX))]
    threads: Option<u16>,
    /// Print the record as JSON
    #[arg(long)]
    json: bool,
    /// Also write the record to a file, as JSON
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long, requires = "out")]
    force: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Experiment {
    /// Policy evaluation converges to the exact action values: error against T
    E1,
    /// Linear speedup of policy evaluation: error against M
    E2,
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    // Found before hours are spent, not after them.
    if let Some(path) = &arguments.out
        && let Err(error) = NewFile::begin(path, arguments.force, &[])
    {
        return complain_of_writing(&error);
    }
    let options = Options {
        form: if arguments.quick { Form::Quick } else { Form::Full },
        seeds: arguments.seeds,
        threads: threads(arguments.threads.map(usize::from)),
        program: VERSION.to_owned(),
    };
    let record = match arguments.experiment {
        Experiment::E1 => e1::run(&options),
        Experiment::E2 => e2::run(&options),
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
