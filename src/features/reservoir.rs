//! Features of a random recurrent network that stays as it was drawn: a reservoir.

use super::{FeatureMap, FiniteMap, HistoryFold, SparseRow};
use crate::pomdp::Model;
use crate::pomdp::builtin::{Draws, Table};
use std::any::Any;
use std::sync::Arc;
use thiserror::Error;

/// Features `(1, x_h) ⊗ e_a`, a block per step, of the state x of d independent recurrent units:
/// `x_h = tanh(w · x_{h-1} + U [e_{c(o_h)}, e_{a_{h-1}}])`, unit by unit, from `x_0 = tanh(U [e_{c(o_0)}])`.
///
/// w and U are drawn from a seed and never change; only what is linear in x is learned. `|w_i| ≤ 0.9`, so
/// that what was seen fades, and U is standard normal. c is the class of an observation. At h = 0, where
/// first observations do not differ, `φ_0 = e_a`.
#[derive(Clone, Debug)]
pub struct ReservoirMap {
    horizon: usize,
    actions: usize,
    network: Arc<Network>,
    /// What the functions are multiplied by, but at a first step that shows nothing.
    scale: f64,
}

/// A network as it was drawn, for the observations of one problem.
#[derive(Debug, PartialEq)]
struct Network {
    /// w.
    recurrent: Vec<f64>,
    /// The part of U for classes of observations, at `c * d + i`.
    seen: Vec<f64>,
    /// The part of U for actions, at `a * d + i`.
    done: Vec<f64>,
    /// The class of each observation.
    class: Vec<u32>,
    /// Whether first observations differ.
    sees_first: bool,
}

/// A reservoir that does not fit.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "a reservoir of {width} units has {components} weights and features over all steps; at most {} are supported",
    FiniteMap::COMPONENTS_MAX
)]
pub struct ReservoirMapError {
    /// d.
    pub width: usize,
    /// How many there would be, as if first observations differed.
    pub components: usize,
}

/// The largest |w|.
const RADIUS: f64 = 0.9;

impl ReservoirMap {
    /// For critics: `width` units, drawn from `seed`; scaled so that `‖φ‖ ≤ 1`.
    ///
    /// # Errors
    /// [`ReservoirMapError`] where it does not fit.
    pub fn for_critic(
        model: &Model,
        horizon: usize,
        width: usize,
        seed: u64,
    ) -> Result<Self, ReservoirMapError> {
        let map = ReservoirMap::for_actor(model, horizon, width, seed)?;
        let scale = 1.0 / (1.0 + width as f64).sqrt();
        Ok(ReservoirMap { scale, ..map })
    }

    /// For actors: unscaled.
    ///
    /// # Errors
    /// As [`ReservoirMap::for_critic`].
    pub fn for_actor(
        model: &Model,
        horizon: usize,
        width: usize,
        seed: u64,
    ) -> Result<Self, ReservoirMapError> {
        let (actions, classes) = (model.actions(), model.observation_classes());
        let weights = (1 + classes + actions).saturating_mul(width);
        let features = actions.saturating_mul(horizon).saturating_mul(width.saturating_add(1));
        let components = weights.saturating_add(features);
        if components > FiniteMap::COMPONENTS_MAX {
            return Err(ReservoirMapError { width, components });
        }
        let network = Arc::new(Network::drawn(model, width, seed));
        Ok(ReservoirMap { horizon, actions, network, scale: 1.0 })
    }

    /// Number of functions of step `h`, for one action.
    fn functions(&self, h: usize) -> usize {
        if self.is_blind(h) { 1 } else { 1 + self.network.recurrent.len() }
    }

    fn is_blind(&self, h: usize) -> bool {
        h == 0 && !self.network.sees_first
    }

    /// Where the block of step `h` begins.
    fn offset(&self, h: usize) -> usize {
        if h == 0 { 0 } else { self.actions * (self.functions(0) + (h - 1) * self.functions(1)) }
    }
}

impl Network {
    /// Each unit has a stream of its own: of it come w, then its weights for classes, then for actions. A
    /// wider network has the units of a narrower one.
    fn drawn(model: &Model, width: usize, seed: u64) -> Self {
        let (actions, classes) = (model.actions(), model.observation_classes());
        let mut network = Network {
            recurrent: Vec::with_capacity(width),
            seen: vec![0.0; classes * width],
            done: vec![0.0; actions * width],
            class: (0..model.observations()).map(|o| model.observation_class(o) as u32).collect(),
            sees_first: model.first_observation_classes() > 1,
        };
        for i in 0..width {
            let mut draws = Draws::new(seed, Table::Reservoir, i);
            network.recurrent.push(RADIUS * (2.0 * draws.unit() - 1.0));
            for row in network.seen.chunks_mut(width).chain(network.done.chunks_mut(width)) {
                row[i] = draws.normal();
            }
        }
        network
    }

    fn of_class(&self, seen: u32) -> &[f64] {
        let width = self.recurrent.len();
        &self.seen[self.class[seen as usize] as usize * width..][..width]
    }
}

impl HistoryFold for ReservoirMap {
    type Observation = u32;
    /// x.
    type Memory = Vec<f64>;

    fn memory(&self) -> Vec<f64> {
        vec![0.0; self.network.recurrent.len()]
    }

    fn start(&self, memory: &mut Vec<f64>, first: &u32) {
        if !self.network.sees_first {
            memory.fill(0.0);
            return;
        }
        for (x, seen) in memory.iter_mut().zip(self.network.of_class(*first)) {
            *x = libm::tanh(*seen);
        }
    }

    fn advance(&self, memory: &mut Vec<f64>, _h: usize, action: usize, seen: &u32) {
        let Network { recurrent, done, .. } = &*self.network;
        let width = recurrent.len();
        let inputs = self.network.of_class(*seen).iter().zip(&done[action * width..][..width]);
        for ((x, w), (seen, done)) in memory.iter_mut().zip(recurrent).zip(inputs) {
            *x = libm::tanh(w * *x + seen + done);
        }
    }

    fn memory_bytes(&self) -> usize {
        size_of::<Vec<f64>>() + size_of::<f64>() * self.network.recurrent.len()
    }

    /// The same network, whatever the functions are scaled by.
    fn remembers_like(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| self.network == other.network)
    }
}

impl FeatureMap for ReservoirMap {
    type Row = SparseRow;

    fn horizon(&self) -> usize {
        self.horizon
    }

    fn actions(&self) -> usize {
        self.actions
    }

    fn dimension(&self, h: usize) -> usize {
        self.actions * self.functions(h)
    }

    fn stacked(&self) -> usize {
        self.offset(self.horizon)
    }

    fn row(&self, memory: &Vec<f64>, h: usize, action: usize, row: &mut SparseRow) {
        let first = self.offset(h) + action * self.functions(h);
        row.clear();
        if self.is_blind(h) {
            row.push(first, 1.0);
            return;
        }
        row.push(first, self.scale);
        row.extend(memory.iter().enumerate().map(|(i, x)| (first + 1 + i, self.scale * x)));
    }

    fn stride(&self, _memory: &Vec<f64>, h: usize) -> Option<usize> {
        Some(self.functions(h))
    }

    fn norm_squared_bound(&self) -> f64 {
        let width = self.network.recurrent.len() as f64;
        if self.scale < 1.0 { 1.0 } else { 1.0 + width }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::{Budget, ExactCritic, Method, evaluate};
    use crate::features::Row;
    use crate::policy::{LogLinear, Policy, Prepared};
    use crate::pomdp::builtin::{find, tiger, toggle};
    use crate::pomdp::{Generator, Problem, TabularProblem};

    fn dense(map: &ReservoirMap, memory: &Vec<f64>, h: usize, action: usize) -> Vec<f64> {
        let mut row = SparseRow::default();
        map.row(memory, h, action, &mut row);
        assert!(row.norm_squared() <= map.norm_squared_bound() + 1e-12);
        let mut dense = vec![0.0; map.stacked()];
        row.for_each(|i, value| dense[i] = value);
        dense
    }

    /// x_2 by the equation, from the weights themselves.
    #[test]
    fn rows_are_a_constant_and_the_units_by_their_equation() {
        let map = ReservoirMap::for_critic(&toggle(), 3, 5, 7).expect("small");
        assert_eq!((map.dimension(0), map.dimension(2), map.stacked()), (12, 12, 36));
        let Network { recurrent, seen, done, .. } = &*map.network;
        let mut memory = map.memory();
        map.start(&mut memory, &1);
        map.advance(&mut memory, 0, 0, &1);
        map.advance(&mut memory, 1, 1, &0);
        let found = dense(&map, &memory, 2, 1);
        let scale = 1.0 / 6.0_f64.sqrt();
        assert!((found[30] - scale).abs() < 1e-15 && found[..30].iter().all(|x| x.abs() <= 0.0));
        for i in 0..5 {
            let x_0 = libm::tanh(seen[5 + i]);
            let x_1 = libm::tanh(recurrent[i] * x_0 + seen[5 + i] + done[i]);
            let x_2 = libm::tanh(recurrent[i] * x_1 + seen[i] + done[5 + i]);
            assert!((found[31 + i] - scale * x_2).abs() < 1e-15, "{i}");
        }
    }

    #[test]
    fn weights_are_drawn_unit_by_unit_and_what_was_seen_fades() {
        let [narrow, wide] =
            [3, 40].map(|width| ReservoirMap::for_actor(&tiger(), 4, width, 7).expect("small").network);
        assert_eq!(narrow.recurrent, wide.recurrent[..3]);
        assert_eq!((narrow.seen[3], narrow.done[8]), (wide.seen[40], wide.done[82]));
        assert!(wide.recurrent.iter().all(|w| w.abs() <= RADIUS));
        assert!(wide.recurrent.iter().any(|w| *w > 0.7) && wide.recurrent.iter().any(|w| *w < -0.7));
        let other = ReservoirMap::for_actor(&tiger(), 4, 3, 8).expect("small").network;
        assert!(other.recurrent.iter().zip(&narrow.recurrent).all(|(x, y)| (x - y).abs() > 1e-9));
        // Computed apart, in Python, from DETERMINISM.md.
        let known = [(narrow.recurrent[1], -0.017_451_318_744), (narrow.seen[1], -0.226_879_104_341)];
        assert!(known.iter().all(|(found, known)| (found - known).abs() < 1e-12), "{known:?}");
    }

    #[test]
    fn before_anything_is_seen_a_row_is_the_action_alone_and_copies_look_alike() {
        let map = ReservoirMap::for_critic(&tiger(), 3, 4, 0).expect("small");
        assert_eq!((map.dimension(0), map.stacked()), (3, 3 + 2 * 15));
        let mut memory = map.memory();
        map.start(&mut memory, &0);
        let row = dense(&map, &memory, 0, 2);
        assert!((row[2] - 1.0).abs() <= 0.0 && row.iter().filter(|x| x.abs() > 0.0).count() == 1);
        let split = tiger().split(3).expect("small");
        let of_copies = ReservoirMap::for_critic(&split, 3, 4, 0).expect("small");
        let mut memory = [map.memory(), map.memory()];
        map.start(&mut memory[0], &0);
        of_copies.start(&mut memory[1], &0);
        map.advance(&mut memory[0], 0, 1, &1);
        of_copies.advance(&mut memory[1], 0, 1, &5);
        assert_eq!(memory[0], memory[1]);
        assert!(map.remembers_like(&ReservoirMap::for_actor(&tiger(), 3, 4, 0).expect("small")));
        assert!(!map.remembers_like(&ReservoirMap::for_actor(&tiger(), 3, 4, 1).expect("small")));
    }

    /// The exact value is that of all histories, which a mean over episodes confirms.
    #[test]
    fn exact_values_are_enumerated_and_an_exact_critic_is_refused_in_words() {
        let map = |model: &Model| ReservoirMap::for_actor(model, 4, 6, 2).expect("small");
        let grid = find("grid").expect("a problem").definition([("side", 2.0)]).expect("within bounds");
        let grid = grid.tabular().expect("finitely many observations").model.clone();
        for model in [toggle(), tiger(), grid] {
            let (problem, policy) = (TabularProblem::new(model.clone()), LogLinear::new(map(&model)));
            let theta: Vec<f64> =
                (0..policy.parameters()).map(|i| ((7 * i + 3) % 11) as f64 / 8.0 - 0.6).collect();
            let mut prepared = Prepared::at(&policy, &theta);
            let mut value = |exact_operations| {
                let budget = Budget { exact_operations, episodes: 40_000 };
                let (simulator, mut rng) = (problem.instance(0), Generator::new(5));
                evaluate(Some(&model), &*simulator, &policy, &mut prepared, 0.9, budget, &mut rng)
            };
            let (exact, sampled) = (value(50_000_000), value(0));
            assert_eq!(exact.method, Method::Enumeration, "{}", model.name());
            let Method::MonteCarlo { standard_error, .. } = sampled.method else {
                panic!("it was not asked for")
            };
            // Four deviations; the seed is fixed.
            let apart = (exact.value_raw - sampled.value_raw).abs();
            assert!(apart < 4.0 * standard_error, "{}: {apart} of {standard_error}", model.name());
            let refused = map(&model).exact_critic(&model, &policy, &mut prepared, 0.9, u64::MAX);
            let refused = refused.expect_err("random functions").to_string();
            assert_eq!(refused, "random functions of the history cannot represent Q exactly");
        }
    }

    #[test]
    fn a_reservoir_that_does_not_fit_is_an_error() {
        let refused = ReservoirMap::for_critic(&tiger(), 11_000, 4096, 0).expect_err("too large");
        assert_eq!((refused.width, refused.components), (4096, 6 * 4096 + 3 * 11_000 * 4097));
        assert!(ReservoirMap::for_critic(&tiger(), 1000, 4096, 0).is_ok());
    }
}
