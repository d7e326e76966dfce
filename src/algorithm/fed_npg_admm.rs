//! FedNPG-ADMM (Lan, Wang, Anderson, Brinton, Aggarwal 2023): the direction of the second-order method, found
//! by sweeps of the alternating direction method of multipliers, so that no matrix is sent.
//!
//! Client m keeps `H_m`, damped, and `g_m` of its rollouts at `θ_r`, and a multiplier `λ_m`; all of them are
//! 0 before the first round. The direction minimises `Σ_m (y'H_m y / 2 - g_m'y)`. In sweep j = 1, ..., J
//!
//! - the client finds `y_m = (H_m + ρ I)^{-1} (g_m - λ_m + ρ y)` and sends `y_m + λ_m / ρ`,
//! - the server's y is the mean of what was sent, and goes to all clients,
//! - `λ_m ← λ_m + ρ (y_m - y)`.
//!
//! `y` and `λ_m` stay as they are from one round to the next. The last step is taken when the client works
//! again: until then it keeps `v_m = λ_m + ρ y_m`, which is ρ times what it has sent, and `λ_m = v_m - ρ y`
//! follows.

mod protocol;

use super::critic::{check_length, only};
use super::entry::{Critic, Entry, Kept, Plan, Role};
use super::fed_npg_standard::{DAMPING, INSTEAD, READS};
use super::kinds::{OMEGA, THETA};
use super::policy_server::PolicyServer;
use super::rollouts::Rollouts;
use crate::config::{Key, Takes, Words};
use crate::planning::cholesky::{factor, solve, triangle};
use crate::theory::protocol::letter::P;
use crate::theory::sizes::ASCENT;
use dpac_actors::{
    Algorithm, Ask, Broadcast, Cause, Coordinator, Effort, Ended, Generator, Job, Kind, Learner, Message,
    Named, Order, Phase, Reducer, Reply, State, Turn, Work,
};
use std::sync::Arc;

const SWEEPS: Key = Key {
    name: "sweeps",
    meaning: "J, sweeps in each round: how often clients and server agree on the direction",
    takes: Takes::Integer { least: 1, most: 1_000_000, default: Some(1) },
};

const PENALTY: Key = Key {
    name: "penalty",
    meaning: "ρ, how strongly a client's direction is held to the server's",
    takes: Takes::Positive { default: Some(0.1) },
};

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: "fed-npg-admm",
        summary: "FedNPG-ADMM: the natural policy gradient's direction by sweeps, in which no matrix is sent.",
        keys: &[SWEEPS, PENALTY, DAMPING],
        reads: READS,
        instead: INSTEAD,
    },
    package: env!("CARGO_PKG_NAME"),
    source: "Lan, Wang, Anderson, Brinton, Aggarwal 2023, Improved Communication Efficiency in Federated Natural Policy \
             Gradient via ADMM-based Gradient Updates, arXiv 2310.19807",
    role: Role::Improves,
    critic: Critic::None,
    sizing: ASCENT,
    letters: &[(protocol::J, &SWEEPS)],
    protocol: protocol::protocol,
    // θ, y, and what replies are differences from.
    keeps: &[Kept { length: P, live: 3, saved: 2 }],
    build: |plan| Ok(Arc::new(FedNpgAdmm(plan))),
};

const ACTOR_UP: u16 = 0;
const ACTOR_SYNC: u16 = 1;
const POLICY: u16 = 2;

const KINDS: [Kind; 3] = [
    Kind::up("actor_up", Phase::Actor, &[OMEGA]),
    Kind::down("actor_sync", Phase::Actor, &[OMEGA]).answered_by(ACTOR_UP),
    Kind::down("policy", Phase::Actor, &[THETA]).opening().answered_by(ACTOR_UP),
];

struct FedNpgAdmm(Plan);

impl Algorithm for FedNpgAdmm {
    fn name(&self) -> &str {
        ENTRY.words.name
    }

    fn kinds(&self) -> &[Kind] {
        &KINDS
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        let (plan, parameters) = (self.0.actor(), self.0.workers.d_theta());
        let zeros: Arc<[f64]> = vec![0.0; parameters].into();
        Box::new(Agreeing {
            server: PolicyServer::new(&self.0),
            rollouts: Order { first_step: 0, steps: plan.local_steps, step_size: plan.zeta },
            sweeps: self.0.own.integer(&SWEEPS).unwrap_or(1),
            taken: 0,
            direction: Arc::clone(&zeros),
            zeros,
        })
    }

    fn learner(&self) -> Box<dyn Learner> {
        let workers = &*self.0.workers;
        let real = |key| self.0.own.real(key).unwrap_or_default();
        Box::new(Sweeping {
            rollouts: Rollouts::new(workers),
            direction: vec![0.0; workers.d_theta()].into(),
            penalty: real(&PENALTY),
            damping: real(&DAMPING),
        })
    }

    /// The factor of `H_m + ρ I`, `g_m` and `v_m`.
    fn client_state_len(&self) -> usize {
        let parameters = self.0.workers.d_theta();
        triangle(parameters) + 2 * parameters
    }
}

/// The server: a mean in each sweep, a step of the policy after the last.
struct Agreeing {
    server: PolicyServer,
    /// K rollouts, before the first sweep of a round.
    rollouts: Order,
    /// J.
    sweeps: u64,
    /// Sweeps of this round that are over.
    taken: u64,
    /// y.
    direction: Arc<[f64]>,
    /// What replies are differences from.
    zeros: Arc<[f64]>,
}

impl Agreeing {
    /// A sweep that this message asks for.
    fn sweep(&self, message: Message) -> Turn {
        let order = match self.taken.checked_sub(1) {
            None => self.rollouts,
            Some(later) => Order { first_step: self.rollouts.steps + later, steps: 1, ..self.rollouts },
        };
        let base = vec![Named::new(OMEGA, Arc::clone(&self.zeros))];
        Turn::work(Work { ask: Ask::With(message), order, base, reducer: Reducer::Mean })
    }

    fn open_round(&self) -> Turn {
        self.sweep(Message::new(POLICY, self.server.round(), 0, vec![self.server.theta()]))
    }

    /// y, after so many sweeps of the round.
    fn agreed(&self) -> Message {
        let vectors = vec![Named::new(OMEGA, Arc::clone(&self.direction))];
        Message::new(ACTOR_SYNC, self.server.round(), self.taken as u32, vectors)
    }
}

impl Coordinator for Agreeing {
    fn start(&mut self) -> Result<Turn, Cause> {
        Ok(self.open_round())
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        let direction = only(ended.aggregate)?;
        check_length(OMEGA, &direction, self.zeros.len())?;
        self.direction = direction.into();
        self.taken += 1;
        let agreed = self.agreed();
        if self.taken < self.sweeps {
            return Ok(self.sweep(agreed));
        }
        let milestone = self.server.improve(&self.direction)?;
        self.taken = 0;
        let turn = if self.server.finished() { self.server.results() } else { self.open_round() };
        Ok(turn.telling(agreed).with(milestone))
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        self.server.state(state)?;
        state.integer(&mut self.taken)?;
        state.shared(&mut self.direction)?;
        if self.taken >= self.sweeps {
            return Err(Cause::State("it has more sweeps than the configuration"));
        }
        Ok(())
    }
}

/// A client's side of a sweep.
struct Sweeping {
    rollouts: Rollouts,
    /// y, as it was told last.
    direction: Arc<[f64]>,
    penalty: f64,
    damping: f64,
}

impl Learner for Sweeping {
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        if let Some(theta) = broadcast.vector(THETA) {
            self.rollouts.set_policy(theta)?;
        }
        if let Some(direction) = broadcast.vector(OMEGA) {
            check_length(OMEGA, direction, self.direction.len())?;
            self.direction = Arc::clone(direction);
        }
        Ok(())
    }

    fn steps(&mut self, job: &Job, state: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort {
        let &mut Sweeping { ref mut rollouts, ref direction, penalty, damping } = self;
        let n = direction.len();
        let (lower, vectors) = state.split_at_mut(triangle(n));
        let (gradient, v) = vectors.split_at_mut(n);
        let mut effort = Effort { local_steps: job.order.steps, trajectories: 0, environment_steps: 0 };
        if job.place.barrier == 0 {
            lower.fill(0.0);
            gradient.fill(0.0);
            effort = rollouts.add(job, rng, gradient, |i, j, x| lower[triangle(i) + j] += x);
            (0..n).for_each(|i| lower[triangle(i) + i] += damping + penalty);
            if factor(lower, n).is_err() {
                // A learner cannot fail, but nobody takes what is no number.
                lower.fill(f64::NAN);
            }
        }
        let sent = reply.copy_of(0, gradient);
        // g_m - λ_m + ρ y, with λ_m = v_m - ρ y.
        for ((b, v), y) in sent.iter_mut().zip(&*v).zip(direction.iter()) {
            *b += (penalty * y - v) + penalty * y;
        }
        solve(lower, sent);
        for ((y_m, v), y) in sent.iter_mut().zip(v).zip(direction.iter()) {
            *v = (*v - penalty * y) + penalty * *y_m;
            *y_m = *v / penalty;
        }
        effort
    }
}
