//! FedSVRPG-M (Wang, He, Zhang, Miao, Anderson 2024): momentum that importance weights correct.
//!
//! On one trajectory τ of the policy at `θ_{r,k}`, with `w` the clipped `p(τ | θ_{r-1}) / p(τ | θ_{r,k})`,
//!
//! `u_{r,k} = β g(τ | θ_{r,k}) + (1 - β) (u_r + g(τ | θ_{r,k}) - w g(τ | θ_{r-1}))`,
//!
//! which is `g(τ | θ_{r,k}) + (1 - β) (u_r - w g(τ | θ_{r-1}))`, the form that is computed.

pub(super) mod protocol;

use super::entry::Entry;
use super::momentum::{Estimator, Local, Momentum, Sampling, entry};
use super::under::Under;
use dpac_actors::Generator;

const NAME: &str = "fed-svrpg-m";

pub(super) const ENTRY: Entry = entry(
    NAME,
    "FedSVRPG-M: local policy gradient steps with momentum, corrected by importance weights.",
    "Wang, He, Zhang, Miao, Anderson 2024, Momentum for the Win: Collaborative Federated Reinforcement Learning \
             across Heterogeneous Environments, arXiv 2405.19499, Algorithm 1",
    protocol::protocol,
    |plan| {
        Momentum::build(NAME, plan, |trajectories| {
            Box::new(Weighted { here: Under::of(trajectories), before: Under::of(trajectories) })
        })
    },
);

struct Weighted {
    here: Under,
    before: Under,
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
        let here = self.here.set(&sampled, &local.theta);
        let before = self.before.set(&sampled, &local.before);
        let w = local.weight(before - here);
        local.start(u);
        self.here.add_gradient(&sampled, 1.0, u);
        self.before.add_gradient(&sampled, -(1.0 - local.momentum) * w, u);
    }
}
