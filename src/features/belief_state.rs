//! A belief, kept with the states where it is not zero, and its update in place.

use crate::pomdp::SparseRows;

/// A belief, with the scratch of its update, which allocates nothing.
///
/// Sums run over states in ascending order, whichever way they are found; a state of probability zero adds
/// nothing to a sum, so that leaving it out changes no bit.
#[derive(Debug)]
pub struct BeliefState {
    belief: Vec<f64>,
    /// Where the belief is positive, ascending.
    support: Vec<u32>,
    /// `Σ_s T(s' | s, a) b(s)`.
    prediction: Vec<f64>,
    /// Where the prediction may be other than zero.
    reach: Reach,
    /// The states of [`Reach::Listed`], ascending.
    listed: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Listed,
    Anywhere,
}

/// A belief on fewer than one in so many states is moved by lists of states, a wider one by whole columns:
/// sorting a list and searching rows of O takes some ten times the instructions that a zero takes in a
/// column.
const SPARSE: usize = 8;

impl Clone for BeliefState {
    /// Without the scratch of an update, which the first update makes.
    fn clone(&self) -> Self {
        let mut support = Vec::with_capacity(self.belief.len());
        support.extend_from_slice(&self.support);
        let (prediction, listed) = (Vec::new(), Vec::new());
        BeliefState { belief: self.belief.clone(), support, prediction, reach: Reach::Listed, listed }
    }

    /// Reuses the memory, and touches as many states of a sparse belief as have probability.
    fn clone_from(&mut self, source: &Self) {
        if self.belief.len() != source.belief.len() {
            *self = source.clone();
            return;
        }
        if source.is_sparse() {
            self.clear();
            source.nonzeros().for_each(|(s, b)| self.belief[s] = b);
        } else {
            self.belief.copy_from_slice(&source.belief);
        }
        self.support.clone_from(&source.support);
    }
}

impl BeliefState {
    pub(super) fn new(states: usize) -> Self {
        BeliefState {
            belief: vec![0.0; states],
            support: Vec::with_capacity(states),
            prediction: vec![0.0; states],
            reach: Reach::Listed,
            listed: Vec::with_capacity(states),
        }
    }

    /// Bytes of a clone's vectors.
    pub(super) const fn heap_bytes(states: usize) -> usize {
        states * (size_of::<f64>() + size_of::<u32>())
    }

    #[cold]
    fn make_room(&mut self) {
        let BeliefState { prediction, listed, reach, .. } = BeliefState::new(self.belief.len());
        (self.prediction, self.listed, self.reach) = (prediction, listed, reach);
    }

    /// `b(s)`; length S, sums to 1.
    #[inline]
    pub fn belief(&self) -> &[f64] {
        &self.belief
    }

    /// (s, b(s)) where it is positive, s ascending.
    #[inline]
    pub(super) fn nonzeros(&self) -> impl ExactSizeIterator<Item = (usize, f64)> + '_ {
        self.support.iter().map(|&s| (s as usize, self.belief[s as usize]))
    }

    pub(super) fn into_belief(self) -> Vec<f64> {
        self.belief
    }

    pub(super) fn set(&mut self, belief: &[f64]) {
        self.belief.copy_from_slice(belief);
        self.support.clear();
        self.support.extend(positive(belief));
    }

    /// Sets the belief to (s, b(s) > 0), s ascending, and zero elsewhere.
    #[inline]
    pub(super) fn replace(&mut self, nonzeros: impl Iterator<Item = (usize, f64)>) {
        self.clear();
        for (s, b) in nonzeros {
            self.put(s, b);
        }
    }

    #[inline]
    fn clear(&mut self) {
        // Here and below: a slice is where it is while it is written to, which of a vector is not known.
        let (sparse, belief) = (self.is_sparse(), &mut self.belief[..]);
        if sparse {
            for &s in &self.support {
                belief[s as usize] = 0.0;
            }
        } else {
            belief.fill(0.0);
        }
        self.support.clear();
    }

    #[inline]
    fn put(&mut self, s: usize, b: f64) {
        if b > 0.0 {
            self.belief[s] = b;
            self.support.push(s as u32);
        }
    }

    #[inline]
    fn is_sparse(&self) -> bool {
        self.support.len() * SPARSE < self.belief.len()
    }

    /// `Σ_s T(s' | s, a) b(s)`, into the scratch; the rows of the action begin at `first_row`.
    #[inline]
    pub(super) fn predict(&mut self, transition: &SparseRows, first_row: usize) {
        if self.prediction.len() != self.belief.len() {
            self.make_room();
        }
        let BeliefState { belief, support, prediction, listed, .. } = self;
        let (belief, support, prediction) = (&belief[..], &support[..], &mut prediction[..]);
        match self.reach {
            Reach::Listed => listed.iter().for_each(|&s| prediction[s as usize] = 0.0),
            Reach::Anywhere => prediction.fill(0.0),
        }
        listed.clear();
        if support.len() * SPARSE < belief.len() {
            self.reach = Reach::Listed;
            for &s in support.iter() {
                let b = belief[s as usize];
                for (next, p) in transition.row(first_row + s as usize) {
                    let before = prediction[next];
                    let after = before + b * p;
                    prediction[next] = after;
                    // Once, when it leaves 0: a product that underflows leaves it there.
                    if before <= 0.0 && after > 0.0 {
                        listed.push(next as u32);
                    }
                }
            }
            // A row's states are ascending; most often those of several are so, too.
            if listed.windows(2).any(|pair| pair[0] > pair[1]) {
                listed.sort_unstable();
            }
        } else {
            self.reach = Reach::Anywhere;
            for &s in support.iter() {
                let b = belief[s as usize];
                for (next, p) in transition.row(first_row + s as usize) {
                    prediction[next] += b * p;
                }
            }
        }
    }

    /// The prediction times the likelihood of an observation, normalised; returns the observation's
    /// probability. The likelihood is given twice: by state, and as (s, likelihood > 0) with s ascending.
    #[inline]
    pub(super) fn observe(&mut self, likelihood: impl Fn(usize) -> f64, column: &[(u32, f64)]) -> f64 {
        self.clear();
        let BeliefState { belief, support, prediction, listed, reach } = self;
        let (belief, prediction) = (&mut belief[..], &prediction[..]);
        let mut sum = 0.0;
        let mut put = |next: usize, b: f64| {
            sum += b;
            if b > 0.0 {
                belief[next] = b;
                support.push(next as u32);
            }
        };
        if *reach == Reach::Listed && listed.len() * SPARSE < column.len() {
            for &next in listed.iter() {
                let next = next as usize;
                put(next, prediction[next] * likelihood(next));
            }
        } else {
            for &(next, p) in column {
                let next = next as usize;
                put(next, prediction[next] * p);
            }
        }
        self.divide(sum);
        sum
    }

    #[inline]
    fn divide(&mut self, sum: f64) {
        if sum > 0.0 {
            let belief = &mut self.belief[..];
            for &s in &self.support {
                belief[s as usize] /= sum;
            }
        }
    }

    /// The prediction as the belief.
    #[inline]
    pub(super) fn accept_prediction(&mut self) {
        self.belief.copy_from_slice(&self.prediction);
        self.support.clear();
        self.support.extend(positive(&self.belief));
    }

    /// The prediction times a weight per state that is 1 at its largest, normalised; `log_weight` is asked
    /// for states that can be, only.
    pub(super) fn weigh(&mut self, log_weight: impl Fn(usize) -> f64) {
        self.support.clear();
        self.support.extend(positive(&self.prediction));
        self.belief.fill(0.0);
        let mut largest = f64::NEG_INFINITY;
        for &s in &self.support {
            let log = log_weight(s as usize);
            largest = largest.max(log);
            self.belief[s as usize] = log;
        }
        let mut sum = 0.0;
        self.support.retain(|&s| {
            let b = &mut self.belief[s as usize];
            *b = self.prediction[s as usize] * libm::exp(*b - largest);
            sum += *b;
            *b > 0.0
        });
        self.divide(sum);
    }
}

/// The states whose entry is positive, ascending.
fn positive(numbers: &[f64]) -> impl Iterator<Item = u32> + '_ {
    (0..).zip(numbers).filter(|&(_, &number)| number > 0.0).map(|(s, _)| s)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::{
        BeliefFilter, BeliefFunctions, BeliefMap, BeliefMemoryMap, Degree, FeatureMap, Filter, FiniteMap,
        LogOdds, Row,
    };
    use crate::pomdp::{Model, builtin::builtin};
    use proptest::test_runner::{RngAlgorithm, TestRng};
    use rand::Rng;
    use std::sync::Arc;

    /// Bayes' rule over all states, none left out.
    fn dense(model: &Model, belief: &[f64], action: usize, seen: usize) -> Vec<f64> {
        let n = model.states();
        let mut next = vec![0.0; n];
        for s in 0..n {
            for (to, p) in model.transition().row(action * n + s) {
                next[to] += belief[s] * p;
            }
        }
        for (to, b) in next.iter_mut().enumerate() {
            *b *= model.observation().get(action * n + to, seen);
        }
        let sum = next.iter().fold(0.0, |sum, b| sum + b);
        next.iter().map(|b| b / sum).collect()
    }

    fn bits(numbers: &[f64]) -> Vec<u64> {
        numbers.iter().map(|number| number.to_bits()).collect()
    }

    /// Sparse beliefs (a rover that knows where it is), wide ones, and both in turn (a maze whose goal is
    /// certain).
    const PROBLEMS: [&str; 4] = ["rock-sample", "maze", "random", "heaven-hell"];

    #[test]
    fn updates_over_the_support_have_the_bits_of_updates_over_all_states_and_take_no_memory() {
        for name in PROBLEMS {
            let model = Arc::new(builtin(name).expect("a built-in problem"));
            let filter = BeliefFilter::new(Arc::clone(&model));
            let mut state = filter.state();
            let room = |state: &BeliefState| {
                let BeliefState { belief, support, prediction, listed, .. } = state;
                [belief.capacity(), support.capacity(), prediction.capacity(), listed.capacity()]
            };
            let (given, mut rng) = (room(&state), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
            let sum = model.start().iter().fold(0.0, |sum, b| sum + b);
            let mut expected: Vec<f64> = model.start().iter().map(|b| b / sum).collect();
            let mut kinds = [0, 0];
            Filter::start(&filter, &mut state, &0);
            for _ in 0..2_000 {
                let action = rng.next_u32() as usize % model.actions();
                let possible: Vec<(usize, Vec<f64>)> = (0..model.observations())
                    .map(|o| (o, dense(&model, &expected, action, o)))
                    .filter(|(_, belief)| belief.iter().all(|b| b.is_finite()))
                    .collect();
                let (seen, belief) = possible[rng.next_u32() as usize % possible.len()].clone();
                kinds[usize::from(state.is_sparse())] += 1;
                assert!(filter.advance(&mut state, action, seen) > 0.0);
                assert_eq!(bits(state.belief()), bits(&belief), "{name}");
                let positive: Vec<u32> = positive(state.belief()).collect();
                assert_eq!(state.support, positive, "{name}");
                expected = belief;
            }
            assert_eq!(room(&state), given, "{name}");
            assert_eq!(kinds[1] > 0, name != "random", "{name}: {kinds:?}");
            assert!(kinds[0] > 0 || ["rock-sample", "heaven-hell"].contains(&name), "{name}: {kinds:?}");
        }
    }

    #[test]
    fn impossible_observations_leave_no_trace_in_the_scratch() {
        let model = Arc::new(builtin("rock-sample").expect("a built-in problem"));
        let filter = BeliefFilter::new(Arc::clone(&model));
        let (mut used, mut fresh) = (filter.state(), filter.state());
        filter.start(&mut used, 0);
        for action in 0..model.actions() {
            for seen in 0..model.observations() {
                filter.advance_or_ignore(&mut used, action, seen);
            }
        }
        fresh.set(used.belief());
        let impossible = (0..model.observations()).find(|&o| filter.advance(&mut fresh.clone(), 0, o) <= 0.0);
        let impossible = impossible.expect("a move shows nothing");
        assert!(filter.advance(&mut used.clone(), 0, impossible) <= 0.0);
        filter.advance_or_ignore(&mut used, 0, impossible);
        filter.advance_or_ignore(&mut fresh, 0, impossible);
        assert_eq!(bits(used.belief()), bits(fresh.belief()));
    }

    #[test]
    fn rows_of_all_actions_are_one_row_moved() {
        fn holds<M: FeatureMap<Observation = u32>>(map: &M, first_seen: u32) {
            let mut compared = 0;
            let (mut memory, mut first, mut row) = (map.memory(), M::Row::default(), M::Row::default());
            map.start(&mut memory, &first_seen);
            for h in 0..map.horizon() {
                let stride = map.stride(&memory, h).expect("a belief's features");
                map.row(&memory, h, 0, &mut first);
                let mut entries = Vec::new();
                first.for_each(|i, x| entries.push((i, x.to_bits())));
                compared += entries.len();
                for a in 0..map.actions() {
                    map.row(&memory, h, a, &mut row);
                    let mut moved = entries.iter().map(|&(i, x)| (i + a * stride, x));
                    row.for_each(|i, x| assert_eq!(Some((i, x.to_bits())), moved.next()));
                    assert_eq!(moved.next(), None);
                }
                if h + 1 < map.horizon() {
                    map.advance(&mut memory, h, 0, &0);
                }
            }
            // Where nothing can have been seen, a reduction to the span leaves no component; the first step
            // has some.
            assert!(compared > 0);
        }
        for name in ["tiger", "tiger3", "random"] {
            let model = Arc::new(builtin(name).expect("a built-in problem"));
            let first = model.initial_observation().map_or(1, SparseRows::columns);
            let window =
                FiniteMap::window(3, model.actions(), model.observations(), first, 1).expect("small");
            let seen = model.initial_observation().and_then(|rows| rows.row(0).next());
            let seen = seen.map_or(0, |(o, _)| o as u32);
            let filter = Arc::new(BeliefFilter::new(model));
            let log_odds = LogOdds::new(2).expect("a degree");
            let functions: [BeliefFunctions; 3] = [Degree::One.into(), Degree::Two.into(), log_odds.into()];
            for kind in functions {
                holds(&BeliefMap::for_actor(Arc::clone(&filter), 3, kind), seen);
                let critic = BeliefMap::for_critic(Arc::clone(&filter), 3, kind);
                holds(&critic, seen);
                if kind != functions[2] {
                    holds(&critic.reduced_to_span().expect("small"), seen);
                }
            }
            let memory = BeliefMemoryMap::new(filter, window);
            holds(&memory, seen);
            holds(&memory.reduced_to_span().expect("small"), seen);
        }
    }
}
