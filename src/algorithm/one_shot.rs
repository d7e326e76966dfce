//! One-shot averaging (Tian, Paschalidis, Olshevsky 2024): every client evaluates by itself, and the server
//! takes one mean at the end.

mod protocol;

use super::entry::{Critic, Entry, Kept, Plan, Role};
use super::evaluating::Evaluating;
use super::evaluation::{EvaluationServer, NO_ACTOR, Rules};
use super::kinds;
use crate::config::{Key, Takes, Words};
use crate::theory::protocol::letter::Q;
use crate::theory::sizes::{Sizes, Sizing};
use dpac_actors::{Algorithm, Broadcast, Cause, Coordinator, Effort, Generator, Job, Kind, Learner, Reply};
use std::sync::Arc;

const AVERAGE: Key = Key {
    name: "average",
    meaning: "what a client sends",
    takes: Takes::Words {
        words: &[
            ("last", "its last iterate"),
            ("clients", "the average of its iterates, with DPTD's weights (s + 2)² after s steps"),
        ],
    },
};

const DECAY: Key = Key {
    name: "decay",
    meaning: "t_0, where step sizes fall as α t_0 / (t_0 + t), t = 0, 1, ...; without it they are all α",
    takes: Takes::Positive { default: None },
};

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: "one-shot",
        summary: "One-shot averaging: every client evaluates by itself, and one mean is taken at the end.",
        keys: &[AVERAGE, DECAY],
        reads: &[
            "policy",
            "trajectories",
            "federation.clients",
            "critic.local_steps",
            "critic.features",
            "critic.alpha",
        ],
        instead: &[
            NO_ACTOR,
            ("critic.rounds", "it has one round, of critic.local_steps trajectories: remove the key"),
        ],
    },
    package: env!("CARGO_PKG_NAME"),
    source: "Tian, Paschalidis, Olshevsky 2024, One-Shot Averaging for Distributed TD(λ) Under Markov Sampling, \
             arXiv 2403.08896",
    role: Role::Evaluates,
    critic: Critic::Learned,
    sizing: Sizing {
        defaults: Sizes { critic_local_steps: 4096, ..Sizes::NONE },
        rule: |request, _| {
            let critic_local_steps = request.trajectories.or(request.critic_local_steps).unwrap_or_default();
            Ok(Sizes { critic_rounds: 1, critic_local_steps, ..Sizes::NONE })
        },
        formulas: &[("critic.local_steps", "T")],
    },
    letters: &[],
    protocol: protocol::protocol,
    keeps: &[Kept { length: Q, live: 2, saved: 2 }],
    build: |plan| Ok(Arc::new(OneShot(plan))),
};

struct OneShot(Plan);

impl Algorithm for OneShot {
    fn name(&self) -> &str {
        ENTRY.words.name
    }

    fn kinds(&self) -> &[Kind] {
        &kinds::DPAC[..1]
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        // Of the only round nobody is told.
        let (lean, length) = (true, self.0.workers.stacked_critic());
        Box::new(EvaluationServer::new(self.0.critic(), lean, length, Rules { radius: None, last: true }))
    }

    fn learner(&self) -> Box<dyn Learner> {
        let evaluating = Evaluating::new(&*self.0.workers, &self.0.theta);
        let lag = self.0.own.is(&AVERAGE, "clients").then(|| vec![0.0; evaluating.psi.len()]);
        Box::new(Alone { evaluating, lag, decay: self.0.own.real(&DECAY) })
    }
}

/// A client's evaluation.
struct Alone {
    evaluating: Evaluating,
    /// Where a client sends its average: how far that is behind the last iterate, times the sum of weights. A
    /// step that is taken after iterates of weight W is missing from these, so `W` times the step is added
    /// here.
    lag: Option<Vec<f64>>,
    decay: Option<f64>,
}

impl Learner for Alone {
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        self.evaluating.prepare(broadcast)
    }

    fn steps(&mut self, job: &Job, _: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort {
        let Evaluating { trajectories, differences, psi } = &mut self.evaluating;
        let psi = reply.copy_of(0, psi);
        let (mut t, mut weights) = (0, 0.0);
        while t < job.order.steps {
            let count = trajectories.sample(job.client, job.order.steps - t, Evaluating::NEEDS, rng);
            let rewards = trajectories.rewards().chunks_exact(trajectories.sizes().horizon);
            for (lane, rewards) in rewards.take(count).enumerate() {
                let phi = trajectories.features().range(lane * rewards.len()..(lane + 1) * rewards.len());
                let alpha = job.order.step_size.at(0) * self.decay.map_or(1.0, |t_0| t_0 / (t_0 + t as f64));
                if let Some(lag) = &mut self.lag {
                    differences.set_step(alpha * weights);
                    differences.add_steps(phi, rewards, psi, lag);
                }
                differences.set_step(alpha);
                differences.steps(phi, rewards, psi);
                t += 1;
                weights += (t as f64 + 2.0) * (t as f64 + 2.0);
            }
        }
        for (psi, lag) in psi.iter_mut().zip(self.lag.iter_mut().flatten()) {
            *psi -= std::mem::take(lag) / f64::max(weights, 1.0);
        }
        self.evaluating.effort(job, 1)
    }
}
