//! `dpac plan`.

use super::console::{BAD_INPUT, say};
use super::load::{Source, load, threads};
use super::screen;
use clap::Args;

/// Predict communication, memory and samples without running
#[derive(Args)]
#[command(
    after_help = "Examples:\n  dpac plan configs/tiger.toml\n  dpac plan configs/tiger.toml --set federation.clients=1000 --json"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Threads that would compute [default: the cores]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Print the closed form as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    let Some((resolved, _)) = load(&arguments.source) else { return BAD_INPUT };
    if arguments.json {
        let json = serde_json::json!({ "shape": resolved.shape, "closed_form": resolved.closed_form });
        say(&format!("{json:#}\n"))
    } else {
        say(&screen::planned(&resolved, threads(arguments.threads.map(usize::from))))
    }
}
