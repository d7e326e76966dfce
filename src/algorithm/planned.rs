//! Learners that plan at the server: every client follows the policy that it is told and uploads what it saw
//! and did; the server learns a model from all of that, and plans.
//!
//! Policies are tables of actions, one for each history, or window, of the policy's features. They are told
//! as integers. As parameters of the softmax class they have one logit of [`CERTAIN`] in each row and 0
//! elsewhere, so that the probabilities of all other actions are 0 to the bit.

use super::batch::Batch;
use super::critic::check_length;
use super::entry::{Plan, Unfit};
use super::fed_npg_standard::{NO_INTERVAL, NO_LEAN};
use super::kinds::THETA;
use super::needs::Needs;
use super::trajectories::{self, Trajectories};
use crate::config::Features;
use crate::features::{FeatureMap, FiniteMap};
use crate::planning::Shape;
use crate::theory::sizes::{ASCENT, Sizes, Sizing};
use dpac_actors::{
    Algorithm, Ask, Broadcast, Cause, Coordinator, Effort, Ended, Generator, Job, Kind, Learner, Message,
    Milestone, Named, Order, Phase, Reducer, Reply, State, StepSize, Turn, Work,
};

/// What such algorithms read.
pub(super) const READS: &[&str] =
    &["trajectories", "federation.clients", "actor.rounds", "actor.local_steps", "actor.features"];

/// What to do about what they do not read.
pub(super) const INSTEAD: &[(&str, &str)] = &[
    ("critic", "its server plans, and has no critic: remove its keys"),
    ("schedule", "it has no steps that a schedule could choose: remove the key"),
    NO_LEAN,
    NO_INTERVAL,
    ("actor.target", "it regresses on nothing that a client could: remove the key"),
    ("actor.zeta", "its clients follow a plan and take no steps: remove the key"),
    ("actor.eta", "its policies are planned, and take no steps: remove the key"),
];

/// Sizes where none are given: few rounds, since each of them plans.
pub(super) const SIZING: Sizing =
    Sizing { defaults: Sizes { rounds: 32, actor_local_steps: 8, ..Sizes::NONE }, ..ASCENT };

/// e to the minus this is 0.
const CERTAIN: f64 = 1000.0;

/// Actions of the policy that was planned.
const ACTIONS: &str = "actions";
/// Of each trajectory `o_0, a_0, o_1, ..., a_{H-1}`; where nothing is seen at first, `o_0` is 0.
const SEEN: &str = "seen";
/// Of each trajectory `r̃_0, ..., r̃_{H-1}`.
const REWARDS: &str = "rewards";

const TRAJECTORIES: u16 = 0;
const PLANNED: u16 = 1;

const KINDS: [Kind; 2] = [
    Kind::up("trajectories", Phase::Actor, &[REWARDS]).with_integers(&[SEEN]),
    Kind::down("plan", Phase::Actor, &[]).with_integers(&[ACTIONS]).opening().answered_by(TRAJECTORIES),
];

/// What an algorithm has of its own on the server.
pub(super) trait Planner: Send {
    /// Takes in the trajectories of a round, one after another in the order of clients, and says how much of
    /// each sort of work that was.
    fn learn(&mut self, trajectories: &mut dyn Iterator<Item = Trajectory<'_>>) -> Vec<u64>;

    /// Plans for what is known: an action for each slot of the policy. It says likewise how much that was.
    fn plan(&mut self, actions: &mut [u32]) -> Vec<u64>;

    /// All that it has learned, see [`Coordinator::state`].
    ///
    /// # Errors
    /// What is read does not fit the configuration.
    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause>;
}

/// One trajectory as the server has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trajectory<'a> {
    /// o and a in turns, 2H numbers.
    seen: &'a [i64],
    /// r̃ of each step.
    pub(super) rewards: &'a [f64],
}

impl Trajectory<'_> {
    /// `o_0, ..., o_{H-1}`.
    pub(super) fn seen(&self) -> impl Iterator<Item = u32> + '_ {
        self.seen.iter().step_by(2).map(|&o| o as u32)
    }

    /// `a_0, ..., a_{H-1}`.
    pub(super) fn actions(&self) -> impl Iterator<Item = u32> + '_ {
        self.seen.iter().skip(1).step_by(2).map(|&a| a as u32)
    }
}

/// Which actions clients take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Following {
    /// Those of the plan.
    Plan,
    /// Those of the plan up to step h, and from there on any, each as likely: h = 0, 1, ..., H - 1 in turns.
    PlanThenUniform,
}

/// An algorithm that plans.
pub(super) struct Planned {
    pub(super) name: &'static str,
    /// Its sorts of work, in the order in which a [`Planner`] tells them.
    pub(super) work: &'static [&'static str],
    pub(super) following: Following,
    pub(super) plan: Plan,
    /// See [`memories`].
    pub(super) memories: FiniteMap,
    /// Makes what it has of its own.
    pub(super) planner: Box<dyn Fn() -> Box<dyn Planner> + Send + Sync>,
}

/// The histories, or windows of these, that the policy is a table over.
///
/// # Errors
/// A policy that is no table, readings that are real numbers, features that see less than the server does, or
/// clients that differ.
pub(super) fn memories(plan: &Plan) -> Result<FiniteMap, Unfit> {
    let unfit = |key, message: &str, help| Unfit { key, message: message.to_owned(), help };
    let trajectories::Sizes { horizon, d_theta, .. } = plan.workers.sizes();
    let length = match plan.policy.features() {
        Some(Features::History) => horizon - 1,
        Some(Features::Window { length, tied: false }) => length as usize,
        _ => {
            return Err(unfit(
                "actor.features",
                "the policy is to be a table over histories or windows",
                "give it the kind \"history\", or \"window\" with `tied = false`",
            ));
        }
    };
    let Some(world) = &plan.world else {
        return Err(unfit(
            "problem",
            "the server plans for finitely many observations",
            "choose a problem whose observations are no real numbers",
        ));
    };
    if !plan.alike {
        return Err(unfit("problem.clients", "the server has one model for all clients", "remove the key"));
    }
    let Shape { first, actions, observations, .. } = Shape::of(&world.model, horizon);
    let map = FiniteMap::window(horizon, actions, observations, first, length);
    map.ok().filter(|map| map.stacked() == d_theta).ok_or_else(|| {
        unfit(
            "problem.split",
            "the policy sees of which observation one is a copy, and the server which copy it is",
            "let both see copies: `split_seen = \"copy\"`",
        )
    })
}

impl Algorithm for Planned {
    fn name(&self) -> &str {
        self.name
    }

    fn kinds(&self) -> &[Kind] {
        &KINDS
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        let actor = self.plan.actor();
        let trajectories::Sizes { horizon, actions, d_theta, .. } = self.plan.workers.sizes();
        let zeta = StepSize::constant(0.0);
        let rewards = actor.local_steps as usize * horizon;
        Box::new(PlanningServer {
            planner: (self.planner)(),
            policy: vec![0; d_theta / actions],
            parameters: d_theta,
            horizon,
            rollouts: Order { first_step: 0, steps: actor.local_steps, step_size: zeta },
            base: Named::new(REWARDS, vec![0.0; rewards]),
            rounds: actor.rounds,
            round: 0,
        })
    }

    fn learner(&self) -> Box<dyn Learner> {
        Box::new(Follower::new(self.plan.workers.trajectories(), self.following, &self.memories))
    }

    fn server_work(&self) -> &[&'static str] {
        self.work
    }
}

/// The server: it plans, asks for rollouts, and learns from them.
struct PlanningServer {
    planner: Box<dyn Planner>,
    /// The policy of this round.
    policy: Vec<u32>,
    /// `d_θ`.
    parameters: usize,
    horizon: usize,
    rollouts: Order,
    /// What replies are collected beside.
    base: Named,
    rounds: u32,
    /// r.
    round: u32,
}

impl PlanningServer {
    /// Plans, and asks for rollouts of the plan, or gives it as the result.
    fn plan(&mut self) -> Turn {
        let done = self.planner.plan(&mut self.policy);
        let turn = if self.round == self.rounds {
            Turn::finish(vec![self.theta()])
        } else {
            let actions: Vec<i64> = self.policy.iter().map(|&action| action.into()).collect();
            let message = Message::new(PLANNED, self.round, 0, Vec::new()).with_integers(ACTIONS, actions);
            let (ask, order, base) = (Ask::With(message), self.rollouts, vec![self.base.clone()]);
            Turn::work(Work { ask, order, base, reducer: Reducer::Collect })
        };
        turn.after(&done)
    }

    fn theta(&self) -> Named {
        let mut theta = vec![0.0; self.parameters];
        certain(&self.policy, &mut theta);
        Named::new(THETA, theta)
    }
}

/// Writes the logits of a table of actions over zeros.
fn certain(policy: &[u32], theta: &mut [f64]) {
    if policy.is_empty() {
        return;
    }
    let actions = theta.len() / policy.len();
    for (row, &action) in theta.chunks_exact_mut(actions).zip(policy) {
        row[action as usize] = CERTAIN;
    }
}

impl Coordinator for PlanningServer {
    fn start(&mut self) -> Result<Turn, Cause> {
        Ok(self.plan())
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        let horizon = self.horizon;
        let expected = self.base.values.len();
        for (rewards, seen) in ended.aggregate.iter().zip(&ended.integers) {
            check_length(REWARDS, rewards, expected)?;
            if seen.len() != 2 * expected {
                return Err(Cause::Length { vector: SEEN, found: seen.len(), expected: 2 * expected });
            }
        }
        let milestone = Milestone { round: self.round, vectors: vec![self.theta()] };
        let mut trajectories = ended.aggregate.iter().zip(&ended.integers).flat_map(|(rewards, seen)| {
            let of_client = rewards.chunks_exact(horizon).zip(seen.chunks_exact(2 * horizon));
            of_client.map(|(rewards, seen)| Trajectory { seen, rewards })
        });
        let learned = self.planner.learn(&mut trajectories);
        self.round += 1;
        Ok(self.plan().after(&learned).with(milestone))
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        state.integer(&mut self.round)?;
        let actions = self.parameters / self.policy.len().max(1);
        for action in &mut self.policy {
            state.integer(action)?;
            if *action as usize >= actions {
                return Err(Cause::State("it takes an action that there is not"));
            }
        }
        if self.round >= self.rounds {
            return Err(Cause::State("it has more rounds than the configuration"));
        }
        self.planner.state(state)
    }
}

/// A client: it follows the plan and tells all that it saw, did and earned.
struct Follower {
    trajectories: Box<dyn Trajectories>,
    following: Following,
    /// Logits of the plan.
    theta: Vec<f64>,
    /// Those of a plan that ends early: 0 from some step on.
    cut: Vec<f64>,
    /// Where the logits of step h begin.
    begins: Vec<usize>,
    seen: Vec<i64>,
    rewards: Vec<f64>,
}

const ASKED: Needs =
    Needs { features: None, rewards: true, actions: false, gradients: None, probabilities: false };

impl Follower {
    fn new(trajectories: Box<dyn Trajectories>, following: Following, memories: &FiniteMap) -> Self {
        let zeros = vec![0.0; trajectories.sizes().d_theta];
        let begins = (0..memories.horizon()).map(|h| memories.component(h, 0, 0)).collect();
        let cut = if following == Following::Plan { Vec::new() } else { zeros.clone() };
        let theta = zeros;
        Follower { trajectories, following, theta, cut, begins, seen: Vec::new(), rewards: Vec::new() }
    }

    /// Notes the next trajectories of the policy that is set.
    fn follow(&mut self, client: u32, rng: &mut Generator, trajectories: u64) {
        let mut left = trajectories;
        while left > 0 {
            left -= self.trajectories.sample(client, left, ASKED, rng) as u64;
            self.rewards.extend_from_slice(self.trajectories.rewards());
            // An algorithm for other observations is not built.
            let Some(batch) = self.trajectories.batch().downcast_ref::<Batch<u32>>() else { return };
            for lane in 0..batch.count() {
                let mut observation = batch.first()[lane];
                for h in 0..batch.horizon() {
                    self.seen.extend([i64::from(observation), i64::from(batch.actions(h)[lane])]);
                    observation = batch.seen(h)[lane];
                }
            }
        }
    }
}

impl Learner for Follower {
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        let Some(actions) = broadcast.integers(ACTIONS) else { return Ok(()) };
        let (slots, count) = (actions.len(), self.trajectories.sizes().actions);
        if slots * count != self.theta.len() {
            return Err(Cause::Length { vector: ACTIONS, found: slots, expected: self.theta.len() / count });
        }
        self.theta.fill(0.0);
        for (row, &action) in self.theta.chunks_exact_mut(count).zip(actions.iter()) {
            let logit = usize::try_from(action).ok().and_then(|action| row.get_mut(action));
            *logit.ok_or(Cause::State("a plan takes an action that there is not"))? = CERTAIN;
        }
        if self.following == Following::Plan {
            self.trajectories.set_policy(&self.theta);
        }
        Ok(())
    }

    fn steps(&mut self, job: &Job, _: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort {
        let (horizon, steps) = (self.begins.len() as u64, job.order.steps);
        self.seen.clear();
        self.rewards.clear();
        match self.following {
            Following::Plan => self.follow(job.client, rng, steps),
            Following::PlanThenUniform => {
                for h in 0..horizon {
                    let begin = self.begins[h as usize];
                    self.cut[..begin].copy_from_slice(&self.theta[..begin]);
                    self.cut[begin..].fill(0.0);
                    self.trajectories.set_policy(&self.cut);
                    // Every H-th of the steps, from number h on.
                    self.follow(job.client, rng, (steps + horizon - 1 - h) / horizon);
                }
            }
        }
        reply.copy_of(0, &self.rewards);
        reply.integers(0).clone_from(&self.seen);
        Effort { local_steps: steps, trajectories: steps, environment_steps: steps.saturating_mul(horizon) }
    }
}
