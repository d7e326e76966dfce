//! A problem named on the command line.

use super::complain;
use super::load::{draw, is_problem, located};
use crate::experiment::{problem_name, read_problem};
use crate::pomdp::Definition;
use crate::pomdp::builtin::{definition, names};
use crate::pomdp::file::{ProblemFile, parse};
use std::path::Path;

/// The problem of a file, or the built-in one of this name. Warnings have been printed, and errors when there is none.
pub(super) fn problem(name: &str) -> Option<ProblemFile> {
    let path = Path::new(name);
    if !is_problem(path) && !path.exists() {
        let Some(definition) = definition(name) else {
            let known: Vec<_> = names().collect();
            let help = format!("built in are {}; a problem file ends in .POMDP", known.join(", "));
            complain(&format!("no built-in problem is called {name:?}"), Some(&help));
            return None;
        };
        let Definition::Tabular(file) = definition else {
            complain(&format!("{name} has real-valued observations, which this command does not know"), None);
            return None;
        };
        return Some(file);
    }
    let bytes = match read_problem(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            complain(&format!("cannot read {}: {error}", path.display()), None);
            return None;
        }
    };
    match parse(&bytes, &problem_name(path)) {
        Ok(file) => {
            draw(&located(&file.warnings, path, &bytes));
            Some(file)
        }
        Err(diagnostics) => {
            draw(&located(&diagnostics, path, &bytes));
            None
        }
    }
}

/// A discount as the command line gives it.
pub(super) fn discount(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(gamma) if (0.0..=1.0).contains(&gamma) => Ok(gamma),
        _ => Err("a discount is a number from 0 to 1".to_owned()),
    }
}
