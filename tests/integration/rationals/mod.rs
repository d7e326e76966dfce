//! Whatever is called exact lies within the error that it states of what arithmetic over the integers gives,
//! and bounds hold it, with no tolerance at all.
//!
//! The problems have ranges of rewards between 1e-12 and 1e15 and probabilities down to 1e-12; seeds are 0,
//! 1, 2, ... Two thousand are tried, or as many as the variable `DPAC_EXACT` says.

mod problem;

use dpac::exact::{
    Rounded, bounds, optimum, policy_value, value_by_dynamic_programming, value_by_enumeration,
};
use dpac::features::{FeatureMap, FiniteMap};
use dpac::policy::{LogLinear, Prepared};
use dpac::pomdp::{Model, analysis, file};
use num_bigint::BigInt;
use problem::{Problem, shifted};

const LIMIT: u64 = 100_000_000;

fn problems() -> u64 {
    std::env::var("DPAC_EXACT").map_or(2000, |count| count.parse().expect("a number of problems"))
}

/// Whether `|value - exact / denominator| <= error`, compared as whole numbers.
fn within(found: Rounded, exact: &BigInt, denominator: &BigInt) -> bool {
    let gap: BigInt = shifted(found.value) * denominator - (exact << 1100);
    gap.magnitude() <= (shifted(found.error) * denominator).magnitude()
}

/// Whether `lower <= exact / denominator <= upper`.
fn between(lower: f64, upper: f64, exact: &BigInt, denominator: &BigInt) -> bool {
    let exact: BigInt = exact << 1100;
    shifted(lower) * denominator <= exact && exact <= shifted(upper) * denominator
}

/// The size of a problem's returns: errors are small beside it.
fn size(model: &Model, horizon: usize) -> f64 {
    let largest = |most: f64, (s, a)| f64::max(most, (2.0 * model.gain(s, a) - model.reward(s, a)).abs());
    let pairs = (0..model.actions()).flat_map(|a| (0..model.states()).map(move |s| (s, a)));
    horizon as f64 * pairs.fold(0.0, largest)
}

#[test]
fn optima_are_within_their_errors_and_bounds_of_the_exact_ones() {
    let mut close = 0;
    for seed in 0..problems() {
        let problem = Problem::random(seed);
        let (model, horizon, gamma) = (problem.model(), problem.horizon, problem.gamma());
        let (exact, denominator) = (problem.optimum(), problem.denominator());
        let found = optimum(&model, horizon, gamma, LIMIT).expect("few beliefs").value;
        assert!(within(found, &exact, &denominator), "seed {seed}: {found:?}");
        assert!(found.error <= 1e-12 * size(&model, horizon) + f64::MIN_POSITIVE, "seed {seed}: {found:?}");
        for limit in [20_000, 200_000] {
            let bounds = bounds(&model, horizon, gamma, limit).expect("enough for the first bounds");
            assert!(between(bounds.lower, bounds.upper, &exact, &denominator), "seed {seed}: {bounds:?}");
            let gap = bounds.upper - bounds.lower;
            close += u64::from(gap <= 1e-6 * size(&model, horizon));
        }
        let cheap = analysis::bounds(&model, horizon, gamma);
        assert!(between(cheap.lower, cheap.upper, &exact, &denominator), "seed {seed}: {cheap:?}");
    }
    assert!(close > problems(), "of two searches for each of {} problems {close} met", problems());
}

#[test]
fn values_of_policies_are_within_their_errors_of_the_exact_ones() {
    for seed in 0..problems() {
        let problem = Problem::random(seed);
        let (model, horizon, gamma) = (problem.model(), problem.horizon, problem.gamma());
        let map = FiniteMap::window(horizon, model.actions(), model.observations(), 1, 1).expect("small");
        let action = |h: usize, slot: usize| (seed as usize + 3 * h + 5 * slot) % model.actions();
        let mut theta = vec![0.0; map.stacked()];
        for h in 0..horizon {
            for slot in 0..map.slots(h).expect("finite") {
                // exp(-1000) is 0, so that the other actions are never taken.
                theta[map.component(h, slot, action(h, slot))] = 1000.0;
            }
        }
        let exact = problem.policy(&map, &action);
        let denominator = problem.denominator();
        let policy = LogLinear::new(map);
        let mut prepared = Prepared::at(&policy, &theta);
        let by_memory =
            value_by_dynamic_programming(&model, &policy, &mut prepared, gamma, LIMIT).expect("small");
        let by_history = value_by_enumeration(&model, &policy, &mut prepared, gamma, LIMIT).expect("small");
        for found in [by_memory, by_history] {
            assert!(within(found, &exact, &denominator), "seed {seed}: {found:?}");
            assert!(
                found.error <= 1e-12 * size(&model, horizon) + f64::MIN_POSITIVE,
                "seed {seed}: {found:?}"
            );
        }
    }
}

/// A drive, a ride and a sail, of which each exists in one place; a penalty stands for the others.
fn journey(penalty: &str) -> Model {
    let source = format!(
        "discount: 0.9 values: reward states: road train boat home actions: drive rail sail stay observations: 2 start: road
         T: drive identity T: rail identity T: sail identity T: stay identity
         T: drive : road 0.25 0.75 0 0 T: rail : train 0 0.5 0.5 0 T: sail : boat 0 0 0.5 0.5
         O: * : * 1 0 O: * : train 0.5 0.5 O: * : boat 0 1 O: * : home 0 1
         R: * : * : * : * {penalty}
         R: drive : road : * : * -1 R: rail : train : * : * -2 R: sail : boat : * : * -3 R: sail : boat : home : * 20
         R: stay : * : * : * -5 R: stay : home : * : * 0"
    );
    file::parse(source.as_bytes(), "journey").expect("a problem").model
}

#[test]
fn penalty_that_nobody_meets_changes_no_digit() {
    for horizon in 2..=5 {
        let value = |penalty| optimum(&journey(penalty), horizon, 0.9, LIMIT).expect("few beliefs").value;
        let small = value("-1e9");
        assert!(small.error < 1e-12, "{small:?}");
        for penalty in ["-1e12", "-1e15", "-1e100"] {
            let found = value(penalty);
            assert_eq!(found.value.to_bits(), small.value.to_bits(), "{penalty}: {found:?} {small:?}");
            assert!(found.error < 1e-12, "{penalty}: {found:?}");
            let bounds = bounds(&journey(penalty), horizon, 0.9, LIMIT).expect("enough");
            assert!(bounds.upper - bounds.lower < 1e-4, "{penalty}: {bounds:?}");
            assert!((bounds.lower..=bounds.upper).contains(&found.value), "{penalty}: {bounds:?}");
        }
    }
}

#[test]
fn policy_that_never_meets_a_penalty_has_a_small_error() {
    let model = journey("-1e15");
    let policy = LogLinear::new(FiniteMap::window(3, 4, 2, 1, 0).expect("small"));
    let theta: Vec<f64> = (0..12).map(|i| if i % 4 == 3 { 1000.0 } else { 0.0 }).collect();
    let mut prepared = Prepared::at(&policy, &theta);
    let (value, _) = policy_value(&model, &policy, &mut prepared, 0.9, LIMIT).expect("small");
    assert!(
        (value.value + 5.0 * (1.0 + 0.9 + 0.81)).abs() <= value.error && value.error < 1e-12,
        "{value:?}"
    );
}

/// Two observations lead to beliefs that differ by 2^-40; the action that is right under one of them is worth
/// 10^13 times that less under the other.
#[test]
fn beliefs_that_differ_little_are_told_apart_where_rewards_are_large() {
    let source = "discount: 1 values: reward states: 2 actions: 2 observations: 2 start: 0.5 0.5
        T: * identity
        O: * : 0 0.50000000000045474735088646411895751953125 0.49999999999954525264911353588104248046875
        O: * : 1 0.5 0.5
        R: 0 : 0 : * : * 1e13 R: 0 : 1 : * : * -1e13";
    let model = file::parse(source.as_bytes(), "near").expect("a problem").model;
    let found = optimum(&model, 2, 1.0, LIMIT).expect("few beliefs");
    // Bet after the first observation only: 10^13 (P(0, o) - P(1, o)) = 10^13 · 2^-41 / 2.
    let gain = 1e13 / (2.0 * (1_u64 << 41) as f64);
    assert!((found.value.value - gain).abs() <= found.value.error, "{found:?} {gain}");
    assert_eq!(found.beliefs, 3, "a start and two beliefs after it");
}

/// A reward's mean is of numbers that nearly cancel, and says how much of it is rounding.
#[test]
fn rewards_that_cancel_carry_the_error_of_their_mean() {
    let source = "discount: 1 values: reward states: 3 actions: 1 observations: 1 start: 1 0 0
        T: 0 : 0 0 0.3 0.7 T: 0 : 1 0 1 0 T: 0 : 2 0 0 1 O: * uniform
        R: 0 : 0 : 1 : * 7000000000000001 R: 0 : 0 : 2 : * -3000000000000000";
    let model = file::parse(source.as_bytes(), "cancelling").expect("a problem").model;
    let found = optimum(&model, 1, 1.0, LIMIT).expect("one belief").value;
    assert!((found.value - 0.3).abs() <= found.error && found.error < 100.0, "{found:?}");
    assert!(found.error > 0.1, "as much as the sizes of the outcomes leave: {found:?}");
}
