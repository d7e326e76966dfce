//! PORL² (Guo et al. 2023): a model of what follows each window, of low rank or by counting, optimism where
//! it has been tried little, and dynamic programming over all windows.
//!
//! With `x_h` the last L pairs of action and observation, `n_h(x, a)` trajectories that were there, r̂ and P̂
//! the means and frequencies of these, and b the bonus,
//!
//! `Q_h(x, a) = min(H - h, r̂_h(x, a) + b_h(x, a) + γ Σ_o' P̂_h(o' | x, a) max_a' Q_{h+1}(x', a'))`,
//! `b_h(x, a) = min(α ‖φ_h(x, a)‖ in the norm of (I + Σ φ φ')^{-1}, 2H)`.
//!
//! Counting, φ is one-hot, and the norm is `(1 + n_h(x, a))^{-1/2}`. Of rank d,
//! `P̂_h(o' | x, a) = Σ_z φ_h(x, a)_z μ_h(o' | z)` by expectation maximisation; φ are the probabilities of z.
//! Of a pair that was never met they are not known, and its bonus is α. Clients follow the plan up to a step,
//! and from there on take any action.

pub(super) mod protocol;

use super::entry::{Critic, Entry, Kept, Plan, Role, Unfit};
use super::planned::{Following, INSTEAD, Planned, Planner, READS, SIZING, Trajectory, memories};
use super::window_data::WindowData;
use crate::config::{Key, Takes, Words};
use crate::planning::WindowModel;
use crate::theory::protocol::letter::{COLLECTED, P, SLOTS};
use dpac_actors::{Algorithm, Cause, State};
use std::sync::Arc;

const RANK: Key = Key {
    name: "rank",
    meaning: "d, values of the latent variable behind what is seen next; 0: none, what was seen is counted",
    takes: Takes::Integer { least: 0, most: 64, default: Some(0) },
};

pub(super) const SWEEPS: Key = Key {
    name: "sweeps",
    meaning: "S, sweeps of expectation maximisation in each round, for each step",
    takes: Takes::Integer { least: 1, most: 10_000, default: Some(20) },
};

pub(super) const BONUS: Key = Key {
    name: "bonus",
    meaning: "α, how much is added to the values of what was seldom tried, in normalised rewards",
    takes: Takes::Positive { default: Some(0.1) },
};

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: "porl2",
        summary: "PORL²: optimistic plans over all windows of a model that is learned from what all clients saw.",
        keys: &[RANK, SWEEPS, BONUS],
        reads: READS,
        instead: INSTEAD,
    },
    package: env!("CARGO_PKG_NAME"),
    source: "Guo, Li, Wang, Wang, Yang, Zhang 2023, Provably Efficient Representation Learning with Tractable Planning in Low-Rank POMDP, PMLR 202",
    role: Role::Improves,
    critic: Critic::None,
    sizing: SIZING,
    letters: &[(protocol::S, &SWEEPS)],
    protocol: protocol::protocol,
    keeps: KEEPS,
    build,
};

/// The policy as integers and as parameters, what was counted of each pair; what all clients uploaded.
pub(super) const KEEPS: &[Kept] = &[
    Kept { length: SLOTS, live: 4, saved: 1 },
    Kept { length: P, live: 8, saved: 4 },
    Kept { length: COLLECTED, live: 2, saved: 1 },
];

/// λ of `λ I + Σ φ φ'`.
pub(super) const RIDGE: f64 = 1.0;

fn build(plan: Plan) -> Result<Arc<dyn Algorithm>, Unfit> {
    let memories = memories(&plan)?;
    let gamma = plan.workers.sizes().gamma;
    let own = |key| plan.own.integer(key).unwrap_or_default();
    let (rank, sweeps) = (own(&RANK) as usize, own(&SWEEPS));
    let bonus = plan.own.real(&BONUS).unwrap_or_default();
    let data = WindowData::new(&plan, &memories, rank);
    let planner =
        move || -> Box<dyn Planner> { Box::new(Windowed { data: data.clone(), sweeps, bonus, gamma }) };
    let work: &[&str] = if rank == 0 { &["window_backups"] } else { &["window_backups", "em_sweeps"] };
    let (name, following) = (ENTRY.words.name, Following::PlanThenUniform);
    Ok(Arc::new(Planned { name, work, following, plan, memories, planner: Box::new(planner) }))
}

/// The server's side.
struct Windowed {
    data: WindowData,
    sweeps: u64,
    /// α.
    bonus: f64,
    gamma: f64,
}

impl Planner for Windowed {
    fn learn(&mut self, trajectories: &mut dyn Iterator<Item = Trajectory<'_>>) -> Vec<u64> {
        self.data.observe(trajectories);
        let sweeps = self.data.sweep(self.sweeps);
        if self.data.latents.is_empty() { Vec::new() } else { vec![0, sweeps] }
    }

    fn plan(&mut self, actions: &mut [u32]) -> Vec<u64> {
        let WindowData { counts, latents } = &self.data;
        let most = 2.0 * counts.windows().horizon() as f64;
        let done = if latents.is_empty() {
            let norm = |pair| 1.0 / (RIDGE + counts.visits(pair) as f64).sqrt();
            let bonus = |pair| most.min(self.bonus * norm(pair));
            WindowModel::full_count(counts).plan(self.gamma, bonus, actions)
        } else {
            let mut norms = self.data.norms(RIDGE);
            norms.iter_mut().for_each(|norm| *norm = most.min(self.bonus * *norm));
            WindowModel::low_rank(counts, latents).plan(self.gamma, |pair| norms[pair], actions)
        };
        vec![done.backups]
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        self.data.state(state)
    }
}
