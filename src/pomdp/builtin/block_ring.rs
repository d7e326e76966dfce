//! A ring of states that private symbols give away: decodable from the last observation, with full coverage.

use super::registry::{Build, Entry, Parameter, ParameterError, Range, within_limit};
use super::tables::{rewards, rows};
use crate::pomdp::{Model, ModelParts, Names, OwnFeatures, Values};

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
        Parameter {
            name: "sigma",
            default: 1.0,
            range: Range::Real(0.001, 1.0),
            meaning: "least singular value of the ring's own features; the largest is 1",
        },
    ],
    optimum: None,
    exact: Some(
        "the last observation shows the state: the problem's own features and windows of 1 pair or more, for every policy of that memory; coverage λ_min(E φ φ') ≥ (1 - rho) / n · π_min · sigma² at every step",
    ),
    build: Build::Tabular(|values| {
        let integer = |name| values.integer(name);
        let (n, actions, symbols) = (integer("n"), integer("actions"), integer("symbols"));
        let ring = block_ring(n, values.real("rho"), actions, symbols)?;
        with_rotated_features(ring, n, symbols, values.real("sigma"))
    }),
};

/// Most pairs of state and action for which the ring has features of its own: a table of 8 MiB.
const PAIRS_MAX: usize = 1024;

/// Action a moves from s to s + a mod `n` with probability `rho`, else to a uniform state; discount 0.95.
///
/// The start is uniform. Symbols are seen before the first action as well, so that the state is always known:
/// the optimum is that of the Markov decision process of `n` states.
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

/// The ring with its own features `φ(s, a) = F' e_(s,a)`, where `F = U D` has dimension n A: D falls
/// geometrically from 1 to `sigma`, and the columns of U are the cosines of the DCT-II,
/// `U_(p, i) = c_i cos(π (p + 1/2) i / (n A))` with `p = s A + a`, of length 1.
///
/// F is invertible, so every function of (s, a) is linear in φ, and no row is longer than 1. At every step,
/// for every policy that takes each action with probability at least π_min,
/// `λ_min(E φ φ') ≥ (1 - rho) / n · π_min · sigma²`, since every state is entered with probability at least
/// (1 - rho) / n.
fn with_rotated_features(ring: Model, n: usize, symbols: usize, sigma: f64) -> Result<Model, ParameterError> {
    let actions = ring.actions();
    let pairs = n * actions;
    if pairs > PAIRS_MAX {
        return if sigma < 1.0 {
            Err(ParameterError::Contradiction("with sigma below 1, n times actions is at most 1024"))
        } else {
            Ok(ring)
        };
    }
    let fall: Vec<f64> = (0..pairs).map(|i| libm::pow(sigma, i as f64 / (pairs - 1) as f64)).collect();
    let cosine = |p: usize, i: usize| {
        let length = if i == 0 { 1.0 / pairs as f64 } else { 2.0 / pairs as f64 };
        let angle = std::f64::consts::PI * (p as f64 + 0.5) * i as f64 / pairs as f64;
        length.sqrt() * libm::cos(angle)
    };
    let row = |p: usize| fall.iter().enumerate().map(move |(i, d)| d * cosine(p, i));
    let table = (0..pairs).flat_map(row).collect();
    let state = (0..n * symbols).map(|symbol| (symbol / symbols) as u32).collect();
    let features = OwnFeatures::new(pairs, actions, state, table).expect("rows of length at most 1");
    Ok(ring.with_features(features).expect("features of the ring's symbols"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::{ExactCritic, bellman_error};
    use crate::features::{FeatureMap, FiniteMap, OwnMap};
    use crate::policy::{LogLinear, Policy, Prepared};
    use crate::pomdp::builtin::tests::{assert_optimum, model};
    use crate::theory::{DENSE_DIMENSION_MAX, Moments};

    const LIMIT: u64 = 1_000_000_000;

    fn ring(sigma: f64) -> (Model, OwnMap) {
        let ring = model("block-ring", &[("sigma", sigma)]);
        let map = OwnMap::new(&ring, 3).expect("own features");
        (ring, map)
    }

    /// The least over steps of `λ_min(E φ_h φ_h')` for the policy at `theta` that looks at nothing: a logit
    /// per step, first symbol and action.
    fn coverage(sigma: f64, logit: impl Fn(usize) -> f64) -> f64 {
        let (ring, map) = ring(sigma);
        let policy = LogLinear::new(FiniteMap::window(3, 2, 8, 8, 0).expect("small"));
        let theta: Vec<f64> = (0..policy.parameters()).map(logit).collect();
        let mut prepared = Prepared::at(&policy, &theta);
        let moments = Moments::new(&ring, &policy, &mut prepared, &map, 1.0, LIMIT).expect("small");
        moments.mu_stack(DENSE_DIMENSION_MAX).expect("small blocks")
    }

    #[test]
    fn coverage_falls_with_sigma_and_stays_above_its_bound() {
        // The uniform policy meets every (s, a) with probability 1/8, so that E φ φ' = D² / 8.
        let mut before = f64::INFINITY;
        for sigma in [1.0, 0.5, 0.2, 0.05] {
            let found = coverage(sigma, |_| 0.0);
            assert!((found - sigma * sigma / 8.0).abs() < 1e-14, "sigma = {sigma}: {found}");
            assert!(found >= 0.5 / 4.0 * 0.5 * sigma * sigma && found < before);
            before = found;
        }
        // Logits between -1/2 and 1/2 leave each action at least 1 / (1 + e).
        let least = 1.0 / (1.0 + std::f64::consts::E);
        before = f64::INFINITY;
        for sigma in [1.0, 0.5, 0.2, 0.05] {
            let found = coverage(sigma, |i| ((5 * i + 2) % 7) as f64 / 6.0 - 0.5);
            assert!(found >= 0.5 / 4.0 * least * sigma * sigma && found < before, "sigma = {sigma}: {found}");
            before = found;
        }
    }

    #[test]
    fn features_are_invertible_with_the_stated_singular_values() {
        for sigma in [1.0, 0.2, 0.001] {
            let (_, map) = ring(sigma);
            let entry = |p: usize, i: usize| map.table().of_block(p / 2, p % 2)[i];
            for i in 0..8 {
                for j in 0..8 {
                    let product: f64 = (0..8).map(|p| entry(p, i) * entry(p, j)).sum();
                    let expected = if i == j { libm::pow(sigma, 2.0 * i as f64 / 7.0) } else { 0.0 };
                    assert!((product - expected).abs() < 1e-14, "({i}, {j}): {product}");
                }
            }
        }
    }

    #[test]
    fn action_values_are_linear_in_the_ring_s_own_features() {
        for sigma in [1.0, 0.05] {
            let (ring, map) = ring(sigma);
            let check = |policy: LogLinear<OwnMap>| {
                let theta: Vec<f64> = (0..policy.parameters()).map(|i| ((7 * i + 3) % 11) as f64).collect();
                let mut prepared = Prepared::at(&policy, &theta);
                let psi = map.exact_critic(&ring, &policy, &mut prepared, 0.95, LIMIT).expect("linear");
                let error = bellman_error(&ring, &policy, &mut prepared, &map, &psi, 0.95, LIMIT);
                let largest = error.expect("small").largest;
                assert!(largest < 1e-11, "sigma = {sigma}: {largest}");
            };
            check(LogLinear::new(map.clone()));
        }
    }

    #[test]
    fn large_rings_have_no_features_of_their_own_and_refuse_a_sigma() {
        assert!(model("block-ring", &[("n", 500.0), ("actions", 20.0)]).own_features().is_none());
        assert_eq!(ring(1.0).1.stacked(), 24);
        let given = [("n", 500.0), ("actions", 20.0), ("sigma", 0.5)];
        let refused = ENTRY.definition(given).expect_err("too large").to_string();
        assert_eq!(refused, "with sigma below 1, n times actions is at most 1024");
    }

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
