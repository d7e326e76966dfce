//! The configurations: of the first arm all of it, of each other one what it has otherwise.

use super::given::{Given, Input};
use crate::results::{Arm, Run};
use serde::Serialize;

/// The configurations of all arms.
#[derive(Clone, Debug, Serialize)]
pub struct Configuration {
    /// The resolved `config.toml` of the first arm's first run.
    pub base: String,
    /// The files that it names.
    pub inputs: Vec<Input>,
    /// Of every arm, by their order, the keys that have other values there than in the first.
    pub changes: Vec<Vec<Change>>,
}

/// A key with another value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The key.
    pub key: String,
    /// Its value in the first arm.
    pub from: Option<String>,
    /// Its value here.
    pub to: Option<String>,
}

impl Configuration {
    pub(super) fn of(arms: &[Arm<'_>], given: &Given) -> Self {
        let first = first_run(&arms[0]);
        Configuration {
            base: given.configuration.clone(),
            inputs: given.inputs.clone(),
            changes: arms.iter().map(|arm| changes(first, first_run(arm))).collect(),
        }
    }
}

/// The run of the lowest seed.
pub(super) fn first_run<'a>(arm: &Arm<'a>) -> &'a Run {
    arm.runs.values().next().expect("an arm has a run")
}

fn changes(from: &Run, to: &Run) -> Vec<Change> {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let more = to.keys().iter().filter(|(key, _)| from.key(key).is_none());
    let keys = from.keys().iter().chain(more).map(|(key, _)| key).filter(|key| *key != "seed");
    let change =
        |key: &String| Change { key: key.clone(), from: owned(from.key(key)), to: owned(to.key(key)) };
    keys.map(change).filter(|change| change.from != change.to).collect()
}
