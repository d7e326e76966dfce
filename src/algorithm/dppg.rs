//! DPPG (Algorithm 3): natural policy gradient by regression, on a critic that somebody else provides.

pub(super) mod protocol;

use super::critic::only;
use super::entry::{Critic, Entry, Kept, PolicyEvaluation, Role};
use super::improvement::ActorServer;
use super::kinds::{self, POLICY_CRITIC, PSI, THETA};
use super::learner::Start;
use super::measured::Course;
use super::setting::ActorPlan;
use super::workers::Workers;
use crate::config::Words;
use crate::theory::protocol::letter::{P, Q};
use crate::theory::sizes::IMPROVEMENT;
use dpac_actors::{Algorithm, Cause, Coordinator, Ended, Kind, Learner, Message, Named, State, Turn};
use std::sync::Arc;

const NO_CRITIC: &str = "DPPG takes the exact critic, in `critic.features`, and learns none: remove the key";

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: "dppg",
        summary: "Policy gradient with a given evaluation (Algorithm 3).",
        keys: &[],
        reads: &[
            "schedule",
            "trajectories",
            "federation.clients",
            "federation.lean",
            "critic.features",
            "actor.*",
        ],
        instead: &[("critic", NO_CRITIC)],
    },
    package: env!("CARGO_PKG_NAME"),
    source: "Zhang, Salgia, Chi 2024, Algorithm 3",
    role: Role::Improves,
    critic: Critic::Exact,
    sizing: IMPROVEMENT,
    letters: &[],
    protocol: protocol::protocol,
    // Of those of length q one is the critic, and the others what the exact evaluation takes: its sums and
    // weights.
    keeps: &[Kept { length: P, live: 2, saved: 2 }, Kept { length: Q, live: 4, saved: 1 }],
    build: |plan| {
        let built = Dppg::new(Arc::clone(&plan.workers), plan.actor(), plan.lean, plan.oracle);
        Ok(Arc::new(built.on(plan.course)))
    },
};

/// Distributed policy gradient with a critic from an oracle.
pub struct Dppg {
    workers: Arc<dyn Workers>,
    plan: ActorPlan,
    lean: bool,
    evaluation: Arc<PolicyEvaluation>,
    course: Option<Course>,
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
        Dppg { workers, plan, lean, evaluation, course: None }
    }

    /// The same on this course, where it has one.
    #[must_use]
    pub fn on(self, course: Option<Course>) -> Self {
        Dppg { course, ..self }
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
        let course = self.course.clone().unwrap_or_else(|| Course::from_zero(self.workers.d_theta()));
        Box::new(DppgServer {
            actor: ActorServer::new(self.plan.clone(), self.lean, course),
            evaluation: Arc::clone(&self.evaluation),
            psi: vec![0.0; self.workers.stacked_critic()].into(),
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
}

impl DppgServer {
    /// Line 4: (θ_r, Q) to all clients, with the order of the first local steps.
    fn open_round(&mut self) -> Result<Turn, Cause> {
        self.psi = (self.evaluation)(self.actor.theta()).map_err(Cause::Algorithm)?;
        let vectors =
            vec![Named::new(THETA, Arc::clone(self.actor.theta())), Named::new(PSI, Arc::clone(&self.psi))];
        let opening = Message::new(POLICY_CRITIC, self.actor.round(), 0, vectors);
        Ok(Turn::work(self.actor.work(opening)))
    }
}

impl Coordinator for DppgServer {
    fn start(&mut self) -> Result<Turn, Cause> {
        self.open_round()
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        self.actor.averaged(only(ended.aggregate)?)?;
        if !self.actor.regressed() {
            return Ok(Turn::work(self.actor.next_work()));
        }
        let (last, milestone) = (self.actor.last_sync(), self.actor.improve(&self.psi));
        let turn = if self.actor.finished() { self.actor.results(&self.psi) } else { self.open_round()? };
        Ok(turn.telling(last).with(milestone))
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        self.actor.state(state)?;
        state.shared(&mut self.psi)
    }
}

impl ActorServer {
    /// The end of a run: the last policy and the last critic.
    pub(super) fn results(&self, psi: &Arc<[f64]>) -> Turn {
        Turn::finish(vec![Named::new(THETA, Arc::clone(self.theta())), Named::new(PSI, Arc::clone(psi))])
    }
}
