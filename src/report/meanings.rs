//! What a key of the configuration means, as its schema says it.

use crate::config::algorithm::Words;
use crate::config::schema_json;
use serde_json::Value as Json;

/// The meanings of all keys.
pub(super) struct Meanings(Json);

impl Meanings {
    pub(super) fn of(algorithms: &[Words]) -> Self {
        Meanings(serde_json::from_str(&schema_json(algorithms)).unwrap_or_default())
    }

    /// The first sentence of what is said of a key.
    pub(super) fn of_key(&self, key: &str) -> Option<String> {
        let mut node = &self.0;
        for part in key.split('.') {
            node = below(node, part)?;
        }
        let text = node.get("description")?.as_str()?.replace('\n', " ");
        let end = text.find(". ").map_or(text.len(), |at| at);
        Some(text[..end].trim_end_matches('.').to_owned())
    }
}

/// A part of a table, or of one of the forms that it can have.
fn below<'a>(node: &'a Json, part: &str) -> Option<&'a Json> {
    if let Some(found) = node.get("properties").and_then(|properties| properties.get(part)) {
        return Some(found);
    }
    ["anyOf", "oneOf", "allOf"]
        .iter()
        .filter_map(|forms| node.get(forms)?.as_array())
        .flatten()
        .find_map(|form| below(form, part))
}
