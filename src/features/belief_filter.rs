//! Bayes' rule for problems with tables.

use super::BeliefState;
use crate::pomdp::{Model, SparseRows};
use std::sync::Arc;

/// Bayes' rule on a model's tables.
#[derive(Clone, Debug)]
pub struct BeliefFilter {
    model: Arc<Model>,
    /// Row `a * O + o` over s': the column of O, so that an update touches only states that can show o.
    emitters: SparseRows,
    /// Row `o_0` over s: the belief after the first observation.
    first: SparseRows,
    /// `P(o_0)`.
    first_probability: Vec<f64>,
}

impl BeliefFilter {
    /// The filter of a model.
    pub fn new(model: Arc<Model>) -> Self {
        let emitters = model.observation().transposed_blocks(model.states());
        let mut filter = BeliefFilter {
            emitters,
            first: SparseRows::from_rows(model.states(), [[]; 0]),
            first_probability: Vec::new(),
            model,
        };
        filter.weigh_first_observations();
        filter
    }

    fn weigh_first_observations(&mut self) {
        let model = &self.model;
        let possible = || (0..model.states()).filter(|&s| model.start()[s] > 0.0);
        let mut joint: Vec<Vec<(u32, f64)>> = vec![Vec::new(); model.first_observations()];
        match model.initial_observation() {
            None => joint[0].extend(possible().map(|s| (s as u32, model.start()[s]))),
            Some(rows) => {
                for s in possible() {
                    for (o, p) in rows.row(s) {
                        joint[o].push((s as u32, model.start()[s] * p));
                    }
                }
            }
        }
        let sum = |row: &Vec<(u32, f64)>| row.iter().fold(0.0, |sum, (_, b)| sum + b);
        self.first_probability = joint.iter().map(sum).collect();
        for (row, &sum) in joint.iter_mut().zip(&self.first_probability) {
            if sum > 0.0 {
                row.iter_mut().for_each(|(_, b)| *b /= sum);
            }
        }
        self.first = SparseRows::from_rows(model.states(), joint);
    }

    /// The tables behind the filter.
    #[inline]
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Scratch for one belief.
    pub fn state(&self) -> BeliefState {
        BeliefState::new(self.model.states())
    }

    /// The belief after `action` and the observation `seen`, as a new vector: `update(updater, b, a, o)` of
    /// POMDPs.jl. `None` where the observation is impossible. Loops that must not allocate use
    /// [`BeliefFilter::advance`].
    ///
    /// ```
    /// use dpac::{features::BeliefFilter, pomdp::builtin};
    /// let tiger = builtin::tiger();
    /// let filter = BeliefFilter::new(tiger.clone().into());
    /// let heard_left = filter.update(tiger.start(), 0, 0).expect("it can be heard");
    /// assert!((heard_left[0] - 0.85).abs() < 1e-15);
    /// ```
    ///
    /// # Panics
    /// If `belief` does not have one entry per state, or action or observation is none of the model's.
    pub fn update(&self, belief: &[f64], action: usize, seen: usize) -> Option<Vec<f64>> {
        let mut state = self.state();
        state.set(belief);
        (self.advance(&mut state, action, seen) > 0.0).then(|| state.into_belief())
    }

    /// Sets the belief to that after the first observation; returns that observation's probability.
    #[inline]
    pub fn start(&self, state: &mut BeliefState, first: usize) -> f64 {
        state.replace(self.first.row(first));
        self.first_probability[first]
    }

    /// `b'(s') ∝ O(o | a, s') Σ_s T(s' | s, a) b(s)`; returns `P(o | b, a)`. An impossible observation leaves
    /// zeros.
    ///
    /// It costs the nonzeros of T in the rows of the belief's support, and the lesser of the states they lead
    /// to and the states that can show `seen`; it allocates nothing.
    #[inline]
    pub fn advance(&self, state: &mut BeliefState, action: usize, seen: usize) -> f64 {
        let first_row = action * self.model.states();
        state.predict(self.model.transition(), first_row);
        state.observe(
            |next| self.model.observation().get(first_row + next, seen),
            self.emitters.entries_of(action * self.model.observations() + seen),
        )
    }

    /// [`BeliefFilter::start`]; an impossible observation leaves the start belief.
    #[inline]
    pub(super) fn start_or_ignore(&self, state: &mut BeliefState, first: usize) {
        if self.start(state, first) <= 0.0 {
            state.set(self.model.start());
        }
    }

    /// [`BeliefFilter::advance`]; an impossible observation leaves the prediction.
    #[inline]
    pub(super) fn advance_or_ignore(&self, state: &mut BeliefState, action: usize, seen: usize) {
        if self.advance(state, action, seen) <= 0.0 {
            state.accept_prediction();
        }
    }
}
