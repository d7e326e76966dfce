//! Features of trajectories that have been sampled: one pass over a batch. Compiled for each feature map.

use super::batch::{Batch, LANES};
use super::needs::{Needs, Of};
use crate::features::{FeatureMap, HistoryFold, Row, Rows};
use std::any::Any;
use std::sync::Arc;

/// A feature map of any type.
pub(super) trait Reads<O>: Send + Sync {
    fn horizon(&self) -> usize;

    fn actions(&self) -> usize;

    /// q.
    fn stacked(&self) -> usize;

    /// [`Row::NONZEROS`] of the map's rows.
    fn nonzeros(&self) -> Option<u64>;

    /// See [`HistoryFold::remembers_like`].
    fn remembers_like(&self, fold: &dyn Any) -> bool;

    /// Bytes of what a pass keeps of a batch for whoever has these needs.
    fn bytes(&self, needs: Needs) -> u64;

    fn pass(self: Arc<Self>) -> Box<dyn Passes<O>>;
}

/// A pass at work.
///
/// With what the policy `remembered`, which must be what the map would have, it reads that; else it folds the
/// histories again, side by side: chains of look-ups that do not wait for each other.
pub(super) trait Passes<O>: Send {
    /// Writes `φ_h(z, a)` of the actions taken, or of all.
    fn look(&mut self, batch: &Batch<O>, remembered: Option<&dyn Any>, of: Of);

    /// The last rows.
    fn rows(&self) -> Rows<'_>;

    /// Writes `⟨φ_h(z, a), w⟩` for the actions taken, or for all; no row is kept.
    fn values(
        &mut self,
        batch: &Batch<O>,
        remembered: Option<&dyn Any>,
        of: Of,
        weights: &[f64],
        values: &mut Vec<f64>,
    );
}

impl<F: FeatureMap + 'static> Reads<F::Observation> for F {
    fn horizon(&self) -> usize {
        FeatureMap::horizon(self)
    }

    fn actions(&self) -> usize {
        FeatureMap::actions(self)
    }

    fn stacked(&self) -> usize {
        FeatureMap::stacked(self)
    }

    fn nonzeros(&self) -> Option<u64> {
        F::Row::NONZEROS
    }

    fn remembers_like(&self, fold: &dyn Any) -> bool {
        HistoryFold::remembers_like(self, fold)
    }

    fn bytes(&self, needs: Needs) -> u64 {
        let rows = needs.features.map_or(0, |of| of.rows(FeatureMap::actions(self)) as u64);
        let step = |h| rows * F::Row::bytes(FeatureMap::nonzeros(self, h));
        LANES as u64 * (0..FeatureMap::horizon(self)).map(step).sum::<u64>()
    }

    fn pass(self: Arc<Self>) -> Box<dyn Passes<F::Observation>> {
        let memories = (0..LANES).map(|_| self.memory()).collect();
        Box::new(Pass { map: self, memories, rows: Vec::new(), row: F::Row::default() })
    }
}

/// See [`Passes`].
struct Pass<F: FeatureMap> {
    map: Arc<F>,
    /// By lane, where histories are folded again.
    memories: Vec<F::Memory>,
    rows: Vec<F::Row>,
    /// One that is looked at and not kept.
    row: F::Row,
}

/// A step of a trajectory, by its place, with the action taken there.
#[derive(Clone, Copy)]
struct Step {
    place: usize,
    h: usize,
    action: usize,
}

/// Shows each place of a batch with what the map remembers there.
#[inline(always)]
fn each<F: FeatureMap + 'static>(
    map: &F,
    memories: &mut [F::Memory],
    batch: &Batch<F::Observation>,
    remembered: Option<&dyn Any>,
    mut show: impl FnMut(Step, &F::Memory),
) {
    let horizon = batch.horizon();
    if let Some(remembered) = remembered {
        let remembered = of_this_kind::<F>(remembered);
        let steps = (0..batch.count()).flat_map(|lane| (0..horizon).map(move |h| (lane, h)));
        for (lane, h) in steps {
            let action = batch.actions(h)[lane] as usize;
            show(Step { place: lane * horizon + h, h, action }, &batch.of_step(remembered, h)[lane]);
        }
        return;
    }
    let memories = &mut memories[..batch.count()];
    for (memory, first) in memories.iter_mut().zip(batch.first()) {
        map.start(memory, first);
    }
    for h in 0..horizon {
        let (actions, seen) = (batch.actions(h), batch.seen(h));
        for (lane, memory) in memories.iter_mut().enumerate() {
            let action = actions[lane] as usize;
            show(Step { place: lane * horizon + h, h, action }, memory);
            if h + 1 < horizon {
                map.advance(memory, h, action, &seen[lane]);
            }
        }
    }
}

/// # Panics
/// If they are another fold's.
fn of_this_kind<F: FeatureMap + 'static>(remembered: &dyn Any) -> &[F::Memory] {
    remembered.downcast_ref::<Vec<F::Memory>>().expect("memories of the map's own kind")
}

/// Writes something of each memory and the action taken there, by place; memories and actions are in the
/// batch's order.
///
/// This is all that a critic costs that remembers what the policy does. As arguments of a function the map
/// and what is written are known to be apart, so that what is read of the map is read once.
#[inline]
fn read<F: FeatureMap, T>(
    map: &F,
    remembered: &[F::Memory],
    actions: &[u32],
    (count, horizon): (usize, usize),
    written: &mut [T],
    mut write: impl FnMut(&F, &F::Memory, usize, usize, &mut T),
) {
    let remembered = &remembered[..actions.len()];
    for lane in 0..count {
        let written = &mut written[lane * horizon..][..horizon];
        let mut i = lane;
        for h in 0..horizon {
            write(map, &remembered[i], h, actions[i] as usize, &mut written[h]);
            i += count;
        }
    }
}

impl<F: FeatureMap + 'static> Passes<F::Observation> for Pass<F> {
    #[inline(never)]
    fn look(&mut self, batch: &Batch<F::Observation>, remembered: Option<&dyn Any>, of: Of) {
        let Pass { map, memories, rows, .. } = self;
        let each_action = of.rows(map.actions());
        let places = LANES * batch.horizon() * each_action;
        if rows.len() != places {
            rows.resize(places, F::Row::default());
        }
        match (of, remembered) {
            (Of::Taken, Some(remembered)) => {
                let (remembered, actions) = (of_this_kind::<F>(remembered), batch.all_actions());
                let sizes = (batch.count(), batch.horizon());
                read(&**map, remembered, actions, sizes, rows, |map, memory, h, action, row| {
                    map.row(memory, h, action, row);
                });
            }
            (Of::Taken, None) => {
                let rows = &mut rows[..batch.places()];
                each(&**map, memories, batch, None, |Step { place, h, action }, memory| {
                    map.row(memory, h, action, &mut rows[place]);
                });
            }
            (Of::All, _) => each(&**map, memories, batch, remembered, |Step { place, h, .. }, memory| {
                for (b, row) in rows[place * each_action..][..each_action].iter_mut().enumerate() {
                    map.row(memory, h, b, row);
                }
            }),
        }
    }

    fn rows(&self) -> Rows<'_> {
        F::Row::view(&self.rows)
    }

    #[inline(never)]
    fn values(
        &mut self,
        batch: &Batch<F::Observation>,
        remembered: Option<&dyn Any>,
        of: Of,
        weights: &[f64],
        values: &mut Vec<f64>,
    ) {
        let Pass { map, memories, row, .. } = self;
        let each_action = of.rows(map.actions());
        values.resize(batch.places() * each_action, 0.0);
        match (of, remembered) {
            (Of::Taken, Some(remembered)) => {
                let (remembered, actions) = (of_this_kind::<F>(remembered), batch.all_actions());
                read(
                    &**map,
                    remembered,
                    actions,
                    (batch.count(), batch.horizon()),
                    values,
                    |map, memory, h, action, value| {
                        map.row(memory, h, action, row);
                        *value = row.dot(weights);
                    },
                );
            }
            (Of::Taken, None) => {
                each(&**map, memories, batch, None, |Step { place, h, action }, memory| {
                    map.row(memory, h, action, row);
                    values[place] = row.dot(weights);
                });
            }
            (Of::All, _) => each(&**map, memories, batch, remembered, |Step { place, h, .. }, memory| {
                map.values(memory, h, weights, row, &mut values[place * each_action..][..each_action]);
            }),
        }
    }
}
