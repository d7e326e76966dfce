//! FedSVRPG-M (Wang, He, Zhang, Miao, Anderson 2024): momentum that importance weights correct.
//!
//! On one trajectory τ of the policy at `θ_{r,k}`, with `w` the clipped `p(τ | θ_{r-1}) / p(τ | θ_{r,k})`,
//!
//! `u_{r,k} = β g(τ | θ_{r,k}) + (1 - β) (u_r + g(τ | θ_{r,k}) - w g(τ | θ_{r-1}))`,
//!
//! which is `g(τ | θ_{r,k}) + (1 - β) (u_r - w g(τ | θ_{r-1}))`, the form that is computed.

pub(super) mod protocol;

use super::entry::{Critic, Entry, Role};
use super::fed_npg_standard::{NO_CRITIC, NO_INTERVAL, NO_LEAN, NO_SCHEDULE, NO_TARGET};
use super::momentum::{Estimator, INITIAL, KEEPS, KEYS, Local, Momentum, READS, Sampling};
use super::policy_gradient::Probabilities;
use crate::config::Words;
use crate::theory::sizes::ASCENT;
use dpac_actors::Generator;

/// The other keys of the frame.
pub(super) const INSTEAD: &[(&str, &str)] = &[NO_CRITIC, NO_SCHEDULE, NO_LEAN, NO_INTERVAL, NO_TARGET];

const NAME: &str = "fed-svrpg-m";

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: NAME,
        summary: "FedSVRPG-M: local policy gradient steps with momentum, corrected by importance weights.",
        keys: KEYS,
        reads: READS,
        instead: INSTEAD,
    },
    package: env!("CARGO_PKG_NAME"),
    source: "Wang, He, Zhang, Miao, Anderson 2024, Momentum for the Win: Collaborative Federated Reinforcement Learning \
             across Heterogeneous Environments, arXiv 2405.19499, Algorithm 1",
    role: Role::Improves,
    critic: Critic::None,
    sizing: ASCENT,
    letters: &[(protocol::B_0, &INITIAL)],
    protocol: protocol::protocol,
    keeps: KEEPS,
    build: |plan| Momentum::build(NAME, plan, || Box::new(Weighted::default())),
};

#[derive(Default)]
struct Weighted {
    here: Probabilities,
    before: Probabilities,
}

impl Estimator for Weighted {
    fn estimate(
        &mut self,
        local: &Local,
        sampling: &mut Sampling,
        client: u32,
        rng: &mut Generator,
        u: &mut [f64],
    ) {
        let sampled = sampling.one(client, &local.theta, rng);
        let (rows, taken) = (sampled.rows, sampled.taken);
        let here = self.here.set(rows, taken, &local.theta);
        let before = self.before.set(rows, taken, &local.before);
        let w = local.weight(before - here);
        local.start(u);
        sampled.add_gradient(&self.here.score(rows, taken), 1.0, u);
        sampled.add_gradient(&self.before.score(rows, taken), -(1.0 - local.momentum) * w, u);
    }
}
