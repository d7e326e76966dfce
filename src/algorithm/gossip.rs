//! Policies that clients agree on by writing to their neighbours: the frame of FedNPG's gossip form and of
//! FedNAC (Yang, Cen, Wei, Chen, Chi 2024).
//!
//! Client m has a policy `θ_m` of its own, finds a direction `D_m` at it, and where directions are tracked an
//! estimate `T_m` of the mean direction. In iteration t, with the weights `W` of a [`Graph`]:
//!
//! - `T_m^t = Σ_n W_mn (T_n^{t-1} + D_n^t - D_n^{t-1})`, `T^0 = D^0`; without tracking `T^t = D^t`;
//! - `θ_m^{t+1} = Σ_n W_mn (θ_n^t + η T_n^t)`.
//!
//! As `W` is doubly stochastic, the mean of `T^t` over clients is that of `D^t`.
//!
//! A server sees to it that clients go on together, and is told each client's policy, so that somebody can
//! look at their mean: neither is part of the publication, and both are messages of kinds of their own.

use super::critic::{check_length, only};
use super::entry::{Kept, Plan};
use super::graph::Graph;
use super::kinds::THETA;
use super::measured::Course;
use crate::config::{Key, Takes};
use crate::theory::protocol::letter::P;
use dpac_actors::{
    Algorithm, Ask, Broadcast, Cause, Coordinator, Effort, Ended, Generator, Job, Kind, Learner, Letter,
    Message, Milestone, Named, Order, Phase, Reducer, Reply, State, StepSize, Turn, Work,
};
use std::sync::Arc;

pub(super) const TRACKING: Key = Key {
    name: "tracking",
    meaning: "whether clients track the mean of their directions, or go by their own",
    takes: Takes::Words {
        words: &[
            ("yes", "they track it: one more letter over every link from the second iteration on"),
            ("no", "each goes by its own direction"),
        ],
    },
};

/// What a client finds at its policy.
pub(super) trait Ascent: Send {
    /// Writes the direction in which the client's own policy improves; takes the job's local steps for it.
    fn direction(
        &mut self,
        job: &Job<'_>,
        theta: &[f64],
        rng: &mut Generator,
        direction: &mut [f64],
    ) -> Effort;
}

/// Makes one for each thread.
pub(super) type Ascents = dyn Fn() -> Box<dyn Ascent> + Send + Sync;

/// A society of clients that agree on a policy.
pub(super) struct Gossip {
    pub(super) name: &'static str,
    pub(super) graph: Arc<Graph>,
    pub(super) tracking: bool,
    /// R.
    pub(super) rounds: u32,
    /// The local steps of a direction.
    pub(super) order: Order,
    /// η, where it is not measured.
    pub(super) eta: f64,
    /// Where all clients' policies start; where steps are measured, each client measures its own.
    pub(super) course: Course,
    pub(super) ascents: Box<Ascents>,
}

impl Gossip {
    /// The society of a plan, whose clients take such local steps for a direction.
    pub(super) fn build(
        name: &'static str,
        plan: &Plan,
        order: Order,
        ascents: Box<Ascents>,
    ) -> Arc<dyn Algorithm> {
        let actor = plan.actor();
        Arc::new(Gossip {
            name,
            graph: Arc::clone(&plan.graph),
            tracking: plan.own.is(&TRACKING, "yes"),
            rounds: actor.rounds,
            order,
            eta: actor.eta,
            course: plan.course(),
            ascents,
        })
    }

    /// `d_θ`.
    fn parameters(&self) -> usize {
        self.course.theta.len()
    }
}

/// What the server keeps: the mean policy.
pub(super) const KEEPS: &[Kept] = &[Kept { length: P, live: 1, saved: 1 }];

/// The name of tracked directions in messages.
const TRACKED: &str = "tracked";

const DIRECTED: u16 = 0;
const DIRECTION: u16 = 1;
const TOLD_DIRECTION: u16 = 2;
const AVERAGED: u16 = 3;
const AVERAGE: u16 = 4;
const TOLD_POLICY: u16 = 5;
const REPORT: u16 = 6;
const MIX: u16 = 7;

/// Directions and their tracking are the critic's phase, the policy's step the actor's.
static KINDS: [Kind; 8] = [
    Kind::up("directed", Phase::Critic, &[]),
    Kind::down("direction", Phase::Critic, &[]).opening().answered_by(DIRECTED),
    Kind::peer("told_direction", Phase::Critic, &[TRACKED]),
    Kind::up("averaged", Phase::Critic, &[]),
    Kind::down("average", Phase::Critic, &[]).answered_by(AVERAGED),
    Kind::peer("told_policy", Phase::Critic, &[THETA]),
    Kind::up("report", Phase::Actor, &[THETA]),
    Kind::down("mix", Phase::Actor, &[]).opening().answered_by(REPORT),
];

impl Algorithm for Gossip {
    fn name(&self) -> &str {
        self.name
    }

    fn kinds(&self) -> &[Kind] {
        &KINDS
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        let theta = Arc::clone(&self.course.theta);
        Box::new(Keeper { tracking: self.tracking, rounds: self.rounds, order: self.order, theta, round: 0 })
    }

    fn learner(&self) -> Box<dyn Learner> {
        Box::new(Neighbour {
            graph: Arc::clone(&self.graph),
            tracking: self.tracking,
            eta: self.eta,
            course: self.course.clone(),
            ascent: (self.ascents)(),
            direction: vec![0.0; self.parameters()],
        })
    }

    /// θ_m; where directions are tracked also `T_m` and the direction before.
    fn client_state_len(&self) -> usize {
        if self.tracking { 3 * self.parameters() } else { self.parameters() }
    }
}

/// The server: it says whose turn it is, and keeps the mean of what clients report.
struct Keeper {
    tracking: bool,
    rounds: u32,
    order: Order,
    /// `(1/M) Σ_m θ_m^t`.
    theta: Arc<[f64]>,
    /// t.
    round: u32,
}

impl Keeper {
    /// A turn that asks for this, and is answered with what `base` has.
    fn ask(&self, kind: u16, barrier: u32, order: Order, base: Vec<Named>) -> Turn {
        let ask = Ask::With(Message::new(kind, self.round, barrier, Vec::new()));
        Turn::work(Work { ask, order, base, reducer: Reducer::Mean })
    }

    fn mix(&self) -> Turn {
        self.ask(MIX, 0, ONE, vec![Named::new(THETA, Arc::clone(&self.theta))])
    }

    fn directions(&self) -> Turn {
        self.ask(DIRECTION, 0, self.order, Vec::new())
    }
}

/// A turn in which nothing is sampled.
const ONE: Order = Order { first_step: 0, steps: 1, step_size: StepSize::constant(0.0) };

impl Coordinator for Keeper {
    fn start(&mut self) -> Result<Turn, Cause> {
        Ok(self.directions())
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        match (ended.place.phase, ended.place.barrier) {
            (Phase::Critic, 0) if self.tracking && self.round > 0 => {
                return Ok(self.ask(AVERAGE, 1, ONE, Vec::new()));
            }
            (Phase::Critic, _) => return Ok(self.mix()),
            (Phase::Actor, _) => {}
        }
        let mean = only(ended.aggregate)?;
        check_length(THETA, &mean, self.theta.len())?;
        let used = vec![Named::new(THETA, Arc::clone(&self.theta))];
        let milestone = Milestone { round: self.round, vectors: used };
        self.theta = mean.into();
        self.round += 1;
        let turn = if self.round == self.rounds {
            Turn::finish(vec![Named::new(THETA, Arc::clone(&self.theta))])
        } else {
            self.directions()
        };
        Ok(turn.with(milestone))
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        state.shared(&mut self.theta)?;
        state.integer(&mut self.round)?;
        if self.round >= self.rounds {
            return Err(Cause::State("it has more rounds than the configuration"));
        }
        Ok(())
    }
}

/// A client among its neighbours.
struct Neighbour {
    graph: Arc<Graph>,
    tracking: bool,
    eta: f64,
    course: Course,
    ascent: Box<dyn Ascent>,
    /// Scratch.
    direction: Vec<f64>,
}

impl Neighbour {
    /// `Σ_n W_mn x_n` in place of x_m, in the order of clients' numbers; letters are in that order.
    fn mix(&self, job: &Job<'_>, mine: &mut [f64]) {
        let m = job.client;
        let own = self.graph.own_weight(m);
        let weights: Vec<f64> = job.letters.iter().map(|letter| self.graph.weight(m, letter.from)).collect();
        let before = job.letters.iter().take_while(|letter| letter.from < m).count();
        for (i, mine) in mine.iter_mut().enumerate() {
            let told = |n: usize| weights[n] * job.letters[n].vectors[0][i];
            let lower = (0..before).fold(0.0, |sum, n| sum + told(n));
            *mine = (before..weights.len()).fold(lower + own * *mine, |sum, n| sum + told(n));
        }
    }

    /// Writes to all neighbours.
    fn tell(&self, m: u32, kind: u16, values: &[f64], reply: &mut Reply) {
        let values: Arc<[f64]> = values.into();
        for &n in self.graph.neighbours(m) {
            reply.post(Letter::new(m, n, kind, vec![Arc::clone(&values)]));
        }
    }

    /// `θ + η T`.
    fn step(&self, round: u32, theta: &mut [f64], direction: &[f64]) {
        let measured = self.course.steps.as_ref().map(|steps| steps.eta(round, theta, direction));
        let eta = measured.unwrap_or(self.eta);
        for (theta, direction) in theta.iter_mut().zip(direction) {
            *theta += eta * direction;
        }
    }

    /// The direction at the client's policy, and a letter with the policy's step, or with what is tracked.
    fn ascend(&mut self, job: &Job<'_>, state: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort {
        let (theta, rest) = state.split_at_mut(self.direction.len());
        let round = job.place.round;
        if round == 0 {
            theta.copy_from_slice(&self.course.theta);
        }
        let effort = self.ascent.direction(job, theta, rng, &mut self.direction);
        if !self.tracking {
            self.step(round, theta, &self.direction);
            self.tell(job.client, TOLD_POLICY, theta, reply);
            return effort;
        }
        let (tracked, before) = rest.split_at_mut(self.direction.len());
        for ((tracked, before), now) in tracked.iter_mut().zip(before).zip(&self.direction) {
            *tracked += now - *before;
            *before = *now;
        }
        if round == 0 {
            self.step(round, theta, tracked);
            self.tell(job.client, TOLD_POLICY, theta, reply);
        } else {
            self.tell(job.client, TOLD_DIRECTION, tracked, reply);
        }
        effort
    }
}

impl Learner for Neighbour {
    /// What the server tells has no numbers.
    fn prepare(&mut self, _: &Broadcast) -> Result<(), Cause> {
        Ok(())
    }

    fn steps(&mut self, job: &Job, state: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort {
        let waiting = Effort { local_steps: 1, trajectories: 0, environment_steps: 0 };
        match (job.place.phase, job.place.barrier) {
            (Phase::Critic, 0) => return self.ascend(job, state, rng, reply),
            (Phase::Critic, _) => {
                let (theta, rest) = state.split_at_mut(self.direction.len());
                let tracked = &mut rest[..theta.len()];
                self.mix(job, tracked);
                self.step(job.place.round, theta, tracked);
                self.tell(job.client, TOLD_POLICY, theta, reply);
            }
            (Phase::Actor, _) => {
                let theta = &mut state[..self.direction.len()];
                self.mix(job, theta);
                reply.copy_of(0, theta);
            }
        }
        waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpac_actors::host::{self, Observers, Options};

    const CLIENTS: u32 = 6;
    const ROUNDS: u32 = 5;

    /// A direction that depends on client and iteration alone.
    fn scripted(client: u32, round: u32) -> [f64; 2] {
        let x = f64::from(7 * client + 3 * round + client * round);
        [libm::sin(x), libm::cos(x)]
    }

    struct Scripted;

    impl Ascent for Scripted {
        fn direction(
            &mut self,
            job: &Job<'_>,
            _: &[f64],
            _: &mut Generator,
            direction: &mut [f64],
        ) -> Effort {
            direction.copy_from_slice(&scripted(job.client, job.place.round));
            Effort { local_steps: 1, ..Effort::default() }
        }
    }

    /// With W doubly stochastic the mean of what is tracked stays that of the directions, so that the mean
    /// policy is `η Σ_t (1/M) Σ_m D_m^t` whatever the graph: sums of thirty numbers of size 1.
    #[test]
    fn tracking_conserves_the_mean_of_directions_on_every_graph() {
        let path: Vec<(u32, u32)> = (1..CLIENTS).map(|m| (m - 1, m)).collect();
        let star: Vec<(u32, u32)> = (1..CLIENTS).map(|m| (0, m)).collect();
        let graphs =
            [Ok(Graph::ring(CLIENTS)), Graph::of_links(CLIENTS, &path), Graph::of_links(CLIENTS, &star)];
        let mut expected = [0.0; 2];
        for (round, client) in (0..ROUNDS).flat_map(|round| (0..CLIENTS).map(move |client| (round, client))) {
            let direction = scripted(client, round);
            (0..2).for_each(|i| expected[i] += 0.5 * direction[i] / f64::from(CLIENTS));
        }
        for graph in graphs {
            for tracking in [true, false] {
                let gossip: Arc<dyn Algorithm> = Arc::new(Gossip {
                    name: "scripted",
                    graph: Arc::new(graph.clone().expect("a graph")),
                    tracking,
                    rounds: ROUNDS,
                    order: ONE,
                    eta: 0.5,
                    course: Course::from_zero(2),
                    ascents: Box::new(|| Box::new(Scripted)),
                });
                let outcome = host::run(&gossip, &Options::new(CLIENTS, 2, 0), Observers::default());
                let results = outcome.expect("no fault").results.expect("it comes to its end");
                for (found, expected) in results[0].values.iter().zip(expected) {
                    assert!((found - expected).abs() < 1e-14, "tracking {tracking}: {found}, {expected}");
                }
            }
        }
    }
}
