//! DPPG (Algorithm 3): natural policy gradient by regression, on a critic that somebody else provides.

pub(super) mod protocol;

use super::critic::only;
use super::entry::{Critic, Entry, Kept, PolicyEvaluation, Role};
use super::improvement::ActorServer;
use super::kinds::{self, POLICY_CRITIC};
use super::learner::Start;
use super::setting::ActorPlan;
use super::workers::Workers;
use crate::config::Words;
use crate::theory::protocol::letter::{P, Q};
use crate::theory::sizes::IMPROVEMENT;
use dpac_actors::{
    Algorithm, Broadcast, Cause, Coordinator, Ended, Kind, Learner, Milestone, Named, Phase, StateReader,
    StateWriter, Then, Turn, VectorName,
};
use std::sync::Arc;

const NO_CRITIC: &str = "DPPG takes the exact critic, in `critic.features`, and learns none: remove the key";

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: "dppg",
        summary: "Policy gradient with a given evaluation (Algorithm 3).",
        keys: &[],
        reads: &["schedule", "trajectories", "federation.*", "critic.features", "actor.*"],
        instead: &[("critic", NO_CRITIC)],
    },
    package: env!("CARGO_PKG_NAME"),
    source: "Zhang, Salgia, Chi 2024, Algorithm 3",
    role: Role::Improves,
    critic: Critic::Exact,
    sizing: IMPROVEMENT,
    letters: &[],
    protocol: protocol::protocol,
    // Of those of length q one is the critic, and the others what the exact evaluation takes: its sums and weights.
    keeps: &[Kept { length: P, live: 2, saved: 2 }, Kept { length: Q, live: 4, saved: 1 }],
    build: |plan| Arc::new(Dppg::new(Arc::clone(&plan.workers), plan.actor(), plan.lean, plan.oracle)),
};

/// Distributed policy gradient with a critic from an oracle.
pub struct Dppg {
    workers: Arc<dyn Workers>,
    plan: ActorPlan,
    lean: bool,
    evaluation: Arc<PolicyEvaluation>,
}

impl Dppg {
    /// Policy gradient on the critics of `evaluation`.
    ///
    /// # Panics
    /// If R, K or I is 0.
    pub fn new(
        workers: Arc<dyn Workers>,
        plan: ActorPlan,
        lean: bool,
        evaluation: Arc<PolicyEvaluation>,
    ) -> Self {
        plan.check();
        Dppg { workers, plan, lean, evaluation }
    }
}

impl Algorithm for Dppg {
    fn name(&self) -> &str {
        "dppg"
    }

    fn kinds(&self) -> &[Kind] {
        &kinds::DPPG
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        let parameters = self.workers.d_theta();
        Box::new(DppgServer {
            actor: ActorServer::new(self.plan.clone(), self.lean, parameters),
            evaluation: Arc::clone(&self.evaluation),
            psi: vec![0.0; self.workers.stacked_critic()].into(),
            serial: 0,
        })
    }

    fn learner(&self) -> Box<dyn Learner> {
        let start = Start::Improvement { target: self.plan.target, warm: true };
        self.workers.learner(start)
    }
}

struct DppgServer {
    actor: ActorServer,
    evaluation: Arc<PolicyEvaluation>,
    /// The critic of this round.
    psi: Arc<[f64]>,
    serial: u64,
}

impl DppgServer {
    /// Line 4: (θ_r, Q) to all clients, with the order of the first local steps.
    fn open_round(&mut self) -> Result<Arc<Broadcast>, Cause> {
        self.psi = (self.evaluation)(self.actor.theta()).map_err(Cause::Algorithm)?;
        self.serial += 1;
        Ok(Arc::new(Broadcast {
            serial: self.serial,
            kind: POLICY_CRITIC,
            round: self.actor.round(),
            phase: Phase::Actor,
            sync: 0,
            order: self.actor.order(),
            vectors: vec![
                Named { name: VectorName::Theta, values: Arc::clone(self.actor.theta()) },
                Named { name: VectorName::Psi, values: Arc::clone(&self.psi) },
            ],
        }))
    }
}

impl Coordinator for DppgServer {
    fn start(&mut self) -> Result<Turn, Cause> {
        let opening = self.open_round()?;
        Ok(Turn { broadcasts: vec![opening], milestone: None, then: Then::Work(self.actor.work()) })
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        self.actor.averaged(only(ended.aggregate)?)?;
        let mut broadcasts: Vec<_> = self.actor.sync(&mut self.serial).into_iter().collect();
        let mut milestone = None;
        if self.actor.regressed() {
            milestone = Some(self.actor.milestone(&self.psi));
            self.actor.improve();
            if self.actor.finished() {
                return Ok(Turn { broadcasts, milestone, then: self.actor.results(&self.psi) });
            }
            broadcasts.push(self.open_round()?);
        }
        Ok(Turn { broadcasts, milestone, then: Then::Work(self.actor.work()) })
    }

    fn save(&self) -> Option<Vec<u8>> {
        let mut state = StateWriter::new();
        self.actor.save(&mut state);
        Some(state.numbers(&self.psi).integer(self.serial).finish())
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), Cause> {
        let mut state = StateReader::new(saved);
        self.actor.restore(&mut state)?;
        self.psi = state.numbers(self.psi.len())?;
        self.serial = state.count()?;
        state.finish()
    }
}

impl ActorServer {
    /// What a round has brought forth: the policy it sampled, its critic, its direction.
    pub(super) fn milestone(&self, psi: &Arc<[f64]>) -> Milestone {
        let vectors = vec![
            Named { name: VectorName::Theta, values: Arc::clone(self.theta()) },
            Named { name: VectorName::Psi, values: Arc::clone(psi) },
            Named { name: VectorName::Omega, values: Arc::clone(self.omega()) },
        ];
        Milestone { round: self.round(), vectors }
    }

    /// The end of a run: the last policy and the last critic.
    pub(super) fn results(&self, psi: &Arc<[f64]>) -> Then {
        Then::Finish(vec![
            Named { name: VectorName::Theta, values: Arc::clone(self.theta()) },
            Named { name: VectorName::Psi, values: Arc::clone(psi) },
        ])
    }
}
