//! Sizes of runs, drawn for every algorithm, with the configuration and the counts by hand that follow.

use dpac::algorithm::{Entry, Registry};
use dpac::config::Takes;
use proptest::prelude::*;

/// Sizes of a run on toggle, H = 2.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) entry: &'static Entry,
    pub(crate) lean: bool,
    pub(crate) clients: u64,
    pub(crate) rounds: u64,
    pub(crate) local_steps: u64,
    pub(crate) interval: u64,
    pub(crate) critic_rounds: u64,
    pub(crate) critic_local_steps: u64,
    /// Decides the algorithm's own keys.
    pub(crate) own: u64,
}

impl Sizes {
    /// A configuration that has every size, and every own key, that the algorithm reads.
    pub(crate) fn text(&self) -> String {
        let Sizes { entry, clients, .. } = self;
        let mut text = format!(
            "algorithm = {{ kind = \"{}\"{} }}\nproblem = {{ builtin = \"toggle\", horizon = 2 }}\n\
             output.evaluate_every = 0\nfederation.clients = {clients}\n",
            entry.name(),
            own_keys(entry, self.own)
        );
        text += network(entry);
        for (key, value) in [
            ("federation.lean", u64::from(self.lean)),
            ("critic.rounds", self.critic_rounds),
            ("critic.local_steps", self.critic_local_steps),
            ("actor.rounds", self.rounds),
            ("actor.local_steps", self.local_steps),
            ("actor.sync_interval", self.interval),
        ] {
            if entry.words.reads(key) {
                let value = if key == "federation.lean" { self.lean.to_string() } else { value.to_string() };
                text += &format!("{key} = {value}\n");
            }
        }
        text
    }

    /// Messages and floats (up, down) by formulas that are written by hand, the literal ones less what lean
    /// leaves out: for the algorithms of the paper.
    pub(super) fn by_hand(&self) -> Option<[(u64, u64); 2]> {
        let (m, r, re, p, q) = (self.clients, self.rounds, self.critic_rounds, 20, 20);
        let n = self.local_steps.div_ceil(self.interval);
        let lean = u64::from(self.lean);
        match self.entry.name() {
            "dptd" => Some([(m * re, m * re * q), (m * (re - lean), m * (re - lean) * q)]),
            "dppg" => {
                let down = (m * r * (1 + n - lean), m * r * (p + q + (n - lean) * p));
                Some([(m * r * n, m * r * n * p), down])
            }
            "dpac" => {
                let up = (m * r * (re + n), m * r * (re * q + n * p));
                let down =
                    if self.lean { up } else { (m * r * (2 + re + n), m * r * (2 * q + p + re * q + n * p)) };
                Some([up, down])
            }
            _ => None,
        }
    }
}

/// A policy for algorithms that improve networks and nothing else.
pub(crate) fn network(entry: &Entry) -> &'static str {
    let needs = entry.words.reads("actor.policy") && !entry.words.reads("actor.features");
    if needs { "actor.policy = { kind = \"indrnn\", hidden = 3 }\n" } else { "" }
}

/// Values of an algorithm's own keys: numbers of a few, and every word.
fn own_keys(entry: &Entry, mut choice: u64) -> String {
    let mut pick = |n: u64| {
        let picked = choice % n;
        choice /= n;
        picked
    };
    let keys = entry.words.keys.iter().map(|key| {
        let value = match key.takes {
            // Multiples of the least one: what goes by twos begins with two.
            Takes::Integer { least, most, .. } => (least + least.max(1) * pick(5)).min(most).to_string(),
            Takes::Positive { .. } => format!("{}.5", pick(3)),
            Takes::Share { .. } => ["0.5", "1", "0.25"][pick(3) as usize].to_owned(),
            Takes::Words { words } => format!("\"{}\"", words[pick(words.len() as u64) as usize].0),
        };
        format!(", {} = {value}", key.name)
    });
    keys.collect()
}

pub(crate) fn sizes() -> impl Strategy<Value = Sizes> {
    let clients = prop_oneof![1..6_u64, Just(63), Just(64), Just(65), Just(127), 128..131_u64];
    let entry = prop::sample::select(Registry::BUILTIN.entries().collect::<Vec<_>>());
    let steps = (1..4_u64, 1..8_u64, 1..10_u64, 1..4_u64, 1..4_u64);
    (entry, any::<bool>(), clients, steps, 0..1000_u64).prop_map(|(entry, lean, clients, steps, own)| {
        let (rounds, local_steps, interval, critic_rounds, critic_local_steps) = steps;
        // An algorithm that has no lean form reads no such key.
        let lean = lean && entry.words.reads("federation.lean");
        let clients = if entry.sizing.is_of_one_agent() { 1 } else { clients };
        Sizes { entry, lean, clients, rounds, local_steps, interval, critic_rounds, critic_local_steps, own }
    })
}
