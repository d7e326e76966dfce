//! How to make the runs again with nothing but the page.

use super::configuration::Configuration;
use crate::results::{Arm, Target};
use serde::Serialize;
use std::collections::BTreeSet;

/// What to save, and what to type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Again {
    /// The commands, one after the other.
    pub commands: Vec<String>,
    /// What has to be there before, and what the commands do not give again.
    pub remarks: Vec<String>,
}

/// By what name the commands call the page's configuration.
const FILE: &str = "again.toml";

impl Again {
    pub(super) fn of(arms: &[Arm<'_>], configuration: &Configuration, targets: &[Target]) -> Self {
        let mut remarks = vec![format!("Save the configuration that stands below as {FILE}.")];
        for input in &configuration.inputs {
            remarks.push(match input.text {
                Some(_) => {
                    format!("Save the file that stands below it as {}, in the same directory.", input.name)
                }
                None => format!(
                    "It reads {}, which is not on this page: it is too long, or cannot be read.",
                    input.name
                ),
            });
        }
        let all: BTreeSet<u64> = arms.iter().flat_map(|arm| arm.runs.keys().copied()).collect();
        let is_whole = arms.iter().all(|arm| arm.runs.len() == all.len());
        if !is_whole {
            remarks.push("Not every arm has all of these seeds; the commands run all of them.".to_owned());
        }
        let seeds: Vec<u64> = all.into_iter().collect();
        let commands = match (arms, seeds.as_slice()) {
            ([_], [seed]) => {
                vec![
                    format!("dpac run {FILE} --seed {seed} --out again"),
                    "dpac report again --out again.html".to_owned(),
                ]
            }
            _ => match axes(configuration) {
                Ok(axes) => {
                    let mut line = format!("dpac sweep {FILE}");
                    axes.iter().for_each(|axis| line += &format!(" --zip {}", quoted(axis)));
                    line += &format!(" --seeds {}", written(&seeds));
                    targets
                        .iter()
                        .for_each(|target| line += &format!(" --target {}", quoted(&target.to_string())));
                    vec![format!("{line} --out again"), "dpac report again --out again.html".to_owned()]
                }
                Err(key) => {
                    remarks.push(format!(
                        "The other arms need configurations of their own: {key} has no value in some of them."
                    ));
                    let seeds: Vec<u64> = arms[0].runs.keys().copied().collect();
                    vec![format!("dpac sweep {FILE} --seeds {} --out again", written(&seeds))]
                }
            },
        };
        Again { commands, remarks }
    }
}

/// All keys in which arms differ, each with the values of all arms side by side; else a key that some arm has
/// no value of. With all of them, whatever was chosen for each arm is what it was.
fn axes(configuration: &Configuration) -> Result<Vec<String>, String> {
    let mut keys: Vec<(&str, Option<&str>)> = Vec::new();
    for change in configuration.changes.iter().flatten() {
        if !keys.iter().any(|(key, _)| *key == change.key) {
            keys.push((&change.key, change.from.as_deref()));
        }
    }
    let mut axes = Vec::new();
    for (key, base) in keys {
        let of_arm = |changes: &Vec<super::configuration::Change>| {
            let changed = changes.iter().find(|change| change.key == key);
            changed.map_or(base.map(str::to_owned), |change| change.to.clone())
        };
        let values: Option<Vec<String>> = configuration.changes.iter().map(of_arm).collect();
        let values = values.ok_or_else(|| key.to_owned())?;
        axes.push(format!(
            "{key}={}",
            values.iter().map(|value| in_axis(value)).collect::<Vec<_>>().join(",")
        ));
    }
    Ok(axes)
}

/// A value among others: in quotes where a comma or a range could be read into it.
fn in_axis(value: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_.+-/".contains(letter);
    let plain = value.chars().all(is_plain) && !value.contains("..") && !value.is_empty();
    if plain || value.starts_with(['[', '{', '"']) { value.to_owned() } else { format!("{value:?}") }
}

/// Seeds as `--seeds` has them.
fn written(seeds: &[u64]) -> String {
    let mut parts: Vec<(u64, u64)> = Vec::new();
    for &seed in seeds {
        match parts.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(seed) => *last = seed,
            _ => parts.push((seed, seed)),
        }
    }
    let part = |&(first, last): &(u64, u64)| {
        if first == last { first.to_string() } else { format!("{first}..{last}") }
    };
    parts.iter().map(part).collect::<Vec<_>>().join(",")
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_.,=+-/:".contains(letter);
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell_and_seeds_are_ranges() {
        assert_eq!(quoted("a=1,4"), "a=1,4");
        assert_eq!(quoted("share>=0.95"), "'share>=0.95'");
        assert_eq!(quoted("it's $(rm)"), "'it'\\''s $(rm)'");
        assert_eq!(written(&[0, 1, 2, 7, 9, 10]), "0..2,7,9..10");
        assert_eq!(["q", "0.5", "a b", "1..2", ""].map(in_axis), ["q", "0.5", "\"a b\"", "\"1..2\"", "\"\""]);
    }
}
