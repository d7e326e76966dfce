//! The process of windows that a problem has, exactly.

use super::window_model::WindowModel;
use super::windows::Windows;
use crate::exact::{Successors, first_weights};
use crate::pomdp::Model;

/// What counts converge to while every action is taken with the same probability.
#[derive(Clone, Debug)]
pub struct WindowProcess {
    model: WindowModel,
    /// `P(x_h = x, a_h = a)`, by the number of the pair.
    pairs: Vec<f64>,
}

impl WindowProcess {
    /// The process of the windows of `model` under the uniform policy: the sums over all histories, taken
    /// forward over pairs of window and state.
    ///
    /// What windows and actions of probability 0 are followed by is uniform, and their rewards are 0, as with
    /// counts.
    ///
    /// # Panics
    /// If the windows are of a problem of other sizes.
    pub fn of_uniform(model: &Model, windows: Windows) -> Self {
        let (states, actions, observations) = (model.states(), model.actions(), model.observations());
        assert_eq!((windows.actions(), windows.observations()), (actions, observations), "other sizes");
        // P(x, s), by the number of the window.
        let mut weights = vec![0.0; windows.count() * states];
        let mut from = vec![0.0; states];
        for first in 0..model.first_observations() {
            first_weights(model, first, &mut from);
            add(&mut weights, windows.map().first_slot(first), &from, 1.0);
        }
        let start = weights[..windows.first() * states].chunks_exact(states).map(sum).collect();
        let mut successors = Successors::new(model);
        let mut next = Vec::with_capacity(windows.followed() * observations);
        let mut rewards = Vec::with_capacity(windows.pairs());
        let mut pairs = Vec::with_capacity(windows.pairs());
        let each = 1.0 / actions as f64;
        for h in 0..windows.horizon() {
            for x in windows.of_step(h) {
                from.copy_from_slice(&weights[x * states..][..states]);
                let mass = sum(&from);
                for a in 0..actions {
                    let reward =
                        (0..states).fold(0.0, |sum, s| sum + from[s] * model.normalised_reward(s, a));
                    rewards.push(if mass > 0.0 { reward / mass } else { 0.0 });
                    pairs.push(mass * each);
                    if h + 1 == windows.horizon() {
                        continue;
                    }
                    successors.set(model, &from, a);
                    let all = (0..observations).fold(0.0, |sum, o| sum + successors.mass(o));
                    for o in 0..observations {
                        let unseen = 1.0 / observations as f64;
                        next.push(if all > 0.0 { successors.mass(o) / all } else { unseen });
                        add(&mut weights, windows.next(h, x, a, o), successors.weights(o), each);
                    }
                }
            }
        }
        WindowProcess { model: WindowModel::new(windows, start, next, rewards), pairs }
    }

    /// The model of the windows.
    pub fn model(&self) -> &WindowModel {
        &self.model
    }

    /// The probability of a pair, by its number; those of a step add up to 1.
    pub fn probability(&self, pair: usize) -> f64 {
        self.pairs[pair]
    }
}

fn add(weights: &mut [f64], window: usize, from: &[f64], factor: f64) {
    for (weight, w) in weights[window * from.len()..].iter_mut().zip(from) {
        *weight += factor * w;
    }
}

fn sum(weights: &[f64]) -> f64 {
    weights.iter().fold(0.0, |sum, w| sum + w)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::FiniteMap;
    use crate::planning::likelihood::Likelihood;
    use crate::pomdp::builtin::toggle;

    /// Over all histories of the toggle, H = 4, with windows of one pair: at the last followed step the
    /// windows have forgotten the first observation and the first pair.
    #[test]
    fn the_process_is_the_sum_over_all_histories() {
        let model = toggle();
        let windows = Windows::new(FiniteMap::window(4, 2, 2, 2, 1).expect("small"), 2);
        let process = WindowProcess::of_uniform(&model, windows.clone());
        let mut joint = vec![0.0; windows.followed() * 2];
        let mut filter = Likelihood::new();
        for history in 0..1 << 7_u32 {
            let bit = |i: u32| history >> i & 1;
            let (actions, seen) = ([bit(0), bit(1), bit(2)], [bit(3), bit(4), bit(5), bit(6)]);
            let probability = libm::exp(filter.log(&model, &actions, &seen)) / 8.0;
            let mut x = windows.map().first_slot(seen[0] as usize);
            for h in 0..3 {
                let (action, next) = (actions[h] as usize, seen[h + 1] as usize);
                joint[(x * 2 + action) * 2 + next] += probability;
                x = windows.next(h, x, action, next);
            }
        }
        for pair in 0..windows.followed() {
            let both = [joint[2 * pair], joint[2 * pair + 1]];
            assert!((process.probability(pair) - both[0] - both[1]).abs() < 1e-13);
            assert!((process.model().seen_next(pair)[1] - both[1] / (both[0] + both[1])).abs() < 1e-13);
        }
        for h in 0..4 {
            let total: f64 = windows.pairs_of_step(h).map(|pair| process.probability(pair)).sum();
            assert!((total - 1.0).abs() < 1e-14, "step {h}: {total}");
        }
    }

    #[test]
    fn rewards_are_those_of_the_belief_after_the_window() {
        // Seeing 0 first: P(s = 0) = 0.6 * 0.75 / (0.6 * 0.75 + 0.4 * 0.25).
        let windows = Windows::new(FiniteMap::window(2, 2, 2, 2, 1).expect("small"), 2);
        let process = WindowProcess::of_uniform(&toggle(), windows);
        let zero = 0.45 / 0.55;
        assert!((process.model().reward(0) - (0.9 * zero + 0.2 * (1.0 - zero))).abs() < 1e-14);
        assert!((process.model().start()[0] - 0.55).abs() < 1e-14);
    }
}
