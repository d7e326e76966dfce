//! DPAC (Algorithm 1): each round evaluates the policy by DPTD and improves it as DPPG does.

mod protocol;

use super::critic::{CriticServer, Numbering, only};
use super::entry::{Critic, Entry, Kept, Role};
use super::improvement::ActorServer;
use super::kinds::{self, POLICY_CRITIC, Q_BROADCAST};
use super::learner::Start;
use super::setting::{ActorPlan, CriticPlan};
use super::workers::Workers;
use crate::config::Words;
use crate::theory::protocol::letter::{P, Q};
use crate::theory::sizes::ACTOR_CRITIC;
use dpac_actors::{
    Algorithm, Broadcast, Cause, Coordinator, Ended, Kind, Learner, Named, Phase, StateReader, StateWriter,
    Then, Turn, VectorName,
};
use std::sync::Arc;

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: "dpac",
        summary: "Actor and critic, both distributed (Algorithm 1).",
        keys: &[],
        reads: &["schedule", "trajectories", "federation.*", "critic.*", "actor.*"],
        instead: &[],
    },
    package: env!("CARGO_PKG_NAME"),
    source: "Zhang, Salgia, Chi 2024, Algorithm 1",
    role: Role::Improves,
    critic: Critic::Learned,
    sizing: ACTOR_CRITIC,
    letters: &[],
    protocol: protocol::protocol,
    // θ and ω; of ψ the iterate, the weighted sum, the last output and the start, of which the last is the iterate's own once it moves.
    keeps: &[Kept { length: P, live: 2, saved: 2 }, Kept { length: Q, live: 4, saved: 3 }],
    build: |plan| Arc::new(Dpac::new(Arc::clone(&plan.workers), plan.critic(), plan.actor(), plan.lean)),
};

/// Distributed actor-critic.
pub struct Dpac {
    workers: Arc<dyn Workers>,
    critic: CriticPlan,
    actor: ActorPlan,
    lean: bool,
}

impl Dpac {
    /// Actor-critic with these sizes and steps. `lean` leaves out what nobody needs; results are the same bits.
    ///
    /// # Panics
    /// If R, K, I or `R_e` is 0, or `R_0` leaves no round to average.
    pub fn new(workers: Arc<dyn Workers>, critic: CriticPlan, actor: ActorPlan, lean: bool) -> Self {
        critic.check();
        actor.check();
        Dpac { workers, critic, actor, lean }
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
        let psi: Arc<[f64]> = vec![0.0; self.workers.stacked_critic()].into();
        Box::new(DpacServer {
            plan: self.critic.clone(),
            lean: self.lean,
            critic: CriticServer::new(self.critic.clone(), self.lean, Arc::clone(&psi)),
            actor: ActorServer::new(self.actor.clone(), self.lean, self.workers.d_theta()),
            psi,
            serial: 0,
        })
    }

    fn learner(&self) -> Box<dyn Learner> {
        let start = Start::Improvement { target: self.actor.target, warm: self.critic.warm };
        self.workers.learner(start)
    }
}

struct DpacServer {
    plan: CriticPlan,
    lean: bool,
    critic: CriticServer,
    actor: ActorServer,
    /// `ψ̂` of the last evaluation; zero before the first.
    psi: Arc<[f64]>,
    serial: u64,
}

impl DpacServer {
    /// Line 3: (θ_r, ψ_r) to all clients. The lean variant sends θ_r alone: clients have ψ_r from the last Q broadcast, or
    /// it is zero.
    fn open_round(&mut self) -> Arc<Broadcast> {
        let start = if self.plan.warm { Arc::clone(&self.psi) } else { vec![0.0; self.psi.len()].into() };
        let mut vectors = vec![Named { name: VectorName::Theta, values: Arc::clone(self.actor.theta()) }];
        if !self.lean {
            vectors.push(Named { name: VectorName::Psi, values: Arc::clone(&start) });
        }
        self.critic = CriticServer::new(self.plan.clone(), self.lean, start);
        self.serial += 1;
        Arc::new(Broadcast {
            serial: self.serial,
            kind: POLICY_CRITIC,
            round: self.actor.round(),
            phase: Phase::Critic,
            sync: 0,
            order: self.critic.order(),
            vectors,
        })
    }

    /// Line 6: ψ̂ to all clients, with the order of the actor's first local steps.
    fn open_improvement(&mut self) -> Arc<Broadcast> {
        self.serial += 1;
        Arc::new(Broadcast {
            serial: self.serial,
            kind: Q_BROADCAST,
            round: self.actor.round(),
            phase: Phase::Actor,
            sync: 0,
            order: self.actor.order(),
            vectors: vec![Named { name: VectorName::Psi, values: Arc::clone(&self.psi) }],
        })
    }

    fn critic_ended(&mut self, ended: Ended) -> Result<Turn, Cause> {
        self.critic.averaged(&only(ended.aggregate)?)?;
        let numbering = Numbering::Within(self.actor.round());
        let mut broadcasts: Vec<_> = self.critic.sync(numbering, &mut self.serial).into_iter().collect();
        let work = if self.critic.finished() {
            self.psi = self.critic.output();
            broadcasts.push(self.open_improvement());
            self.actor.work()
        } else {
            self.critic.work(numbering, false)
        };
        Ok(Turn { broadcasts, milestone: None, then: Then::Work(work) })
    }

    fn actor_ended(&mut self, ended: Ended) -> Result<Turn, Cause> {
        if !self.critic.finished() {
            return Err(Cause::State("it improves a policy whose evaluation is not over"));
        }
        self.actor.averaged(only(ended.aggregate)?)?;
        let mut broadcasts: Vec<_> = self.actor.sync(&mut self.serial).into_iter().collect();
        if !self.actor.regressed() {
            return Ok(Turn { broadcasts, milestone: None, then: Then::Work(self.actor.work()) });
        }
        let milestone = Some(self.actor.milestone(&self.psi));
        self.actor.improve();
        if self.actor.finished() {
            return Ok(Turn { broadcasts, milestone, then: self.actor.results(&self.psi) });
        }
        broadcasts.push(self.open_round());
        let work = self.critic.work(Numbering::Within(self.actor.round()), false);
        Ok(Turn { broadcasts, milestone, then: Then::Work(work) })
    }
}

impl Coordinator for DpacServer {
    fn start(&mut self) -> Result<Turn, Cause> {
        let opening = self.open_round();
        let work = self.critic.work(Numbering::Within(0), false);
        Ok(Turn { broadcasts: vec![opening], milestone: None, then: Then::Work(work) })
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        match ended.phase {
            Phase::Critic => self.critic_ended(ended),
            Phase::Actor => self.actor_ended(ended),
        }
    }

    fn save(&self) -> Option<Vec<u8>> {
        let mut state = StateWriter::new();
        self.critic.save(&mut state);
        self.actor.save(&mut state);
        Some(state.numbers(&self.psi).integer(self.serial).finish())
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), Cause> {
        let mut state = StateReader::new(saved);
        self.critic.restore(&mut state)?;
        self.actor.restore(&mut state)?;
        self.psi = state.numbers(self.psi.len())?;
        self.serial = state.count()?;
        state.finish()
    }
}
