//! A ring of states that private symbols give away: decodable from the last observation, with full coverage.

use super::registry::{Build, Entry, Parameter, ParameterError, Range, within_limit};
use super::tables::{rewards, rows};
use crate::pomdp::{Model, ModelParts, Names, Values};

pub(super) const ENTRY: Entry = Entry {
    name: "block-ring",
    summary: "States on a ring, each with its own symbols; an action is how far to go, and state 0 is worth 1.",
    source: "our own, a block Markov decision process (Du et al. 2019)",
    parameters: &[
        Parameter { name: "n", default: 4.0, range: Range::Integer(2, 500), meaning: "states on the ring" },
        Parameter {
            name: "rho",
            default: 0.5,
            range: Range::Real(0.0, 1.0),
            meaning: "probability that the action decides where one goes; else anywhere",
        },
        Parameter {
            name: "actions",
            default: 2.0,
            range: Range::Integer(2, 20),
            meaning: "number of actions: stay, one on, two on, ...",
        },
        Parameter {
            name: "symbols",
            default: 2.0,
            range: Range::Integer(1, 20),
            meaning: "private symbols of each state, equally likely",
        },
    ],
    optimum: None,
    build: Build::Tabular(|values| {
        let integer = |name| values.integer(name);
        block_ring(integer("n"), values.real("rho"), integer("actions"), integer("symbols"))
    }),
};

/// Action a moves from s to s + a mod `n` with probability `rho`, else to a uniform state; discount 0.95.
///
/// The start is uniform. Symbols are seen before the first action as well, so that the state is always known: the optimum is
/// that of the Markov decision process of `n` states.
fn block_ring(n: usize, rho: f64, actions: usize, symbols: usize) -> Result<Model, ParameterError> {
    let observations = within_limit((n as u64).checked_mul(symbols as u64))?;
    let show = |s: usize| (0..symbols).map(|i| (s * symbols + i, 1.0 / symbols as f64)).collect();
    Ok(Model::new(ModelParts {
        name: ENTRY.name.to_owned(),
        states: Names::Count(n),
        actions: Names::Count(actions),
        observations: Names::Count(observations),
        discount: 0.95,
        values: Values::Reward,
        start: vec![1.0 / n as f64; n],
        transition: rows(n, actions, n, |a, s| {
            let anywhere = (0..n).map(|next| (next, (1.0 - rho) / n as f64));
            anywhere.chain([((s + a) % n, rho)]).collect()
        }),
        observation: rows(observations, actions, n, |_, s| show(s)),
        initial_observation: Some(rows(observations, 1, n, |_, s| show(s))),
        reward: rewards(actions, n, |s, _| f64::from(u8::from(s == 0))),
        reward_range: None,
    })
    .expect("a valid problem"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pomdp::builtin::tests::assert_optimum;

    #[test]
    fn optimum_is_that_of_the_markov_decision_process() {
        for (n, rho, actions, symbols) in [(4, 0.5, 2, 2), (5, 0.9, 3, 1), (3, 0.0, 2, 2), (4, 1.0, 2, 1)] {
            let model = block_ring(n, rho, actions, symbols).expect("small");
            let mut values = vec![0.0; n];
            for horizon in 1..6 {
                let mean = values.iter().sum::<f64>() / n as f64;
                let best = |s: usize| (0..actions).map(|a| values[(s + a) % n]).fold(0.0, f64::max);
                values = (0..n)
                    .map(|s| f64::from(u8::from(s == 0)) + 0.95 * (rho * best(s) + (1.0 - rho) * mean))
                    .collect();
                assert_optimum(&model, horizon, values.iter().sum::<f64>() / n as f64);
            }
        }
    }
}
