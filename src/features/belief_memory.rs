//! Features of the belief together with a finite memory.

use super::span::{Selection, SpanError, selections};
use super::{BeliefFilter, BeliefState, FeatureMap, Filter, FiniteMap, HistoryFold, SparseRow};
use std::any::Any;
use std::sync::Arc;

/// Features `b(z) ⊗ e_m ⊗ e_a`: exactly realizable for every policy that reads the same finite memory m.
///
/// For such a policy `Q_h(z, a) = Σ_s b(z)(s) q_h(s, m, a)`, linear in the row, whose norm is at most 1.
#[derive(Clone, Debug)]
pub struct BeliefMemoryMap {
    filter: Arc<BeliefFilter>,
    window: FiniteMap,
    /// Whether every history begins with the same belief, so that step 0 needs no function of it.
    one_first_belief: bool,
    /// Where the block of each step begins in the stacked vector.
    offsets: Vec<usize>,
    span: Option<Arc<Span>>,
}

/// The components that are left of each slot.
#[derive(Debug)]
struct Span {
    /// By step, then slot.
    selections: Vec<Vec<Selection>>,
    /// By step, then slot: the number of components of all slots before, for one action.
    before: Vec<Vec<usize>>,
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
        let one_first_belief = filter.one_first_belief();
        let mut offsets = vec![0];
        for h in 0..window.horizon() {
            let beliefs = if h == 0 && one_first_belief { 1 } else { filter.model().states() };
            offsets.push(offsets[h] + window.dimension(h) * beliefs);
        }
        BeliefMemoryMap { filter, window, one_first_belief, offsets, span: None }
    }

    /// The same functions on all histories that can be, by as few of the components as will do: `E φ_h φ_h'`
    /// is regular then under every policy that gives every action positive probability. A window that cannot
    /// be seen has none.
    ///
    /// # Errors
    /// [`SpanError::Work`] where the problem is too large for it.
    pub fn reduced_to_span(self) -> Result<Self, SpanError> {
        let BeliefMemoryMap { filter, window, one_first_belief, .. } = self;
        let (horizon, actions) = (window.horizon(), window.actions());
        let beliefs = |belief: &[f64], row: &mut Vec<f64>| row.extend_from_slice(belief);
        let selections = selections(&filter, &window, horizon, beliefs, 0.0)?;
        let (mut offsets, mut before) = (vec![0], Vec::with_capacity(horizon));
        for (h, slots) in selections.iter().enumerate() {
            let mut starts = vec![0];
            for (slot, selection) in slots.iter().enumerate() {
                let width = if h == 0 && one_first_belief { 1 } else { selection.kept.len() };
                starts.push(starts[slot] + width);
            }
            offsets.push(offsets[h] + actions * starts[slots.len()]);
            before.push(starts);
        }
        let span = Some(Arc::new(Span { selections, before }));
        Ok(BeliefMemoryMap { filter, window, one_first_belief, offsets, span })
    }

    /// The finite memory.
    pub fn window(&self) -> &FiniteMap {
        &self.window
    }

    /// Number of components of (slot, action) at step `h`: S, or 1 where only one belief exists; fewer after
    /// a reduction to the span.
    pub fn width(&self, h: usize, slot: usize) -> usize {
        match &self.span {
            _ if h == 0 && self.one_first_belief => 1,
            Some(span) => span.selections[h][slot].kept.len(),
            None => self.filter.model().states(),
        }
    }

    /// The first component of (slot, action) in the stacked vector.
    pub fn component(&self, h: usize, slot: usize, action: usize) -> usize {
        let width = self.width(h, slot);
        let before = match &self.span {
            Some(span) => span.before[h][slot],
            None => slot * width,
        };
        self.offsets[h] + before * self.window.actions() + action * width
    }

    /// Writes the components ψ of (slot, any action) with `⟨φ_h(z, a), ψ⟩ = Σ_s b(z)(s) weights(s)` for all
    /// histories z of that slot that can be.
    ///
    /// # Panics
    /// If there is not one weight per state, or `psi` is not as long as the slot is wide.
    pub fn project(&self, h: usize, slot: usize, weights: &[f64], psi: &mut [f64]) {
        let model = self.filter.model();
        assert_eq!(weights.len(), model.states(), "a weight per state");
        assert_eq!(psi.len(), self.width(h, slot), "a number per component of the slot");
        match &self.span {
            _ if h == 0 && self.one_first_belief => {
                psi[0] = model.start().iter().zip(weights).fold(0.0, |sum, (b, w)| sum + b * w);
            }
            Some(span) => span.selections[h][slot].project(weights, psi),
            None => psi.copy_from_slice(weights),
        }
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

    fn memory_bytes(&self) -> usize {
        size_of::<BeliefMemory>() + BeliefState::heap_bytes(self.filter.model().states())
    }

    fn remembers_like(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| {
            Arc::ptr_eq(&self.filter, &other.filter) && self.window.remembers_like(&other.window)
        })
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

    fn nonzeros(&self, _h: usize) -> usize {
        self.filter.model().states()
    }

    fn row(&self, memory: &BeliefMemory, h: usize, action: usize, row: &mut SparseRow) {
        let slot = memory.slot as usize;
        let first = self.component(h, slot, action);
        row.clear();
        match &self.span {
            _ if h == 0 && self.one_first_belief => row.push(first, 1.0),
            Some(span) => {
                let belief = memory.state.belief();
                for (k, &s) in span.selections[h][slot].kept.iter().enumerate() {
                    row.push(first + k, belief[s as usize]);
                }
            }
            None => row.extend(memory.state.nonzeros().map(|(s, b)| (first + s, b))),
        }
    }

    fn stride(&self, memory: &BeliefMemory, h: usize) -> Option<usize> {
        Some(self.width(h, memory.slot as usize))
    }

    fn norm_squared_bound(&self) -> f64 {
        1.0
    }
}
