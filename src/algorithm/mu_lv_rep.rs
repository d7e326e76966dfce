//! μLV-Rep (Zhang, Ren, Xiao, Schuurmans, Dai 2024): features from a latent variable behind what is seen
//! next, and optimistic values that are linear in them, by least squares on what was met.
//!
//! Of each step but the last, `P(o' | x, a) = Σ_{z<d} p(z | x, a) p(o' | z)` by expectation maximisation, on
//! what followed each window x and action a; `φ_h(x, a) = p(· | x, a)`. From the last step backwards
//!
//! `w_h = (λ I + Σ φ φ')^{-1} Σ φ max_a' Q_{h+1}(x', a')`, over all that was met,
//! `Q_h(x, a) = r̂_h(x, a) + γ ⟨w_h, φ_h(x, a)⟩ + α ‖φ_h(x, a)‖`, cut off at 0 and H - h,
//!
//! the norm being that of `(λ I + Σ φ φ')^{-1}`, λ = 1, and r̂ the mean reward of the pair. The last step has
//! rewards alone. Of a pair that was never met nothing is known: its norm is 1. Nothing is searched: the
//! greedy policy is written out for all windows, since clients are told a table.

mod protocol;

use super::entry::{Critic, Entry, Plan, Role, Unfit};
use super::planned::{Following, INSTEAD, Planned, Planner, READS, SIZING, Trajectory, memories};
use super::porl2::{BONUS, KEEPS, RIDGE, SWEEPS};
use super::window_data::WindowData;
use crate::config::{Key, Takes, Words};
use crate::planning::{Regression, Rewards, StepFeatures};
use dpac_actors::{Algorithm, Cause, State};
use std::sync::Arc;

const RANK: Key = Key {
    name: "rank",
    meaning: "d, values of the latent variable behind what is seen next",
    takes: Takes::Integer { least: 1, most: 64, default: Some(4) },
};

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: "mu-lv-rep",
        summary: "μLV-Rep: least squares on features from a latent variable, learned from what all clients saw.",
        keys: &[RANK, SWEEPS, BONUS],
        reads: READS,
        instead: INSTEAD,
    },
    package: env!("CARGO_PKG_NAME"),
    source: "Zhang, Ren, Xiao, Schuurmans, Dai 2024, Provable Representation with Efficient Planning for Partial Observable \
             Reinforcement Learning, arXiv 2311.12244",
    role: Role::Improves,
    critic: Critic::None,
    sizing: SIZING,
    letters: &[(super::porl2::protocol::S, &SWEEPS)],
    protocol: protocol::protocol,
    keeps: KEEPS,
    build,
};

fn build(plan: Plan) -> Result<Arc<dyn Algorithm>, Unfit> {
    let memories = memories(&plan)?;
    let gamma = plan.workers.sizes().gamma;
    let own = |key| plan.own.integer(key).unwrap_or_default();
    let (rank, sweeps) = (own(&RANK) as usize, own(&SWEEPS));
    let bonus = plan.own.real(&BONUS).unwrap_or_default();
    let data = WindowData::new(&plan, &memories, rank);
    let planner =
        move || -> Box<dyn Planner> { Box::new(Linear { data: data.clone(), sweeps, bonus, gamma }) };
    let (name, work, following) =
        (ENTRY.words.name, &["regressions", "em_sweeps"], Following::PlanThenUniform);
    Ok(Arc::new(Planned { name, work, following, plan, memories, planner: Box::new(planner) }))
}

/// The server's side.
struct Linear {
    data: WindowData,
    sweeps: u64,
    /// α.
    bonus: f64,
    gamma: f64,
}

impl Planner for Linear {
    fn learn(&mut self, trajectories: &mut dyn Iterator<Item = Trajectory<'_>>) -> Vec<u64> {
        self.data.observe(trajectories);
        vec![0, self.data.sweep(self.sweeps)]
    }

    fn plan(&mut self, actions: &mut [u32]) -> Vec<u64> {
        let WindowData { counts, latents } = &self.data;
        let mut features: Vec<_> =
            latents.iter().map(|latent| StepFeatures::Rows(latent.features())).collect();
        features.push(StepFeatures::OneHot);
        let regression = Regression {
            counts,
            features: &features,
            ridge: RIDGE,
            bonus: self.bonus,
            gamma: self.gamma,
            rewards: Rewards::Means,
        };
        // λ keeps every matrix positive.
        let done = regression.optimistic(actions).map_or(0, |done| done.regressions);
        vec![done]
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        self.data.state(state)
    }
}
