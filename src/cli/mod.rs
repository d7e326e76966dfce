//! The command line: one file per subcommand, and what people see.
//!
//! Exit codes: 0 fine, 1 the run failed or differs, 2 usage or bad input, 3 done as far as a damaged file
//! allows, 70 a mistake of dpac's own, 129, 130 or 143 interrupted.

mod algorithms;
mod check;
mod compare;
mod completions;
mod console;
mod convert;
mod disk;
mod evaluate;
mod export;
mod final_screen;
mod formulas;
mod given;
mod info;
mod init;
mod interrupt;
mod load;
mod man;
mod metrics;
mod mistake;
mod numbers;
mod paper;
mod pinned;
mod plan;
mod plot;
mod problem;
mod problems;
mod progress;
mod quantities;
mod reading;
mod reading_runs;
mod replay;
mod report;
mod reset;
mod run;
mod runs;
mod schema;
mod screen;
mod simulate;
mod solve;
mod start;
mod statistics;
mod step_spectra;
mod sweep;
mod theory;
mod trace;
mod tune;
mod writing;

use crate::algorithm::{Entry, Registry};
use crate::visible::{as_typed, called_by, program};
use clap::builder::StyledStr;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use console::{BAD_INPUT, FINE, complain, print_usage};
use dpac_actors::host::Observer;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

pub use crate::VERSION;

#[derive(Parser)]
#[command(
    name = "dpac",
    version = VERSION,
    about = "Distributed policy optimization on POMDPs, with every message counted",
    long_about = "Simulates a server and M clients, each with a critic and an actor, that solve a POMDP together by \
                  exchanging messages (DPTD, DPPG and DPAC of Zhang, Salgia, Chi 2024), and measures what the messages cost.",
    after_help = "Examples:\n  dpac run tiger\n  dpac init my.toml --problem tiger\n  dpac run my.toml --set federation.clients=4\n  dpac plan configs/tiger.toml --set federation.clients=64\n  \
                  dpac run my.POMDP --set problem.horizon=6 --seed 7\n  dpac evaluate runs/tiger-dpac-1234abcd-s0\n  \
                  dpac check my.POMDP\n  dpac solve tiger\n\n\
                  Exit codes: 0 fine, 1 the run failed or differs, 2 usage or bad input, 3 done as far as a damaged file allows, \
                  70 a mistake of dpac's own, 129, 130 or 143 interrupted."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Init(init::Arguments),
    Run(run::Arguments),
    Plan(plan::Arguments),
    Theory(theory::Arguments),
    Sweep(sweep::Arguments),
    Tune(tune::Arguments),
    Evaluate(evaluate::Arguments),
    Check(check::Arguments),
    Info(info::Arguments),
    Convert(convert::Arguments),
    Solve(solve::Arguments),
    Simulate(simulate::Arguments),
    Replay(replay::Arguments),
    Trace(trace::Arguments),
    Runs(runs::Arguments),
    Compare(compare::Arguments),
    Plot(plot::Arguments),
    Report(report::Arguments),
    Export(export::Arguments),
    Paper(paper::Arguments),
    Statistics(statistics::Arguments),
    Problems(problems::Arguments),
    Algorithms(algorithms::Arguments),
    Schema(schema::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

/// The program's commands with their options and help texts, for tests that read them.
#[doc(hidden)]
pub fn command() -> clap::Command {
    if program() == "dpac" { Arguments::command() } else { with_own_name(Arguments::command()) }
}

/// The program on the process's arguments, with these algorithms beside those of `dpac`: every command knows
/// them, as it knows the others. It is all that the `main` of a program of one's own does. Entries that
/// cannot stand beside the others end it at once.
///
/// ```no_run
/// # mod my_td { pub static ENTRIES: &[dpac::algorithm::Entry] = &[]; }
/// fn main() -> std::process::ExitCode {
///     dpac::main_with(my_td::ENTRIES)
/// }
/// ```
pub fn main_with(own: &'static [Entry]) -> ExitCode {
    if let Some(program) = std::env::args_os().next() {
        called_by(Path::new(&program));
    }
    watched(own, std::env::args_os(), None).into()
}

/// [`main_with`] on some arguments, the program's name first. A run's progress is told to `watch` instead of
/// the screen, where there is one. Gives the exit code.
pub fn watched(
    own: &'static [Entry],
    arguments: impl IntoIterator<Item = OsString>,
    watch: Option<Box<dyn Observer>>,
) -> u8 {
    mistake::guarded(|| {
        let registry = match Registry::with(own) {
            Ok(registry) => registry,
            Err(error) => {
                complain(&error.to_string(), Some(error.help()));
                return BAD_INPUT;
            }
        };
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        match parsed(&arguments) {
            Ok(Arguments { command }) => obey(command, registry, watch),
            Err(error) => {
                // Help and version go to standard output and are fine; a broken pipe is nobody's fault.
                print_usage(&error);
                if error.use_stderr() { BAD_INPUT } else { FINE }
            }
        }
    })
}

/// The arguments as a command.
fn parsed(arguments: &[OsString]) -> Result<Arguments, clap::Error> {
    let mut command = command();
    let matches = command.clone().try_get_matches_from(arguments)?;
    Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// A command and those below it, whose help texts call the program by its name.
fn with_own_name(mut command: clap::Command) -> clap::Command {
    let typed = |text: &StyledStr| as_typed(&text.to_string()).into_owned();
    if let Some(text) = command.get_after_help().map(typed) {
        command = command.after_help(text);
    }
    let names: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    let command = command.mut_args(|mut argument| {
        if let Some(text) = argument.get_help().map(typed) {
            argument = argument.help(text);
        }
        if let Some(text) = argument.get_long_help().map(typed) {
            argument = argument.long_help(text);
        }
        argument
    });
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, with_own_name))
}

fn obey(command: Command, registry: Registry, watch: Option<Box<dyn Observer>>) -> u8 {
    match command {
        Command::Init(arguments) => init::main(&arguments, registry),
        Command::Run(arguments) => run::main(&arguments, registry, watch),
        Command::Plan(arguments) => plan::main(&arguments, registry),
        Command::Theory(arguments) => theory::main(&arguments, registry),
        Command::Sweep(arguments) => sweep::main(&arguments, registry),
        Command::Tune(arguments) => tune::main(&arguments, registry),
        Command::Evaluate(arguments) => evaluate::main(&arguments, registry),
        Command::Check(arguments) => check::main(&arguments, registry),
        Command::Info(arguments) => info::main(&arguments),
        Command::Convert(arguments) => convert::main(&arguments),
        Command::Solve(arguments) => solve::main(&arguments),
        Command::Simulate(arguments) => simulate::main(&arguments),
        Command::Replay(arguments) => replay::main(&arguments, registry),
        Command::Trace(arguments) => trace::main(&arguments, registry),
        Command::Runs(arguments) => runs::main(&arguments),
        Command::Compare(arguments) => compare::main(&arguments),
        Command::Plot(arguments) => plot::main(&arguments),
        Command::Report(arguments) => report::main(&arguments, registry),
        Command::Export(arguments) => export::main(&arguments, registry),
        Command::Paper(arguments) => paper::main(&arguments, registry),
        Command::Statistics(arguments) => statistics::main(&arguments),
        Command::Problems(arguments) => problems::main(&arguments),
        Command::Algorithms(arguments) => algorithms::main(&arguments, registry),
        Command::Schema(arguments) => schema::main(&arguments, registry),
        Command::Completions(arguments) => completions::main(&arguments, registry, self::command()),
        Command::Man(arguments) => man::main(&arguments, self::command()),
    }
}
