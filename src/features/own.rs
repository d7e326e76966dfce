//! The features that a problem brings along.

use super::{FeatureMap, HistoryFold, SparseRow};
use crate::pomdp::{Model, OwnFeatures};
use std::any::Any;
use std::sync::Arc;

/// Features `φ(c(o_h), a)` of the class of the last observation, from the problem's own table; a block of d
/// components per step. At h = 0, where nothing has been seen, `φ_0 = e_a`.
///
/// In them the action values of every policy that reads the last observation only are exactly linear.
#[derive(Clone, Debug)]
pub struct OwnMap {
    table: Arc<OwnFeatures>,
    horizon: usize,
    actions: usize,
    /// The class of each observation.
    class: Vec<u32>,
    /// Whether something is seen before the first action.
    sees_first: bool,
}

impl OwnMap {
    /// The problem's own features over `horizon` steps; `None` where it has none.
    pub fn new(model: &Model, horizon: usize) -> Option<Self> {
        let table = Arc::clone(model.own_features()?);
        let class = (0..model.observations()).map(|o| model.observation_class(o) as u32).collect();
        let sees_first = model.initial_observation().is_some();
        Some(OwnMap { table, horizon, actions: model.actions(), class, sees_first })
    }

    /// The problem's table.
    pub fn table(&self) -> &OwnFeatures {
        &self.table
    }

    /// Whether at step `h` there is nothing to be seen, so that `φ_h = e_a`.
    pub fn is_blind(&self, h: usize) -> bool {
        h == 0 && !self.sees_first
    }

    /// Where the block of step `h` begins in the stacked vector.
    pub fn offset(&self, h: usize) -> usize {
        if h == 0 { 0 } else { self.dimension(0) + (h - 1) * self.table.dimension() }
    }
}

impl HistoryFold for OwnMap {
    type Observation = u32;
    /// The class of the last observation.
    type Memory = u32;

    fn memory(&self) -> u32 {
        0
    }

    #[inline]
    fn start(&self, memory: &mut u32, first: &u32) {
        *memory = if self.sees_first { self.class[*first as usize] } else { 0 };
    }

    #[inline]
    fn advance(&self, memory: &mut u32, _h: usize, _action: usize, seen: &u32) {
        *memory = self.class[*seen as usize];
    }

    fn remembers_like(&self, other: &dyn Any) -> bool {
        let seen = |other: &Self| self.sees_first == other.sees_first && self.class == other.class;
        other.downcast_ref().is_some_and(seen)
    }
}

impl FeatureMap for OwnMap {
    type Row = SparseRow;

    fn horizon(&self) -> usize {
        self.horizon
    }

    fn actions(&self) -> usize {
        self.actions
    }

    fn dimension(&self, h: usize) -> usize {
        if self.is_blind(h) { self.actions } else { self.table.dimension() }
    }

    fn stacked(&self) -> usize {
        self.offset(self.horizon)
    }

    fn row(&self, memory: &u32, h: usize, action: usize, row: &mut SparseRow) {
        row.clear();
        if self.is_blind(h) {
            row.push(action, 1.0);
            return;
        }
        let first = self.offset(h);
        for (i, &value) in self.table.row(*memory as usize, action).iter().enumerate() {
            row.push(first + i, value);
        }
    }

    fn norm_squared_bound(&self) -> f64 {
        1.0
    }

    fn slots(&self, h: usize) -> Option<usize> {
        Some(if self.is_blind(h) { 1 } else { self.table.classes() })
    }

    fn slot(&self, memory: &u32, _h: usize) -> usize {
        *memory as usize
    }

    fn memory_of_slot(&self, _h: usize, slot: usize) -> u32 {
        slot as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::Row;
    use crate::pomdp::builtin::{tiger, toggle};

    fn row(map: &OwnMap, memory: u32, h: usize, action: usize) -> Vec<(u32, f64)> {
        let mut row = SparseRow::default();
        map.row(&memory, h, action, &mut row);
        assert!(row.norm_squared() <= map.norm_squared_bound());
        row.entries().to_vec()
    }

    #[test]
    fn rows_are_those_of_the_class_seen_last_and_before_it_the_action_s() {
        assert!(OwnMap::new(&tiger(), 3).is_none());
        let table = |actions: usize| {
            let rows = (0..2 * actions * 2).map(|i| i as f64 / 16.0).collect();
            OwnFeatures::new(2, actions, vec![0, 1], rows).expect("a table")
        };
        let blind = tiger().with_features(table(3)).expect("it fits").split(2).expect("small");
        let map = OwnMap::new(&blind, 3).expect("own features");
        assert_eq!((map.dimension(0), map.dimension(1), map.stacked()), (3, 2, 7));
        let mut memory = map.memory();
        map.start(&mut memory, &0);
        assert_eq!(row(&map, memory, 0, 2), [(2, 1.0)]);
        map.advance(&mut memory, 0, 2, &3);
        assert_eq!(row(&map, memory, 1, 0), [(3, 6.0 / 16.0), (4, 7.0 / 16.0)]);
        assert_eq!(row(&map, memory, 2, 1), [(5, 8.0 / 16.0), (6, 9.0 / 16.0)]);

        let seeing = toggle().with_features(table(2)).expect("it fits");
        let map = OwnMap::new(&seeing, 2).expect("own features");
        assert_eq!((map.dimension(0), map.stacked(), map.slots(0)), (2, 4, Some(2)));
        map.start(&mut memory, &1);
        assert_eq!(row(&map, memory, 0, 1), [(0, 6.0 / 16.0), (1, 7.0 / 16.0)]);
    }
}
