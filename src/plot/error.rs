//! Figures that cannot be drawn.

use crate::statistics::StatisticsError;
use thiserror::Error;

/// Why there is no figure.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum PlotError {
    /// No run is left to be drawn.
    #[error("there is no complete run to draw: of {given}, {left_out}")]
    NoRun {
        /// How many there were.
        given: String,
        /// Why they are left out.
        left_out: String,
    },
    /// A key that no run has.
    #[error("no run has the key `{key}` of {option}")]
    NoKey {
        /// The option that names it.
        option: &'static str,
        /// The key.
        key: String,
        /// The key that was meant, probably.
        near: Option<String>,
    },
    /// A value that no run has.
    #[error("no run has {key} = {value}")]
    NoValue {
        /// The key.
        key: String,
        /// The value.
        value: String,
        /// The values that there are.
        there: Vec<String>,
    },
    /// Runs of one line that are not of one configuration.
    #[error("runs of one line differ in {}", .differ.iter().map(|(key, values)| format!("{key} ({})", values.join(", "))).collect::<Vec<_>>().join(" and "))]
    Mixed {
        /// The keys, with their values.
        differ: Vec<(String, Vec<String>)>,
    },
    /// Two runs of one configuration and seed.
    #[error("{one} and {other} are runs of the same configuration with the same seed")]
    Twice {
        /// The one.
        one: String,
        /// The other.
        other: String,
    },
    /// Runs of one line are at different places at the same round.
    #[error(
        "{cost} at round {round} is {one} in {one_run} and {other} in {other_run}, which belong to one line"
    )]
    XDiffers {
        /// What stands along the axis.
        cost: &'static str,
        /// The round.
        round: u64,
        /// The one number, and whose it is.
        one: u64,
        /// Its run.
        one_run: String,
        /// The other number.
        other: u64,
        /// Its run.
        other_run: String,
    },
    /// Nothing to draw.
    #[error("no run has a {quantity} after any round")]
    NoNumbers {
        /// What was asked for.
        quantity: &'static str,
    },
    /// A log axis has nothing to show.
    #[error("{name} is 0 or below in all of {points} points, which a log axis cannot show")]
    NothingPositive {
        /// What stands along the axis.
        name: &'static str,
        /// The option by which it is shown all the same.
        instead: &'static str,
        /// How many points there are.
        points: usize,
    },
    /// A log axis is to begin where it cannot.
    #[error("a log axis cannot begin at {low}")]
    RangeOnLog {
        /// Where.
        low: f64,
    },
    /// More lines than can be told apart.
    #[error("{lines} lines are more than the {most} that a figure can tell apart")]
    TooManyLines {
        /// How many.
        lines: usize,
        /// At most.
        most: usize,
    },
    /// An interval of something else than the centre.
    #[error("a t interval is of the mean, and the lines would be of the {center}")]
    TOfAnother {
        /// The centre.
        center: &'static str,
    },
    /// A statistic that cannot be had.
    #[error("after round {round}: {error}")]
    Statistics {
        /// The round.
        round: u64,
        /// What is wrong.
        error: StatisticsError,
    },
}

impl PlotError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            PlotError::NoRun { .. } => {
                "finish them first: the same `dpac sweep`, or `dpac run --resume`, goes on".to_owned()
            }
            PlotError::NoKey { near: Some(near), .. } => format!("did you mean `{near}`?"),
            PlotError::NoKey { near: None, .. } => {
                "it takes a key of the runs' config.toml, such as federation.clients, or algorithm, problem or seed"
                    .to_owned()
            }
            PlotError::NoValue { key, there, .. } => format!("{key} is {} there", there.join(", ")),
            PlotError::Mixed { differ } => {
                let (key, values) = &differ[0];
                let value = &values[0];
                format!("--color {key} or --facet {key} tells them apart, --where {key}={value} selects")
            }
            PlotError::Twice { .. } => "give each run once, or --where selects".to_owned(),
            PlotError::XDiffers { .. } => "--x rounds is shared by all runs".to_owned(),
            PlotError::NoNumbers { quantity } => match *quantity {
                "gap" | "share" => {
                    "it needs the optimum, which a run has of problems that can be solved; --y value".to_owned()
                }
                _ => "`dpac export --csv` shows which numbers the runs have".to_owned(),
            },
            PlotError::NothingPositive { instead, .. } => format!("{instead} shows them"),
            PlotError::RangeOnLog { .. } => "begin above 0, or --linear-y".to_owned(),
            PlotError::TooManyLines { .. } => "--where KEY=VALUE selects some".to_owned(),
            PlotError::TOfAnother { .. } => "--band bootstrap is of any centre; or --center mean".to_owned(),
            PlotError::Statistics { .. } => "`dpac export --csv` shows the numbers".to_owned(),
        }
    }
}
