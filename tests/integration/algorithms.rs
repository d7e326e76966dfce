//! DPTD, DPPG and DPAC do what their definitions say.

mod equality;
mod fed_nac;
mod invariants;
mod naive;
mod networks;
mod npg;
mod one_shot;
mod own_learner;
mod rec_nac;
mod recurrent;
mod sampled_gradients;
mod sampling;
mod schedules;

/// The example doubles as a test that a problem of one's own is learned.
#[path = "../../examples/own_problem.rs"]
#[expect(dead_code, reason = "an example's main")]
mod own_problem;

use dpac_actors::host::{self, Observers, Options, Outcome, Placement};
use dpac_actors::{Algorithm, StepSize};
use std::sync::Arc;

/// A whole run, with every message encoded and decoded.
fn run(algorithm: impl Algorithm + 'static, clients: u32, seed: u64) -> Outcome {
    run_built(Arc::new(algorithm), clients, seed)
}

fn run_built(algorithm: Arc<dyn Algorithm>, clients: u32, seed: u64) -> Outcome {
    let options = Options {
        clients,
        threads: 2,
        placement: Placement::Shard,
        wire_check: true,
        counting: true,
        seed,
        stop: Arc::default(),
        plant: None,
        tracer: None,
        snapshots: None,
        resume: None,
    };
    host::run(&algorithm, &options, Observers::default()).expect("a run without faults")
}

/// One of a run's results.
fn result(outcome: &Outcome, name: &str) -> Vec<f64> {
    let results = outcome.results.as_ref().expect("a run that was not stopped");
    results.iter().find(|vector| vector.name == name).expect("this result").values.to_vec()
}

/// `min(cap, scale / (offset + k))`.
fn harmonic(cap: f64, scale: f64, offset: f64) -> StepSize {
    StepSize { cap, scale, offset }
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// Numbers between -1 and 1 without a pattern.
pub(crate) fn scattered(n: usize, salt: u64) -> Vec<f64> {
    let word = |i: u64| i.wrapping_add(salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11;
    (0..n as u64).map(|i| word(i + 1) as f64 / (1u64 << 52) as f64 - 1.0).collect()
}
