//! DPTD (Algorithm 2) alone: the evaluation of one policy, which every client knows.

pub(super) mod protocol;

use super::entry::{Critic, Entry, Kept, Role};
use super::evaluation::{EvaluationServer, NO_ACTOR, NO_WARM_START, READS_OF_DPTD, Rules};
use super::learner::Start;
use super::setting::CriticPlan;
use super::workers::Workers;
use crate::config::Words;
use crate::theory::protocol::letter::Q;
use crate::theory::sizes::EVALUATION;
use dpac_actors::{Algorithm, Coordinator, Kind, Learner};
use std::sync::Arc;

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: "dptd",
        summary: "Evaluation of one policy by temporal differences (Algorithm 2).",
        keys: &[],
        reads: READS_OF_DPTD,
        instead: &[NO_ACTOR, NO_WARM_START],
    },
    package: env!("CARGO_PKG_NAME"),
    source: "Zhang, Salgia, Chi 2024, Algorithm 2",
    role: Role::Evaluates,
    critic: Critic::Learned,
    sizing: EVALUATION,
    letters: &[],
    protocol: protocol::protocol,
    keeps: &[Kept { length: Q, live: 2, saved: 2 }],
    build: |plan| Ok(Arc::new(Dptd::new(Arc::clone(&plan.workers), plan.critic(), plan.lean, plan.theta))),
};

/// Distributed policy evaluation by temporal differences.
///
/// No message opens it: policy, ψ = 0 and sizes are inputs that every client has.
pub struct Dptd {
    workers: Arc<dyn Workers>,
    plan: CriticPlan,
    lean: bool,
    theta: Arc<[f64]>,
}

impl Dptd {
    /// The evaluation of `π^theta`.
    ///
    /// # Panics
    /// If there is no round, or `R_0` leaves none to average.
    pub fn new(workers: Arc<dyn Workers>, plan: CriticPlan, lean: bool, theta: Arc<[f64]>) -> Self {
        plan.check();
        Dptd { workers, plan, lean, theta }
    }
}

impl Algorithm for Dptd {
    fn name(&self) -> &str {
        "dptd"
    }

    fn kinds(&self) -> &[Kind] {
        EvaluationServer::kinds()
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        let length = self.workers.stacked_critic();
        Box::new(EvaluationServer::new(self.plan.clone(), self.lean, length, Rules::default()))
    }

    fn learner(&self) -> Box<dyn Learner> {
        let start = Start::Evaluation { theta: &self.theta };
        self.workers.learner(start)
    }
}
