//! A block Markov decision process of known rank, drawn from a seed: its action values are linear in as many
//! features.

use super::draws::{Draws, Table};
use super::registry::{Build, Entry, Parameter, ParameterError, Range, within_limit};
use super::tables::rows;
use crate::pomdp::{Model, ModelParts, Names, OwnFeatures, Values};

pub(super) const ENTRY: Entry = Entry {
    name: "low-rank-block",
    summary: "Moves P(s' | s, a) = Σ_k φ_k(s, a) μ_k(s') of rank d, drawn from a seed; private symbols show the state.",
    source: "a low-rank block Markov decision process (Jin et al. 2020, Efroni et al. 2022), our own distribution",
    parameters: &[
        Parameter {
            name: "d",
            default: 3.0,
            range: Range::Integer(1, 64),
            meaning: "rank of the moves, and dimension of the problem's own features",
        },
        Parameter {
            name: "states",
            default: 6.0,
            range: Range::Integer(1, 500),
            meaning: "number of states",
        },
        Parameter {
            name: "actions",
            default: 2.0,
            range: Range::Integer(2, 20),
            meaning: "number of actions",
        },
        Parameter {
            name: "symbols",
            default: 2.0,
            range: Range::Integer(1, 20),
            meaning: "private symbols of each state, equally likely",
        },
        Parameter {
            name: "seed",
            default: 0.0,
            range: Range::Integer(0, 1 << 53),
            meaning: "what the problem is drawn from; not the run's seed",
        },
    ],
    optimum: None,
    exact: Some(
        "the last observation shows the state: the problem's own d features, for every policy that reads that observation only; windows of 1 pair or more, for every policy of that memory",
    ),
    build: Build::Tabular(|values| {
        let integer = |name| values.integer(name);
        let sizes = Sizes {
            rank: integer("d"),
            states: integer("states"),
            actions: integer("actions"),
            symbols: integer("symbols"),
        };
        low_rank_block(sizes, integer("seed") as u64)
    }),
};

struct Sizes {
    rank: usize,
    states: usize,
    actions: usize,
    symbols: usize,
}

/// `φ(s, a)` is uniform on the simplex of R^d, `μ_k` on that over states, `θ_k` in (0, 1];
/// `P(s' | s, a) = Σ_k φ_k μ_k(s')` and `r(s, a) = Σ_k φ_k θ_k`, declared to lie in [0, 1].
///
/// The start is uniform, discount 0.95. Symbols are seen before the first action as well, so that the state
/// is always known: for every policy that reads the last one only,
/// `Q_h(s, a) = ⟨φ(s, a), θ + γ Σ_s' μ(s') V_{h+1}(s')⟩`, and the optimum is that of the Markov decision
/// process.
fn low_rank_block(sizes: Sizes, seed: u64) -> Result<Model, ParameterError> {
    let Sizes { rank, states, actions, symbols } = sizes;
    let observations = within_limit((states as u64).checked_mul(symbols as u64))?;
    let drawn = |table, row, n| -> Vec<f64> {
        Draws::new(seed, table, row).distribution(n, n).into_iter().map(|(_, p)| p).collect()
    };
    let phi: Vec<Vec<f64>> = (0..actions * states).map(|row| drawn(Table::Feature, row, rank)).collect();
    let mu: Vec<Vec<f64>> = (0..rank).map(|k| drawn(Table::Transition, k, states)).collect();
    let theta: Vec<f64> = (0..rank).map(|k| Draws::new(seed, Table::Reward, k).unit()).collect();
    let mixed = |phi: &[f64], of: &dyn Fn(usize) -> f64| {
        phi.iter().enumerate().fold(0.0, |sum, (k, p)| sum + p * of(k))
    };
    let show = |s: usize| (0..symbols).map(|i| (s * symbols + i, 1.0 / symbols as f64)).collect();
    let model = Model::new(ModelParts {
        name: ENTRY.name.to_owned(),
        states: Names::Count(states),
        actions: Names::Count(actions),
        observations: Names::Count(observations),
        discount: 0.95,
        values: Values::Reward,
        start: vec![1.0 / states as f64; states],
        transition: rows(states, actions, states, |a, s| {
            (0..states).map(|next| (next, mixed(&phi[a * states + s], &|k| mu[k][next]))).collect()
        }),
        observation: rows(observations, actions, states, |_, s| show(s)),
        initial_observation: Some(rows(observations, 1, states, |_, s| show(s))),
        // A mean of numbers up to 1 may exceed 1 by rounding.
        reward: phi.iter().map(|phi| mixed(phi, &|k| theta[k]).min(1.0)).collect(),
        reward_range: Some((0.0, 1.0)),
    })
    .expect("a valid problem");
    let table = (0..states).flat_map(|s| (0..actions).flat_map(move |a| [(s, a)]));
    let table = table.flat_map(|(s, a)| phi[a * states + s].iter().copied()).collect();
    let state = (0..observations).map(|symbol| (symbol / symbols) as u32).collect();
    let features = OwnFeatures::new(rank, actions, state, table).expect("points of the simplex");
    Ok(model.with_features(features).expect("features of the problem's symbols"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::{ExactCritic, ExactCriticError, bellman_error};
    use crate::features::{BeliefFilter, BeliefMap, Degree, FiniteMap, OwnMap};
    use crate::policy::{LogLinear, Policy, Prepared};
    use crate::pomdp::builtin::tests::{assert_optimum, model};
    use std::sync::Arc;

    const LIMIT: u64 = 1_000_000_000;

    #[test]
    fn optimum_is_that_of_the_markov_decision_process() {
        for seed in 0..4 {
            let model =
                model("low-rank-block", &[("seed", f64::from(seed)), ("states", 5.0), ("actions", 3.0)]);
            let n = model.states();
            let mut values = vec![0.0; n];
            for horizon in 1..5 {
                let q = |s: usize, a: usize| {
                    let future: f64 =
                        model.transition().row(a * n + s).map(|(next, p)| p * values[next]).sum();
                    model.reward(s, a) + 0.95 * future
                };
                values = (0..n).map(|s| (0..3).map(|a| q(s, a)).fold(0.0, f64::max)).collect();
                assert_optimum(&model, horizon, values.iter().sum::<f64>() / n as f64);
            }
        }
    }

    /// The exact critic of a policy with some parameters.
    fn critic<P: Policy<Observation = u32>>(model: &Model, policy: &P) -> Result<f64, ExactCriticError> {
        let map = OwnMap::new(model, 3).expect("own features");
        let theta: Vec<f64> = (0..policy.parameters()).map(|i| ((7 * i + 3) % 11) as f64 / 3.0).collect();
        let mut prepared = Prepared::at(policy, &theta);
        let psi = map.exact_critic(model, policy, &mut prepared, 0.95, LIMIT)?;
        let error = bellman_error(model, policy, &mut prepared, &map, &psi, 0.95, LIMIT).expect("small");
        Ok(error.largest)
    }

    #[test]
    fn action_values_are_linear_in_as_many_features_as_the_rank() {
        let model = model("low-rank-block", &[("d", 3.0), ("states", 6.0)]);
        let own = critic(&model, &LogLinear::new(OwnMap::new(&model, 3).expect("own features")));
        assert!(own.expect("linear") < 1e-11);
        // The belief is the state that the last symbol shows: a policy without a finite memory, by
        // enumeration.
        let filter = Arc::new(BeliefFilter::new(Arc::new(model.clone())));
        let belief = critic(&model, &LogLinear::new(BeliefMap::for_actor(filter, 3, Degree::One)));
        assert!(belief.expect("linear") < 1e-11);
    }

    #[test]
    fn values_of_a_policy_that_remembers_are_not_linear() {
        let model = model("low-rank-block", &[("states", 3.0), ("symbols", 1.0)]);
        let window = FiniteMap::window(3, 2, 3, 3, 1).expect("a small window");
        let refused = critic(&model, &LogLinear::new(window)).expect_err("it remembers its action");
        assert!(matches!(refused, ExactCriticError::NotLinear { .. }), "{refused}");
    }

    #[test]
    fn rank_one_moves_alike_whatever_is_done() {
        let model = model("low-rank-block", &[("d", 1.0)]);
        for row in 1..12 {
            assert!(model.transition().row(row).eq(model.transition().row(0)));
        }
    }
}
