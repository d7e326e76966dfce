//! Natural policy gradient of a single agent (Cayci, Eryilmaz 2024): evaluation, regression and the policy's
//! step are the client's own. The server says when, and is told of θ.

mod protocol;

use super::critic::{check_length, only};
use super::entry::{Critic, Entry, Kept, Plan, Role};
use super::kinds::THETA;
use super::learner::LocalSteps;
use super::measured::{Course, RoundSteps};
use super::setting::Target;
use crate::config::Words;
use crate::theory::protocol::letter::{P, Q};
use crate::theory::sizes::{SizeError, SizeRequest, Sizes, Sizing};
use dpac_actors::{
    Algorithm, Ask, Broadcast, Cause, Coordinator, Effort, Ended, Generator, Job, Kind, Learner, Message,
    Milestone, Named, Order, Phase, Reducer, Reply, State, StepSize, Turn, Work,
};
use std::sync::Arc;

const ALONE: &str = "nothing is averaged: remove the key";

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: "npg",
        summary: "Natural policy gradient of a single agent, which sends nothing but reports of its policy.",
        keys: &[],
        reads: &[
            "federation.clients",
            "critic.local_steps",
            "critic.features",
            "critic.alpha",
            "critic.init",
            "actor.rounds",
            "actor.local_steps",
            "actor.features",
            "actor.policy",
            "actor.zeta",
            "actor.eta",
            "actor.largest_move",
        ],
        instead: &[
            ("schedule", "its steps are constants, or the practical ones: remove the key"),
            (
                "trajectories",
                "no rule makes its sizes of a budget: give actor.rounds, actor.local_steps and critic.local_steps",
            ),
            ("federation.lean", "it sends nothing that could be left out: remove the key"),
            (
                "critic.rounds",
                "an evaluation is one round, of critic.local_steps trajectories: remove the key",
            ),
            ("critic", ALONE),
            ("actor.sync_interval", ALONE),
            ("actor.target", "it regresses the advantage on the score, as `compatible` does: remove the key"),
        ],
    },
    package: env!("CARGO_PKG_NAME"),
    source: "Cayci, Eryilmaz 2024, Recurrent Natural Policy Gradient for POMDPs, arXiv 2405.18221",
    role: Role::Improves,
    critic: Critic::Learned,
    sizing: Sizing { defaults: DEFAULTS, rule: |request, _| sizes(request), formulas: &[] },
    letters: &[],
    protocol: protocol::protocol,
    // The server's θ and what reports are differences from; beside them what the client keeps, and its ω.
    keeps: &[Kept { length: P, live: 4, saved: 2 }, Kept { length: Q, live: 1, saved: 1 }],
    build: |plan| {
        let course = plan.course();
        Ok(Arc::new(Npg { plan, course }))
    },
};

const DEFAULTS: Sizes = Sizes { rounds: 128, actor_local_steps: 512, critic_local_steps: 256, ..Sizes::NONE };

/// # Errors
/// A second client.
fn sizes(request: &SizeRequest) -> Result<Sizes, SizeError> {
    if request.clients > 1 {
        return Err(SizeError::OneAgent { clients: request.clients });
    }
    let request = request.or(DEFAULTS);
    let actor_local_steps = request.actor_local_steps.unwrap_or_default();
    Ok(Sizes {
        rounds: request.rounds.unwrap_or_default(),
        actor_local_steps,
        actor_sync_interval: actor_local_steps,
        critic_rounds: 1,
        critic_local_steps: request.critic_local_steps.unwrap_or_default(),
    })
}

const EVALUATED: u16 = 0;
const EVALUATE: u16 = 1;
const IMPROVED: u16 = 2;
const IMPROVE: u16 = 3;

const KINDS: [Kind; 4] = [
    Kind::up("evaluated", Phase::Critic, &[]),
    Kind::down("evaluate", Phase::Critic, &[]).opening().answered_by(EVALUATED),
    Kind::up("improved", Phase::Actor, &[THETA]),
    Kind::down("improve", Phase::Actor, &[]).opening().answered_by(IMPROVED),
];

struct Npg {
    plan: Plan,
    course: Course,
}

impl Algorithm for Npg {
    fn name(&self) -> &str {
        ENTRY.words.name
    }

    fn kinds(&self) -> &[Kind] {
        &KINDS
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        let (critic, actor) = (self.plan.critic(), self.plan.actor());
        Box::new(Audience {
            evaluation: Order {
                first_step: 0,
                steps: critic.local_steps,
                step_size: StepSize::constant(critic.alpha.at(0)),
            },
            improvement: Order { first_step: 0, steps: actor.local_steps, step_size: actor.zeta },
            measured: self.course.steps.clone(),
            rounds: actor.rounds,
            round: 0,
            theta: Arc::clone(&self.course.theta),
        })
    }

    fn learner(&self) -> Box<dyn Learner> {
        let workers = &self.plan.workers;
        let d_theta = workers.d_theta();
        Box::new(Agent {
            local: LocalSteps::new(workers.trajectories(), Target::Compatible),
            warm: self.plan.critic().warm,
            eta: self.plan.actor().eta,
            course: self.course.clone(),
            omega: vec![0.0; d_theta],
        })
    }

    /// θ, then ψ.
    fn client_state_len(&self) -> usize {
        self.plan.workers.d_theta() + self.plan.workers.stacked_critic()
    }
}

/// The server: it asks, and keeps what it is told.
struct Audience {
    evaluation: Order,
    improvement: Order,
    /// Steps of a network, which are measured in every round.
    measured: Option<Arc<dyn RoundSteps>>,
    rounds: u32,
    /// r.
    round: u32,
    /// `θ_r`, as the client has reported it.
    theta: Arc<[f64]>,
}

impl Audience {
    fn ask(&self, kind: u16, order: Order, base: Vec<Named>) -> Turn {
        let ask = Ask::With(Message::new(kind, self.round, 0, Vec::new()));
        Turn::work(Work { ask, order, base, reducer: Reducer::Mean })
    }

    fn ask_for_evaluation(&self) -> Turn {
        self.ask(EVALUATE, self.evaluation, Vec::new())
    }

    /// A report is folded as its difference from 0, which is itself to the bit.
    fn ask_for_improvement(&self) -> Turn {
        let base = vec![Named::new(THETA, vec![0.0; self.theta.len()])];
        let measured = self.measured.as_ref().map(|steps| steps.zeta(self.round, &self.theta));
        let step_size = measured.unwrap_or(self.improvement.step_size);
        self.ask(IMPROVE, Order { step_size, ..self.improvement }, base)
    }

    /// Takes in `θ_{r+1}`.
    fn told(&mut self, theta: Vec<f64>) -> Result<Turn, Cause> {
        check_length(THETA, &theta, self.theta.len())?;
        let used = std::mem::replace(&mut self.theta, theta.into());
        let milestone = Milestone { round: self.round, vectors: vec![Named::new(THETA, used)] };
        self.round += 1;
        let turn = if self.round == self.rounds {
            Turn::finish(vec![Named::new(THETA, Arc::clone(&self.theta))])
        } else {
            self.ask_for_evaluation()
        };
        Ok(turn.with(milestone))
    }
}

impl Coordinator for Audience {
    fn start(&mut self) -> Result<Turn, Cause> {
        Ok(self.ask_for_evaluation())
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        match ended.place.phase {
            Phase::Critic => Ok(self.ask_for_improvement()),
            Phase::Actor => self.told(only(ended.aggregate)?),
        }
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        state.integer(&mut self.round)?;
        state.shared(&mut self.theta)?;
        if self.round < self.rounds {
            Ok(())
        } else {
            Err(Cause::State("it has more rounds than the configuration"))
        }
    }
}

/// The client, whose θ and ψ are what the algorithm keeps for it.
struct Agent {
    local: LocalSteps,
    /// Whether an evaluation starts from the last one's result.
    warm: bool,
    eta: f64,
    /// Where the policy starts, and how far its rounds go where these are measured.
    course: Course,
    /// ω of the improvement in progress.
    omega: Vec<f64>,
}

impl Learner for Agent {
    fn prepare(&mut self, _: &Broadcast) -> Result<(), Cause> {
        Ok(())
    }

    fn steps(&mut self, job: &Job, state: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort {
        let Agent { local, warm, eta, course, omega } = self;
        let (theta, psi) = state.split_at_mut(omega.len());
        let round = job.place.round;
        if round == 0 && job.place.phase == Phase::Critic {
            theta.copy_from_slice(&course.theta);
        }
        local.set_policy(theta);
        match job.place.phase {
            Phase::Critic => {
                if !*warm {
                    psi.fill(0.0);
                }
                local.evaluate(job, rng, psi);
            }
            Phase::Actor => {
                omega.fill(0.0);
                local.regress(job, rng, psi, &mut omega[..]);
                let measured = course.steps.as_ref().map(|steps| steps.eta(round, theta, omega));
                let eta = measured.unwrap_or(*eta);
                for (theta, omega) in theta.iter_mut().zip(omega.iter()) {
                    *theta += eta * omega;
                }
                reply.copy_of(0, theta);
            }
        }
        local.effort(job)
    }
}
