//! Episodes as a person would watch them: each transition's own reward.

use crate::exact::{MonteCarlo, RunningMean};
use crate::policy::Acting;
use crate::pomdp::file::ProblemFile;
use crate::pomdp::{Simulator, TabularSimulator, discount_table};
use dpac_actors::{Purpose, StreamKey};
use rand::Rng;

/// One line of a trajectory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Number of the episode.
    pub episode: u32,
    /// Number of the step.
    pub step: usize,
    /// Where the process is before the action.
    pub state: usize,
    /// The action and its reward; `None` where this is what is seen before the first action.
    pub acted: Option<(usize, f64)>,
    /// What is seen after the action, or before the first one.
    pub observation: usize,
}

/// How many episodes of what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demonstration {
    /// H.
    pub horizon: usize,
    /// γ.
    pub gamma: f64,
    /// Number of episodes, at least 1.
    pub episodes: u32,
    /// The seed of their streams: episode i has a stream of its own, whatever the number of episodes.
    pub seed: u64,
}

impl Demonstration {
    /// Plays the episodes and shows every moment: for each step the state, the action, its reward R(a, s, s', o), and what
    /// is seen after it; before them, only in problems that show something before the first action, what that is.
    ///
    /// The result is the mean of `Σ_h γ^h R_h`, in the problem's own units.
    ///
    /// # Errors
    /// Those of `show`, at once.
    ///
    /// # Panics
    /// If there is no episode.
    pub fn play<E>(
        self,
        problem: &ProblemFile,
        policy: &mut dyn Acting<u32>,
        mut show: impl FnMut(&Moment) -> Result<(), E>,
    ) -> Result<MonteCarlo, E> {
        let model = &problem.model;
        let simulator = TabularSimulator::new(model);
        let reward = &problem.outcome_reward;
        let of_outcome = reward.depends_on_successor() || reward.depends_on_observation();
        let discount = discount_table(self.gamma, self.horizon);
        let mut returns = RunningMean::default();
        for episode in 0..self.episodes {
            let purpose = Purpose::Demonstration;
            let key = StreamKey { seed: self.seed, purpose, client: 0, round: episode, phase: 0, sync: 0 };
            let mut rng = key.generator();
            let (mut state, first) = simulator.initial(&mut rng);
            policy.start(&first);
            if model.initial_observation().is_some() {
                let (state, observation) = (state as usize, first as usize);
                show(&Moment { episode, step: 0, state, acted: None, observation })?;
            }
            let mut value = 0.0;
            for (step, power) in discount.iter().enumerate() {
                let action = policy.act(step, rng.next_u64());
                let before = state as usize;
                let (expected, seen) = simulator.step(&mut state, action, &mut rng);
                let observation = seen as usize;
                let reward = if of_outcome {
                    reward.get(action, before, state as usize, observation)
                } else {
                    expected
                };
                value += power * reward;
                show(&Moment { episode, step, state: before, acted: Some((action, reward)), observation })?;
                if step + 1 < self.horizon {
                    policy.advance(step, action, &seen);
                }
            }
            returns.add(value);
        }
        Ok(returns.finish())
    }
}
