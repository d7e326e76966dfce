//! A report of runs as a table for people, and as JSON.

use super::report::{Asked, Compared, Estimated, Fitted, Report, Taken};
use crate::statistics::Interval;
use crate::visible::visible;
use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value as Json, json};
use std::fmt::Write;

impl Report<'_> {
    /// For people.
    pub(super) fn as_text(&self) -> String {
        let Asked { y, target, cost, fit, level, .. } = self.arguments;
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

    /// With every digit.
    pub(super) fn as_json(&self) -> Json {
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
