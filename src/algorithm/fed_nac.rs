//! FedNAC (Yang, Cen, Wei, Chen, Chi 2024): FedNPG over a graph with log-linear policies, whose clients fit
//! their action values to sampled returns.

mod protocol;

use super::entry::{Critic, Entry, Plan, Role};
use super::gossip::{Ascent, Ascents, Gossip, KEEPS, TRACKING};
use super::measured::RoundSteps;
use super::needs::{Needs, Of};
use super::regression::{Regression, StepSizes, indicate};
use super::trajectories::{Sizes, Trajectories};
use crate::config::Words;
use crate::theory::sizes::{IMPROVEMENT, Sizing};
use dpac_actors::{Effort, Generator, Job, Order};
use std::sync::Arc;

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: "fed-nac",
        summary: "FedNPG over a graph with log-linear policies: values fitted to sampled returns.",
        keys: &[TRACKING],
        reads: &[
            "trajectories",
            "federation.clients",
            "federation.graph",
            "actor.rounds",
            "actor.local_steps",
            "actor.features",
            "actor.policy",
            "actor.zeta",
            "actor.eta",
            "actor.largest_move",
        ],
        instead: &[
            ("critic", "values are fitted on the policy's features: remove the key"),
            ("actor.sync_interval", "clients do not average what they fit: remove the key"),
            ("actor.target", "values are fitted to returns: remove the key"),
        ],
    },
    package: env!("CARGO_PKG_NAME"),
    source: "Yang, Cen, Wei, Chen, Chi 2024, Federated Natural Policy Gradient and Actor Critic Methods for Multi-task \
             Reinforcement Learning, arXiv 2311.00201",
    role: Role::Improves,
    critic: Critic::None,
    sizing: Sizing { formulas: IMPROVEMENT.formulas.split_at(2).0, ..IMPROVEMENT },
    letters: &[],
    protocol: protocol::protocol,
    keeps: KEEPS,
    build: |plan| {
        let actor = plan.actor();
        let order = Order { first_step: 0, steps: actor.local_steps, step_size: actor.zeta };
        Ok(Gossip::build(ENTRY.words.name, &plan, order, ascents(&plan)))
    },
};

fn ascents(plan: &Plan) -> Box<Ascents> {
    let (workers, measured) = (Arc::clone(&plan.workers), plan.course().steps);
    Box::new(move || {
        let trajectories = workers.trajectories();
        let Sizes { gamma, horizon, .. } = trajectories.sizes();
        let (regression, measured) = (Regression::new(gamma, horizon), measured.clone());
        Box::new(Fitted { trajectories, regression, measured, returns: Vec::new(), taken: Vec::new() })
    })
}

/// `w_m`, which fits `⟨ξ_h(z, a), w⟩` to discounted returns from step h on, by stochastic gradients from 0.
struct Fitted {
    trajectories: Box<dyn Trajectories>,
    regression: Regression,
    /// Of a network: ζ is measured at the client's own policy.
    measured: Option<Arc<dyn RoundSteps>>,
    /// Of the batch, by place.
    returns: Vec<f64>,
    /// Of a network: `1[b = a_h]` at `place * A + b`.
    taken: Vec<f64>,
}

const NEEDS: Needs =
    Needs { features: None, rewards: true, actions: false, gradients: Some(Of::Taken), probabilities: false };

impl Ascent for Fitted {
    fn direction(
        &mut self,
        job: &Job<'_>,
        theta: &[f64],
        rng: &mut Generator,
        direction: &mut [f64],
    ) -> Effort {
        let Fitted { trajectories, regression, measured, returns, taken } = self;
        trajectories.set_policy(theta);
        direction.fill(0.0);
        let Sizes { gamma, horizon, actions, .. } = trajectories.sizes();
        // Which logits are meant is known of rows by themselves.
        let needs = Needs { actions: trajectories.jacobians().is_some(), ..NEEDS };
        let size = measured.as_ref().map(|steps| steps.zeta(job.place.round, theta));
        let size = size.unwrap_or(job.order.step_size);
        let mut k = 0;
        while k < job.order.steps {
            let count = trajectories.sample(job.client, job.order.steps - k, needs, rng) as u64;
            returns.clear();
            returns.extend_from_slice(trajectories.rewards());
            for of_one in returns.chunks_exact_mut(horizon) {
                for h in (1..horizon).rev() {
                    of_one[h - 1] += gamma * of_one[h];
                }
            }
            let zeta = StepSizes { size, first: job.order.first_step + k };
            k += count;
            if needs.actions {
                indicate(trajectories.taken(), actions, taken);
            }
            if let Some(jacobians) = trajectories.jacobians() {
                regression.steps_along(jacobians, taken, returns, zeta, direction);
            } else {
                regression.steps(trajectories.gradients(), None, returns, zeta, direction);
            }
        }
        let environment_steps = job.order.steps.saturating_mul(horizon as u64);
        Effort { local_steps: job.order.steps, trajectories: job.order.steps, environment_steps }
    }
}
