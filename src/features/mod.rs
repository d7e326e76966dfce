//! Feature maps of histories and actions: φ_h for critics, ξ_h for actors.
//!
//! A history `z_h = (o_0, a_0, ..., a_{h-1}, o_h)` is never stored. A map keeps a *memory* `m_h` of it,
//! folded step by step, `m_{h+1} = u(m_h, a_h, o_{h+1})`, and gives a row of numbers for (m_h, a).

mod any;
mod belief;
mod belief_filter;
mod belief_memory;
mod belief_state;
mod classified;
mod filter;
mod finite;
mod functions;
mod own;
mod reading;
mod reading_functions;
#[cfg(test)]
mod reading_tests;
mod reservoir;
mod row;
mod span;
#[cfg(test)]
mod tests;
mod weights;

pub use any::{AnyMap, AnyMemory};
pub use belief::BeliefMap;
pub use belief_filter::BeliefFilter;
pub use belief_memory::{BeliefMemory, BeliefMemoryMap};
pub use belief_state::BeliefState;
pub use classified::Classified;
pub use filter::{Filter, GaussianFilter};
pub use finite::{FiniteMap, FiniteMapError};
pub use functions::{BeliefFunctions, Degree, LogOdds};
pub use own::OwnMap;
pub use reading::{ReadingMap, ReadingMemory};
pub use reading_functions::{ReadingFunctions, ReadingMapError};
pub use reservoir::{ReservoirMap, ReservoirMapError};
pub use row::{OneHot, Row, Rows, SparseRow};
pub use span::SpanError;
pub use weights::Weights;

use std::any::Any;

/// A summary of the history, kept up to date step by step: `m_0` from `o_0`, then
/// `m_{h+1} = u(m_h, a_h, o_{h+1})`.
pub trait HistoryFold: Send + Sync {
    /// What is seen of the problem.
    type Observation: Send;
    /// What is kept of the history; a scratch value that a worker allocates once.
    type Memory: Clone + Send;

    /// Scratch for one history; its content is meaningless before [`HistoryFold::start`].
    fn memory(&self) -> Self::Memory;

    /// Sets the memory to that of the history `(o_0)`.
    fn start(&self, memory: &mut Self::Memory, first: &Self::Observation);

    /// Moves the memory of `z_h` to that of `z_{h+1} = (z_h, action, seen)`; `h` is the step of the action.
    fn advance(&self, memory: &mut Self::Memory, h: usize, action: usize, seen: &Self::Observation);

    /// Bytes of a memory, with what it keeps elsewhere.
    fn memory_bytes(&self) -> usize {
        size_of::<Self::Memory>()
    }

    /// Whether `other`, a fold of any type, keeps the same memory of every history, to the bit: then what it
    /// has kept can be read instead of being folded again.
    fn remembers_like(&self, _other: &dyn Any) -> bool
    where
        Self: 'static,
    {
        false
    }
}

/// Features of (history, action), step by step: the row `φ_h(z, a)` stands inside a stacked vector of all
/// steps.
///
/// Untied maps have a block of the stacked vector per step; tied maps share blocks between steps.
pub trait FeatureMap: HistoryFold {
    /// How rows are stored: one index for one-hot maps, (index, value) pairs otherwise.
    type Row: Row;

    /// Number of steps, H.
    fn horizon(&self) -> usize;

    /// Number of actions, A.
    fn actions(&self) -> usize;

    /// Dimension `d_h` of the block of step `h`.
    fn dimension(&self, h: usize) -> usize;

    /// Length of the stacked vector: the sum of `d_h` over steps, as it stands, for untied maps.
    fn stacked(&self) -> usize {
        (0..self.horizon()).map(|h| self.dimension(h)).sum()
    }

    /// The largest `d_h`.
    fn largest(&self) -> usize {
        (0..self.horizon()).map(|h| self.dimension(h)).max().unwrap_or(0)
    }

    /// Writes `φ_h(z, action)` for the history whose memory this is; indices are positions in the stacked
    /// vector.
    fn row(&self, memory: &Self::Memory, h: usize, action: usize, row: &mut Self::Row);

    /// The most nonzeros of a row of step `h`, which size the scratch of whoever keeps rows.
    fn nonzeros(&self, h: usize) -> usize {
        self.dimension(h) / self.actions().max(1)
    }

    /// Where the rows `φ_h(z, a)` of all actions hold the same numbers: by how many components that of each
    /// action stands behind that of the action before. `None` where rows are to be asked for one by one.
    fn stride(&self, _memory: &Self::Memory, _h: usize) -> Option<usize> {
        None
    }

    /// Writes `⟨φ_h(z, a), w⟩` for every action; `scratch` is overwritten.
    fn values(
        &self,
        memory: &Self::Memory,
        h: usize,
        weights: &[f64],
        scratch: &mut Self::Row,
        values: &mut [f64],
    ) {
        if let Some(stride) = self.stride(memory, h) {
            self.row(memory, h, 0, scratch);
            for (a, value) in values.iter_mut().enumerate() {
                *value = scratch.dot(&weights[a * stride..]);
            }
            return;
        }
        for (a, value) in values.iter_mut().enumerate() {
            self.row(memory, h, a, scratch);
            *value = scratch.dot(weights);
        }
    }

    /// A bound on `max_{h, z, a} ‖φ_h(z, a)‖²`.
    fn norm_squared_bound(&self) -> f64;

    /// Where features move with the policy, these at its parameter θ; `None` where they stay as they are.
    /// Only what this gives folds histories.
    fn at(&self, _theta: &[f64]) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }

    /// For finite maps, the number of different memories at step `h`; `None` where there is no finite table.
    fn slots(&self, _h: usize) -> Option<usize> {
        None
    }

    /// For finite maps, which of them this is: below `slots(h)`.
    ///
    /// # Panics
    /// For maps that are not finite.
    fn slot(&self, _memory: &Self::Memory, _h: usize) -> usize {
        unreachable!("no finite memory: slots() is None")
    }

    /// For finite maps, the memory whose slot this is.
    ///
    /// # Panics
    /// For maps that are not finite.
    fn memory_of_slot(&self, _h: usize, _slot: usize) -> Self::Memory {
        unreachable!("no finite memory: slots() is None")
    }
}
