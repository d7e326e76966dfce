//! Random problems of any size, always the same ones, and how large their tables are.

use dpac::pomdp::{Generator, Model, ModelParts, Names, SparseRows, TabularProblem, Values};
use rand::Rng;

/// The sizes of a problem.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) states: usize,
    pub(super) actions: usize,
    pub(super) observations: usize,
    /// Successors of each (state, action).
    pub(super) successors: usize,
    /// Observations that may follow each (action, successor).
    pub(super) seen: usize,
}

impl Shape {
    /// A problem of this shape: places and weights of the entries are uniform, and so are rewards in [0, 1)
    /// and the first state. Nothing is seen before the first action.
    pub(super) fn problem(self) -> TabularProblem {
        let Shape { states, actions, observations, .. } = self;
        let mut rng = Generator::new(0xda94_2042_e4dd_58b5_1405_7b7e_f767_814f);
        let model = Model::new(ModelParts {
            name: "generated".into(),
            states: Names::Count(states),
            actions: Names::Count(actions),
            observations: Names::Count(observations),
            discount: 0.95,
            values: Values::Reward,
            start: vec![1.0 / states as f64; states],
            transition: rows(actions * states, states, self.successors, &mut rng),
            observation: rows(actions * states, observations, self.seen, &mut rng),
            initial_observation: None,
            reward: (0..actions * states).map(|_| unit(&mut rng)).collect(),
            reward_range: Some((0.0, 1.0)),
        });
        TabularProblem::new(model.expect("distributions"))
    }

    /// Bytes of the tables that a step reads: alias buckets (a 64-bit threshold and two 32-bit outcomes for
    /// each nonzero), where rows begin, and rewards. The start distribution, which only a first step reads,
    /// is one bucket for each state.
    pub(super) fn bytes(self) -> usize {
        const BUCKET: usize = 16;
        let rows = self.states * self.actions;
        let alias = |nonzeros_of_row: usize| rows * nonzeros_of_row * BUCKET + (rows + 1) * size_of::<u32>();
        let start = self.states * BUCKET;
        alias(self.successors) + alias(self.seen) + rows * size_of::<f64>() + start
    }
}

/// Rows of `nonzeros` different columns each.
fn rows(rows: usize, columns: usize, nonzeros: usize, rng: &mut Generator) -> SparseRows {
    let row = |_| {
        let mut chosen: Vec<u32> =
            if nonzeros == columns { (0..columns as u32).collect() } else { Vec::new() };
        while chosen.len() < nonzeros {
            let column = (rng.next_u64() % columns as u64) as u32;
            if let Err(place) = chosen.binary_search(&column) {
                chosen.insert(place, column);
            }
        }
        let weights: Vec<f64> = chosen.iter().map(|_| 0.1 + unit(rng)).collect();
        let sum: f64 = weights.iter().sum();
        chosen.into_iter().zip(weights.into_iter().map(|weight| weight / sum).collect::<Vec<_>>())
    };
    SparseRows::from_rows(columns, (0..rows).map(row))
}

/// Uniform in [0, 1).
fn unit(rng: &mut Generator) -> f64 {
    (rng.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0
}
