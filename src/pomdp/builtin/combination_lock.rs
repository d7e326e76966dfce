//! A lock that opens only to one sequence of actions: the honest hard case for exploration.

use super::registry::{Build, Entry, Parameter, Range};
use super::tables::{rewards, rows};
use crate::pomdp::{Model, ModelParts, Names, Values};

pub(super) const ENTRY: Entry = Entry {
    name: "combination-lock",
    summary: "One right action per digit, nothing shown of right or wrong, a reward of 1 for the last right one.",
    source: "after Kakade 2003, On the sample complexity of reinforcement learning; here digits are hidden",
    parameters: &[
        Parameter {
            name: "length",
            default: 4.0,
            range: Range::Integer(1, 1000),
            meaning: "digits of the combination",
        },
        Parameter {
            name: "actions",
            default: 2.0,
            range: Range::Integer(2, 20),
            meaning: "digits to choose from; digit i of the combination is i mod actions",
        },
    ],
    optimum: Some("γ^(length-1) for H ≥ length, else 0; uniform policy: that times actions^-length"),
    exact: None,
    build: Build::Tabular(|values| Ok(combination_lock(values.integer("length"), values.integer("actions")))),
};

/// State i below `length` has i right digits dialled; state `length + i` has i + 1, one of them wrong; the
/// last is the end, absorbing.
///
/// One sees how many digits are dialled. Discount 0.95.
fn combination_lock(length: usize, actions: usize) -> Model {
    let states = 2 * length;
    let end = states - 1;
    let dialled = |s: usize| if s < length { s } else { s - length + 1 };
    let opens = |s: usize, a: usize| s < length && a == s % actions;
    let next = |s: usize, a: usize| match dialled(s) + 1 {
        digits if digits >= length => end,
        digits if opens(s, a) => digits,
        digits => length + digits - 1,
    };
    let mut start = vec![0.0; states];
    start[0] = 1.0;
    Model::new(ModelParts {
        name: ENTRY.name.to_owned(),
        states: Names::Count(states),
        actions: Names::Count(actions),
        observations: Names::Count(length + 1),
        discount: 0.95,
        values: Values::Reward,
        start,
        transition: rows(states, actions, states, |a, s| vec![(next(s, a), 1.0)]),
        observation: rows(length + 1, actions, states, |_, s| vec![(dialled(s), 1.0)]),
        initial_observation: None,
        reward: rewards(actions, states, |s, a| f64::from(u8::from(s + 1 == length && opens(s, a)))),
        reward_range: None,
    })
    .expect("a valid problem")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::policy_value;
    use crate::features::FiniteMap;
    use crate::policy::{LogLinear, Policy, Prepared};
    use crate::pomdp::builtin::tests::assert_optimum;

    #[test]
    fn one_sequence_opens_it_once() {
        let model = combination_lock(3, 2);
        for (horizon, expected) in [(1, 0.0), (2, 0.0), (3, 0.95 * 0.95), (5, 0.95 * 0.95)] {
            assert_optimum(&model, horizon, expected);
        }
        assert_optimum(&combination_lock(1, 4), 3, 1.0);
    }

    #[test]
    fn the_uniform_policy_opens_it_as_often_as_it_guesses() {
        let policy = LogLinear::new(FiniteMap::window(4, 3, 4, 1, 0).expect("small"));
        let mut prepared = Prepared::at(&policy, &vec![0.0; policy.parameters()]);
        let (value, _) =
            policy_value(&combination_lock(3, 3), &policy, &mut prepared, 0.95, 1_000_000).expect("small");
        assert!((value.value - 0.95 * 0.95 / 27.0).abs() < 1e-15, "{value:?}");
    }
}
