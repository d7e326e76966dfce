//! FedNPG with a server whose evaluations are sampled: DPTD finds the mean of the clients' action values.

mod protocol;

use super::critic::{CriticServer, Numbering, only};
use super::entry::{Critic, Entry, Kept, Plan, Role};
use super::kinds::{self, POLICY_CRITIC, PSI, THETA};
use super::learner::Start;
use super::setting::{CriticPlan, Target};
use crate::config::Words;
use crate::theory::protocol::letter::{P, Q};
use crate::theory::sizes::EVALUATIONS;
use dpac_actors::{
    Algorithm, Ask, Cause, Coordinator, Ended, Kind, Learner, Message, Milestone, Named, State, Turn,
};
use std::sync::Arc;

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: "fed-npg-td",
        summary: "FedNPG with a server, whose action values DPTD finds.",
        keys: &[],
        reads: &[
            "schedule",
            "trajectories",
            "federation.clients",
            "federation.lean",
            "critic.*",
            "actor.rounds",
            "actor.features",
            "actor.eta",
        ],
        instead: &[("actor", "it has no regression: remove the key")],
    },
    package: env!("CARGO_PKG_NAME"),
    source: "Yang, Cen, Wei, Chen, Chi 2024, arXiv 2311.00201, with DPTD of Zhang, Salgia, Chi 2024 for its evaluations",
    role: Role::Improves,
    critic: Critic::Learned,
    sizing: EVALUATIONS,
    letters: &[],
    protocol: protocol::protocol,
    // θ; of ψ the iterate, the weighted sum, the last output and the start.
    keeps: &[Kept { length: P, live: 1, saved: 1 }, Kept { length: Q, live: 4, saved: 3 }],
    build: |plan| {
        plan.tables()?;
        Ok(Arc::new(FedNpgTd(plan)))
    },
};

struct FedNpgTd(Plan);

impl Algorithm for FedNpgTd {
    fn name(&self) -> &str {
        ENTRY.words.name
    }

    fn kinds(&self) -> &[Kind] {
        &kinds::DPAC[..3]
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        let Plan { workers, lean, .. } = &self.0;
        let (critic, actor) = (self.0.critic(), self.0.actor());
        let psi: Arc<[f64]> = vec![0.0; workers.stacked_critic()].into();
        Box::new(Server {
            critic: CriticServer::new(critic.clone(), *lean, Arc::clone(&psi)),
            plan: critic,
            lean: *lean,
            rounds: actor.rounds,
            eta: actor.eta,
            theta: vec![0.0; workers.d_theta()].into(),
            psi,
            round: 0,
        })
    }

    /// No phase of an actor comes, so that it does not matter what would be regressed.
    fn learner(&self) -> Box<dyn Learner> {
        self.0.workers.learner(Start::Improvement { target: Target::Q, warm: true })
    }
}

struct Server {
    plan: CriticPlan,
    lean: bool,
    rounds: u32,
    eta: f64,
    critic: CriticServer,
    theta: Arc<[f64]>,
    /// `ψ̂` of the last evaluation; zero before the first.
    psi: Arc<[f64]>,
    round: u32,
}

impl Server {
    fn open_round(&mut self) -> Turn {
        let start = if self.plan.warm { Arc::clone(&self.psi) } else { vec![0.0; self.psi.len()].into() };
        let vectors = vec![Named::new(THETA, Arc::clone(&self.theta)), Named::new(PSI, Arc::clone(&start))];
        self.critic = CriticServer::new(self.plan.clone(), self.lean, start);
        Turn::work(self.critic.work(Ask::With(Message::new(POLICY_CRITIC, self.round, 0, vectors))))
    }

    fn both(&self) -> Vec<Named> {
        vec![Named::new(THETA, Arc::clone(&self.theta)), Named::new(PSI, Arc::clone(&self.psi))]
    }
}

impl Coordinator for Server {
    fn start(&mut self) -> Result<Turn, Cause> {
        Ok(self.open_round())
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        self.critic.averaged(&only(ended.aggregate)?)?;
        let numbering = Numbering::Within(self.round);
        let iterate = Named::new(PSI, Arc::clone(self.critic.psi()));
        if !self.critic.finished() {
            return Ok(Turn::work(self.critic.next_work(numbering)).at(iterate));
        }
        self.psi = self.critic.output();
        let last = self.critic.last_sync(numbering);
        let milestone = Milestone { round: self.round, vectors: self.both() };
        self.theta = self.theta.iter().zip(self.psi.iter()).map(|(theta, q)| theta + self.eta * q).collect();
        self.round += 1;
        let turn = if self.round == self.rounds { Turn::finish(self.both()) } else { self.open_round() };
        Ok(turn.telling(last).with(milestone).at(iterate))
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        self.critic.state(state)?;
        state.shared(&mut self.theta)?;
        state.shared(&mut self.psi)?;
        state.integer(&mut self.round)?;
        if self.round >= self.rounds {
            return Err(Cause::State("it has more rounds than the configuration"));
        }
        Ok(())
    }
}
