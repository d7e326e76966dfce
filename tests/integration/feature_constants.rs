//! The two constants that Definition 3 can be read to mean, against values by hand: the stacked one, block by
//! block, and the one that sums over steps first.

use dpac::features::{BeliefFilter, BeliefMap, Degree, FeatureMap, FiniteMap};
use dpac::policy::{LogLinear, Policy, Prepared};
use dpac::pomdp::builtin::{tiger, tiger3, toggle};
use dpac::pomdp::{Model, ModelParts, Names, SparseRows, Values};
use dpac::theory::{DENSE_DIMENSION_MAX, Moments, StepSpectra};
use std::sync::Arc;

fn window(model: &Model, horizon: usize, length: usize) -> FiniteMap {
    FiniteMap::window(horizon, model.actions(), model.observations(), model.first_observations(), length)
        .expect("a small window")
}

fn beliefs(model: &Model, horizon: usize) -> BeliefMap {
    BeliefMap::for_critic(Arc::new(BeliefFilter::new(Arc::new(model.clone()))), horizon, Degree::One)
}

/// Under the uniform policy.
fn spectra<F: FeatureMap<Observation = u32>>(model: &Model, map: &F, gamma: f64) -> StepSpectra {
    let uniform = LogLinear::new(window(model, map.horizon(), 0));
    let mut prepared = Prepared::at(&uniform, &vec![0.0; uniform.parameters()]);
    let moments = Moments::new(model, &uniform, &mut prepared, map, 1.0, 10_000_000).expect("few histories");
    let dimensions: Vec<usize> = (0..map.horizon()).map(|h| map.dimension(h)).collect();
    moments.by_step(&dimensions, gamma, DENSE_DIMENSION_MAX).expect("small blocks")
}

/// State 0 first and state 1 after it, whichever of two actions is taken; two observations that tell nothing.
fn one_state_after_the_other() -> Model {
    Model::new(ModelParts {
        name: "after".to_owned(),
        states: Names::Count(2),
        actions: Names::Count(2),
        observations: Names::Count(2),
        discount: 0.25,
        values: Values::Reward,
        start: vec![1.0, 0.0],
        transition: SparseRows::from_rows(2, vec![vec![(1, 1.0)]; 4]),
        observation: SparseRows::from_rows(2, vec![vec![(0, 0.5), (1, 0.5)]; 4]),
        initial_observation: Some(SparseRows::from_rows(2, vec![vec![(0, 0.5), (1, 0.5)]; 2])),
        reward: vec![0.0, 1.0, 1.0, 0.0],
        reward_range: None,
    })
    .expect("a valid model")
}

#[test]
fn definition_3_is_positive_where_every_step_is_singular_and_their_sum_is_not() {
    // The belief is e_0, then e_1; an action has probability 1/2. The sum is diag(1, 1, γ, γ) / 2, and each
    // step has half of it.
    let found = spectra(&one_state_after_the_other(), &beliefs(&one_state_after_the_other(), 2), 0.25);
    assert!((found.definition_3.expect("dimensions agree") - 0.125).abs() < 1e-16, "{found:?}");
    assert!((found.stacked - 0.125).abs() < 1e-16);
    let ranks: Vec<_> = found.steps.iter().map(|step| (step.dimension, step.rank)).collect();
    assert_eq!(ranks, [(4, 2), (4, 2)]);
    // After the first step alone the sum is singular too.
    let first = spectra(&one_state_after_the_other(), &beliefs(&one_state_after_the_other(), 1), 0.25);
    assert_eq!(first.definition_3, Some(0.0));
    assert!((first.stacked - 0.5).abs() < 1e-16);
}

#[test]
fn constants_of_one_step_are_the_same_number_and_that_computed_by_hand() {
    // Toggle: o = 0 with probability 0.55, the state then 0 with 0.45 / 0.55; o = 1 with 0.45, the state then
    // 0 with 0.15 / 0.45. Each action has half of E b b', a matrix of two rows.
    let (mut a, mut b, mut c) = (0.0, 0.0, 0.0);
    for (seen, zero) in [(0.55, 0.45 / 0.55), (0.45, 0.15 / 0.45)] {
        let one = 1.0 - zero;
        a += 0.5 * seen * zero * zero;
        b += 0.5 * seen * zero * one;
        c += 0.5 * seen * one * one;
    }
    let (trace, determinant): (f64, f64) = (a + c, a * c - b * b);
    let least = (trace - (trace * trace - 4.0 * determinant).sqrt()) / 2.0;
    let found = spectra(&toggle(), &beliefs(&toggle(), 1), 0.9);
    assert!((found.stacked - least).abs() < 1e-15, "{found:?}, {least}");
    assert!((found.definition_3.expect("one dimension") - least).abs() < 1e-15);
}

#[test]
fn definition_3_of_beliefs_in_tiger3_is_the_known_number() {
    // Another program's figure, from the definition as printed.
    let found = spectra(&tiger3(), &beliefs(&tiger3(), 4), 0.95);
    let least = found.definition_3.expect("dimensions agree");
    assert!((least - 0.0799).abs() < 5e-5, "{least}");
    assert!(found.stacked > 0.0 && found.steps.iter().any(|step| step.rank < step.dimension), "{found:?}");
}

#[test]
fn steps_of_different_dimensions_have_no_sum() {
    let found = spectra(&tiger(), &window(&tiger(), 4, 1), 0.95);
    assert_eq!(found.definition_3, None);
    // The rarest pair of the last step: 1 / 18, discounted three times.
    assert!((found.stacked - 0.857_375 / 18.0).abs() < 1e-15, "{}", found.stacked);
}
