//! Distributed temporal differences with server momentum.
//!
//! Clients do what those of DPTD do. The server does not step towards their mean: it keeps a velocity, which
//! each round's mean changes, and moves by that, as the server of Hsu, Qi and Brown (2019) does in federated
//! averaging. With β = 1 - 1/m,
//!
//! ```text
//! v^{r+1} = β v^r + (ψ̄^{r+1} - ψ^r),    ψ^{r+1} = ψ^r + η_r v^{r+1},
//! ```
//!
//! where ψ̄ is the mean of the clients' ψ after their local steps. The result is DPTD's weighted average of
//! the ψ^r.

use dpac::algorithm::{Critic, Entry, EvaluationServer, Kept, Plan, Role, Rules, Start};
use dpac::algorithm::{NO_ACTOR, NO_WARM_START, READS_OF_DPTD};
use dpac::config::{self, Key, Takes, Words};
use dpac::dpac_actors::{Algorithm, Cause, Coordinator, Ended, Kind, Learner, State, Turn};
use dpac::theory::counts::Phase;
use dpac::theory::protocol::letter::{K_E, Q, R_E};
use dpac::theory::protocol::{PSI, Protocol, Step, barrier, message, repeat, sequence};
use dpac::theory::sizes::EVALUATION;
use std::sync::Arc;

const NAME: &str = "momentum-td";

const MEMORY: Key = Key {
    name: "memory",
    meaning: "m, the rounds that the server's velocity is made of: β = 1 - 1/m, and 1 is no momentum",
    takes: Takes::Integer { least: 1, most: 1_000_000, default: Some(2) },
};

/// What configurations, `plan`, the closed form and the program's commands know of the algorithm.
pub const ENTRY: Entry = Entry {
    words: Words {
        name: NAME,
        summary: "DPTD with server momentum: the server keeps a velocity, which each round's mean changes.",
        keys: &[MEMORY],
        reads: READS_OF_DPTD,
        instead: &[NO_ACTOR, NO_WARM_START],
    },
    package: env!("CARGO_PKG_NAME"),
    source: "Hsu, Qi, Brown 2019, Measuring the Effects of Non-Identical Data Distribution for Federated Visual \
             Classification, arXiv 1909.06335 (FedAvgM); on DPTD (Zhang, Salgia, Chi 2024, Algorithm 2)",
    role: Role::Evaluates,
    critic: Critic::Learned,
    sizing: EVALUATION,
    letters: &[],
    protocol,
    keeps: &[Kept { length: Q, live: 3, saved: 3 }],
    build: |plan| Ok(Arc::new(MomentumTd(plan))),
};

/// R_e rounds: K_e local steps of every client, ψ up, the server's ψ down. After the last round nobody needs
/// it, and the lean form leaves it out.
pub fn protocol(lean: bool, _: &config::Algorithm) -> Protocol {
    let round = || [barrier(K_E, message("critic_up", Phase::Critic, [PSI])), answer()];
    let [last, _] = round();
    let steps = if lean { sequence([repeat(R_E - 1, round()), last]) } else { repeat(R_E, round()) };
    Protocol { name: NAME, rounds: Some(R_E), steps }
}

fn answer() -> Step {
    Step::Sync(message("critic_sync", Phase::Critic, [PSI]))
}

struct MomentumTd(Plan);

impl Algorithm for MomentumTd {
    fn name(&self) -> &str {
        NAME
    }

    fn kinds(&self) -> &[Kind] {
        EvaluationServer::kinds()
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        let MomentumTd(plan) = self;
        let length = plan.workers.stacked_critic();
        let memory = plan.own.integer(&MEMORY).unwrap_or(1);
        Box::new(Server {
            towards_mean: EvaluationServer::new(plan.critic(), plan.lean, length, Rules::default()),
            beta: 1.0 - 1.0 / memory as f64,
            velocity: vec![0.0; length],
        })
    }

    fn learner(&self) -> Box<dyn Learner> {
        self.0.workers.learner(Start::Evaluation { theta: &self.0.theta })
    }
}

/// DPTD's server, which steps towards ψ^r + v^{r+1} where it would step towards the mean.
struct Server {
    towards_mean: EvaluationServer,
    beta: f64,
    /// v^r.
    velocity: Vec<f64>,
}

impl Coordinator for Server {
    fn start(&mut self) -> Result<Turn, Cause> {
        self.towards_mean.start()
    }

    fn next(&mut self, mut ended: Ended) -> Result<Turn, Cause> {
        let psi = self.towards_mean.psi();
        for ((mean, v), psi) in ended.aggregate.iter_mut().flatten().zip(&mut self.velocity).zip(psi) {
            *v = self.beta * *v + (*mean - psi);
            *mean = psi + *v;
        }
        self.towards_mean.next(ended)
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        state.numbers(&mut self.velocity)?;
        self.towards_mean.state(state)
    }
}
