//! The table `[sweep]`: which runs a file stands for, beside the one that the rest of it describes.
//!
//! ```toml
//! [sweep]
//! seeds = "0..9"
//! grid.federation.clients = [1, 4, 16, 64]
//! grid.actor.target = ["q", "advantage"]
//! zip.critic.rounds = [4, 8]
//! zip.critic.local_steps = [64, 32]
//! targets = ["share>=0.95"]
//! ```

use super::axis::Axis;
use super::error::{ConfigError, ConfigErrors, Fault};
use super::place::Place;
use super::suggest::nearest;
use super::tree::{Entry, Node, Table, Value};

/// The key of the table.
pub(super) const TABLE: &str = "sweep";

/// What the table holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SweepTable {
    /// Keys of which every value meets every value of the others, in the order of the file.
    pub grid: Vec<Axis>,
    /// Keys that take their values side by side.
    pub zip: Vec<Axis>,
    /// The seeds, as they are written.
    pub seeds: Option<(String, Place)>,
    /// What runs may reach, as it is written.
    pub targets: Vec<(String, Place)>,
}

const KEYS: [&str; 4] = ["grid", "zip", "seeds", "targets"];

impl SweepTable {
    /// Reads the table.
    pub(super) fn read(entry: &Entry) -> Result<Self, ConfigErrors> {
        let Value::Table(table) = &entry.node.value else {
            let found = Fault::Rejected("`sweep` is a table".to_owned());
            let help = "write [sweep], and below it grid.KEY = [VALUES]".to_owned();
            return Err(ConfigError::new(found, entry.key.clone(), help).into());
        };
        let (mut read, mut errors) = (SweepTable::default(), Vec::new());
        for (name, entry) in table {
            match name.as_str() {
                "grid" => read.grid = axes(entry, &mut errors),
                "zip" => read.zip = axes(entry, &mut errors),
                "seeds" => read.seeds = Some(seeds(&entry.node)),
                "targets" => read.targets = texts(&entry.node),
                _ => {
                    let help = match nearest(name, &KEYS) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "expected `grid`, `zip`, `seeds` or `targets`".to_owned(),
                    };
                    let fault = Fault::UnknownKey { key: name.clone(), table: TABLE.to_owned() };
                    errors.push(ConfigError::new(fault, entry.key.clone(), help));
                }
            }
        }
        ConfigErrors::unless_empty(errors)?;
        Ok(read)
    }
}

/// The axes of a table, in the order of the file. Its keys may be dotted, quoted or not.
fn axes(entry: &Entry, errors: &mut Vec<ConfigError>) -> Vec<Axis> {
    let Value::Table(table) = &entry.node.value else {
        let fault = Fault::Rejected("here stand keys and their values".to_owned());
        let help = "like grid.federation.clients = [1, 4, 16]".to_owned();
        errors.push(ConfigError::new(fault, entry.node.place.clone(), help));
        return Vec::new();
    };
    let mut leaves = Vec::new();
    leaves_of(table, "", &mut leaves);
    leaves.sort_by_key(|(_, entry)| entry.key.span.as_ref().map(|span| span.start));
    let axis = |(key, entry): (String, &Entry)| {
        let parts: Vec<Place> = match &entry.node.value {
            Value::Array(items) => items.iter().map(|item| item.place.clone()).collect(),
            _ => vec![entry.node.place.clone()],
        };
        Axis { key, key_place: entry.key.clone(), values: Vec::new() }.with_parts(&parts)
    };
    let mut read = Vec::new();
    for leaf in leaves {
        match axis(leaf) {
            Ok(axis) => read.push(axis),
            Err(error) => errors.push(error),
        }
    }
    read
}

fn leaves_of<'a>(table: &'a Table, above: &str, leaves: &mut Vec<(String, &'a Entry)>) {
    for (name, entry) in table {
        let key = if above.is_empty() { name.clone() } else { format!("{above}.{name}") };
        match &entry.node.value {
            Value::Table(below) => leaves_of(below, &key, leaves),
            _ => leaves.push((key, entry)),
        }
    }
}

/// `"0..9"`, `7` or `[0, 1, 2]`, as `--seeds` has it.
fn seeds(node: &Node) -> (String, Place) {
    let text = match &node.value {
        Value::Array(items) => items.iter().map(|item| item.place.written()).collect::<Vec<_>>().join(","),
        Value::Text(text) => text.clone(),
        _ => node.place.written().to_owned(),
    };
    (text, node.place.clone())
}

/// A text, or an array of texts. What is none is kept as it is written, and is refused by whoever reads it.
fn texts(node: &Node) -> Vec<(String, Place)> {
    let text = |node: &Node| match &node.value {
        Value::Text(text) => (text.clone(), node.place.clone()),
        _ => (node.place.written().to_owned(), node.place.clone()),
    };
    match &node.value {
        Value::Array(items) => items.iter().map(text).collect(),
        _ => vec![text(node)],
    }
}
