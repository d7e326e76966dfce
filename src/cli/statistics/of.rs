//! `dpac statistics of`.

use super::report::{Asked, Report};
use crate::cli::console::{BAD_INPUT, complain, remark, say, say_json};
use crate::cli::reading_runs::{Given, not_begun, read, remarks};
use crate::results::{Cost, Quantity, Target, arms};
use crate::statistics::{Bootstrap, Level};
use crate::visible::visible;
use clap::Args;
use std::path::PathBuf;

/// Estimates and intervals of the runs of each arm
#[derive(Args)]
#[command(
    after_help = "Examples:\n  dpac statistics of sweeps/targets\n  dpac statistics of sweeps/targets --against actor.target=q\n  \
                  dpac statistics of sweeps/targets --target 'share>=0.95' --cost wire_bytes\n  \
                  dpac statistics of sweeps/targets --y gap --fit federation.clients\n\n\
                  An arm is the runs that differ in nothing but their seed. docs/statistics.md says which interval to take."
)]
pub(super) struct Arguments {
    /// Sweeps, run directories, or directories that hold such
    #[arg(value_name = "DIR", required = true)]
    runs: Vec<PathBuf>,
    /// What is estimated, at the end of the runs; share is of the way from uniform to optimum
    #[arg(long, value_enum, value_name = "QUANTITY", default_value_t = Quantity::Value)]
    y: Quantity,
    /// Also compare with the arms where a key has this value, over the seeds that both have
    #[arg(long, value_name = "KEY=VALUE")]
    against: Option<String>,
    /// A key in which compared or fitted arms may differ too, such as a step that was tuned for each (again
    /// for more)
    #[arg(long, value_name = "KEY")]
    beside: Vec<String>,
    /// Also say what it takes to get there, as in share>=0.95: runs that never do are censored, not left out
    #[arg(long, value_name = "TARGET")]
    target: Option<Target>,
    /// What it takes is counted in this
    #[arg(long, value_enum, default_value_t = Cost::WireBytes)]
    cost: Cost,
    /// Also fit a power law to a key with numbers
    #[arg(long, value_name = "KEY")]
    fit: Option<String>,
    /// How often intervals shall contain what they are of
    #[arg(long, default_value = "0.95", value_parser = level)]
    level: Level,
    /// Resamples of the bootstrap
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    resamples: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn level(text: &str) -> Result<Level, String> {
    let number: f64 = text.parse().map_err(|_| "expected a number between 0 and 1".to_owned())?;
    Level::of(number).map_err(|error| error.to_string())
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    let Some(Given { results, missing }) = read(&arguments.runs) else { return BAD_INPUT };
    let arms = match arms(&results) {
        Ok(arms) => arms,
        Err(twice) => {
            let message = format!("{} has the seed {} twice", visible(&twice.arm), twice.seed);
            complain(&message, Some("name every run once"));
            return BAD_INPUT;
        }
    };
    let bootstrap =
        Bootstrap { resamples: arguments.resamples, level: arguments.level, ..Bootstrap::default() };
    let asked = Asked {
        y: arguments.y,
        against: arguments.against.as_deref(),
        beside: &arguments.beside,
        target: arguments.target,
        cost: arguments.cost,
        fit: arguments.fit.as_deref(),
        level: arguments.level,
    };
    let report = match Report::of(&asked, &arms, &bootstrap) {
        Ok(report) => report,
        Err(message) => {
            complain(&message, None);
            return BAD_INPUT;
        }
    };
    if let Some(note) = not_begun(missing) {
        remark(&format!("  ⚠ {note}\n"));
    }
    remark(&remarks(&results));
    if arguments.json { say_json(&report.as_json()) } else { say(&report.as_text()) }
}
