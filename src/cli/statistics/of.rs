//! `dpac statistics of`.

use super::arms::{Arm, Cost, arms};
use crate::cli::console::{BAD_INPUT, complain, remark, say, say_json};
use crate::cli::reading_runs::{complain_of_results, find, remarks};
use crate::results::{Quantity, Results, Target};
use crate::statistics::{
    Arm as PowerArm, Bootstrap, Estimate, Interval, Level, Paired, PowerLaw, Sample, StatisticsError, Times,
};
use crate::visible::visible;
use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fmt::Write;
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
    /// What is estimated, at the end of the runs: value, gap, share (of the way from uniform to optimum) or bellman_error
    #[arg(long, value_name = "QUANTITY", default_value = "value", value_parser = quantity)]
    y: Quantity,
    /// Also compare with the arms where a key has this value, over the seeds that both have
    #[arg(long, value_name = "KEY=VALUE")]
    against: Option<String>,
    /// Also say what it takes to get there, as in share>=0.95: runs that never do are censored, not left out
    #[arg(long, value_name = "TARGET")]
    target: Option<Target>,
    /// What it takes is counted in this
    #[arg(long, value_enum, default_value = "wire_bytes")]
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

fn quantity(text: &str) -> Result<Quantity, String> {
    let found = Quantity::ALL.into_iter().find(|quantity| quantity.name() == text);
    found.ok_or_else(|| {
        let names: Vec<&str> = Quantity::ALL.iter().map(|quantity| quantity.name()).collect();
        format!("expected one of {}", names.join(", "))
    })
}

fn level(text: &str) -> Result<Level, String> {
    let number: f64 = text.parse().map_err(|_| "expected a number between 0 and 1".to_owned())?;
    Level::of(number).map_err(|error| error.to_string())
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    let Some(paths) = find(&arguments.runs) else { return BAD_INPUT };
    let results = match Results::read(&paths) {
        Ok(results) => results,
        Err(error) => return complain_of_results(&error),
    };
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
    let report = match Report::of(arguments, &arms, &bootstrap) {
        Ok(report) => report,
        Err(message) => {
            complain(&message, None);
            return BAD_INPUT;
        }
    };
    remark(&remarks(&results));
    if arguments.json { say_json(&report.as_json()) } else { say(&report.as_text()) }
}

/// What is said of an arm: an estimate of it, or why there is none.
struct Estimated {
    label: String,
    seeds: usize,
    incomplete: usize,
    found: Result<Found, StatisticsError>,
}

struct Found {
    mean: f64,
    median: f64,
    interquartile_mean: f64,
    low_high: (f64, f64),
    /// None of a single seed.
    intervals: Option<(Interval, Interval)>,
}

/// A difference of two arms under the same seeds.
struct Compared {
    label: String,
    with: String,
    found: Result<(f64, usize, Interval, Interval), StatisticsError>,
}

/// What it takes an arm to get to the target.
struct Taken {
    label: String,
    seeds: usize,
    reached: usize,
    found: Result<(Option<f64>, Interval, Interval), StatisticsError>,
}

struct Fitted {
    label: String,
    found: Result<PowerLaw, StatisticsError>,
}

struct Report<'a> {
    arguments: &'a Arguments,
    estimated: Vec<Estimated>,
    compared: Vec<Compared>,
    taken: Vec<Taken>,
    fitted: Vec<Fitted>,
}

impl<'a> Report<'a> {
    fn of(arguments: &'a Arguments, arms: &[Arm<'_>], bootstrap: &Bootstrap) -> Result<Self, String> {
        let quantity = arguments.y;
        let estimated: Vec<Estimated> = arms.iter().map(|arm| estimated(arm, quantity, bootstrap)).collect();
        if estimated.iter().all(|arm| arm.seeds == 0) {
            return Err(format!("no complete run has a {}", quantity.name()));
        }
        let compared = match &arguments.against {
            Some(against) => compared(arms, against, quantity, bootstrap)?,
            None => Vec::new(),
        };
        let taken = match &arguments.target {
            Some(target) => arms.iter().map(|arm| taken(arm, target, arguments.cost, bootstrap)).collect(),
            None => Vec::new(),
        };
        let fitted = match &arguments.fit {
            Some(key) => fitted(arms, key, quantity, bootstrap)?,
            None => Vec::new(),
        };
        Ok(Report { arguments, estimated, compared, taken, fitted })
    }
}

fn estimated(arm: &Arm<'_>, quantity: Quantity, bootstrap: &Bootstrap) -> Estimated {
    let values: Vec<f64> = arm.ends(quantity).into_values().collect();
    let found = Sample::of(&values).and_then(|sample| {
        let intervals = if sample.seeds() > 1 {
            let t = sample.t_interval(bootstrap.level)?;
            Some((t, bootstrap.interval(Estimate::InterquartileMean, &sample)?))
        } else {
            None
        };
        let ascending = sample.ascending();
        Ok(Found {
            mean: sample.mean(),
            median: sample.median(),
            interquartile_mean: sample.interquartile_mean(),
            low_high: (ascending[0], ascending[ascending.len() - 1]),
            intervals,
        })
    });
    Estimated { label: arm.label(), seeds: values.len(), incomplete: arm.incomplete(), found }
}

fn compared(
    arms: &[Arm<'_>],
    against: &str,
    quantity: Quantity,
    bootstrap: &Bootstrap,
) -> Result<Vec<Compared>, String> {
    let Some((key, value)) = against.split_once('=') else {
        return Err(format!("--against {}: expected KEY=VALUE, as in actor.target=q", visible(against)));
    };
    let (key, value) = (key.trim(), value.trim().trim_matches(['"', '\'']));
    if !arms.iter().any(|arm| arm.key(key) == Some(value)) {
        let keys: Vec<&str> = arms[0].settings.iter().map(|(key, _)| *key).collect();
        let keys = if keys.is_empty() { "no key".to_owned() } else { keys.join(", ") };
        return Err(format!("no arm has {}: arms differ in {keys}", visible(against)));
    }
    let mut compared = Vec::new();
    for arm in arms.iter().filter(|arm| arm.key(key) != Some(value)) {
        let base =
            arms.iter().find(|base| base.key(key) == Some(value) && base.without(key) == arm.without(key));
        let Some(base) = base else { continue };
        let found = Paired::of(&arm.ends(quantity), &base.ends(quantity)).and_then(|paired| {
            let resampled = paired.bootstrap(Estimate::Mean, bootstrap)?;
            let sample = paired.sample();
            Ok((sample.mean(), sample.seeds(), paired.t_interval(bootstrap.level), resampled))
        });
        compared.push(Compared { label: arm.label(), with: base.label(), found });
    }
    Ok(compared)
}

fn taken(arm: &Arm<'_>, target: &Target, cost: Cost, bootstrap: &Bootstrap) -> Taken {
    let by_seed = arm.times(target, cost);
    let times = Times::of(&by_seed);
    let reached = times.as_ref().map_or(0, Times::reached);
    let found = times.and_then(|times| {
        Ok((times.median(), times.median_interval(bootstrap)?, times.restricted_interval(bootstrap)?))
    });
    Taken { label: arm.label(), seeds: by_seed.len(), reached, found }
}

fn fitted(
    arms: &[Arm<'_>],
    key: &str,
    quantity: Quantity,
    bootstrap: &Bootstrap,
) -> Result<Vec<Fitted>, String> {
    let mut groups: Vec<(Vec<(&str, &str)>, Vec<PowerArm>)> = Vec::new();
    for arm in arms {
        let Some(text) = arm.key(key) else {
            return Err(format!("--fit {}: arms do not differ in it", visible(key)));
        };
        let Ok(x) = text.parse::<f64>() else {
            return Err(format!("--fit {}: {} is no number", visible(key), visible(text)));
        };
        let rest = arm.without(key);
        let power = PowerArm { x, values: arm.ends(quantity) };
        match groups.iter_mut().find(|(of, _)| *of == rest) {
            Some((_, arms)) => arms.push(power),
            None => groups.push((rest, vec![power])),
        }
    }
    let fit = |(settings, arms): (Vec<(&str, &str)>, Vec<PowerArm>)| Fitted {
        label: Arm { settings, runs: BTreeMap::new() }.label(),
        found: PowerLaw::through(&arms, bootstrap),
    };
    Ok(groups.into_iter().map(fit).collect())
}

impl Report<'_> {
    fn as_text(&self) -> String {
        let Arguments { y, target, cost, fit, level, .. } = self.arguments;
        let percent = 100.0 * level.get();
        let mut text = format!("{} at the end of the runs\n\n", y.name());
        let t = format!("{percent} % t of the mean");
        let resampled = format!("{percent} % bootstrap of the IQM");
        let mut table = plain(&["arm", "seeds", "mean", &t, "IQM", &resampled]);
        for arm in &self.estimated {
            let seeds = match arm.incomplete {
                0 => arm.seeds.to_string(),
                more => format!("{} (+ {more} not complete)", arm.seeds),
            };
            let label = visible(&arm.label).into_owned();
            table.add_row(match &arm.found {
                Err(why) => vec![label, seeds, why.to_string(), String::new(), String::new(), String::new()],
                Ok(found) => {
                    let (t, resampled) = match &found.intervals {
                        Some((t, resampled)) => (ends(t), ends(resampled)),
                        None => ("one seed".to_owned(), String::new()),
                    };
                    vec![label, seeds, short(found.mean), t, short(found.interquartile_mean), resampled]
                }
            });
        }
        let _ = writeln!(text, "{table}");
        if !self.compared.is_empty() {
            let _ = writeln!(text, "\nmean difference of {} under the same seed\n", y.name());
            let resampled = format!("{percent} % bootstrap");
            let t = format!("{percent} % t");
            let mut table = plain(&["arm", "less", "seeds", "difference", &t, &resampled]);
            for pair in &self.compared {
                let names = [&pair.label, &pair.with].map(|label| visible(label).into_owned());
                let rest = match &pair.found {
                    Err(why) => vec![String::new(), why.to_string(), String::new(), String::new()],
                    Ok((mean, seeds, t, resampled)) => {
                        vec![seeds.to_string(), short(*mean), ends(t), ends(resampled)]
                    }
                };
                table.add_row(names.into_iter().chain(rest).collect::<Vec<_>>());
            }
            let _ = writeln!(text, "{table}");
        }
        if let Some(target) = target {
            let _ = writeln!(text, "\n{} until {target}\n", cost.name());
            let interval = format!("{percent} % bootstrap of the median");
            let mut table = plain(&["arm", "reached by", "median", &interval]);
            for arm in &self.taken {
                let reached = format!("{} of {}", arm.reached, arm.seeds);
                let (median, interval) = match &arm.found {
                    Err(why) => (why.to_string(), String::new()),
                    Ok((None, ..)) => ("not reached by half".to_owned(), String::new()),
                    Ok((Some(median), interval, _)) => (short(*median), ends(interval)),
                };
                table.add_row(vec![visible(&arm.label).into_owned(), reached, median, interval]);
            }
            let _ = writeln!(text, "{table}");
        }
        if let Some(key) = fit {
            let _ = writeln!(text, "\n{} = c · ({})^e\n", y.name(), visible(key));
            for law in &self.fitted {
                let label = visible(&law.label).into_owned();
                let _ = match &law.found {
                    Err(why) => writeln!(text, "  {label}: {why}"),
                    Ok(law) => writeln!(
                        text,
                        "  {label}: e = {:.3} ± {:.3} (standard error), {}",
                        law.exponent, law.standard_error, law.t
                    ),
                };
            }
        }
        text
    }

    fn as_json(&self) -> Json {
        let arm = |arm: &Estimated| {
            let mut json = json!({ "arm": arm.label, "seeds": arm.seeds, "not_complete": arm.incomplete });
            match &arm.found {
                Err(why) => json["why_none"] = json!(why.to_string()),
                Ok(found) => {
                    json["mean"] = json!(found.mean);
                    json["median"] = json!(found.median);
                    json["interquartile_mean"] = json!(found.interquartile_mean);
                    json["lowest"] = json!(found.low_high.0);
                    json["highest"] = json!(found.low_high.1);
                    json["intervals"] = match &found.intervals {
                        Some((t, resampled)) => json!([t, resampled]),
                        None => json!([]),
                    };
                }
            }
            json
        };
        let pair = |pair: &Compared| match &pair.found {
            Err(why) => json!({ "arm": pair.label, "less": pair.with, "why_none": why.to_string() }),
            Ok((mean, seeds, t, resampled)) => json!({
                "arm": pair.label, "less": pair.with, "seeds": seeds, "difference": mean, "intervals": [t, resampled],
            }),
        };
        let taken = |arm: &Taken| match &arm.found {
            Err(why) => {
                json!({ "arm": arm.label, "seeds": arm.seeds, "reached": arm.reached, "why_none": why.to_string() })
            }
            Ok((median, of_median, restricted)) => json!({
                "arm": arm.label, "seeds": arm.seeds, "reached": arm.reached, "median": median,
                "intervals": [of_median, restricted],
            }),
        };
        let fitted = |law: &Fitted| match &law.found {
            Err(why) => json!({ "arms": law.label, "why_none": why.to_string() }),
            Ok(found) => json!({
                "arms": law.label, "exponent": found.exponent, "standard_error": found.standard_error,
                "factor": found.factor, "intervals": [found.t, found.bootstrap],
            }),
        };
        json!({
            "quantity": self.arguments.y.name(),
            "arms": self.estimated.iter().map(arm).collect::<Vec<_>>(),
            "compared": self.compared.iter().map(pair).collect::<Vec<_>>(),
            "target": self.arguments.target.map(|target| target.to_string()),
            "cost": self.arguments.cost.name(),
            "taken": self.taken.iter().map(taken).collect::<Vec<_>>(),
            "fit": self.arguments.fit,
            "fitted": self.fitted.iter().map(fitted).collect::<Vec<_>>(),
        })
    }
}

/// A table without lines: the first column to the left, all others to the right.
fn plain(headings: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(headings.iter().copied());
    for (number, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if number == 0 { 2 } else { 1 }, 1));
        column.set_cell_alignment(if number == 0 { CellAlignment::Left } else { CellAlignment::Right });
    }
    table
}

fn ends(interval: &Interval) -> String {
    let shown = interval.to_string();
    shown.split_once(" (").map_or(shown.clone(), |(ends, _)| ends.to_owned())
}

/// Four significant digits, or as many as there are before the point.
fn short(number: f64) -> String {
    let decimals = if number == 0.0 { 3.0 } else { 3.0 - libm::floor(libm::log10(number.abs())) };
    if (-6.0..=9.0).contains(&decimals) {
        format!("{number:.0$}", decimals.max(0.0) as usize)
    } else {
        format!("{number:.3e}")
    }
}
