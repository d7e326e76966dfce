//! `dpac evaluate`.

use super::load::run_directory;
use super::{BAD_INPUT, FAILED, complain, numbers, say};
use crate::config::{Algorithm, Loaded};
use crate::exact::{Budget, Method};
use crate::experiment::{Input, read_policies, resolve};
use crate::pomdp::builtin;
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

pub(super) fn main(arguments: &Arguments) -> u8 {
    let Some(directory) = run_directory(&arguments.run) else { return BAD_INPUT };
    let names: Vec<_> = builtin::names().collect();
    let config = Loaded::read(&directory.file("config.toml")).and_then(|loaded| {
        let config = loaded.config(&names)?;
        Ok((loaded, config))
    });
    let (loaded, config) = match config {
        Ok(config) => config,
        Err(errors) => return bad(&errors.to_string()),
    };
    let input = match Input::read(&loaded, &config) {
        Ok(input) => input,
        Err(error) => return bad(&error.to_string()),
    };
    let resolved = match resolve(config, &input) {
        Ok(resolved) => resolved,
        Err(error) => return bad(&error.to_string()),
    };
    if resolved.config.algorithm == Algorithm::Dptd {
        return bad("DPTD evaluates one policy and saves none; its value is in summary.json");
    }
    let policies = match read_policies(&directory.file("policies.npy"), resolved.subject.d_theta()) {
        Ok(policies) => policies,
        Err(error) => return bad(&format!("{error}; was it run with output.keep_policies = \"all\"?")),
    };
    let last = match std::fs::read(directory.file("policy.json")).map_err(|error| error.to_string()).and_then(
        |bytes| {
            serde_json::from_slice::<crate::experiment::SavedPolicy>(&bytes)
                .map_err(|error| error.to_string())
        },
    ) {
        Ok(policy) => policy.theta,
        Err(error) => return bad(&format!("no last policy: {error}")),
    };
    if last.len() != resolved.subject.d_theta() {
        return bad("policy.json does not fit the configuration");
    }
    let budget = Budget { exact_operations: 200_000_000, episodes: arguments.episodes };
    let value = |theta: &[f64], round: u32| {
        let key = StreamKey {
            seed: resolved.config.seed,
            purpose: Purpose::Evaluation,
            client: 2,
            round,
            phase: 0,
            sync: 0,
        };
        resolved.subject.value(theta, budget, &mut key.generator())
    };
    let estimates: Vec<_> = policies.iter().zip(0..).map(|(theta, round)| value(theta, round)).collect();
    let last = value(&last, policies.len() as u32);
    let mixture =
        estimates.iter().fold(0.0, |sum, estimate| sum + estimate.value_raw) / estimates.len() as f64;
    if !mixture.is_finite() {
        complain("no policy was saved before the run ended", None);
        return FAILED;
    }
    let method = match last.method {
        Method::DynamicProgramming => "exact, by dynamic programming".to_owned(),
        Method::Enumeration => "exact, by enumeration".to_owned(),
        Method::MonteCarlo { episodes, standard_error } => {
            format!("Monte-Carlo over {episodes} episodes, standard error {standard_error:.4}")
        }
    };
    if arguments.json {
        let rounds: Vec<_> = estimates.iter().map(|estimate| estimate.value_raw).collect();
        let json = serde_json::json!({
            "rounds": rounds, "last": last.value_raw, "mixture": mixture, "method": method,
        });
        return say(&format!("{json:#}\n"));
    }
    let name = directory.path().display();
    let mut text = format!("{name}\n  values in the problem's own units, {method}\n\n");
    for (round, estimate) in estimates.iter().enumerate().step_by(arguments.every as usize) {
        let _ = writeln!(text, "  round {round:>6}  {:>14.6}", estimate.value_raw);
    }
    let _ = writeln!(text, "  last          {:>14.6}", last.value_raw);
    let rounds = numbers::grouped(estimates.len() as u64 - 1);
    let _ = writeln!(text, "  mixture       {mixture:>14.6}   uniform over rounds 0 to {rounds}");
    say(&text)
}

fn bad(message: &str) -> u8 {
    complain(message, None);
    BAD_INPUT
}
