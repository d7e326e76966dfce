//! How likely a model finds what was seen.

use crate::exact::first_weights;
use crate::pomdp::Model;

/// The forward filter of a hidden Markov model with inputs, with its scratch.
///
/// One call is one evaluation: H - 1 steps of the filter, whatever was seen.
#[derive(Clone, Debug, Default)]
pub struct Likelihood {
    belief: Vec<f64>,
    predicted: Vec<f64>,
}

impl Likelihood {
    /// A filter for models of any size.
    pub fn new() -> Self {
        Likelihood::default()
    }

    /// `ln P(o_0, ..., o_{H-1} | a_0, ..., a_{H-2})`; -∞ where the model cannot show that.
    ///
    /// `seen` is `o_0, ..., o_{H-1}`; `o_0` is 0 where the model shows nothing before the first action. Of
    /// `actions` the first H - 1 are read: nobody sees what comes after the last.
    ///
    /// # Panics
    /// If nothing was seen, or there are fewer actions.
    pub fn log(&mut self, model: &Model, actions: &[u32], seen: &[u32]) -> f64 {
        let states = model.states();
        let (&first, seen) = seen.split_first().expect("a trajectory begins with what is seen");
        assert!(actions.len() >= seen.len(), "an action before each observation but the first");
        self.belief.resize(states, 0.0);
        self.predicted.resize(states, 0.0);
        let mut mass = first_weights(model, first as usize, &mut self.belief);
        let mut log = libm::log(mass);
        for (&action, &seen) in actions.iter().zip(seen) {
            if mass == 0.0 {
                return f64::NEG_INFINITY;
            }
            self.belief.iter_mut().for_each(|b| *b /= mass);
            mass = self.advance(model, action as usize, seen as usize);
            log += libm::log(mass);
        }
        log
    }

    /// The same where rewards are seen as well: after each action, `r(s, a)` of the state that one was in, in
    /// the problem's own units. A reward is another one where it differs by more than `tolerance`.
    ///
    /// # Panics
    /// Where actions, observations and rewards are not equally many.
    pub fn log_with_rewards(
        &mut self,
        model: &Model,
        (actions, seen, rewards): (&[u32], &[u32], &[f64]),
        tolerance: f64,
    ) -> f64 {
        assert_eq!((actions.len(), actions.len()), (seen.len(), rewards.len()), "a step has one of each");
        self.belief.resize(model.states(), 0.0);
        self.predicted.resize(model.states(), 0.0);
        let mut log = 0.0;
        for (h, ((&action, &seen), &reward)) in actions.iter().zip(seen).zip(rewards).enumerate() {
            let mass = match h.checked_sub(1) {
                None => first_weights(model, seen as usize, &mut self.belief),
                Some(before) => self.advance(model, actions[before] as usize, seen as usize),
            };
            log += self.condition(mass);
            let mut mass = 0.0;
            for (s, weight) in self.belief.iter_mut().enumerate() {
                if (model.reward(s, action as usize) - reward).abs() > tolerance {
                    *weight = 0.0;
                }
                mass += *weight;
            }
            log += self.condition(mass);
            if log == f64::NEG_INFINITY {
                return log;
            }
        }
        log
    }

    /// Divides the belief by its mass, whose logarithm this is.
    fn condition(&mut self, mass: f64) -> f64 {
        if mass > 0.0 {
            self.belief.iter_mut().for_each(|b| *b /= mass);
        }
        libm::log(mass)
    }

    /// From a belief to the weights `O(o | a, s') Σ_s T(s' | s, a) b(s)`, and their sum.
    fn advance(&mut self, model: &Model, action: usize, seen: usize) -> f64 {
        let states = model.states();
        self.predicted.fill(0.0);
        for (s, b) in self.belief.iter().enumerate() {
            for &(next, p) in model.transition().entries_of(action * states + s) {
                self.predicted[next as usize] += b * p;
            }
        }
        let mut mass = 0.0;
        for (s, weight) in self.belief.iter_mut().enumerate() {
            *weight = model.observation().get(action * states + s, seen) * self.predicted[s];
            mass += *weight;
        }
        mass
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pomdp::builtin::{find, tiger, toggle};

    /// All texts of `length` letters below `letters`.
    fn sequences(letters: usize, length: usize) -> impl Iterator<Item = Vec<u32>> {
        let digit = move |n: usize, i: u32| (n / letters.pow(i) % letters) as u32;
        (0..letters.pow(length as u32)).map(move |n| (0..length as u32).map(|i| digit(n, i)).collect())
    }

    /// `P(seen | actions)` as the sum over all paths of states.
    fn by_paths(model: &Model, actions: &[u32], seen: &[u32]) -> f64 {
        let states = model.states();
        let of_path = |path: Vec<u32>| {
            let first = path[0] as usize;
            let start = model.start()[first] * model.first_observation_probability(first, seen[0] as usize);
            (1..path.len()).fold(start, |product, t| {
                let (from, to) = (path[t - 1] as usize, path[t] as usize);
                let row = actions[t - 1] as usize * states;
                product
                    * model.transition().get(row + from, to)
                    * model.observation().get(row + to, seen[t] as usize)
            })
        };
        sequences(states, seen.len()).map(of_path).sum()
    }

    #[test]
    fn probabilities_are_sums_over_paths_and_add_up_to_one() {
        for (model, horizon) in [(toggle(), 1), (toggle(), 4), (tiger(), 4)] {
            let mut filter = Likelihood::new();
            for actions in sequences(model.actions(), horizon - 1) {
                let mut total = 0.0;
                for rest in sequences(model.observations(), horizon - 1) {
                    for first in 0..model.first_observations() as u32 {
                        let seen = [&[first], &rest[..]].concat();
                        let found = libm::exp(filter.log(&model, &actions, &seen));
                        assert!((found - by_paths(&model, &actions, &seen)).abs() < 1e-14);
                        total += found;
                    }
                }
                assert!((total - 1.0).abs() < 1e-12, "{}, {actions:?}: {total}", model.name());
            }
        }
    }

    #[test]
    fn what_cannot_be_seen_has_no_likelihood_and_the_last_action_says_nothing() {
        let sure = find("tiger").expect("a problem").definition([("accuracy", 1.0)]).expect("within bounds");
        let sure = sure.tabular().expect("finite").model.clone();
        let mut filter = Likelihood::new();
        let nothing = f64::NEG_INFINITY.to_bits();
        assert_eq!(filter.log(&sure, &[0, 0, 0], &[0, 1, 0, 1]).to_bits(), nothing);
        assert_eq!(filter.log(&sure, &[0, 0], &[0, 1, 0]).to_bits(), nothing);
        let heard = filter.log(&sure, &[0, 0], &[0, 1, 1]);
        assert!((heard - libm::log(0.5)).abs() < 1e-15);
        assert_eq!(filter.log(&sure, &[0, 0, 2], &[0, 1, 1]).to_bits(), heard.to_bits());
    }
}
