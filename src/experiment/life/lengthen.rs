//! Making a run that is complete longer: it goes on from its last checkpoint, and ends with the bits of one
//! that was as long from the beginning. That is so only where nothing of what was done depends on how many
//! rounds were to come.

use super::error::RunError;
use crate::config::{Auto, Config, Schedule, Step, resolved_toml};
use crate::experiment::directory::checkpoint::{Checkpoint, NewConfig};
use crate::experiment::directory::digests::{self, of_bytes};
use crate::experiment::directory::marker::Marker;
use crate::experiment::directory::{DirectoryError, ResumeError, RunDirectory, names};
use crate::experiment::resolve::{Input, Resolved, config_digest};
use crate::theory::protocol::letter::{R, R_E};
use std::path::Path;

/// The longest configuration that is read.
const CONFIG_BYTES_MAX: u64 = 1 << 20;

/// Step sizes that a configuration can leave to the program.
const STEP_KEYS: [&str; 5] = ["critic.alpha", "critic.eta", "critic.average_from", "actor.zeta", "actor.eta"];

/// Settings that give a run directory's configuration back what was left to the program, where that stands as
/// a number now: the step sizes of a longer run are its own.
///
/// # Errors
/// Where the directory is no run's.
pub fn settings_left_to_the_program(path: &Path) -> Result<Vec<String>, RunError> {
    let directory = RunDirectory::open(path)?;
    let marker = Marker::read(&directory)?;
    let keys = STEP_KEYS.iter().filter(|key| marker.auto.iter().any(|auto| auto == *key));
    Ok(keys.map(|key| format!("{key}=\"auto\"")).collect())
}

/// Turns the complete run in a directory into one that was interrupted on its way to more rounds.
///
/// `now` is the run as it is, `longer` as it is to be.
///
/// # Errors
/// [`ResumeError::Length`] says why it cannot be; then nothing was changed.
pub fn lengthen(path: &Path, now: &Resolved, longer: &Resolved, input: &Input) -> Result<(), RunError> {
    let refuse = |why: String| ResumeError::Length { path: path.to_path_buf(), why };
    if let Some(why) = obstacle(now, longer) {
        return Err(refuse(why).into());
    }
    let directory = RunDirectory::claim(path)?;
    if !digests::is_complete(&directory) {
        return Err(refuse("it has not come to its end; go on with it first".to_owned()).into());
    }
    directory.verify().map_err(|error| refuse(error.to_string()))?;
    let checkpoint = Checkpoint::last_of_complete(&directory)?;
    if checkpoint.state.trace.is_some() {
        return Err(refuse("it recorded a trace, which says how long the run is".to_owned()).into());
    }
    directory.move_in()?;
    let text = with_more_rounds(&directory, longer)?;
    let mut checkpoint = checkpoint;
    let state = &mut checkpoint.state;
    state.config_digest = config_digest(longer, input);
    state.standing.insert(names::CONFIG.to_owned(), of_bytes(text.as_bytes()));
    state.new_config = Some(NewConfig { text, replaces: digests::of_file(&directory, names::CONFIG)? });
    state.durable = true;
    // From the moment at which the summary is gone the run goes on; the checkpoint brings the configuration
    // along.
    checkpoint.write(&directory, true)?;
    digests::unseal(&directory)?;
    Ok(checkpoint.place_new_config(&directory)?)
}

/// The configuration as it stands, comments and all, with another number of rounds.
fn with_more_rounds(directory: &RunDirectory, longer: &Resolved) -> Result<String, RunError> {
    let bytes = directory.read(names::CONFIG, CONFIG_BYTES_MAX)?;
    let damaged = |what: String| DirectoryError::Damaged { path: directory.file(names::CONFIG), what };
    let text = String::from_utf8(bytes).map_err(|error| damaged(error.to_string()))?;
    let mut document: toml_edit::DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| damaged(error.to_string()))?;
    let Some(rounds) = Rounds::of(longer) else { return Err(damaged(ONE_ROUND.to_owned()).into()) };
    let Rounds { section, of, .. } = rounds;
    let rounds = of(&longer.config);
    let value = document
        .get_mut(section)
        .and_then(|section| section.get_mut("rounds"))
        .and_then(|item| item.as_value_mut());
    let (Some(value), Some(rounds)) = (value, rounds) else {
        return Err(damaged(format!("it has no {section}.rounds")).into());
    };
    let decoration = value.decor().clone();
    *value = toml_edit::Value::from(i64::from(rounds));
    *value.decor_mut() = decoration;
    Ok(document.to_string())
}

/// The key that says how many rounds a run has.
struct Rounds {
    name: &'static str,
    section: &'static str,
    of: fn(&Config) -> Option<u32>,
    set: fn(&mut Config, Option<u32>),
}

const ONE_ROUND: &str = "its algorithm has one round";

impl Rounds {
    /// `None` where there is one round and no key.
    fn of(resolved: &Resolved) -> Option<Self> {
        match resolved.shape.protocol.rounds? {
            R_E => Some(Rounds {
                name: R_E.symbol,
                section: "critic",
                of: |config| config.critic.rounds,
                set: |config, rounds| config.critic.rounds = rounds,
            }),
            R => Some(Rounds {
                name: R.symbol,
                section: "actor",
                of: |config| config.actor.rounds,
                set: |config, rounds| config.actor.rounds = rounds,
            }),
            _ => None,
        }
    }
}

/// Why a run of one configuration cannot become one of the other.
fn obstacle(now: &Resolved, longer: &Resolved) -> Option<String> {
    let (words, shown_rounds) = (&now.entry.words, Rounds::of(now));
    let (now, longer) = (&now.config, &longer.config);
    if now.schedule == Schedule::Theory {
        return Some("the theorems' step sizes depend on the number of rounds".to_owned());
    }
    let Some(Rounds { name, of, set, .. }) = shown_rounds else { return Some(ONE_ROUND.to_owned()) };
    let rounds = (of(now), of(longer));
    if rounds.1 <= rounds.0 {
        let (Some(from), Some(to)) = rounds else {
            return Some("its number of rounds is not said".to_owned());
        };
        return Some(format!("it has {from} rounds, and {to} are not more"));
    }
    let steps = [
        ("critic.alpha", now.critic.alpha, longer.critic.alpha),
        ("critic.eta", now.critic.eta, longer.critic.eta),
        ("actor.zeta", now.actor.zeta, longer.actor.zeta),
        ("actor.eta", policy_step(now), policy_step(longer)),
    ];
    let (before, after) = (now.critic.average_from, longer.critic.average_from);
    if before != after {
        return Some(format!(
            "critic.average_from depends on {name}: it was {} and would be {}",
            shown(before),
            shown(after)
        ));
    }
    for (key, before, after) in steps {
        if before != after {
            return Some(format!(
                "{key} depends on {name}: it was {} and would be {}",
                shown(before),
                shown(after)
            ));
        }
    }
    let mut same = longer.clone();
    set(&mut same, of(now));
    let differs = resolved_toml(&same, words, &[]) != resolved_toml(now, words, &[]);
    differs.then(|| "only its number of rounds can change".to_owned())
}

/// The policy's step as a number, which may depend on R.
fn policy_step(config: &Config) -> Auto<Step> {
    let rounds = u64::from(config.actor.rounds.unwrap_or(1));
    config.actor.eta.map(|eta| Step::Constant(eta.of(rounds)))
}

fn shown<T: std::fmt::Display>(value: Auto<T>) -> String {
    match value {
        Auto::Auto => "auto".to_owned(),
        Auto::Given(value) => value.to_string(),
    }
}
