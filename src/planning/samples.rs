//! Trajectories for tests.

use super::counts::WindowCounts;
use crate::pomdp::{Generator, Model, Simulator, TabularSimulator};
use rand::{Rng, SeedableRng};

/// Counts trajectories of the uniform policy.
pub(super) fn uniform(model: &Model, counts: &mut WindowCounts, trajectories: u64, seed: u64) {
    let (simulator, mut rng) = (TabularSimulator::new(model), Generator::seed_from_u64(seed));
    let (horizon, units) = (counts.windows().horizon(), model.units());
    let (mut actions, mut seen, mut rewards) = (vec![0; horizon], vec![0; horizon], vec![0.0; horizon]);
    for _ in 0..trajectories {
        let (mut state, first) = simulator.initial(&mut rng);
        for h in 0..horizon {
            let action = (((rng.next_u64() >> 32) * model.actions() as u64) >> 32) as usize;
            let (reward, next) = simulator.step(&mut state, action, &mut rng);
            (actions[h], seen[h], rewards[h]) = (action as u32, next, units.normalise(reward));
        }
        counts.observe(first, &actions, &seen[..horizon - 1], &rewards);
    }
}
