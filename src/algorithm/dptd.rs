//! DPTD (Algorithm 2) alone: the evaluation of one policy, which every client knows.

pub(super) mod protocol;

use super::critic::{CriticServer, Numbering, only};
use super::entry::{Critic, Entry, Kept, Role};
use super::kinds;
use super::learner::Start;
use super::setting::CriticPlan;
use super::workers::Workers;
use crate::config::Words;
use crate::theory::protocol::letter::Q;
use crate::theory::sizes::EVALUATION;
use dpac_actors::{
    Algorithm, Cause, Coordinator, Ended, Kind, Learner, Milestone, Named, StateReader, StateWriter, Then,
    Turn, VectorName,
};
use std::sync::Arc;

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: "dptd",
        summary: "Evaluation of one policy by temporal differences (Algorithm 2).",
        keys: &[],
        reads: &[
            "schedule",
            "trajectories",
            "policy",
            "federation.*",
            "critic.rounds",
            "critic.local_steps",
            "critic.features",
            "critic.alpha",
            "critic.eta",
            "critic.average_from",
        ],
        instead: &[
            ("actor", "DPTD evaluates one policy, the key `policy`: remove the actor's keys"),
            ("critic.init", "DPTD evaluates once, from zero: remove the key"),
        ],
    },
    source: "Zhang, Salgia, Chi 2024, Algorithm 2",
    role: Role::Evaluates,
    critic: Critic::Learned,
    sizing: EVALUATION,
    letters: &[],
    protocol: protocol::protocol,
    keeps: &[Kept { length: Q, live: 2, saved: 2 }],
    build: |plan| Arc::new(Dptd::new(Arc::clone(&plan.workers), plan.critic(), plan.lean, plan.theta)),
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
        &kinds::DPAC[..2]
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        let start = vec![0.0; self.workers.stacked_critic()].into();
        Box::new(DptdServer { critic: CriticServer::new(self.plan.clone(), self.lean, start), serial: 0 })
    }

    fn learner(&self) -> Box<dyn Learner> {
        let start = Start::Evaluation { theta: &self.theta };
        Arc::clone(&self.workers).learner(start)
    }
}

struct DptdServer {
    critic: CriticServer,
    serial: u64,
}

impl Coordinator for DptdServer {
    fn start(&mut self) -> Result<Turn, Cause> {
        let work = self.critic.work(Numbering::Alone, true);
        Ok(Turn { broadcasts: Vec::new(), milestone: None, then: Then::Work(work) })
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        self.critic.averaged(&only(ended.aggregate)?)?;
        let broadcasts = self.critic.sync(Numbering::Alone, &mut self.serial).into_iter().collect();
        let named = |values| Named { name: VectorName::Psi, values };
        let milestone =
            Some(Milestone { round: ended.round, vectors: vec![named(Arc::clone(self.critic.psi()))] });
        let then = if self.critic.finished() {
            Then::Finish(vec![named(self.critic.output())])
        } else {
            Then::Work(self.critic.work(Numbering::Alone, false))
        };
        Ok(Turn { broadcasts, milestone, then })
    }

    fn save(&self) -> Option<Vec<u8>> {
        let mut state = StateWriter::new();
        self.critic.save(&mut state);
        Some(state.integer(self.serial).finish())
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), Cause> {
        let mut state = StateReader::new(saved);
        self.critic.restore(&mut state)?;
        self.serial = state.count()?;
        state.finish()
    }
}
