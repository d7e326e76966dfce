//! `dpac theory`.

mod advice;
mod bounds;
mod drift;
mod facts;
mod groups;
mod quantity;
mod report;
mod screen;
mod sizes;

use super::console::{BAD_INPUT, say, say_json};
use super::load::{Source, load};
use crate::algorithm::Registry;
use clap::Args;
use facts::Facts;
use report::Report;

/// Compute constants, steps, sizes and bounds of the theorems, without running
#[derive(Args)]
#[command(
    after_help = "Examples:\n  dpac theory toggle --set problem.horizon=2\n  dpac theory configs/tiger.toml --json\n\n\
                  Constants are those of the policy that is evaluated, else of the first, which is uniform. \
                  What is called repaired is derived in docs/derivations.md; docs/readings.md has what is read \
                  otherwise than our copy of the paper prints it."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Operations that each enumeration may take
    #[arg(long, value_name = "N", default_value_t = 50_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn main(arguments: &Arguments, registry: Registry) -> u8 {
    let Some((resolved, _)) = load(&arguments.source, registry) else { return BAD_INPUT };
    let facts = Facts::of(&resolved, arguments.limit);
    let report = Report {
        groups: vec![
            groups::features(&facts),
            groups::noise(&facts),
            groups::actor(&facts),
            groups::problem(&facts),
            sizes::of_evaluation(&facts),
            sizes::of_improvement(&facts),
            drift::of_round(&facts),
        ],
        bounds: bounds::all(&facts),
        orders: advice::orders(&facts),
        advice: advice::sizes(&facts),
    };
    if arguments.json { say_json(&report.json(&facts)) } else { say(&screen::of(&report, &facts)) }
}
