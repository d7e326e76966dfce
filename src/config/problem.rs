//! The problem of a run: a file or a built-in one, with its horizon and discount.

use super::Clients;
use super::limits::{HORIZON_MAX, SPLIT_MAX};
use crate::pomdp::file::Reset;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::path::PathBuf;
use thiserror::Error;

/// Where the tables of a problem come from.
#[derive(Clone, Debug, PartialEq)]
pub enum ProblemSource {
    /// A `.POMDP` file, as the configuration writes it; see [`Loaded::locate`](super::Loaded::locate).
    File(PathBuf),
    /// A problem that the program brings along.
    Builtin {
        /// What one calls it by.
        name: String,
        /// Its parameters; once a configuration is loaded, all of them, but for those that
        /// [`Entry::leaves_out`](crate::pomdp::builtin::Entry::leaves_out) names.
        parameters: BTreeMap<String, f64>,
    },
}

impl ProblemSource {
    /// The built-in problem of this name, without parameters.
    pub fn builtin(name: &str) -> Self {
        ProblemSource::Builtin { name: name.to_owned(), parameters: BTreeMap::new() }
    }
}

/// What features see of an observation that has copies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SplitSeen {
    /// Of which observation it is a copy.
    #[default]
    Class,
    /// Which copy it is: the problem then has as many different observations as copies in all.
    Copy,
}

/// Section `[problem]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "ProblemKeys", into = "ProblemKeys")]
pub struct Problem {
    /// The file or the name of a built-in problem.
    pub source: ProblemSource,
    /// What `reset` rows of a file mean; of a built-in problem always the default.
    pub reset: Reset,
    /// Whether rows of a file are divided by their sums, whatever these are; of a built-in problem always
    /// false.
    pub normalize: bool,
    /// H.
    pub horizon: u32,
    /// γ; the problem's own where `None`.
    pub discount: Option<f64>,
    /// c: how many copies there are of each observation; see [`Model::split`](crate::pomdp::Model::split).
    pub split: u32,
    /// What features see of an observation that has copies.
    pub split_seen: SplitSeen,
    /// How the clients' own problems differ from this one; `None` where they do not.
    pub clients: Option<Clients>,
}

/// The horizon where none is given.
pub const HORIZON_DEFAULT: u32 = 4;

/// The problem: either `file` or `builtin`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["file"], "not": { "required": ["parameters"] } }, { "required": ["builtin"], "not": { "anyOf": [{ "required": ["reset"] }, { "required": ["normalize"] }] } }]))]
struct ProblemKeys {
    /// Path of a .POMDP file, relative to the directory of the configuration file.
    #[schemars(length(min = 1))]
    #[serde(serialize_with = "path_as_text")]
    file: Option<PathBuf>,
    /// Name of a built-in problem.
    #[schemars(length(min = 1))]
    builtin: Option<String>,
    /// What `T: action : state reset` of a file means: "continue" restarts the state, "end" ends the episode.
    #[serde(default, skip_serializing_if = "is_default")]
    reset: Reset,
    /// Divide rows of T and O of a file, and its start belief, by their sums, whatever these are (default:
    /// false). Without it a sum may miss 1 by 0.00001, or by half a unit of each number's last digit.
    #[serde(default, skip_serializing_if = "is_false")]
    normalize: bool,
    /// Parameters of a built-in problem; `dpac problems` lists them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", serialize_with = "whole_as_integers")]
    parameters: BTreeMap<String, f64>,
    /// Horizon H: the number of actions of one trajectory.
    #[serde(default = "horizon_default")]
    #[schemars(range(min = 1, max = HORIZON_MAX))]
    horizon: u32,
    /// Discount γ (default: the problem's own). A file that has none needs it.
    #[schemars(range(min = 0, max = 1))]
    discount: Option<f64>,
    /// Copies c of each observation (default 1), equally likely; features see of which one it is a copy.
    /// Values are what they were.
    #[serde(default = "one_copy", skip_serializing_if = "is_one_copy")]
    #[schemars(range(min = 1, max = SPLIT_MAX))]
    split: u32,
    /// What features see of an observation that has copies (default: "class").
    #[serde(default, skip_serializing_if = "is_default")]
    split_seen: SplitSeen,
    /// How the clients' own problems differ from this one (default: not at all).
    #[serde(skip_serializing_if = "Option::is_none")]
    clients: Option<Clients>,
}

/// Writes a path that is no UTF-8 with other characters in its place: TOML has none for it. The configuration
/// of a run names its own copy.
#[expect(clippy::ref_option, reason = "the signature that serde asks for")]
fn path_as_text<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_ref().map(|path| path.to_string_lossy()).serialize(serializer)
}

/// Writes 5 for 5.0, as people do; integers up to 2^53 are exact.
fn whole_as_integers<S: Serializer>(
    parameters: &BTreeMap<String, f64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    serializer.collect_map(parameters.iter().map(|(name, &value)| {
        let whole = value.fract().abs() == 0.0 && value.abs() <= EXACT;
        let number = if whole {
            serde_json::Number::from(value as i64).into()
        } else {
            serde_json::Value::from(value)
        };
        (name, number)
    }))
}

fn one_copy() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_one_copy(copies: &u32) -> bool {
    *copies == 1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_false(normalize: &bool) -> bool {
    !normalize
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn horizon_default() -> u32 {
    HORIZON_DEFAULT
}

/// A `[problem]` without a source, or with two, or with keys of the other one.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "a problem has either `file` and perhaps `reset` and `normalize`, or `builtin` and perhaps `parameters`"
)]
pub struct ProblemSourceError;

impl TryFrom<ProblemKeys> for Problem {
    type Error = ProblemSourceError;

    fn try_from(keys: ProblemKeys) -> Result<Self, ProblemSourceError> {
        let source = match (keys.file, keys.builtin) {
            (Some(file), None) if keys.parameters.is_empty() => ProblemSource::File(file),
            (None, Some(name)) if is_default(&keys.reset) && !keys.normalize => {
                ProblemSource::Builtin { name, parameters: keys.parameters }
            }
            _ => return Err(ProblemSourceError),
        };
        let ProblemKeys { reset, normalize, horizon, discount, split, split_seen, clients, .. } = keys;
        Ok(Problem { source, reset, normalize, horizon, discount, split, split_seen, clients })
    }
}

impl From<Problem> for ProblemKeys {
    fn from(problem: Problem) -> Self {
        let Problem { source, reset, normalize, horizon, discount, split, split_seen, clients } = problem;
        let (file, builtin, parameters) = match source {
            ProblemSource::File(file) => (Some(file), None, BTreeMap::new()),
            ProblemSource::Builtin { name, parameters } => (None, Some(name), parameters),
        };
        ProblemKeys {
            file,
            builtin,
            reset,
            normalize,
            parameters,
            horizon,
            discount,
            split,
            split_seen,
            clients,
        }
    }
}
