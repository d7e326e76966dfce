//! What a server that learns a model of windows keeps: counts, and latent variables behind them.

use super::entry::Plan;
use super::planned::Trajectory;
use crate::features::FiniteMap;
use crate::planning::{Latent, WindowCounts, Windows};
use dpac_actors::{Cause, State};

/// What a server that learns a model of windows keeps.
#[derive(Clone)]
pub(super) struct WindowData {
    /// What was met.
    pub(super) counts: WindowCounts,
    /// A latent variable for each step but the last; none where what was seen is only counted.
    pub(super) latents: Vec<Latent>,
}

impl WindowData {
    /// Nothing yet; of rank 0 without latent variables. They start from streams of their own, the same in
    /// every run.
    pub(super) fn new(plan: &Plan, memories: &FiniteMap, rank: usize) -> Self {
        let observations = plan.world.as_ref().map_or(1, |world| world.model.observations());
        let windows = Windows::new(memories.clone(), observations);
        let steps = if rank == 0 { 0 } else { windows.horizon() - 1 };
        let latent = |h| Latent::start(rank, windows.pairs_of_step(h).len(), observations, h as u64);
        WindowData { latents: (0..steps).map(latent).collect(), counts: WindowCounts::new(windows) }
    }

    /// Takes in trajectories.
    pub(super) fn observe(&mut self, trajectories: &mut dyn Iterator<Item = Trajectory<'_>>) {
        let (mut actions, mut seen) = (Vec::new(), Vec::new());
        for trajectory in trajectories {
            actions.clear();
            actions.extend(trajectory.actions());
            seen.clear();
            seen.extend(trajectory.seen());
            self.counts.observe(seen[0], &actions, &seen[1..], trajectory.rewards);
        }
    }

    /// Lets each latent variable explain what was met a little better, so many times: how many sweeps that
    /// were.
    pub(super) fn sweep(&mut self, sweeps: u64) -> u64 {
        for (h, latent) in self.latents.iter_mut().enumerate() {
            (0..sweeps).for_each(|_| {
                latent.sweep(self.counts.seen_in_step(h));
            });
        }
        sweeps * self.latents.len() as u64
    }

    /// `‖φ_h(x, a)‖` in the norm of `(ridge I + Σ φ φ')^{-1}`, of every pair; of one that was never met, and
    /// in the last step, as if φ were one-hot.
    pub(super) fn norms(&self, ridge: f64) -> Vec<f64> {
        let counts = &self.counts;
        let one_hot = |pair| 1.0 / (ridge + counts.visits(pair) as f64).sqrt();
        let mut norms: Vec<f64> = (0..counts.windows().pairs()).map(one_hot).collect();
        for (h, latent) in self.latents.iter().enumerate() {
            let Ok(mut ellipse) = counts.moment(h, latent.features(), ridge).into_ellipse() else { continue };
            for (pair, phi) in
                counts.windows().pairs_of_step(h).zip(latent.features().chunks_exact(latent.rank()))
            {
                if counts.visits(pair) > 0 {
                    norms[pair] = ellipse.norm(phi);
                }
            }
        }
        norms
    }

    pub(super) fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        let (counts, rewards) = self.counts.parts_mut();
        counts.into_iter().flatten().try_for_each(|count| state.integer(count))?;
        state.numbers(rewards)?;
        for latent in &mut self.latents {
            latent.parts_mut().into_iter().try_for_each(|numbers| state.numbers(numbers))?;
        }
        Ok(())
    }
}
