//! One run, from the resolved configuration to the summary.

use super::communication::{differences, measured};
use super::directory::{DirectoryError, RunDirectory};
use super::input::{Input, SavedPolicy};
use super::policies::MatrixWriter;
use super::recorder::{Assignment, Progress, Recorded, start};
use super::resolve::Resolved;
use super::subject::Subject;
use super::summary::{Communication, ProblemSummary, SizesSummary, Status, Summary, Value};
use crate::config::{Algorithm, Config, KeepPolicies, ProblemSource, resolved_toml};
use crate::exact::{Budget, Estimate, Method, optimum};
use crate::pomdp::Problem;
use crate::theory::counts::Counts;
use dpac_actors::host::{self, Outcome, Placement};
use dpac_actors::{Fault, Named, Plant, Purpose, StreamKey, VectorName};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use thiserror::Error;

/// What one evaluation of a policy may cost during a run.
pub const EVALUATION: Budget = Budget { exact_operations: 20_000_000, episodes: 10_000 };

/// What the optimum may cost.
pub const OPTIMUM_OPERATIONS: u64 = 1_000_000_000;

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
    let name = resolved.problem.name();
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
    let digest = config_digest(&resolved.config, input);
    let text = run_config(&resolved, input);
    let directory = RunDirectory::create(&options.directory, options.force, &text, &input.files)?;
    let Resolved {
        config,
        problem,
        gamma,
        subject,
        policy_features,
        sizes,
        shape,
        closed_form,
        algorithm,
        evaluated,
        ..
    } = resolved;
    let subject: Arc<dyn Subject> = Arc::from(subject);
    let (monitor, recorder) = start(Assignment {
        subject: Arc::clone(&subject),
        directory: directory.clone(),
        evaluated: Arc::clone(&evaluated),
        evaluate_every: config.output.evaluate_every,
        keep_policies: config.output.keep_policies,
        log_syncs: options.log_syncs,
        seed: config.seed,
        clients: config.federation.clients,
        rounds: if config.algorithm == Algorithm::Dptd { sizes.critic_rounds } else { sizes.rounds },
        progress,
    })?;
    let began = Instant::now();
    let outcome = host::run(
        &algorithm,
        &host::Options {
            clients: config.federation.clients,
            threads: options.threads,
            placement: options.placement,
            wire_check: options.wire_check,
            seed: config.seed,
            stop: Arc::clone(&options.stop),
            plant: options.plant,
        },
        Box::new(monitor),
    );
    let wall_seconds = began.elapsed().as_secs_f64();
    let recorded = recorder.finish(outcome.as_ref().ok().map(|outcome| &outcome.ledger))?;

    let (lo, hi) = problem.tables().expect("a tabular problem has tables").units().range();
    let model = problem.tables().expect("a tabular problem has tables");
    let ended = Ended::new(outcome, &closed_form, config.federation.clients);
    let horizon = config.problem.horizon as usize;
    let value = values(&*subject, &ended, &recorded, &config, &evaluated, || {
        let best = optimum(model, horizon, gamma, OPTIMUM_OPERATIONS).ok()?;
        Some(model.units().raw_value(best.value, gamma, horizon))
    });
    let theta = ended.vector(VectorName::Theta).unwrap_or(&evaluated);
    if config.output.keep_policies != KeepPolicies::None && ended.results.is_some() {
        let policy = SavedPolicy { features: policy_features, horizon, theta: theta.to_vec() };
        let json = serde_json::to_vec(&policy).expect("a policy is plain numbers");
        directory.write("policy.json", &json)?;
    }
    if let Some(psi) = ended.vector(VectorName::Psi) {
        write_critic(&directory, psi)?;
    }
    // The last critic belongs to the policy that the last round used.
    let bellman_error = ended.vector(VectorName::Psi).and_then(|psi| {
        let theta = recorded.last_theta.as_ref()?;
        subject.bellman_error(theta, psi, EVALUATION.exact_operations).map(|found| found.error)
    });
    let env_steps = ended.counts.as_ref().map_or(0, |counts| counts.env_steps_per_client) * shape.clients;
    let counts = ended.counts.unwrap_or_default();
    let summary = Summary {
        status: ended.status,
        error: ended.error,
        program: options.program.clone(),
        algorithm: algorithm.name().to_owned(),
        seed: config.seed,
        config_digest: digest,
        reward_range: (lo, hi),
        problem: ProblemSummary {
            name: model.name().to_owned(),
            states: model.states(),
            actions: model.actions(),
            observations: model.observations(),
            horizon,
            discount: gamma,
        },
        sizes: SizesSummary {
            clients: shape.clients,
            rounds: sizes.rounds,
            actor_local_steps: sizes.actor_local_steps,
            actor_sync_interval: sizes.actor_sync_interval,
            critic_rounds: sizes.critic_rounds,
            critic_local_steps: sizes.critic_local_steps,
            d_theta: shape.d_theta,
            d_q: subject.d_q() as u64,
            stacked_critic: shape.stacked_critic,
        },
        value,
        bellman_error,
        trajectories_per_client: counts.trajectories_per_client,
        env_steps_per_client: counts.env_steps_per_client,
        communication: Communication::from(&counts),
        local_steps: counts.local_steps.into(),
        syncs: counts.syncs.into(),
        closed_form: Communication::from(&closed_form),
        closed_form_holds: ended.differences.is_empty() && ended.status == Status::Complete,
        closed_form_differences: ended.differences,
        digest: ended.results.as_deref().map(final_digest),
        wall_seconds,
        env_steps_per_second: env_steps as f64 / wall_seconds,
        threads: options.threads,
    };
    let mut json = serde_json::to_string_pretty(&summary).expect("a summary is plain data");
    json.push('\n');
    directory.write("summary.json", json.as_bytes())?;
    Ok(Finished { summary, directory: directory.path().to_path_buf() })
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

/// The society's end, judged.
struct Ended {
    status: Status,
    error: Option<String>,
    results: Option<Vec<Named>>,
    counts: Option<Counts>,
    differences: Vec<String>,
}

impl Ended {
    fn new(outcome: Result<Outcome, Fault>, closed_form: &Counts, clients: u32) -> Self {
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(fault) => {
                return Ended {
                    status: Status::Failed,
                    error: Some(fault.to_string()),
                    results: None,
                    counts: None,
                    differences: Vec::new(),
                };
            }
        };
        let counts = measured(&outcome.ledger, clients, |kind| closed_form.by_kind.contains_key(kind));
        let (mut status, mut error, mut found) = (Status::Interrupted, None, Vec::new());
        if outcome.results.is_some() {
            found = differences(&counts, closed_form);
            status = if found.is_empty() { Status::Complete } else { Status::Failed };
            error = found.first().map(|first| format!("the ledger does not equal the closed form: {first}"));
        }
        Ended { status, error, results: outcome.results, counts: Some(counts), differences: found }
    }

    fn vector(&self, name: VectorName) -> Option<&Arc<[f64]>> {
        self.results.as_ref()?.iter().find(|named| named.name == name).map(|named| &named.values)
    }
}

fn values(
    subject: &dyn Subject,
    ended: &Ended,
    recorded: &Recorded,
    config: &Config,
    evaluated: &[f64],
    optimum: impl FnOnce() -> Option<f64>,
) -> Value {
    let evaluate = |theta: &[f64], number: u32| -> Estimate {
        let key = StreamKey {
            seed: config.seed,
            purpose: Purpose::Evaluation,
            client: 1,
            round: number,
            phase: 0,
            sync: 0,
        };
        subject.value(theta, EVALUATION, &mut key.generator())
    };
    let uniform = evaluate(&vec![0.0; subject.d_theta()], 0);
    let last = match ended.vector(VectorName::Theta) {
        Some(theta) => Some(evaluate(theta, 1)),
        None if !evaluated.is_empty() => Some(evaluate(evaluated, 1)),
        None => None,
    };
    let every_round = config.output.evaluate_every == 1 && config.algorithm != Algorithm::Dptd;
    let method = last.unwrap_or(uniform).method;
    Value {
        uniform: Some(uniform.value_raw),
        last: last.map(|estimate| estimate.value_raw),
        mixture: (every_round && recorded.values > 0).then(|| recorded.value_sum / recorded.values as f64),
        optimum: optimum(),
        method: method_name(method).to_owned(),
        standard_error: match method {
            Method::MonteCarlo { standard_error, .. } => Some(standard_error),
            _ => None,
        },
    }
}

fn method_name(method: Method) -> &'static str {
    match method {
        Method::DynamicProgramming => "dynamic programming",
        Method::Enumeration => "enumeration",
        Method::MonteCarlo { .. } => "Monte-Carlo",
    }
}

/// The configuration as the run directory keeps it: input files by their place inside it.
fn run_config(resolved: &Resolved, input: &Input) -> String {
    let mut config = resolved.config.clone();
    for (name, _) in &input.files {
        if name.ends_with(".POMDP") {
            config.problem.source = ProblemSource::File(PathBuf::from(name));
        } else {
            config.policy = crate::config::PolicySource::Saved(PathBuf::from(name));
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
