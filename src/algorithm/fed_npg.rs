//! FedNPG with a server (Yang, Cen, Wei, Chen, Chi 2024, with equal weights for all): the policy steps along
//! the mean of its clients' exact action values.

mod protocol;

use super::critic::{check_length, only};
use super::entry::{ClientEvaluation, Critic, Entry, Kept, Plan, Role};
use super::kinds::{PSI, THETA};
use crate::config::{Key, Takes, Words};
use crate::theory::protocol::letter::{P, Q};
use crate::theory::sizes::ROUNDS;
use dpac_actors::{
    Algorithm, Ask, Broadcast, Cause, Coordinator, Effort, Ended, Generator, Job, Kind, Learner, Message,
    Milestone, Named, Order, Phase, Reducer, Reply, State, StepSize, Turn, Work,
};
use std::sync::Arc;

const TEMPERATURE: Key = Key {
    name: "temperature",
    meaning: "τ, in units of normalised rewards: of each step the entropy of its action is worth τ; without it nothing",
    takes: Takes::Positive { default: None },
};

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: "fed-npg",
        summary: "FedNPG with a server: a multiplicative step along the mean of the clients' action values.",
        keys: &[TEMPERATURE],
        reads: &["federation.clients", "critic.features", "actor.rounds", "actor.features", "actor.eta"],
        instead: &[
            ("critic", "clients evaluate exactly, in `critic.features`; fed-npg-td samples: remove the key"),
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
    keeps: &[Kept { length: P, live: 1, saved: 1 }, Kept { length: Q, live: 2, saved: 1 }],
    build: |plan| {
        plan.tables()?;
        Ok(Arc::new(FedNpg(plan)))
    },
};

struct FedNpg(Plan);

const Q_UP: u16 = 0;
const POLICY: u16 = 1;

static KINDS: [Kind; 2] = [
    Kind::up("q_up", Phase::Actor, &[PSI]),
    Kind::down("policy", Phase::Actor, &[THETA]).opening().answered_by(Q_UP),
];

impl Algorithm for FedNpg {
    fn name(&self) -> &str {
        ENTRY.words.name
    }

    fn kinds(&self) -> &[Kind] {
        &KINDS
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        let zero: Arc<[f64]> = vec![0.0; self.0.workers.d_theta()].into();
        let (actor, temperature) = (self.0.actor(), self.temperature());
        let (theta, q) = (Arc::clone(&zero), zero);
        Box::new(Server { rounds: actor.rounds, eta: actor.eta, temperature, theta, q, round: 0 })
    }

    fn learner(&self) -> Box<dyn Learner> {
        Box::new(Evaluator {
            oracle: Arc::clone(&self.0.client_oracle),
            temperature: self.temperature(),
            alike: self.0.alike,
            theta: vec![0.0; self.0.workers.d_theta()].into(),
            known: None,
        })
    }
}

impl FedNpg {
    fn temperature(&self) -> f64 {
        self.0.own.real(&TEMPERATURE).unwrap_or(0.0)
    }
}

struct Server {
    rounds: u32,
    eta: f64,
    temperature: f64,
    theta: Arc<[f64]>,
    /// The mean of the last values; 0 before the first.
    q: Arc<[f64]>,
    round: u32,
}

impl Server {
    fn ask(&self) -> Turn {
        let theta = vec![Named::new(THETA, Arc::clone(&self.theta))];
        let ask = Ask::With(Message::new(POLICY, self.round, 0, theta));
        let order = Order { first_step: 0, steps: 1, step_size: StepSize::constant(self.eta) };
        // What has changed since the last iteration is the drift.
        let base = vec![Named::new(PSI, Arc::clone(&self.q))];
        Turn::work(Work { ask, order, base, reducer: Reducer::Mean })
    }
}

impl Coordinator for Server {
    fn start(&mut self) -> Result<Turn, Cause> {
        Ok(self.ask())
    }

    /// `θ ← (1 - η τ) θ + η Q̄`: `π ∝ π^(1 - η τ) exp(η Q̄)`, since what a history's logits have in common
    /// does not matter.
    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        let q = only(ended.aggregate)?;
        check_length(PSI, &q, self.q.len())?;
        self.q = q.into();
        let used = vec![Named::new(THETA, Arc::clone(&self.theta)), Named::new(PSI, Arc::clone(&self.q))];
        let milestone = Milestone { round: self.round, vectors: used };
        let keep = 1.0 - self.eta * self.temperature;
        let stepped = self.theta.iter().zip(self.q.iter());
        self.theta = stepped.map(|(theta, q)| keep * theta + self.eta * q).collect();
        self.round += 1;
        let results = || {
            let psi = Named::new(PSI, Arc::clone(&self.q));
            vec![Named::new(THETA, Arc::clone(&self.theta)), psi]
        };
        let turn = if self.round == self.rounds { Turn::finish(results()) } else { self.ask() };
        Ok(turn.with(milestone))
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        state.shared(&mut self.theta)?;
        state.shared(&mut self.q)?;
        state.integer(&mut self.round)?;
        if self.round >= self.rounds {
            return Err(Cause::State("it has more rounds than the configuration"));
        }
        Ok(())
    }
}

/// A client that knows its problem.
struct Evaluator {
    oracle: Arc<ClientEvaluation>,
    temperature: f64,
    alike: bool,
    theta: Arc<[f64]>,
    /// The values at θ, where all clients have the same.
    known: Option<Arc<[f64]>>,
}

impl Learner for Evaluator {
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        if let Some(theta) = broadcast.vector(THETA) {
            check_length(THETA, theta, self.theta.len())?;
            self.theta = Arc::clone(theta);
            self.known = None;
        }
        Ok(())
    }

    fn steps(&mut self, job: &Job, _: &mut [f64], _: &mut Generator, reply: &mut Reply) -> Effort {
        let q = self.known.take().unwrap_or_else(|| {
            let found = (self.oracle)(job.client, &self.theta, self.temperature);
            found.expect("there was one of the first policy")
        });
        reply.copy_of(0, &q);
        self.known = self.alike.then_some(q);
        Effort { local_steps: job.order.steps, trajectories: 0, environment_steps: 0 }
    }
}
