//! Features of the belief `b(z)(s) = P(s_h = s | z_h)`.

use super::span::{Selection, SpanError, selections};
use super::{
    BeliefFilter, BeliefFunctions, BeliefState, Degree, FeatureMap, Filter, FiniteMap, HistoryFold, SparseRow,
};
use std::any::Any;
use std::sync::Arc;

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
    /// For critics: scaled to `‖φ‖ ≤ 1`; without a first observation the belief at h = 0 is a constant and
    /// `φ_0 = e_a`.
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
    #[inline]
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
    /// The same functions on all histories that can be, by as few of the functions as will do: `E φ_h φ_h'`
    /// is regular then under every policy that gives every action positive probability.
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

    #[inline]
    fn start(&self, memory: &mut BeliefState, first: &B::Observation) {
        self.filter.start(memory, first);
    }

    #[inline]
    fn advance(&self, memory: &mut BeliefState, _h: usize, action: usize, seen: &B::Observation) {
        self.filter.advance(memory, action, seen);
    }

    fn memory_bytes(&self) -> usize {
        size_of::<BeliefState>() + BeliefState::heap_bytes(self.filter.hidden().states())
    }

    /// Beliefs of one filter, whatever functions are taken of them.
    fn remembers_like(&self, other: &dyn Any) -> bool
    where
        Self: 'static,
    {
        other.downcast_ref::<Self>().is_some_and(|other| Arc::ptr_eq(&self.filter, &other.filter))
    }
}

impl<B: Filter> FeatureMap for BeliefMap<B> {
    type Row = SparseRow;

    #[inline]
    fn horizon(&self) -> usize {
        self.horizon
    }

    #[inline]
    fn actions(&self) -> usize {
        self.filter.hidden().actions()
    }

    fn dimension(&self, h: usize) -> usize {
        self.offsets[h + 1] - self.offsets[h]
    }

    fn stacked(&self) -> usize {
        self.offsets[self.horizon]
    }

    #[inline]
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
                for (s, b) in memory.nonzeros() {
                    row.push(first + s, self.scale * b);
                }
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
