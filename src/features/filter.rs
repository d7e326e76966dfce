//! Bayes' rule: from an observation to the belief over hidden states.

use crate::pomdp::{GaussianModel, Model, Reading};
use std::sync::Arc;

use super::{BeliefFilter, BeliefState};

/// Keeps `b(z)(s) = P(s_h = s | z_h)` up to date, for one kind of observation.
pub trait Filter: Send + Sync {
    /// What is seen of the problem.
    type Observation: Send;

    /// The tables of the hidden states.
    fn hidden(&self) -> &Model;

    /// Whether nothing is seen before the first action, so that every history begins with the same belief.
    fn one_first_belief(&self) -> bool;

    /// Sets the belief to that after the first observation.
    fn start(&self, state: &mut BeliefState, first: &Self::Observation);

    /// Moves the belief over `action` and the observation that follows. An observation that is impossible by
    /// these tables, as it may be for a client with others, tells nothing.
    fn advance(&self, state: &mut BeliefState, action: usize, seen: &Self::Observation);

    /// Scratch for one belief.
    fn state(&self) -> BeliefState {
        BeliefState::new(self.hidden().states())
    }
}

impl Filter for BeliefFilter {
    type Observation = u32;

    #[inline]
    fn hidden(&self) -> &Model {
        self.model()
    }

    fn one_first_belief(&self) -> bool {
        self.model().first_observations() == 1
    }

    fn start(&self, state: &mut BeliefState, first: &u32) {
        self.start_or_ignore(state, *first as usize);
    }

    fn advance(&self, state: &mut BeliefState, action: usize, seen: &u32) {
        self.advance_or_ignore(state, action, *seen as usize);
    }
}

/// Bayes' rule for real-valued readings with normal noise.
#[derive(Clone, Debug)]
pub struct GaussianFilter {
    model: Arc<GaussianModel>,
}

impl GaussianFilter {
    /// The filter of a model.
    pub fn new(model: Arc<GaussianModel>) -> Self {
        GaussianFilter { model }
    }
}

impl Filter for GaussianFilter {
    type Observation = Reading;

    #[inline]
    fn hidden(&self) -> &Model {
        self.model.hidden()
    }

    fn one_first_belief(&self) -> bool {
        true
    }

    fn start(&self, state: &mut BeliefState, _first: &Reading) {
        state.set(self.hidden().start());
    }

    fn advance(&self, state: &mut BeliefState, action: usize, seen: &Reading) {
        let model = self.hidden();
        state.predict(model.transition(), action * model.states());
        let Some(reading) = *seen else {
            state.accept_prediction();
            return;
        };
        // Densities far out underflow. Relative to the largest of the states that can be, one of them is 1.
        state.weigh(|s| {
            self.model.sensor(action, s).map_or(f64::NEG_INFINITY, |sensor| sensor.log_likelihood(reading))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pomdp::{ModelParts, Names, Sensor, SparseRows, Values};

    /// Two states that stay, told apart by N(±1, σ²): the log-odds move by 2 o / σ². A silent second action
    /// swaps them.
    fn two_states(deviation: f64) -> GaussianFilter {
        let hidden = Model::new(ModelParts {
            name: "two".to_owned(),
            states: Names::Count(2),
            actions: Names::Count(2),
            observations: Names::Count(1),
            discount: 0.9,
            values: Values::Reward,
            start: vec![0.25, 0.75],
            transition: SparseRows::from_rows(2, [[(0, 1.0)], [(1, 1.0)], [(1, 1.0)], [(0, 1.0)]]),
            observation: SparseRows::from_rows(1, [[(0, 1.0)]; 4]),
            initial_observation: None,
            reward: vec![0.0, 1.0, 0.0, 0.0],
            reward_range: None,
        })
        .expect("a valid model");
        let sensor = |mean| Some(Sensor { mean, deviation });
        let sensors = vec![sensor(1.0), sensor(-1.0), None, None];
        GaussianFilter::new(Arc::new(GaussianModel::new(hidden, sensors).expect("sensors that fit")))
    }

    #[test]
    fn log_odds_move_by_twice_the_reading_over_the_variance() {
        let filter = two_states(0.7);
        let mut state = filter.state();
        filter.start(&mut state, &None);
        let odds = |state: &BeliefState| libm::log(state.belief()[0] / state.belief()[1]);
        let mut expected = odds(&state);
        for reading in [0.3, -1.2, 2.5] {
            filter.advance(&mut state, 0, &Some(reading));
            expected += 2.0 * reading / (0.7 * 0.7);
            assert!((odds(&state) - expected).abs() < 1e-12);
        }
        let before = odds(&state);
        filter.advance(&mut state, 1, &None);
        assert!((odds(&state) + before).abs() < 1e-12);
    }

    #[test]
    fn observations_that_are_impossible_by_the_tables_tell_nothing() {
        let maze = crate::pomdp::builtin::builtin("light-maze").expect("a built-in problem");
        let named =
            |names: &Names, name: &str| (0..names.len()).find(|&i| names.name(i) == name).expect("a name");
        let (lookup, outside) =
            (named(maze.action_names(), "lookup"), named(maze.observation_names(), "outside"));
        let start = maze.start().to_vec();
        let filter = BeliefFilter::new(Arc::new(maze));
        let mut state = filter.state();
        Filter::start(&filter, &mut state, &0);
        Filter::advance(&filter, &mut state, lookup, &(outside as u32));
        assert_eq!(state.belief(), start);
    }

    #[test]
    fn readings_far_out_leave_a_distribution() {
        let filter = two_states(0.01);
        let mut state = filter.state();
        filter.start(&mut state, &None);
        for reading in [1e9, -1e9, 0.0] {
            filter.advance(&mut state, 0, &Some(reading));
            let sum: f64 = state.belief().iter().sum();
            assert!((sum - 1.0).abs() < 1e-12, "{state:?}");
        }
    }
}
