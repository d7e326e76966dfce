//! FedNPG over a graph (Yang, Cen, Wei, Chen, Chi 2024): every client evaluates its own policy on its own
//! rewards, and heeds its neighbours.

pub(super) mod protocol;

use super::entry::{ClientEvaluation, Critic, Entry, Plan, Role};
use super::gossip::{Ascent, Gossip};
use crate::config::{Key, Takes, Words};
use crate::theory::sizes::ROUNDS;
use dpac_actors::{Effort, Generator, Job, Order, StepSize};
use std::sync::Arc;

pub(super) const TRACKING: Key = Key {
    name: "tracking",
    meaning: "whether clients track the mean of their directions, or go by their own",
    takes: Takes::Words {
        words: &[
            ("yes", "they track it: one more letter over every link from the second iteration on"),
            ("no", "each goes by its own direction"),
        ],
    },
};

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: "fed-npg-gossip",
        summary: "FedNPG over a graph: clients evaluate by themselves, and write to their neighbours.",
        keys: &[TRACKING],
        reads: &[
            "federation.clients",
            "federation.graph",
            "critic.features",
            "actor.rounds",
            "actor.features",
            "actor.eta",
        ],
        instead: &[
            ("critic", "clients evaluate exactly, in `critic.features`: remove the key"),
            ("trajectories", "it samples none: give actor.rounds"),
            ("actor", "it has no local steps: remove the key"),
        ],
    },
    package: env!("CARGO_PKG_NAME"),
    source: "Yang, Cen, Wei, Chen, Chi 2024, Federated Natural Policy Gradient and Actor Critic Methods for Multi-task \
             Reinforcement Learning, arXiv 2311.00201",
    role: Role::Improves,
    critic: Critic::Exact,
    sizing: ROUNDS,
    letters: &[],
    protocol: protocol::protocol,
    keeps: super::gossip::KEEPS,
    build: |plan| {
        plan.tables()?;
        let actor = plan.actor();
        Ok(Arc::new(Gossip {
            name: ENTRY.words.name,
            graph: Arc::clone(&plan.graph),
            tracking: plan.own.is(&TRACKING, "yes"),
            rounds: actor.rounds,
            order: Order { first_step: 0, steps: 1, step_size: StepSize::constant(actor.eta) },
            eta: actor.eta,
            parameters: plan.workers.d_theta(),
            ascents: ascents(&plan),
        }))
    },
};

fn ascents(plan: &Plan) -> Box<super::gossip::Ascents> {
    let oracle = Arc::clone(&plan.client_oracle);
    Box::new(move || Box::new(Exact { oracle: Arc::clone(&oracle) }))
}

/// `Q_m^π`, exactly.
struct Exact {
    oracle: Arc<ClientEvaluation>,
}

impl Ascent for Exact {
    fn direction(
        &mut self,
        job: &Job<'_>,
        theta: &[f64],
        _: &mut Generator,
        direction: &mut [f64],
    ) -> Effort {
        let q = (self.oracle)(job.client, theta, 0.0).expect("there was one of the first policy");
        direction.copy_from_slice(&q);
        Effort { local_steps: job.order.steps, trajectories: 0, environment_steps: 0 }
    }
}
