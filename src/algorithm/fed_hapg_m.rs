//! FedHAPG-M (Wang, He, Zhang, Miao, Anderson 2024): momentum that products with the Hessian correct.
//!
//! With `v = θ_{r,k} - θ_{r-1}`, a uniform a in [0, 1) and one trajectory τ of the policy at
//! `θ_a = a θ_{r,k} + (1 - a) θ_{r-1}`,
//!
//! `Δ = ⟨∇ ln p(τ | θ_a), v⟩ ∇Φ_τ(θ_a) + ∇²Φ_τ(θ_a) v`, of which the mean is `∇J(θ_{r,k}) - ∇J(θ_{r-1})`,
//!
//! `u_{r,k} = β w g(τ | θ_{r,k}) + (1 - β) (u_r + Δ)`, with `w` the clipped `p(τ | θ_{r,k}) / p(τ | θ_a)`.
//!
//! `Φ_τ` is that of [`policy_gradient`](super::policy_gradient), with its exact product.

mod protocol;

use super::entry::Entry;
use super::momentum::{Estimator, Local, Momentum, Sampling, entry};
use super::under::Under;
use dpac_actors::Generator;
use rand::Rng;

const NAME: &str = "fed-hapg-m";

pub(super) const ENTRY: Entry = entry(
    NAME,
    "FedHAPG-M: local policy gradient steps with momentum, corrected by products with the Hessian.",
    "Wang, He, Zhang, Miao, Anderson 2024, Momentum for the Win: Collaborative Federated Reinforcement Learning \
             across Heterogeneous Environments, arXiv 2405.19499, Algorithm 2",
    protocol::protocol,
    |plan| {
        Momentum::build(NAME, plan, |trajectories| {
            let (here, between) = (Under::of(trajectories), Under::of(trajectories));
            let (theta, moved, along) = (Vec::new(), Vec::new(), Vec::new());
            Box::new(Curved { here, between, theta, moved, along })
        })
    },
);

struct Curved {
    here: Under,
    between: Under,
    /// `θ_a`.
    theta: Vec<f64>,
    /// v.
    moved: Vec<f64>,
    along: Vec<f64>,
}

impl Estimator for Curved {
    fn estimate(
        &mut self,
        local: &Local,
        sampling: &mut Sampling,
        client: u32,
        rng: &mut Generator,
        u: &mut [f64],
    ) {
        let Curved { here, between, theta, moved, along } = self;
        // The 53 high bits as a number in [0, 1).
        let a = (rng.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0;
        let ends = || local.theta.iter().zip(&local.before);
        theta.clear();
        theta.extend(ends().map(|(here, before)| a * here + (1.0 - a) * before));
        moved.clear();
        moved.extend(ends().map(|(here, before)| here - before));
        let sampled = sampling.one(client, theta, rng);
        let ln_here = here.set(&sampled, &local.theta);
        let w = local.weight(ln_here - between.set(&sampled, theta));
        local.start(u);
        here.add_gradient(&sampled, local.momentum * w, u);
        between.add_hessian_product(&sampled, moved, 1.0 - local.momentum, along, u);
    }
}
