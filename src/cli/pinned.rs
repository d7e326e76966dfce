//! Step sizes that a file gives as numbers, and that were chosen for another run than what the command line makes of the file.

use super::diagnose::{Located, Severity};
use crate::config::{Auto, Config, Loaded, SETTING};
use crate::experiment::{Input, Resolved, resolve};
use crate::pomdp::builtin;
use crate::visible::visible;
use std::ffi::OsString;

/// The step sizes, by their keys.
const STEPS: [(&str, fn(&Config) -> Auto<f64>); 4] = [
    ("critic.alpha", |config| config.critic.alpha),
    ("critic.eta", |config| config.critic.eta),
    ("actor.zeta", |config| config.actor.zeta),
    ("actor.eta", |config| config.actor.eta),
];

/// Keys on which no step size depends.
const BESIDES: [&str; 4] = ["seed", "output", "federation.lean", "policy"];

/// A note for every step size that `file` gives as a number, which the run of `file` with `settings` takes, and for which `"auto"` would
/// mean another number there than in `file` alone. `inputs` are those of `file` alone and of the run.
pub(super) fn notes(
    file: &Loaded,
    settings: &[OsString],
    running: &Config,
    inputs: (&dyn Fn(&Loaded, &Config) -> Option<Input>, &Input),
) -> Vec<Located> {
    let settings: Vec<&OsString> = settings.iter().filter(|setting| matters(setting)).collect();
    let changed = changed(file, &settings);
    let pinned: Vec<_> = STEPS
        .into_iter()
        .filter(|(key, of)| {
            of(running).given().is_some() && changed.as_ref().is_some_and(|it| in_file(it, key))
        })
        .collect();
    if settings.is_empty() || pinned.is_empty() {
        return Vec::new();
    }
    let auto: Vec<OsString> = pinned.iter().map(|(key, _)| format!("{key}=auto").into()).collect();
    let auto: Vec<&OsString> = auto.iter().collect();
    let everything: Vec<&OsString> = settings.iter().copied().chain(auto.iter().copied()).collect();
    let (read, input) = inputs;
    // The problem is read anew only where it is another one.
    let same_problem = !settings.iter().any(|setting| key_of(setting).starts_with("problem"));
    let alone = resolved(file, &auto, &|loaded, config| {
        if same_problem { Some(Held::Shared(input)) } else { read(loaded, config).map(Held::Own) }
    });
    let together = resolved(file, &everything, &|_, _| Some(Held::Shared(input)));
    let (Some(alone), Some(together)) = (alone, together) else { return Vec::new() };
    let told: Vec<_> =
        settings.iter().map(|setting| visible(&setting.to_string_lossy()).into_owned()).collect();
    let note = |(key, of): (&str, fn(&Config) -> Auto<f64>)| {
        let (before, now) = (chosen(&alone, key, of), chosen(&together, key, of));
        let given = of(running).given()?;
        if before == now || of(&together.config) == Auto::Given(given) {
            return None;
        }
        let message = format!(
            "`{key}` = {} is the file's; with {} `\"auto\"` would be {now}",
            short(given),
            told.join(", ")
        );
        let error = file.reject(key, message, Some(format!("--set {key}=auto takes that")));
        Some(Located { severity: Severity::Advice, ..Located::from(&error) })
    };
    pinned.into_iter().filter_map(note).collect()
}

/// An input that was read for this, or that of the run.
enum Held<'a> {
    Own(Input),
    Shared(&'a Input),
}

impl Held<'_> {
    fn get(&self) -> &Input {
        match self {
            Held::Own(input) => input,
            Held::Shared(input) => input,
        }
    }
}

/// Whether a step size may depend on what a setting sets.
fn matters(setting: &OsString) -> bool {
    let key = key_of(setting);
    let step = STEPS.iter().any(|(step, _)| *step == key);
    !step
        && !BESIDES
            .iter()
            .any(|other| key == *other || key.strip_prefix(other).is_some_and(|rest| rest.starts_with('.')))
}

fn key_of(setting: &OsString) -> String {
    setting.to_string_lossy().split('=').next().unwrap_or_default().trim().to_owned()
}

fn changed(file: &Loaded, settings: &[&OsString]) -> Option<Loaded> {
    file.clone().with_overrides(settings).ok()
}

/// Whether a key stands in the file, and not in a setting.
fn in_file(loaded: &Loaded, key: &str) -> bool {
    loaded.place(key).is_some_and(|place| place.source.name != SETTING)
}

/// The run of a file with some settings, where there is one.
fn resolved<'a>(
    file: &Loaded,
    settings: &[&OsString],
    input: &dyn Fn(&Loaded, &Config) -> Option<Held<'a>>,
) -> Option<Resolved> {
    let names: Vec<_> = builtin::names().collect();
    let loaded = changed(file, settings)?;
    let config = loaded.config(&names).ok()?;
    let held = input(&loaded, &config)?;
    resolve(config, held.get()).ok()
}

/// What `"auto"` has become: a number, or a formula where the step changes from one local step to the next.
fn chosen(resolved: &Resolved, key: &str, of: fn(&Config) -> Auto<f64>) -> String {
    match of(&resolved.config) {
        Auto::Given(number) => short(number),
        Auto::Auto => {
            let formula = resolved.notes.iter().find(|(noted, _)| *noted == key);
            formula.map_or_else(String::new, |(_, formula)| formula.clone())
        }
    }
}

/// A number with the digits by which step sizes are told apart.
fn short(number: f64) -> String {
    format!("{number:.3e}").parse::<f64>().unwrap_or(number).to_string()
}
