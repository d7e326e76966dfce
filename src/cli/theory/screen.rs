//! The report as people read it, in 80 columns.

use super::facts::Facts;
use super::quantity::{Advice, Bound, Group, Quantity, Value};
use super::report::Report;
use crate::cli::formulas::in_letters;
use crate::cli::numbers::grouped;
use crate::cli::screen::{listed, table};
use crate::theory::bound::sum;
use crate::theory::orders::Order;
use crate::theory::protocol::letter::{H, I, K, K_E, M, P, Q, R, R_E};
use std::fmt::Write;

/// Writing into a string cannot fail, so its results are dropped here, once.
macro_rules! line {
    ($text:expr) => { $text.push('\n') };
    ($text:expr, $($arguments:tt)*) => { { let _ = writeln!($text, $($arguments)*); } };
}

/// Columns of a terminal.
const WIDTH: usize = 80;

pub(super) fn of(report: &Report, facts: &Facts<'_>) -> String {
    let mut text = head(facts);
    for group in &report.groups {
        text.push_str(&of_group(group));
    }
    for bound in &report.bounds {
        text.push_str(&of_bound(bound));
    }
    text.push_str(&counts(report, facts));
    line!(text);
    line!(text, "recommended by the bounds");
    for Advice { size, value, reason } in &report.advice {
        text.push_str(&record(size, value, reason));
    }
    text
}

fn head(facts: &Facts<'_>) -> String {
    let resolved = facts.resolved;
    let shape = &resolved.shape;
    let mut text = String::new();
    let name = resolved.problem.hidden().name();
    line!(text, "{name} · {} · theory at {}", resolved.entry.name(), facts.policy());
    let letters = [M, R, K, I, R_E, K_E, H];
    let known = letters.iter().filter(|letter| shape.get(**letter) > 0);
    let mut parts: Vec<String> =
        known.map(|letter| format!("{} = {}", letter.symbol, grouped(shape.get(*letter)))).collect();
    parts.push(format!("γ = {}", facts.gamma()));
    text.push_str(&listed("sizes", &parts));
    let vectors = [
        format!("d_θ = {}", grouped(shape.get(P))),
        format!("d_Q = {}", grouped(resolved.subject.d_q() as u64)),
        format!("stacked critic H d_Q = {}", grouped(shape.get(Q))),
    ];
    text.push_str(&listed("", &vectors));
    text
}

fn of_group(group: &Group) -> String {
    let mut text = String::from("\n");
    line!(text, "{}", group.name);
    // What a whole group lacks for one reason is said once.
    let reason = |quantity: &Quantity| match &quantity.value {
        Value::Missing(why) => Some(why.clone()),
        _ => None,
    };
    let reasons: Vec<Option<String>> = group.quantities.iter().map(reason).collect();
    if let (Some(Some(first)), true) = (reasons.first(), reasons.windows(2).all(|pair| pair[0] == pair[1])) {
        text.push_str(&wrapped(&format!("not available: {first}"), "  ", "  "));
        return text;
    }
    for Quantity { symbol, name, value, equation, how, .. } in &group.quantities {
        let about = match value {
            Value::Missing(why) => format!("{name} [{equation}]: {why}"),
            Value::Estimated(_, interval) => {
                let (low, high) = (number(interval.low), number(interval.high));
                format!("{name} [{equation}; {how}, from {low} to {high}]")
            }
            _ => format!("{name} [{equation}; {how}]"),
        };
        text.push_str(&record(symbol, value, &about));
    }
    text
}

/// A symbol, its number, and what there is to say of it.
fn record(symbol: &str, value: &Value, about: &str) -> String {
    let shown = match value {
        Value::Exact(x) => number(*x),
        Value::Bound(x) => format!("≤ {}", number(*x)),
        Value::Estimated(x, _) => format!("≈ {}", number(*x)),
        Value::Missing(_) => "not known".to_owned(),
    };
    let first = format!("  {}  {}  ", padded(symbol, 12, false), padded(&shown, 12, true));
    wrapped(about, &first, &" ".repeat(30))
}

/// To so many columns. Combining marks have none.
fn padded(text: &str, columns: usize, right: bool) -> String {
    let marks = text.chars().filter(|c| ('\u{300}'..'\u{370}').contains(c)).count();
    let room = " ".repeat(columns.saturating_sub(text.chars().count() - marks));
    if right { room + text } else { text.to_owned() + &room }
}

fn wrapped(text: &str, first: &str, others: &str) -> String {
    let options = textwrap::Options::new(WIDTH).initial_indent(first).subsequent_indent(others);
    // Formulas have hyphens and strokes inside.
    let options = options
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options) + "\n"
}

/// Six digits, as decimals where these are few.
fn number(x: f64) -> String {
    let size = x.abs();
    if x == 0.0 {
        return "0".to_owned();
    }
    if !(1e-3..1e6).contains(&size) {
        return format!("{x:.4e}");
    }
    let whole = libm::floor(libm::log10(size)) as i32 + 1;
    let text = format!("{x:.0$}", (6 - whole).clamp(0, 6) as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn of_bound(bound: &Bound) -> String {
    let Bound { name, says, terms, unmet, .. } = bound;
    let mut text = String::from("\n");
    line!(text, "{name}");
    text.push_str(&wrapped(says, "  ", "  "));
    match terms {
        Ok(terms) => {
            for term in terms {
                line!(text, "  {}  {}", padded(&number(term.value), 14, true), term.formula);
            }
            line!(text, "  {}  together", padded(&number(sum(terms)), 14, true));
        }
        Err(why) => text.push_str(&wrapped(&format!("not available: {why}"), "  ", "  ")),
    }
    for what in unmet {
        text.push_str(&wrapped(what, "  not met: ", "           "));
    }
    text
}

/// What the run will count, and the orders that the corollaries have for it.
fn counts(report: &Report, facts: &Facts<'_>) -> String {
    let counts = &facts.resolved.closed_form;
    let mut text = String::from("\n");
    line!(text, "predicted counts");
    text.push_str(&in_letters(&facts.resolved.shape.protocol));
    let by_phase = counts.barriers_by_phase;
    let (all, critic, actor) = (grouped(counts.barriers), grouped(by_phase.critic), grouped(by_phase.actor));
    line!(text, "  {all} barriers, {critic} of the critic and {actor} of the actor");
    let (up, down) = (grouped(counts.up.floats), grouped(counts.down.floats));
    line!(text, "  {up} floats up, {down} down");
    for (what, orders) in &report.orders {
        let row = |order: &Order| {
            let met = if order.met { "yes" } else { "no" };
            [
                order.reading.to_owned(),
                order.formula.to_owned(),
                number(order.value),
                format!("{}: {met}", order.condition),
            ]
        };
        let rows: Vec<_> = orders.iter().map(row).collect();
        line!(text);
        line!(text, "  orders of {what}");
        text.push_str(&table(&["reading", "order", "here", "condition"], 4, &rows));
    }
    text
}
