//! Features of the belief `b(z)(s) = P(s_h = s | z_h)`, alone or together with a finite memory.

use super::{FeatureMap, Filter, FiniteMap, HistoryFold, SparseRow};
use crate::pomdp::{Model, SparseRows};
use std::sync::Arc;

/// Bayes' rule on a model's tables.
#[derive(Clone, Debug)]
pub struct BeliefFilter {
    model: Arc<Model>,
    /// Row `a * O + o` over s': the column of O, so that an update touches only states that can show o.
    emitters: SparseRows,
}

/// A belief, with the scratch of its update.
#[derive(Debug)]
pub struct BeliefState {
    pub(super) belief: Vec<f64>,
    pub(super) scratch: Vec<f64>,
}

impl Clone for BeliefState {
    fn clone(&self) -> Self {
        BeliefState { belief: self.belief.clone(), scratch: self.scratch.clone() }
    }

    /// Reuses the memory; the scratch has no content worth copying.
    fn clone_from(&mut self, source: &Self) {
        self.belief.clone_from(&source.belief);
        self.scratch.resize(source.scratch.len(), 0.0);
    }
}

impl BeliefState {
    pub(super) fn new(states: usize) -> Self {
        BeliefState { belief: vec![0.0; states], scratch: vec![0.0; states] }
    }

    /// `b(s)`; length S, sums to 1.
    pub fn belief(&self) -> &[f64] {
        &self.belief
    }
}

impl BeliefFilter {
    /// The filter of a model.
    pub fn new(model: Arc<Model>) -> Self {
        let (states, observations) = (model.states(), model.observations());
        let mut columns: Vec<Vec<(u32, f64)>> = vec![Vec::new(); model.actions() * observations];
        for a in 0..model.actions() {
            for s in 0..states {
                for (o, p) in model.observation().row(a * states + s) {
                    columns[a * observations + o].push((s as u32, p));
                }
            }
        }
        BeliefFilter { emitters: SparseRows::from_rows(states, columns), model }
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
        (self.advance(&mut state, action, seen) > 0.0).then_some(state.belief)
    }

    /// Sets the belief to that after the first observation; returns that observation's probability.
    pub fn start(&self, state: &mut BeliefState, first: usize) -> f64 {
        for (s, b) in state.belief.iter_mut().enumerate() {
            *b = self.model.start()[s] * self.model.first_observation_probability(s, first);
        }
        normalise(&mut state.belief)
    }

    /// `b'(s') ∝ O(o | a, s') Σ_s T(s' | s, a) b(s)`; returns `P(o | b, a)`. An impossible observation leaves zeros.
    pub fn advance(&self, state: &mut BeliefState, action: usize, seen: usize) -> f64 {
        state.predict(&self.model, action);
        state.belief.fill(0.0);
        for (next, p) in self.emitters.row(action * self.model.observations() + seen) {
            state.belief[next] = state.scratch[next] * p;
        }
        normalise(&mut state.belief)
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

/// Divides by the sum, which it returns; zeros stay zeros.
pub(super) fn normalise(belief: &mut [f64]) -> f64 {
    let sum = belief.iter().fold(0.0, |sum, b| sum + b);
    if sum > 0.0 {
        for b in belief.iter_mut() {
            *b /= sum;
        }
    }
    sum
}

/// Which functions of the belief.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Degree {
    /// `b(s)` for every s: S functions.
    One,
    /// `1, y_s, y_s² - 1/2, y_s y_t` for s < t < S - 1, with `y_s = (S b(s) - 1) / (S - 1)`: S (S + 1) / 2 functions.
    /// For two states these are `1, 2x, 4x² - 1/2` with `x = b(0) - 1/2`.
    Two,
}

impl Degree {
    /// Number of functions on S states.
    pub fn functions(self, states: usize) -> usize {
        match self {
            Degree::One => states,
            Degree::Two => states * (states + 1) / 2,
        }
    }

    /// A bound on the sum of their squares.
    pub fn norm_squared_bound(self, states: usize) -> f64 {
        match self {
            Degree::One => 1.0,
            Degree::Two if states == 1 => 1.0,
            Degree::Two => {
                // Σ y² is convex, so it is largest at a vertex; mixed products add up to at most (Σ y²)² / 2.
                let n = states as f64 - 1.0;
                let linear = 1.0 + (n - 1.0) / (n * n);
                let mixed = if states > 2 { linear * linear / 2.0 } else { 0.0 };
                1.0 + linear + n / 4.0 + mixed
            }
        }
    }

    fn push(self, belief: &[f64], scale: f64, mut index: usize, row: &mut SparseRow) {
        let mut next = |value: f64| {
            row.push(index, scale * value);
            index += 1;
        };
        match self {
            Degree::One => belief.iter().for_each(|&b| next(b)),
            Degree::Two => {
                let states = belief.len() as f64;
                let y = |s: usize| (states * belief[s] - 1.0) / (states - 1.0);
                next(1.0);
                for s in 0..belief.len() - 1 {
                    next(y(s));
                }
                for s in 0..belief.len() - 1 {
                    next(y(s) * y(s) - 0.5);
                    for t in s + 1..belief.len() - 1 {
                        next(y(s) * y(t));
                    }
                }
            }
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
    degree: Degree,
    scale: f64,
    /// Functions at h = 0.
    first_functions: usize,
    functions: usize,
}

impl<B: Filter> BeliefMap<B> {
    /// For critics: scaled to `‖φ‖ ≤ 1`; without a first observation the belief at h = 0 is a constant and `φ_0 = e_a`.
    pub fn for_critic(filter: Arc<B>, horizon: usize, degree: Degree) -> Self {
        BeliefMap::new(filter, horizon, degree, Use::Critic)
    }

    /// For actors: unscaled, every step with all functions.
    pub fn for_actor(filter: Arc<B>, horizon: usize, degree: Degree) -> Self {
        BeliefMap::new(filter, horizon, degree, Use::Actor)
    }

    fn new(filter: Arc<B>, horizon: usize, degree: Degree, r#use: Use) -> Self {
        let states = filter.hidden().states();
        let functions = degree.functions(states);
        let one_belief = filter.one_first_belief();
        let (scale, first_functions) = match r#use {
            Use::Critic => {
                (1.0 / degree.norm_squared_bound(states).sqrt(), if one_belief { 1 } else { functions })
            }
            Use::Actor => (1.0, functions),
        };
        BeliefMap { filter, horizon, degree, scale, first_functions, functions }
    }

    fn functions_at(&self, h: usize) -> usize {
        if h == 0 { self.first_functions } else { self.functions }
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
        self.functions_at(h) * self.actions()
    }

    fn stacked(&self) -> usize {
        (self.first_functions + (self.horizon - 1) * self.functions) * self.actions()
    }

    fn row(&self, memory: &BeliefState, h: usize, action: usize, row: &mut SparseRow) {
        let before =
            if h == 0 { 0 } else { self.first_functions + (h - 1) * self.functions } * self.actions();
        let first = before + action * self.functions_at(h);
        row.clear();
        if h == 0 && self.first_functions != self.functions {
            row.push(first, 1.0);
        } else {
            self.degree.push(&memory.belief, self.scale, first, row);
        }
    }

    fn norm_squared_bound(&self) -> f64 {
        self.scale * self.scale * self.degree.norm_squared_bound(self.filter.hidden().states())
    }
}

/// Features `b(z) ⊗ e_m ⊗ e_a`: exactly realizable for every policy that reads the same finite memory m.
///
/// For such a policy `Q_h(z, a) = Σ_s b(z)(s) q_h(s, m, a)`, linear in the row, whose norm is at most 1.
#[derive(Clone, Debug)]
pub struct BeliefMemoryMap {
    filter: Arc<BeliefFilter>,
    window: FiniteMap,
    offsets: Vec<usize>,
}

/// The memory of [`BeliefMemoryMap`].
#[derive(Debug)]
pub struct BeliefMemory {
    /// b(z).
    pub state: BeliefState,
    /// The window's slot.
    pub slot: u32,
}

impl Clone for BeliefMemory {
    fn clone(&self) -> Self {
        BeliefMemory { state: self.state.clone(), slot: self.slot }
    }

    fn clone_from(&mut self, source: &Self) {
        self.state.clone_from(&source.state);
        self.slot = source.slot;
    }
}

impl BeliefMemoryMap {
    /// Beliefs of `filter` with the memory of `window`.
    pub fn new(filter: Arc<BeliefFilter>, window: FiniteMap) -> Self {
        let one_belief = filter.model().first_observations() == 1;
        let mut offsets = vec![0];
        for h in 0..window.horizon() {
            let beliefs = if h == 0 && one_belief { 1 } else { filter.model().states() };
            offsets.push(offsets[h] + window.dimension(h) * beliefs);
        }
        BeliefMemoryMap { filter, window, offsets }
    }

    /// The finite memory.
    pub fn window(&self) -> &FiniteMap {
        &self.window
    }

    /// Number of belief components at step `h`: 1 where only one belief exists, else S.
    pub fn beliefs(&self, h: usize) -> usize {
        self.dimension(h) / self.window.dimension(h)
    }

    /// The component of (slot, action, state) in the stacked vector.
    pub fn component(&self, h: usize, slot: usize, action: usize, state: usize) -> usize {
        self.offsets[h] + (slot * self.window.actions() + action) * self.beliefs(h) + state
    }
}

impl HistoryFold for BeliefMemoryMap {
    type Observation = u32;
    type Memory = BeliefMemory;

    fn memory(&self) -> BeliefMemory {
        BeliefMemory { state: self.filter.state(), slot: 0 }
    }

    fn start(&self, memory: &mut BeliefMemory, first: &u32) {
        self.filter.start_or_ignore(&mut memory.state, *first as usize);
        self.window.start(&mut memory.slot, first);
    }

    fn advance(&self, memory: &mut BeliefMemory, h: usize, action: usize, seen: &u32) {
        self.filter.advance_or_ignore(&mut memory.state, action, *seen as usize);
        self.window.advance(&mut memory.slot, h, action, seen);
    }
}

impl FeatureMap for BeliefMemoryMap {
    type Row = SparseRow;

    fn horizon(&self) -> usize {
        self.window.horizon()
    }

    fn actions(&self) -> usize {
        self.window.actions()
    }

    fn dimension(&self, h: usize) -> usize {
        self.offsets[h + 1] - self.offsets[h]
    }

    fn stacked(&self) -> usize {
        self.offsets[self.window.horizon()]
    }

    fn row(&self, memory: &BeliefMemory, h: usize, action: usize, row: &mut SparseRow) {
        let first = self.component(h, memory.slot as usize, action, 0);
        row.clear();
        if self.beliefs(h) == 1 {
            row.push(first, 1.0);
        } else {
            Degree::One.push(&memory.state.belief, 1.0, first, row);
        }
    }

    fn norm_squared_bound(&self) -> f64 {
        1.0
    }
}
