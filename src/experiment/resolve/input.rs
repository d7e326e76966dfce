//! Input files: the problem and, for DPTD, the policy. Read once, kept by content.

use crate::config::{Config, Features, Loaded, PolicySource, ProblemSource};
use crate::pomdp::builtin::{self, ParameterError};
use crate::pomdp::file::{self, Diagnostic, ReadOptions};
use crate::pomdp::{Definition, SplitError};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Everything that a run reads from outside.
#[derive(Debug)]
pub struct Input {
    /// The problem.
    pub problem: Definition,
    /// The policy that DPTD evaluates, if it is a saved one.
    pub policy: Option<SavedPolicy>,
    /// Each file that was read: its name inside the run directory, and its content.
    pub files: Vec<(String, Vec<u8>)>,
    /// Where these files were.
    pub paths: Vec<PathBuf>,
}

/// A policy on disk: `policy.json` of a run directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedPolicy {
    /// Its features.
    pub features: Features,
    /// H.
    pub horizon: usize,
    /// θ.
    pub theta: Vec<f64>,
}

/// An input file that cannot be used.
#[derive(Debug, Error)]
pub enum InputError {
    /// It cannot be read.
    #[error("cannot read {path}: {error}")]
    Unreadable {
        /// The configuration's key.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// A problem file with errors.
    #[error("{path} is not a problem: {} errors", diagnostics.len())]
    Problem {
        /// The file.
        path: PathBuf,
        /// Its content.
        source_bytes: Vec<u8>,
        /// What is wrong.
        diagnostics: Vec<Diagnostic>,
    },
    /// Parameters of a built-in problem that do not go together.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// Observations that cannot be split.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// A file that holds no policy.
    #[error("{path} holds no saved policy: {message}")]
    Policy {
        /// The file.
        path: PathBuf,
        /// Why.
        message: String,
    },
}

/// The largest problem file that is read: 1 GiB.
const PROBLEM_BYTES_MAX: u64 = 1 << 30;

impl Input {
    /// Reads what the configuration names; paths are relative to it.
    ///
    /// # Errors
    /// [`InputError`] names the file.
    ///
    /// # Panics
    /// If the configuration names a built-in problem that does not exist, which its own check has excluded.
    pub fn read(loaded: &Loaded, config: &Config) -> Result<Input, InputError> {
        Input::read_with(loaded, config, ReadOptions::default())
    }

    /// [`Input::read`], with options for the problem file; the meaning of `reset` is the configuration's.
    ///
    /// # Errors
    /// As [`Input::read`].
    ///
    /// # Panics
    /// As [`Input::read`].
    pub fn read_with(loaded: &Loaded, config: &Config, options: ReadOptions) -> Result<Input, InputError> {
        Input::read_from(loaded, config, options, &read_problem, &Path::is_dir)
    }

    /// [`Input::read_with`], with files that `content` gives instead of the file system, and directories that `is_directory` knows:
    /// what a stranger's configuration names is not even looked for.
    ///
    /// # Errors
    /// As [`Input::read`].
    ///
    /// # Panics
    /// As [`Input::read`].
    pub(crate) fn read_from(
        loaded: &Loaded,
        config: &Config,
        options: ReadOptions,
        content: &dyn Fn(&Path) -> std::io::Result<Vec<u8>>,
        is_directory: &dyn Fn(&Path) -> bool,
    ) -> Result<Input, InputError> {
        let read = |key: &'static str, path: &Path| {
            content(path).map_err(|error| InputError::Unreadable { key, path: path.to_path_buf(), error })
        };
        let (mut files, mut paths) = (Vec::new(), Vec::new());
        let problem = match &config.problem.source {
            ProblemSource::Builtin { name, parameters } => {
                let entry = builtin::find(name).expect("the configuration's names are checked");
                let given = parameters.iter().map(|(name, &value)| (name.as_str(), value));
                entry.definition(given)?
            }
            ProblemSource::File(path) => {
                let path = loaded.locate(path);
                let bytes = read("problem.file", &path)?;
                let name = problem_name(&path);
                let options = ReadOptions {
                    reset: config.problem.reset,
                    normalize: options.normalize || config.problem.normalize,
                    discount: config.problem.discount.or(options.discount),
                    ..options
                };
                let problem = match file::parse_with(&bytes, &name, options) {
                    Ok(problem) => problem,
                    Err(diagnostics) => {
                        return Err(InputError::Problem { path, source_bytes: bytes, diagnostics });
                    }
                };
                files.push((format!("inputs/{name}.POMDP"), bytes));
                paths.push(path);
                Definition::Tabular(problem)
            }
        };
        let problem = problem.split(config.problem.split as usize)?;
        let policy = match &config.policy {
            PolicySource::Uniform => None,
            PolicySource::Saved(path) => {
                let mut path = loaded.locate(path);
                if is_directory(&path) {
                    path.push("policy.json");
                }
                let bytes = read("policy", &path)?;
                let policy = serde_json::from_slice(&bytes)
                    .map_err(|error| InputError::Policy { path: path.clone(), message: error.to_string() })?;
                files.push(("inputs/policy.json".to_owned(), bytes));
                paths.push(path);
                Some(policy)
            }
        };
        Ok(Input { problem, policy, files, paths })
    }
}

/// The content of a problem file.
///
/// # Errors
/// Where it cannot be read, or is longer than 1 GiB.
pub(crate) fn read_problem(path: &Path) -> std::io::Result<Vec<u8>> {
    let size = std::fs::metadata(path)?.len();
    if size > PROBLEM_BYTES_MAX {
        let message = format!("{size} bytes; at most {PROBLEM_BYTES_MAX} are read");
        return Err(std::io::Error::other(message));
    }
    std::fs::read(path)
}

/// The name of a problem that is read from a file: the file's name without directory and extension, reduced to characters that are safe in paths.
pub(crate) fn problem_name(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let safe: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    if safe.is_empty() { "problem".to_owned() } else { safe }
}
