//! The methods of the paper's Table 2, against what they must come to.

mod fed_npg;

use crate::whole_run::resolved;
use dpac::experiment::Resolved;
use dpac_actors::host::{self, Observer, Observers};
use dpac_actors::{Ledger, Milestone};
use std::sync::mpsc::{Sender, channel};

/// What a run went through: the policy of each round, and its last.
pub(crate) struct Improved {
    pub(crate) policies: Vec<Vec<f64>>,
    pub(crate) last: Vec<f64>,
}

struct Told(Sender<Vec<f64>>);

impl Observer for Told {
    fn round_ended(&mut self, milestone: &Milestone, _: &Ledger) {
        let theta = milestone.vectors.iter().find(|vector| vector.name == "theta").expect("a policy");
        self.0.send(theta.values.to_vec()).expect("somebody listens");
    }
}

/// Runs a configuration on two threads.
pub(crate) fn improved(text: &str, settings: &[&str]) -> Improved {
    let (Resolved { algorithm, config, .. }, _) = resolved(text, settings);
    let (told, heard) = channel();
    let options = host::Options::new(config.federation.clients, 2, config.seed);
    let outcome = host::run(&algorithm, &options, Observers::default().with(Told(told))).expect("no fault");
    let results = outcome.results.expect("it comes to its end");
    let last = results.iter().find(|vector| vector.name == "theta").expect("a policy");
    Improved { policies: heard.iter().collect(), last: last.values.to_vec() }
}

/// The largest difference of two vectors.
pub(crate) fn apart(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |most, (a, b)| f64::max(most, (a - b).abs()))
}
