//! The configuration of a run: TOML, checked and located.
//!
//! [`Loaded`] reads a file and applies `--set`s, [`Loaded::config`] checks and gives a [`Config`]. Values
//! that are "auto", and sizes that are left out, stay so: they need the problem. [`resolved_toml`] writes the
//! result once they are known.

pub mod algorithm;
mod auto;
mod axis;
mod clients;
mod consistency;
mod content;
mod error;
mod features;
mod features_argument;
mod key_words;
mod keys;
pub mod limits;
mod loaded;
mod place;
mod policy_class;
mod problem;
mod record;
mod resolved;
mod schema;
mod shape;
mod step;
mod suggest;
mod sweep;
mod symbols;
mod tree;
mod words;

pub use algorithm::{Algorithm, Key, Own, Takes, Words};
pub use auto::Auto;
pub use axis::Axis;
pub use clients::Clients;
pub use content::{Content, Foreign};
pub use error::{ConfigError, ConfigErrors, Fault};
pub use features::Features;
pub use features_argument::FeaturesError;
pub use key_words::key_words;
pub use keys::{
    Actor, Config, Critic, Federation, GraphSource, Init, KeepPolicies, Output, PolicySource, Schedule,
    ServerLine, Target, Weights,
};
pub use loaded::Loaded;
pub use place::{AXIS, Place, SETTING, SourceText};
pub use policy_class::{FirstOutput, NetworkPolicy, PolicyClass};
pub use problem::{HORIZON_DEFAULT, Problem, ProblemSource, ProblemSourceError, SplitSeen};
pub use record::Record;
pub use resolved::resolved_toml;
pub use schema::schema_json;
pub use step::{Harmonic, OverRoot, PolicyStep, Step};
pub(crate) use suggest::nearest;
pub use sweep::SweepTable;
pub use words::WordsError;
