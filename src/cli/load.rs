//! From the command line to a resolved run, with every error drawn where it stands.

use super::console::{complain, remark};
use super::diagnose::{Located, Severity, Style, of_configuration, render};
use super::reading::ReadingArguments;
use crate::config::{Config, ConfigError, Loaded, ProblemSource};
use crate::experiment::{Input, InputError, ResolveError, Resolved, RunDirectory, resolve};
use crate::pomdp::Definition;
use crate::pomdp::builtin;
use crate::pomdp::file::{self, Diagnostic, ReadOptions};
use clap::Args;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Which configuration, and what of it is changed.
#[derive(Args)]
pub(super) struct Source {
    /// A configuration (TOML), or a problem file (.POMDP) to run with default settings
    #[arg(value_name = "CONFIG", required = true)]
    config: Option<PathBuf>,
    /// Change one key, as in --set critic.rounds=8 (again for more)
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The seed, from which every random number comes
    #[arg(long, allow_negative_numbers = true)]
    seed: Option<u64>,
    #[command(flatten)]
    reading: ReadingArguments,
}

/// The name of the configuration that stands for a problem file given alone.
const DEFAULT_SETTINGS: &str = "default settings";

/// A resolved run and what it has read. Errors have been printed when there is none.
pub(super) fn load(source: &Source) -> Option<(Resolved, Input)> {
    let loaded = open(source).and_then(|loaded| loaded.with_overrides(&source.settings()));
    let checked = loaded.and_then(|loaded| {
        let names: Vec<_> = builtin::names().collect();
        loaded.config(&names).map(|config| (loaded, config))
    });
    let (loaded, config) = match checked {
        Ok(checked) => checked,
        Err(errors) => {
            draw(&of_configuration(&errors));
            return None;
        }
    };
    let input = match Input::read(&loaded, &config) {
        Ok(input) => input,
        Err(error) => {
            complain_of_input(&loaded, &error);
            return None;
        }
    };
    draw(&problem_warnings(&loaded, &config, &input));
    match resolve(config, &input) {
        Ok(resolved) => {
            for warning in &resolved.warnings {
                remark(&format!("  ⚠ {warning}\n"));
            }
            Some((resolved, input))
        }
        Err(ResolveError::Key { key, message, help }) => {
            draw(&[Located::from(&loaded.reject(key, message, help))]);
            None
        }
        Err(ResolveError::Input(error)) => {
            complain_of_input(&loaded, &error);
            None
        }
    }
}

/// Whether a file is read as a problem; every other file is a configuration.
pub(super) fn is_problem(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("pomdp"))
}

fn open(source: &Source) -> Result<Loaded, crate::config::ConfigErrors> {
    let path = source.config.as_deref().unwrap_or(Path::new(""));
    if !is_problem(path) {
        return Loaded::read(path);
    }
    let file = toml_edit::Value::from(path.display().to_string());
    Loaded::from_str(DEFAULT_SETTINGS, &format!("problem.file = {file}\n"))
}

impl Source {
    /// The same with some keys changed.
    pub(super) fn with_settings(self, settings: &[String]) -> Self {
        Source { set: settings.to_vec(), ..self }
    }

    /// Whether the command line names a configuration, another seed, or how a problem is read.
    pub(super) fn is_named(&self) -> bool {
        self.config.is_some() || self.seed.is_some() || self.reading.is_given()
    }

    /// What `--set` changes.
    pub(super) fn set(&self) -> &[String] {
        &self.set
    }

    /// The files that a run is made of, as far as the command line names them.
    pub(super) fn reads(&self, input: &Input) -> Vec<PathBuf> {
        self.config.iter().cloned().chain(input.paths.iter().cloned()).collect()
    }

    /// The configuration of a run directory, as it stands.
    pub(super) fn of_run(directory: &Path) -> Self {
        let reading = ReadingArguments { normalize: false, discount: None };
        Source { config: Some(directory.join("config.toml")), set: Vec::new(), seed: None, reading }
    }

    fn settings(&self) -> Vec<String> {
        let seed = self.seed.map(|seed| format!("seed={seed}"));
        self.set.iter().cloned().chain(seed).chain(self.reading.settings()).collect()
    }
}

fn complain_of_input(loaded: &Loaded, error: &InputError) {
    match error {
        // The path is the command line's own: no text that the user wrote has it.
        InputError::Unreadable { path, error, .. } if loaded.source().name == DEFAULT_SETTINGS => {
            complain(&format!("cannot read {}: {error}", path.display()), None);
        }
        _ => draw(&input_errors(loaded, error)),
    }
}

/// What is wrong with a file that a configuration names, at its place in the one or the other.
pub(super) fn input_errors(loaded: &Loaded, error: &InputError) -> Vec<Located> {
    let rejected = |key, message, help: &str| {
        let at: ConfigError = loaded.reject(key, message, Some(help.to_owned()));
        vec![Located::from(&at)]
    };
    match error {
        InputError::Unreadable { key, path, error } => {
            let message = format!("cannot read {}: {error}", path.display());
            rejected(key, message, "paths in a configuration are relative to it")
        }
        InputError::Problem { path, source_bytes, diagnostics } => located(diagnostics, path, source_bytes),
        InputError::Parameters(_) => rejected(
            "problem.parameters",
            error.to_string(),
            "`dpac problems` lists parameters with their bounds",
        ),
        InputError::Split(_) => {
            rejected("problem.split", error.to_string(), "take fewer copies, or leave `split` out")
        }
        InputError::Policy { .. } => {
            rejected("policy", error.to_string(), "a policy is a run directory, or the policy.json in it")
        }
    }
}

/// The warnings of a configuration's problem file.
pub(super) fn problem_warnings(loaded: &Loaded, config: &Config, input: &Input) -> Vec<Located> {
    match (&config.problem.source, input.files.first(), &input.problem) {
        (ProblemSource::File(path), Some((_, bytes)), Definition::Tabular(file)) => {
            located(&file.warnings, &loaded.locate(path), bytes)
        }
        _ => Vec::new(),
    }
}

/// Diagnostics of a problem file on its text. Bytes that are no UTF-8, which only comments may hold, are shown as question marks
/// of the same length, so that places stay where they are.
pub(super) fn located(diagnostics: &[Diagnostic], path: &Path, bytes: &[u8]) -> Vec<Located> {
    if diagnostics.is_empty() {
        return Vec::new();
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
    }
    let text: Arc<str> = text.into();
    let one = |diagnostic: &Diagnostic| Located {
        source_name: path.display().to_string(),
        source_text: Arc::clone(&text),
        span: Some(diagnostic.span.clone()),
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
        severity: match diagnostic.severity {
            file::Severity::Error => Severity::Error,
            file::Severity::Warning => Severity::Warning,
        },
    };
    diagnostics.iter().map(one).collect()
}

/// Columns at which messages are wrapped: what every terminal has.
const WIDTH: usize = 80;

pub(super) fn draw(located: &[Located]) {
    if located.is_empty() {
        return;
    }
    let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    remark(&render(located, Style { color, width: WIDTH }));
}

/// Most threads that are asked for: ten times what a machine has, for tests, and few enough to be had.
pub(super) const THREADS_MAX: i64 = 1024;

/// What is drawn of a problem's errors, or of its warnings: for the fuzzer and the tests, which see no standard error.
pub fn drawn_problem(bytes: &[u8], options: ReadOptions) -> String {
    let found = match file::parse_with(bytes, "any", options) {
        Ok(problem) => problem.warnings,
        Err(diagnostics) => diagnostics,
    };
    render(&located(&found, Path::new("any.POMDP"), bytes), Style { color: false, width: WIDTH })
}

/// Threads to use: as asked, else as many as there are cores.
pub(super) fn threads(asked: Option<usize>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    asked.unwrap_or_else(|| cores().min(THREADS_MAX as usize))
}

/// An existing run directory, or a printed error.
pub(super) fn run_directory(path: &Path) -> Option<RunDirectory> {
    RunDirectory::open_run(path)
        .map_err(|error| complain(&error.to_string(), error.help().as_deref().or(Some(GIVE_A_RUN))))
        .ok()
}

const GIVE_A_RUN: &str = "give a directory that `dpac run` has made";

/// Whether the files of a run are those that it has written. What is wrong has been printed when they are not; where nothing says what was
/// written, that is said.
pub(super) fn is_whole(directory: &RunDirectory) -> bool {
    match directory.verify() {
        Ok(true) => true,
        Ok(false) => {
            remark("  ⚠ the run has not ended, or is of an older version: its files are taken as they are\n");
            true
        }
        Err(error) => {
            let help =
                "run its config.toml anew, into another directory: the same seed gives the same results";
            complain(&error.to_string(), Some(help));
            false
        }
    }
}
