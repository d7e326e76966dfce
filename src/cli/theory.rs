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
use report::Report;

pub(in crate::cli) use facts::{Facts, Known};
pub(in crate::cli) use quantity::{Bound, Bounded, Group, Quantity, Value};

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
    let known = Known::of(&resolved, arguments.limit);
    let facts = Facts::of(&resolved, &known);
    let report = Report {
        groups: groups(&facts),
        bounds: bounds(&facts),
        orders: advice::orders(&facts),
        advice: advice::sizes(&facts),
    };
    if arguments.json { say_json(&report.json(&facts)) } else { say(&screen::of(&report, &facts)) }
}

/// Constants, steps, sizes and drift.
pub(in crate::cli) fn groups(facts: &Facts<'_>) -> Vec<Group> {
    vec![
        groups::features(facts),
        groups::noise(facts),
        groups::actor(facts),
        groups::problem(facts),
        sizes::of_evaluation(facts),
        sizes::of_improvement(facts),
        drift::of_round(facts),
    ]
}

/// The right-hand sides, with what the run does not meet of what they take for granted.
pub(in crate::cli) fn bounds(facts: &Facts<'_>) -> Vec<Bound> {
    bounds::all(facts)
}
