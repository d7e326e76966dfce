//! DPAC (Algorithm 1): each round evaluates the policy by DPTD and improves it as DPPG does.

pub(super) mod protocol;

use super::critic::{CriticServer, Numbering, only};
use super::entry::{Critic, Entry, Kept, Role};
use super::improvement::ActorServer;
use super::kinds::{self, POLICY_CRITIC, PSI, Q_BROADCAST, THETA};
use super::learner::Start;
use super::measured::{ALPHA, Course, RoundSteps};
use super::setting::{ActorPlan, CriticPlan};
use super::workers::Workers;
use crate::config::Words;
use crate::theory::protocol::letter::{P, Q};
use crate::theory::sizes::ACTOR_CRITIC;
use dpac_actors::{
    Algorithm, Ask, Cause, Coordinator, Ended, Kind, Learner, Message, Named, Phase, State, Turn,
};
use std::sync::Arc;

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: "dpac",
        summary: "Actor and critic, both distributed (Algorithm 1).",
        keys: &[],
        reads: &["schedule", "trajectories", "federation.clients", "federation.lean", "critic.*", "actor.*"],
        instead: &[],
    },
    package: env!("CARGO_PKG_NAME"),
    source: "Zhang, Salgia, Chi 2024, Algorithm 1",
    role: Role::Improves,
    critic: Critic::Learned,
    sizing: ACTOR_CRITIC,
    letters: &[],
    protocol: protocol::protocol,
    // θ and ω; of ψ the iterate, the weighted sum, the last output and the start, of which the last is the
    // iterate's own once it moves.
    keeps: &[Kept { length: P, live: 2, saved: 2 }, Kept { length: Q, live: 4, saved: 3 }],
    build: |plan| {
        let built = Dpac::new(Arc::clone(&plan.workers), plan.critic(), plan.actor(), plan.lean);
        Ok(Arc::new(built.on(plan.course)))
    },
};

/// Distributed actor-critic.
pub struct Dpac {
    workers: Arc<dyn Workers>,
    critic: CriticPlan,
    actor: ActorPlan,
    lean: bool,
    course: Option<Course>,
}

impl Dpac {
    /// Actor-critic with these sizes and steps. `lean` leaves out what nobody needs; results are the same
    /// bits.
    ///
    /// # Panics
    /// If R, K, I or `R_e` is 0, or `R_0` leaves no round to average.
    pub fn new(workers: Arc<dyn Workers>, critic: CriticPlan, actor: ActorPlan, lean: bool) -> Self {
        critic.check();
        actor.check();
        Dpac { workers, critic, actor, lean, course: None }
    }

    /// The same on this course, where it has one.
    #[must_use]
    pub fn on(self, course: Option<Course>) -> Self {
        Dpac { course, ..self }
    }
}

impl Algorithm for Dpac {
    fn name(&self) -> &str {
        "dpac"
    }

    fn kinds(&self) -> &[Kind] {
        &kinds::DPAC
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        let first: Arc<[f64]> = vec![0.0; self.workers.stacked_critic()].into();
        let course = self.course.clone().unwrap_or_else(|| Course::from_zero(self.workers.d_theta()));
        let actor = ActorServer::new(self.actor.clone(), self.lean, course);
        Box::new(DpacServer::new(self.critic.clone(), None, actor, self.lean, first))
    }

    fn learner(&self) -> Box<dyn Learner> {
        let start = Start::Improvement { target: self.actor.target, warm: self.critic.warm };
        self.workers.learner(start)
    }
}

/// The server: an evaluation and a regression in every round.
pub(super) struct DpacServer {
    plan: CriticPlan,
    lean: bool,
    /// What measures α, where it is not the plan's.
    measured: Option<Arc<dyn RoundSteps>>,
    critic: CriticServer,
    actor: ActorServer,
    /// Where evaluations start that do not start from the last one's result.
    cold: Option<Arc<[f64]>>,
    /// `ψ̂` of the last evaluation; before there is one, where the first evaluation starts.
    psi: Arc<[f64]>,
}

impl DpacServer {
    /// A server of this policy, whose evaluations start from this ψ, and whose α is ζ of what measures it.
    pub(super) fn new(
        plan: CriticPlan,
        measured: Option<Arc<dyn RoundSteps>>,
        actor: ActorServer,
        lean: bool,
        first: Arc<[f64]>,
    ) -> Self {
        let critic = CriticServer::new(plan.clone(), lean, Arc::clone(&first))
            .measured(measured.clone(), actor.round());
        let cold = (!plan.warm).then(|| Arc::clone(&first));
        DpacServer { plan, lean, measured, critic, actor, cold, psi: first }
    }

    /// Line 3: (θ_r, ψ_r) to all clients, with the order of the first evaluation. The lean variant sends θ_r
    /// alone: clients have ψ_r from the last Q broadcast, or it is the first one.
    fn open_round(&mut self) -> Turn {
        let start = Arc::clone(self.cold.as_ref().unwrap_or(&self.psi));
        let mut vectors = vec![Named::new(THETA, Arc::clone(self.actor.theta()))];
        if !self.lean {
            vectors.push(Named::new(PSI, Arc::clone(&start)));
        }
        self.critic = CriticServer::new(self.plan.clone(), self.lean, start)
            .measured(self.measured.clone(), self.actor.round());
        let opening = Message::new(POLICY_CRITIC, self.actor.round(), 0, vectors);
        Turn::work(self.critic.work(Ask::With(opening)))
    }

    /// Line 6: ψ̂ to all clients, with the order of the actor's first local steps.
    fn open_improvement(&self) -> Turn {
        let vectors = vec![Named::new(PSI, Arc::clone(&self.psi))];
        Turn::work(self.actor.work(Message::new(Q_BROADCAST, self.actor.round(), 0, vectors)))
    }

    fn critic_ended(&mut self, ended: Ended) -> Result<Turn, Cause> {
        self.critic.averaged(&only(ended.aggregate)?)?;
        let numbering = Numbering::Within(self.actor.round());
        let iterate = Named::new(PSI, Arc::clone(self.critic.psi()));
        if !self.critic.finished() {
            return Ok(Turn::work(self.critic.next_work(numbering)).at(iterate));
        }
        self.psi = self.critic.output();
        Ok(self.open_improvement().telling(self.critic.last_sync(numbering)).at(iterate))
    }

    fn actor_ended(&mut self, ended: Ended) -> Result<Turn, Cause> {
        if !self.critic.finished() {
            return Err(Cause::State("it improves a policy whose evaluation is not over"));
        }
        self.actor.averaged(only(ended.aggregate)?)?;
        if !self.actor.regressed() {
            return Ok(Turn::work(self.actor.next_work()));
        }
        let (last, mut milestone) = (self.actor.last_sync(), self.actor.improve(&self.psi));
        milestone.vectors.extend(self.critic.steps().map(|alpha| Named::new(ALPHA, alpha)));
        let turn = if self.actor.finished() { self.actor.results(&self.psi) } else { self.open_round() };
        Ok(turn.telling(last).with(milestone))
    }
}

impl Coordinator for DpacServer {
    fn start(&mut self) -> Result<Turn, Cause> {
        Ok(self.open_round())
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        match ended.place.phase {
            Phase::Critic => self.critic_ended(ended),
            Phase::Actor => self.actor_ended(ended),
        }
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        self.critic.state(state)?;
        self.actor.state(state)?;
        self.critic.within(self.actor.round());
        state.shared(&mut self.psi)
    }
}
