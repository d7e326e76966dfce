//! A problem drawn from a seed.

use super::draws::{Draws, Table};
use super::registry::{Build, Entry, Parameter, Range};
use super::tables::{rewards, rows};
use crate::pomdp::{Model, ModelParts, Names, Values};

pub(super) const ENTRY: Entry = Entry {
    name: "random",
    summary: "Every row of transitions and observations drawn from a seed, rewards uniform in [0, 1].",
    source: "our own, in the manner of Garnet problems (Archibald, McKinnon, Thomas 1995)",
    parameters: &[
        Parameter {
            name: "states",
            default: 4.0,
            range: Range::Integer(1, 500),
            meaning: "number of states",
        },
        Parameter {
            name: "actions",
            default: 2.0,
            range: Range::Integer(1, 20),
            meaning: "number of actions",
        },
        Parameter {
            name: "observations",
            default: 2.0,
            range: Range::Integer(1, 500),
            meaning: "number of observations",
        },
        Parameter {
            name: "sparsity",
            default: 0.5,
            range: Range::Real(0.0, 1.0),
            meaning: "part of each row that is zero; at least one entry is not",
        },
        Parameter {
            name: "seed",
            default: 0.0,
            range: Range::Integer(0, 1 << 53),
            meaning: "what the problem is drawn from; not the run's seed",
        },
    ],
    optimum: Some("states = 1: max_a r(a) Σ γ^t"),
    exact: None,
    build: Build::Tabular(|values| {
        Ok(random(
            values.integer("states"),
            values.integer("actions"),
            values.integer("observations"),
            values.real("sparsity"),
            values.integer("seed") as u64,
        ))
    }),
};

/// Each row has n - ⌊sparsity n⌋ nonzeros of n, at least one: a uniform subset, and a uniform point of its
/// simplex.
///
/// Rewards are uniform in (0, 1], and declared to lie in [0, 1]. The start is uniform, discount 0.95.
fn random(states: usize, actions: usize, observations: usize, sparsity: f64, seed: u64) -> Model {
    let nonzeros = |n: usize| (n - (sparsity * n as f64).floor() as usize).max(1);
    let table = |table, n| {
        rows(n, actions, states, move |a, s| {
            Draws::new(seed, table, a * states + s).distribution(n, nonzeros(n))
        })
    };
    Model::new(ModelParts {
        name: ENTRY.name.to_owned(),
        states: Names::Count(states),
        actions: Names::Count(actions),
        observations: Names::Count(observations),
        discount: 0.95,
        values: Values::Reward,
        start: vec![1.0 / states as f64; states],
        transition: table(Table::Transition, states),
        observation: table(Table::Observation, observations),
        initial_observation: None,
        reward: rewards(actions, states, |s, a| Draws::new(seed, Table::Reward, a * states + s).unit()),
        reward_range: Some((0.0, 1.0)),
    })
    .expect("a valid problem")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pomdp::builtin::tests::assert_optimum;
    use crate::pomdp::discount_table;

    #[test]
    fn one_state_takes_the_best_action() {
        let model = random(1, 5, 3, 0.0, 9);
        let best = (0..5).map(|a| model.reward(0, a)).fold(0.0, f64::max);
        assert_optimum(&model, 4, best * discount_table(0.95, 4).iter().sum::<f64>());
    }

    #[test]
    fn rows_have_the_nonzeros_that_sparsity_leaves() {
        for (sparsity, states, observations) in [(0.0, 7, 4), (0.5, 4, 2), (0.9, 1, 1), (1.0, 1, 1)] {
            let model = random(7, 3, 4, sparsity, 5);
            for row in 0..21 {
                assert_eq!(model.transition().row(row).len(), states);
                assert_eq!(model.observation().row(row).len(), observations);
            }
        }
    }

    #[test]
    fn the_seed_is_the_problem() {
        assert_eq!(random(4, 2, 2, 0.5, 7), random(4, 2, 2, 0.5, 7));
        assert_ne!(random(4, 2, 2, 0.5, 7), random(4, 2, 2, 0.5, 8));
    }
}
