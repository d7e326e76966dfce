//! `dpac plan`.

use super::console::{BAD_INPUT, say, say_json};
use super::formulas::in_letters;
use super::load::{Source, THREADS_MAX, load, threads};
use super::run::{TraceLevel, Where};
use super::{disk, screen};
use crate::algorithm::Registry;
use crate::experiment::{Disk, Memory, Setup, default_directory};
use clap::Args;
use dpac_actors::trace::Level;

/// Predict communication, memory and samples without running
#[derive(Args)]
#[command(
    after_help = "Examples:\n  dpac plan configs/tiger.toml\n  dpac plan configs/tiger.toml --set federation.clients=1000 --json"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Threads that would compute [default: the cores]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=THREADS_MAX))]
    threads: Option<u16>,
    /// Where the roles would live: it changes the memory
    #[arg(long, default_value = "shard")]
    placement: Where,
    /// How much a trace would record: it changes the memory [default: none is recorded]
    #[arg(long, value_name = "LEVEL")]
    trace_level: Option<TraceLevel>,
    /// Print the closed form and the memory as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn main(arguments: &Arguments, registry: Registry) -> u8 {
    let Some((resolved, input)) = load(&arguments.source, registry) else { return BAD_INPUT };
    let setup = Setup {
        threads: threads(arguments.threads.map(usize::from)),
        placement: arguments.placement.into(),
        trace: arguments.trace_level.map(Level::from),
    };
    let memory = Memory::of(&resolved, setup);
    let disk = Disk::of(&resolved, &input);
    let place = default_directory(&resolved, &input);
    let (shape, counts) = (&resolved.shape, &resolved.closed_form);
    let protocol = &shape.protocol;
    if arguments.json {
        say_json(&serde_json::json!({
            "shape": shape, "closed_form": counts, "formulas": protocol.formulas(), "memory_bytes": memory,
            "disk_bytes": disk,
        }))
    } else {
        let disk = disk::needed(&disk, &place);
        let planned = screen::planned(&resolved, (&memory, setup.threads), &disk);
        say(&format!("{planned}\n{}", in_letters(protocol)))
    }
}
