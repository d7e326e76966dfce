//! Step sizes that a file gives as numbers, and that were chosen for another run than what the command line
//! makes of the file.

use crate::algorithm::Registry;
use crate::config::{Config, Loaded, SETTING};
use crate::diagnose::{Located, Severity};
use crate::experiment::{Files, Input, Prepared, Resolved, resolve};
use crate::visible::visible;
use std::ffi::OsString;

/// A step size: its key, and where a configuration has it.
type Step = (&'static str, fn(&Config) -> Option<f64>);

const STEPS: [Step; 4] = [
    ("critic.alpha", |config| config.critic.alpha.given()?.constant()),
    ("critic.eta", |config| config.critic.eta.given()?.constant()),
    ("actor.zeta", |config| config.actor.zeta.given()?.constant()),
    ("actor.eta", |config| config.actor.eta.given()?.constant()),
];

/// Keys on which no step size depends.
const BESIDES: [&str; 4] = ["seed", "output", "federation.lean", "policy"];

/// A run that is about to be resolved: of a file, with settings.
pub(super) struct About<'a> {
    pub(super) file: &'a Loaded,
    pub(super) settings: &'a [OsString],
    pub(super) config: &'a Config,
    pub(super) input: &'a Input,
    pub(super) registry: Registry,
}

/// A note for every step size that the file gives as a number, that the run takes, and for which `"auto"`
/// would mean another number in the run than in the file alone.
///
/// One run after the other is resolved for it, so that it takes no more memory than the run itself.
pub(super) fn notes(run: &About<'_>) -> Vec<Located> {
    let all: Vec<&OsString> = run.settings.iter().collect();
    let Some(whole) = with(run.file, &all) else { return Vec::new() };
    // What a setting gives is meant for this run.
    let in_file = |key| whole.place(key).is_some_and(|place| place.source.name != SETTING);
    let pinned: Vec<(Step, f64)> = STEPS
        .into_iter()
        .filter(|(key, _)| in_file(key))
        .filter_map(|step| Some((step, (step.1)(run.config)?)))
        .collect();
    let settings: Vec<&OsString> = all.into_iter().filter(|setting| matters(setting)).collect();
    if settings.is_empty() || pinned.is_empty() {
        return Vec::new();
    }
    let auto: Vec<OsString> = pinned.iter().map(|((key, _), _)| format!("{key}=auto").into()).collect();
    let auto: Vec<&OsString> = auto.iter().collect();
    let all_chosen = |resolved: Resolved| -> Vec<String> {
        pinned.iter().map(|&(step, _)| chosen(&resolved, step)).collect()
    };
    let everything: Vec<&OsString> = settings.iter().chain(&auto).copied().collect();
    let alone = resolved_alone(run, &settings, &auto).map(all_chosen);
    let together = resolved(run, &everything).map(all_chosen);
    let (Some(alone), Some(together)) = (alone, together) else { return Vec::new() };
    let told: Vec<_> = settings.iter().map(|setting| setting.to_string_lossy()).collect();
    let told = told.iter().map(|setting| visible(setting)).collect::<Vec<_>>().join(", ");
    let note = |((((key, _), given), before), now): (((Step, f64), String), String)| {
        let given = short(given);
        (before != now && given != now).then(|| {
            let message =
                format!("`{key}` stays {given}, as the file has it; with {told} \"auto\" would be {now}");
            let error = run.file.reject(key, message, Some(format!("--set {key}=auto takes that")));
            Located { severity: Severity::Advice, ..Located::from(&error) }
        })
    };
    pinned.into_iter().zip(alone).zip(together).filter_map(note).collect()
}

/// Whether a step size may depend on what a setting sets.
fn matters(setting: &OsString) -> bool {
    let key = key_of(setting);
    let inside = |of: &str| key == of || key.strip_prefix(of).is_some_and(|rest| rest.starts_with('.'));
    !STEPS.iter().any(|(step, _)| key == *step) && !BESIDES.into_iter().any(inside)
}

fn key_of(setting: &OsString) -> String {
    setting.to_string_lossy().split('=').next().unwrap_or_default().trim().to_owned()
}

fn with(file: &Loaded, settings: &[&OsString]) -> Option<Loaded> {
    file.clone().with_overrides(settings).ok()
}

/// The run of the file with some settings, on the input of the run.
fn resolved(run: &About<'_>, settings: &[&OsString]) -> Option<Resolved> {
    let config = with(run.file, settings)?.config(&run.registry.words()).ok()?;
    resolve(config, run.input, run.registry).ok()
}

/// The run of the file alone, but for step sizes that are `"auto"`. Its problem is read only where
/// `settings` change it.
fn resolved_alone(run: &About<'_>, settings: &[&OsString], auto: &[&OsString]) -> Option<Resolved> {
    if !settings.iter().any(|setting| key_of(setting).starts_with("problem")) {
        return resolved(run, auto);
    }
    // What is no regular file may have been read to its end.
    let Prepared { resolved, .. } =
        Prepared::load(with(run.file, auto)?, run.registry, &Files::regular()).ok()?;
    Some(resolved)
}

/// What `"auto"` has become: a number, or a formula where the step changes from one local step to the next.
fn chosen(resolved: &Resolved, (key, of): Step) -> String {
    let formula =
        || resolved.notes.iter().find(|(noted, _)| *noted == key).map(|(_, formula)| formula.clone());
    of(&resolved.config).map(short).or_else(formula).unwrap_or_default()
}

/// A number with the digits by which step sizes are told apart.
fn short(number: f64) -> String {
    format!("{number:.3e}").parse::<f64>().unwrap_or(number).to_string()
}
