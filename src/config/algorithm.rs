//! What a configuration can say of an algorithm: its name, the keys of its own, and which of the shared ones
//! it reads.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What configurations and errors say of an algorithm.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// What one calls it by.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub summary: &'static str,
    /// The keys of its own, in the order in which they are listed.
    pub keys: &'static [Key],
    /// Which it reads of the keys that algorithms share ([`SHARED`]): `critic.alpha`, or `critic.*` for all
    /// of a table.
    pub reads: &'static [&'static str],
    /// What to do about a key that it does not read, by the key or its table; the first that fits is said.
    pub instead: &'static [(&'static str, &'static str)],
}

/// Keys and tables that algorithms share; what else is at the top of a configuration every run reads.
pub const SHARED: [&str; 6] = ["schedule", "trajectories", "policy", "federation", "critic", "actor"];

/// A key of an algorithm's own, beside `kind`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Key {
    /// What one calls it by.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What its values are.
    pub takes: Takes,
}

/// The values that a key may have, and the one that it has where none is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Takes {
    /// Whole numbers, bounds included.
    Integer {
        /// The least.
        least: u64,
        /// The largest.
        most: u64,
        /// Without one.
        default: Option<u64>,
    },
    /// Real numbers above 0.
    Positive {
        /// Without one.
        default: Option<f64>,
    },
    /// Real numbers above 0, at most 1.
    Share {
        /// Without one.
        default: Option<f64>,
    },
    /// Words, each with what it stands for.
    Words {
        /// All of them; the first is what stands without one.
        words: &'static [(&'static str, &'static str)],
    },
}

/// The algorithm of a run, with the values of the keys that are its own: `"dptd"`, or
/// `{ kind = "minibatch", batch = 8 }`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Algorithm {
    /// Its name.
    pub name: String,
    /// Own keys that have a value.
    pub own: BTreeMap<String, Own>,
}

/// The value of a key of an algorithm's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Own {
    /// A whole number.
    Integer(u64),
    /// A real number.
    Real(f64),
    /// A word.
    Word(String),
}

/// As files have it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Name(String),
    Table {
        kind: String,
        #[serde(flatten)]
        own: BTreeMap<String, Own>,
    },
}

impl From<Written> for Algorithm {
    fn from(written: Written) -> Self {
        match written {
            Written::Name(name) => Algorithm { name, own: BTreeMap::new() },
            Written::Table { kind, own } => Algorithm { name: kind, own },
        }
    }
}

impl From<Algorithm> for Written {
    fn from(Algorithm { name, own }: Algorithm) -> Self {
        if own.is_empty() { Written::Name(name) } else { Written::Table { kind: name, own } }
    }
}

/// DPAC, which has no keys of its own.
impl Default for Algorithm {
    fn default() -> Self {
        Algorithm { name: DEFAULT.to_owned(), own: BTreeMap::new() }
    }
}

/// The algorithm of a configuration that names none.
pub(super) const DEFAULT: &str = "dpac";

impl Algorithm {
    /// The value of a key that takes whole numbers, if it has one.
    pub fn integer(&self, key: &Key) -> Option<u64> {
        match self.own.get(key.name) {
            Some(Own::Integer(value)) => Some(*value),
            _ => None,
        }
    }

    /// The value of a key that takes real numbers, if it has one.
    pub fn real(&self, key: &Key) -> Option<f64> {
        match self.own.get(key.name) {
            Some(Own::Real(value)) => Some(*value),
            _ => None,
        }
    }

    /// Whether the value of a key that takes words is this one.
    pub fn is(&self, key: &Key, word: &str) -> bool {
        matches!(self.own.get(key.name), Some(Own::Word(value)) if value == word)
    }
}

impl Words {
    /// The algorithm with these values of its own keys, and defaults for the others. Values are taken for
    /// what their keys may be.
    pub fn complete(&self, given: &BTreeMap<String, Own>) -> Algorithm {
        let value = |key: &Key| match (given.get(key.name), key.takes) {
            (Some(&Own::Integer(value)), Takes::Positive { .. } | Takes::Share { .. }) => {
                Some(Own::Real(value as f64))
            }
            (Some(value), _) => Some(value.clone()),
            (None, Takes::Integer { default, .. }) => default.map(Own::Integer),
            (None, Takes::Positive { default } | Takes::Share { default }) => default.map(Own::Real),
            (None, Takes::Words { words }) => words.first().map(|(word, _)| Own::Word((*word).to_owned())),
        };
        let own = self.keys.iter().filter_map(|key| Some((key.name.to_owned(), value(key)?)));
        Algorithm { name: self.name.to_owned(), own: own.collect() }
    }

    /// Whether it reads a shared key, or any key of a shared table.
    pub fn reads(&self, key: &str) -> bool {
        let below =
            |one: &str, other: &str| one.strip_prefix(other).is_some_and(|rest| rest.starts_with('.'));
        self.reads.iter().any(|read| match read.strip_suffix(".*") {
            Some(table) => key == table || below(key, table),
            None => key == *read || below(read, key),
        })
    }

    /// The JSON schema of a table with this algorithm's keys.
    fn table(&self) -> Json {
        let mut properties = serde_json::Map::new();
        properties.insert("kind".to_owned(), json!({ "type": "string", "const": self.name }));
        for key in self.keys {
            properties.insert(key.name.to_owned(), key.schema());
        }
        json!({
            "type": "object",
            "description": self.summary,
            "properties": properties,
            "required": ["kind"],
            "additionalProperties": false,
        })
    }
}

impl Key {
    fn schema(&self) -> Json {
        let mut schema = match self.takes {
            Takes::Integer { least, most, default } => {
                json!({ "type": "integer", "minimum": least, "maximum": most, "default": default })
            }
            Takes::Positive { default } => {
                json!({ "type": "number", "exclusiveMinimum": 0, "default": default })
            }
            Takes::Share { default } => {
                json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": default })
            }
            Takes::Words { words } => {
                let word = |(word, meaning): &(&str, &str)| json!({ "type": "string", "const": word, "description": meaning });
                let (first, _) = words[0];
                json!({ "oneOf": words.iter().map(word).collect::<Vec<_>>(), "default": first })
            }
        };
        if let Some(object) = schema.as_object_mut() {
            object.retain(|_, value| !value.is_null());
            object.insert("description".to_owned(), self.meaning.into());
        }
        schema
    }
}

/// The JSON schema of the key `algorithm`: a name, or a table with the keys of one.
pub(super) fn schema(algorithms: &[Words]) -> Json {
    let name = |words: &Words| json!({ "type": "string", "const": words.name, "description": words.summary });
    json!({
        "anyOf": [
            { "oneOf": algorithms.iter().map(name).collect::<Vec<_>>() },
            { "oneOf": algorithms.iter().map(Words::table).collect::<Vec<_>>() },
        ],
        "description": "The algorithm: its name, or a table with its name as `kind` and the keys of its own.",
        "default": DEFAULT,
    })
}

/// Which algorithms there are is known to whoever asks for the schema of configurations.
impl JsonSchema for Algorithm {
    fn schema_name() -> Cow<'static, str> {
        "Algorithm".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::from(true)
    }
}
