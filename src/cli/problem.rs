//! A problem named on the command line.

use super::console::complain;
use super::given::{builtin_meant, given_problem, is_problem_name};
use super::load::draw;
use super::reading::ReadingArguments;
use super::reset::ResetArgument;
use crate::config::limits::SPLIT_MAX;
use crate::config::nearest;
use crate::diagnose::of_problem;
use crate::experiment::problem_name;
use crate::pomdp::Definition;
use crate::pomdp::builtin::{self, Entry, ParameterError};
use crate::pomdp::file::{ReadOptions, parse_with};
use crate::visible::shown;
use clap::Args;
use std::path::{Path, PathBuf};

/// Which problem, and with which parameters.
#[derive(Args)]
pub(super) struct NamedProblem {
    /// A problem file (.POMDP), or the name of a built-in problem
    #[arg(value_name = "PROBLEM")]
    problem: PathBuf,
    /// Set a parameter of a built-in problem, as in -p accuracy=0.7 (again for more)
    #[arg(short, long = "parameter", value_name = "NAME=VALUE", value_parser = assignment)]
    parameters: Vec<(String, f64)>,
    /// Show each observation in C copies, equally likely
    #[arg(long, value_name = "C", default_value_t = 1, hide_default_value = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=i64::from(SPLIT_MAX)))]
    split: u32,
    #[command(flatten)]
    reset: ResetArgument,
    #[command(flatten)]
    reading: ReadingArguments,
}

impl NamedProblem {
    /// The files that the problem is read from.
    pub(super) fn reads(&self) -> Vec<PathBuf> {
        vec![PathBuf::from(&self.problem)]
    }

    /// What was changed of the problem, as one would say it; `None` where nothing was.
    pub(super) fn changes(&self) -> Option<String> {
        let set = self.parameters.iter().map(|(name, value)| format!("{name} = {value}"));
        let split = (self.split > 1).then(|| format!("split = {}", self.split));
        let discount = self.reading.discount.map(|discount| format!("discount = {discount}"));
        let changes: Vec<String> = set.chain(split).chain(discount).collect();
        (!changes.is_empty()).then(|| changes.join(", "))
    }
}

/// The problem of a file, or the built-in one of this name. Warnings have been printed, and errors when there
/// is none.
pub(super) fn problem(named: &NamedProblem) -> Option<Definition> {
    let definition = match unsplit(named)?.split(named.split as usize) {
        Ok(definition) => definition,
        Err(error) => {
            complain(&error.to_string(), Some("take fewer copies, or leave --split out"));
            return None;
        }
    };
    let Some(discount) = named.reading.discount else { return Some(definition) };
    definition.with_discount(discount).map_err(|error| complain(&error.to_string(), None)).ok()
}

fn unsplit(named: &NamedProblem) -> Option<Definition> {
    let path = named.problem.as_path();
    let entry = builtin_meant(path);
    if is_problem_name(path) || (entry.is_none() && path.exists()) {
        return of_file(path, named);
    }
    let Some(entry) = entry else {
        let known: Vec<_> = builtin::names().collect();
        let near = path.to_str().and_then(|name| nearest(name, &known));
        let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
        let help = format!("{near}built in are {}; nor is there a file of this name", known.join(", "));
        complain(&format!("no built-in problem is called \"{}\"", shown(path)), Some(&help));
        return None;
    };
    if named.reset.given().is_some() {
        complain("--reset is for problem files: built-in problems have no `reset` rows", None);
        return None;
    }
    if named.reading.normalize {
        complain("--normalize is for problem files: rows of built-in problems sum to 1", None);
        return None;
    }
    let given = named.parameters.iter().map(|(name, value)| (name.as_str(), *value));
    match entry.definition(given) {
        Ok(definition) => Some(definition),
        Err(error) => {
            complain(&error.to_string(), help_with(entry, &error).as_deref());
            None
        }
    }
}

fn of_file(path: &Path, named: &NamedProblem) -> Option<Definition> {
    if !named.parameters.is_empty() {
        let help = "leave --parameter out, or name a built-in problem: `dpac problems` lists them";
        complain(&format!("{} is a file; only built-in problems have parameters", shown(path)), Some(help));
        return None;
    }
    let bytes = match given_problem(path) {
        Ok(bytes) => bytes,
        Err(refusal) => {
            refusal.complain(path);
            return None;
        }
    };
    let options = ReadOptions { reset: named.reset.given().unwrap_or_default(), ..ReadOptions::default() };
    let options = named.reading.added_to(options);
    match parse_with(&bytes, &problem_name(path), options) {
        Ok(file) => {
            draw(&of_problem(&file.warnings, path, &bytes));
            Some(Definition::Tabular(file))
        }
        Err(diagnostics) => {
            draw(&of_problem(&diagnostics, path, &bytes));
            None
        }
    }
}

/// What would help against a wrong parameter.
fn help_with(entry: &Entry, error: &ParameterError) -> Option<String> {
    match error {
        ParameterError::Unknown { name, .. } => {
            let known: Vec<&str> = entry.parameters.iter().map(|parameter| parameter.name).collect();
            Some(match nearest(name, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => format!("`{}` has no parameters", entry.name),
                None => format!("its parameters are {}", known.join(", ")),
            })
        }
        ParameterError::OutOfRange { name, .. } => {
            entry.parameter(name).map(|parameter| format!("{name}: {}", parameter.meaning))
        }
        _ => Some("`dpac problems` lists parameters with their bounds".to_owned()),
    }
}

/// `NAME=VALUE`.
fn assignment(text: &str) -> Result<(String, f64), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE, like accuracy=0.7")?;
    match value.trim().parse() {
        Ok(value) if f64::is_finite(value) => Ok((name.trim().to_owned(), value)),
        _ => Err(format!("`{}` is no number", value.trim())),
    }
}
