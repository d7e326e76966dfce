//! Which runs a command line and a file ask for.

use super::super::load::{Source, complain_of_loading, draw, draw_errors, pinned_steps, written};
use crate::algorithm::Registry;
use crate::config::{Axis, ConfigError, ConfigErrors, Fault, Place, SourceText, SweepTable};
use crate::diagnose::Located;
use crate::experiment::LoadError;
use crate::results::Target;
use crate::sweep::{Base, Plan, Spec, seeds};
use crate::visible::visible;
use std::ffi::OsString;
use std::sync::Arc;

/// What a command line says of a sweep.
pub(in crate::cli) struct Asked<'a> {
    /// What `--seed` names, where there is that option.
    pub(in crate::cli) seed: Option<u64>,
    /// The option that named `grid`.
    pub(in crate::cli) grid_option: &'static str,
    pub(in crate::cli) grid: &'a [String],
    pub(in crate::cli) zip: &'a [String],
    pub(in crate::cli) seeds: Option<&'a str>,
    pub(in crate::cli) targets: &'a [String],
}

/// Seeds where nobody names any.
pub(in crate::cli) const SEEDS: &str = "0..9";

/// The most arms whose steps are looked at, each of which takes as long as two plans.
const LOOKED_AT: usize = 64;

/// All runs. Errors have been printed when there are none.
pub(in crate::cli) fn plan(source: &Source, asked: &Asked<'_>, registry: Registry) -> Option<Plan> {
    let (loaded, file) = written(source)?;
    let spec = loaded.sweep().and_then(|table| spec(asked, table.unwrap_or_default()));
    let spec = spec.map_err(|errors| draw_errors(&errors)).ok()?;
    let plan = Plan::new(Base { loaded, registry }, &spec).map_err(|(label, error)| {
        complain_of_loading(&error);
        // Where the error shows a key of an axis, the arm is seen.
        if !label.is_empty() && !matches!(error, LoadError::Config(_)) {
            super::super::console::remark(&format!("  in the arm {}\n", visible(&label)));
        }
    });
    let plan = plan.ok()?;
    draw(&pinned(&plan, &file, source));
    Some(plan)
}

/// Axes of the command line before those of the file, which they replace key by key.
pub(in crate::cli) fn spec(asked: &Asked<'_>, table: SweepTable) -> Result<Spec, ConfigErrors> {
    let mut errors = Vec::new();
    let mut read = |texts: &[String], option: &str| -> Vec<Axis> {
        let read = texts.iter().map(|text| Axis::of_argument(text, option));
        read.filter_map(|axis| axis.map_err(|error| errors.push(error)).ok()).collect()
    };
    let (mut grid, mut zip) = (read(asked.grid, asked.grid_option), read(asked.zip, "--zip"));
    let given: Vec<String> = grid.iter().chain(&zip).map(|axis| axis.key.clone()).collect();
    grid.extend(table.grid.into_iter().filter(|axis| !given.contains(&axis.key)));
    if zip.is_empty() {
        zip.extend(table.zip.into_iter().filter(|axis| !given.contains(&axis.key)));
    }
    errors.extend(grid.iter().filter_map(|axis| axis.clone().distinct().err()));
    errors.extend(twice(&zip));
    let all: Vec<&Axis> = grid.iter().chain(&zip).collect();
    for (number, axis) in all.iter().enumerate() {
        if axis.key == "seed" {
            let fault = Fault::Rejected("`seed` is no axis".to_owned());
            errors.push(ConfigError::new(
                fault,
                axis.key_place.clone(),
                "--seeds 0..9 names the seeds".to_owned(),
            ));
        }
        if all[..number].iter().any(|other| other.key == axis.key) {
            let fault = Fault::Rejected(format!("`{}` is an axis twice", axis.key));
            let help = "give all its values at once".to_owned();
            errors.push(ConfigError::new(fault, axis.key_place.clone(), help));
        }
    }
    if let Some(other) = zip.iter().find(|axis| axis.values.len() != zip[0].values.len()) {
        let (first, lengths) = (&zip[0], (zip[0].values.len(), other.values.len()));
        let message = format!(
            "`{}` has {} values and `{}` {}, and they go side by side",
            first.key, lengths.0, other.key, lengths.1
        );
        errors.push(ConfigError::new(Fault::Rejected(message), other.key_place.clone(), None));
    }
    let seeds = seeds_of(asked, table.seeds).map_err(|error| errors.push(error)).unwrap_or_default();
    let mut targets = Vec::new();
    for (text, place) in targets_of(asked, table.targets) {
        match text.parse::<Target>() {
            Ok(target) => targets.push(target),
            Err(error) => {
                let help = "targets are like share>=0.95, value>=1.6 or bellman_error<=1e-3".to_owned();
                errors.push(ConfigError::new(Fault::Rejected(error.to_string()), place, help));
            }
        }
    }
    ConfigErrors::unless_empty(errors)?;
    Ok(Spec { grid, zip, seeds, targets })
}

/// Values side by side that stand there again.
fn twice(zip: &[Axis]) -> Option<ConfigError> {
    let row =
        |at: usize| zip.iter().map(|axis| axis.values.get(at).map(|(text, _)| text)).collect::<Vec<_>>();
    let first = zip.first()?;
    let again = |at: &usize| (0..*at).any(|before| row(before) == row(*at));
    let at = (1..first.values.len()).find(again)?;
    let values: Vec<&str> = row(at).into_iter().flatten().map(String::as_str).collect();
    let fault = Fault::Rejected(match zip {
        [only] => format!("`{}` takes the value {} twice", only.key, values.join(", ")),
        _ => format!("the values {} stand side by side twice", values.join(", ")),
    });
    Some(ConfigError::new(fault, first.values[at].1.clone(), "leave one of them out".to_owned()))
}

/// Targets of the command line, else those of the file.
fn targets_of(asked: &Asked<'_>, file: Vec<(String, Place)>) -> Vec<(String, Place)> {
    if asked.targets.is_empty() {
        return file;
    }
    let place = |text: &String| {
        let source = Arc::new(SourceText { name: "--target".to_owned(), text: text.clone() });
        (text.clone(), Place::new(&source, 0..text.len()))
    };
    asked.targets.iter().map(place).collect()
}

fn seeds_of(asked: &Asked<'_>, file: Option<(String, Place)>) -> Result<Vec<u64>, ConfigError> {
    let (text, place) = match (asked.seeds, asked.seed, file) {
        (Some(text), _, _) => {
            let source = Arc::new(SourceText { name: "--seeds".to_owned(), text: text.to_owned() });
            (text.to_owned(), Place::new(&source, 0..text.len()))
        }
        (None, Some(seed), _) => return Ok(vec![seed]),
        (None, None, Some(file)) => file,
        (None, None, None) => return Ok(seeds(SEEDS).expect("these are seeds")),
    };
    seeds(&text).map_err(|error| {
        let help = "seeds are like 0..9 or 1,5,7".to_owned();
        ConfigError::new(Fault::Rejected(error.to_string()), place, help)
    })
}

/// What is to be said of step sizes that the file gives as numbers, and that were chosen for other values of
/// the axes: of each of them once.
fn pinned(plan: &Plan, file: &crate::config::Loaded, source: &Source) -> Vec<Located> {
    let mut notes: Vec<Located> = Vec::new();
    for arm in plan.arms.iter().take(LOOKED_AT) {
        let of_axes = arm.settings.iter().map(|(key, value)| OsString::from(format!("{key}={value}")));
        let settings: Vec<OsString> = source.settings().into_iter().chain(of_axes).collect();
        for note in pinned_steps(file, &settings, plan.base.registry) {
            if !notes.iter().any(|other| other.excerpt == note.excerpt) {
                notes.push(note);
            }
        }
    }
    notes
}
