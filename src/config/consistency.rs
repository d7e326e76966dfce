//! Checks of keys against each other. They read the tree, so that they can point at what they mean.

use super::error::{ConfigError, Fault};
use super::place::SETTING;
use super::suggest::{listed, nearest, quoted};
use super::tree::{Entry, Node, Value};
use crate::pomdp::builtin;

/// Sizes that a budget of trajectories stands for, when there is an actor.
const SIZES: [&str; 5] =
    ["critic.rounds", "critic.local_steps", "actor.rounds", "actor.local_steps", "actor.sync_interval"];

/// All contradictions in a tree; `builtins` are the names of built-in problems, and `kept` says that a run
/// has written it: then it may have keys that its algorithm does not read, as earlier versions kept them.
///
/// The tree need not be of the right shape: what is missing or of another type is passed over.
pub(super) fn contradictions(root: &Node, builtins: &[&str], kept: bool) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    problem(root, builtins, &mut errors);
    if !kept {
        algorithm(root, &mut errors);
    }
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

/// The algorithm of a tree; empty where there is no such algorithm, which is another error, from which
/// nothing follows.
fn algorithm_of(root: &Node) -> &str {
    match root.get("algorithm") {
        None => "dpac",
        Some(_) => root.text("algorithm").unwrap_or_default(),
    }
}

/// What an algorithm does not read: keys, and what to do about them.
struct Unread {
    keys: &'static [&'static str],
    help: &'static str,
}

fn unread(algorithm: &str) -> &'static [Unread] {
    const POLICY: Unread = Unread {
        keys: &["policy"],
        help: "this algorithm improves its own policy; `policy` is a key of \"dptd\"",
    };
    match algorithm {
        "dpac" => &[POLICY],
        "dppg" => &[
            POLICY,
            Unread {
                keys: &[
                    "critic.rounds",
                    "critic.local_steps",
                    "critic.alpha",
                    "critic.eta",
                    "critic.init",
                    "critic.average_from",
                ],
                help: "DPPG takes the exact critic, in `critic.features`, and learns none: remove the key",
            },
        ],
        "dptd" => &[
            Unread {
                keys: &["actor"],
                help: "DPTD evaluates one policy, the key `policy`: remove the actor's keys",
            },
            Unread { keys: &["critic.init"], help: "DPTD evaluates once, from zero: remove the key" },
        ],
        _ => &[],
    }
}

/// Every key that the algorithm does not read. Words that stand for a default ask for nothing, and stand in
/// every configuration that a run has written.
fn algorithm(root: &Node, errors: &mut Vec<ConfigError>) {
    let algorithm = algorithm_of(root);
    for Unread { keys, help } in unread(algorithm) {
        for key in *keys {
            let asks = |entry: &&Entry| match (*key, &entry.node.value) {
                ("policy" | "actor", _) => true,
                ("critic.init", Value::Text(word)) => word != "warm",
                (_, Value::Text(word)) => word != "auto",
                _ => true,
            };
            let Some(entry) = root.get(key).filter(asks) else { continue };
            let fault = Fault::NotOfAlgorithm { key: (*key).to_owned(), algorithm: algorithm.to_owned() };
            // Who has set the algorithm beside the file cannot see there what is to be removed.
            let set = root.get("algorithm").is_some_and(|entry| entry.key.source.name == SETTING);
            let help = if set && entry.key.source.name != SETTING {
                format!("{help} from the file, which --set cannot")
            } else {
                (*help).to_owned()
            };
            errors.push(ConfigError::new(fault, entry.key.clone(), help));
        }
    }
}

fn sizes(root: &Node, errors: &mut Vec<ConfigError>) {
    let Some(trajectories) = root.get("trajectories") else { return };
    // A size that the algorithm does not read is another error.
    let reads = |size: &str| match algorithm_of(root) {
        "dptd" => size.starts_with("critic."),
        "dppg" => size.starts_with("actor."),
        _ => true,
    };
    for size in SIZES.into_iter().filter(|size| reads(size)) {
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
    if algorithm_of(root) == "dppg" {
        return;
    }
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
