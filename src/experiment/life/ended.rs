//! How a run ended: its ledger against the closed form, its values, its summary.

use super::advice::smaller_steps;
use super::recorder::Recorded;
use crate::algorithm::Role;
use crate::algorithm::{PSI, THETA};
use crate::exact::{Estimate, Method};
use crate::experiment::communication::{differences, measured};
use crate::experiment::directory::{
    Communication, LedgerRecord, ProblemSummary, SizesSummary, Status, Summary, Value,
};
use crate::experiment::resolve::{EVALUATION, RESULTS_EPOCH, Resolved};
use crate::theory::counts::Counts;
use crate::theory::protocol::letter::{P, Q};
use dpac_actors::host::Outcome;
use dpac_actors::{Cause, Fault, Named, Purpose, StreamKey};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The society's end, judged.
pub(crate) struct Ended {
    pub(crate) status: Status,
    error: Option<String>,
    /// The vector that has a component which is no number.
    overflowed: Option<&'static str>,
    /// The algorithm's results; none of a run that did not come to its end.
    pub(crate) results: Option<Vec<Named>>,
    counts: Option<Counts>,
    ledger: Option<LedgerRecord>,
    differences: Vec<String>,
}

impl Ended {
    pub(crate) fn new(outcome: Result<Outcome, Fault>, resolved: &Resolved) -> Self {
        let closed_form = &resolved.closed_form;
        let clients = resolved.config.federation.clients;
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(fault) => {
                return Ended {
                    status: Status::Failed,
                    error: Some(fault.to_string()),
                    overflowed: match fault.cause {
                        Cause::NotFinite { vector, .. } => Some(vector),
                        _ => None,
                    },
                    results: None,
                    counts: None,
                    ledger: None,
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
        let (counts, ledger) = (Some(counts), Some(LedgerRecord::of(&outcome.ledger)));
        let mut vectors = outcome.results.iter().flatten();
        let overflowed = vectors.find(|named| named.values.iter().any(|value| !value.is_finite()));
        let overflowed = overflowed.map(|named| named.name);
        Ended { status, error, overflowed, results: outcome.results, counts, ledger, differences: found }
    }

    /// What may help, where a vector has left the range of numbers.
    pub(crate) fn help(&self, resolved: &Resolved) -> Option<String> {
        self.overflowed.and_then(|vector| smaller_steps(resolved.entry, &resolved.config, vector))
    }

    pub(crate) fn vector(&self, name: &str) -> Option<&Arc<[f64]>> {
        self.results.as_ref()?.iter().find(|named| named.name == name).map(|named| &named.values)
    }

    /// The run in numbers; who ran it, and the digests, are the caller's to fill in.
    pub(crate) fn summary(self, resolved: &Resolved, recorded: &Recorded, wall_seconds: f64) -> Summary {
        let Resolved { config, sizes, shape, .. } = resolved;
        let model = resolved.problem.hidden();
        let value = self.values(resolved, recorded);
        let bellman_error = self.bellman_error(resolved, recorded);
        let (status, error) = match self.not_a_number(&value, bellman_error) {
            Some(error) if self.status == Status::Complete => (Status::Failed, Some(error)),
            _ => (self.status, self.error),
        };
        let counts = self.counts.unwrap_or_default();
        let clients = u64::from(config.federation.clients);
        let env_steps = counts.env_steps_per_client * clients;
        Summary {
            status,
            error,
            program: String::new(),
            algorithm: resolved.algorithm.name().to_owned(),
            seed: config.seed,
            config_digest: String::new(),
            reward_range: model.units().range(),
            problem: ProblemSummary {
                name: model.name().to_owned(),
                states: model.states(),
                actions: model.actions(),
                observations: resolved.problem.observations(),
                horizon: resolved.horizon(),
                discount: resolved.gamma,
                clients: config.problem.clients.filter(|clients| clients.variation().is_some()),
            },
            sizes: SizesSummary {
                clients,
                rounds: sizes.rounds,
                actor_local_steps: sizes.actor_local_steps,
                actor_sync_interval: sizes.actor_sync_interval,
                critic_rounds: sizes.critic_rounds,
                critic_local_steps: sizes.critic_local_steps,
                d_theta: shape.get(P),
                d_q: resolved.subject.d_q() as u64,
                stacked_critic: shape.get(Q),
            },
            value,
            bellman_error,
            trajectories_per_client: counts.trajectories_per_client,
            env_steps_per_client: counts.env_steps_per_client,
            server_work: counts.server_work.clone(),
            communication: Communication::from(&counts),
            ledger: self.ledger,
            local_steps: counts.local_steps.into(),
            barriers_by_phase: counts.barriers_by_phase.into(),
            closed_form: Communication::from(&resolved.closed_form),
            closed_form_holds: self.differences.is_empty() && self.status == Status::Complete,
            closed_form_differences: self.differences,
            digest: None,
            results_epoch: RESULTS_EPOCH,
            files: BTreeMap::new(),
            began_unix_seconds: recorded.began_unix_seconds,
            wall_seconds,
            env_steps_per_second: env_steps as f64 / wall_seconds,
            threads: 0,
            placement: String::new(),
        }
    }

    /// The first of the results that is infinite or no number at all: such a run has not succeeded, whatever
    /// it has counted.
    fn not_a_number(&self, value: &Value, bellman_error: Option<f64>) -> Option<String> {
        for Named { name, values } in self.results.iter().flatten() {
            if let Some(at) = values.iter().position(|value| !value.is_finite()) {
                let what = values[at];
                return Some(format!("component {at} of the last {name} is {what}"));
            }
        }
        let values = [
            ("value of the uniform policy", value.uniform),
            ("value of the last policy", value.last),
            ("value of the mixture", value.mixture),
            ("optimum", value.optimum),
            ("standard error", value.standard_error),
            ("Bellman error", bellman_error),
        ];
        let (name, value) =
            values.into_iter().find(|(_, value)| value.is_some_and(|value| !value.is_finite()))?;
        Some(format!(
            "the {name} is {}: rewards of this size leave the range of numbers",
            value.unwrap_or_default()
        ))
    }

    /// Of the last critic. It belongs to the policy that the last round used.
    fn bellman_error(&self, resolved: &Resolved, recorded: &Recorded) -> Option<f64> {
        let (psi, theta) = (self.vector(PSI)?, recorded.last_theta.as_ref()?);
        let found = resolved.subject.bellman_error(theta, psi, EVALUATION.exact_operations).ok()?;
        Some(found.error)
    }

    fn values(&self, resolved: &Resolved, recorded: &Recorded) -> Value {
        let Resolved { config, subject, evaluated, .. } = resolved;
        let evaluate = |theta: &[f64], number: u32| -> Estimate {
            let key = StreamKey {
                seed: config.seed,
                purpose: Purpose::Evaluation,
                client: 1,
                round: number,
                phase: 0,
                barrier: 0,
            };
            subject.value(theta, EVALUATION, &mut key.generator())
        };
        let uniform = evaluate(&vec![0.0; subject.d_theta()], 0);
        let last = match self.vector(THETA) {
            Some(theta) => Some(evaluate(theta, 1)),
            None if !evaluated.is_empty() => Some(evaluate(evaluated, 1)),
            None => None,
        };
        let every_round = config.output.evaluate_every == 1 && resolved.entry.role == Role::Improves;
        let Estimate { method, rounding, .. } = last.unwrap_or(uniform);
        let optimum = resolved.optimum();
        Value {
            uniform: Some(uniform.value_raw),
            last: last.map(|estimate| estimate.value_raw),
            mixture: (every_round && recorded.values > 0)
                .then(|| recorded.value_sum / recorded.values as f64),
            optimum: optimum.map(|optimum| optimum.value),
            optimum_error: optimum.map(|optimum| optimum.error),
            method: method_name(method).to_owned(),
            standard_error: match method {
                Method::MonteCarlo { standard_error, .. } => Some(standard_error),
                _ => None,
            },
            rounding: match method {
                Method::MonteCarlo { .. } => None,
                _ => Some(rounding),
            },
        }
    }
}

fn method_name(method: Method) -> &'static str {
    match method {
        Method::DynamicProgramming => "dynamic programming",
        Method::Enumeration => "enumeration",
        Method::MonteCarlo { .. } => "Monte-Carlo",
    }
}
