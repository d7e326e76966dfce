//! One-hot features of a finite memory: whole histories, or the window of the last L action-observation
//! pairs.

use super::{FeatureMap, HistoryFold, OneHot};
use std::any::Any;
use thiserror::Error;

/// One-hot features `φ_h(z, a) = e_(m_h, a)`, where `m_h` is the window of the last `L` pairs (a, o) of the
/// history.
///
/// At `h ≤ L` the window is the whole history, with the first observation, so a window of `H - 1` pairs is
/// the full history. Steps are untied: each has its own block, of `slots(h) · A` components, component
/// `m · A + a`. Tied maps share one block among all steps with `h ≥ L` (`h > L` where first observations
/// differ).
///
/// Observations may be read through classes, so that features see the class only.
#[derive(Clone, Debug)]
pub struct FiniteMap {
    actions: usize,
    observations: usize,
    /// Number of the pair (a, class of o), at `a * O + o`; all zero where the window is empty.
    pair: Vec<u32>,
    /// Class of each first observation.
    first_class: Vec<u32>,
    slots: Vec<usize>,
    /// Where the block of step h begins in the stacked vector.
    offsets: Vec<u32>,
    stacked: usize,
    /// `shift[h][m] + pair(a, o)` is the memory of step h + 1.
    shift: Vec<std::sync::Arc<[u32]>>,
}

/// A table that would not fit.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "a window of {length} pairs over {horizon} steps has more than {limit} feature components ({actions} actions, {observations} observations)"
)]
pub struct FiniteMapError {
    /// L.
    pub length: usize,
    /// H.
    pub horizon: usize,
    /// A.
    pub actions: usize,
    /// O, or the number of classes.
    pub observations: usize,
    /// The limit, in components of the stacked vector.
    pub limit: usize,
}

impl FiniteMap {
    /// The largest stacked vector that is built: 2^27 components, one GiB.
    pub const COMPONENTS_MAX: usize = 1 << 27;

    /// Windows of `length` pairs, untied; `first` is the number of different first observations (1 for
    /// "none").
    ///
    /// # Errors
    /// [`FiniteMapError`] where the stacked vector would exceed [`FiniteMap::COMPONENTS_MAX`].
    pub fn window(
        horizon: usize,
        actions: usize,
        observations: usize,
        first: usize,
        length: usize,
    ) -> Result<Self, FiniteMapError> {
        let identity = |n: usize| (0..n as u32).collect::<Vec<_>>();
        FiniteMap::classes(horizon, actions, &identity(observations), identity(first), length, false)
    }

    /// Whole histories.
    ///
    /// # Errors
    /// As [`FiniteMap::window`].
    pub fn history(
        horizon: usize,
        actions: usize,
        observations: usize,
        first: usize,
    ) -> Result<Self, FiniteMapError> {
        FiniteMap::window(horizon, actions, observations, first, horizon.saturating_sub(1))
    }

    /// Windows over classes of observations; `tied` shares blocks between the steps whose windows are full.
    ///
    /// # Errors
    /// As [`FiniteMap::window`].
    ///
    /// # Panics
    /// If there is no step, no action or no class.
    pub fn classes(
        horizon: usize,
        actions: usize,
        class: &[u32],
        first_class: Vec<u32>,
        length: usize,
        tied: bool,
    ) -> Result<Self, FiniteMapError> {
        let count = |classes: &[u32]| classes.iter().max().map_or(0, |&c| c as usize + 1);
        let (classes, firsts) = (count(class), count(&first_class));
        assert!(horizon > 0 && actions > 0 && classes > 0 && firsts > 0, "an empty feature map");
        let error = FiniteMapError {
            length,
            horizon,
            actions,
            observations: classes,
            limit: FiniteMap::COMPONENTS_MAX,
        };
        let pairs = actions * classes;
        let power = |n: usize| {
            pairs.checked_pow(u32::try_from(n).ok()?).filter(|&slots| slots <= FiniteMap::COMPONENTS_MAX)
        };
        let mut slots = Vec::with_capacity(horizon);
        let mut offsets = Vec::with_capacity(horizon);
        let mut stacked = 0usize;
        for h in 0..horizon {
            let whole = h <= length;
            let here = power(h.min(length))
                .and_then(|n| n.checked_mul(if whole { firsts } else { 1 }))
                .ok_or_else(|| error.clone())?;
            // The last block is shared by all later steps whose windows have the same coding.
            let same_coding = h > length && (h > length + 1 || firsts == 1);
            if tied && same_coding {
                offsets.push(offsets[h - 1]);
            } else {
                offsets.push(stacked as u32);
                stacked = here
                    .checked_mul(actions)
                    .and_then(|n| n.checked_add(stacked))
                    .filter(|&n| n <= FiniteMap::COMPONENTS_MAX)
                    .ok_or_else(|| error.clone())?;
            }
            slots.push(here);
        }
        let mut shift: Vec<std::sync::Arc<[u32]>> = Vec::with_capacity(horizon);
        for h in 0..horizon - 1 {
            let table = if h > length + 1 {
                // Full windows all shift alike.
                std::sync::Arc::clone(&shift[h - 1])
            } else {
                (0..slots[h]).map(|m| shifted(m, h, length, pairs)).collect()
            };
            shift.push(table);
        }
        let pair = (0..actions)
            .flat_map(|a| {
                class.iter().map(move |&c| if length == 0 { 0 } else { a as u32 * classes as u32 + c })
            })
            .collect();
        Ok(FiniteMap {
            actions,
            observations: class.len(),
            pair,
            first_class,
            slots,
            offsets,
            stacked,
            shift,
        })
    }

    /// The component of (slot, action) in the stacked vector.
    #[inline]
    pub fn component(&self, h: usize, slot: usize, action: usize) -> usize {
        self.offsets[h] as usize + slot * self.actions + action
    }

    /// The slot of the first observation.
    #[inline]
    pub fn first_slot(&self, first: usize) -> usize {
        self.first_class[first] as usize
    }

    /// The slot of step `h + 1` after `action` and observation `seen` in `slot` of step `h`.
    #[inline]
    pub fn next_slot(&self, h: usize, slot: usize, action: usize, seen: usize) -> usize {
        (self.shift[h][slot] + self.pair[action * self.observations + seen]) as usize
    }

    /// The largest number of slots of any step.
    pub fn slots_max(&self) -> usize {
        self.slots.iter().copied().max().unwrap_or(0)
    }
}

/// The part of the next window's number that the present one decides: drop the oldest pair, make room for a
/// new one.
fn shifted(slot: usize, h: usize, length: usize, pairs: usize) -> u32 {
    if length == 0 {
        return 0;
    }
    // At h < L the window is whole and the next still has room. At h = L the first observation leaves
    // together with the oldest pair, since both stand in the digits above the last L - 1.
    let kept = if h < length { slot } else { slot % pairs.pow(length as u32 - 1) };
    (kept * pairs) as u32
}

impl HistoryFold for FiniteMap {
    type Observation = u32;
    type Memory = u32;

    fn memory(&self) -> u32 {
        0
    }

    #[inline]
    fn start(&self, memory: &mut u32, first: &u32) {
        *memory = self.first_class[*first as usize];
    }

    #[inline]
    fn advance(&self, memory: &mut u32, h: usize, action: usize, seen: &u32) {
        *memory = self.next_slot(h, *memory as usize, action, *seen as usize) as u32;
    }

    /// Windows of the same pairs, whatever blocks they share.
    fn remembers_like(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<FiniteMap>().is_some_and(|other| {
            let of = |map: &FiniteMap| (map.actions, map.observations);
            of(self) == of(other)
                && self.pair == other.pair
                && self.first_class == other.first_class
                && self.shift == other.shift
        })
    }
}

impl FeatureMap for FiniteMap {
    type Row = OneHot;

    #[inline]
    fn horizon(&self) -> usize {
        self.slots.len()
    }

    #[inline]
    fn actions(&self) -> usize {
        self.actions
    }

    fn dimension(&self, h: usize) -> usize {
        self.slots[h] * self.actions
    }

    fn stacked(&self) -> usize {
        self.stacked
    }

    fn nonzeros(&self, _h: usize) -> usize {
        1
    }

    #[inline]
    fn row(&self, memory: &u32, h: usize, action: usize, row: &mut OneHot) {
        row.0 = self.component(h, *memory as usize, action) as u32;
    }

    fn norm_squared_bound(&self) -> f64 {
        1.0
    }

    fn slots(&self, h: usize) -> Option<usize> {
        Some(self.slots[h])
    }

    #[inline]
    fn slot(&self, memory: &u32, _h: usize) -> usize {
        *memory as usize
    }

    fn memory_of_slot(&self, _h: usize, slot: usize) -> u32 {
        slot as u32
    }
}
