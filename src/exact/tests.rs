//! The parts against each other and against known values.

use super::*;
use crate::features::{BeliefFilter, BeliefMap, BeliefMemoryMap, Degree, FeatureMap, FiniteMap};
use crate::policy::{LogLinear, Policy, Prepared};
use crate::pomdp::builtin::{tiger, tiger3, toggle};
use crate::pomdp::{Generator, Model, TabularSimulator};
use rand::{Rng, SeedableRng};
use std::sync::Arc;

const LIMIT: u64 = 100_000_000;

fn window(model: &Model, horizon: usize, length: usize) -> FiniteMap {
    FiniteMap::window(horizon, model.actions(), model.observations(), model.first_observations(), length)
        .expect("a small window")
}

/// Logits between -2 and 2.
fn random_theta(parameters: usize, seed: u64) -> Vec<f64> {
    let mut rng = Generator::seed_from_u64(seed);
    (0..parameters).map(|_| (rng.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0 * 4.0 - 2.0).collect()
}

fn random<P: Policy>(policy: &P, seed: u64) -> Prepared<P> {
    Prepared::at(policy, &random_theta(policy.parameters(), seed))
}

fn assert_close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{found} differs from {expected} by more than {tolerance}"
    );
}

#[test]
fn dynamic_programming_agrees_with_enumeration() {
    for (model, horizon) in [(tiger(), 5), (tiger3(), 5), (toggle(), 6)] {
        for length in 0..3 {
            let policy = LogLinear::new(window(&model, horizon, length));
            let mut prepared = random(&policy, 17 + length as u64);
            let by_memory =
                value_by_dynamic_programming(&model, &policy, &mut prepared, 0.9, LIMIT).expect("small");
            let by_history = value_by_enumeration(&model, &policy, &mut prepared, 0.9, LIMIT).expect("small");
            assert_close(by_memory.value, by_history.value, by_memory.error + by_history.error);
            assert!(by_memory.error < 1e-11 && by_history.error < 1e-11, "{by_memory:?} {by_history:?}");
        }
    }
}

#[test]
fn facade_names_the_method_it_could_afford() {
    let model = tiger();
    let simulator = TabularSimulator::new(&model);
    let finite = LogLinear::new(window(&model, 4, 1));
    let filter = Arc::new(BeliefFilter::new(Arc::new(model.clone())));
    let beliefs = LogLinear::new(BeliefMap::for_actor(filter, 4, Degree::Two));
    let (mut of_finite, mut of_beliefs) = (random(&finite, 1), random(&beliefs, 1));
    let mut rng = Generator::seed_from_u64(5);
    let rich = Budget { exact_operations: LIMIT, episodes: 40_000 };
    let poor = Budget { exact_operations: 10, ..rich };
    let exact = evaluate(Some(&model), &simulator, &finite, &mut of_finite, 0.95, rich, &mut rng);
    assert_eq!(exact.method, Method::DynamicProgramming);
    let enumerated = evaluate(Some(&model), &simulator, &beliefs, &mut of_beliefs, 0.95, rich, &mut rng);
    assert_eq!(enumerated.method, Method::Enumeration);
    for tables in [Some(&model), None] {
        let budget = if tables.is_some() { poor } else { rich };
        let sampled = evaluate(tables, &simulator, &beliefs, &mut of_beliefs, 0.95, budget, &mut rng);
        let Method::MonteCarlo { episodes, standard_error } = sampled.method else {
            panic!("{:?} is not Monte-Carlo", sampled.method);
        };
        assert_eq!(episodes, 40_000);
        assert!(standard_error > 0.0 && standard_error < 1.0);
        assert_close(sampled.value_raw, enumerated.value_raw, 4.0 * standard_error);
    }
}

#[test]
fn every_exact_computation_stops_at_its_limit() {
    let model = tiger();
    let map = window(&model, 4, 3);
    let policy = LogLinear::new(map.clone());
    let mut prepared = random(&policy, 3);
    let psi = vec![0.0; map.stacked()];
    assert_eq!(optimum(&model, 4, 0.95, 50).expect_err("too little").limit, 50);
    assert!(value_by_dynamic_programming(&model, &policy, &mut prepared, 0.95, 50).is_err());
    assert!(value_by_enumeration(&model, &policy, &mut prepared, 0.95, 50).is_err());
    assert!(bellman_error(&model, &policy, &mut prepared, &map, &psi, 0.95, 50).is_err());
    assert!(matches!(
        map.exact_critic(&model, &policy, &mut prepared, 0.95, 50),
        Err(ExactCriticError::Work(WorkLimitExceeded { limit: 50, .. }))
    ));
}

#[test]
fn exact_critic_over_histories_has_no_bellman_error() {
    for (model, horizon) in [(tiger(), 4), (tiger3(), 4), (toggle(), 4)] {
        let critic = window(&model, horizon, horizon - 1);
        let finite = LogLinear::new(window(&model, horizon, 1));
        let mut prepared = random(&finite, 23);
        let psi = critic.exact_critic(&model, &finite, &mut prepared, 0.95, LIMIT).expect("small");
        let gap = bellman_error(&model, &finite, &mut prepared, &critic, &psi, 0.95, LIMIT).expect("small");
        assert!(gap.error < 1e-25 && gap.largest < 1e-12, "{gap:?}");

        let filter = Arc::new(BeliefFilter::new(Arc::new(model.clone())));
        let beliefs = LogLinear::new(BeliefMap::for_actor(filter, horizon, Degree::Two));
        let mut prepared = random(&beliefs, 29);
        let psi = critic.exact_critic(&model, &beliefs, &mut prepared, 0.95, LIMIT).expect("small");
        let gap = bellman_error(&model, &beliefs, &mut prepared, &critic, &psi, 0.95, LIMIT).expect("small");
        assert!(gap.error < 1e-25 && gap.largest < 1e-12, "{gap:?}");
    }
}

#[test]
fn belief_and_memory_represent_q_of_every_window_policy() {
    for (model, horizon) in [(tiger(), 5), (tiger3(), 4), (toggle(), 5)] {
        let filter = Arc::new(BeliefFilter::new(Arc::new(model.clone())));
        for (policy_length, critic_length) in [(0, 0), (1, 1), (2, 2), (0, 1), (1, 2)] {
            let critic = BeliefMemoryMap::new(Arc::clone(&filter), window(&model, horizon, critic_length));
            let policy = LogLinear::new(window(&model, horizon, policy_length));
            let mut prepared = random(&policy, 31);
            let psi = critic.exact_critic(&model, &policy, &mut prepared, 0.95, LIMIT).expect("small");
            let gap =
                bellman_error(&model, &policy, &mut prepared, &critic, &psi, 0.95, LIMIT).expect("small");
            assert!(gap.error < 1e-20 && gap.largest < 1e-10, "{gap:?}");
        }
    }
}

#[test]
fn critics_that_cannot_represent_q_say_so() {
    let model = tiger();
    let filter = Arc::new(BeliefFilter::new(Arc::new(model.clone())));
    let beliefs = BeliefMap::for_critic(Arc::clone(&filter), 4, Degree::One);
    let short = BeliefMemoryMap::new(Arc::clone(&filter), window(&model, 4, 1));
    let long = LogLinear::new(window(&model, 4, 2));
    let of_beliefs = LogLinear::new(BeliefMap::for_actor(filter, 4, Degree::One));
    let mut prepared = random(&long, 1);
    assert_eq!(
        beliefs.exact_critic(&model, &long, &mut prepared, 0.95, LIMIT),
        Err(ExactCriticError::BeliefsAlone)
    );
    assert_eq!(
        short.exact_critic(&model, &long, &mut prepared, 0.95, LIMIT),
        Err(ExactCriticError::PolicyRemembersMore { step: 2 })
    );
    let mut prepared = random(&of_beliefs, 1);
    assert_eq!(
        short.exact_critic(&model, &of_beliefs, &mut prepared, 0.95, LIMIT),
        Err(ExactCriticError::PolicyNotFinite)
    );
}

#[test]
fn coarse_exact_critic_is_the_occupancy_weighted_mean() {
    // Both ways of computing it, for the same policy: over memories, and over histories.
    let model = tiger();
    let horizon = 4;
    let coarse = window(&model, horizon, 1);
    let policy = LogLinear::new(window(&model, horizon, 2));
    let mut prepared = random(&policy, 41);
    let psi = coarse.exact_critic(&model, &policy, &mut prepared, 0.95, LIMIT).expect("small");
    let (mut sums, mut weights) = (vec![0.0; coarse.stacked()], vec![0.0; coarse.stacked()]);
    HistoryTree::new(&model, &policy, &mut prepared, &coarse, 0.95)
        .walk(&mut Work::new("a test", LIMIT), |visit, _| {
            for (a, [q]) in visit.q.iter().enumerate() {
                let at = coarse.component(visit.h, *visit.memory as usize, a);
                sums[at] += visit.probability * q;
                weights[at] += visit.probability;
            }
            Ok(())
        })
        .expect("small");
    for (component, found) in psi.iter().enumerate() {
        assert_close(*found, sums[component] / weights[component], 1e-12);
    }
}

#[test]
fn exact_critic_of_features_too_coarse_has_the_least_bellman_error() {
    // The policy reads what the critic reads, and both share their blocks between steps.
    let model = tiger();
    let map = FiniteMap::classes(4, 3, &[0, 1], vec![0], 1, true).expect("a small window");
    let policy = LogLinear::new(map.clone());
    let mut prepared = random(&policy, 19);
    let psi = map.exact_critic(&model, &policy, &mut prepared, 0.95, LIMIT).expect("small");
    let mut error = |psi: &[f64]| {
        bellman_error(&model, &policy, &mut prepared, &map, psi, 0.95, LIMIT).expect("small").error
    };
    let least = error(&psi);
    assert!(least > 1e-4, "{least} is no error: the features are not too coarse");
    for component in 0..psi.len() {
        for change in [-1e-3, 1e-3] {
            let mut moved = psi.clone();
            moved[component] += change;
            assert!(error(&moved) > least);
        }
    }
}

#[test]
fn unreachable_components_of_the_exact_critic_are_zero() {
    // Opening shows nothing but "none": slot (open-left, tiger-left) of tiger3 does not occur.
    let model = tiger3();
    let critic = window(&model, 2, 1);
    let policy = LogLinear::new(window(&model, 2, 1));
    let mut prepared = random(&policy, 2);
    let psi = critic.exact_critic(&model, &policy, &mut prepared, 0.95, LIMIT).expect("small");
    let first = critic.first_slot(2);
    let impossible = critic.next_slot(0, first, 1, 0);
    for a in 0..3 {
        assert!(psi[critic.component(1, impossible, a)].abs() == 0.0);
        assert!(psi[critic.component(1, critic.next_slot(0, first, 1, 2), a)] > 0.0);
    }
}

#[test]
fn monte_carlo_agrees_with_the_exact_value() {
    for model in [tiger(), toggle()] {
        let policy = LogLinear::new(window(&model, 5, 2));
        let mut prepared = random(&policy, 7);
        let value = value_by_dynamic_programming(&model, &policy, &mut prepared, 0.9, LIMIT).expect("small");
        let mut rng = Generator::seed_from_u64(11);
        let simulator = TabularSimulator::new(&model);
        let sample = monte_carlo(&simulator, &policy, &mut prepared, 0.9, 50_000, &mut rng);
        assert_eq!(sample.episodes, 50_000);
        assert!(sample.standard_error > 0.0);
        assert_close(sample.mean, value.value, 4.0 * sample.standard_error);
    }
}

#[test]
fn optimum_with_a_first_observation_is_the_best_of_all_policies() {
    // Natural policy gradient over whole histories, with exact values, climbs to V* from below.
    let model = toggle();
    let map = window(&model, 3, 2);
    let policy = LogLinear::new(map.clone());
    let best = optimum(&model, 3, 0.9, LIMIT).expect("small");
    let mut theta = vec![0.0; map.stacked()];
    let mut prepared = Prepared::at(&policy, &theta);
    for _ in 0..400 {
        let q = map.exact_critic(&model, &policy, &mut prepared, 0.9, LIMIT).expect("small");
        theta.iter_mut().zip(&q).for_each(|(theta, q)| *theta += 10.0 * q);
        prepared.set(&policy, &theta);
    }
    let (value, _) = policy_value(&model, &policy, &mut prepared, 0.9, LIMIT).expect("small");
    let (value, best) = (value.value, best.value);
    assert!(value <= best.value + best.error);
    assert_close(value, best.value, 1e-6);
}

/// On a chain of one action and one observation there is one history of each length, so that the longest
/// horizon is walked to its end: on a stack of which a few hundred nested calls would be too many.
#[test]
fn the_longest_horizon_is_walked_to_its_end_on_a_small_stack() {
    let horizon = crate::config::limits::HORIZON_MAX as usize;
    let walk = move || {
        let source = b"discount: 0.999 values: reward states: 2 actions: 1 observations: 1
            T: 0 : 0 0.25 0.75 T: 0 : 1 0.5 0.5 O: 0 uniform R: 0 : 1 : * : * 1";
        let model = crate::pomdp::file::parse(source, "chain").expect("a problem").model;
        let policy = LogLinear::new(window(&model, horizon, 1));
        let mut prepared = random(&policy, 1);
        let work = 1_000_000_000;
        let enumerated = value_by_enumeration(&model, &policy, &mut prepared, 0.999, work).expect("a chain");
        let dynamic =
            value_by_dynamic_programming(&model, &policy, &mut prepared, 0.999, work).expect("a chain");
        assert_close(enumerated.value, dynamic.value, enumerated.error + dynamic.error);
        let best = optimum(&model, horizon, 0.999, work).expect("a chain").value;
        assert_close(best.value, dynamic.value, best.error + dynamic.error);
        let bounded = bounds(&model, horizon, 0.999, work).expect("a chain");
        let (least, most) = (best.value - best.error, best.value + best.error);
        assert!(
            bounded.lower <= most && least <= bounded.upper && best.error < 1e-6,
            "{bounded:?}, {best:?}"
        );
    };
    let thread = std::thread::Builder::new().stack_size(128 << 10).spawn(walk).expect("a thread");
    assert!(thread.join().is_ok());
}

#[test]
fn memory_of_the_optimum_is_predicted_from_what_its_first_steps_keep() {
    let model = crate::pomdp::builtin::tiger();
    // Twice the horizon, about twice the beliefs; beyond the probe by proportion, and never more than the
    // limit has room for.
    let [short, long] = [20, 40].map(|horizon| optimum_bytes(&model, horizon, 100_000_000));
    assert!(short > 1000 && (1.5..8.0).contains(&(long as f64 / short as f64)), "{short} {long}");
    let endless = optimum_bytes(&model, 10_000, 20_000_000);
    assert!(endless > long && endless < 40 * 20_000_000, "{endless}");
}
