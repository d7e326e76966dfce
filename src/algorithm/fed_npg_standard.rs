//! Federated natural policy gradient of second order: every client sends a Fisher matrix and a gradient, and
//! the server solves for the direction (Lan, Wang, Anderson, Brinton, Aggarwal 2023, who compare with it).

pub(super) mod protocol;

use super::critic::check_length;
use super::entry::{Critic, Entry, Kept, Plan, Role};
use super::kinds::THETA;
use super::policy_server::PolicyServer;
use super::rollouts::Rollouts;
use crate::config::{Key, Takes, Words};
use crate::planning::cholesky::{factor, solve, triangle};
use crate::theory::protocol::letter::{P, P_SQUARED};
use crate::theory::sizes::ASCENT;
use dpac_actors::{
    Algorithm, Ask, Broadcast, Cause, Coordinator, Effort, Ended, Generator, Job, Kind, Learner, Message,
    Named, Order, Phase, Reducer, Reply, State, Turn, Work,
};
use std::sync::Arc;

/// Of the damped matrix, for every algorithm that sends or keeps one.
pub(super) const DAMPING: Key = Key {
    name: "damping",
    meaning: "what every client adds to the diagonal of its Fisher matrix",
    takes: Takes::Positive { default: Some(1e-3) },
};

/// The shared keys that are read by algorithms of one direction in each round, from K rollouts.
pub(super) const READS: &[&str] = &[
    "trajectories",
    "federation.clients",
    "actor.rounds",
    "actor.local_steps",
    "actor.features",
    "actor.policy",
    "actor.eta",
    "actor.largest_move",
];

/// For the `instead` of such algorithms.
pub(super) const NO_CRITIC: (&str, &str) =
    ("critic", "it learns from sampled returns and has no critic: remove its keys");
pub(super) const NO_SCHEDULE: (&str, &str) =
    ("schedule", "the theorems' steps are those of DPPG and DPAC: remove the key, or give actor.eta");
pub(super) const NO_LEAN: (&str, &str) =
    ("federation.lean", "it sends nothing that could be left out: remove the key");
pub(super) const NO_INTERVAL: (&str, &str) =
    ("actor.sync_interval", "its clients answer once, after all local steps: remove the key");
pub(super) const NO_TARGET: (&str, &str) = ("actor.target", "it regresses on nothing: remove the key");
const NO_ZETA: (&str, &str) =
    ("actor.zeta", "its local steps only sample: give actor.eta, or remove the key");

/// All of these.
pub(super) const INSTEAD: &[(&str, &str)] =
    &[NO_CRITIC, NO_SCHEDULE, NO_LEAN, NO_INTERVAL, NO_TARGET, NO_ZETA];

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: "fed-npg-standard",
        summary: "Natural policy gradient by Fisher matrices: every client sends one, and the server solves.",
        keys: &[DAMPING],
        reads: READS,
        instead: INSTEAD,
    },
    package: env!("CARGO_PKG_NAME"),
    source: "Lan, Wang, Anderson, Brinton, Aggarwal 2023, Improved Communication Efficiency in Federated Natural Policy \
             Gradient via ADMM-based Gradient Updates, arXiv 2310.19807, where it is the method to compare with",
    role: Role::Improves,
    critic: Critic::None,
    sizing: ASCENT,
    letters: &[],
    protocol: protocol::protocol,
    // θ and the direction; what replies are differences from, and a triangle of the mean.
    keeps: &[Kept { length: P, live: 2, saved: 1 }, Kept { length: P_SQUARED, live: 2, saved: 0 }],
    build: |plan| Ok(Arc::new(FedNpgStandard(plan))),
};

/// The client's Fisher matrix, `d_θ²` floats, row by row.
const FISHER: &str = "fisher";
/// The client's policy gradient, `d_θ` floats.
const GRADIENT: &str = "gradient";

const CURVATURE_UP: u16 = 0;
const POLICY: u16 = 1;

const KINDS: [Kind; 2] = [
    Kind::up("curvature_up", Phase::Actor, &[FISHER, GRADIENT]),
    Kind::down("policy", Phase::Actor, &[THETA]).opening().answered_by(CURVATURE_UP),
];

struct FedNpgStandard(Plan);

impl Algorithm for FedNpgStandard {
    fn name(&self) -> &str {
        ENTRY.words.name
    }

    fn kinds(&self) -> &[Kind] {
        &KINDS
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        let (plan, parameters) = (self.0.actor(), self.0.workers.d_theta());
        let order = Order { first_step: 0, steps: plan.local_steps, step_size: plan.zeta };
        let zeros = [parameters * parameters, parameters].map(|length| vec![0.0; length].into());
        Box::new(Solving { server: PolicyServer::new(&self.0), order, zeros })
    }

    fn learner(&self) -> Box<dyn Learner> {
        let workers = &*self.0.workers;
        let damping = self.0.own.real(&DAMPING).unwrap_or_default();
        Box::new(Measuring { rollouts: Rollouts::new(workers), parameters: workers.d_theta(), damping })
    }
}

/// The server: one linear system in each round.
struct Solving {
    server: PolicyServer,
    /// K rollouts.
    order: Order,
    /// What replies are differences from.
    zeros: [Arc<[f64]>; 2],
}

impl Solving {
    fn open_round(&self) -> Turn {
        let policy = Message::new(POLICY, self.server.round(), 0, vec![self.server.theta()]);
        let [matrix, vector] = &self.zeros;
        let base = vec![Named::new(FISHER, Arc::clone(matrix)), Named::new(GRADIENT, Arc::clone(vector))];
        Turn::work(Work { ask: Ask::With(policy), order: self.order, base, reducer: Reducer::Mean })
    }

    /// `y` with `(1/M) Σ H_m y = (1/M) Σ g_m`.
    fn direction(&self, aggregate: Vec<Vec<f64>>) -> Result<Arc<[f64]>, Cause> {
        let Ok([matrix, mut direction]) = <[Vec<f64>; 2]>::try_from(aggregate) else {
            return Err(Cause::State("its barrier has brought another number of vectors"));
        };
        check_length(FISHER, &matrix, self.zeros[0].len())?;
        check_length(GRADIENT, &direction, self.zeros[1].len())?;
        let n = direction.len();
        let mut lower = Vec::with_capacity(triangle(n));
        matrix.chunks_exact(n).enumerate().for_each(|(i, row)| lower.extend_from_slice(&row[..=i]));
        factor(&mut lower, n).map_err(|_| {
            let what = "rounding has taken the mean of the clients' matrices its positive pivots: give a larger algorithm.damping";
            Cause::Algorithm(what.to_owned())
        })?;
        solve(&lower, &mut direction);
        Ok(direction.into())
    }
}

impl Coordinator for Solving {
    fn start(&mut self) -> Result<Turn, Cause> {
        Ok(self.open_round())
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        let direction = self.direction(ended.aggregate)?;
        let milestone = self.server.improve(&direction)?;
        let turn = if self.server.finished() { self.server.results() } else { self.open_round() };
        Ok(turn.with(milestone))
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        self.server.state(state)
    }
}

/// A client's rollouts.
struct Measuring {
    rollouts: Rollouts,
    parameters: usize,
    damping: f64,
}

impl Learner for Measuring {
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        broadcast.vector(THETA).map_or(Ok(()), |theta| self.rollouts.set_policy(theta))
    }

    fn steps(&mut self, job: &Job, _: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort {
        let n = self.parameters;
        let vectors = reply.vectors_mut();
        vectors.resize_with(2, Vec::new);
        let [matrix, gradient] = &mut vectors[..] else { unreachable!("they are two") };
        for (vector, length) in [(&mut *matrix, n * n), (&mut *gradient, n)] {
            vector.clear();
            vector.resize(length, 0.0);
        }
        let effort = self.rollouts.add(job, rng, gradient, |i, j, x| matrix[i * n + j] += x);
        for i in 0..n {
            matrix[i * n + i] += self.damping;
            for j in 0..i {
                matrix[j * n + i] = matrix[i * n + j];
            }
        }
        effort
    }
}
