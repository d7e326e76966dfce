//! Policies and features whose types are forgotten give the numbers of those that are compiled for their
//! types, to the bit.

use crate::algorithms::scattered;
use dpac::exact::{ExactCritic, bellman_error, policy_value};
use dpac::features::{AnyMap, BeliefFilter, BeliefMap, BeliefMemoryMap, Degree, FiniteMap, OwnMap};
use dpac::policy::{AnyPolicy, LogLinear, Policy, Prepared};
use dpac::pomdp::{Model, builtin};
use dpac::theory::{Moments, PolicyGradients};
use std::fmt::Debug;
use std::sync::Arc;

const HORIZON: usize = 3;
const GAMMA: f64 = 0.9;
const LIMIT: u64 = 100_000_000;

/// Printed, numbers are the same only if their bits are, but for those that are none.
fn assert_same(found: impl Debug, expected: impl Debug, name: &str) {
    let (found, expected) = (format!("{found:?}"), format!("{expected:?}"));
    assert!(!expected.contains("NaN"), "{name}: {expected}");
    assert_eq!(found, expected, "{name}");
}

fn assert_same_with<P, F>(name: &str, model: &Model, policy: &P, map: &F)
where
    P: Policy<Observation = u32> + 'static,
    F: ExactCritic + 'static,
{
    let (any_policy, any_map) = (AnyPolicy::new(policy), AnyMap::new(map));
    let theta = scattered(policy.parameters(), 7);
    let psi = scattered(map.stacked(), 8);
    let (mut prepared, mut any) = (Prepared::at(policy, &theta), Prepared::at(&any_policy, &theta));
    assert_same(
        policy_value(model, &any_policy, &mut any, GAMMA, LIMIT),
        policy_value(model, policy, &mut prepared, GAMMA, LIMIT),
        name,
    );
    assert_same(
        map.exact_critic(model, &any_policy, &mut any, GAMMA, LIMIT),
        map.exact_critic(model, policy, &mut prepared, GAMMA, LIMIT),
        name,
    );
    let error = bellman_error(model, policy, &mut prepared, map, &psi, GAMMA, LIMIT).expect("few histories");
    assert!(error.error > 0.0, "{name}");
    assert_same(
        bellman_error(model, &any_policy, &mut any, &any_map, &psi, GAMMA, LIMIT),
        Ok::<_, ()>(error),
        name,
    );
    assert_same(
        Moments::new(model, &any_policy, &mut any, &any_map, GAMMA, LIMIT),
        Moments::new(model, policy, &mut prepared, map, GAMMA, LIMIT),
        name,
    );
    let gradients = PolicyGradients::new(policy, theta.clone());
    let of_any = PolicyGradients::new(&any_policy, theta.clone());
    assert_same(
        Moments::new(model, &any_policy, &mut any, &AnyMap::new(&of_any), GAMMA, LIMIT),
        Moments::new(model, policy, &mut prepared, &gradients, GAMMA, LIMIT),
        name,
    );
}

fn assert_same_with_every_map<P: Policy<Observation = u32> + 'static>(name: &str, model: &Model, policy: &P) {
    assert_same_with(&format!("{name}, history"), model, policy, &window(model, HORIZON - 1));
    assert_same_with(&format!("{name}, window"), model, policy, &window(model, 1));
    let beliefs = BeliefMap::for_critic(filter(model), HORIZON, Degree::Two);
    assert_same_with(&format!("{name}, belief"), model, policy, &beliefs);
    let memories = BeliefMemoryMap::new(filter(model), window(model, 1));
    assert_same_with(&format!("{name}, belief-memory"), model, policy, &memories);
    if let Some(own) = OwnMap::new(model, HORIZON) {
        assert_same_with(&format!("{name}, problem"), model, policy, &own);
    }
}

fn window(model: &Model, length: usize) -> FiniteMap {
    FiniteMap::window(HORIZON, model.actions(), model.observations(), model.first_observations(), length)
        .expect("a small window")
}

fn filter(model: &Model) -> Arc<BeliefFilter> {
    Arc::new(BeliefFilter::new(Arc::new(model.clone())))
}

#[test]
fn exact_values_errors_and_moments_have_the_same_bits_whether_types_are_known_or_not() {
    for problem in ["tiger", "toggle", "block-ring"] {
        let model = builtin::builtin(problem).expect("a built-in problem");
        let name = |policy: &str| format!("{problem}, {policy}");
        assert_same_with_every_map(&name("window"), &model, &LogLinear::new(window(&model, 1)));
        let beliefs = BeliefMap::for_actor(filter(&model), HORIZON, Degree::One);
        assert_same_with_every_map(&name("belief"), &model, &LogLinear::new(beliefs));
        let memories = BeliefMemoryMap::new(filter(&model), window(&model, 0));
        assert_same_with_every_map(&name("belief-memory"), &model, &LogLinear::new(memories));
        if let Some(own) = OwnMap::new(&model, HORIZON) {
            assert_same_with_every_map(&name("problem"), &model, &LogLinear::new(own));
        }
    }
}

#[test]
#[should_panic(expected = "a fold is given memories of its own")]
fn a_memory_of_another_type_is_no_memory() {
    use dpac::features::HistoryFold;
    let model = builtin::builtin("tiger").expect("a built-in problem");
    let (window, beliefs) = (window(&model, 1), BeliefMap::for_critic(filter(&model), HORIZON, Degree::One));
    AnyMap::new(&window).start(&mut AnyMap::new(&beliefs).memory(), &0);
}
