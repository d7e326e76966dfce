//! What theory says, beside what was measured.

use super::parts::{label, paragraph, small, table};
use crate::report::Report;
use crate::report::bounds::{BoundBeside, Measured};
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

/// A table for everything that is bounded.
fn bounds(report: &Report) -> Html {
    let theory = &report.theory;
    let mut parts = vec![
        Html::of_text("h3", "", "Bounds"),
        paragraph(&format!(
            "Their constants are those of {}, with rewards scaled to [0, 1]. A bound can be contradicted only where it \
             has its constants and all its assumptions are met: those that are not are named by number. Elsewhere the two \
             stand side by side, and neither proves anything. In order means that constants are left out.",
            listed(&theory.policies)
        )),
    ];
    let mut rest: Vec<&BoundBeside> = theory.bounds.iter().collect();
    let mut without = Vec::new();
    while let Some(first) = rest.first().copied() {
        let (like, others): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|beside| beside.bound.of.is_like(first.bound.of));
        if like.iter().any(|beside| beside.measured.is_some()) {
            parts.push(bounds_table(report, &like));
        } else {
            let why = first.bound.not_measured.as_deref().unwrap_or("no run has come to its end with it");
            without.push(format!("Not measured: {}; {why}.", first.bound.of.name()));
        }
        rest = others;
    }
    parts.extend(without.iter().map(|text| small(text)));
    Html::all(parts)
}

/// A row for every arm: what was measured, and every bound on it.
fn bounds_table<'a>(report: &'a Report, bounds: &[&'a BoundBeside]) -> Html {
    let (mut names, mut arms): (Vec<&str>, Vec<usize>) = (Vec::new(), Vec::new());
    for beside in bounds {
        if !names.contains(&beside.bound.name.as_str()) {
            names.push(&beside.bound.name);
        }
        if !arms.contains(&beside.arm) {
            arms.push(beside.arm);
        }
    }
    let mut reasons: Vec<&'a str> = Vec::new();
    let mut number_of = |reason: &'a str| {
        let known = reasons.iter().position(|known| *known == reason);
        1 + known.unwrap_or_else(|| {
            reasons.push(reason);
            reasons.len() - 1
        }) as u64
    };
    let mut row = |&arm: &usize| {
        let of_arm = || bounds.iter().filter(move |beside| beside.arm == arm);
        let measured = of_arm().find_map(|beside| beside.measured.as_ref());
        let why = of_arm().find_map(|beside| beside.bound.not_measured.as_deref());
        let (mean, ends) = match (measured, why) {
            (Some(measured), _) => (short(measured.mean), ends(measured)),
            (None, Some(why)) => (format!("not measured: {}", number_of(why)), String::new()),
            (None, None) => ("not measured".to_owned(), String::new()),
        };
        let mut row = vec![label(report, arm), Html::text(&mean), Html::text(&ends)];
        row.extend(names.iter().map(|name| {
            let of = of_arm().find(|beside| beside.bound.name == *name);
            of.map_or_else(Html::default, |beside| bound_cell(beside, &mut number_of))
        }));
        row
    };
    let rows: Vec<Vec<Html>> = arms.iter().map(&mut row).collect();
    let head: Vec<&str> =
        ["arm", "measured", "95 % t interval of the mean"].into_iter().chain(names.iter().copied()).collect();
    let table = table(bounds[0].bound.of.name(), &head, rows);
    if reasons.is_empty() {
        return table;
    }
    let reasons = reasons.iter().map(|reason| Html::of_text("li", "", reason));
    Html::all([
        table,
        small("By number, what is not met, and why there is no number:"),
        Html::element("ol", "class=\"small reasons\"", reasons),
    ])
}

/// The number of a bound, and below it where the measurement lies and what is not met.
fn bound_cell<'a>(beside: &'a BoundBeside, number_of: &mut impl FnMut(&'a str) -> u64) -> Html {
    let bound = &beside.bound;
    let mut unmet: Vec<u64> = bound.unmet.iter().map(|reason| number_of(reason)).collect();
    unmet.sort_unstable();
    let unmet: Vec<String> = unmet.iter().map(u64::to_string).collect();
    let assumptions = if unmet.is_empty() {
        "assumptions met".to_owned()
    } else {
        format!("not met: {}", unmet.join(", "))
    };
    let value = match (bound.value, &bound.why_none) {
        (Some(value), _) => short(value),
        (None, Some(why)) => format!("not available: {}", number_of(why)),
        (None, None) => "not available".to_owned(),
    };
    let order = if bound.in_order { ", in order" } else { "" };
    let verdict = match (beside.is_below(), beside.speaks()) {
        (None, _) => Html::text(&assumptions),
        (Some(true), true) => Html::of_text("span", "class=\"good\"", "holds"),
        (Some(false), true) => Html::of_text("span", "class=\"bad\"", "crossed"),
        (Some(true), false) => Html::text(&format!("measured below{order}; {assumptions}")),
        (Some(false), false) => Html::text(&format!("measured above{order}; {assumptions}")),
    };
    Html::all([Html::text(&value), Html::element("span", "class=\"verdict\"", [verdict])])
}

/// Five digits. Bounds are often large, and then their order is what matters.
fn short(number: f64) -> String {
    if number.abs() < 1e6 { real(number) } else { format!("{number:.3e}") }
}

/// The ends of a mean's interval.
fn ends(measured: &Measured) -> String {
    measured.interval.as_ref().map_or_else(
        || "one seed".to_owned(),
        |interval| {
            let (low, high) = both_ends(interval);
            format!("{low} to {high}")
        },
    )
}

/// Constants, steps and sizes, folded up: a table for each group.
fn numbers(report: &Report) -> Html {
    let numbers = &report.theory.numbers;
    let mut parts = vec![
        Html::of_text("h3", "", "Constants, steps and sizes"),
        paragraph(
            "On a screen each group opens: every number has its place in the paper, and how it was found.",
        ),
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
        parts.push(Html::element("details", "class=\"constants\"", [summary, table(group, &head, rows)]));
    }
    Html::all(parts)
}

fn number(report: &Report, of: &NumberOfArms) -> Vec<Html> {
    let NumberOfArms { arm, number } = of;
    let value = match (number.value, &number.interval) {
        (None, _) => "not available".to_owned(),
        (Some(value), _) if number.at_most => format!("≤ {}", short(value)),
        (Some(value), None) => short(value),
        (Some(value), Some(interval)) => {
            let (low, high) = both_ends(interval);
            format!("{} ({low} to {high})", short(value))
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
