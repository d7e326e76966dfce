//! The smallest problem in which remembering helps.

use super::registry::{Build, Entry, Parameter, Range};
use super::tables::complement;
use crate::pomdp::{Model, ModelParts, Names, SparseRows, Values};

pub(super) const ENTRY: Entry = Entry {
    name: "toggle",
    summary: "Two states that one keeps or flips, seen through noise, with a first observation.",
    source: "our own",
    parameters: &[ACCURACY, KEEP],
    optimum: None,
    exact: None,
    build: Build::Tabular(|values| Ok(seen_with(values.real(ACCURACY.name), values.real(KEEP.name)))),
};

const ACCURACY: Parameter = Parameter {
    name: "accuracy",
    default: 0.75,
    range: Range::Real(0.0, 1.0),
    meaning: "probability of seeing the state that one is in",
};

const KEEP: Parameter = Parameter {
    name: "keep",
    default: 0.8,
    range: Range::Real(0.0, 1.0),
    meaning: "probability with which action 0 keeps the state",
};

/// Two states, actions and observations, all called 0 and 1; discount 0.9.
///
/// Starts in state 0 with probability 0.6. Action 0 keeps the state with probability 0.8, action 1 flips it
/// with probability 0.7. An observation equals the state with probability 0.75, and there is one before the
/// first action. The reward is 0.9 if the action equals the state and 0.2 otherwise, declared to lie in [0,
/// 1].
pub fn toggle() -> Model {
    seen_with(ACCURACY.default, KEEP.default)
}

fn seen_with(accuracy: f64, keep: f64) -> Model {
    let (error, leave) = (complement(accuracy), complement(keep));
    let keep = vec![vec![(0, keep), (1, leave)], vec![(0, leave), (1, keep)]];
    let flip = vec![vec![(0, 0.3), (1, 0.7)], vec![(0, 0.7), (1, 0.3)]];
    let see = vec![vec![(0, accuracy), (1, error)], vec![(0, error), (1, accuracy)]];
    Model::new(ModelParts {
        name: "toggle".to_owned(),
        states: Names::Count(2),
        actions: Names::Count(2),
        observations: Names::Count(2),
        discount: 0.9,
        values: Values::Reward,
        start: vec![0.6, 0.4],
        transition: SparseRows::from_rows(2, [keep, flip].concat()),
        observation: SparseRows::from_rows(2, [see.clone(), see.clone()].concat()),
        initial_observation: Some(SparseRows::from_rows(2, see)),
        reward: vec![0.9, 0.2, 0.2, 0.9],
        reward_range: Some((0.0, 1.0)),
    })
    .expect("a valid problem")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_range_leaves_rewards_as_they_are() {
        let model = toggle();
        assert_eq!(model.units().range(), (0.0, 1.0));
        for s in 0..2 {
            for a in 0..2 {
                let reward = if s == a { 0.9 } else { 0.2 };
                assert!((model.normalised_reward(s, a) - reward).abs() < 1e-15);
            }
        }
        assert_eq!(model.first_observations(), 2);
    }
}
