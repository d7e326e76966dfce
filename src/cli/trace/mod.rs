//! `dpac trace`: what one does with traces, one file per verb.

mod diff;
mod doctor;
mod dump;
mod export;
mod file;
mod info;
mod stats;

pub(super) use file::range;

use crate::algorithm::Registry;
use clap::{Args, Subcommand};

/// Look at recorded runs: what is in them, where two part, what is left of a damaged one
#[derive(Args)]
#[command(
    after_help = "Examples:\n  dpac trace info run.dpt\n  dpac trace stats run.dpt\n  dpac trace diff a.dpt b.dpt\n  \
                  dpac trace dump run.dpt --rounds 3 --clients 7\n  dpac trace export run.dpt --format mermaid --rounds 0\n  \
                  dpac trace doctor run.dpt\n\n\
                  Exit codes: 0 fine, or the same; 1 different; 2 usage or unreadable; 3 the trace is damaged or cut short."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Info(info::Arguments),
    Dump(dump::Arguments),
    Stats(stats::Arguments),
    Diff(diff::Arguments),
    Doctor(doctor::Arguments),
    Recover(doctor::RecoverArguments),
    Export(export::Arguments),
}

pub(super) fn main(arguments: &Arguments, registry: Registry) -> u8 {
    match &arguments.verb {
        Verb::Info(arguments) => info::main(arguments),
        Verb::Dump(arguments) => dump::main(arguments),
        Verb::Stats(arguments) => stats::main(arguments, registry),
        Verb::Diff(arguments) => diff::main(arguments),
        Verb::Doctor(arguments) => doctor::main(arguments),
        Verb::Recover(arguments) => doctor::recover_main(arguments),
        Verb::Export(arguments) => export::main(arguments),
    }
}
