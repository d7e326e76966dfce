//! What theory says, beside what was measured.

use super::parts::{label, paragraph, small, table};
use crate::report::Report;
use crate::report::bounds::BoundBeside;
use crate::report::ends::both_ends;
use crate::report::html::Html;
use crate::report::numbers::{grouped, listed, real};
use crate::report::theory::NumberOfArms;

pub(in crate::report) fn theory(report: &Report) -> Html {
    let theory = &report.theory;
    let mut parts = vec![paragraph(
        "Beside what was counted on the wire stands what the closed form of the algorithm's messages says, which has \
         not seen the run.",
    )];
    if !theory.counts.is_empty() {
        parts.push(counts(report));
    }
    if !theory.differences.is_empty() {
        parts.push(notes(&theory.differences));
    }
    if !theory.bounds.is_empty() {
        parts.push(bounds(report));
    }
    if !theory.numbers.is_empty() {
        parts.push(numbers(report));
    }
    if !theory.untold.is_empty() {
        parts.push(notes(&theory.untold));
    }
    Html::all(parts)
}

fn notes(texts: &[String]) -> Html {
    Html::element("ul", "class=\"notes\"", texts.iter().map(|text| Html::of_text("li", "", text)))
}

fn counts(report: &Report) -> Html {
    let head = [
        "arm",
        "messages, closed form",
        "counted",
        "numbers, closed form",
        "counted",
        "bytes, closed form",
        "counted",
        "barriers, closed form",
        "counted",
        "verdict",
    ];
    let rows = report.theory.counts.iter().map(|counts| {
        let pairs = [counts.messages, counts.floats, counts.wire_bytes, counts.barriers];
        let mut row = vec![label(report, counts.arm)];
        row.extend(
            pairs
                .iter()
                .flat_map(|(predicted, counted)| [*predicted, *counted])
                .map(|number| Html::text(&grouped(number))),
        );
        row.push(if counts.all_equal() {
            Html::of_text("span", "class=\"good\"", "equal")
        } else {
            Html::of_text("span", "class=\"bad\"", "not equal")
        });
        row
    });
    table("Counts of one run, all clients together", &head, rows.collect())
}

/// A table for everything that is bounded, with a row for every arm and bound.
fn bounds(report: &Report) -> Html {
    let theory = &report.theory;
    let mut parts = vec![
        Html::of_text("h3", "", "Bounds"),
        paragraph(&format!(
            "Their constants are those of {}, with rewards scaled to [0, 1]. A bound can be contradicted only where it \
             has its constants and the runs have all that it takes for granted: what they do not have is named by \
             number. Elsewhere the two stand side by side, and neither proves anything.",
            listed(&theory.policies)
        )),
    ];
    let mut rest: Vec<&BoundBeside> = theory.bounds.iter().collect();
    while let Some(first) = rest.first().copied() {
        let (like, others): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|beside| beside.bound.of.is_like(first.bound.of));
        parts.push(bounds_table(report, &like));
        rest = others;
    }
    Html::all(parts)
}

fn bounds_table<'a>(report: &'a Report, bounds: &[&'a BoundBeside]) -> Html {
    let mut reasons: Vec<&'a str> = Vec::new();
    let row = |beside: &&'a BoundBeside| {
        let bound = &beside.bound;
        let said = bound.unmet.iter().chain(&bound.why_none).chain(&bound.not_measured);
        let numbers: Vec<String> = said
            .map(|reason| {
                let at = reasons.iter().position(|known| known == reason).unwrap_or_else(|| {
                    reasons.push(reason);
                    reasons.len() - 1
                });
                (at + 1).to_string()
            })
            .collect();
        let granted =
            if numbers.is_empty() { "all of it".to_owned() } else { format!("not {}", listed(&numbers)) };
        let value = bound.value.map_or_else(|| "not available".to_owned(), real);
        let (mean, ends) = match &beside.measured {
            None => ("not measured".to_owned(), String::new()),
            Some(measured) => {
                let ends = measured.interval.as_ref().map_or_else(
                    || "one seed".to_owned(),
                    |interval| {
                        let (low, high) = both_ends(interval);
                        format!("{low} to {high}")
                    },
                );
                (real(measured.mean), ends)
            }
        };
        vec![
            label(report, beside.arm),
            Html::of_text("span", "class=\"text\"", &bound.name),
            Html::text(&value),
            Html::text(&mean),
            Html::text(&ends),
            verdict(beside),
            Html::text(&granted),
        ]
    };
    let rows: Vec<Vec<Html>> = bounds.iter().map(row).collect();
    let head = [
        "arm",
        "bound",
        "its number",
        "measured",
        "95 % t interval of the mean",
        "measured is",
        "the runs have",
    ];
    let table = table(bounds[0].bound.of.name(), &head, rows);
    if reasons.is_empty() {
        return table;
    }
    let reasons = reasons.iter().map(|reason| Html::of_text("li", "", reason));
    Html::all([
        table,
        small("What the runs do not have, or what there is no number for:"),
        Html::element("ol", "class=\"small reasons\"", reasons),
    ])
}

fn verdict(beside: &BoundBeside) -> Html {
    let in_order = if beside.bound.in_order { ", constants left out" } else { "" };
    match (beside.is_below(), beside.speaks()) {
        (None, _) => Html::default(),
        (Some(true), true) => Html::of_text("span", "class=\"good\"", "below it"),
        (Some(false), true) => Html::of_text("span", "class=\"bad\"", "above it"),
        (Some(true), false) => Html::text(&format!("below it{in_order}")),
        (Some(false), false) => Html::text(&format!("above it{in_order}")),
    }
}

/// Constants, steps and sizes, folded up: a table for each group.
fn numbers(report: &Report) -> Html {
    let numbers = &report.theory.numbers;
    let mut parts = vec![
        Html::of_text("h3", "", "Constants, steps and sizes"),
        paragraph("Every number has its place in the paper, and how it was found."),
    ];
    let mut groups: Vec<&str> = Vec::new();
    for NumberOfArms { number, .. } in numbers {
        if !groups.contains(&number.group.as_str()) {
            groups.push(&number.group);
        }
    }
    for group in groups {
        let of_group = numbers.iter().filter(|of| of.number.group == group);
        let rows: Vec<Vec<Html>> = of_group.map(|of| number(report, of)).collect();
        let head = ["symbol", "number", "arm", "value", "in the paper", "how it was found"];
        let summary = Html::of_text("summary", "", group);
        parts.push(Html::element("details", "", [summary, table(group, &head, rows)]));
    }
    Html::all(parts)
}

fn number(report: &Report, of: &NumberOfArms) -> Vec<Html> {
    let NumberOfArms { arm, number } = of;
    let value = match (number.value, &number.interval) {
        (None, _) => "not available".to_owned(),
        (Some(value), _) if number.at_most => format!("≤ {}", real(value)),
        (Some(value), None) => real(value),
        (Some(value), Some(interval)) => {
            let (low, high) = both_ends(interval);
            format!("{} ({low} to {high})", real(value))
        }
    };
    vec![
        Html::text(&number.symbol),
        Html::of_text("span", "class=\"text\"", &number.name),
        arm.map_or_else(|| Html::text("all"), |arm| label(report, arm)),
        Html::text(&value),
        Html::of_text("span", "class=\"text\"", &number.equation),
        Html::of_text("span", "class=\"text\"", &number.how),
    ]
}
