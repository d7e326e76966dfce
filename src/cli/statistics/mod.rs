//! `dpac statistics`.

mod coverage;
mod of;
mod report;
mod screen;
mod times;

use clap::{Args, Subcommand};

/// Estimate from runs with several seeds, with intervals that say what they are
#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Of(of::Arguments),
    Coverage(coverage::Arguments),
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    match &arguments.command {
        Command::Of(arguments) => of::main(arguments),
        Command::Coverage(arguments) => coverage::main(arguments),
    }
}
