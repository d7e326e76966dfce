//! An experiment as a page of `docs/paper/`.

use super::{Experiment, Judged, Measured};
use crate::experiment::RESULTS_EPOCH;
use crate::paper::Form;
use std::fmt::Write;

/// What was run, beside what it has come to.
pub struct Told<'a> {
    /// The experiment.
    pub experiment: &'a Experiment,
    /// What was run.
    pub measured: &'a Measured,
    /// What it has come to.
    pub judged: &'a Judged,
    /// The program's version and commit.
    pub program: &'a str,
}

/// The page, in Markdown; figures stand beside it, the record in `records/`.
pub fn page(told: &Told<'_>) -> String {
    let Told { experiment, measured, judged, program } = told;
    let (name, quick) = (experiment.name, if measured.form == Form::Quick { " --quick" } else { "" });
    let mut text = format!("# {}: {}\n\n", name.to_uppercase(), experiment.title);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "**Claim.** {}\n\n**Reading.** {}\n", experiment.claim, experiment.reading);
    let passed = if judged.passed() { "every criterion is met" } else { "not every criterion is met" };
    let _ = writeln!(
        text,
        "**Verdict: {passed}** ([record](records/{name}.json)). `dpac paper {name}{quick}` runs it again.\n"
    );
    text += "| what | measured | interval | criterion | met |\n| --- | ---: | --- | --- | --- |\n";
    for verdict in &judged.verdicts {
        let interval = verdict.interval.as_ref().map_or_else(String::new, ToString::to_string);
        let met = if verdict.holds { "yes" } else { "**no**" };
        let measured = short(verdict.measured);
        let _ =
            writeln!(text, "| {} | {measured} | {interval} | {} | {met} |", verdict.what, verdict.criterion);
    }
    for curves in &judged.curves {
        let _ = writeln!(text, "\n![{}]({}.svg)", curves.title, curves.name);
    }
    if !judged.notes.is_empty() {
        text.push('\n');
    }
    for note in &judged.notes {
        let _ = writeln!(text, "- {note}");
    }
    text += "\n## What was run\n\n| sweep | arms | seeds | configuration |\n| --- | ---: | ---: | --- |\n";
    for swept in &measured.sweeps {
        let (arms, seeds) = (swept.plan.arms.len(), swept.plan.seeds.len());
        let runs = if swept.runs.is_empty() { "counts alone" } else { "" };
        let file = format!("[`{0}.toml`](../../configs/paper/{0}.toml)", swept.name);
        let _ = writeln!(text, "| {} | {arms} | {seeds} | {file} {runs} |", swept.name);
    }
    let _ =
        writeln!(text, "\nProgram {program}, results epoch {RESULTS_EPOCH}, {} form.", measured.form.name());
    text
}

/// Four digits.
pub(super) fn short(number: f64) -> String {
    if number == 0.0 || (1e-3..1e6).contains(&number.abs()) {
        let decimals = (3 - libm::log10(number.abs().max(1e-3)).floor() as i32).clamp(0, 6) as usize;
        format!("{number:.decimals$}")
    } else {
        format!("{number:.3e}")
    }
}
