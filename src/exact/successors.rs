//! One step of Bayes' rule for all observations at once, without the division.

use crate::pomdp::Model;

/// After an action, the weights `w_o(s') = O(o | a, s') Σ_s T(s' | s, a) w(s)` for every observation o.
///
/// Where `w(s)` is the probability of (history, s), `w_o(s')` is that of (history, action, o, s') given the
/// actions.
#[derive(Clone, Debug)]
pub(crate) struct Successors {
    states: usize,
    predicted: Vec<f64>,
    /// `w_o(s')` at `o * S + s'`.
    weights: Vec<f64>,
    /// `Σ_s' w_o(s')`.
    mass: Vec<f64>,
}

impl Successors {
    pub(crate) fn new(model: &Model) -> Self {
        let (states, observations) = (model.states(), model.observations());
        Successors {
            states,
            predicted: vec![0.0; states],
            weights: vec![0.0; observations * states],
            mass: vec![0.0; observations],
        }
    }

    /// Computes the weights after `action`.
    pub(crate) fn set(&mut self, model: &Model, weights: &[f64], action: usize) {
        self.predicted.fill(0.0);
        for (s, &w) in weights.iter().enumerate() {
            if w > 0.0 {
                for (next, p) in model.transition().row(action * self.states + s) {
                    self.predicted[next] += w * p;
                }
            }
        }
        self.weights.fill(0.0);
        self.mass.fill(0.0);
        for (next, &w) in self.predicted.iter().enumerate() {
            if w > 0.0 {
                for (o, p) in model.observation().row(action * self.states + next) {
                    self.weights[o * self.states + next] = w * p;
                    self.mass[o] += w * p;
                }
            }
        }
    }

    /// `w_o`.
    pub(crate) fn weights(&self, o: usize) -> &[f64] {
        &self.weights[o * self.states..(o + 1) * self.states]
    }

    /// The sum of `w_o`.
    pub(crate) fn mass(&self, o: usize) -> f64 {
        self.mass[o]
    }
}

/// Writes `P(s_0 = s, o_0 = first)` for every s and returns the sum.
pub(crate) fn first_weights(model: &Model, first: usize, weights: &mut [f64]) -> f64 {
    let mut sum = 0.0;
    for (s, w) in weights.iter_mut().enumerate() {
        *w = model.start()[s] * model.first_observation_probability(s, first);
        sum += *w;
    }
    sum
}

/// Operations of [`Successors::set`] for all actions, and of the rewards.
pub(crate) fn expansion_cost(model: &Model) -> usize {
    let dense = model.actions() * model.states() * (model.observations() + 2);
    model.transition().nonzeros() + model.observation().nonzeros() + dense
}

/// Rewards at `a * S + s`, in the problem's own units.
pub(super) fn rewards(model: &Model) -> Vec<f64> {
    by_pair(model, |s, a| model.reward(s, a))
}

/// [`Model::gain`] at `a * S + s`.
pub(super) fn gains(model: &Model) -> Vec<f64> {
    by_pair(model, |s, a| model.gain(s, a))
}

/// Something of every pair of state and action, at `a * S + s`.
pub(super) fn by_pair<T>(model: &Model, of: impl Fn(usize, usize) -> T) -> Vec<T> {
    let pairs = (0..model.actions()).flat_map(|a| (0..model.states()).map(move |s| (s, a)));
    pairs.map(|(s, a)| of(s, a)).collect()
}

/// `Σ_i x_i y_i` in index order.
pub(crate) fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).fold(0.0, |sum, (x, y)| sum + x * y)
}
