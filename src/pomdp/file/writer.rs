//! A model as a canonical `.POMDP` file.

use super::problem::ProblemFile;
use crate::pomdp::{Model, Names, SparseRows, Values};
use std::fmt::Write;

/// The text of a problem file that reads back to the same model and the same rewards, bit for bit.
///
/// Numbers are the shortest decimals that round back; costs are written as costs; rows that the format can
/// abbreviate are abbreviated. The problem's name, its declared reward range and its initial-observation
/// kernel have no place in the format: a comment says so where there is such a kernel. Names must be names of
/// the format.
pub fn write(file: &ProblemFile) -> String {
    let model = &file.model;
    let mut text = String::new();
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    if model.initial_observation().is_some() {
        line(
            "# The problem shows an observation before the first action; this format cannot say so."
                .to_owned(),
        );
    }
    line(format!("discount: {:?}", model.discount()));
    line(format!("values: {}", if model.values() == Values::Cost { "cost" } else { "reward" }));
    line(format!("states: {}", elements(model.state_names())));
    line(format!("actions: {}", elements(model.action_names())));
    line(format!("observations: {}", elements(model.observation_names())));
    line(format!("start: {}", start(model)));
    for a in 0..model.actions() {
        line(String::new());
        let name = model.action_names().name(a);
        rows("T", a, &name, model, model.transition(), model.state_names(), &mut line);
        rows("O", a, &name, model, model.observation(), model.observation_names(), &mut line);
    }
    line(String::new());
    for (key, value) in file.outcome_reward.in_file_order() {
        let names =
            [model.action_names(), model.state_names(), model.state_names(), model.observation_names()];
        let mut fields = String::from("R");
        for (separator, (index, names)) in [": ", " : ", " : ", " : "].iter().zip(key.iter().zip(names)) {
            let field = index.map_or_else(|| "*".into(), |index| names.name(index));
            write!(fields, "{separator}{field}").expect("strings grow");
        }
        // Adding +0.0 keeps a cost of zero from being written with a sign.
        let value = if model.values() == Values::Cost { -value + 0.0 } else { value };
        line(format!("{fields} {value:?}"));
    }
    text
}

fn elements(names: &Names) -> String {
    match names {
        Names::Count(count) => count.to_string(),
        Names::List(names) => names.join(" "),
    }
}

fn start(model: &Model) -> String {
    let start = model.start();
    if is_uniform(start.iter().copied(), start.len()) { "uniform".to_owned() } else { vector(start) }
}

fn vector(numbers: &[f64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(|p| format!("{p:?}")).collect();
    numbers.join(" ")
}

fn is_uniform(row: impl ExactSizeIterator<Item = f64>, columns: usize) -> bool {
    let share = 1.0 / columns as f64;
    row.len() == columns && row.into_iter().all(|p| p.to_bits() == share.to_bits())
}

/// Action `a`'s part of T or O.
fn rows(
    table: &str,
    a: usize,
    action: &str,
    model: &Model,
    rows: &SparseRows,
    columns: &Names,
    line: &mut impl FnMut(String),
) {
    let states = model.states();
    let row = |s: usize| rows.row(a * states + s);
    let uniform = |s: usize| is_uniform(row(s).map(|(_, p)| p), columns.len());
    let stays = |s: usize| row(s).eq([(s, 1.0)]);
    if (0..states).all(uniform) {
        return line(format!("{table}: {action} uniform"));
    }
    if table == "T" && (0..states).all(stays) {
        return line(format!("{table}: {action} identity"));
    }
    for s in 0..states {
        let state = model.state_names().name(s);
        if uniform(s) {
            line(format!("{table}: {action} : {state} uniform"));
        } else if row(s).len() * 2 > columns.len() {
            let dense: Vec<f64> = (0..columns.len()).map(|j| rows.get(a * states + s, j)).collect();
            line(format!("{table}: {action} : {state} {}", vector(&dense)));
        } else {
            for (j, p) in row(s) {
                line(format!("{table}: {action} : {state} : {} {p:?}", columns.name(j)));
            }
        }
    }
}
