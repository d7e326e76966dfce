//! FedNPG over a graph (Yang, Cen, Wei, Chen, Chi 2024): every client evaluates its own policy on its own
//! rewards, and heeds its neighbours.

pub(super) mod protocol;

use super::entry::{ClientEvaluation, Critic, Entry, Plan, Role};
use super::gossip::{Ascent, Ascents, Gossip, KEEPS, TRACKING};
use crate::config::Words;
use crate::theory::sizes::ROUNDS;
use dpac_actors::{Effort, Generator, Job, Order, StepSize};
use std::sync::Arc;

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
    keeps: KEEPS,
    build: |plan| {
        plan.tables()?;
        let order = Order { first_step: 0, steps: 1, step_size: StepSize::constant(plan.actor().eta) };
        Ok(Gossip::build(ENTRY.words.name, &plan, order, ascents(&plan)))
    },
};

fn ascents(plan: &Plan) -> Box<Ascents> {
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
