//! `dpac convert`.

use super::console::{BAD_INPUT, FINE, complain, remark, say};
use super::problem::{NamedProblem, problem};
use super::writing::complain_of_writing;
use crate::files::write_file;
use crate::pomdp::{Definition, file, to_json};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Write a problem as a canonical .POMDP file, or as JSON
#[derive(Args)]
#[command(
    after_help = "Examples:\n  dpac convert maze.POMDP > canonical.POMDP\n  dpac convert tiger3 --to json --out tiger3.json\n\n\
                        A canonical file reads back to the same tables, bit for bit. JSON has lists of nonzeros: transition \
                        [a, s, s', p], observation [a, s', o, p], reward [a, s, r(s, a)]; indices count from 0. Features that \
                        a problem brings along have rows [block, a, i, value], and the block of each observation."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    problem: NamedProblem,
    /// The text format of pomdp-solve, or sparse tables
    #[arg(long, value_name = "FORMAT", default_value = "pomdp")]
    to: Format,
    /// Write to a file rather than to standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long, requires = "out")]
    force: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Pomdp,
    Json,
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    let Some(problem) = problem(&arguments.problem) else { return BAD_INPUT };
    let Definition::Tabular(problem) = problem else {
        let name = problem.hidden().name();
        let message =
            format!("the observations of {name} are real numbers, for which neither format has a place");
        let help = "a configuration names the problem itself, as problem.builtin; tables of a version with finitely many \
                    observations come from GaussianModel::discretised of the library";
        complain(&message, Some(help));
        return BAD_INPUT;
    };
    let text = match arguments.to {
        Format::Pomdp => {
            if problem.model.initial_observation().is_some() {
                remark(
                    "  ⚠ what is seen before the first action is left out: the format has no place for it\n",
                );
            }
            let changes = arguments.problem.changes();
            let comment = changes.map(|it| format!("# {} with {it}\n", problem.model.name()));
            comment.unwrap_or_default() + &file::write(&problem)
        }
        Format::Json => to_json(&problem.model),
    };
    let Some(path) = &arguments.out else { return say(&text) };
    match write_file(path, arguments.force, &arguments.problem.reads(), text.as_bytes()) {
        Ok(()) => FINE,
        Err(error) => complain_of_writing(&error),
    }
}
