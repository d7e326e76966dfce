//! Input files: the problem and, for DPTD, the policy. Read once, kept by content.

use crate::algorithm::Graph;
use crate::config::{
    Config, Content, Features, Foreign, GraphSource, Loaded, NetworkPolicy, PolicyClass, PolicySource,
    Problem, ProblemSource, SplitSeen,
};
use crate::experiment::directory::RunDirectory;
use crate::files::{
    GRAPH_BYTES_MAX, POLICY_BYTES_MAX, PROBLEM_BYTES_MAX, ReadError, read_bounded, read_given,
};
use crate::pomdp::builtin::{self, ParameterError};
use crate::pomdp::file::{self, Diagnostic, ReadOptions};
use crate::pomdp::{Definition, SplitError};
use crate::visible::shown;
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
    /// The links of clients that write to one another, if they are those of a file.
    pub links: Option<Vec<(u32, u32)>>,
    /// Each file that was read: its name inside the run directory, and its content.
    pub files: Vec<(String, Vec<u8>)>,
    /// Where these files were.
    pub paths: Vec<PathBuf>,
}

/// A policy on disk: `policy.json` of a run directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PolicyFile", into = "PolicyFile")]
pub struct SavedPolicy {
    /// What it is.
    pub class: PolicyClass,
    /// H.
    pub horizon: usize,
    /// θ.
    pub theta: Vec<f64>,
}

/// Its form in the file: there are either features or a network.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    features: Option<Features>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<NetworkPolicy>,
    horizon: usize,
    theta: Vec<f64>,
}

impl TryFrom<PolicyFile> for SavedPolicy {
    type Error = &'static str;

    fn try_from(file: PolicyFile) -> Result<Self, &'static str> {
        let PolicyFile { features, policy, horizon, theta } = file;
        let class = match (features, policy) {
            (Some(features), None) => PolicyClass::Features(features),
            (None, Some(network)) => PolicyClass::Network(network),
            (None, None) => return Err("missing field `features`"),
            (Some(_), Some(_)) => return Err("it has both `features` and `policy`"),
        };
        Ok(SavedPolicy { class, horizon, theta })
    }
}

impl From<SavedPolicy> for PolicyFile {
    fn from(SavedPolicy { class, horizon, theta }: SavedPolicy) -> Self {
        let (features, policy) = match class {
            PolicyClass::Features(features) => (Some(features), None),
            PolicyClass::Network(network) => (None, Some(network)),
        };
        PolicyFile { features, policy, horizon, theta }
    }
}

/// An input file that cannot be used.
#[derive(Debug, Error)]
pub enum InputError {
    /// It cannot be read.
    #[error("cannot read {}: {error}", shown(error.path()))]
    Unreadable {
        /// The configuration's key.
        key: &'static str,
        /// Why not.
        error: ReadError,
    },
    /// It is something else than a problem.
    #[error("{} is {}, not a problem", shown(path), described(*content))]
    Other {
        /// The file.
        path: PathBuf,
        /// What it is.
        content: Content,
    },
    /// A problem file with errors.
    #[error("{} is not a problem: {} errors", shown(path), diagnostics.len())]
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
    /// A file that holds no links of clients.
    #[error("{} holds no graph: {message}", shown(path))]
    Graph {
        /// The file.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// A file that holds no policy.
    #[error("{} holds no saved policy: {message}", shown(path))]
    Policy {
        /// The file.
        path: PathBuf,
        /// Why.
        message: String,
    },
}

/// What a file is that is no problem, as one would say it.
fn described(content: Content) -> String {
    match content {
        Content::Foreign(foreign) => foreign.to_string(),
        _ => "a configuration".to_owned(),
    }
}

/// How the content of an input file is got: by its path, at most so many bytes of it.
type Reading<'a> = &'a dyn Fn(&Path, u64) -> Result<Vec<u8>, ReadError>;

/// How the files that a configuration names are got.
#[derive(Clone, Copy)]
pub struct Files<'a> {
    options: ReadOptions,
    content: Reading<'a>,
    /// The file that holds the policy of this path.
    policy_path: &'a dyn Fn(&Path) -> Result<PathBuf, String>,
}

impl Files<'static> {
    /// Files that a person names: they may be pipes.
    pub fn named() -> Self {
        Files { options: ReadOptions::default(), content: &read_given, policy_path: &policy_path }
    }

    /// Regular files alone, as those of a run are.
    pub fn regular() -> Self {
        Files { content: &read_bounded, ..Files::named() }
    }
}

impl<'a> Files<'a> {
    /// With options for the problem file; the meaning of `reset` is the configuration's.
    #[must_use]
    pub fn with_options(self, options: ReadOptions) -> Self {
        Files { options, ..self }
    }

    /// Files of which `content` gives the content.
    pub(crate) fn read_by(content: Reading<'a>) -> Self {
        Files { content, ..Files::named() }
    }

    /// Files of which `content` gives the content, and which are not even looked for anywhere else.
    pub(crate) fn held_by(content: Reading<'a>) -> Self {
        Files { content, policy_path: &|path| Ok(path.to_path_buf()), ..Files::named() }
    }
}

/// The problem with as many copies of each observation as a configuration asks for.
///
/// # Errors
/// More copies than fit.
pub(super) fn split(definition: Definition, problem: &Problem) -> Result<Definition, SplitError> {
    let definition = definition.split(problem.split as usize)?;
    Ok(match problem.split_seen {
        SplitSeen::Class => definition,
        SplitSeen::Copy => definition.telling_copies_apart(),
    })
}

impl Input {
    /// Reads what the configuration names; paths are relative to it.
    ///
    /// # Errors
    /// [`InputError`] names the file.
    ///
    /// # Panics
    /// If the configuration names a built-in problem that does not exist, which its own check has excluded.
    pub fn read(loaded: &Loaded, config: &Config, files: &Files<'_>) -> Result<Input, InputError> {
        let Files { options, content, policy_path } = *files;
        let read = |key: &'static str, path: &Path, limit| match loaded.held(path) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => content(path, limit).map_err(|error| InputError::Unreadable { key, error }),
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
                let bytes = read("problem.file", &path, PROBLEM_BYTES_MAX)?;
                let content = Content::of(&bytes);
                if matches!(content, Content::Configuration | Content::Foreign(_)) {
                    return Err(InputError::Other { path, content });
                }
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
        let problem = split(problem, &config.problem)?;
        let policy = match &config.policy {
            PolicySource::Uniform => None,
            PolicySource::Saved(path) => {
                let located = loaded.locate(path);
                let path =
                    policy_path(&located).map_err(|message| InputError::Policy { path: located, message })?;
                let bytes = read("policy", &path, POLICY_BYTES_MAX)?;
                let policy = SavedPolicy::parse(&bytes)
                    .map_err(|message| InputError::Policy { path: path.clone(), message })?;
                files.push(("inputs/policy.json".to_owned(), bytes));
                paths.push(path);
                Some(policy)
            }
        };
        let links = match &config.federation.graph {
            GraphSource::Ring | GraphSource::Complete => None,
            GraphSource::File(path) => {
                let path = loaded.locate(path);
                let bytes = read("federation.graph", &path, GRAPH_BYTES_MAX)?;
                let links =
                    links(&bytes).map_err(|message| InputError::Graph { path: path.clone(), message })?;
                files.push((GRAPH_FILE.to_owned(), bytes));
                paths.push(path);
                Some(links)
            }
        };
        Ok(Input { problem, policy, links, files, paths })
    }
}

/// The name of a file of links inside the run directory.
pub(super) const GRAPH_FILE: &str = "inputs/graph.txt";

fn links(bytes: &[u8]) -> Result<Vec<(u32, u32)>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is no text".to_owned())?;
    Graph::read_links(text).map_err(|error| error.to_string())
}

impl SavedPolicy {
    /// Reads a file that a run has written.
    ///
    /// # Errors
    /// [`InputError`] names it.
    pub fn read(path: &Path) -> Result<Self, InputError> {
        let bytes = read_bounded(path, POLICY_BYTES_MAX);
        let bytes = bytes.map_err(|error| InputError::Unreadable { key: "policy", error })?;
        SavedPolicy::parse(&bytes).map_err(|message| InputError::Policy { path: path.to_path_buf(), message })
    }

    /// Reads the content of a policy file.
    ///
    /// # Errors
    /// What it is instead, or what is wrong with it.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|error| match Content::of(bytes) {
            Content::Foreign(Foreign::Policy | Foreign::Json) | Content::Unclear => error.to_string(),
            Content::Foreign(foreign) => format!("it is {foreign}"),
            Content::Problem => "it is a problem".to_owned(),
            Content::Configuration => "it is a configuration".to_owned(),
        })
    }
}

/// The policy file of a run directory, whose files are those that the run has written, or the file itself.
///
/// # Errors
/// Which file of the run was edited or damaged.
pub(crate) fn policy_path(path: &Path) -> Result<PathBuf, String> {
    if !path.is_dir() {
        return Ok(path.to_path_buf());
    }
    let directory = RunDirectory::open(path).map_err(|error| error.to_string())?;
    directory.verify().map_err(|error| error.to_string())?;
    Ok(path.join("policy.json"))
}

/// The name of a problem that is read from a file: the file's name without directory and extension, reduced
/// to characters that are safe in paths.
pub(crate) fn problem_name(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let safe: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    if safe.is_empty() { "problem".to_owned() } else { safe }
}
