//! Exact planning over all policies that depend on the whole history, by visiting every history.

use crate::exact::{dot, first_weights};
use crate::pomdp::{Model, SparseRows};

/// Sizes of a tree of histories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Number of first observations; 1 where nothing is seen before the first action.
    pub first: usize,
    /// A.
    pub actions: usize,
    /// O.
    pub observations: usize,
    /// H.
    pub horizon: usize,
}

impl Shape {
    /// The histories of `horizon` steps of this model.
    pub fn of(model: &Model, horizon: usize) -> Self {
        Shape {
            first: model.first_observations(),
            actions: model.actions(),
            observations: model.observations(),
            horizon,
        }
    }

    /// `Σ_{h < H} first (A O)^h`, the number of histories before an action; `None` beyond 2^64.
    pub fn histories(&self) -> Option<u64> {
        let pairs = (self.actions as u64).checked_mul(self.observations as u64)?;
        let (mut sum, mut here) = (0_u64, self.first as u64);
        for h in 0..self.horizon {
            if h > 0 {
                here = here.checked_mul(pairs)?;
            }
            sum = sum.checked_add(here)?;
        }
        Some(sum)
    }

    /// `A Σ_{h < H} first (A O)^h`, the number of pairs of history and action: what one plan expands. `None`
    /// beyond 2^64.
    pub fn nodes(&self) -> Option<u64> {
        self.histories()?.checked_mul(self.actions as u64)
    }
}

/// Plans over all history-dependent policies of models of one shape, as OMLE (Liu, Chung, Szepesvári, Jin
/// 2022) does for every candidate of its confidence set.
///
/// The tree is walked depth first with the weights `w(s) = P(z, s | the actions of z)`:
/// `V(w) = max_a [ Σ_s w(s) r(s, a) + γ Σ_o V(w_ao) ]`, where
/// `w_ao(s') = O(o | a, s') Σ_s T(s' | s, a) w(s)`. Histories of probability 0 are visited like the others,
/// so that the work depends on the shape alone. Memory is that of one history per step, allocated once for
/// all models of as many states.
#[derive(Clone, Debug)]
pub struct HistoryPlanner {
    shape: Shape,
    gamma: f64,
    /// Number of histories before those of step h.
    offsets: Vec<usize>,
    levels: Vec<Level>,
    nodes: u64,
}

impl HistoryPlanner {
    /// A planner with the discount `gamma`.
    ///
    /// # Panics
    /// If there is no step, or there are more histories than memory has places.
    pub fn new(shape: Shape, gamma: f64) -> Self {
        assert!(shape.horizon > 0, "a plan has a step");
        let histories = shape.histories().and_then(|n| usize::try_from(n).ok());
        assert!(histories.is_some(), "more histories than can be numbered");
        let pairs = shape.actions * shape.observations;
        let mut offsets = vec![0];
        let mut here = shape.first;
        for h in 1..shape.horizon {
            offsets.push(offsets[h - 1] + here);
            here *= pairs;
        }
        HistoryPlanner { shape, gamma, offsets, levels: vec![Level::default(); shape.horizon], nodes: 0 }
    }

    /// `V*` of the model in its own units of reward.
    ///
    /// # Panics
    /// If the model has another shape.
    pub fn value(&mut self, model: &Model) -> f64 {
        self.walk(model, |_, _| ())
    }

    /// As [`HistoryPlanner::value`], and writes the best action of every history, the lowest of those that
    /// are equally good: `actions` has one entry per history, in the order of the slots of
    /// [`FiniteMap::history`](crate::features::FiniteMap::history), step after step.
    ///
    /// # Panics
    /// If the model has another shape, or there is not one entry per history.
    pub fn plan(&mut self, model: &Model, actions: &mut [u32]) -> f64 {
        assert_eq!(Some(actions.len() as u64), self.shape.histories(), "one action per history");
        self.walk(model, |history, action| actions[history] = action)
    }

    /// Pairs of history and action that were expanded so far: [`Shape::nodes`] for each value or plan.
    pub fn nodes(&self) -> u64 {
        self.nodes
    }

    fn walk(&mut self, model: &Model, mut decide: impl FnMut(usize, u32)) -> f64 {
        assert_eq!(Shape::of(model, self.shape.horizon), self.shape, "a model of the planner's shape");
        let tables = Tables::new(model);
        for level in &mut self.levels {
            level.weights.resize(tables.states, 0.0);
            level.predicted.resize(tables.states, 0.0);
        }
        let mut value = 0.0;
        for first in 0..self.shape.first {
            first_weights(model, first, &mut self.levels[0].weights);
            self.levels[0].open(first);
            value += self.below_root(&tables, &mut decide);
        }
        value
    }

    /// `V(w)` of the open history of level 0.
    fn below_root(&mut self, tables: &Tables<'_>, decide: &mut impl FnMut(usize, u32)) -> f64 {
        let (last, gamma) = (self.shape.horizon - 1, self.gamma);
        let (actions, observations) = (self.shape.actions, self.shape.observations);
        if last == 0 {
            self.nodes += actions as u64;
            let (value, action) = tables.best_reward(&self.levels[0].weights);
            decide(self.levels[0].history, action);
            return value;
        }
        let mut h = 0;
        loop {
            let (above, below) = self.levels.split_at_mut(h + 1);
            let (level, next) = (&mut above[h], &mut below[0]);
            if level.seen == 0 {
                self.nodes += 1;
                tables.predict(level.action, &level.weights, &mut level.predicted);
            }
            let pair = level.action * observations + level.seen;
            tables.see(pair, &level.predicted, &mut next.weights);
            let history = level.history * actions * observations + pair;
            if h + 1 < last {
                next.open(history);
                h += 1;
                continue;
            }
            self.nodes += actions as u64;
            let (mut value, action) = tables.best_reward(&next.weights);
            decide(self.offsets[last] + history, action);
            // Whatever is done with this history goes to the step before.
            while let Some(done) = self.levels[h].take(value, tables, gamma, observations) {
                decide(self.offsets[h] + self.levels[h].history, self.levels[h].best_action);
                if h == 0 {
                    return done;
                }
                (h, value) = (h - 1, done);
            }
        }
    }
}

/// A history that is being visited.
#[derive(Clone, Debug, Default)]
struct Level {
    /// Its number among those of its step.
    history: usize,
    /// w.
    weights: Vec<f64>,
    /// `Σ_s T(s' | s, a) w(s)` for the action whose continuations are being visited.
    predicted: Vec<f64>,
    action: usize,
    /// The observation after it that is being visited.
    seen: usize,
    /// `Σ_o V(w_ao)` over the observations before that one.
    future: f64,
    /// The largest value of the actions before that one.
    best: f64,
    best_action: u32,
}

impl Level {
    /// Begins a history whose weights are there.
    fn open(&mut self, history: usize) {
        self.history = history;
        (self.action, self.seen, self.future) = (0, 0, 0.0);
        (self.best, self.best_action) = (f64::NEG_INFINITY, 0);
    }

    /// Takes the value of the continuation that was visited, and goes on to the next; the value of this
    /// history once there is none.
    fn take(&mut self, value: f64, tables: &Tables<'_>, gamma: f64, observations: usize) -> Option<f64> {
        self.future += value;
        self.seen += 1;
        if self.seen < observations {
            return None;
        }
        let q = dot(&self.weights, tables.rewards_of(self.action)) + gamma * self.future;
        if q > self.best {
            (self.best, self.best_action) = (q, self.action as u32);
        }
        (self.seen, self.future) = (0, 0.0);
        self.action += 1;
        (self.action == tables.actions).then_some(self.best)
    }
}

/// A model as the walk reads it.
struct Tables<'a> {
    states: usize,
    actions: usize,
    transition: &'a SparseRows,
    /// `O(o | a, s')`: row `a * O + o` over s'.
    seen: SparseRows,
    /// `r(s, a)` at `a * S + s`.
    rewards: Vec<f64>,
}

impl<'a> Tables<'a> {
    fn new(model: &'a Model) -> Self {
        let (states, actions) = (model.states(), model.actions());
        Tables {
            states,
            actions,
            transition: model.transition(),
            seen: model.observation().transposed_blocks(states),
            rewards: (0..actions).flat_map(|a| (0..states).map(move |s| model.reward(s, a))).collect(),
        }
    }

    fn rewards_of(&self, action: usize) -> &[f64] {
        &self.rewards[action * self.states..][..self.states]
    }

    fn predict(&self, action: usize, weights: &[f64], predicted: &mut [f64]) {
        predicted.fill(0.0);
        for (s, w) in weights.iter().enumerate() {
            for &(next, p) in self.transition.entries_of(action * self.states + s) {
                predicted[next as usize] += w * p;
            }
        }
    }

    /// The weights after the pair `a * O + o`.
    fn see(&self, pair: usize, predicted: &[f64], weights: &mut [f64]) {
        weights.fill(0.0);
        for &(s, p) in self.seen.entries_of(pair) {
            weights[s as usize] = p * predicted[s as usize];
        }
    }

    /// `max_a Σ_s w(s) r(s, a)` and the lowest action that has it.
    fn best_reward(&self, weights: &[f64]) -> (f64, u32) {
        let mut best = (f64::NEG_INFINITY, 0);
        for (a, rewards) in self.rewards.chunks_exact(self.states).enumerate() {
            let q = dot(weights, rewards);
            if q > best.0 {
                best = (q, a as u32);
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::{optimum, policy_value};
    use crate::features::{FeatureMap, FiniteMap};
    use crate::policy::{LogLinear, Prepared};
    use crate::pomdp::builtin::{find, tiger, toggle};

    const LIMIT: u64 = 1_000_000_000;

    fn problem(name: &str, given: &[(&str, f64)]) -> Model {
        let definition = find(name).expect("a problem").definition(given.iter().copied());
        definition.expect("within bounds").tabular().expect("finitely many observations").model.clone()
    }

    /// Problems with and without first observations, with copies, with branches of probability 0.
    fn problems() -> Vec<(Model, usize)> {
        let sparse = [("states", 4.0), ("actions", 2.0), ("observations", 3.0), ("sparsity", 0.6)];
        vec![
            (tiger(), 1),
            (tiger(), 5),
            (toggle(), 1),
            (toggle(), 2),
            (toggle(), 5),
            (toggle().split(2).expect("small"), 3),
            (tiger().split(3).expect("small"), 3),
            (problem("random", &[("states", 3.0), ("seed", 5.0)]), 4),
            (problem("random", &[&sparse[..], &[("seed", 6.0)]].concat()), 4),
            (problem("block-ring", &[("n", 3.0), ("symbols", 1.0)]), 4),
        ]
    }

    /// The tree and beliefs that are merged sum in different orders; both are some hundred roundings of
    /// terms as large as the rewards, which the optimum's own error bounds.
    #[test]
    fn the_value_of_a_plan_is_the_optimum_and_its_policy_has_it() {
        for (model, horizon) in problems() {
            let (gamma, name) = (model.discount(), model.name().to_owned());
            let shape = Shape::of(&model, horizon);
            let map = FiniteMap::history(horizon, shape.actions, shape.observations, shape.first);
            let map = map.expect("small");
            let histories: usize = (0..horizon).map(|h| map.slots(h).expect("finite")).sum();
            assert_eq!(shape.histories(), Some(histories as u64));
            let mut planner = HistoryPlanner::new(shape, gamma);
            let mut actions = vec![u32::MAX; histories];
            let value = planner.plan(&model, &mut actions);
            let best = optimum(&model, horizon, gamma, LIMIT).expect("small").value;
            let tolerance = best.error + 1e-12 * best.value.abs();
            assert!((value - best.value).abs() <= tolerance, "{name}, H = {horizon}: {value}, {best:?}");
            // A logit of 1000 above the others: their probabilities underflow to 0.
            let mut theta = vec![0.0; map.stacked()];
            for (history, &action) in actions.iter().enumerate() {
                theta[history * shape.actions + action as usize] = 1000.0;
            }
            let policy = LogLinear::new(map);
            let mut prepared = Prepared::at(&policy, &theta);
            let (found, _) = policy_value(&model, &policy, &mut prepared, gamma, LIMIT).expect("small");
            let tolerance = found.error + best.error + 1e-12 * best.value.abs();
            assert!((found.value - value).abs() <= tolerance, "{name}, H = {horizon}: {found:?}, {value}");
            assert_eq!(planner.value(&model).to_bits(), value.to_bits());
        }
    }

    #[test]
    fn a_plan_expands_as_many_nodes_as_its_closed_form() {
        for (model, horizon) in problems() {
            let shape = Shape::of(&model, horizon);
            let mut planner = HistoryPlanner::new(shape, 0.9);
            planner.value(&model);
            planner.value(&model);
            assert_eq!(Some(planner.nodes()), shape.nodes().map(|nodes| 2 * nodes), "{}", model.name());
        }
        let shape = |first, actions, observations, horizon| Shape { first, actions, observations, horizon };
        assert_eq!(shape(1, 3, 2, 4).nodes(), Some(3 * (1 + 6 + 36 + 216)));
        assert_eq!(shape(2, 2, 2, 3).histories(), Some(2 + 8 + 32));
        assert_eq!(shape(1, 16, 16, 8).nodes(), Some(0x1010_1010_1010_1010));
        assert_eq!(shape(1, 16, 16, 9).nodes(), None);
    }

    #[test]
    fn of_equally_good_actions_the_lowest_is_planned_also_where_nothing_can_be_seen() {
        // Hearing perfectly, whoever listens twice never hears both doors: those histories have no weight.
        let model = problem("tiger", &[("accuracy", 1.0)]);
        let mut actions = vec![u32::MAX; 1 + 6 + 36];
        HistoryPlanner::new(Shape::of(&model, 3), 1.0).plan(&model, &mut actions);
        let heard = |first: usize, second: usize| actions[7 + first * 6 + second];
        assert_eq!((heard(0, 0), heard(1, 1)), (2, 1));
        assert_eq!((heard(0, 1), heard(1, 0)), (0, 0));
    }

    #[test]
    #[should_panic(expected = "a model of the planner's shape")]
    fn a_model_of_another_shape_is_refused() {
        HistoryPlanner::new(Shape::of(&tiger(), 2), 1.0).value(&toggle());
    }
}
