//! How many features are independent, and what is left of them after a reduction to their span.

use crate::whole_run::whole_run;
use dpac::exact::{ExactCritic, bellman_error};
use dpac::features::{BeliefFilter, BeliefMap, BeliefMemoryMap, Degree, FeatureMap, FiniteMap, LogOdds, Row};
use dpac::policy::{LogLinear, Policy, Prepared};
use dpac::pomdp::builtin;
use dpac::pomdp::{Model, ModelParts, Names, SparseRows, Values};
use dpac::theory::{DENSE_DIMENSION_MAX, Moments, StepSpectrum};
use std::collections::BTreeSet;
use std::sync::Arc;

const LIMIT: u64 = 1_000_000_000;

fn model(name: &str) -> Model {
    builtin::builtin(name).expect("a built-in problem with tables")
}

fn filter(model: &Model) -> Arc<BeliefFilter> {
    Arc::new(BeliefFilter::new(Arc::new(model.clone())))
}

fn window(model: &Model, horizon: usize, length: usize) -> FiniteMap {
    FiniteMap::window(horizon, model.actions(), model.observations(), model.first_observations(), length)
        .expect("a small window")
}

fn belief_memory(model: &Model, horizon: usize, length: usize) -> BeliefMemoryMap {
    BeliefMemoryMap::new(filter(model), window(model, horizon, length))
}

/// The moments of every step under the uniform policy.
fn spectra<F: FeatureMap<Observation = u32>>(model: &Model, map: &F) -> Vec<StepSpectrum> {
    let uniform = LogLinear::new(window(model, map.horizon(), 0));
    let mut prepared = Prepared::at(&uniform, &vec![0.0; uniform.parameters()]);
    let moments = Moments::new(model, &uniform, &mut prepared, map, 1.0, LIMIT).expect("few histories");
    let dimensions: Vec<usize> = (0..map.horizon()).map(|h| map.dimension(h)).collect();
    moments.by_step(&dimensions, 1.0, DENSE_DIMENSION_MAX).expect("small blocks").steps
}

/// The rank of each step by brute force: all histories with their joint probabilities `P(z, s | actions)`,
/// their different rows, and plain Gaussian elimination, where what is below 1e-9 is zero.
fn ranks_by_enumeration<F: FeatureMap<Observation = u32>>(model: &Model, map: &F) -> Vec<usize> {
    let mut histories: Vec<(F::Memory, Vec<f64>)> = Vec::new();
    for first in 0..model.first_observations() {
        let joint: Vec<f64> = (0..model.states())
            .map(|s| model.start()[s] * model.first_observation_probability(s, first))
            .collect();
        let mut memory = map.memory();
        map.start(&mut memory, &(first as u32));
        histories.push((memory, joint));
    }
    let mut ranks = Vec::new();
    for h in 0..map.horizon() {
        histories.retain(|(_, joint)| joint.iter().any(|&p| p > 0.0));
        let mut rows: BTreeSet<Vec<u64>> = BTreeSet::new();
        for (memory, _) in &histories {
            for action in 0..model.actions() {
                let (mut row, mut dense) = (F::Row::default(), vec![0.0; map.stacked()]);
                map.row(memory, h, action, &mut row);
                row.for_each(|i, value| dense[i] = value);
                rows.insert(dense.iter().map(|x| x.to_bits()).collect());
            }
        }
        let dense = rows.iter().map(|row| row.iter().map(|&bits| f64::from_bits(bits)).collect()).collect();
        ranks.push(rank(dense));
        if h + 1 == map.horizon() {
            break;
        }
        let mut next = Vec::new();
        for (memory, joint) in &histories {
            for action in 0..model.actions() {
                for seen in 0..model.observations() {
                    let (mut memory, mut moved) = (memory.clone(), vec![0.0; model.states()]);
                    map.advance(&mut memory, h, action, &(seen as u32));
                    for (s, p) in joint.iter().enumerate() {
                        for (to, t) in model.transition().row(action * model.states() + s) {
                            moved[to] += p * t * model.observation().get(action * model.states() + to, seen);
                        }
                    }
                    next.push((memory, moved));
                }
            }
        }
        histories = next;
    }
    ranks
}

fn rank(mut rows: Vec<Vec<f64>>) -> usize {
    let columns = rows.first().map_or(0, Vec::len);
    let mut rank = 0;
    for column in 0..columns {
        let largest =
            (rank..rows.len()).max_by(|&a, &b| rows[a][column].abs().total_cmp(&rows[b][column].abs()));
        let Some(pivot) = largest.filter(|&row| rows[row][column].abs() > 1e-9) else { continue };
        rows.swap(rank, pivot);
        let (done, rest) = rows.split_at_mut(rank + 1);
        for row in rest {
            let factor = row[column] / done[rank][column];
            row.iter_mut().zip(&done[rank]).for_each(|(x, y)| *x -= factor * y);
        }
        rank += 1;
    }
    rank
}

/// Whole, then reduced: the dimension that is left is the rank that there was, at every step, and no
/// eigenvalue is 0.
fn assert_reduced_to_rank<F: FeatureMap<Observation = u32>>(
    name: &str,
    model: &Model,
    whole: &F,
    reduced: &F,
) {
    for (before, after) in spectra(model, whole).iter().zip(spectra(model, reduced)) {
        assert_eq!(before.rank, after.dimension, "{name} {before:?} {after:?}");
        assert_eq!(after.rank, after.dimension, "{name} {after:?}");
        assert!(after.smallest > 0.0 && after.smallest.is_finite(), "{name} {after:?}");
        assert!(before.zero < 1e-15, "{name} {before:?}");
    }
    assert!(reduced.stacked() <= whole.stacked());
}

#[test]
fn reduced_dimensions_are_the_ranks_of_all_histories() {
    for (name, horizon) in [("tiger", 5), ("tiger3", 5), ("toggle", 4), ("light-maze", 5), ("load-unload", 4)]
    {
        let model = model(name);
        for length in 0..3 {
            let whole = belief_memory(&model, horizon, length);
            let reduced = whole.clone().reduced_to_span().expect("a small problem");
            assert_reduced_to_rank(name, &model, &whole, &reduced);
        }
        for degree in [Degree::One, Degree::Two] {
            if degree == Degree::Two && model.states() > 4 {
                continue;
            }
            for map in [BeliefMap::for_critic, BeliefMap::for_actor] {
                let whole = map(filter(&model), horizon, degree);
                let reduced = whole.clone().reduced_to_span().expect("a small problem");
                assert_reduced_to_rank(name, &model, &whole, &reduced);
            }
        }
    }
}

#[test]
fn ranks_are_those_of_gaussian_elimination_over_all_histories() {
    for (name, horizon) in [("tiger", 4), ("tiger3", 3), ("toggle", 3)] {
        let model = model(name);
        let found = |spectra: Vec<StepSpectrum>| spectra.iter().map(|step| step.rank).collect::<Vec<_>>();
        for length in 0..2 {
            let map = belief_memory(&model, horizon, length);
            assert_eq!(found(spectra(&model, &map)), ranks_by_enumeration(&model, &map), "{name} {length}");
            let map = map.reduced_to_span().expect("a small problem");
            assert_eq!(found(spectra(&model, &map)), ranks_by_enumeration(&model, &map), "{name} {length}");
            let map = window(&model, horizon, length);
            assert_eq!(found(spectra(&model, &map)), ranks_by_enumeration(&model, &map), "{name} {length}");
        }
        let map = BeliefMap::for_critic(filter(&model), horizon, LogOdds::new(2).expect("a degree"));
        assert_eq!(found(spectra(&model, &map)), ranks_by_enumeration(&model, &map), "{name}");
        let map = BeliefMap::for_actor(filter(&model), horizon, Degree::Two);
        assert_eq!(found(spectra(&model, &map)), ranks_by_enumeration(&model, &map), "{name}");
    }
}

/// In the tiger problem a window of one pair knows after a door that the belief is (1/2, 1/2): one dimension;
/// after listening there are three or more beliefs for each thing heard, but for the first step, where there
/// is one. Three actions each.
#[test]
fn ranks_of_tiger_with_a_window_of_one_pair_are_the_known_ones() {
    let model = model("tiger");
    let steps = spectra(&model, &belief_memory(&model, 4, 1));
    let dimensions: Vec<_> = steps.iter().map(|step| (step.dimension, step.rank)).collect();
    assert_eq!(dimensions, [(3, 3), (36, 3 * 6), (36, 3 * 8), (36, 3 * 8)]);
    // At h = 0 each action has probability 1/3; at h = 1 a pair has 1/3 · 1/2, and its action 1/3.
    assert!((steps[0].smallest - 1.0 / 3.0).abs() < 1e-15);
    assert!((steps[1].smallest - (0.5 * 0.5 + 0.5 * 0.5) / 18.0).abs() < 1e-15);
}

/// States 1 and 2 look alike and are entered in the ratio 3 : 7, whatever happens, so that beliefs have two
/// dimensions; in numbers that no binary fraction equals.
fn twins() -> Model {
    let entered = |p: f64| vec![(0, p), (1, 0.3 * (1.0 - p)), (2, 0.7 * (1.0 - p))];
    let moves = [0.1, 0.6, 0.6, 0.35, 0.8, 0.8].map(entered);
    let shown = |p: f64| vec![(0, p), (1, 1.0 - p)];
    let seen = [0.9, 0.2, 0.2, 0.7, 0.15, 0.15].map(shown);
    Model::new(ModelParts {
        name: "twins".to_owned(),
        states: Names::Count(3),
        actions: Names::Count(2),
        observations: Names::Count(2),
        discount: 0.9,
        values: Values::Reward,
        start: vec![0.6, 0.12, 0.28],
        transition: SparseRows::from_rows(3, moves),
        observation: SparseRows::from_rows(2, seen),
        initial_observation: None,
        reward: vec![0.0, 0.1, 0.1, 1.0, 0.3, 0.3],
        reward_range: None,
    })
    .expect("a valid model")
}

#[test]
fn rounding_is_no_dimension() {
    let model = twins();
    for length in 0..3 {
        let whole = belief_memory(&model, 6, length);
        let reduced = whole.clone().reduced_to_span().expect("a small problem");
        assert_reduced_to_rank("twins", &model, &whole, &reduced);
        let slots = |h| window(&model, 6, length).slots(h).expect("a finite memory");
        assert!((1..6).all(|h| reduced.dimension(h) <= 2 * 2 * slots(h)), "{length}");
    }
    // 1, p and p² of the probability p of state 0.
    let map = BeliefMap::for_critic(filter(&model), 6, Degree::Two).reduced_to_span().expect("small");
    assert_eq!((0..6).map(|h| map.dimension(h)).collect::<Vec<_>>(), [2, 6, 6, 6, 6, 6]);
}

/// A softmax policy over the window with parameters that are no symmetric choice.
fn crooked(model: &Model, horizon: usize, length: usize) -> (LogLinear<FiniteMap>, Vec<f64>) {
    let policy = LogLinear::new(window(model, horizon, length));
    let theta = (0..policy.parameters()).map(|i| ((i * i + 7 * i) % 13) as f64 / 6.0 - 1.0).collect();
    (policy, theta)
}

/// Values are of size 1, and each is a sum over at most some hundred histories' steps: rounding leaves 1e-12.
#[test]
fn exact_values_stay_exact_in_the_span() {
    for (name, horizon) in [("tiger", 4), ("tiger3", 4), ("toggle", 4), ("light-maze", 5)] {
        let model = model(name);
        for length in 0..3 {
            let (policy, theta) = crooked(&model, horizon, length);
            let mut prepared = Prepared::at(&policy, &theta);
            let whole = belief_memory(&model, horizon, length);
            let reduced = whole.clone().reduced_to_span().expect("a small problem");
            for map in [whole, reduced] {
                let psi =
                    map.exact_critic(&model, &policy, &mut prepared, 0.95, LIMIT).expect("exact features");
                let error =
                    bellman_error(&model, &policy, &mut prepared, &map, &psi, 0.95, LIMIT).expect("small");
                assert!(error.largest < 1e-12, "{name} {length}: {error:?}");
            }
        }
    }
}

/// DPTD with 4096 trajectories of each of 16 clients, in full and in the span, comes close to the exact
/// values, of size 2: the error of the uniform policy's critic falls from its start at ψ = 0 by a factor of
/// more than 1000.
#[test]
fn dptd_in_the_span_converges_to_the_exact_values() {
    let error = |rounds: u32, span: bool| {
        let text = format!(
            "algorithm = \"dptd\"\nproblem = {{ builtin = \"tiger3\", horizon = 4 }}\n\
             critic = {{ rounds = {rounds}, local_steps = 16, \
             features = {{ kind = \"belief-memory\", length = 0, span = {span} }} }}\n\
             output.evaluate_every = 0\n"
        );
        whole_run(&text, |_| {}).summary.bellman_error.expect("a small problem")
    };
    for span in [true, false] {
        let (first, last) = (error(1, span), error(256, span));
        assert!(last < 1e-3 * first, "span = {span}: {first} {last}");
    }
}
