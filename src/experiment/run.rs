//! One run, from the resolved configuration to the summary.

use super::directory::{DirectoryError, RunDirectory};
use super::ended::Ended;
use super::input::{Input, SavedPolicy};
use super::policies::MatrixWriter;
use super::recorder::{Assignment, Progress, Recorded, start};
use super::resolve::Resolved;
use super::summary::Summary;
use crate::config::{Algorithm, Config, KeepPolicies, PolicySource, ProblemSource, resolved_toml};
use crate::exact::Budget;
use dpac_actors::host::{self, Outcome, Placement};
use dpac_actors::{Fault, Named, Plant, VectorName};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use thiserror::Error;

/// What one evaluation of a policy may cost during a run.
pub const EVALUATION: Budget = Budget { exact_operations: 20_000_000, episodes: 10_000 };

/// What the optimum may cost: a second or so, and some hundreds of MiB of beliefs.
pub const OPTIMUM_OPERATIONS: u64 = 20_000_000;

/// What the optimum may cost where observations are real numbers: a second or so, and at most 128 MiB.
pub(super) const GRID_OPERATIONS: u64 = 2_000_000_000;

/// How to run. None of it changes a result.
pub struct RunOptions {
    /// Threads that compute.
    pub threads: usize,
    /// Where the roles live.
    pub placement: Placement,
    /// Encode, decode and compare every message.
    pub wire_check: bool,
    /// Write `syncs.jsonl`.
    pub log_syncs: bool,
    /// The run directory.
    pub directory: PathBuf,
    /// Replace an existing run directory.
    pub force: bool,
    /// Set from outside to end the run at the next barrier.
    pub stop: Arc<AtomicBool>,
    /// Damage done on purpose, by tests.
    pub plant: Option<Plant>,
    /// The program's version and commit, for the record.
    pub program: String,
}

/// A run that could not be started, or whose files could not be written. A run that failed on its way is a
/// [`Finished`] with its status.
#[derive(Debug, Error)]
pub enum RunError {
    /// The run directory.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The thread that writes the files.
    #[error("the recorder panicked")]
    Recorder,
}

/// A run that has ended.
pub struct Finished {
    /// Its summary, as it stands in `summary.json`.
    pub summary: Summary,
    /// Its directory.
    pub directory: PathBuf,
}

/// `runs/<problem>-<algorithm>-<config digest>-s<seed>`.
pub fn default_directory(resolved: &Resolved, input: &Input) -> PathBuf {
    let name = resolved.problem.hidden().name();
    let algorithm = resolved.algorithm.name();
    let digest = &config_digest(&resolved.config, input)[..8];
    Path::new("runs").join(format!("{name}-{algorithm}-{digest}-s{}", resolved.config.seed))
}

/// Runs to the end, and writes the run directory.
///
/// # Errors
/// [`RunError`], before or after the run itself.
pub fn run(
    resolved: Resolved,
    input: &Input,
    options: &RunOptions,
    progress: Box<dyn Progress>,
) -> Result<Finished, RunError> {
    let text = run_config(&resolved, input);
    let directory = RunDirectory::create(&options.directory, options.force, &text, &input.files)?;
    let (outcome, recorded, wall_seconds) = live(&resolved, options, &directory, progress)?;
    let ended = Ended::new(outcome, &resolved);
    keep(&resolved, &ended, &directory)?;
    let summary = Summary {
        program: options.program.clone(),
        config_digest: config_digest(&resolved.config, input),
        digest: ended.results.as_deref().map(final_digest),
        threads: options.threads,
        ..ended.summary(&resolved, &recorded, wall_seconds)
    };
    let mut json = serde_json::to_string_pretty(&summary).expect("a summary is plain data");
    json.push('\n');
    directory.write("summary.json", json.as_bytes())?;
    Ok(Finished { summary, directory: directory.path().to_path_buf() })
}

/// The society's life, watched by the recorder: how it ended, what was recorded, and how long it took.
fn live(
    resolved: &Resolved,
    options: &RunOptions,
    directory: &RunDirectory,
    progress: Box<dyn Progress>,
) -> Result<(Result<Outcome, Fault>, Recorded, f64), RunError> {
    let Resolved { config, sizes, .. } = resolved;
    let clients = config.federation.clients;
    let (monitor, recorder) = start(Assignment {
        subject: Arc::clone(&resolved.subject),
        directory: directory.clone(),
        evaluated: Arc::clone(&resolved.evaluated),
        evaluate_every: config.output.evaluate_every,
        keep_policies: config.output.keep_policies,
        log_syncs: options.log_syncs,
        seed: config.seed,
        clients,
        rounds: if config.algorithm == Algorithm::Dptd { sizes.critic_rounds } else { sizes.rounds },
        progress,
    })?;
    let host_options = host::Options {
        clients,
        threads: options.threads,
        placement: options.placement,
        wire_check: options.wire_check,
        seed: config.seed,
        stop: Arc::clone(&options.stop),
        plant: options.plant,
    };
    let began = Instant::now();
    let outcome = host::run(&resolved.algorithm, &host_options, Box::new(monitor));
    let wall_seconds = began.elapsed().as_secs_f64();
    let recorded = recorder.finish(outcome.as_ref().ok().map(|outcome| &outcome.ledger))?;
    Ok((outcome, recorded, wall_seconds))
}

/// Writes the last policy and the last critic, where there are any.
fn keep(resolved: &Resolved, ended: &Ended, directory: &RunDirectory) -> Result<(), DirectoryError> {
    if resolved.config.output.keep_policies != KeepPolicies::None && ended.results.is_some() {
        let theta = ended.vector(VectorName::Theta).unwrap_or(&resolved.evaluated);
        let (features, horizon) = (resolved.policy_features, resolved.horizon());
        let policy = SavedPolicy { features, horizon, theta: theta.to_vec() };
        let json = serde_json::to_vec(&policy).expect("a policy is plain numbers");
        directory.write("policy.json", &json)?;
    }
    match ended.vector(VectorName::Psi) {
        Some(psi) => write_critic(directory, psi),
        None => Ok(()),
    }
}

/// `critic.npy`: the last `ψ̂`, stacked over steps, as a matrix of one row.
fn write_critic(directory: &RunDirectory, psi: &[f64]) -> Result<(), DirectoryError> {
    let path = directory.file("critic.npy");
    let written = MatrixWriter::create(&path, psi.len()).and_then(|mut matrix| {
        matrix.append(psi)?;
        matrix.finish()
    });
    written.map_err(|error| DirectoryError::Io { path, error })
}

/// The configuration as the run directory keeps it: input files by their place inside it.
fn run_config(resolved: &Resolved, input: &Input) -> String {
    let mut config = resolved.config.clone();
    for (name, _) in &input.files {
        if name.ends_with(".POMDP") {
            config.problem.source = ProblemSource::File(PathBuf::from(name));
        } else {
            config.policy = PolicySource::Saved(PathBuf::from(name));
        }
    }
    let notes: Vec<(&str, &str)> = resolved.notes.iter().map(|(key, note)| (*key, note.as_str())).collect();
    resolved_toml(&config, &notes)
}

/// blake3 of the configuration without its seed, and of the input files' contents.
fn config_digest(config: &Config, input: &Input) -> String {
    let mut config = config.clone();
    config.seed = 0;
    if let ProblemSource::File(_) = config.problem.source {
        config.problem.source = ProblemSource::File(PathBuf::from("problem"));
    }
    if let PolicySource::Saved(_) = config.policy {
        config.policy = PolicySource::Saved(PathBuf::from("policy"));
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(resolved_toml(&config, &[]).as_bytes());
    for (name, bytes) in &input.files {
        hasher.update(&[0]);
        hasher.update(name.as_bytes());
        hasher.update(&[0]);
        hasher.update(bytes);
    }
    hasher.finalize().to_hex().to_string()
}

/// DETERMINISM.md, "Digests".
fn final_digest(results: &[Named]) -> String {
    let mut hasher = blake3::Hasher::new();
    for Named { name, values } in results {
        hasher.update(name.name().as_bytes());
        hasher.update(&[0]);
        hasher.update(&(values.len() as u64).to_le_bytes());
        for value in values.iter() {
            hasher.update(&value.to_le_bytes());
        }
    }
    hasher.finalize().to_hex().to_string()
}
