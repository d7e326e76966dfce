//! Feature maps against brute force: windows spelled out from whole histories, beliefs from sums over paths
//! of states.

use super::*;
use crate::pomdp::builtin::{tiger, toggle};
use crate::pomdp::{Model, ModelParts, Names, SparseRows, Values};
use rand::Rng;
use rand_pcg::Pcg64Mcg;
use std::sync::Arc;

/// `(o_0, a_0, o_1, a_1, ..., o_h)` with the pairs (a_i, o_{i+1}).
struct History {
    first: u32,
    pairs: Vec<(usize, u32)>,
}

fn below(n: usize, rng: &mut Pcg64Mcg) -> usize {
    (rng.next_u64() % n as u64) as usize
}

fn random_history(h: usize, actions: usize, seen: usize, first: usize, rng: &mut Pcg64Mcg) -> History {
    let pairs = (0..h).map(|_| (below(actions, rng), below(seen, rng) as u32)).collect();
    History { first: below(first, rng) as u32, pairs }
}

/// The memory after a history, and the row of (history, action).
fn followed<F: FeatureMap<Observation = u32>>(
    map: &F,
    history: &History,
    action: usize,
) -> (F::Memory, F::Row) {
    let (mut memory, mut row) = (map.memory(), F::Row::default());
    map.start(&mut memory, &history.first);
    for (h, (a, o)) in history.pairs.iter().enumerate() {
        map.advance(&mut memory, h, *a, o);
    }
    map.row(&memory, history.pairs.len(), action, &mut row);
    (memory, row)
}

/// What a window may know of a history, written out: the last L pairs, and the first observation while h <=
/// L.
fn seen_through_window(history: &History, length: usize, class: &[u32], first_class: &[u32]) -> Vec<u32> {
    let h = history.pairs.len();
    let mut seen: Vec<u32> = if h <= length { vec![first_class[history.first as usize]] } else { Vec::new() };
    for (a, o) in &history.pairs[h - h.min(length)..] {
        seen.extend([*a as u32, class[*o as usize]]);
    }
    seen
}

/// What is seen, read as a number in the mixed base of first observations, actions and classes.
fn number(seen: &[u32], actions: usize, classes: usize) -> usize {
    let odd = seen.len() % 2;
    let first = if odd == 1 { seen[0] as usize } else { 0 };
    seen[odd..].chunks(2).fold(first, |n, pair| (n * actions + pair[0] as usize) * classes + pair[1] as usize)
}

#[test]
fn windows_know_the_last_pairs_and_the_first_observation_while_it_lasts() {
    let mut rng = Pcg64Mcg::new(1);
    let (actions, class) = (3, [0u32, 1, 0, 2]);
    for first_class in [vec![0u32], vec![0, 1], vec![1, 0, 1]] {
        let firsts = *first_class.iter().max().unwrap() as usize + 1;
        for horizon in 1..=5 {
            for length in 0..=horizon + 1 {
                for tied in [false, true] {
                    let map = FiniteMap::classes(horizon, actions, &class, first_class.clone(), length, tied)
                        .unwrap();
                    for _ in 0..200 {
                        let h = below(horizon, &mut rng);
                        let history = random_history(h, actions, class.len(), first_class.len(), &mut rng);
                        let action = below(actions, &mut rng);
                        let (memory, row) = followed(&map, &history, action);
                        let seen = seen_through_window(&history, length, &class, &first_class);
                        let slot = number(&seen, actions, 3);
                        let pairs = 9usize.pow(h.min(length) as u32);
                        assert_eq!(map.slots(h), Some(if h <= length { firsts * pairs } else { pairs }));
                        assert_eq!(map.slot(&memory, h), slot);
                        assert_eq!(map.memory_of_slot(h, slot), memory);
                        assert_eq!(row.0 as usize, map.component(h, slot, action));
                    }
                }
            }
        }
    }
}

#[test]
fn untied_blocks_follow_each_other_and_fill_the_stacked_vector() {
    for (horizon, length, first) in [(1, 0, 1), (4, 0, 2), (4, 1, 1), (4, 2, 3), (4, 3, 2), (3, 9, 1)] {
        let map = FiniteMap::window(horizon, 2, 3, first, length).unwrap();
        let mut next = 0;
        for h in 0..horizon {
            let slots = map.slots(h).unwrap();
            assert_eq!(map.dimension(h), slots * 2);
            for slot in 0..slots {
                for action in 0..2 {
                    assert_eq!(map.component(h, slot, action), next);
                    next += 1;
                }
            }
        }
        assert_eq!(map.stacked(), next);
        assert_eq!(map.largest(), (0..horizon).map(|h| map.dimension(h)).max().unwrap());
    }
}

#[test]
fn tied_blocks_are_shared_exactly_by_steps_that_see_the_same() {
    for first in [1usize, 2] {
        for length in 0..3 {
            let horizon = 6;
            let identity: Vec<u32> = (0..first as u32).collect();
            let map = FiniteMap::classes(horizon, 2, &[0, 1], identity, length, true).unwrap();
            // A single first observation says nothing, so the whole window at h = L is a full one.
            let full = if first == 1 { length } else { length + 1 };
            for h in 0..horizon {
                for later in h + 1..horizon {
                    let shared = map.component(h, 0, 0) == map.component(later, 0, 0);
                    assert_eq!(shared, h >= full, "first {first}, length {length}, steps {h} and {later}");
                }
            }
            let stacked: usize = (0..=full).map(|h| map.dimension(h)).sum();
            assert_eq!(map.stacked(), stacked);
        }
    }
}

#[test]
fn a_window_of_all_earlier_pairs_is_the_whole_history() {
    let (history, window) =
        (FiniteMap::history(4, 2, 2, 2).unwrap(), FiniteMap::window(4, 2, 2, 2, 3).unwrap());
    assert_eq!(history.stacked(), window.stacked());
    // 2 · (1 + 4 + 16 + 64) histories, two actions.
    assert_eq!(history.stacked(), 2 * 85 * 2);
}

#[test]
fn a_window_that_does_not_fit_is_an_error() {
    for (horizon, length) in [(12, 11), (200, 199), (1000, 14)] {
        let error = FiniteMap::window(horizon, 3, 2, 1, length).unwrap_err();
        assert_eq!((error.length, error.horizon), (length, horizon));
    }
}

/// A model of random rows, some entries of which are 0.
fn random_model(states: usize, actions: usize, seen: usize, first: bool, rng: &mut Pcg64Mcg) -> Model {
    let mut row = |n: usize| {
        let mut row: Vec<f64> =
            (0..n).map(|_| if below(4, rng) == 0 { 0.0 } else { (1 + below(9, rng)) as f64 }).collect();
        row[below(n, rng)] += 1.0;
        let sum: f64 = row.iter().sum();
        row.iter().map(|x| x / sum).collect::<Vec<f64>>()
    };
    let mut rows = |count: usize, columns: usize| {
        let dense: Vec<Vec<f64>> = (0..count).map(|_| row(columns)).collect();
        let sparse =
            |row: Vec<f64>| row.into_iter().enumerate().map(|(i, p)| (i as u32, p)).collect::<Vec<_>>();
        SparseRows::from_rows(columns, dense.into_iter().map(sparse))
    };
    let start = rows(1, states);
    Model::new(ModelParts {
        name: "random".to_owned(),
        states: Names::Count(states),
        actions: Names::Count(actions),
        observations: Names::Count(seen),
        discount: 0.9,
        values: Values::Reward,
        start: (0..states).map(|s| start.get(0, s)).collect(),
        transition: rows(actions * states, states),
        observation: rows(actions * states, seen),
        initial_observation: first.then(|| rows(states, seen)),
        reward: vec![0.0; actions * states],
        reward_range: None,
    })
    .unwrap()
}

/// `P(z_h, s_h = s)` given the actions, for every s: a sum over all paths of states, one product each.
fn joint(model: &Model, history: &History) -> Vec<f64> {
    let (states, steps) = (model.states(), history.pairs.len());
    let mut sums = vec![0.0; states];
    for path in 0..states.pow(steps as u32 + 1) {
        let at = |h: usize| path / states.pow(h as u32) % states;
        let mut p = model.start()[at(0)] * model.first_observation_probability(at(0), history.first as usize);
        for (h, &(a, o)) in history.pairs.iter().enumerate() {
            p *= model.transition().get(a * states + at(h), at(h + 1));
            p *= model.observation().get(a * states + at(h + 1), o as usize);
        }
        sums[at(steps)] += p;
    }
    sums
}

fn assert_near(found: &[f64], expected: impl IntoIterator<Item = f64>, tolerance: f64) {
    let expected: Vec<f64> = expected.into_iter().collect();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() <= tolerance, "{found} differs from {expected}");
    }
}

#[test]
fn beliefs_and_probabilities_equal_sums_over_all_paths_of_states() {
    let mut rng = Pcg64Mcg::new(2);
    let mut impossible = 0;
    for round in 0..60 {
        let model = Arc::new(random_model(3, 2, 3, round % 2 == 0, &mut rng));
        let filter = BeliefFilter::new(Arc::clone(&model));
        let history = random_history(3, 2, 3, model.first_observations(), &mut rng);
        let mut state = filter.state();
        let mut probability = filter.start(&mut state, history.first as usize);
        for h in 0..=3 {
            let prefix = History { first: history.first, pairs: history.pairs[..h].to_vec() };
            let joint = joint(&model, &prefix);
            let mass: f64 = joint.iter().sum();
            assert!((probability - mass).abs() < 1e-14, "{probability} differs from {mass}");
            if mass > 0.0 {
                assert_near(state.belief(), joint.iter().map(|p| p / mass), 1e-13);
            } else {
                impossible += 1;
                assert_near(state.belief(), [0.0; 3], 0.0);
            }
            if h < 3 {
                probability *= filter.advance(&mut state, history.pairs[h].0, history.pairs[h].1 as usize);
            }
        }
    }
    assert!(impossible > 0, "no history was impossible");
}

#[test]
fn belief_memory_rows_are_the_belief_in_the_window_s_block() {
    let mut rng = Pcg64Mcg::new(3);
    for first in [false, true] {
        let model = Arc::new(random_model(3, 2, 2, first, &mut rng));
        let filter = Arc::new(BeliefFilter::new(Arc::clone(&model)));
        let window = FiniteMap::window(4, 2, 2, model.first_observations(), 1).unwrap();
        let map = BeliefMemoryMap::new(Arc::clone(&filter), window.clone());
        let mut next = 0;
        for h in 0..4 {
            // Where nothing is seen before the first action there is one first belief, a constant.
            let beliefs = if h == 0 && !first { 1 } else { 3 };
            assert!((0..window.slots(h).unwrap()).all(|slot| map.width(h, slot) == beliefs));
            assert_eq!(map.dimension(h), window.dimension(h) * beliefs);
            for slot in 0..window.slots(h).unwrap() {
                for action in 0..2 {
                    assert_eq!(map.component(h, slot, action), next);
                    next += beliefs;
                }
            }
        }
        assert_eq!(map.stacked(), next);
        for _ in 0..50 {
            let history = random_history(below(4, &mut rng), 2, 2, model.first_observations(), &mut rng);
            let (h, action) = (history.pairs.len(), below(2, &mut rng));
            let (memory, row) = followed(&map, &history, action);
            let slot = window.slot(&followed(&window, &history, action).0, h);
            assert_eq!(memory.slot as usize, slot);
            let at = map.component(h, slot, action);
            let mut dense = vec![0.0; map.stacked()];
            row.for_each(|i, value| dense[i] = value);
            let outside: f64 = dense
                .iter()
                .enumerate()
                .filter(|(i, _)| !(at..at + map.width(h, slot)).contains(i))
                .map(|(_, x)| x.abs())
                .sum();
            assert_near(&[outside], [0.0], 0.0);
            if map.width(h, slot) == 1 {
                assert_near(&dense[at..=at], [1.0], 0.0);
            } else {
                assert_near(&dense[at..at + 3], memory.state.belief().iter().copied(), 0.0);
            }
        }
    }
}

#[test]
fn for_two_states_the_functions_of_degree_two_are_a_constant_a_line_and_a_parabola() {
    let filter = Arc::new(BeliefFilter::new(Arc::new(tiger())));
    let map = BeliefMap::for_actor(Arc::clone(&filter), 3, Degree::Two);
    assert_eq!((map.dimension(0), map.dimension(2), map.stacked()), (9, 9, 27));
    // Heard left twice: x = 0.85² / (0.85² + 0.15²) - 1/2.
    let (memory, row) = followed(&map, &History { first: 0, pairs: vec![(0, 0), (0, 0)] }, 1);
    let x = memory.belief()[0] - 0.5;
    assert!((x - (0.7225 / 0.745 - 0.5)).abs() < 1e-15);
    let (indices, values): (Vec<u32>, Vec<f64>) = row.entries().iter().copied().unzip();
    assert_eq!(indices, [21, 22, 23]);
    assert_near(&values, [1.0, 2.0 * x, 4.0 * x * x - 0.5], 1e-15);
}

#[test]
fn degree_two_functions_of_three_states_are_all_products_of_two_coordinates() {
    let mut rng = Pcg64Mcg::new(4);
    let filter = Arc::new(BeliefFilter::new(Arc::new(random_model(3, 2, 2, true, &mut rng))));
    let map = BeliefMap::for_actor(filter, 2, Degree::Two);
    assert_eq!(map.dimension(1), 12);
    let (memory, row) = followed(&map, &History { first: 1, pairs: vec![(0, 1)] }, 0);
    let y = |s: usize| (3.0 * memory.belief()[s] - 1.0) / 2.0;
    let mut dense = vec![0.0; map.stacked()];
    row.for_each(|i, value| dense[i] = value);
    let expected = [1.0, y(0), y(1), y(0) * y(0) - 0.5, y(0) * y(1), y(1) * y(1) - 0.5];
    assert_near(&dense[12..18], expected, 1e-15);
}

/// The largest `‖φ‖²` over random histories.
fn largest_norm_squared<F: FeatureMap<Observation = u32>>(map: &F, model: &Model, rng: &mut Pcg64Mcg) -> f64 {
    let norm = |_| {
        let h = below(map.horizon(), rng);
        let history = random_history(h, map.actions(), model.observations(), model.first_observations(), rng);
        followed(map, &history, below(map.actions(), rng)).1.norm_squared()
    };
    (0..300).map(norm).fold(0.0, f64::max)
}

#[test]
fn norms_stay_below_their_bounds_and_critics_below_one() {
    let mut rng = Pcg64Mcg::new(5);
    for round in 0..24 {
        let model = Arc::new(random_model(1 + round % 4, 2, 3, round % 2 == 0, &mut rng));
        let filter = Arc::new(BeliefFilter::new(Arc::clone(&model)));
        let log_odds = (1..=LogOdds::DEGREE_MAX).map(|degree| LogOdds::new(degree).unwrap().into());
        for functions in [Degree::One.into(), Degree::Two.into()].into_iter().chain(log_odds) {
            let functions: BeliefFunctions = functions;
            let critic = BeliefMap::for_critic(Arc::clone(&filter), 4, functions);
            let actor = BeliefMap::for_actor(Arc::clone(&filter), 4, functions);
            assert!(critic.norm_squared_bound() <= 1.0 + 1e-15);
            assert!(largest_norm_squared(&critic, &model, &mut rng) <= 1.0 + 1e-12);
            let largest = largest_norm_squared(&actor, &model, &mut rng);
            assert!(largest <= actor.norm_squared_bound() + 1e-12);
        }
        let window = FiniteMap::window(4, 2, 3, model.first_observations(), 1).unwrap();
        let both = BeliefMemoryMap::new(filter, window);
        assert!(largest_norm_squared(&both, &model, &mut rng) <= both.norm_squared_bound() + 1e-12);
    }
}

#[test]
fn a_nearly_certain_belief_of_two_states_meets_the_bound_of_degree_two() {
    let map = BeliefMap::for_actor(Arc::new(BeliefFilter::new(Arc::new(tiger()))), 15, Degree::Two);
    let (memory, row) = followed(&map, &History { first: 0, pairs: vec![(0, 0); 14] }, 0);
    assert!(memory.belief()[0] > 1.0 - 1e-9);
    assert!((row.norm_squared() - map.norm_squared_bound()).abs() < 1e-8);
}

#[test]
fn before_anything_is_seen_a_critic_s_row_is_the_action_alone() {
    let filter = Arc::new(BeliefFilter::new(Arc::new(tiger())));
    for degree in [Degree::One, Degree::Two] {
        let map = BeliefMap::for_critic(Arc::clone(&filter), 3, degree);
        assert_eq!(map.dimension(0), 3);
        assert_eq!(map.stacked(), 3 + 2 * map.dimension(1));
        for action in 0..3 {
            let (_, row) = followed(&map, &History { first: 0, pairs: Vec::new() }, action);
            assert_eq!(row.entries(), [(action as u32, 1.0)]);
        }
        // The block of step 1 begins where that of step 0 ends.
        let (_, row) = followed(&map, &History { first: 0, pairs: vec![(0, 0)] }, 0);
        assert_eq!(row.entries()[0].0, 3);
    }
    let seen_first = Arc::new(BeliefFilter::new(Arc::new(toggle())));
    let map = BeliefMap::for_critic(seen_first, 3, Degree::One);
    assert_eq!(map.dimension(0), map.dimension(1));
}

#[test]
fn classified_observations_are_those_of_the_inner_map() {
    let inner = FiniteMap::window(3, 2, 3, 3, 1).unwrap();
    let outer = Classified::new(inner.clone(), |x: &f64| *x as u32);
    let (mut a, mut b) = (inner.memory(), outer.memory());
    inner.start(&mut a, &2);
    outer.start(&mut b, &2.9);
    inner.advance(&mut a, 0, 1, &0);
    outer.advance(&mut b, 0, 1, &0.3);
    assert_eq!(inner.slot(&a, 1), outer.slot(&b, 1));
    let (mut row, mut other) = (OneHot::default(), OneHot::default());
    inner.row(&a, 1, 1, &mut row);
    outer.row(&b, 1, 1, &mut other);
    assert_eq!(row, other);
    assert_eq!(inner.stacked(), outer.stacked());
}
