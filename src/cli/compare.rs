//! `dpac compare`.

use super::console::{BAD_INPUT, FINE, remark, say, say_json};
use super::numbers;
use super::reading_runs::{complain_of_results, remarks};
use crate::results::{Difference, Different, Results, Run};
use crate::visible::visible;
use clap::Args;
use serde_json::{Map, Value as Json, json};
use std::path::PathBuf;
use textwrap::Options;

/// Compare two runs: in what they differ, what each found and what it sent
#[derive(Args)]
#[command(
    after_help = "Examples:\n  dpac compare runs/tiger-dpac-1234abcd-s0 runs/tiger-dpac-1234abcd-s1\n\n\
                  What both have alike is listed as equal. A ratio is that of B to A.\n\n\
                  Exit codes: 0 if both can be read, however much they differ, 2 usage or damaged files."
)]
pub(super) struct Arguments {
    /// A directory that `dpac run` has made
    a: PathBuf,
    /// Another
    b: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    let (a, b) = match Run::read(&arguments.a).and_then(|a| Ok((a, Run::read(&arguments.b)?))) {
        Ok(both) => both,
        Err(error) => {
            complain_of_results(&error);
            return BAD_INPUT;
        }
    };
    let difference = Difference::between(&a, &b);
    let results = Results::new(vec![a, b]);
    // One run that is given twice is read once.
    let names = results.names();
    let names = [&names[0], names.last().unwrap_or(&names[0])];
    let said = if arguments.json {
        say_json(&as_json(&difference, names))
    } else {
        say(&as_text(&difference, names))
    };
    if said == FINE {
        remark(&remarks(&results));
    }
    said
}

fn as_json(difference: &Difference, [a, b]: [&String; 2]) -> Json {
    json!({
        "a": a,
        "b": b,
        "keys": pairs(&difference.keys),
        "identities": pairs(&difference.identities),
        "values": pairs(&difference.values),
        "costs": pairs(&difference.costs),
    })
}

fn pairs<T: Clone + PartialEq + Into<Json>>(all: &[Different<T>]) -> Map<String, Json> {
    let json = |value: &Option<T>| value.clone().map_or(Json::Null, Into::into);
    let pair = |one: &Different<T>| json!({ "a": json(&one.a), "b": json(&one.b), "equal": one.is_equal() });
    all.iter().map(|one| (one.name.clone(), pair(one))).collect()
}

fn as_text(difference: &Difference, [a, b]: [&String; 2]) -> String {
    let keys =
        difference.keys.iter().map(|key| [key.name.clone(), word(&key.a), word(&key.b), String::new()]);
    let told = difference.values.iter().filter(|value| value.a.is_some() || value.b.is_some());
    format!(
        "A  {}\nB  {}\n\nconfiguration\n{}\nvalues\n{}\ncosts\n{}\nidentity\n{}",
        visible(a),
        visible(b),
        section(&["", "A", "B", ""], keys.collect()),
        section(&["", "A", "B", "B − A"], told.map(of_value).collect()),
        section(&["", "A", "B", "B / A"], difference.costs.iter().map(of_cost).collect()),
        difference.identities.iter().map(of_identity).collect::<String>(),
    )
}

const NONE: &str = "–";

fn word(text: &Option<String>) -> String {
    text.as_deref().map_or(NONE.to_owned(), |text| visible(text).into_owned())
}

fn of_value(value: &Different<f64>) -> [String; 4] {
    let is_share = value.name == "share";
    let number = |number: Option<f64>| match number {
        None => NONE.to_owned(),
        Some(share) if is_share => numbers::share(share, 2),
        Some(number) => numbers::value(Some(number)),
    };
    let last = match (value.a, value.b) {
        _ if value.is_equal() => EQUAL.to_owned(),
        (Some(a), Some(b)) if is_share => format!("{:+.2} %", 100.0 * (b - a)),
        (Some(a), Some(b)) => signed(b - a),
        _ => String::new(),
    };
    [named(&value.name), number(value.a), number(value.b), last]
}

fn of_cost(cost: &Different<u64>) -> [String; 4] {
    let count = |count: Option<u64>| match count {
        None => NONE.to_owned(),
        Some(count) if cost.name.ends_with("bytes") => numbers::bytes(count),
        Some(count) => numbers::grouped(count),
    };
    let last = match (cost.a, cost.b) {
        _ if cost.is_equal() => EQUAL.to_owned(),
        (Some(a), Some(b)) if a > 0 => format!("× {:.4}", b as f64 / a as f64),
        _ => String::new(),
    };
    [named(&cost.name), count(cost.a), count(cost.b), last]
}

/// Digests as far as one looks at them; JSON has them whole.
fn of_identity(identity: &Different<String>) -> String {
    let Different { name, a, b } = identity;
    let word = |text: &Option<String>| {
        let text = word(text);
        if name.ends_with("digest") && text.len() > 16 { format!("{}…", &text[..16]) } else { text }
    };
    let name = named(name);
    if a == b {
        format!("  {name:<14} {EQUAL}: {}\n", word(a))
    } else {
        format!("  {name:<14} A  {}\n  {:<14} B  {}\n", word(a), "", word(b))
    }
}

const EQUAL: &str = "equal";

fn signed(difference: f64) -> String {
    let sign = if difference < 0.0 { "-" } else { "+" };
    format!("{sign}{}", numbers::value(Some(difference.abs())))
}

/// The name of a column as a word.
fn named(name: &str) -> String {
    match name {
        "wire_bytes" => "on the wire".to_owned(),
        "payload_bytes" => "payload".to_owned(),
        "env_steps" => "steps".to_owned(),
        "trajectories_per_client" => "trajectories/client".to_owned(),
        other => other.replace('_', " "),
    }
}

/// Every terminal has so many columns.
const WIDTH: usize = 80;

/// Rows of a name, two cells and a remark, in columns; where they are too long for a line, one below the
/// other.
fn section(head: &[&str; 4], rows: Vec<[String; 4]>) -> String {
    if rows.is_empty() {
        return format!("  {EQUAL}\n");
    }
    let widths: [usize; 4] = std::array::from_fn(|column| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([head[column].chars().count()]).max().unwrap_or_default()
    });
    if widths.iter().sum::<usize>() + 8 > WIDTH {
        return rows.iter().map(below_each_other).collect();
    }
    let line = |cells: [&str; 4]| {
        let mut line = String::new();
        for (column, (cell, width)) in cells.into_iter().zip(widths).enumerate() {
            let gap = " ".repeat(width.saturating_sub(cell.chars().count()));
            line += "  ";
            line += &if column == 0 { format!("{cell}{gap}") } else { format!("{gap}{cell}") };
        }
        format!("{}\n", line.trim_end())
    };
    let mut text = line(*head);
    text.extend(rows.iter().map(|row| line(row.each_ref().map(String::as_str))));
    text
}

fn below_each_other([name, a, b, last]: &[String; 4]) -> String {
    let wrapped = |mark: &str, cell: &str| {
        let first = format!("    {mark}  ");
        textwrap::fill(cell, Options::new(WIDTH).initial_indent(&first).subsequent_indent("       ")) + "\n"
    };
    let last = if last.is_empty() { String::new() } else { format!("  {last}") };
    format!("  {name}{last}\n{}{}", wrapped("A", a), wrapped("B", b))
}
