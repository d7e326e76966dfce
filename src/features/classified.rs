//! Features of numbered observations, for problems that show something else.

use super::{FeatureMap, HistoryFold};
use std::any::Any;

/// Reads a problem's own observations, of any type `O`, through a function that numbers them.
///
/// With it, windows and histories serve a problem that shows floats, or an enum: the features see the class
/// only.
///
/// ```
/// use dpac::features::{Classified, FeatureMap, FiniteMap, HistoryFold};
/// let window = FiniteMap::window(3, 2, 2, 2, 1).unwrap();
/// let loud = Classified::new(window, |decibel: &f64| u32::from(*decibel > 80.0));
/// let mut memory = loud.memory();
/// loud.start(&mut memory, &93.5);
/// assert_eq!(loud.slot(&memory, 0), 1);
/// ```
#[derive(Clone, Debug)]
pub struct Classified<F, O> {
    features: F,
    class: fn(&O) -> u32,
}

impl<F: FeatureMap<Observation = u32>, O> Classified<F, O> {
    /// `features` of the classes; `class` gives numbers for which `features` is made, also of first
    /// observations.
    pub fn new(features: F, class: fn(&O) -> u32) -> Self {
        Classified { features, class }
    }

    /// The features of the classes.
    pub fn features(&self) -> &F {
        &self.features
    }
}

impl<F: FeatureMap<Observation = u32>, O: Send> HistoryFold for Classified<F, O> {
    type Observation = O;
    type Memory = F::Memory;

    fn memory(&self) -> F::Memory {
        self.features.memory()
    }

    #[inline]
    fn start(&self, memory: &mut F::Memory, first: &O) {
        self.features.start(memory, &(self.class)(first));
    }

    #[inline]
    fn advance(&self, memory: &mut F::Memory, h: usize, action: usize, seen: &O) {
        self.features.advance(memory, h, action, &(self.class)(seen));
    }

    fn memory_bytes(&self) -> usize {
        self.features.memory_bytes()
    }

    fn remembers_like(&self, other: &dyn Any) -> bool
    where
        Self: 'static,
    {
        other.downcast_ref::<Self>().is_some_and(|other| {
            std::ptr::fn_addr_eq(self.class, other.class) && self.features.remembers_like(&other.features)
        })
    }
}

impl<F: FeatureMap<Observation = u32>, O: Send> FeatureMap for Classified<F, O> {
    type Row = F::Row;

    fn horizon(&self) -> usize {
        self.features.horizon()
    }

    fn actions(&self) -> usize {
        self.features.actions()
    }

    fn dimension(&self, h: usize) -> usize {
        self.features.dimension(h)
    }

    fn stacked(&self) -> usize {
        self.features.stacked()
    }

    fn nonzeros(&self, h: usize) -> usize {
        self.features.nonzeros(h)
    }

    #[inline]
    fn row(&self, memory: &F::Memory, h: usize, action: usize, row: &mut F::Row) {
        self.features.row(memory, h, action, row);
    }

    fn stride(&self, memory: &F::Memory, h: usize) -> Option<usize> {
        self.features.stride(memory, h)
    }

    fn norm_squared_bound(&self) -> f64 {
        self.features.norm_squared_bound()
    }

    fn slots(&self, h: usize) -> Option<usize> {
        self.features.slots(h)
    }

    #[inline]
    fn slot(&self, memory: &F::Memory, h: usize) -> usize {
        self.features.slot(memory, h)
    }

    fn memory_of_slot(&self, h: usize, slot: usize) -> F::Memory {
        self.features.memory_of_slot(h, slot)
    }
}
