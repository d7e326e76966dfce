//! What a run is known by: its configuration as kept, the digest of that, its directory's default name, the
//! digest of its results.

use super::Resolved;
use super::input::{GRAPH_FILE, Input};
use crate::config::{GraphSource, PolicySource, ProblemSource, resolved_toml};
use dpac_actors::Named;
use std::path::{Path, PathBuf};

/// Raised with every entry under *Digests* in the CHANGELOG: a run that was begun under one epoch does not go
/// on under another.
pub const RESULTS_EPOCH: u32 = 3;

/// `runs/<problem>-<algorithm>-<config digest>-s<seed>`.
pub fn default_directory(resolved: &Resolved, input: &Input) -> PathBuf {
    let name = resolved.problem.hidden().name();
    let algorithm = resolved.algorithm.name();
    let digest = &config_digest(resolved, input)[..8];
    Path::new("runs").join(format!("{name}-{algorithm}-{digest}-s{}", resolved.config.seed))
}

/// The configuration as the run directory keeps it: input files by their place inside it.
pub(crate) fn run_config(resolved: &Resolved, input: &Input) -> String {
    let mut config = resolved.config.clone();
    for (name, _) in &input.files {
        if name.ends_with(".POMDP") {
            config.problem.source = ProblemSource::File(PathBuf::from(name));
        } else if name == GRAPH_FILE {
            config.federation.graph = GraphSource::File(PathBuf::from(name));
        } else {
            config.policy = PolicySource::Saved(PathBuf::from(name));
        }
    }
    let notes: Vec<(&str, &str)> = resolved.notes.iter().map(|(key, note)| (*key, note.as_str())).collect();
    resolved_toml(&config, &resolved.entry.words, &notes)
}

/// blake3 of the configuration without its seed, and of the input files' contents.
pub fn config_digest(resolved: &Resolved, input: &Input) -> String {
    let mut config = resolved.config.clone();
    config.seed = 0;
    if let ProblemSource::File(_) = config.problem.source {
        config.problem.source = ProblemSource::File(PathBuf::from("problem"));
    }
    if let PolicySource::Saved(_) = config.policy {
        config.policy = PolicySource::Saved(PathBuf::from("policy"));
    }
    if let GraphSource::File(_) = config.federation.graph {
        config.federation.graph = GraphSource::File(PathBuf::from("graph"));
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(resolved_toml(&config, &resolved.entry.words, &[]).as_bytes());
    for (name, bytes) in &input.files {
        hasher.update(&[0]);
        hasher.update(name.as_bytes());
        hasher.update(&[0]);
        hasher.update(bytes);
    }
    hasher.finalize().to_hex().to_string()
}

/// DETERMINISM.md, "Digests".
pub(crate) fn final_digest(results: &[Named]) -> String {
    let mut hasher = blake3::Hasher::new();
    for Named { name, values } in results {
        hasher.update(name.as_bytes());
        hasher.update(&[0]);
        hasher.update(&(values.len() as u64).to_le_bytes());
        for value in values.iter() {
            hasher.update(&value.to_le_bytes());
        }
    }
    hasher.finalize().to_hex().to_string()
}
