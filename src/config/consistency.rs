//! Checks of keys against each other. They read the tree, so that they can point at what they mean.

use super::algorithm::{self, SHARED, Words};
use super::error::{ConfigError, Fault};
use super::place::{AXIS, SETTING};
use super::suggest::{listed, nearest, quoted};
use super::tree::{Entry, Node, Value};
use crate::pomdp::builtin;
use serde_json::Value as Json;

/// Sizes that a budget of trajectories stands for, when there is an actor.
const SIZES: [&str; 5] =
    ["critic.rounds", "critic.local_steps", "actor.rounds", "actor.local_steps", "actor.sync_interval"];

/// All contradictions in a tree, whose shape is to be `schema`; `kept` says that a run has written it: then
/// it may have keys that its algorithm does not read, as earlier versions kept them.
///
/// The tree need not be of the right shape: what is missing or of another type is passed over.
pub(super) fn contradictions(
    root: &Node,
    algorithms: &[Words],
    schema: &Json,
    kept: bool,
) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    problem(root, &mut errors);
    // Where there is no such algorithm, that is another error, from which nothing follows.
    if let Some(words) = algorithms.iter().find(|words| words.name == algorithm_of(root)) {
        if !kept {
            Unread { root, words, algorithms, schema }.all(&mut errors);
        }
        // Where networks are not read, each of their keys is an error already.
        if words.reads("actor.policy") {
            network(root, words, &mut errors);
        }
        sizes(root, words, &mut errors);
        averaging(root, words, &mut errors);
    }
    errors
}

/// The name of a tree's algorithm; empty where it is no name.
fn algorithm_of(root: &Node) -> &str {
    match root.get("algorithm") {
        None => algorithm::DEFAULT,
        Some(_) => root.text("algorithm").or_else(|| root.text("algorithm.kind")).unwrap_or_default(),
    }
}

fn problem(root: &Node, errors: &mut Vec<ConfigError>) {
    let builtins = &builtin::names().collect::<Vec<_>>()[..];
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

/// A policy is over features or a network, and its step is measured or given.
fn network(root: &Node, words: &Words, errors: &mut Vec<ConfigError>) {
    let policy = root.get("actor.policy");
    if let (Some(policy), Some(features)) = (policy, root.get("actor.features")) {
        let reason = "a network reads the history itself";
        errors.push(conflict("actor.policy", policy, "actor.features", features, reason));
    }
    let largest = root.get("actor.largest_move").filter(|_| words.reads("actor.largest_move"));
    let Some(largest) = largest else { return };
    if policy.is_none() {
        let fault = Fault::Missing("actor.policy".to_owned());
        let help = "`largest_move` bounds how far a network moves: give `policy`, or remove it".to_owned();
        errors.push(ConfigError::new(fault, largest.key.clone(), help));
    } else if let Some(eta) = root.get("actor.eta").filter(|_| root.text("actor.eta") != Some("auto")) {
        let reason = "it bounds the step that \"auto\" measures";
        errors.push(conflict("actor.largest_move", largest, "actor.eta", eta, reason));
    }
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

/// The keys that an algorithm does not read.
struct Unread<'a> {
    root: &'a Node,
    words: &'a Words,
    algorithms: &'a [Words],
    schema: &'a Json,
}

impl Unread<'_> {
    /// Every one that a tree has. A default asks for nothing, and stands in every configuration that a run
    /// has written.
    fn all(&self, errors: &mut Vec<ConfigError>) {
        let shared = SHARED.into_iter().filter_map(|key| Some((key, self.root.get(key)?)));
        for (key, entry) in shared {
            let schema = &self.schema["properties"][key];
            match &entry.node.value {
                // Where none of its keys is read, the table is what is not.
                Value::Table(table) if self.words.reads(key) => {
                    for (name, entry) in table {
                        let schema = &schema["properties"][name];
                        if !schema.is_null() && schema["default"] != entry.node.to_json() {
                            self.one(&format!("{key}.{name}"), entry, errors);
                        }
                    }
                }
                // `policy` stands in no configuration that a run of an algorithm without it has written.
                _ if key == "policy" || schema["default"] != entry.node.to_json() => {
                    self.one(key, entry, errors);
                }
                _ => {}
            }
        }
    }

    fn one(&self, key: &str, entry: &Entry, errors: &mut Vec<ConfigError>) {
        if self.words.reads(key) {
            return;
        }
        // Who has set the algorithm beside the file cannot see there what is to be removed.
        let set = self.root.get("algorithm").is_some_and(is_set);
        let beside = if set && !is_set(entry) {
            format!(" from the file, or for this run by --unset {key}")
        } else {
            String::new()
        };
        let help = format!("{}{beside}", self.help(key));
        let (key, algorithm) = (key.to_owned(), self.words.name.to_owned());
        errors.push(ConfigError::new(Fault::NotOfAlgorithm { key, algorithm }, entry.key.clone(), help));
    }

    fn help(&self, key: &str) -> String {
        let table = key.split('.').next().unwrap_or(key);
        if let Some((_, help)) = self.words.instead.iter().find(|(of, _)| *of == key || *of == table) {
            return (*help).to_owned();
        }
        let owners: Vec<&str> =
            self.algorithms.iter().filter(|words| words.reads(key)).map(|words| words.name).collect();
        format!("it is a key of {}: remove it", listed(&owners, "\"").replace(" or ", " and "))
    }
}

fn sizes(root: &Node, words: &Words, errors: &mut Vec<ConfigError>) {
    let Some(trajectories) = root.get("trajectories").filter(|_| words.reads("trajectories")) else { return };
    // A size that the algorithm does not read is another error.
    for size in SIZES.into_iter().filter(|size| words.reads(size)) {
        if let Some(entry) = root.get(size) {
            let reason = "a budget of trajectories decides all sizes";
            errors.push(conflict(size, entry, "trajectories", trajectories, reason));
        }
    }
}

fn averaging(root: &Node, words: &Words, errors: &mut Vec<ConfigError>) {
    let (Some(from), Some(rounds)) = (root.integer("critic.average_from"), root.integer("critic.rounds"))
    else {
        return;
    };
    if !words.reads("critic.average_from") {
        return;
    }
    if let (true, Some(entry)) = (from >= rounds, root.get("critic.average_from")) {
        let fault = Fault::OutOfRange { key: "critic.average_from".to_owned(), found: from.to_string() };
        let help = format!("expected less than `critic.rounds`, {rounds}: nothing would be averaged");
        errors.push(ConfigError::new(fault, entry.node.place.clone(), help));
    }
}

/// Whether a key is given beside the file.
fn is_set(entry: &Entry) -> bool {
    [SETTING, AXIS].contains(&entry.key.source.name.as_str())
}

fn conflict(key: &str, entry: &Entry, other: &str, other_entry: &Entry, reason: &str) -> ConfigError {
    let fault = Fault::Conflict { key: key.to_owned(), other: other.to_owned() };
    // Of two keys of which one is for this run alone, the other is what is in the way.
    let way_out = match (is_set(entry), is_set(other_entry)) {
        (true, false) => format!("--unset {other} takes it out for this run"),
        (false, true) => format!("--unset {key} takes this one out for this run"),
        _ => "remove one of the two".to_owned(),
    };
    let help = format!("{reason}; `{other}` is given at {}: {way_out}", other_entry.key);
    ConfigError::new(fault, entry.key.clone(), help)
}
