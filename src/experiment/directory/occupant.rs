//! Who or what has the place of a run directory.

use crate::visible::{program, shown};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;

/// What stands at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// No run directory.
    Foreign,
    /// A run that has come to its end.
    Complete {
        /// Digest of its configuration and inputs.
        config_digest: String,
        /// Its seed.
        seed: u64,
    },
    /// The very run that was to be begun, at its end.
    Same,
    /// A run that was stopped or killed, and that has a checkpoint.
    Interrupted,
    /// A run that has failed, and that has a checkpoint.
    Failed {
        /// Digest of its configuration and inputs.
        config_digest: String,
        /// Its seed.
        seed: u64,
        /// Why, as its summary says.
        error: String,
    },
    /// A run that goes on.
    Running(Holder),
    /// A run directory that is not whole.
    Broken,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Found::Foreign => write!(f, "it is no run directory"),
            Found::Complete { .. } => write!(f, "the run in it is complete"),
            Found::Same => write!(f, "the run in it is this one, and is complete"),
            Found::Interrupted => write!(f, "the run in it was interrupted"),
            Found::Failed { .. } => write!(f, "the run in it has failed"),
            Found::Running(holder) => write!(f, "the run in it is going on, by {holder}"),
            Found::Broken => write!(f, "it is a run directory without a summary and without a checkpoint"),
        }
    }
}

impl Found {
    pub(super) fn help(&self, path: &Path) -> String {
        let path = shown(path);
        match self {
            Found::Foreign => "--out DIR writes elsewhere".to_owned(),
            Found::Complete { .. } => "--force replaces it, --out DIR writes elsewhere".to_owned(),
            Found::Same => {
                "there is nothing to do; --force replaces it, --out DIR writes elsewhere".to_owned()
            }
            Found::Interrupted | Found::Failed { .. } => {
                format!(
                    "{} run --resume {path} goes on with it; --force replaces it, --out DIR writes elsewhere",
                    program()
                )
            }
            Found::Running(_) => "wait for it to end; --out DIR writes elsewhere".to_owned(),
            Found::Broken => "--force replaces it, --out DIR writes elsewhere".to_owned(),
        }
    }

    /// Whether this is the same run, at its end: there is nothing to do.
    pub fn is_complete(&self, config_digest: &str, seed: u64) -> bool {
        matches!(self, Found::Complete { config_digest: other, seed: of } if other == config_digest && *of == seed)
    }
}

/// Who holds a run directory, as far as its lock file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Number of the process.
    pub process: Option<u32>,
    /// Name of the machine.
    pub host: Option<String>,
    /// When it took the directory.
    pub since_unix_seconds: Option<u64>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.process {
            Some(process) => write!(f, "process {process}")?,
            None => write!(f, "another process")?,
        }
        if let Some(host) = &self.host {
            write!(f, " on {host}")?;
        }
        Ok(())
    }
}
