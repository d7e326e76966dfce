//! The configuration of a run as it was in the end, with the formula behind every value that was "auto".

use super::{Config, Words};
use serde_json::{Map, Value as Json};
use std::fmt::Write;
use toml_edit::{InlineTable, Value};

/// Every key with its value; behind the keys of `notes` (dotted path, formula) the formula as a comment.
///
/// Keys without a value are written as comments; of a policy that is a network there are no features.
/// `[actor]` and `policy` are left out where the algorithm,
/// whose words these are, does not read them; reading the text gives `config` again but for these. Sizes that
/// came from `trajectories` exclude it: whoever fills them in empties `trajectories` and says T in the notes.
///
/// # Panics
/// If a note names no key of this configuration, or has more than one line: then a formula would be lost.
pub fn resolved_toml(config: &Config, words: &Words, notes: &[(&str, &str)]) -> String {
    let Ok(Json::Object(mut keys)) = serde_json::to_value(config) else {
        unreachable!("a configuration is a table of numbers, words and paths that were read as UTF-8")
    };
    for key in ["actor", "policy"].into_iter().filter(|key| !words.reads(key)) {
        keys.shift_remove(key);
    }
    if let (Some(_), Some(Json::Object(actor))) = (config.actor.policy, keys.get_mut("actor")) {
        actor.shift_remove("features");
    }
    let is_section = |key: &str, value: &Json| key != "algorithm" && value.is_object();
    let (sections, top): (Map<_, _>, Map<_, _>) =
        keys.into_iter().partition(|(key, value)| is_section(key, value));

    let mut text = String::new();
    let mut written = Vec::new();
    write_keys(&mut text, "", &top, notes, &mut written);
    for (section, value) in &sections {
        let Json::Object(keys) = value else { continue };
        let _ = writeln!(text, "\n[{section}]");
        write_keys(&mut text, &format!("{section}."), keys, notes, &mut written);
    }
    for (key, note) in notes {
        assert!(
            written.iter().any(|path| path == key),
            "the note {note:?} is about `{key}`, which is no key here"
        );
        assert!(!note.contains(['\n', '\r']), "the note about `{key}` has more than one line");
    }
    text
}

fn write_keys(
    text: &mut String,
    section: &str,
    keys: &Map<String, Json>,
    notes: &[(&str, &str)],
    written: &mut Vec<String>,
) {
    for (key, value) in keys {
        let path = format!("{section}{key}");
        // Writing to a string cannot fail.
        let _ = match toml_value(value) {
            Some(value) => write!(text, "{key} = {value}"),
            None => write!(text, "# {key}: not given"),
        };
        if let Some((_, note)) = notes.iter().find(|(noted, _)| *noted == path) {
            let _ = write!(text, "  # {note}");
        }
        text.push('\n');
        written.push(path);
    }
}

/// The value in TOML; `None` for null.
fn toml_value(value: &Json) -> Option<String> {
    let value = match value {
        Json::Null => return None,
        // Seeds above i64::MAX have no toml_edit value, but are written as any other integer.
        Json::Number(number) if number.is_u64() || number.is_i64() => return Some(number.to_string()),
        Json::Number(number) => Value::from(number.as_f64()?),
        Json::Bool(boolean) => Value::from(*boolean),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(_) => inline(value)?,
        Json::Object(table) => {
            let entries = table.iter().filter_map(|(key, value)| Some((key, inline(value)?)));
            Value::InlineTable(entries.collect::<InlineTable>())
        }
    };
    Some(value.to_string())
}

/// A value of an inline table or of a list: of features and algorithms, whose values are words, booleans and
/// numbers, of networks, whose layers are lists of numbers, of parameters, which are numbers, or of what is
/// recorded, which are words.
fn inline(value: &Json) -> Option<Value> {
    match value {
        Json::Number(number) => number.as_i64().map(Value::from).or_else(|| number.as_f64().map(Value::from)),
        Json::Bool(boolean) => Some(Value::from(*boolean)),
        Json::String(text) => Some(Value::from(text.as_str())),
        Json::Array(items) => Some(Value::Array(items.iter().filter_map(inline).collect())),
        Json::Null | Json::Object(_) => None,
    }
}
