//! Features of the last real-valued readings: no model of the noise is needed, unlike for beliefs.

use super::reading_functions::{Basis, ReadingFunctions, ReadingMapError};
use super::{FeatureMap, FiniteMap, HistoryFold, SparseRow};
use crate::pomdp::{GaussianModel, Reading};
use std::any::Any;
use std::sync::Arc;

/// Features `f(readings) ⊗ e_(actions of the window) ⊗ e_a` of the last L pairs (action, reading), a block
/// per step.
///
/// At `h < L` the window is the whole history. Every sequence of the window's actions has a block of its own,
/// of functions of the readings that those actions show: a silent action shows none, and a window without
/// readings has the constant 1 alone. So `φ_0 = e_a`, and no function is a constant twice.
#[derive(Clone, Debug)]
pub struct ReadingMap {
    /// Numbers the sequences of the last L actions.
    actions: FiniteMap,
    length: usize,
    /// For each action that shows a number, the range in which its readings are expected.
    ranges: Vec<Option<(f64, f64)>>,
    basis: Arc<Basis>,
    blocks: Vec<Block>,
    stacked: usize,
    /// Whether rows are scaled to `‖φ‖ ≤ 1`.
    scaled: bool,
}

/// The block of one step.
#[derive(Clone, Debug)]
struct Block {
    offset: usize,
    /// Number of functions, for one action, of all action sequences before; one entry more than there are
    /// sequences.
    before: Arc<[usize]>,
}

/// Readings count as they are within so many deviations of every mean.
const DEVIATIONS: f64 = 3.0;

impl ReadingMap {
    /// For critics: scaled to `‖φ‖ ≤ 1`, each action sequence by itself.
    ///
    /// # Errors
    /// [`ReadingMapError`] says what does not fit.
    pub fn for_critic(
        model: &GaussianModel,
        horizon: usize,
        length: usize,
        functions: ReadingFunctions,
    ) -> Result<Self, ReadingMapError> {
        ReadingMap::new(model, horizon, length, functions, true)
    }

    /// For actors: unscaled.
    ///
    /// # Errors
    /// As [`ReadingMap::for_critic`].
    pub fn for_actor(
        model: &GaussianModel,
        horizon: usize,
        length: usize,
        functions: ReadingFunctions,
    ) -> Result<Self, ReadingMapError> {
        ReadingMap::new(model, horizon, length, functions, false)
    }

    fn new(
        model: &GaussianModel,
        horizon: usize,
        length: usize,
        functions: ReadingFunctions,
        scaled: bool,
    ) -> Result<Self, ReadingMapError> {
        let count = model.hidden().actions();
        let length = length.min(horizon.saturating_sub(1));
        let actions = FiniteMap::classes(horizon, count, &[0], vec![0], length, false)?;
        let limit = FiniteMap::COMPONENTS_MAX;
        let too_many = || ReadingMapError::Functions { length, limit };
        let ranges: Vec<_> = (0..count).map(|action| range(model, action)).collect();
        let basis = Basis::new(functions, length)?.ok_or_else(too_many)?;
        let mut blocks: Vec<Block> = Vec::with_capacity(horizon);
        let mut stacked = 0usize;
        for h in 0..horizon {
            let before = match blocks.last() {
                // Full windows are all numbered alike.
                Some(block) if h > length => Arc::clone(&block.before),
                _ => {
                    let slots = actions.slots(h).expect("a finite memory");
                    let mut before = vec![0usize];
                    for slot in 0..slots {
                        let heard = heard(slot, h.min(length), &ranges);
                        before.push(before[slot].saturating_add(basis.count(heard)));
                    }
                    before.into()
                }
            };
            let functions = before[before.len() - 1];
            blocks.push(Block { offset: stacked, before });
            stacked = functions
                .checked_mul(count)
                .and_then(|n| n.checked_add(stacked))
                .filter(|&n| n <= limit)
                .ok_or_else(too_many)?;
        }
        Ok(ReadingMap { actions, length, ranges, basis: Arc::new(basis), blocks, stacked, scaled })
    }
}

/// All means of an action's sensors, with some deviations more on either side; `None` where it shows nothing.
fn range(model: &GaussianModel, action: usize) -> Option<(f64, f64)> {
    let sensors = (0..model.hidden().states()).map(|entered| model.sensor(action, entered));
    sensors.flatten().fold(None, |range, sensor| {
        let (low, high) = range.unwrap_or((f64::INFINITY, f64::NEG_INFINITY));
        let spread = DEVIATIONS * sensor.deviation;
        Some((f64::min(low, sensor.mean - spread), f64::max(high, sensor.mean + spread)))
    })
}

/// How many of the `pairs` last actions, which `slot` numbers, show a reading.
fn heard(mut slot: usize, pairs: usize, ranges: &[Option<(f64, f64)>]) -> usize {
    let mut heard = 0;
    for _ in 0..pairs {
        heard += usize::from(ranges[slot % ranges.len()].is_some());
        slot /= ranges.len();
    }
    heard
}

/// The memory of [`ReadingMap`].
#[derive(Debug)]
pub struct ReadingMemory {
    /// Which sequence of actions.
    slot: u32,
    /// The window's readings, the newest first, as the functions take them; `None` for silence.
    readings: Vec<Option<f64>>,
    /// The values of the functions.
    values: Vec<f64>,
    scratch: Vec<f64>,
}

impl Clone for ReadingMemory {
    fn clone(&self) -> Self {
        let ReadingMemory { slot, readings, values, .. } = self;
        ReadingMemory { slot: *slot, readings: readings.clone(), values: values.clone(), scratch: Vec::new() }
    }

    /// Reuses the memory; the scratch has no content worth copying.
    fn clone_from(&mut self, source: &Self) {
        self.slot = source.slot;
        self.readings.clone_from(&source.readings);
        self.values.clone_from(&source.values);
    }
}

impl HistoryFold for ReadingMap {
    type Observation = Reading;
    type Memory = ReadingMemory;

    fn memory(&self) -> ReadingMemory {
        let readings = Vec::with_capacity(self.length);
        ReadingMemory { slot: 0, readings, values: Vec::new(), scratch: Vec::new() }
    }

    fn start(&self, memory: &mut ReadingMemory, _first: &Reading) {
        self.actions.start(&mut memory.slot, &0);
        memory.readings.clear();
        self.basis.evaluate(&memory.readings, &mut memory.values, &mut memory.scratch);
    }

    fn advance(&self, memory: &mut ReadingMemory, h: usize, action: usize, seen: &Reading) {
        self.actions.advance(&mut memory.slot, h, action, &0);
        if self.length == 0 {
            return;
        }
        if memory.readings.len() < self.length {
            memory.readings.push(None);
        }
        memory.readings.rotate_right(1);
        memory.readings[0] = match (self.ranges[action], *seen) {
            (Some(range), Some(reading)) => Some(self.basis.scaled(reading, range)),
            _ => None,
        };
        self.basis.evaluate(&memory.readings, &mut memory.values, &mut memory.scratch);
    }

    fn memory_bytes(&self) -> usize {
        let functions = FeatureMap::nonzeros(self, FeatureMap::horizon(self) - 1);
        size_of::<ReadingMemory>() + self.length * size_of::<Option<f64>>() + functions * size_of::<f64>()
    }

    /// The same functions of the same readings, whatever they are scaled by.
    fn remembers_like(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| {
            self.length == other.length
                && self.ranges == other.ranges
                && self.basis == other.basis
                && self.actions.remembers_like(&other.actions)
        })
    }
}

impl FeatureMap for ReadingMap {
    type Row = SparseRow;

    fn horizon(&self) -> usize {
        self.blocks.len()
    }

    fn actions(&self) -> usize {
        self.ranges.len()
    }

    fn dimension(&self, h: usize) -> usize {
        let before = &self.blocks[h].before;
        before[before.len() - 1] * self.actions()
    }

    fn stacked(&self) -> usize {
        self.stacked
    }

    fn nonzeros(&self, h: usize) -> usize {
        self.blocks[h].before.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0)
    }

    fn row(&self, memory: &ReadingMemory, h: usize, action: usize, row: &mut SparseRow) {
        let Block { offset, before } = &self.blocks[h];
        let slot = memory.slot as usize;
        let count = before[slot + 1] - before[slot];
        let first = offset + before[slot] * self.actions() + action * count;
        let scale = if self.scaled { 1.0 / self.basis.norm_squared_bound(count).sqrt() } else { 1.0 };
        row.clear();
        for (k, value) in memory.values[..count].iter().enumerate() {
            row.push(first + k, scale * value);
        }
    }

    fn norm_squared_bound(&self) -> f64 {
        if self.scaled {
            return 1.0;
        }
        let most = self.blocks.iter().flat_map(|block| block.before.windows(2)).map(|pair| pair[1] - pair[0]);
        self.basis.norm_squared_bound(most.max().unwrap_or(1))
    }
}
