//! `dpac evaluate`.

use super::console::{BAD_INPUT, FAILED, complain, say, say_json};
use super::load::{is_whole, run_directory};
use super::numbers;
use crate::algorithm::{Registry, Role};
use crate::config::Loaded;
use crate::exact::{Budget, Estimate, Method};
use crate::experiment::{
    Files, LoadError, PoliciesError, Prepared, Resolved, RunDirectory, SavedPolicy, read_policies,
};
use crate::files::{POLICY_BYTES_MAX, read_bounded};
use crate::visible::shown;
use clap::Args;
use dpac_actors::{Purpose, StreamKey};
use std::fmt::Write;
use std::path::PathBuf;

/// Evaluate the saved policies of a run: each round, the last, the mixture
#[derive(Args)]
#[command(after_help = "Example:\n  dpac evaluate runs/tiger-dpac-1234abcd-s0 --every 16")]
pub(super) struct Arguments {
    /// A directory that `dpac run` has made
    #[arg(value_name = "RUN_DIR")]
    run: PathBuf,
    /// List every n-th round only; the mixture is always over all
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    every: u32,
    /// Episodes where no exact evaluation is possible
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(2..))]
    episodes: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn main(arguments: &Arguments, registry: Registry) -> u8 {
    let Some(directory) = run_directory(&arguments.run) else { return BAD_INPUT };
    if !is_whole(&directory) {
        return BAD_INPUT;
    }
    let prepared = Loaded::of_run(&directory.file("config.toml"))
        .map_err(LoadError::from)
        .and_then(|loaded| Prepared::load(loaded, registry, &Files::regular()));
    let resolved = match prepared {
        Ok(Prepared { resolved, .. }) => resolved,
        Err(error) => return bad(&error.to_string()),
    };
    if resolved.entry.role == Role::Evaluates {
        let name = resolved.entry.name().to_uppercase();
        return bad(&format!("{name} evaluates one policy and saves none; its value is in summary.json"));
    }
    let saved = match Saved::read(&directory, &resolved) {
        Ok(saved) => saved,
        Err(message) => return bad(&message),
    };
    let budget = Budget { exact_operations: 200_000_000, episodes: arguments.episodes };
    let value = |theta: &[f64], round: usize| {
        let key = StreamKey {
            seed: resolved.config.seed,
            purpose: Purpose::Evaluation,
            client: 2,
            round: round as u32,
            phase: 0,
            barrier: 0,
        };
        resolved.subject.value(theta, budget, &mut key.generator())
    };
    let values = Values {
        rounds: saved.rounds.iter().enumerate().map(|(round, theta)| value(theta, round)).collect(),
        last: saved.last.map(|theta| value(&theta, saved.rounds.len())),
    };
    let all = values.rounds.iter().chain(&values.last);
    if let Some(estimate) = all.into_iter().find(|estimate| !estimate.value_raw.is_finite()) {
        let message = format!(
            "a policy's value is {}: rewards of this size leave the range of numbers",
            estimate.value_raw
        );
        complain(&message, None);
        return FAILED;
    }
    if arguments.json {
        say_json(&values.json())
    } else {
        say(&values.table(&directory, arguments.every as usize))
    }
}

/// The policies that a run has left: all of its rounds, the last, or both, as `output.keep_policies` and its
/// end allow.
struct Saved {
    rounds: Vec<Vec<f64>>,
    last: Option<Vec<f64>>,
}

impl Saved {
    fn read(directory: &RunDirectory, resolved: &Resolved) -> Result<Saved, String> {
        let (matrix, policy) = (directory.file("policies.npy"), directory.file("policy.json"));
        let parameters = resolved.subject.d_theta();
        let rounds = match read_policies(&matrix, parameters) {
            Ok(rounds) => rounds,
            Err(PoliciesError::Unreadable(error)) if error.is_not_found() => Vec::new(),
            Err(error) => return Err(error.to_string()),
        };
        let last = match read_bounded(&policy, POLICY_BYTES_MAX) {
            Ok(bytes) => {
                let saved = SavedPolicy::parse(&bytes);
                let saved = saved.map_err(|error| format!("{}: {error}", shown(&policy)))?;
                if saved.theta.len() != parameters {
                    return Err(format!("{} does not fit the run's configuration", shown(&policy)));
                }
                Some(saved.theta)
            }
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(format!("cannot read {}: {error}", shown(&policy))),
        };
        if rounds.is_empty() && last.is_none() {
            let name = shown(directory.path());
            return Err(format!("{name} holds no policy: was it run with output.keep_policies = \"none\"?"));
        }
        Ok(Saved { rounds, last })
    }
}

struct Values {
    rounds: Vec<Estimate>,
    last: Option<Estimate>,
}

impl Values {
    /// The uniform mixture over the rounds, if they were kept.
    fn mixture(&self) -> Option<f64> {
        let sum = self.rounds.iter().fold(0.0, |sum, estimate| sum + estimate.value_raw);
        (!self.rounds.is_empty()).then(|| sum / self.rounds.len() as f64)
    }

    /// The most that rounding may have done to any of the exact ones.
    fn rounding(&self) -> f64 {
        let all = self.rounds.iter().chain(&self.last);
        all.fold(0.0, |most, estimate| most.max(estimate.rounding))
    }

    fn method(&self) -> String {
        let error = self.rounding();
        match self.last.or(self.rounds.last().copied()).map(|estimate| estimate.method) {
            None => "nothing was evaluated".to_owned(),
            Some(Method::DynamicProgramming) => format!("exact to {error:.1e}, by dynamic programming"),
            Some(Method::Enumeration) => format!("exact to {error:.1e}, by enumeration"),
            Some(Method::MonteCarlo { episodes, standard_error }) => {
                format!("Monte-Carlo over {episodes} episodes, standard error {standard_error:.4}")
            }
        }
    }

    fn json(&self) -> serde_json::Value {
        let rounds: Vec<_> = self.rounds.iter().map(|estimate| estimate.value_raw).collect();
        serde_json::json!({
            "rounds": rounds,
            "last": self.last.map(|estimate| estimate.value_raw),
            "mixture": self.mixture(),
            "method": self.method(),
            "rounding": self.rounding(),
        })
    }

    fn table(&self, directory: &RunDirectory, every: usize) -> String {
        let name = shown(directory.path());
        let shown_value = |value| numbers::value(Some(value));
        let mut text = format!("{name}\n  values in the problem's own units, {}\n\n", self.method());
        for (round, estimate) in self.rounds.iter().enumerate().step_by(every) {
            let _ = writeln!(text, "  round {round:>6}  {:>14}", shown_value(estimate.value_raw));
        }
        if let Some(last) = self.last {
            let _ = writeln!(text, "  last          {:>14}", shown_value(last.value_raw));
        }
        if let Some(mixture) = self.mixture() {
            let rounds = numbers::grouped(self.rounds.len() as u64 - 1);
            let mixture = shown_value(mixture);
            let _ = writeln!(text, "  mixture       {mixture:>14}   uniform over rounds 0 to {rounds}");
        }
        text
    }
}

fn bad(message: &str) -> u8 {
    complain(message, None);
    BAD_INPUT
}
