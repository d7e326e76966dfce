//! Checks a tree against the JSON schema: which keys there are, their types and their bounds.
//!
//! The schema comes out of the types of `keys.rs`, so that what editors accept and what loading accepts
//! cannot differ. Understood are the forms that those types produce: tables, tables whose keys depend on
//! `kind`, tables of numbers, a word of several, lists of such words, numbers with bounds, "auto" or a
//! number, a number or a list of such, strings and booleans.

use super::error::{ConfigError, Fault};
use super::suggest::{listed, nearest, quoted};
use super::symbols::meant_by;
use super::tree::{Entry, Node, Table, Value};
use serde_json::{Map, Value as Json};

/// All deviations of `root` from `schema`.
pub(super) fn deviations(schema: &Json, root: &Node) -> Vec<ConfigError> {
    let mut check = Check { schema, errors: Vec::new() };
    check.value(schema, root, "");
    check.errors
}

struct Check<'a> {
    schema: &'a Json,
    errors: Vec<ConfigError>,
}

impl Check<'_> {
    fn fault(&mut self, fault: Fault, node: &Node, schema: &Json) {
        let help = format!("expected {}", expected(schema));
        self.errors.push(ConfigError::new(fault, node.place.clone(), help));
    }

    fn value(&mut self, schema: &Json, node: &Node, path: &str) {
        if let Some(properties) = schema["properties"].as_object() {
            match &node.value {
                Value::Table(table) => self.table(schema, properties, table, node, path),
                _ => self.wrong_type(schema, node, path),
            }
        } else if let Some((name, table)) = name_or_table(schema) {
            match &node.value {
                Value::Table(_) => self.value(table, node, path),
                Value::Text(_) => self.value(name, node, path),
                _ => self.wrong_type(schema, node, path),
            }
        } else if let Some(kinds) = kinds(schema) {
            self.kind(schema, &kinds, node, path);
        } else if let Some(number) = numbers(schema) {
            match &node.value {
                Value::Table(table) => {
                    for (name, entry) in table {
                        self.value(number, &entry.node, &join(path, name));
                    }
                }
                _ => self.wrong_type(schema, node, path),
            }
        } else if let Some(words) = words(schema) {
            self.word(schema, &words, node, path);
        } else if let Some(words) = words(&schema["items"]) {
            self.list(schema, &words, node, path);
        } else if let Some(number) = number_or_auto(schema) {
            match (&node.value, table_beside(schema)) {
                (Value::Table(_), Some(table)) => self.value(table, node, path),
                _ => self.auto(schema, number, node, path),
            }
        } else if let Some((number, list)) = number_or_list(schema) {
            match &node.value {
                Value::Array(items) => self.number_list(schema, list, items, node, path),
                _ => self.scalar(schema, number, node, path),
            }
        } else {
            self.scalar(schema, schema, node, path);
        }
    }

    fn wrong_type(&mut self, schema: &Json, node: &Node, path: &str) {
        let fault = Fault::WrongType { key: path.to_owned(), found: found(node), wanted: wanted(schema) };
        self.fault(fault, node, schema);
    }

    fn table(
        &mut self,
        schema: &Json,
        properties: &Map<String, Json>,
        table: &Table,
        node: &Node,
        path: &str,
    ) {
        for (name, entry) in table {
            match properties.get(name) {
                Some(schema) => self.value(schema, &entry.node, &join(path, name)),
                None => self.unknown_key(properties, name, entry, path),
            }
        }
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            if !table.contains_key(name) {
                // Inside a table that is told apart by its kind, the kind is what asks for the key.
                let place = table.get("kind").map_or(&node.place, |entry| &entry.node.place);
                let help = match &properties[name] {
                    section if section["properties"].is_object() => {
                        format!("add a section [{name}]. {}", description(section))
                    }
                    value => format!("{}: {}", expected(value), description(value)),
                };
                let fault = Fault::Missing(join(path, name));
                self.errors.push(ConfigError::new(fault, place.clone(), help));
            }
        }
    }

    fn unknown_key(&mut self, properties: &Map<String, Json>, name: &str, entry: &Entry, path: &str) {
        let allowed: Vec<&str> = properties.keys().map(String::as_str).collect();
        let help = if let Some(keys) = meant_by(name, path) {
            format!("{name} is {keys}")
        } else if let Some(near) = nearest(name, &allowed) {
            format!("did you mean `{near}`?")
        } else if let Some(tables) = self.tables_with(name).filter(|tables| !tables.is_empty()) {
            format!("`{name}` belongs in {tables}")
        } else {
            format!("expected {}", listed(&allowed, "`"))
        };
        let fault = Fault::UnknownKey { key: quoted(name), table: path.to_owned() };
        self.errors.push(ConfigError::new(fault, entry.key.clone(), help));
    }

    /// The sections that have this key; "the top, before any section" for keys of no section.
    fn tables_with(&self, name: &str) -> Option<String> {
        let top = self.schema["properties"].as_object()?;
        if top.contains_key(name) {
            return Some("the first lines, before any section".to_owned());
        }
        let sections: Vec<String> = top
            .iter()
            .filter(|(_, section)| section["properties"].get(name).is_some())
            .map(|(section, _)| format!("[{section}]"))
            .collect();
        Some(sections.join(" or "))
    }

    fn kind(&mut self, schema: &Json, kinds: &[(&str, &Json)], node: &Node, path: &str) {
        let Value::Table(table) = &node.value else { return self.wrong_type(schema, node, path) };
        let key = join(path, "kind");
        let Some(entry) = table.get("kind") else {
            return self.fault(Fault::Missing(key), node, schema);
        };
        let names: Vec<&str> = kinds.iter().map(|(name, _)| *name).collect();
        let Value::Text(found_kind) = &entry.node.value else {
            let fault = Fault::WrongType { key, found: found(&entry.node), wanted: "a string".to_owned() };
            let help = format!("expected {}", listed(&names, "\""));
            return self.errors.push(ConfigError::new(fault, entry.node.place.clone(), help));
        };
        let Some((_, chosen)) = kinds.iter().find(|(name, _)| name == found_kind) else {
            return self.unknown_word(&key, found_kind, &names, &entry.node);
        };
        let has = |schema: &Json, name: &str| schema["properties"].get(name).is_some();
        let (apply, foreign): (Table, Table) = table
            .clone()
            .into_iter()
            .partition(|(name, _)| has(chosen, name) || !kinds.iter().any(|(_, schema)| has(schema, name)));
        for (name, entry) in foreign {
            let owners: Vec<&str> =
                kinds.iter().filter(|(_, schema)| has(schema, &name)).map(|(owner, _)| *owner).collect();
            let fault = Fault::Inapplicable { key: join(path, &name), kind: quoted(found_kind) };
            let help = format!("`{name}` is a key of the kind {}", listed(&owners, "\""));
            self.errors.push(ConfigError::new(fault, entry.key, help));
        }
        self.value(chosen, &Node { value: Value::Table(apply), place: node.place.clone() }, path);
    }

    fn word(&mut self, schema: &Json, words: &[&str], node: &Node, path: &str) {
        match &node.value {
            Value::Text(text) if words.contains(&text.as_str()) => {}
            Value::Text(text) => self.unknown_word(path, text, words, node),
            _ => self.wrong_type(schema, node, path),
        }
    }

    /// A list of words, each of which stands there once.
    fn list(&mut self, schema: &Json, words: &[&str], node: &Node, path: &str) {
        let Value::Array(items) = &node.value else { return self.wrong_type(schema, node, path) };
        let mut met: Vec<&str> = Vec::new();
        for item in items {
            match &item.value {
                Value::Text(text) if met.contains(&text.as_str()) => {
                    let fault = Fault::Twice { key: path.to_owned(), word: quoted(text) };
                    let help = "leave one of them out".to_owned();
                    self.errors.push(ConfigError::new(fault, item.place.clone(), help));
                }
                Value::Text(text) if words.contains(&text.as_str()) => met.push(text),
                Value::Text(text) => self.unknown_word(path, text, words, item),
                _ => self.wrong_type(schema, item, path),
            }
        }
    }

    /// A list of as many numbers as there may be.
    fn number_list(&mut self, whole: &Json, list: &Json, items: &[Node], node: &Node, path: &str) {
        let key = || path.to_owned();
        if items.is_empty() {
            self.fault(Fault::Empty(key()), node, whole);
        } else if list["maxItems"].as_u64().is_some_and(|most| items.len() as u64 > most) {
            let fault = Fault::OutOfRange { key: key(), found: quoted(node.place.written()) };
            self.fault(fault, node, whole);
        }
        for item in items {
            self.scalar(&list["items"], &list["items"], item, path);
        }
    }

    fn unknown_word(&mut self, key: &str, found: &str, words: &[&str], node: &Node) {
        let list = listed(words, "\"");
        let elsewhere = key.strip_suffix(".kind").and_then(|path| self.other_of_kind(path, found));
        let help = match (elsewhere, nearest(found, words)) {
            (Some(other), _) => format!("\"{found}\" is a kind of `{other}`; expected {list}"),
            (None, Some(near)) => format!("did you mean \"{near}\"? Expected {list}"),
            (None, None) => format!("expected {list}"),
        };
        let fault = Fault::UnknownWord { key: key.to_owned(), found: quoted(found) };
        self.errors.push(ConfigError::new(fault, node.place.clone(), help));
    }

    /// The other key of the same section whose table may be of this kind.
    fn other_of_kind(&self, path: &str, kind: &str) -> Option<String> {
        let (section, own) = path.split_once('.')?;
        let keys = self.schema["properties"][section]["properties"].as_object()?;
        let has = |schema| kinds(schema).is_some_and(|kinds| kinds.iter().any(|(name, _)| *name == kind));
        let (name, _) = keys.iter().find(|(name, schema)| *name != own && has(schema))?;
        Some(join(section, name))
    }

    fn auto(&mut self, schema: &Json, number: &Json, node: &Node, path: &str) {
        match &node.value {
            Value::Text(text) if text == AUTO => {}
            Value::Text(text) => {
                let fault = Fault::UnknownWord { key: path.to_owned(), found: quoted(text) };
                self.fault(fault, node, schema);
            }
            _ => self.scalar(schema, number, node, path),
        }
    }

    /// Checks against `schema`; `whole` is what the help describes.
    fn scalar(&mut self, whole: &Json, schema: &Json, node: &Node, path: &str) {
        let key = path.to_owned();
        let written = || quoted(node.place.written());
        match (schema["type"].as_str(), &node.value) {
            (Some("boolean"), Value::Boolean(_)) | (Some("string"), Value::Path(_)) => {}
            (Some("string"), Value::Text(text)) => {
                if text.is_empty() && schema["minLength"].as_u64().is_some_and(|least| least > 0) {
                    self.fault(Fault::Empty(key), node, whole);
                }
            }
            (Some("integer"), &Value::Integer(integer)) => {
                if !integer_in_bounds(schema, integer) {
                    self.fault(Fault::OutOfRange { key, found: written() }, node, whole);
                }
            }
            (Some("number"), &Value::Float(float)) if !float.is_finite() => {
                self.fault(Fault::NotFinite { key, found: written() }, node, whole);
            }
            (Some("number"), &(Value::Float(_) | Value::Integer(_))) => {
                if !number_in_bounds(schema, &node.value) {
                    self.fault(Fault::OutOfRange { key, found: written() }, node, whole);
                }
            }
            _ => self.wrong_type(whole, node, path),
        }
    }
}

const AUTO: &str = "auto";

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn description(schema: &Json) -> &str {
    schema["description"].as_str().unwrap_or_default().trim_end_matches('.')
}

fn alternatives<'a>(schema: &'a Json, form: &str) -> &'a [Json] {
    schema[form].as_array().map_or(&[], Vec::as_slice)
}

/// The alternatives of a table whose keys depend on `kind`.
fn kinds(schema: &Json) -> Option<Vec<(&str, &Json)>> {
    let tables = alternatives(schema, "oneOf");
    let named = tables.iter().map(|table| Some((table["properties"]["kind"]["const"].as_str()?, table)));
    named.collect::<Option<Vec<_>>>().filter(|named| !named.is_empty())
}

/// The two forms of what is a name, or a table of the kind that has this name.
fn name_or_table(schema: &Json) -> Option<(&Json, &Json)> {
    match alternatives(schema, "anyOf") {
        [name, table] if words(name).is_some() && kinds(table).is_some() => Some((name, table)),
        _ => None,
    }
}

/// The number in a table of any names with numbers.
fn numbers(schema: &Json) -> Option<&Json> {
    schema.get("additionalProperties").filter(|value| value.is_object())
}

/// The words of which a value is one.
fn words(schema: &Json) -> Option<Vec<&str>> {
    let constants = alternatives(schema, "oneOf").iter().map(|word| word["const"].as_str());
    constants.collect::<Option<Vec<_>>>().filter(|words| !words.is_empty())
}

/// The number in "a number or auto".
fn number_or_auto(schema: &Json) -> Option<&Json> {
    match alternatives(schema, "anyOf") {
        [number, word] | [number, word, _] if word["const"] == AUTO => Some(number),
        _ => None,
    }
}

/// The number and the list in "a number or a list of such".
fn number_or_list(schema: &Json) -> Option<(&Json, &Json)> {
    match alternatives(schema, "anyOf") {
        [number, list] if list["type"] == "array" => Some((number, list)),
        _ => None,
    }
}

/// The table that may stand in place of the number in "a number or auto".
fn table_beside(schema: &Json) -> Option<&Json> {
    match alternatives(schema, "anyOf") {
        [_, word, table] if word["const"] == AUTO => Some(table),
        _ => None,
    }
}

fn integer_in_bounds(schema: &Json, integer: i128) -> bool {
    let bound = |name: &str| schema[name].as_u64().map(i128::from);
    let largest = bound("maximum").unwrap_or(i128::from(u64::MAX));
    bound("minimum").is_none_or(|least| least <= integer) && integer <= largest
}

fn number_in_bounds(schema: &Json, value: &Value) -> bool {
    let number = match *value {
        Value::Float(float) => float,
        // Wider integers would lose digits, and have no place among the values that are read.
        Value::Integer(integer) if i64::try_from(integer).is_ok() || u64::try_from(integer).is_ok() => {
            integer as f64
        }
        _ => return false,
    };
    let bound = |name: &str| schema[name].as_f64();
    bound("minimum").is_none_or(|least| least <= number)
        && bound("exclusiveMinimum").is_none_or(|least| least < number)
        && bound("maximum").is_none_or(|most| number <= most)
}

fn found(node: &Node) -> &'static str {
    match node.value {
        Value::Text(_) | Value::Path(_) => "a string",
        Value::Integer(_) => "an integer",
        Value::Float(_) => "a floating-point number",
        Value::Boolean(_) => "a boolean",
        Value::Array(_) => "an array",
        Value::Datetime => "a date or time",
        Value::Table(_) => "a table",
    }
}

/// The type alone, with article.
fn wanted(schema: &Json) -> String {
    if let Some(number) = number_or_auto(schema) {
        return format!("{} or \"{AUTO}\"", wanted(number));
    }
    if let Some((number, _)) = number_or_list(schema) {
        return format!("{} or a list of such", wanted(number));
    }
    let name = if schema["properties"].is_object() || kinds(schema).is_some() || numbers(schema).is_some() {
        "a table"
    } else {
        match schema["type"].as_str() {
            Some("integer") => "an integer",
            Some("number") => "a number",
            Some("boolean") => "a boolean",
            Some("array") => "a list of words",
            _ => "a string",
        }
    };
    name.to_owned()
}

/// What may stand there, with bounds, words or keys.
fn expected(schema: &Json) -> String {
    if let Some(number) = number_or_auto(schema) {
        let table =
            table_beside(schema).map_or_else(String::new, |table| format!(", or {}", expected(table)));
        return format!("{} or \"{AUTO}\"{table}", expected(number));
    }
    if let Some((number, list)) = number_or_list(schema) {
        return format!(
            "{}, or a list of {} to {} such",
            expected(number),
            list["minItems"],
            list["maxItems"]
        );
    }
    if let Some((name, _)) = name_or_table(schema) {
        return format!("{}, or a table with that as `kind`", expected(name));
    }
    if let Some(kinds) = kinds(schema) {
        let names: Vec<&str> = kinds.iter().map(|(name, _)| *name).collect();
        return format!("a table with `kind`, which is {}", listed(&names, "\""));
    }
    if let Some(words) = words(schema) {
        return listed(&words, "\"");
    }
    if let Some(words) = words(&schema["items"]) {
        return format!("a list, in brackets, of {}", listed(&words, "\"").replace(" or ", " and "));
    }
    if numbers(schema).is_some() {
        return format!("a table of numbers: {}", description(schema));
    }
    if let Some(properties) = schema["properties"].as_object() {
        let names: Vec<&str> = properties.keys().map(String::as_str).collect();
        return format!("a table of {}", listed(&names, "`"));
    }
    match schema["type"].as_str() {
        Some("integer") => format!("an integer{}", bounds(schema)),
        Some("number") => format!("a number{}", bounds(schema)),
        Some("boolean") => "`true` or `false`".to_owned(),
        _ => format!("a string: {}", description(schema)),
    }
}

fn bounds(schema: &Json) -> String {
    let bound = |name: &str| schema.get(name).filter(|bound| bound.is_number());
    match (bound("exclusiveMinimum"), bound("minimum"), bound("maximum")) {
        (Some(least), _, None) => format!(" above {least}"),
        (Some(least), _, Some(most)) => format!(" above {least}, at most {most}"),
        (None, Some(least), Some(most)) => format!(" from {least} to {most}"),
        // The one integer without a stated maximum is the seed.
        (None, Some(least), None) => format!(" from {least} to {}", u64::MAX),
        _ => String::new(),
    }
}
