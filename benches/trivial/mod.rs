//! An algorithm that is nothing but its messages: a vector down, trivial local steps, a vector up, the mean.
//!
//! Messages are those of DPTD: clients know the first order; after each barrier the server sends the mean,
//! also after the last. Client m pulls towards a number of its own, `t_m = (m mod 11) / 10`, so that replies
//! differ and stay finite for ever.

use dpac_actors::{
    Algorithm, Ask, Broadcast, Cause, Coordinator, Effort, Ended, Generator, Job, Kind, Learner, Message,
    Milestone, Named, Order, Phase, Reducer, Reply, StepSize, Turn, Work,
};
use rand::Rng;
use std::sync::Arc;

/// How far a local step goes towards the client's number.
const RATE: f64 = 0.1;

const UP: u16 = 0;
const DOWN: u16 = 1;

const KINDS: [Kind; 2] = [
    Kind::up("critic_up", Phase::Critic, &["psi"]),
    Kind::down("critic_sync", Phase::Critic, &["psi"]).answered_by(UP),
];

/// What a local step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// `x ← x + c (t_m − x)`: all numbers move, one step after the other over the whole vector.
    Dense,
    /// The same for one component, which is drawn: a one-hot update. The reply is marked, where the host
    /// allows it.
    Sparse,
}

/// Sizes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trivial {
    pub(crate) dimension: usize,
    pub(crate) rounds: u32,
    pub(crate) local_steps: u64,
    pub(crate) step: Step,
}

impl Algorithm for Trivial {
    fn name(&self) -> &str {
        "trivial"
    }

    fn kinds(&self) -> &[Kind] {
        &KINDS
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        Box::new(Mean { sizes: *self, x: self.start() })
    }

    fn learner(&self) -> Box<dyn Learner> {
        Box::new(Puller { step: self.step, x: self.start() })
    }
}

impl Trivial {
    fn start(&self) -> Arc<[f64]> {
        vec![0.0; self.dimension].into()
    }
}

/// The server's side.
struct Mean {
    sizes: Trivial,
    x: Arc<[f64]>,
}

impl Mean {
    fn named(&self) -> Vec<Named> {
        vec![Named::new("psi", Arc::clone(&self.x))]
    }

    fn order(&self, round: u32) -> Order {
        let steps = self.sizes.local_steps;
        let first_step = u64::from(round) * steps;
        Order { first_step, steps, step_size: StepSize::constant(RATE) }
    }

    fn work(&self, round: u32, ask: Ask) -> Turn {
        Turn::work(Work { ask, order: self.order(round), base: self.named(), reducer: Reducer::Mean })
    }
}

impl Coordinator for Mean {
    fn start(&mut self) -> Result<Turn, Cause> {
        Ok(self.work(0, Ask::Known { round: 0, barrier: 0, reply: UP }))
    }

    fn next(&mut self, mut ended: Ended) -> Result<Turn, Cause> {
        self.x = ended.aggregate.remove(0).into();
        let round = ended.place.round + 1;
        let sent = Message::new(DOWN, round, 0, self.named());
        let turn = if round == self.sizes.rounds {
            Turn::finish(self.named()).telling(sent)
        } else {
            self.work(round, Ask::With(sent))
        };
        Ok(turn.with(Milestone { round: ended.place.round, vectors: self.named() }))
    }
}

/// `t_m`.
pub(crate) fn target(client: u32) -> f64 {
    f64::from(client % 11) / 10.0
}

/// Dense local steps.
pub(crate) fn dense(x: &mut [f64], target: f64, local_steps: u64) {
    for _ in 0..local_steps {
        for x in x.iter_mut() {
            *x += RATE * (target - *x);
        }
    }
}

/// A worker's side.
struct Puller {
    step: Step,
    x: Arc<[f64]>,
}

impl Learner for Puller {
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        let x = broadcast.vector("psi");
        self.x = Arc::clone(x.ok_or_else(|| Cause::Algorithm("a message without x".into()))?);
        Ok(())
    }

    fn steps(&mut self, job: &Job, _state: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort {
        let target = target(job.client);
        match self.step {
            Step::Dense => dense(reply.copy_of(0, &self.x), target, job.order.steps),
            Step::Sparse => {
                let mut x = reply.draft(&self.x, job.order.steps);
                for _ in 0..job.order.steps {
                    let length = x.values().len();
                    let i = ((u128::from(rng.next_u64()) * length as u128) >> 64) as usize;
                    x.add(i, RATE * (target - x.values()[i]));
                }
            }
        }
        Effort { local_steps: job.order.steps, ..Effort::default() }
    }
}
