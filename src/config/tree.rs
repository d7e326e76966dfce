//! A configuration as a tree of values that know their places, before any meaning is given to it.

use super::error::{ConfigError, Fault};
use super::limits::{DEPTH_MAX, TEXT_BYTES_MAX};
use super::place::{Place, SETTING, SourceText};
use super::symbols::{keys_of, meant_by};
use crate::files::split_setting;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) place: Place,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    /// A path that no text can hold, given beside the file.
    Path(PathBuf),
    /// Wider than any key, so that a number out of range is told apart from one of another type.
    Integer(i128),
    /// May be NaN or infinite.
    Float(f64),
    Boolean(bool),
    /// As deep as tables may be.
    Array(Vec<Node>),
    Datetime,
    Table(Table),
}

pub(super) type Table = BTreeMap<String, Entry>;

/// A value behind a key.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: Place,
    pub(super) node: Node,
}

impl Node {
    /// Reads a document. Only the first syntax error counts: what follows it is mostly its consequence.
    pub(super) fn parse(source: &Arc<SourceText>) -> Result<Node, ConfigError> {
        if source.text.len() > TEXT_BYTES_MAX {
            let fault = Fault::Unreadable(format!("longer than {TEXT_BYTES_MAX} bytes"));
            return Err(ConfigError::new(fault, Place::whole(source), None));
        }
        let document =
            DeTable::parse(&source.text).map_err(|error| not_toml(source, error.message(), error.span()))?;
        let value = Value::Table(table(source, document.get_ref(), DEPTH_MAX));
        Ok(Node { value, place: Place::whole(source) })
    }

    /// A tree of one path behind nested keys, which stands for the whole of `source`.
    pub(super) fn of_path(source: &Arc<SourceText>, keys: &[&str], path: &Path) -> Node {
        let place = Place::whole(source);
        let value = match path.to_str() {
            Some(text) => Value::Text(text.to_owned()),
            None => Value::Path(path.to_path_buf()),
        };
        let leaf = Node { value, place: place.clone() };
        keys.iter().rev().fold(leaf, |node, &key| {
            let entry = Entry { key: place.clone(), node };
            Node { value: Value::Table(Table::from([(key.to_owned(), entry)])), place: place.clone() }
        })
    }

    /// Applies one `--set`: `key = value` with a dotted key and a TOML value, or a bare word as a string.
    /// What is wrong with it is located in a text of this name.
    pub(super) fn set(&mut self, setting: &OsStr, name: &str) -> Result<(), ConfigError> {
        match setting.to_str() {
            Some(setting) => self.set_text(setting, name),
            None => self.set_path(setting),
        }
    }

    /// Applies a `--set` that is no UTF-8, which only the values of paths may be.
    fn set_path(&mut self, setting: &OsStr) -> Result<(), ConfigError> {
        let text = setting.to_string_lossy().into_owned();
        let source = Arc::new(SourceText { name: SETTING.to_owned(), text });
        let keys = match split_setting(setting) {
            Some(("problem.file", value)) => Some((["problem", "file"].as_slice(), value)),
            Some(("policy", value)) => Some((["policy"].as_slice(), value)),
            _ => None,
        };
        let Some((keys, value)) = keys else {
            let help = "only `problem.file` and `policy`, which are paths, may be anything else".to_owned();
            return Err(ConfigError::new(
                Fault::NotToml("not UTF-8".to_owned()),
                Place::whole(&source),
                help,
            ));
        };
        self.graft(Node::of_path(&source, keys, Path::new(value)), keys.len());
        Ok(())
    }

    fn set_text(&mut self, setting: &str, name: &str) -> Result<(), ConfigError> {
        let source = Arc::new(SourceText { name: name.to_owned(), text: setting.to_owned() });
        let wrong = |fault, span, help: &str| {
            Err(ConfigError::new(fault, Place::new(&source, span), help.to_owned()))
        };
        let Some((written_key, written_value)) = setting.split_once('=') else {
            return wrong(Fault::NoEquals, 0..setting.len(), "write `--set key=value`");
        };
        let Ok(path) = toml_edit::Key::parse(written_key) else {
            let (table, letter) = written_key.trim().rsplit_once('.').unwrap_or(("", written_key.trim()));
            // Greek letters are no keys of TOML.
            if let Some(keys) = meant_by(letter, table) {
                let fault = Fault::UnknownKey { key: letter.to_owned(), table: table.to_owned() };
                return wrong(fault, 0..written_key.len(), &format!("{letter} is {keys}"));
            }
            let fault = Fault::NotToml("expected a key before `=`".to_owned());
            return wrong(fault, 0..written_key.len(), "a key is like `actor.rounds`");
        };
        if path.len() > DEPTH_MAX {
            let fault = Fault::NotToml(format!("a key of {} parts", path.len()));
            return wrong(fault, 0..written_key.len(), "a key is like `actor.rounds`");
        }
        let parsed = match Node::parse(&source) {
            Ok(parsed) => parsed,
            Err(_) if is_bare_word(written_value) => with_bare_word(&source, written_key, &path)?,
            Err(error) => return Err(error),
        };
        if !parsed.is_one_value(path.len()) {
            let fault = Fault::NotToml("more than one value".to_owned());
            return wrong(fault, 0..setting.len(), "write one `--set` for each key");
        }
        self.graft(parsed, path.len());
        Ok(())
    }

    /// Puts the value that stands `depth` keys deep in `setting` at the same keys of this tree.
    fn graft(&mut self, setting: Node, depth: usize) {
        let Value::Table(table) = setting.value else { return };
        for (name, entry) in table {
            if !matches!(self.value, Value::Table(_)) {
                // Whatever stood here is replaced; where no table belongs, the check of types says so. A name
                // becomes the `kind` of the table: `algorithm = "minibatch"` with `algorithm.batch=4`.
                let name = std::mem::replace(&mut self.value, Value::Table(Table::new()));
                let kind = Node { value: name, place: self.place.clone() };
                if let (Value::Text(_), Value::Table(table)) = (&kind.value, &mut self.value) {
                    table.insert("kind".to_owned(), Entry { key: self.place.clone(), node: kind });
                }
                self.place = entry.key.clone();
            }
            let Value::Table(here) = &mut self.value else { return };
            match here.get_mut(&name) {
                Some(old) if depth > 1 => old.node.graft(entry.node, depth - 1),
                _ => {
                    here.insert(name, entry);
                }
            }
        }
    }

    /// Whether there is nothing beside the value that stands `depth` keys deep.
    fn is_one_value(&self, depth: usize) -> bool {
        match &self.value {
            Value::Table(table) if depth > 0 => {
                table.len() == 1 && table.values().all(|entry| entry.node.is_one_value(depth - 1))
            }
            _ => depth == 0,
        }
    }

    /// Takes the entry of a key out of a table.
    pub(super) fn take(&mut self, key: &str) -> Option<Entry> {
        match &mut self.value {
            Value::Table(table) => table.remove(key),
            _ => None,
        }
    }

    /// Takes the entry at a dotted path out, if it is there.
    pub(super) fn remove(&mut self, path: &str) -> Option<Entry> {
        let Some((table, key)) = path.rsplit_once('.') else { return self.take(path) };
        self.get_mut(table)?.node.take(key)
    }

    fn get_mut(&mut self, path: &str) -> Option<&mut Entry> {
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let Value::Table(table) = &mut self.value else { return None };
        let entry = table.get_mut(first)?;
        match rest {
            None => Some(entry),
            Some(rest) => entry.node.get_mut(rest),
        }
    }

    /// The dotted paths of all values, tables among them.
    pub(super) fn paths(&self) -> Vec<String> {
        let Value::Table(table) = &self.value else { return Vec::new() };
        let below = |(name, entry): (&String, &Entry)| {
            let deeper = entry.node.paths().into_iter().map(|path| format!("{name}.{path}"));
            std::iter::once(name.clone()).chain(deeper.collect::<Vec<_>>())
        };
        table.iter().flat_map(below).collect()
    }

    /// The entry at a dotted path.
    pub(super) fn get(&self, path: &str) -> Option<&Entry> {
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let Value::Table(table) = &self.value else { return None };
        let entry = table.get(first)?;
        rest.map_or(Some(entry), |rest| entry.node.get(rest))
    }

    /// The string at a dotted path, if it is one.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        match &self.get(path)?.node.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The path at a dotted path of keys, where it is one that no text can hold.
    pub(super) fn path(&self, path: &str) -> Option<&Path> {
        match &self.get(path)?.node.value {
            Value::Path(path) => Some(path),
            _ => None,
        }
    }

    /// The integer at a dotted path, if it is one.
    pub(super) fn integer(&self, path: &str) -> Option<i128> {
        match self.get(path)?.node.value {
            Value::Integer(integer) => Some(integer),
            _ => None,
        }
    }

    /// The values alone. Dates and numbers without a counterpart become null.
    pub(super) fn to_json(&self) -> Json {
        match &self.value {
            Value::Text(text) => Json::from(text.as_str()),
            Value::Path(path) => Json::from(path.to_string_lossy()),
            Value::Integer(integer) => i64::try_from(*integer)
                .map(Json::from)
                .or_else(|_| u64::try_from(*integer).map(Json::from))
                .unwrap_or(Json::Null),
            Value::Float(float) => Json::from(*float),
            Value::Boolean(boolean) => Json::from(*boolean),
            Value::Array(items) => items.iter().map(Node::to_json).collect(),
            Value::Datetime => Json::Null,
            Value::Table(table) => Json::Object(
                table.iter().map(|(name, entry)| (name.clone(), entry.node.to_json())).collect::<Map<_, _>>(),
            ),
        }
    }
}

/// The error of a text that is no TOML.
fn not_toml(source: &Arc<SourceText>, message: &str, span: Option<Range<usize>>) -> ConfigError {
    let Some(span) = span else {
        return ConfigError::new(Fault::NotToml(message.to_owned()), Place::whole(source), None);
    };
    // What is complained of may be the carriage return, or what stands behind it.
    let (before, found) = source.text.as_bytes().split_at(span.start.min(source.text.len()));
    let lone = match (before, found) {
        (_, [b'\r', rest @ ..]) if rest.first() != Some(&b'\n') => Some(before.len()),
        ([.., b'\r'], [next, ..]) if *next != b'\n' => Some(before.len() - 1),
        _ => None,
    };
    // A Greek letter where a key begins is no TOML.
    let letter = std::str::from_utf8(found).ok().and_then(|found| found.chars().next());
    let letter = letter.filter(|letter| !letter.is_ascii()).map(String::from);
    let help = letter.and_then(|letter| Some(format!("{letter} is {}", keys_of(&letter)?)));
    match lone {
        None => ConfigError::new(Fault::NotToml(message.to_owned()), Place::new(source, span), help),
        Some(at) => {
            let fault = Fault::NotToml("a carriage return without a line feed".to_owned());
            let help = "save the file with line ends of LF or CR LF".to_owned();
            ConfigError::new(fault, Place::new(source, at..at), help)
        }
    }
}

/// The tree of a table in which tables lie at most `depth` deep; what would lie deeper is left out. No key
/// stands there, so that it is a part of what is wrong in any case, and a stack has an end.
fn table(source: &Arc<SourceText>, table: &DeTable<'_>, depth: usize) -> Table {
    let entry = |(key, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| Entry {
        key: Place::new(source, key.span()),
        node: Node {
            value: self::value(source, value.get_ref(), depth),
            place: Place::new(source, value.span()),
        },
    };
    table.iter().map(|pair| (pair.0.get_ref().to_string(), entry(pair))).collect()
}

fn value(source: &Arc<SourceText>, value: &DeValue<'_>, depth: usize) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(integer) => {
            let digits = integer.as_str();
            let beyond = if digits.starts_with('-') { i128::MIN } else { i128::MAX };
            Value::Integer(i128::from_str_radix(digits, integer.radix()).unwrap_or(beyond))
        }
        DeValue::Float(float) => Value::Float(float.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(boolean) => Value::Boolean(*boolean),
        DeValue::Datetime(_) => Value::Datetime,
        DeValue::Array(_) if depth == 0 => Value::Array(Vec::new()),
        DeValue::Array(items) => {
            let item = |item: &toml::Spanned<DeValue<'_>>| Node {
                value: self::value(source, item.get_ref(), depth - 1),
                place: Place::new(source, item.span()),
            };
            Value::Array(items.iter().map(item).collect())
        }
        DeValue::Table(_) if depth == 0 => Value::Table(Table::new()),
        DeValue::Table(inner) => Value::Table(table(source, inner, depth - 1)),
    }
}

/// Whether a value that is no TOML may be meant as a string: nothing in it opens a string, an array or a
/// table.
fn is_bare_word(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && !text.starts_with(['"', '\'', '[', '{']) && !text.contains(['\n', '\r', '#'])
}

/// The tree of `key=word`, where the word is taken as a string.
fn with_bare_word(
    source: &Arc<SourceText>,
    written_key: &str,
    path: &[toml_edit::Key],
) -> Result<Node, ConfigError> {
    let after = &source.text[written_key.len() + 1..];
    let word = after.trim();
    let start = written_key.len() + 1 + (after.len() - after.trim_start().len());
    let mut node =
        Node { value: Value::Text(word.to_owned()), place: Place::new(source, start..start + word.len()) };
    // The key's own places: those of the same key with a value that is certainly TOML.
    let mut keys = key_places(source, written_key)?;
    for key in path.iter().rev() {
        let place = keys.pop().unwrap_or_else(|| Place::whole(source));
        let entry = Entry { key: place.clone(), node };
        node = Node { value: Value::Table(Table::from([(key.get().to_owned(), entry)])), place };
    }
    Ok(node)
}

/// Places of the parts of a dotted key, in order; the key begins the source.
fn key_places(source: &Arc<SourceText>, written_key: &str) -> Result<Vec<Place>, ConfigError> {
    let probe = Arc::new(SourceText { name: source.name.clone(), text: format!("{written_key}=0") });
    let mut node = &Node::parse(&probe)?;
    let mut places = Vec::new();
    while let Value::Table(table) = &node.value {
        let Some(entry) = table.values().next() else { break };
        places.push(Place { source: Arc::clone(source), span: entry.key.span.clone() });
        node = &entry.node;
    }
    Ok(places)
}
