//! An experiment as a page of `docs/paper/`: its record, written out.

use super::curve::Curves;
use super::digits::short;
use super::record::Record;
use super::table::in_cell;
use crate::paper::form::Form;
use std::collections::BTreeSet;
use std::fmt::Write;

/// The page, in Markdown; figures stand beside it, the record in `records/`.
pub fn page(record: &Record) -> String {
    let Record { experiment: name, program, results_epoch, form, .. } = record;
    let quick = if *form == Form::Quick { " --quick" } else { "" };
    let mut text = format!("# {}: {}\n\n", record.heading(), record.title);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "**Claim.** {}\n\n**Reading.** {}\n", record.claim, record.reading);
    let passed = if record.passed { "every criterion is met" } else { "not every criterion is met" };
    let _ = writeln!(
        text,
        "**Verdict: {passed}** ([record](records/{name}.json)). `dpac paper {name}{quick}` runs it again.\n"
    );
    text += "| what | measured | interval | criterion | met |\n| --- | ---: | --- | --- | --- |\n";
    for verdict in &record.verdicts {
        let interval = verdict.interval.as_ref().map_or_else(String::new, ToString::to_string);
        let met = if verdict.holds { "yes" } else { "**no**" };
        let measured = short(verdict.measured);
        let _ = writeln!(
            text,
            "| {} | {measured} | {interval} | {} | {met} |",
            in_cell(&verdict.what),
            verdict.criterion
        );
    }
    for table in &record.tables {
        let _ = write!(text, "\n{}", table.markdown());
    }
    for curves in &record.curves {
        let _ = writeln!(text, "\n![{}]({}.svg)", curves.title, curves.name);
    }
    if !record.notes.is_empty() {
        text.push('\n');
    }
    for note in &record.notes {
        let _ = writeln!(text, "- {note}");
    }
    text += "\n## What was run\n\n";
    if record.sweeps.is_empty() {
        text +=
            "Nothing that a configuration says: what is run is computed in memory, with the sizes above.\n";
    } else {
        text += "| sweep | arms | seeds | configuration |\n| --- | ---: | ---: | --- |\n";
    }
    for swept in &record.sweeps {
        let (arms, seeds) = (swept.arms.len(), swept.seeds.len());
        let runs = if swept.counts_only { ", counts alone" } else { "" };
        let file = format!("[`{0}.toml`](../../configs/paper/{0}.toml)", swept.sweep);
        let _ = writeln!(text, "| {} | {arms} | {seeds} | {file}{runs} |", swept.sweep);
    }
    let form = form.name();
    let _ = writeln!(text, "\nProgram {program}, results epoch {results_epoch}, {form} form.");
    if !record.curves.is_empty() {
        text += "\n## Numbers of the figures\n\nMeans over seeds; in brackets the ends of the 95 % bootstrap of the mean.\n";
    }
    for curves in &record.curves {
        let _ = writeln!(text, "\n{}:\n\n{}", curves.title, numbers(curves).trim_end());
    }
    text
}

/// The numbers of a figure as a table, a row for each x.
pub fn numbers(curves: &Curves) -> String {
    let labels: Vec<String> = curves.curves.iter().map(|curve| in_cell(&curve.label)).collect();
    let mut text = format!("| {} | {} |\n| ---: |", in_cell(&curves.x), labels.join(" | "));
    text += &" ---: |".repeat(labels.len());
    text.push('\n');
    let all: BTreeSet<u64> = curves.curves.iter().flat_map(|curve| &curve.spots).map(|spot| spot.x).collect();
    for x in all {
        let _ = write!(text, "| {x} |");
        for curve in &curves.curves {
            // Runs of another length may send as much: then there are several.
            let spots = curve.spots.iter().filter(|spot| spot.x == x).map(|spot| {
                let band = spot.band.map(|(low, high)| format!(" [{}, {}]", short(low), short(high)));
                format!("{}{}", short(spot.mean), band.unwrap_or_default())
            });
            let _ = write!(text, " {} |", spots.collect::<Vec<_>>().join("; "));
        }
        text.push('\n');
    }
    text
}
