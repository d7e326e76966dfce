//! The windows of a finite memory, numbered through all steps.

use crate::features::{FeatureMap, FiniteMap};

/// The windows x of each step, the pairs (x, a), and what follows them.
///
/// Windows are numbered through all steps, those of step h in the order of their slots, and so are pairs:
/// (x, a) has the number of its [component](FiniteMap::component). Tables of actions have one entry per
/// window, tables of pairs one per pair, and tables of what is seen next have that of (x, a, o') at `pair * O
/// + o'`, for all steps but the last, after whose action nothing is seen.
#[derive(Clone, Debug)]
pub struct Windows {
    map: FiniteMap,
    observations: usize,
    /// The number of the first window of each step, and that of all windows.
    begins: Vec<usize>,
}

impl Windows {
    /// The windows of this map over `observations` different observations.
    ///
    /// # Panics
    /// If steps of the map share blocks.
    pub fn new(map: FiniteMap, observations: usize) -> Self {
        let mut begins = vec![0];
        for h in 0..map.horizon() {
            begins.push(begins[h] + map.slots(h).expect("a finite memory"));
        }
        let windows = Windows { map, observations, begins };
        assert_eq!(windows.pairs(), windows.map.stacked(), "every step has windows of its own");
        windows
    }

    /// H.
    pub fn horizon(&self) -> usize {
        self.map.horizon()
    }

    /// A.
    pub fn actions(&self) -> usize {
        self.map.actions()
    }

    /// O.
    pub fn observations(&self) -> usize {
        self.observations
    }

    /// The map whose slots these are.
    pub fn map(&self) -> &FiniteMap {
        &self.map
    }

    /// Number of windows of all steps.
    pub fn count(&self) -> usize {
        self.begins[self.horizon()]
    }

    /// Number of pairs (x, a) of all steps.
    pub fn pairs(&self) -> usize {
        self.count() * self.actions()
    }

    /// Number of pairs that something is seen after: those of all steps but the last.
    pub fn followed(&self) -> usize {
        self.begins[self.horizon() - 1] * self.actions()
    }

    /// The windows of step h, by their numbers.
    pub fn of_step(&self, h: usize) -> std::ops::Range<usize> {
        self.begins[h]..self.begins[h + 1]
    }

    /// The pairs of step h, by their numbers.
    pub fn pairs_of_step(&self, h: usize) -> std::ops::Range<usize> {
        let windows = self.of_step(h);
        windows.start * self.actions()..windows.end * self.actions()
    }

    /// Number of different windows before the first action.
    pub fn first(&self) -> usize {
        self.begins[1]
    }

    /// The number of the window that follows window `x` of step h after action and observation.
    ///
    /// # Panics
    /// If there is no further step.
    pub fn next(&self, h: usize, x: usize, action: usize, seen: usize) -> usize {
        self.begins[h + 1] + self.map.next_slot(h, x - self.begins[h], action, seen)
    }

    /// `Σ_h slots(h) A O`, the backups of one pass of dynamic programming over all windows; those of the last
    /// step, behind which nothing has a value, are counted like the others.
    pub fn backups(&self) -> u64 {
        self.pairs() as u64 * self.observations as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_numbered_as_their_slots_step_after_step() {
        for (first, length) in [(1, 0), (1, 1), (2, 1), (3, 2), (2, 4)] {
            let map = FiniteMap::window(4, 2, 3, first, length).expect("small");
            let windows = Windows::new(map.clone(), 3);
            let mut number = 0;
            for h in 0..4 {
                assert_eq!(windows.of_step(h).start, number);
                for slot in 0..map.slots(h).expect("finite") {
                    for a in 0..2 {
                        assert_eq!(map.component(h, slot, a), number * 2 + a);
                        if h < 3 {
                            let next = windows.next(h, number, a, 2) - windows.of_step(h + 1).start;
                            assert_eq!(next, map.next_slot(h, slot, a, 2));
                        }
                    }
                    number += 1;
                }
            }
            assert_eq!((windows.count(), windows.backups()), (number, (number * 2 * 3) as u64));
        }
    }
}
