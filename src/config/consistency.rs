//! Checks of keys against each other. They read the tree, so that they can point at what they mean.

use super::error::{ConfigError, Fault};
use super::suggest::{listed, nearest, quoted};
use super::tree::{Entry, Node, Value};
use crate::pomdp::builtin;

/// Sizes that a budget of trajectories stands for, when there is an actor.
const SIZES: [&str; 5] =
    ["critic.rounds", "critic.local_steps", "actor.rounds", "actor.local_steps", "actor.sync_interval"];

/// All contradictions in a tree; `builtins` are the names of built-in problems.
///
/// The tree need not be of the right shape: what is missing or of another type is passed over.
pub(super) fn contradictions(root: &Node, builtins: &[&str]) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    problem(root, builtins, &mut errors);
    algorithm(root, &mut errors);
    sizes(root, &mut errors);
    averaging(root, &mut errors);
    errors
}

fn problem(root: &Node, builtins: &[&str], errors: &mut Vec<ConfigError>) {
    let Some(section) = root.get("problem") else { return };
    match (root.get("problem.file"), root.get("problem.builtin")) {
        (Some(file), Some(builtin)) => {
            errors.push(conflict(
                "problem.builtin",
                builtin,
                "problem.file",
                file,
                "a problem has one source",
            ));
        }
        (None, None) => errors.push(ConfigError::new(
            Fault::Missing("problem.file".to_owned()),
            section.key.clone(),
            format!("either `file = \"NAME.POMDP\"` or `builtin`, which is {}", listed(builtins, "\"")),
        )),
        _ => {}
    }
    if let (Some(entry), Some(name)) = (root.get("problem.builtin"), root.text("problem.builtin"))
        && !name.is_empty()
        && !builtins.contains(&name)
    {
        let list = listed(builtins, "\"");
        let help = match nearest(name, builtins) {
            Some(near) => format!("did you mean \"{near}\"? Expected {list}"),
            None => format!("expected {list}"),
        };
        let fault = Fault::UnknownWord { key: "problem.builtin".to_owned(), found: quoted(name) };
        errors.push(ConfigError::new(fault, entry.node.place.clone(), help));
    }
    if let (Some(builtin), Some(reset)) = (root.get("problem.builtin"), root.get("problem.reset")) {
        let reason = "only a problem file has `reset` rows";
        errors.push(conflict("problem.reset", reset, "problem.builtin", builtin, reason));
    }
    if let (Some(builtin), Some(normalize)) = (root.get("problem.builtin"), root.get("problem.normalize")) {
        let reason = "only a problem file has rows to normalize";
        errors.push(conflict("problem.normalize", normalize, "problem.builtin", builtin, reason));
    }
    parameters(root, errors);
}

/// Parameters belong to a built-in problem, which says which there are and what their bounds are.
fn parameters(root: &Node, errors: &mut Vec<ConfigError>) {
    let Some(section) = root.get("problem.parameters") else { return };
    if let Some(file) = root.get("problem.file") {
        let reason = "only a built-in problem has parameters";
        errors.push(conflict("problem.parameters", section, "problem.file", file, reason));
        return;
    }
    let Some(problem) = root.text("problem.builtin").and_then(builtin::find) else { return };
    let Value::Table(table) = &section.node.value else { return };
    let names: Vec<&str> = problem.parameters.iter().map(|parameter| parameter.name).collect();
    for (name, entry) in table {
        let Some(parameter) = problem.parameter(name) else {
            let help = match nearest(name, &names) {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.is_empty() => format!("the problem \"{}\" has no parameters", problem.name),
                None => format!(
                    "the problem \"{}\" has {}",
                    problem.name,
                    listed(&names, "`").replace(" or ", " and ")
                ),
            };
            let fault = Fault::UnknownKey { key: quoted(name), table: "problem.parameters".to_owned() };
            errors.push(ConfigError::new(fault, entry.key.clone(), help));
            continue;
        };
        let value = match entry.node.value {
            Value::Integer(integer) => integer as f64,
            Value::Float(float) if float.is_finite() => float,
            _ => continue,
        };
        if !parameter.range.contains(value) {
            let fault = Fault::OutOfRange {
                key: format!("problem.parameters.{name}"),
                found: quoted(entry.node.place.written()),
            };
            let help = format!("expected {}: {}", parameter.range, parameter.meaning);
            errors.push(ConfigError::new(fault, entry.node.place.clone(), help));
        }
    }
}

fn algorithm(root: &Node, errors: &mut Vec<ConfigError>) {
    // A wrong type or an unknown name is another error: nothing follows from it.
    let algorithm = match root.get("algorithm") {
        None => "dpac",
        Some(_) => root.text("algorithm").unwrap_or_default(),
    };
    let (key, help) = match algorithm {
        "dptd" => ("actor", "DPTD evaluates one policy, the key `policy`: remove the actor's keys"),
        "dpac" | "dppg" => {
            ("policy", "this algorithm improves its own policy; `policy` is a key of \"dptd\"")
        }
        _ => return,
    };
    if let Some(entry) = root.get(key) {
        let fault = Fault::NotOfAlgorithm { key: key.to_owned(), algorithm: algorithm.to_owned() };
        errors.push(ConfigError::new(fault, entry.key.clone(), help.to_owned()));
    }
}

fn sizes(root: &Node, errors: &mut Vec<ConfigError>) {
    let Some(trajectories) = root.get("trajectories") else { return };
    let has_actor = root.text("algorithm") != Some("dptd");
    for size in SIZES.into_iter().filter(|size| has_actor || size.starts_with("critic.")) {
        if let Some(entry) = root.get(size) {
            let reason = "a budget of trajectories decides all sizes";
            errors.push(conflict(size, entry, "trajectories", trajectories, reason));
        }
    }
}

fn averaging(root: &Node, errors: &mut Vec<ConfigError>) {
    let (Some(from), Some(rounds)) = (root.integer("critic.average_from"), root.integer("critic.rounds"))
    else {
        return;
    };
    if let (true, Some(entry)) = (from >= rounds, root.get("critic.average_from")) {
        let fault = Fault::OutOfRange { key: "critic.average_from".to_owned(), found: from.to_string() };
        let help = format!("expected less than `critic.rounds`, {rounds}: nothing would be averaged");
        errors.push(ConfigError::new(fault, entry.node.place.clone(), help));
    }
}

fn conflict(key: &str, entry: &Entry, other: &str, other_entry: &Entry, reason: &str) -> ConfigError {
    let fault = Fault::Conflict { key: key.to_owned(), other: other.to_owned() };
    let help = format!("{reason}; `{other}` is given at {}: remove one of the two", other_entry.key);
    ConfigError::new(fault, entry.key.clone(), help)
}
