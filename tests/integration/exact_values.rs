//! Exact values are those that are known: of optima, of simple policies, of natural policy gradient.

use dpac::exact::{ExactCritic, bellman_error, optimum, policy_value, value_by_enumeration};
use dpac::features::{FeatureMap, FiniteMap};
use dpac::policy::{LogLinear, Policy, Prepared};
use dpac::pomdp::builtin::tiger;

const GAMMA: f64 = 0.95;
const LIMIT: u64 = 100_000_000;

fn window(horizon: usize, length: usize) -> FiniteMap {
    FiniteMap::window(horizon, 3, 2, 1, length).expect("a small window")
}

fn assert_close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{found} differs from {expected} by more than {tolerance}"
    );
}

#[test]
fn optima_of_tiger_are_the_published_ones() {
    let known = [(2, -1.95), (4, 1.79554), (6, 4.42853), (8, 5.32402), (10, 6.69337), (15, 9.72842)];
    for (horizon, value) in known {
        let best = optimum(&tiger(), horizon, GAMMA, LIMIT).expect("few beliefs");
        assert_close(best.value.value, value, 1e-5);
    }
}

#[test]
fn always_listening_and_acting_at_random_have_their_known_values() {
    for (horizon, listening, uniform) in [(4, -3.709875, -112.53), (10, -8.025, -243.433)] {
        let policy = LogLinear::new(window(horizon, 0));
        let value = |theta: &[f64]| {
            let mut prepared = Prepared::at(&policy, theta);
            policy_value(&tiger(), &policy, &mut prepared, GAMMA, LIMIT).expect("small").0.value
        };
        let listen: Vec<f64> =
            (0..policy.parameters()).map(|i| if i % 3 == 0 { 1000.0 } else { 0.0 }).collect();
        assert_close(value(&listen), listening, 1e-3);
        assert_close(value(&vec![0.0; policy.parameters()]), uniform, 1e-2);
    }
}

#[test]
fn natural_policy_gradient_with_exact_values_follows_its_known_trajectory() {
    let known = [
        (0, 2.349587),
        (1, 2.568890),
        (2, 2.795064),
        (4, 3.113476),
        (8, 3.310332),
        (16, 3.363803),
        (32, 3.381254),
        (64, 3.386864),
    ];
    let model = tiger();
    let map = window(4, 3);
    let policy = LogLinear::new(map.clone());
    let mut theta = vec![0.0; map.stacked()];
    let mut prepared = Prepared::at(&policy, &theta);
    for r in 0..=64 {
        if let Some((_, expected)) = known.iter().find(|(round, _)| *round == r) {
            let value = value_by_enumeration(&model, &policy, &mut prepared, GAMMA, LIMIT).expect("small");
            assert_close(model.units().normalised_value(value.value, GAMMA, 4), *expected, 1e-6);
        }
        let q = map.exact_critic(&model, &policy, &mut prepared, GAMMA, LIMIT).expect("small");
        theta.iter_mut().zip(&q).for_each(|(theta, q)| *theta += q);
        prepared.set(&policy, &theta);
    }
    let best = optimum(&model, 4, GAMMA, LIMIT).expect("small").value;
    assert_close(model.units().normalised_value(best.value, GAMMA, 4), 3.388937, 1e-6);
}

#[test]
fn bellman_error_of_the_zero_critic_is_half_the_second_moment_of_q() {
    // One step, uniform policy: E = 1/2 · (q(listen)² + q(open-left)² + q(open-right)²) / 3 with q = 0.9,
    // 0.5, 0.5.
    let model = tiger();
    let map = window(1, 0);
    let policy = LogLinear::new(map.clone());
    let mut prepared = Prepared::at(&policy, &[0.0; 3]);
    let gap =
        bellman_error(&model, &policy, &mut prepared, &map, &[0.0; 3], GAMMA, LIMIT).expect("one history");
    assert_close(gap.error, 0.5 * (0.81 + 0.25 + 0.25) / 3.0, 1e-15);
    assert_close(gap.largest, 0.9, 1e-15);
}

/// The best raw value found for a window: open where all its pairs agree, at the best set of steps; then
/// change one decision at a time while that helps.
fn best_of_window(horizon: usize, length: usize) -> f64 {
    let (model, map) = (tiger(), window(horizon, length));
    let policy = LogLinear::new(map.clone());
    let mut theta = vec![0.0; map.stacked()];
    let decisions: Vec<(usize, usize)> =
        (0..horizon).flat_map(|h| (0..map.slots(h).expect("finite")).map(move |slot| (h, slot))).collect();
    let decide = |theta: &mut [f64], (h, slot): (usize, usize), action: usize| {
        for a in 0..3 {
            theta[map.component(h, slot, a)] = if a == action { 1000.0 } else { 0.0 };
        }
    };
    let mut prepared = Prepared::new(&policy);
    let mut value = |theta: &[f64]| {
        prepared.set(&policy, theta);
        policy_value(&model, &policy, &mut prepared, GAMMA, LIMIT).expect("small").0.value
    };
    let mut best = f64::NEG_INFINITY;
    for steps in 0..1u32 << horizon {
        let mut tried = theta.clone();
        for &(h, slot) in &decisions {
            // The latest pairs are all (listen, left), or all (listen, right).
            let opens = h >= length && steps >> h & 1 == 1;
            let agreed = (0..2).find(|&o| slot == (0..length).fold(0, |slot, _| slot * 6 + o));
            decide(&mut tried, (h, slot), agreed.filter(|_| opens).map_or(0, |o| 2 - o));
        }
        let found = value(&tried);
        if found > best {
            (best, theta) = (found, tried);
        }
    }
    loop {
        let before = best;
        for &decision in &decisions {
            for action in 0..3 {
                let mut changed = theta.clone();
                decide(&mut changed, decision, action);
                let found = value(&changed);
                if found > best + 1e-12 {
                    (best, theta) = (found, changed);
                }
            }
        }
        if best <= before {
            return best;
        }
    }
}

#[test]
fn windows_of_two_pairs_beat_listening_and_shorter_ones_do_not() {
    assert_close(best_of_window(10, 1), -8.025, 1e-3);
    assert_close(best_of_window(10, 2), 5.629, 1e-3);
}
