//! Features of whole histories by a table: whatever a critic may see, as long as histories can be listed.

use super::blind::Blind;
use crate::features::{FeatureMap, FiniteMap, HistoryFold, Row, SparseRow};
use crate::pomdp::Generator;
use rand::{Rng, SeedableRng};
use std::sync::Arc;

/// `φ_h(z, a)` as a row of a matrix for each step, whose norm is at most 1.
#[derive(Clone, Debug)]
pub struct FeatureTable {
    whole: FiniteMap,
    /// By step, where its block begins in the stacked vector; behind them the length of this.
    offsets: Vec<usize>,
    /// Inside the block of its step, the row of each component of the one-hot map of whole histories.
    rows: Arc<[Vec<f64>]>,
}

impl FeatureTable {
    /// The one-hot map with a row made of each (step, place in the step's block), of as many numbers.
    pub(super) fn of_rows(
        whole: &FiniteMap,
        dimension: impl Fn(usize) -> usize,
        row: impl Fn(usize, usize) -> Vec<f64>,
    ) -> Self {
        let (mut offsets, mut rows) = (vec![0], Vec::new());
        for h in 0..whole.horizon() {
            rows.extend((0..whole.dimension(h)).map(|place| row(h, place)));
            offsets.push(offsets[h] + dimension(h));
        }
        FeatureTable { whole: whole.clone(), offsets, rows: rows.into() }
    }

    /// One-hot features.
    pub fn one_hot(blind: &Blind) -> Self {
        let whole = blind.whole();
        let row = |h: usize, place: usize| {
            (0..whole.dimension(h)).map(|at| f64::from(u8::from(at == place))).collect()
        };
        Self::of_rows(whole, |h| whole.dimension(h), row)
    }

    /// Two actions whose features stand at this angle, in radians, in every history; at a right angle they
    /// are one-hot.
    ///
    /// # Panics
    /// If there are not two actions.
    pub fn of_pairs_at_angle(blind: &Blind, angle: f64) -> Self {
        let whole = blind.whole();
        assert_eq!(whole.actions(), 2, "pairs of features");
        let row = |h: usize, place: usize| {
            let mut row = vec![0.0; whole.dimension(h)];
            row[place] = 1.0;
            if place % 2 == 1 {
                (row[place - 1], row[place]) = (libm::cos(angle), libm::sin(angle));
            }
            row
        };
        Self::of_rows(whole, |h| whole.dimension(h), row)
    }

    /// Random projections of the one-hot features of each step to this dimension, signs of equal size; steps
    /// that have no more components keep them.
    pub fn projected(blind: &Blind, dimension: usize, seed: u64) -> Self {
        let whole = blind.whole();
        let of_step = |h: usize| whole.dimension(h).min(dimension);
        let row = |h: usize, place: usize| {
            if whole.dimension(h) <= dimension {
                return (0..whole.dimension(h)).map(|at| f64::from(u8::from(at == place))).collect();
            }
            let number = ((h as u64) << 32) | place as u64;
            let mut signs = Generator::seed_from_u64(seed ^ (number << 8));
            let size = 1.0 / (dimension as f64).sqrt();
            (0..dimension).map(|_| if signs.next_u64() >> 63 == 0 { size } else { -size }).collect()
        };
        Self::of_rows(whole, of_step, row)
    }

    /// What another map gives to the histories that can be shown. Of fewer functions than it has only the
    /// first `kept` are, of maps in which those of an action stand together.
    ///
    /// # Panics
    /// If the histories are too many.
    pub fn of_map<F: FeatureMap<Observation = u32>>(blind: &Blind, map: &F, kept: usize) -> Self {
        let whole = blind.whole();
        let actions = whole.actions();
        let (mut components, mut found) = (Vec::new(), Vec::new());
        // Both walks meet the same histories in the same order.
        blind.walk(whole, |h, memory| {
            components.extend((0..actions).map(|a| whole.component(h, *memory as usize, a)));
        });
        let starts: Vec<usize> = (0..map.horizon())
            .scan(0, |start, h| Some(std::mem::replace(start, *start + map.dimension(h))))
            .collect();
        let functions = |h: usize| map.dimension(h) / actions;
        let of_step = |h: usize| functions(h).min(kept) * actions;
        blind.walk(map, |h, memory| {
            for a in 0..actions {
                let mut row = F::Row::default();
                map.row(memory, h, a, &mut row);
                let mut dense = vec![0.0; of_step(h)];
                row.for_each(|i, value| {
                    let (a, function) = ((i - starts[h]) / functions(h), (i - starts[h]) % functions(h));
                    if function < kept {
                        dense[a * functions(h).min(kept) + function] = value;
                    }
                });
                found.push(dense);
            }
        });
        let mut by_component: Vec<(usize, Vec<f64>)> = components.into_iter().zip(found).collect();
        by_component.sort_by_key(|(component, _)| *component);
        let mut first = vec![0];
        (0..whole.horizon()).for_each(|h| first.push(first[h] + whole.dimension(h)));
        let row = |h: usize, place: usize| {
            let at = by_component.binary_search_by_key(&(first[h] + place), |(component, _)| *component);
            // A history that cannot be shown has no features.
            at.map_or_else(|_| vec![0.0; of_step(h)], |at| by_component[at].1.clone())
        };
        Self::of_rows(whole, of_step, row)
    }

    /// The nonzeros of the row of a component of the one-hot map, by place in the stacked vector.
    pub(super) fn row_of(&self, component: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let ends = (0..self.whole.horizon()).scan(0, |end, h| {
            *end += self.whole.dimension(h);
            Some(*end)
        });
        let h = ends.take_while(|end| *end <= component).count();
        let row = self.rows[component].iter().enumerate().filter(|(_, value)| **value != 0.0);
        row.map(move |(place, value)| (self.offsets[h] + place, *value))
    }
}

impl HistoryFold for FeatureTable {
    type Observation = u32;
    type Memory = <FiniteMap as HistoryFold>::Memory;

    fn memory(&self) -> Self::Memory {
        self.whole.memory()
    }

    fn start(&self, memory: &mut Self::Memory, first: &u32) {
        self.whole.start(memory, first);
    }

    fn advance(&self, memory: &mut Self::Memory, h: usize, action: usize, seen: &u32) {
        self.whole.advance(memory, h, action, seen);
    }
}

impl FeatureMap for FeatureTable {
    type Row = SparseRow;

    fn horizon(&self) -> usize {
        self.whole.horizon()
    }

    fn actions(&self) -> usize {
        self.whole.actions()
    }

    fn dimension(&self, h: usize) -> usize {
        self.offsets[h + 1] - self.offsets[h]
    }

    fn row(&self, memory: &Self::Memory, h: usize, action: usize, row: &mut SparseRow) {
        row.clear();
        let component = self.whole.component(h, *memory as usize, action);
        for (place, value) in self.rows[component].iter().enumerate() {
            if *value != 0.0 {
                row.push(self.offsets[h] + place, *value);
            }
        }
    }

    fn nonzeros(&self, h: usize) -> usize {
        self.dimension(h)
    }

    fn norm_squared_bound(&self) -> f64 {
        1.0
    }
}
