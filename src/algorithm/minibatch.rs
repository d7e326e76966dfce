//! Minibatch TD: in each round every client averages the steps of B trajectories at the same ψ.

mod protocol;

use super::entry::{Critic, Entry, Kept, Plan, Role};
use super::evaluating::Evaluating;
use super::evaluation::{EvaluationServer, NO_ACTOR, Rules};
use crate::config::{Key, Takes, Words};
use crate::theory::protocol::letter::Q;
use crate::theory::sizes::{Sizes, Sizing};
use dpac_actors::{Algorithm, Broadcast, Cause, Coordinator, Effort, Generator, Job, Kind, Learner, Reply};
use std::sync::Arc;

const BATCH: Key = Key {
    name: "batch",
    meaning: "B, trajectories of each client in one round",
    takes: Takes::Integer { least: 1, most: 1_000_000_000, default: Some(16) },
};

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: "minibatch",
        summary: "Minibatch TD: one step in each round, the mean of all clients' batches at the same ψ.",
        keys: &[BATCH],
        reads: &[
            "policy",
            "trajectories",
            "federation.clients",
            "federation.lean",
            "critic.rounds",
            "critic.features",
            "critic.alpha",
            "critic.eta",
            "critic.average_from",
            "critic.weights",
            "critic.server_line",
        ],
        instead: &[
            NO_ACTOR,
            (
                "critic.local_steps",
                "it takes one step in each round, from `batch` trajectories: remove the key",
            ),
        ],
    },
    package: env!("CARGO_PKG_NAME"),
    source: "The usual baseline of synchronous averaging; DPTD (Zhang, Salgia, Chi 2024, Algorithm 2) with K = 1 where B = 1",
    role: Role::Evaluates,
    critic: Critic::Learned,
    sizing: Sizing {
        defaults: Sizes { critic_rounds: 256, ..Sizes::NONE },
        rule: |request, own| {
            let of_budget = |t: u64| (t / own.get(protocol::B).unwrap_or(1).max(1)).max(1);
            let critic_rounds = request.trajectories.map(of_budget).or(request.critic_rounds).unwrap_or(1);
            Ok(Sizes { critic_rounds, critic_local_steps: 1, ..Sizes::NONE })
        },
        formulas: &[("critic.rounds", "max(1, floor(T / B))")],
    },
    letters: &[(protocol::B, &BATCH)],
    protocol: protocol::protocol,
    keeps: &[Kept { length: Q, live: 2, saved: 2 }],
    build: |plan| Ok(Arc::new(Minibatch(plan))),
};

struct Minibatch(Plan);

impl Algorithm for Minibatch {
    fn name(&self) -> &str {
        ENTRY.words.name
    }

    fn kinds(&self) -> &[Kind] {
        EvaluationServer::kinds()
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        let Plan { workers, lean, .. } = &self.0;
        let length = workers.stacked_critic();
        Box::new(EvaluationServer::new(self.0.critic(), *lean, length, Rules::default()))
    }

    fn learner(&self) -> Box<dyn Learner> {
        let evaluating = Evaluating::new(&*self.0.workers, &self.0.theta);
        let batch = self.0.own.integer(&BATCH).unwrap_or(1);
        Box::new(Worker { at: evaluating.psi.clone(), evaluating, batch })
    }
}

struct Worker {
    evaluating: Evaluating,
    batch: u64,
    /// ψ, at which a step's trajectories are looked at while their sum moves the reply.
    at: Vec<f64>,
}

impl Learner for Worker {
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        self.evaluating.prepare(broadcast)
    }

    fn steps(&mut self, job: &Job, _: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort {
        let Evaluating { trajectories, differences, psi } = &mut self.evaluating;
        let psi = reply.copy_of(0, psi);
        differences.set_step(job.order.step_size.at(0) / self.batch as f64);
        for _ in 0..job.order.steps {
            self.at.copy_from_slice(psi);
            let mut left = self.batch;
            while left > 0 {
                left -= trajectories.sample(job.client, left, Evaluating::NEEDS, rng) as u64;
                differences.add_steps(trajectories.features(), trajectories.rewards(), &self.at, psi);
            }
        }
        self.evaluating.effort(job, self.batch)
    }
}
