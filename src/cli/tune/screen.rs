//! What was chosen, for people and as JSON.

use crate::statistics::Interval;
use crate::tune::{Candidate, Choice, Tuning};
use crate::visible::{program, shown, visible};
use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value as Json, json};
use std::fmt::Write;
use std::path::Path;

/// For people.
pub(super) fn as_text(tuning: &Tuning, choices: &[Choice], path: &Path) -> String {
    let (tuned, by) = (tuning.tuned.join(", "), tuning.by.name());
    let mut text = format!("{} by {by}, each of {} seeds\n", visible(&tuned), tuning.plan.seeds.len());
    for choice in choices {
        text += "\n";
        if !choice.arm.is_empty() {
            let _ = writeln!(text, "{}", visible(&settings(&choice.arm)));
        }
        let _ = writeln!(text, "{}", table(tuning, choice));
        if let Some((lead, interval)) = choice.lead() {
            let [low, high] = ends(&interval);
            let (percent, seeds) = (100.0 * interval.level.get(), choice.best().scores.len());
            let _ = writeln!(
                text,
                "  better than the next by {}: [{low}, {high}] ({percent} % t interval, {seeds} seeds in common)",
                short(lead)
            );
        }
        for key in &choice.at_the_end {
            let key = visible(key);
            let _ = writeln!(
                text,
                "  ⚠ the best {key} is at the end of what was tried: --grid {key}=… may go further"
            );
        }
    }
    let (program, path) = (program(), shown(path));
    let _ = writeln!(text, "\n  written  {path}");
    let command = if tuning.of_arms.is_empty() { "run" } else { "sweep" };
    let _ = writeln!(text, "  next     {program} {command} {path}");
    text
}

fn table(tuning: &Tuning, choice: &Choice) -> String {
    let mut table = Table::new();
    let mut header = vec![String::new()];
    header.extend(tuning.tuned.iter().map(|key| visible(key).into_owned()));
    header.extend(["mean", "standard error", "lowest", "highest"].map(str::to_owned));
    table.load_style(presets::NOTHING).set_header(header);
    for (number, column) in table.column_iter_mut().enumerate() {
        column.set_cell_alignment(if number == 0 { CellAlignment::Left } else { CellAlignment::Right });
    }
    for (at, candidate) in choice.candidates.iter().enumerate() {
        let mark = if at == choice.best { " ✓" } else { "" };
        let values = candidate.settings.iter().map(|(_, value)| visible(value).into_owned());
        let row: Vec<String> = [mark.to_owned()].into_iter().chain(values).chain(scores(candidate)).collect();
        table.add_row(row);
    }
    let text = table.to_string();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn scores(candidate: &Candidate) -> Vec<String> {
    let Some((mean, error)) = candidate.mean_and_standard_error() else {
        let all = candidate.failed + candidate.scores.len();
        return vec![format!("{} of {all} failed", candidate.failed)];
    };
    let extreme = |of: fn(f64, f64) -> f64| candidate.scores.values().copied().reduce(of).unwrap_or(f64::NAN);
    let error = if error.is_nan() { "one seed".to_owned() } else { short(error) };
    vec![short(mean), error, short(extreme(f64::min)), short(extreme(f64::max))]
}

/// With every digit.
pub(super) fn as_json(tuning: &Tuning, choices: &[Choice], path: &Path) -> Json {
    let object = |settings: &[(String, String)]| -> Json {
        settings
            .iter()
            .map(|(key, value)| (key.clone(), json!(value)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let candidate = |candidate: &Candidate| {
        let scores: Vec<Json> =
            candidate.scores.iter().map(|(seed, score)| json!({ "seed": seed, "score": score })).collect();
        let (mean, error) = candidate.mean_and_standard_error().unzip();
        json!({
            "settings": object(&candidate.settings), "mean": mean,
            "standard_error": error.filter(|error| error.is_finite()),
            "failed": candidate.failed, "scores": scores,
        })
    };
    let choice = |choice: &Choice| {
        json!({
            "arm": object(&choice.arm), "chosen": object(&choice.best().settings), "at_the_end": choice.at_the_end,
            "lead": choice.lead().map(|(mean, interval)| json!({ "mean": mean, "interval": interval })),
            "candidates": choice.candidates.iter().map(candidate).collect::<Vec<_>>(),
        })
    };
    json!({
        "by": tuning.by.name(), "tuned": tuning.tuned, "seeds": tuning.plan.seeds,
        "choices": choices.iter().map(choice).collect::<Vec<_>>(), "written": shown(path).to_string(),
    })
}

fn settings(settings: &[(String, String)]) -> String {
    settings.iter().map(|(key, value)| format!("{key} = {value}")).collect::<Vec<_>>().join(", ")
}

fn ends(interval: &Interval) -> [String; 2] {
    [short(interval.low), short(interval.high)]
}

/// Four digits are more than a few seeds give.
fn short(number: f64) -> String {
    if number == 0.0 || (1e-3..1e5).contains(&number.abs()) {
        format!("{number:.4}")
    } else {
        format!("{number:.3e}")
    }
}
