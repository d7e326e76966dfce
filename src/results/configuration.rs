//! The resolved configuration of a run, as keys with their values.

use super::ResultsError;
use crate::experiment::RunDirectory;
use crate::files::CONFIGURATION_BYTES_MAX;
use toml_edit::{Document, Item, Value};

/// Dotted keys with the texts of their values, in the order of `config.toml`. Keys of tables in a line are
/// taken apart too: `critic.features.kind`.
pub(super) type Keys = Vec<(String, String)>;

const CONFIG: &str = "config.toml";

/// The text of a run directory's configuration.
pub(super) fn text_of(directory: &RunDirectory) -> Result<String, ResultsError> {
    let bytes = directory.read(CONFIG, CONFIGURATION_BYTES_MAX)?;
    String::from_utf8(bytes).map_err(|error| {
        let line = line_of(error.as_bytes(), error.utf8_error().valid_up_to());
        damaged(directory, line, "it is not UTF-8")
    })
}

/// The keys of a run directory's configuration.
pub(super) fn read(directory: &RunDirectory) -> Result<Keys, ResultsError> {
    let text = text_of(directory)?;
    let document = Document::parse(text.as_str()).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text.as_bytes(), span.start));
        damaged(directory, line, error.message())
    })?;
    let mut keys = Keys::new();
    for (key, item) in document.iter() {
        flatten(key, item, &mut keys);
    }
    Ok(keys)
}

fn damaged(directory: &RunDirectory, line: usize, message: &str) -> ResultsError {
    ResultsError::Damaged { path: directory.file(CONFIG), line, message: message.to_owned() }
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    1 + bytes[..at.min(bytes.len())].iter().filter(|&&byte| byte == b'\n').count()
}

fn flatten(key: &str, item: &Item, keys: &mut Keys) {
    let joined = |name: &str| format!("{key}.{name}");
    if let Some(table) = item.as_table_like() {
        for (name, item) in table.iter() {
            flatten(&joined(name), item, keys);
        }
    } else if let Some(value) = item.as_value() {
        keys.push((key.to_owned(), text(value)));
    }
}

/// A word without its quotes; anything else as it stands in the file.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.value().clone(),
        other => other.clone().decorated("", "").to_string(),
    }
}
