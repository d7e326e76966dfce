//! The command line: one file per subcommand, and what people see.
//!
//! Exit codes: 0 fine, 1 the run failed or differs, 2 usage or bad input, 3 done as far as a damaged file allows, 70 a mistake of
//! dpac's own, 129, 130 or 143 interrupted.

mod algorithms;
mod check;
mod console;
mod convert;
pub mod diagnose;
mod evaluate;
mod export;
mod formulas;
mod given;
mod info;
mod interrupt;
mod load;
mod metrics;
mod mistake;
mod numbers;
mod paper;
mod pinned;
mod plan;
mod problem;
mod problems;
mod progress;
mod reading;
mod replay;
mod reset;
mod run;
mod screen;
mod simulate;
mod solve;
mod start;
mod step_spectra;
mod trace;
mod writing;

#[doc(hidden)]
pub use load::drawn_problem;

use clap::{CommandFactory, Parser, Subcommand};
use console::{BAD_INPUT, FINE, print_usage, say};
use dpac_actors::host::Observer;
use std::ffi::OsString;
use std::process::ExitCode;

pub use crate::VERSION;

#[derive(Parser)]
#[command(
    name = "dpac",
    version = VERSION,
    about = "Distributed policy optimization on POMDPs, with every message counted",
    long_about = "Simulates a server and M clients, each with a critic and an actor, that solve a POMDP together by \
                  exchanging messages (DPTD, DPPG and DPAC of Zhang, Salgia, Chi 2024), and measures what the messages cost.",
    after_help = "Examples:\n  dpac run configs/tiger.toml\n  dpac plan configs/tiger.toml --set federation.clients=64\n  \
                  dpac run my.POMDP --set problem.horizon=6 --seed 7\n  dpac evaluate runs/tiger-dpac-1234abcd-s0\n  \
                  dpac check my.POMDP\n  dpac solve tiger --horizon 10\n\n\
                  Exit codes: 0 fine, 1 the run failed or differs, 2 usage or bad input, 3 done as far as a damaged file allows, \
                  70 a mistake of dpac's own, 129, 130 or 143 interrupted."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(run::Arguments),
    Plan(plan::Arguments),
    Evaluate(evaluate::Arguments),
    Check(check::Arguments),
    Info(info::Arguments),
    Convert(convert::Arguments),
    Solve(solve::Arguments),
    Simulate(simulate::Arguments),
    Replay(replay::Arguments),
    Trace(trace::Arguments),
    Export(export::Arguments),
    Paper(paper::Arguments),
    Problems(problems::Arguments),
    Algorithms(algorithms::Arguments),
    /// Print shell completions
    #[command(after_help = "Example:\n  dpac completions bash > /etc/bash_completion.d/dpac")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// The program's commands with their options and help texts, for tests that read them.
#[doc(hidden)]
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Runs the program on the process's arguments.
pub fn main() -> ExitCode {
    watched(std::env::args_os(), None).into()
}

/// Runs the program on some arguments, the program's name first. Where there is an observer, a run's rounds are told to it
/// instead of the screen, on the recorder's thread. Gives the exit code.
pub fn watched(arguments: impl IntoIterator<Item = OsString>, watch: Option<Box<dyn Observer>>) -> u8 {
    mistake::guarded(|| match Arguments::try_parse_from(arguments) {
        Ok(arguments) => obey(arguments.command, watch),
        Err(error) => {
            // Help and version go to standard output and are fine; a broken pipe is nobody's fault.
            print_usage(&error);
            if error.use_stderr() { BAD_INPUT } else { FINE }
        }
    })
}

fn obey(command: Command, watch: Option<Box<dyn Observer>>) -> u8 {
    match command {
        Command::Run(arguments) => run::main(&arguments, watch),
        Command::Plan(arguments) => plan::main(&arguments),
        Command::Evaluate(arguments) => evaluate::main(&arguments),
        Command::Check(arguments) => check::main(&arguments),
        Command::Info(arguments) => info::main(&arguments),
        Command::Convert(arguments) => convert::main(&arguments),
        Command::Solve(arguments) => solve::main(&arguments),
        Command::Simulate(arguments) => simulate::main(&arguments),
        Command::Replay(arguments) => replay::main(&arguments),
        Command::Trace(arguments) => trace::main(&arguments),
        Command::Export(arguments) => export::main(&arguments),
        Command::Paper(arguments) => paper::main(&arguments),
        Command::Problems(arguments) => problems::main(&arguments),
        Command::Algorithms(arguments) => algorithms::main(&arguments),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "dpac", &mut script);
            say(&String::from_utf8_lossy(&script))
        }
    }
}
