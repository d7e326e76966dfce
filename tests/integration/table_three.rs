//! The evaluations of the paper's Table 3, each against DPTD or a plain loop.

mod fed_td;
mod minibatch;

use crate::whole_run::resolved;
use dpac::experiment::Resolved;
use dpac_actors::host::{self, Observer, Observers};
use dpac_actors::{Ledger, Milestone};
use std::sync::mpsc::{Sender, channel};

/// What an evaluation went through: `ψ̃` after each round, and its result, as bits.
#[derive(Debug, PartialEq)]
struct Evaluated {
    iterates: Vec<Vec<u64>>,
    result: Vec<u64>,
}

struct Told(Sender<Vec<u64>>);

impl Observer for Told {
    fn round_ended(&mut self, milestone: &Milestone, _: &Ledger) {
        self.0.send(bits(&milestone.vectors[0].values)).expect("somebody listens");
    }
}

fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn numbers(bits: &[u64]) -> Vec<f64> {
    bits.iter().map(|&bits| f64::from_bits(bits)).collect()
}

/// Runs the evaluation of a configuration on two threads.
fn evaluated(text: &str, settings: &[&str]) -> Evaluated {
    let (Resolved { algorithm, config, .. }, _) = resolved(text, settings);
    let (told, heard) = channel();
    let options = host::Options::new(config.federation.clients, 2, config.seed);
    let outcome = host::run(&algorithm, &options, Observers::default().with(Told(told))).expect("no fault");
    let results = outcome.results.expect("it comes to its end");
    Evaluated { iterates: heard.iter().collect(), result: bits(&results[0].values) }
}
