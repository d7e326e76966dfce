//! The keys of a configuration by their dotted names, out of the schema, with the words that a value can be.

use super::algorithm::Words;
use super::schema::schema;
use serde_json::Value as Json;

/// Every dotted key, in the order of the schema, and the words among its values, where these are the
/// algorithms.
///
/// ```
/// let keys = dpac::config::key_words(&dpac::algorithm::Registry::BUILTIN.words());
/// let words = |key| keys.iter().find(|(name, _)| name == key).map(|(_, words)| words.join(" "));
/// assert_eq!(words("actor.target").as_deref(), Some("q advantage compatible"));
/// assert_eq!(words("critic.features.length").as_deref(), Some(""));
/// assert!(words("algorithm").is_some_and(|names| names.contains("dptd")));
/// ```
pub fn key_words(algorithms: &[Words]) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    walk(&schema(algorithms), "", &mut found);
    found
}

fn walk(schema: &Json, path: &str, found: &mut Vec<(String, Vec<String>)>) {
    if let Some(properties) = schema["properties"].as_object() {
        for (name, below) in properties {
            walk(below, &if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, found);
        }
        return;
    }
    // A table whose keys depend on its kind, alone or beside a name.
    let alternatives = |schema: &Json, form: &str| schema[form].as_array().cloned().unwrap_or_default();
    let mut kinds = alternatives(schema, "oneOf");
    for form in alternatives(schema, "anyOf") {
        kinds.extend(alternatives(&form, "oneOf"));
    }
    let words: Vec<String> =
        kinds.iter().filter_map(|kind| kind["const"].as_str()).map(str::to_owned).collect();
    let tables = || kinds.iter().filter(|kind| kind["properties"].is_object());
    if tables().next().is_none() || !words.is_empty() {
        let words =
            if schema["type"] == "boolean" { vec!["true".to_owned(), "false".to_owned()] } else { words };
        let auto = alternatives(schema, "anyOf").iter().any(|form| form["const"] == "auto");
        found.push((path.to_owned(), if auto { vec!["auto".to_owned()] } else { words }));
    }
    if tables().next().is_none() {
        return;
    }
    let names = tables().filter_map(|table| table["properties"]["kind"]["const"].as_str());
    found.push((format!("{path}.kind"), names.map(str::to_owned).collect()));
    for name in tables().flat_map(|table| table["properties"].as_object().into_iter().flatten()) {
        let key = format!("{path}.{}", name.0);
        if name.0 != "kind" && !found.iter().any(|(known, _)| *known == key) {
            found.push((key, Vec::new()));
        }
    }
}
