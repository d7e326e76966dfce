//! FedTD(0) (Wang, Mitra, Hassani, Pappas, Anderson 2024): local TD steps of one size, a server step, a
//! projection, the last iterate.

mod protocol;

use super::entry::{Critic, Entry, Kept, Role};
use super::evaluation::{EvaluationServer, NO_ACTOR, NO_WARM_START, Rules};
use super::learner::Start;
use super::setting::CriticPlan;
use super::workers::Workers;
use crate::config::{Key, Takes, Words};
use crate::theory::protocol::letter::Q;
use crate::theory::sizes::EVALUATION;
use dpac_actors::{Algorithm, Coordinator, Kind, Learner};
use std::sync::Arc;

const RADIUS: Key = Key {
    name: "radius",
    meaning: "B, of the ball around 0 to which the server holds ψ; without it there is no projection",
    takes: Takes::Positive { default: None },
};

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: "fed-td",
        summary: "FedTD(0): evaluation by local TD steps of one size, with a server step; the result is the last iterate.",
        keys: &[RADIUS],
        reads: &[
            "policy",
            "federation.clients",
            "federation.lean",
            "critic.rounds",
            "critic.local_steps",
            "critic.features",
            "critic.alpha",
            "critic.eta",
        ],
        instead: &[
            NO_ACTOR,
            ("schedule", "its steps are constants, critic.alpha and critic.eta: remove the key"),
            (
                "trajectories",
                "no rule makes its sizes of a budget: give critic.rounds and critic.local_steps",
            ),
            (
                "critic.average_from",
                "its result is the last iterate, of which nothing is averaged: remove the key",
            ),
            NO_WARM_START,
        ],
    },
    package: env!("CARGO_PKG_NAME"),
    source: "Wang, Mitra, Hassani, Pappas, Anderson 2024, Federated Temporal Difference Learning with Linear Function \
             Approximation under Environmental Heterogeneity, arXiv 2302.02212",
    role: Role::Evaluates,
    critic: Critic::Learned,
    sizing: EVALUATION,
    letters: &[],
    protocol: protocol::protocol,
    keeps: &[Kept { length: Q, live: 2, saved: 2 }],
    build: |plan| {
        Ok({
            let rules = Rules { radius: plan.own.real(&RADIUS), last: true };
            Arc::new(FedTd {
                plan: plan.critic(),
                lean: plan.lean,
                rules,
                theta: plan.theta,
                workers: plan.workers,
            })
        })
    },
};

/// DPTD's messages and local steps, with `α_r` and `η_r` constant and other [`Rules`].
struct FedTd {
    workers: Arc<dyn Workers>,
    plan: CriticPlan,
    lean: bool,
    rules: Rules,
    theta: Arc<[f64]>,
}

impl Algorithm for FedTd {
    fn name(&self) -> &str {
        "fed-td"
    }

    fn kinds(&self) -> &[Kind] {
        EvaluationServer::kinds()
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        let length = self.workers.stacked_critic();
        Box::new(EvaluationServer::new(self.plan.clone(), self.lean, length, self.rules))
    }

    fn learner(&self) -> Box<dyn Learner> {
        self.workers.learner(Start::Evaluation { theta: &self.theta })
    }
}
