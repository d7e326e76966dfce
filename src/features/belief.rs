//! Features of the belief `b(z)(s) = P(s_h = s | z_h)`.

use super::span::{Selection, SpanError, selections};
use super::{BeliefFunctions, BeliefState, Degree, FeatureMap, Filter, FiniteMap, HistoryFold, SparseRow};
use crate::pomdp::{Model, SparseRows};
use std::sync::Arc;

/// Bayes' rule on a model's tables.
#[derive(Clone, Debug)]
pub struct BeliefFilter {
    model: Arc<Model>,
    /// Row `a * O + o` over s': the column of O, so that an update touches only states that can show o.
    emitters: SparseRows,
    /// Row `o_0` over s: the belief after the first observation.
    first: SparseRows,
    /// `P(o_0)`.
    first_probability: Vec<f64>,
}

impl BeliefFilter {
    /// The filter of a model.
    pub fn new(model: Arc<Model>) -> Self {
        let emitters = model.observation().transposed_blocks(model.states());
        let mut filter = BeliefFilter {
            emitters,
            first: SparseRows::from_rows(model.states(), [[]; 0]),
            first_probability: Vec::new(),
            model,
        };
        filter.weigh_first_observations();
        filter
    }

    fn weigh_first_observations(&mut self) {
        let model = &self.model;
        let possible = || (0..model.states()).filter(|&s| model.start()[s] > 0.0);
        let mut joint: Vec<Vec<(u32, f64)>> = vec![Vec::new(); model.first_observations()];
        match model.initial_observation() {
            None => joint[0].extend(possible().map(|s| (s as u32, model.start()[s]))),
            Some(rows) => {
                for s in possible() {
                    for (o, p) in rows.row(s) {
                        joint[o].push((s as u32, model.start()[s] * p));
                    }
                }
            }
        }
        let sum = |row: &Vec<(u32, f64)>| row.iter().fold(0.0, |sum, (_, b)| sum + b);
        self.first_probability = joint.iter().map(sum).collect();
        for (row, &sum) in joint.iter_mut().zip(&self.first_probability) {
            if sum > 0.0 {
                row.iter_mut().for_each(|(_, b)| *b /= sum);
            }
        }
        self.first = SparseRows::from_rows(model.states(), joint);
    }

    /// The tables behind the filter.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Scratch for one belief.
    pub fn state(&self) -> BeliefState {
        BeliefState::new(self.model.states())
    }

    /// The belief after `action` and the observation `seen`, as a new vector: `update(updater, b, a, o)` of POMDPs.jl. `None`
    /// where the observation is impossible. Loops that must not allocate use [`BeliefFilter::advance`].
    ///
    /// ```
    /// use dpac::{features::BeliefFilter, pomdp::builtin};
    /// let tiger = builtin::tiger();
    /// let filter = BeliefFilter::new(tiger.clone().into());
    /// let heard_left = filter.update(tiger.start(), 0, 0).expect("it can be heard");
    /// assert!((heard_left[0] - 0.85).abs() < 1e-15);
    /// ```
    ///
    /// # Panics
    /// If `belief` does not have one entry per state, or action or observation is none of the model's.
    pub fn update(&self, belief: &[f64], action: usize, seen: usize) -> Option<Vec<f64>> {
        let mut state = self.state();
        state.set(belief);
        (self.advance(&mut state, action, seen) > 0.0).then(|| state.into_belief())
    }

    /// Sets the belief to that after the first observation; returns that observation's probability.
    pub fn start(&self, state: &mut BeliefState, first: usize) -> f64 {
        state.replace(self.first.row(first));
        self.first_probability[first]
    }

    /// `b'(s') ∝ O(o | a, s') Σ_s T(s' | s, a) b(s)`; returns `P(o | b, a)`. An impossible observation leaves zeros.
    ///
    /// It costs the nonzeros of T in the rows of the belief's support, and the lesser of the states they lead to and the
    /// states that can show `seen`; it allocates nothing.
    pub fn advance(&self, state: &mut BeliefState, action: usize, seen: usize) -> f64 {
        let first_row = action * self.model.states();
        state.predict(self.model.transition(), first_row);
        state.observe(
            |next| self.model.observation().get(first_row + next, seen),
            self.emitters.row(action * self.model.observations() + seen),
        )
    }

    /// [`BeliefFilter::start`]; an impossible observation leaves the start belief.
    pub(super) fn start_or_ignore(&self, state: &mut BeliefState, first: usize) {
        if self.start(state, first) <= 0.0 {
            state.set(self.model.start());
        }
    }

    /// [`BeliefFilter::advance`]; an impossible observation leaves the prediction.
    pub(super) fn advance_or_ignore(&self, state: &mut BeliefState, action: usize, seen: usize) {
        if self.advance(state, action, seen) <= 0.0 {
            state.accept_prediction();
        }
    }
}

/// What [`BeliefMap`] is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// Norm at most 1, and no redundant functions at h = 0, where only one belief exists.
    Critic,
    /// The functions as they stand.
    Actor,
}

/// Features `f(b(z)) ⊗ e_a`, a block per step.
#[derive(Clone, Debug)]
pub struct BeliefMap<B = BeliefFilter> {
    filter: Arc<B>,
    horizon: usize,
    kind: BeliefFunctions,
    scale: f64,
    /// Whether the row at h = 0 is the action alone, since every history begins with the same belief.
    constant_first: bool,
    /// Where the block of each step begins in the stacked vector.
    offsets: Vec<usize>,
    /// By step, the functions that are left.
    span: Option<Arc<[Selection]>>,
}

impl<B: Filter> BeliefMap<B> {
    /// For critics: scaled to `‖φ‖ ≤ 1`; without a first observation the belief at h = 0 is a constant and `φ_0 = e_a`.
    pub fn for_critic(filter: Arc<B>, horizon: usize, functions: impl Into<BeliefFunctions>) -> Self {
        BeliefMap::new(filter, horizon, functions.into(), Use::Critic)
    }

    /// For actors: unscaled, every step with all functions.
    pub fn for_actor(filter: Arc<B>, horizon: usize, functions: impl Into<BeliefFunctions>) -> Self {
        BeliefMap::new(filter, horizon, functions.into(), Use::Actor)
    }

    fn new(filter: Arc<B>, horizon: usize, kind: BeliefFunctions, r#use: Use) -> Self {
        let states = filter.hidden().states();
        let (scale, constant_first) = match r#use {
            Use::Critic => (1.0 / kind.norm_squared_bound(states).sqrt(), filter.one_first_belief()),
            Use::Actor => (1.0, false),
        };
        let map = BeliefMap { filter, horizon, kind, scale, constant_first, offsets: Vec::new(), span: None };
        map.with_offsets()
    }

    fn with_offsets(mut self) -> Self {
        self.offsets = vec![0];
        for h in 0..self.horizon {
            self.offsets.push(self.offsets[h] + self.functions(h) * self.actions());
        }
        self
    }

    /// Number of functions at step `h`.
    fn functions(&self, h: usize) -> usize {
        match &self.span {
            _ if h == 0 && self.constant_first => 1,
            Some(span) => span[h].kept.len(),
            None => self.kind.functions(self.filter.hidden().states()),
        }
    }
}

/// Products of differences of a belief have rounding errors of some 1e-15; functions of this size are zero.
const ROUNDING: f64 = 1e-12;

impl BeliefMap<BeliefFilter> {
    /// The same functions on all histories that can be, by as few of the functions as will do: `E φ_h φ_h'` is regular then
    /// under every policy that gives every action positive probability.
    ///
    /// # Errors
    /// [`SpanError`] for functions of log-odds, and where the problem is too large for it.
    pub fn reduced_to_span(mut self) -> Result<Self, SpanError> {
        if let BeliefFunctions::LogOdds(_) = self.kind {
            return Err(SpanError::NotPolynomial);
        }
        let model = self.filter.model();
        // A memory that tells nothing apart, so that every step has one slot.
        let (seen, first) = (vec![0; model.observations()], vec![0; model.first_observations()]);
        let blind = FiniteMap::classes(self.horizon, model.actions(), &seen, first, 0, false)
            .expect("a window of one slot");
        let kind = self.kind;
        let functions = |belief: &[f64], row: &mut Vec<f64>| kind.each(belief, |value| row.push(value));
        let selections = selections(&self.filter, &blind, self.horizon, functions, ROUNDING)?;
        self.span = Some(selections.into_iter().flatten().collect());
        Ok(self.with_offsets())
    }
}

impl<B: Filter> HistoryFold for BeliefMap<B> {
    type Observation = B::Observation;
    type Memory = BeliefState;

    fn memory(&self) -> BeliefState {
        self.filter.state()
    }

    fn start(&self, memory: &mut BeliefState, first: &B::Observation) {
        self.filter.start(memory, first);
    }

    fn advance(&self, memory: &mut BeliefState, _h: usize, action: usize, seen: &B::Observation) {
        self.filter.advance(memory, action, seen);
    }
}

impl<B: Filter> FeatureMap for BeliefMap<B> {
    type Row = SparseRow;

    fn horizon(&self) -> usize {
        self.horizon
    }

    fn actions(&self) -> usize {
        self.filter.hidden().actions()
    }

    fn dimension(&self, h: usize) -> usize {
        self.offsets[h + 1] - self.offsets[h]
    }

    fn stacked(&self) -> usize {
        self.offsets[self.horizon]
    }

    fn row(&self, memory: &BeliefState, h: usize, action: usize, row: &mut SparseRow) {
        let first = self.offsets[h] + action * self.functions(h);
        row.clear();
        if h == 0 && self.constant_first {
            row.push(first, 1.0);
            return;
        }
        let mut index = 0;
        match &self.span {
            None if self.kind == BeliefFunctions::Polynomials(Degree::One) => {
                row.extend(memory.nonzeros().map(|(s, b)| (first + s, self.scale * b)));
            }
            None => self.kind.each(memory.belief(), |value| {
                row.push(first + index, self.scale * value);
                index += 1;
            }),
            Some(span) => {
                let mut kept = span[h].kept.iter().zip(first..).peekable();
                self.kind.each(memory.belief(), |value| {
                    if let Some((_, at)) = kept.next_if(|&(&i, _)| i as usize == index) {
                        row.push(at, self.scale * value);
                    }
                    index += 1;
                });
            }
        }
    }

    fn stride(&self, _memory: &BeliefState, h: usize) -> Option<usize> {
        Some(self.functions(h))
    }

    fn norm_squared_bound(&self) -> f64 {
        self.scale * self.scale * self.kind.norm_squared_bound(self.filter.hidden().states())
    }
}
