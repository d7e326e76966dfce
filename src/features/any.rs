//! Feature maps of any type, for what is computed too seldom to be compiled for each type.

use super::{FeatureMap, HistoryFold, Row, SparseRow};
use std::any::Any;

/// A feature map of any type, with the numbers of the map itself.
///
/// Every call goes through a table of functions, and memories lie in boxes. That is good enough for exact
/// values; local steps are compiled for each map.
pub struct AnyMap<'a, O>(&'a dyn Map<O>);

impl<'a, O> AnyMap<'a, O> {
    /// This map.
    pub fn new<F>(map: &'a F) -> Self
    where
        F: FeatureMap<Observation = O>,
        F::Memory: 'static,
    {
        AnyMap(map)
    }
}

/// A memory of any fold.
pub struct AnyMemory(Box<dyn Kept>);

impl AnyMemory {
    pub(crate) fn new<M: Clone + Send + 'static>(memory: M) -> Self {
        AnyMemory(Box::new(memory))
    }

    /// # Panics
    /// If it is a memory of a fold of another type.
    pub(crate) fn of<M: 'static>(&self) -> &M {
        let kept: &dyn Any = &*self.0;
        kept.downcast_ref().expect(ITS_OWN)
    }

    /// # Panics
    /// If it is a memory of a fold of another type.
    pub(crate) fn of_mut<M: 'static>(&mut self) -> &mut M {
        let kept: &mut dyn Any = &mut *self.0;
        kept.downcast_mut().expect(ITS_OWN)
    }
}

const ITS_OWN: &str = "a fold is given memories of its own";

impl Clone for AnyMemory {
    fn clone(&self) -> Self {
        AnyMemory(self.0.boxed())
    }

    fn clone_from(&mut self, source: &Self) {
        self.0.become_like(source);
    }
}

trait Kept: Any + Send {
    fn boxed(&self) -> Box<dyn Kept>;

    fn become_like(&mut self, source: &AnyMemory);
}

impl<M: Clone + Send + 'static> Kept for M {
    fn boxed(&self) -> Box<dyn Kept> {
        Box::new(self.clone())
    }

    fn become_like(&mut self, source: &AnyMemory) {
        self.clone_from(source.of());
    }
}

/// [`FeatureMap`] without its types.
trait Map<O>: Send + Sync {
    fn memory(&self) -> AnyMemory;

    fn start(&self, memory: &mut AnyMemory, first: &O);

    fn advance(&self, memory: &mut AnyMemory, h: usize, action: usize, seen: &O);

    fn horizon(&self) -> usize;

    fn actions(&self) -> usize;

    fn dimension(&self, h: usize) -> usize;

    fn stacked(&self) -> usize;

    fn row(&self, memory: &AnyMemory, h: usize, action: usize, row: &mut SparseRow);

    fn nonzeros(&self, h: usize) -> usize;

    fn norm_squared_bound(&self) -> f64;

    fn slots(&self, h: usize) -> Option<usize>;

    fn slot(&self, memory: &AnyMemory, h: usize) -> usize;

    fn memory_of_slot(&self, h: usize, slot: usize) -> AnyMemory;
}

impl<F> Map<F::Observation> for F
where
    F: FeatureMap,
    F::Memory: 'static,
{
    fn memory(&self) -> AnyMemory {
        AnyMemory::new(HistoryFold::memory(self))
    }

    fn start(&self, memory: &mut AnyMemory, first: &F::Observation) {
        HistoryFold::start(self, memory.of_mut(), first);
    }

    fn advance(&self, memory: &mut AnyMemory, h: usize, action: usize, seen: &F::Observation) {
        HistoryFold::advance(self, memory.of_mut(), h, action, seen);
    }

    fn horizon(&self) -> usize {
        FeatureMap::horizon(self)
    }

    fn actions(&self) -> usize {
        FeatureMap::actions(self)
    }

    fn dimension(&self, h: usize) -> usize {
        FeatureMap::dimension(self, h)
    }

    fn stacked(&self) -> usize {
        FeatureMap::stacked(self)
    }

    fn row(&self, memory: &AnyMemory, h: usize, action: usize, row: &mut SparseRow) {
        F::Row::as_list(row, |row| FeatureMap::row(self, memory.of(), h, action, row));
    }

    fn nonzeros(&self, h: usize) -> usize {
        FeatureMap::nonzeros(self, h)
    }

    fn norm_squared_bound(&self) -> f64 {
        FeatureMap::norm_squared_bound(self)
    }

    fn slots(&self, h: usize) -> Option<usize> {
        FeatureMap::slots(self, h)
    }

    fn slot(&self, memory: &AnyMemory, h: usize) -> usize {
        FeatureMap::slot(self, memory.of(), h)
    }

    fn memory_of_slot(&self, h: usize, slot: usize) -> AnyMemory {
        AnyMemory::new(FeatureMap::memory_of_slot(self, h, slot))
    }
}

impl<O: Send> HistoryFold for AnyMap<'_, O> {
    type Observation = O;
    type Memory = AnyMemory;

    fn memory(&self) -> AnyMemory {
        self.0.memory()
    }

    fn start(&self, memory: &mut AnyMemory, first: &O) {
        self.0.start(memory, first);
    }

    fn advance(&self, memory: &mut AnyMemory, h: usize, action: usize, seen: &O) {
        self.0.advance(memory, h, action, seen);
    }
}

impl<O: Send> FeatureMap for AnyMap<'_, O> {
    type Row = SparseRow;

    fn horizon(&self) -> usize {
        self.0.horizon()
    }

    fn actions(&self) -> usize {
        self.0.actions()
    }

    fn dimension(&self, h: usize) -> usize {
        self.0.dimension(h)
    }

    fn stacked(&self) -> usize {
        self.0.stacked()
    }

    fn row(&self, memory: &AnyMemory, h: usize, action: usize, row: &mut SparseRow) {
        self.0.row(memory, h, action, row);
    }

    fn nonzeros(&self, h: usize) -> usize {
        self.0.nonzeros(h)
    }

    fn norm_squared_bound(&self) -> f64 {
        self.0.norm_squared_bound()
    }

    fn slots(&self, h: usize) -> Option<usize> {
        self.0.slots(h)
    }

    fn slot(&self, memory: &AnyMemory, h: usize) -> usize {
        self.0.slot(memory, h)
    }

    fn memory_of_slot(&self, h: usize, slot: usize) -> AnyMemory {
        self.0.memory_of_slot(h, slot)
    }
}
