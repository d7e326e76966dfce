//! From the command line to a resolved run, with every error drawn where it stands.

use super::console::{complain, remark, remark_coloured};
use super::given::{Given, builtin_named, given};
use super::numbers::counted;
use super::pinned::{self, About};
use super::reading::ReadingArguments;
use crate::algorithm::Registry;
use crate::config::{ConfigError, ConfigErrors, Content, Loaded, ProblemSource};
use crate::diagnose::{Located, Style, UNBROKEN, of_configuration, of_problem, render};
use crate::experiment::{
    Checked, Files, Input, InputError, LoadError, Prepared, ResolveError, Resolved, RunDirectory,
};
use crate::files::{ReadError, read_given};
use crate::pomdp::Definition;
use clap::Args;
use std::cell::Cell;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// Which configuration, and what of it is changed.
#[derive(Args)]
pub(super) struct Source {
    /// A configuration (TOML); or a problem, with default settings: a file (.POMDP), or the name of a
    /// built-in one
    #[arg(value_name = "CONFIG", required = true)]
    config: Option<PathBuf>,
    /// Change one key, as in --set critic.rounds=8 or --set critic.features.kind=window (again for more)
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<OsString>,
    /// Take a key out of the file before --set, as in --unset problem.file (again for more)
    #[arg(long, value_name = "KEY")]
    unset: Vec<String>,
    /// The seed, from which every random number comes
    #[arg(long, allow_negative_numbers = true)]
    seed: Option<u64>,
    #[command(flatten)]
    reading: ReadingArguments,
    /// Whether the configuration is that of a run, in whose directory all files are regular files.
    #[arg(skip)]
    of_run: bool,
}

/// The name of the configuration that stands for a problem file given alone.
const DEFAULT_SETTINGS: &str = "default settings";

/// A resolved run and what it has read. Errors have been printed when there is none.
pub(super) fn load(source: &Source, registry: Registry) -> Option<(Resolved, Input)> {
    let Opened { loaded, problem } = open(source)?;
    let (file, settings) = (loaded.clone(), source.settings());
    // What was read to find out what it is need not be read again, and a pipe cannot be.
    let content = |path: &Path, limit| match &problem {
        Some((of, bytes)) if of == path => Ok(bytes.take()),
        _ => read_given(path, limit),
    };
    let files = if source.of_run { Files::regular() } else { Files::read_by(&content) };
    let checked = loaded
        .with_overrides(&settings)
        .map_err(LoadError::from)
        .and_then(|loaded| Checked::read(loaded, registry, &files));
    let checked = checked.map_err(|error| complain_of_loading(&error)).ok()?;
    draw(&problem_warnings(&checked));
    let notes = if source.of_run {
        Vec::new()
    } else {
        let Checked { config, input, .. } = &checked;
        pinned::notes(&About { file: &file, settings: &settings, config, input, registry })
    };
    let Prepared { resolved, input, .. } =
        checked.resolve().map_err(|error| complain_of_loading(&error)).ok()?;
    draw(&notes);
    for warning in &resolved.warnings {
        let wrapped = textwrap::Options::new(width()).initial_indent("  ⚠ ").subsequent_indent("    ");
        remark(&format!("{}\n", textwrap::fill(warning, wrapped)));
    }
    Some((resolved, input))
}

/// The configuration that the command line names, with its settings, not yet checked, and the file alone.
/// Errors have been printed when there is none.
pub(super) fn written(source: &Source) -> Option<(Loaded, Loaded)> {
    let Opened { loaded: file, .. } = open(source)?;
    let loaded = file.clone().with_overrides(&source.settings());
    loaded.map_err(|errors| draw_errors(&errors)).ok().map(|loaded| (loaded, file))
}

/// What the file's steps should be in a run, where it gives them as numbers that were chosen for another one.
pub(super) fn pinned_steps(file: &Loaded, settings: &[OsString], registry: Registry) -> Vec<Located> {
    let checked = file.clone().with_overrides(settings).map_err(LoadError::from);
    let checked = checked.and_then(|loaded| Checked::read(loaded, registry, &Files::named()));
    // What is wrong with a run is told by whoever makes it.
    let Ok(Checked { config, input, .. }) = checked else { return Vec::new() };
    pinned::notes(&About { file, settings, config: &config, input: &input, registry })
}

/// Draws why a configuration makes no run, at its place.
pub(super) fn complain_of_loading(error: &LoadError) {
    match error {
        LoadError::Config(errors) => draw_errors(errors),
        LoadError::Input { loaded, error } => match &**error {
            // The path is the command line's own: no text that the user wrote has it.
            InputError::Unreadable { .. } if loaded.source().name == DEFAULT_SETTINGS => {
                complain(&error.to_string(), None);
            }
            error => draw(&input_errors(loaded, error)),
        },
        LoadError::Resolve { loaded, error } => draw(&[unfit(loaded, error)]),
    }
}

/// A key that does not fit, at its place.
pub(super) fn unfit(loaded: &Loaded, error: &ResolveError) -> Located {
    Located::from(&loaded.reject(error.key, error.message.clone(), error.help.clone()))
}

/// A configuration as it was given, and the problem file that was given in its place.
struct Opened {
    loaded: Loaded,
    problem: Option<(PathBuf, Cell<Vec<u8>>)>,
}

/// Reads the file that the command line names. Errors have been printed when there is none.
fn open(source: &Source) -> Option<Opened> {
    let path = source.config.as_deref().unwrap_or(Path::new(""));
    let loaded = if source.of_run {
        Loaded::of_run(path)
    } else {
        match given(path) {
            Ok(Given::Configuration(bytes)) => Loaded::from_bytes(path, bytes),
            Ok(Given::Problem(bytes)) => {
                let loaded = without(Loaded::of_problem(DEFAULT_SETTINGS, path), source)?;
                return Some(Opened { loaded, problem: Some((path.to_path_buf(), Cell::new(bytes))) });
            }
            Ok(Given::Builtin(entry)) => Loaded::of_builtin(DEFAULT_SETTINGS, entry),
            Err(refusal) => {
                refusal.complain(path);
                return None;
            }
        }
    };
    let loaded = loaded.map_err(|errors| draw_errors(&errors)).ok()?;
    without(loaded, source).map(|loaded| Opened { loaded, problem: None })
}

/// A configuration without the keys that the command line takes out of it.
fn without(loaded: Loaded, source: &Source) -> Option<Loaded> {
    loaded.without(&source.unset).map_err(|errors| draw_errors(&errors)).ok()
}

impl Source {
    /// The same with some keys changed.
    pub(super) fn with_settings(self, settings: &[OsString]) -> Self {
        Source { set: settings.to_vec(), ..self }
    }

    /// The seed that the command line names.
    pub(super) fn seed(&self) -> Option<u64> {
        self.seed
    }

    /// Whether the command line names a configuration, another seed, or how a problem is read.
    pub(super) fn is_named(&self) -> bool {
        self.config.is_some() || self.seed.is_some() || self.reading.is_given() || !self.unset.is_empty()
    }

    /// What names the configuration, where the command line changes nothing of it but the seed.
    pub(super) fn unchanged(&self) -> Option<&Path> {
        let changed = !self.set.is_empty() || !self.unset.is_empty() || self.reading.is_given();
        self.config.as_deref().filter(|_| !changed)
    }

    /// What `--unset` takes out.
    pub(super) fn unset(&self) -> &[String] {
        &self.unset
    }

    /// What `--set` changes.
    pub(super) fn set(&self) -> &[OsString] {
        &self.set
    }

    /// The files that a run is made of, as far as the command line names them.
    pub(super) fn reads(&self, input: &Input) -> Vec<PathBuf> {
        let config = self.config.iter().filter(|path| builtin_named(path).is_none());
        config.cloned().chain(input.paths.iter().cloned()).collect()
    }

    /// The configuration of a run directory, as it stands.
    pub(super) fn of_run(directory: &Path) -> Self {
        let reading = ReadingArguments { normalize: false, discount: None };
        let config = Some(directory.join("config.toml"));
        Source { config, set: Vec::new(), unset: Vec::new(), seed: None, reading, of_run: true }
    }

    /// All that the command line changes.
    pub(super) fn settings(&self) -> Vec<OsString> {
        let seed = self.seed.map(|seed| format!("seed={seed}"));
        let more = seed.into_iter().chain(self.reading.settings()).map(OsString::from);
        self.set.iter().cloned().chain(more).collect()
    }
}

/// What is wrong with a file that a configuration names, at its place in the one or the other.
pub(super) fn input_errors(loaded: &Loaded, error: &InputError) -> Vec<Located> {
    let rejected = |key, message, help: &str| {
        let at: ConfigError = loaded.reject(key, message, Some(help.to_owned()));
        vec![Located::from(&at)]
    };
    match error {
        InputError::Unreadable { key, error: reason } => {
            let help = match reason {
                ReadError::Io { .. } => "paths in a configuration are relative to it",
                _ => "give the name of a file",
            };
            rejected(key, error.to_string(), help)
        }
        InputError::Other { content, .. } => {
            let help = match content {
                Content::Foreign(foreign) => foreign.help(),
                _ => "a problem is in the .POMDP format",
            };
            rejected("problem.file", error.to_string(), help)
        }
        InputError::Problem { path, source_bytes, diagnostics } => {
            of_problem(diagnostics, path, source_bytes)
        }
        InputError::Parameters(_) => rejected(
            "problem.parameters",
            error.to_string(),
            "`dpac problems` lists parameters with their bounds",
        ),
        InputError::Split(_) => {
            rejected("problem.split", error.to_string(), "take fewer copies, or leave `split` out")
        }
        InputError::Graph { .. } => rejected(
            "federation.graph",
            error.to_string(),
            "a file of links has the numbers of two clients in each line, from 0",
        ),
        InputError::Policy { .. } => {
            rejected("policy", error.to_string(), "a policy is a run directory, or the policy.json in it")
        }
    }
}

/// The warnings of a configuration's problem file.
pub(super) fn problem_warnings(Checked { loaded, config, input, .. }: &Checked) -> Vec<Located> {
    match (&config.problem.source, input.files.first(), &input.problem) {
        (ProblemSource::File(path), Some((_, bytes)), Definition::Tabular(file)) => {
            of_problem(&file.warnings, &loaded.locate(path), bytes)
        }
        _ => Vec::new(),
    }
}

/// Columns at which messages are wrapped on a terminal: what every one has.
const WIDTH: usize = 80;

/// Columns that a message may have on standard error: where that is no terminal, programs read it line by
/// line, so that lines are as long as they are.
fn width() -> usize {
    if std::io::stderr().is_terminal() { WIDTH } else { UNBROKEN }
}

pub(super) fn draw(located: &[Located]) {
    if located.is_empty() {
        return;
    }
    let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let text = render(located, Style { color, width: width() });
    if color { remark_coloured(&text) } else { remark(&text) }
}

/// Draws what is wrong with a configuration, as far as that is shown.
pub(super) fn draw_errors(errors: &ConfigErrors) {
    draw(&of_configuration(errors));
    if let Some(more) = more_errors(errors.beyond_first()) {
        remark(&more);
    }
}

/// The line that stands for errors that are not shown.
pub(super) fn more_errors(number: usize) -> Option<String> {
    (number > 0).then(|| format!("\n  × and {}, which are not shown\n", counted(number, "more error")))
}

/// Most threads that are asked for: ten times what a machine has, for tests, and few enough to be had.
pub(super) const THREADS_MAX: i64 = 1024;

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

/// Whether the files of a run are those that it has written. What is wrong has been printed when they are
/// not; where nothing says what was written, that is said.
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
