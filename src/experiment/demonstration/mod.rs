//! Episodes as a person would watch them: each transition's own reward.

mod trajectories;

pub use trajectories::{TrajectoryFormat, TrajectoryWriter};

use crate::exact::{MonteCarlo, RunningMean};
use crate::policy::Acting;
use crate::pomdp::file::ProblemFile;
use crate::pomdp::{
    GaussianModel, GaussianSimulator, Model, Reading, Simulator, TabularSimulator, discount_table,
};
use dpac_actors::{Purpose, StreamKey};
use rand::Rng;
use std::sync::Arc;

/// One line of a trajectory, of a problem that shows observations of type `O`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment<O> {
    /// Number of the episode.
    pub episode: u32,
    /// Number of the step.
    pub step: usize,
    /// Where the process is before the action.
    pub state: usize,
    /// The action and its reward; `None` where this is what is seen before the first action.
    pub acted: Option<(usize, f64)>,
    /// What is seen after the action, or before the first one.
    pub observation: O,
}

/// A problem whose episodes can be shown.
pub trait Stage {
    /// What plays it.
    type Simulator: Simulator<State = u32>;

    /// What plays it.
    fn simulator(&self) -> Self::Simulator;

    /// The tables of the hidden state, with the names of states and actions.
    fn hidden(&self) -> &Model;

    /// R(a, s, s', o), where it is more than r(s, a).
    fn outcome_reward(&self) -> Option<impl Fn(usize, usize, usize, &Seen<Self>) -> f64>;

    /// An observation as a file shows it: its name, a number, or null where nothing is seen.
    fn shown(&self, observation: &Seen<Self>) -> serde_json::Value;
}

/// What one sees of a [`Stage`].
pub type Seen<S> = <<S as Stage>::Simulator as Simulator>::Observation;

impl Stage for ProblemFile {
    type Simulator = TabularSimulator;

    fn simulator(&self) -> TabularSimulator {
        TabularSimulator::new(&self.model)
    }

    fn hidden(&self) -> &Model {
        &self.model
    }

    fn outcome_reward(&self) -> Option<impl Fn(usize, usize, usize, &u32) -> f64> {
        let reward = &self.outcome_reward;
        let of_outcome = reward.depends_on_successor() || reward.depends_on_observation();
        of_outcome.then_some(move |a, s, next, o: &u32| reward.get(a, s, next, *o as usize))
    }

    fn shown(&self, observation: &u32) -> serde_json::Value {
        self.model.observation_names().name(*observation as usize).into()
    }
}

impl Stage for GaussianModel {
    type Simulator = GaussianSimulator;

    fn simulator(&self) -> GaussianSimulator {
        GaussianSimulator::new(Arc::new(self.clone()))
    }

    fn hidden(&self) -> &Model {
        GaussianModel::hidden(self)
    }

    fn outcome_reward(&self) -> Option<impl Fn(usize, usize, usize, &Reading) -> f64> {
        None::<fn(usize, usize, usize, &Reading) -> f64>
    }

    fn shown(&self, observation: &Reading) -> serde_json::Value {
        (*observation).into()
    }
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
    /// Plays the episodes and shows every moment: for each step the state, the action, its reward R(a, s, s',
    /// o), and what is seen after it; before them, only in problems that show something before the first
    /// action, what that is.
    ///
    /// The result is the mean of `Σ_h γ^h R_h`, in the problem's own units.
    ///
    /// # Errors
    /// Those of `show`, at once.
    ///
    /// # Panics
    /// If there is no episode.
    pub fn play<S: Stage, E>(
        self,
        problem: &S,
        policy: &mut dyn Acting<Seen<S>>,
        mut show: impl FnMut(&Moment<Seen<S>>) -> Result<(), E>,
    ) -> Result<MonteCarlo, E> {
        let simulator = problem.simulator();
        let outcome_reward = problem.outcome_reward();
        let discount = discount_table(self.gamma, self.horizon);
        let mut returns = RunningMean::default();
        for episode in 0..self.episodes {
            let purpose = Purpose::Demonstration;
            let key = StreamKey { seed: self.seed, purpose, client: 0, round: episode, phase: 0, barrier: 0 };
            let mut rng = key.generator();
            let (mut state, first) = simulator.initial(&mut rng);
            policy.start(&first);
            if problem.hidden().initial_observation().is_some() {
                let state = state as usize;
                show(&Moment { episode, step: 0, state, acted: None, observation: first })?;
            }
            let mut value = 0.0;
            for (step, power) in discount.iter().enumerate() {
                let action = policy.act(step, rng.next_u64());
                let before = state as usize;
                let (expected, seen) = simulator.step(&mut state, action, &mut rng);
                let reward = match &outcome_reward {
                    Some(reward) => reward(action, before, state as usize, &seen),
                    None => expected,
                };
                value += power * reward;
                if step + 1 < self.horizon {
                    policy.advance(step, action, &seen);
                }
                let acted = Some((action, reward));
                show(&Moment { episode, step, state: before, acted, observation: seen })?;
            }
            returns.add(value);
        }
        Ok(returns.finish())
    }
}
