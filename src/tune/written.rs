//! A configuration with the choices in it, and beside each what it was chosen by.

use super::choice::{Candidate, Choice};
use super::settings::label;
use crate::statistics::mean_and_standard_error;
use std::ffi::OsStr;
use std::fmt::Write;
use std::path::{Component, Path, PathBuf};
use thiserror::Error;
use toml_edit::{Array, DocumentMut, Item, Key, Table, TableLike, TomlError, Value};

/// The configuration that was tuned, as it was written.
pub struct Base<'a> {
    /// The file's text.
    pub text: &'a str,
    /// Keys that are taken out of it.
    pub without: &'a [String],
    /// Keys that are changed, as `--set` has them.
    pub settings: &'a [String],
    /// The directory to which its paths are relative.
    pub directory: &'a Path,
}

/// A configuration that cannot be written.
#[derive(Debug, Error)]
pub enum WrittenError {
    /// The text that was read a moment ago is no TOML.
    #[error("the configuration is no TOML: {0}")]
    NotToml(#[from] TomlError),
    /// A key that is neither in a table nor begins one.
    #[error("`{0}` has no place in the configuration")]
    NoPlace(String),
    /// A path is not UTF-8, which a configuration is.
    #[error("the path {0:?} is not UTF-8, which a configuration is")]
    NotText(PathBuf),
    /// The working directory is not to be had.
    #[error("the working directory: {0}")]
    Io(#[from] std::io::Error),
}

/// Keys whose values are paths, relative to the file.
const PATHS: [&str; 2] = ["problem.file", "policy"];

/// The configuration with the choices, for a file in a directory. Where there are arms, they become the axes
/// side by side of its table `[sweep]`, each with its own values; where there is none, the chosen values
/// stand at their keys.
///
/// # Errors
/// [`WrittenError`].
pub fn written(
    base: &Base<'_>,
    choices: &[Choice],
    seeds: &str,
    into: &Path,
) -> Result<String, WrittenError> {
    let mut document: DocumentMut = base.text.parse()?;
    for key in base.without {
        remove(document.as_table_mut(), &parts(key)?);
    }
    for setting in base.settings {
        let (key, text) = setting.split_once('=').unwrap_or((setting, ""));
        put(document.as_table_mut(), key, value(text))?;
    }
    for key in PATHS {
        with_path(&mut document, key, base.directory, into)?;
    }
    match choices {
        [only] if only.arm.is_empty() => {
            for (key, text) in &only.best().settings {
                let mut value = value(text);
                value.decor_mut().set_suffix(format!("  # {}", evidence(only)));
                put(document.as_table_mut(), key, value)?;
            }
        }
        choices => with_arms(&mut document, choices)?,
    }
    let Some(first) = choices.first() else { return Ok(document.to_string()) };
    let keys: Vec<&str> = first.best().settings.iter().map(|(key, _)| key.as_str()).collect();
    let (keys, by) = (keys.join(", "), first.by.name());
    Ok(format!("# {keys}: chosen by {by} on the held-out seeds {seeds}\n{document}"))
}

/// What a choice was made by, on one line.
fn evidence(choice: &Choice) -> String {
    let score = |candidate: &Candidate| {
        let scores: Vec<f64> = candidate.scores.values().copied().collect();
        let (mean, error) = mean_and_standard_error(&scores);
        match scores.len() {
            1 => format!("{mean:.4} (one seed)"),
            seeds => format!("{mean:.4} ± {error:.4} (standard error, {seeds} seeds)"),
        }
    };
    let mut text = format!("{} {}", choice.by.name(), score(choice.best()));
    // Writing to a string cannot fail.
    let _ = write!(text, ", the best of {}", choice.candidates.len());
    if let Some(second) = choice.second {
        let second = &choice.candidates[second];
        let values: Vec<&str> = second.settings.iter().map(|(_, value)| value.as_str()).collect();
        let _ = write!(text, "; next {}: {}", values.join(", "), score(second));
    }
    if !choice.at_the_end.is_empty() {
        let _ = write!(text, "; at the end of the grid: {}", choice.at_the_end.join(", "));
    }
    text
}

/// The arms as axes side by side, in place of those that the file has.
fn with_arms(document: &mut DocumentMut, choices: &[Choice]) -> Result<(), WrittenError> {
    let sweep = document.entry("sweep").or_insert_with(|| Item::Table(Table::new()));
    let sweep = sweep.as_table_like_mut().ok_or_else(|| WrittenError::NoPlace("sweep".to_owned()))?;
    sweep.remove("grid");
    sweep.remove("zip");
    let of = |of: &dyn Fn(&Choice) -> Vec<(String, String)>, key: usize| -> Vec<Value> {
        choices.iter().map(|choice| value(&of(choice)[key].1)).collect()
    };
    for (at, (key, _)) in choices[0].arm.iter().enumerate() {
        let values = Array::from_iter(of(&|choice| choice.arm.clone(), at));
        put(sweep, &format!("zip.{key}"), Value::Array(values))?;
    }
    for (at, (key, _)) in choices[0].best().settings.iter().enumerate() {
        let mut values = Array::new();
        let mut before = String::new();
        for (mut value, choice) in of(&|choice| choice.best().settings.clone(), at).into_iter().zip(choices) {
            value.decor_mut().set_prefix(format!("{before}\n  "));
            values.push_formatted(value);
            before = format!("  # {}: {}", label(&choice.arm), evidence(choice));
        }
        values.set_trailing_comma(true);
        values.set_trailing(format!("{before}\n"));
        put(sweep, &format!("zip.{key}"), Value::Array(values))?;
    }
    Ok(())
}

fn parts(key: &str) -> Result<Vec<Key>, WrittenError> {
    Ok(Key::parse(key.trim())?)
}

/// A value as `--set` takes it: TOML, or a bare word.
fn value(text: &str) -> Value {
    text.trim().parse().unwrap_or_else(|_| Value::from(text.trim()))
}

fn remove(table: &mut dyn TableLike, keys: &[Key]) {
    match keys {
        [] => {}
        [last] => drop(table.remove(last.get())),
        [first, rest @ ..] => {
            if let Some(below) = table.get_mut(first.get()).and_then(Item::as_table_like_mut) {
                remove(below, rest);
            }
        }
    }
}

/// Puts a value at a dotted key. Tables on a line of their own become tables with lines, since what stands
/// beside a value is a comment to the end of the line.
fn put(table: &mut dyn TableLike, key: &str, value: Value) -> Result<(), WrittenError> {
    let keys = parts(key)?;
    let Some((last, above)) = keys.split_last() else {
        return Err(WrittenError::NoPlace(key.to_owned()));
    };
    let mut table = table;
    for part in above {
        let item = table.entry(part.get()).or_insert_with(|| {
            let mut below = Table::new();
            below.set_dotted(true);
            Item::Table(below)
        });
        if let Some(word) = item.as_value().filter(|value| value.is_str()) {
            // `algorithm = "minibatch"` is a table's `kind`, if another of its keys is given.
            let mut below = Table::new();
            below.insert("kind", Item::Value(word.clone()));
            *item = Item::Table(below);
        } else if let Some(inline) = item.as_inline_table() {
            *item = Item::Table(inline.clone().into_table());
        }
        table = item.as_table_like_mut().ok_or_else(|| WrittenError::NoPlace(key.to_owned()))?;
    }
    match table.get_mut(last.get()) {
        Some(item) => *item = Item::Value(value),
        None => drop(table.insert(last.get(), Item::Value(value))),
    }
    Ok(())
}

/// A path of the configuration, seen from another directory.
fn with_path(document: &mut DocumentMut, key: &str, from: &Path, into: &Path) -> Result<(), WrittenError> {
    let mut item = Some(document.as_item());
    for part in key.split('.') {
        item = item.and_then(|item| item.get(part));
    }
    let Some(path) = item.and_then(Item::as_str) else { return Ok(()) };
    if Path::new(path).is_absolute() || path == "uniform" {
        return Ok(());
    }
    let target = std::path::absolute(from.join(path))?;
    let into = if into.as_os_str().is_empty() { Path::new(".") } else { into };
    let seen = seen_from(&std::path::absolute(into)?, &target);
    let text = seen.to_str().ok_or_else(|| WrittenError::NotText(seen.clone()))?.to_owned();
    let mut seen = Value::from(text);
    if let Some(old) = item.and_then(Item::as_value) {
        *seen.decor_mut() = old.decor().clone();
    }
    put(document.as_table_mut(), key, seen)
}

/// A path relative to a directory, both from the root; where `..` stands in one of them, a link may have
/// brought it elsewhere, and the path stays whole.
fn seen_from(directory: &Path, target: &Path) -> PathBuf {
    let plain = |path: &Path| !path.components().any(|part| part == Component::ParentDir);
    if !plain(directory) || !plain(target) {
        return target.to_path_buf();
    }
    let (of, to): (Vec<_>, Vec<_>) = (directory.components().collect(), target.components().collect());
    let common = of.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = of[common..].iter().map(|_| OsStr::new(".."));
    up.chain(to[common..].iter().map(|part| part.as_os_str())).collect()
}
