//! Local steps with momentum, corrected for the policy's having moved: the frame of FedSVRPG-M and FedHAPG-M
//! (Wang, He, Zhang, Miao, Anderson 2024), which differ in the correction.
//!
//! The server has `θ_r` and `u_r`; `u_0` is the mean gradient of a first batch at `θ_0`, and
//! `θ_{r+1} = θ_r + λ u_{r+1}`. A client begins a round at `θ_{r,0} = θ_r` and in each of K local steps takes
//! one trajectory, finds `u_{r,k}` and moves to `θ_{r,k+1} = θ_{r,k} + η u_{r,k}`. With one η for all steps,
//! `(θ_{r,K} - θ_r) / (η K)` is the mean of its `u_{r,k}`. That mean is what it sends, and their mean over
//! clients is `u_{r+1}`.
//!
//! Corrections look back to `θ_{r-1}`, which is `θ_r - λ u_r`: nobody has to send or to keep it. In the first
//! round it is `θ_0`.

use super::critic::{check_length, only};
use super::entry::{Critic, Entry, Kept, Plan, Role, Unfit};
use super::fed_npg_standard::{NO_CRITIC, NO_INTERVAL, NO_LEAN, NO_SCHEDULE, NO_TARGET};
use super::fed_svrpg_m::protocol::B_0;
use super::kinds::{OMEGA, THETA};
use super::policy_gradient::{AT_ANY, Returns, check_weights};
use super::policy_server::PolicyServer;
use super::setting::ActorPlan;
use super::trajectories::{Sizes, Trajectories};
use super::under::{Sampled, Steps, Under};
use crate::config::{self, Key, Takes, Words};
use crate::theory::protocol::Protocol;
use crate::theory::protocol::letter::P;
use crate::theory::sizes::ASCENT;
use dpac_actors::{
    Algorithm, Ask, Broadcast, Cause, Coordinator, Effort, Ended, Generator, Job, Kind, Learner, Message,
    Named, Order, Phase, Reducer, Reply, State, Turn, Work,
};
use std::sync::Arc;

const MOMENTUM: Key = Key {
    name: "momentum",
    meaning: "β, the weight of a new trajectory's own gradient; at 1 nothing is kept of earlier ones",
    takes: Takes::Share { default: Some(0.5) },
};

const CLIP: Key = Key {
    name: "clip",
    meaning: "the largest importance weight of a trajectory; larger ones are taken for it",
    takes: Takes::Positive { default: Some(10.0) },
};

const INITIAL: Key = Key {
    name: "initial",
    meaning: "B_0, trajectories of each client for u_0, before the first round",
    takes: Takes::Integer { least: 1, most: 1_000_000_000, default: Some(16) },
};

/// Clients step back by η, of which no message tells them.
const NO_MOVE: (&str, &str) =
    ("actor.largest_move", "its steps are numbers, which nothing bounds: remove the key");

const KEYS: &[Key] = &[MOMENTUM, CLIP, INITIAL];

const READS: &[&str] = &[
    "trajectories",
    "federation.clients",
    "actor.rounds",
    "actor.local_steps",
    "actor.features",
    "actor.policy",
    "actor.zeta",
    "actor.eta",
];

/// θ and u, and what replies are differences from.
const KEEPS: &[Kept] = &[Kept { length: P, live: 3, saved: 2 }];

/// What an algorithm of this frame says of itself.
pub(super) const fn entry(
    name: &'static str,
    summary: &'static str,
    source: &'static str,
    protocol: fn(bool, &config::Algorithm) -> Protocol,
    build: fn(Plan) -> Result<Arc<dyn Algorithm>, Unfit>,
) -> Entry {
    Entry {
        words: Words {
            name,
            summary,
            keys: KEYS,
            reads: READS,
            instead: &[NO_CRITIC, NO_SCHEDULE, NO_LEAN, NO_INTERVAL, NO_TARGET, NO_MOVE],
        },
        package: env!("CARGO_PKG_NAME"),
        source,
        role: Role::Improves,
        critic: Critic::None,
        sizing: ASCENT,
        letters: &[(B_0, &INITIAL)],
        protocol,
        keeps: KEEPS,
        build,
    }
}

const ACTOR_UP: u16 = 0;
const POLICY_DIRECTION: u16 = 1;

const KINDS: [Kind; 2] = [
    Kind::up("actor_up", Phase::Actor, &[OMEGA]),
    Kind::down("policy_direction", Phase::Actor, &[THETA, OMEGA]).opening().answered_by(ACTOR_UP),
];

/// How a client finds `u_{r,k}`.
pub(super) trait Estimator: Send {
    /// Draws one trajectory and writes `u_{r,k}`.
    fn estimate(
        &mut self,
        local: &Local,
        sampling: &mut Sampling,
        client: u32,
        rng: &mut Generator,
        u: &mut [f64],
    );
}

/// Makes one for each thread, of the policy of these trajectories.
pub(super) type MakeEstimator = fn(&mut dyn Trajectories) -> Box<dyn Estimator>;

/// An algorithm of this frame.
pub(super) struct Momentum {
    name: &'static str,
    plan: Plan,
    estimator: MakeEstimator,
}

impl Momentum {
    /// # Errors
    /// A policy whose trajectories cannot be weighed; a network whose steps are no numbers.
    pub(super) fn build(
        name: &'static str,
        plan: Plan,
        estimator: MakeEstimator,
    ) -> Result<Arc<dyn Algorithm>, Unfit> {
        check_weights(&*plan.workers)?;
        check_steps(&plan.actor())?;
        Ok(Arc::new(Momentum { name, plan, estimator }))
    }
}

/// # Errors
/// Steps of a network that are to be measured in every round: clients look back by η of the round before, of
/// which no message tells them, and ζ comes before the directions that it is the step of.
fn check_steps(plan: &ActorPlan) -> Result<(), Unfit> {
    let steps = [("actor.zeta", plan.zeta.cap), ("actor.eta", plan.eta)];
    let Some((key, _)) = steps.into_iter().find(|(_, step)| step.is_nan()) else { return Ok(()) };
    Err(Unfit {
        key,
        message: "steps of a network's momentum are not measured: clients look back by η, of which no message tells them"
            .to_owned(),
        help: "give numbers, such as actor.zeta = 0.01 and actor.eta = 1.0",
    })
}

impl Algorithm for Momentum {
    fn name(&self) -> &str {
        self.name
    }

    fn kinds(&self) -> &[Kind] {
        &KINDS
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        let (plan, parameters) = (self.plan.actor(), self.plan.workers.d_theta());
        let order = Order { first_step: 0, steps: plan.local_steps, step_size: plan.zeta };
        Box::new(Server {
            server: PolicyServer::new(&self.plan),
            initial: Order { steps: self.plan.own.integer(&INITIAL).unwrap_or(1), ..order },
            order,
            begun: false,
            u: vec![0.0; parameters].into(),
            zeros: vec![0.0; parameters].into(),
        })
    }

    fn learner(&self) -> Box<dyn Learner> {
        let Plan { workers, own, .. } = &self.plan;
        let Sizes { gamma, horizon, d_theta, .. } = workers.sizes();
        let zeros: Arc<[f64]> = vec![0.0; d_theta].into();
        let mut trajectories = workers.trajectories();
        let real = |key| own.real(key).unwrap_or(1.0);
        Box::new(Client {
            estimator: (self.estimator)(&mut *trajectories),
            under: Under::of(&mut *trajectories),
            sampling: Sampling {
                network: trajectories.jacobians().is_some(),
                trajectories,
                returns: Returns::new(gamma, horizon),
            },
            start: self.plan.course().theta,
            lambda: self.plan.actor().eta,
            local: Local {
                theta: zeros.to_vec(),
                before: zeros.to_vec(),
                u: zeros,
                momentum: real(&MOMENTUM),
                clip: real(&CLIP),
            },
            found: vec![0.0; d_theta],
        })
    }
}

struct Server {
    server: PolicyServer,
    /// The first batch.
    initial: Order,
    /// K local steps.
    order: Order,
    /// Whether `u_0` is there.
    begun: bool,
    /// `u_r`.
    u: Arc<[f64]>,
    /// What replies are differences from.
    zeros: Arc<[f64]>,
}

impl Server {
    fn work(&self, ask: Ask, order: Order) -> Turn {
        let base = vec![Named::new(OMEGA, Arc::clone(&self.zeros))];
        Turn::work(Work { ask, order, base, reducer: Reducer::Mean })
    }

    /// `(θ_r, u_r)` to all clients. The first round's barrier comes after that of the first batch.
    fn open_round(&self) -> Turn {
        let (round, vectors) =
            (self.server.round(), [self.server.theta(), Named::new(OMEGA, Arc::clone(&self.u))]);
        let opening = Message::new(POLICY_DIRECTION, round, u32::from(round == 0), vectors.to_vec());
        self.work(Ask::With(opening), self.order)
    }
}

impl Coordinator for Server {
    /// Every client knows `θ_0`.
    fn start(&mut self) -> Result<Turn, Cause> {
        Ok(self.work(Ask::Known { round: 0, barrier: 0, reply: ACTOR_UP }, self.initial))
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        let u = only(ended.aggregate)?;
        check_length(OMEGA, &u, self.zeros.len())?;
        self.u = u.into();
        if !self.begun {
            self.begun = true;
            return Ok(self.open_round());
        }
        let milestone = self.server.improve(&self.u)?;
        let turn = if self.server.finished() { self.server.results() } else { self.open_round() };
        Ok(turn.with(milestone))
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        self.server.state(state)?;
        let mut begun = u8::from(self.begun);
        state.integer(&mut begun)?;
        self.begun = begun != 0;
        state.shared(&mut self.u)
    }
}

/// Where a client is in its local steps, and what it knows of the policy's way here.
pub(super) struct Local {
    /// `θ_{r,k}`.
    pub(super) theta: Vec<f64>,
    /// `θ_{r-1}`.
    pub(super) before: Vec<f64>,
    /// `u_r`.
    pub(super) u: Arc<[f64]>,
    /// β.
    pub(super) momentum: f64,
    clip: f64,
}

impl Local {
    /// The importance weight of a trajectory, from the logarithm of its ratio of probabilities.
    pub(super) fn weight(&self, logarithm: f64) -> f64 {
        libm::exp(logarithm).min(self.clip)
    }

    /// Writes `(1 - β) u_r`.
    pub(super) fn start(&self, u: &mut [f64]) {
        u.iter_mut().zip(self.u.iter()).for_each(|(u, of_server)| *u = (1.0 - self.momentum) * of_server);
    }
}

/// Trajectories of one client after another.
pub(super) struct Sampling {
    trajectories: Box<dyn Trajectories>,
    /// Whether they are of a network.
    network: bool,
    returns: Returns,
}

impl Sampling {
    /// The client's next trajectories, at most so many, of the policy at θ: how many they are.
    fn sample(&mut self, client: u32, at_most: u64, rng: &mut Generator) -> usize {
        let count = self.trajectories.sample(client, at_most, AT_ANY, rng);
        self.returns.set(self.trajectories.rewards());
        count
    }

    /// One of those.
    fn sampled(&self, trajectory: usize) -> Sampled<'_> {
        let Sampling { trajectories, network, returns } = self;
        let Sizes { horizon, actions, .. } = trajectories.sizes();
        let places = trajectory * horizon..(trajectory + 1) * horizon;
        let steps = if *network {
            Steps::Tape(trajectories.tape(trajectory))
        } else {
            Steps::Rows(trajectories.gradients().range(places.start * actions..places.end * actions))
        };
        Sampled { steps, taken: &trajectories.taken()[places.clone()], to_go: &returns.to_go()[places] }
    }

    /// One trajectory of the policy at θ.
    pub(super) fn one(&mut self, client: u32, theta: &[f64], rng: &mut Generator) -> Sampled<'_> {
        self.trajectories.set_policy(theta);
        self.sample(client, 1, rng);
        self.sampled(0)
    }
}

/// One thread's learner.
struct Client {
    sampling: Sampling,
    estimator: Box<dyn Estimator>,
    /// Trajectories of the first batch at `θ_0`.
    under: Under,
    /// `θ_r`.
    start: Arc<[f64]>,
    /// λ.
    lambda: f64,
    local: Local,
    /// `u_{r,k}`.
    found: Vec<f64>,
}

impl Client {
    /// The mean gradient of a batch at `θ_0`.
    fn first_batch(&mut self, job: &Job<'_>, rng: &mut Generator, mean: &mut [f64]) {
        let Client { sampling, start, under, .. } = self;
        let (scale, mut left) = (1.0 / job.order.steps as f64, job.order.steps);
        sampling.trajectories.set_policy(start);
        while left > 0 {
            let count = sampling.sample(job.client, left, rng);
            for sampled in (0..count).map(|trajectory| sampling.sampled(trajectory)) {
                under.set(&sampled, start);
                under.add_gradient(&sampled, scale, mean);
            }
            left -= count as u64;
        }
    }

    /// K local steps; the mean of their directions.
    fn local_steps(&mut self, job: &Job<'_>, rng: &mut Generator, mean: &mut [f64]) {
        let Client { sampling, estimator, start, local, found, .. } = self;
        local.theta.copy_from_slice(start);
        for k in 0..job.order.steps {
            estimator.estimate(local, sampling, job.client, rng, found);
            let eta = job.order.step_size.at(job.order.first_step + k);
            for ((theta, mean), u) in local.theta.iter_mut().zip(&mut *mean).zip(&*found) {
                *theta += eta * u;
                *mean += u;
            }
        }
        let steps = job.order.steps as f64;
        mean.iter_mut().for_each(|mean| *mean /= steps);
    }
}

impl Learner for Client {
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        let (Some(theta), Some(u)) = (broadcast.vector(THETA), broadcast.vector(OMEGA)) else {
            return Ok(());
        };
        check_length(THETA, theta, self.start.len())?;
        check_length(OMEGA, u, self.start.len())?;
        (self.start, self.local.u) = (Arc::clone(theta), Arc::clone(u));
        let lambda = if broadcast.place.round == 0 { 0.0 } else { self.lambda };
        for ((before, theta), u) in self.local.before.iter_mut().zip(theta.iter()).zip(u.iter()) {
            *before = theta - lambda * u;
        }
        Ok(())
    }

    fn steps(&mut self, job: &Job, _: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort {
        let mean = reply.copy_of(0, &self.found);
        mean.fill(0.0);
        if (job.place.round, job.place.barrier) == (0, 0) {
            self.first_batch(job, rng, mean);
        } else {
            self.local_steps(job, rng, mean);
        }
        let horizon = self.sampling.trajectories.sizes().horizon as u64;
        let steps = job.order.steps;
        Effort { local_steps: steps, trajectories: steps, environment_steps: steps.saturating_mul(horizon) }
    }
}
