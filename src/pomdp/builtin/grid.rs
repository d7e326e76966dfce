//! A square map with rewards all around its border: one sees the cell, or the square that it lies in.

use super::registry::{Build, Entry, Parameter, Range, within_limit};
use super::tables::{complement, rewards, rows};
use crate::pomdp::{Model, ModelParts, Names, Values};

pub(super) const ENTRY: Entry = Entry {
    name: "grid",
    summary: "A map of K × K cells, seen or half seen; each step of the way around its border is worth 1.",
    source: "our own, after the maps that are split among agents of Yang, Cen, Wei, Chen, Chi 2024, arXiv 2311.00201",
    parameters: &[
        Parameter {
            name: "side",
            default: 4.0,
            range: Range::Integer(2, 128),
            meaning: "K, cells on each side of the map",
        },
        Parameter {
            name: "slip",
            default: 0.1,
            range: Range::Real(0.0, 1.0),
            meaning: "probability that a movement does not happen",
        },
        Parameter {
            name: "blur",
            default: 1.0,
            range: Range::Integer(1, 128),
            meaning: "cells on each side of the squares whose cells look alike; 1: one sees the cell",
        },
    ],
    optimum: Some("(1 - slip) Σ_{t<H} γ^t with blur = 1"),
    exact: Some(
        "with blur = 1 the last observation shows the state: windows of 1 pair or more, for every policy of that memory",
    ),
    build: Build::Tabular(|values| {
        let states = values.integer("side") as u64 * values.integer("side") as u64;
        within_limit(Some(states))?;
        Ok(grid(values.integer("side"), values.real("slip"), values.integer("blur")))
    }),
};

const NORTH: usize = 0;
const EAST: usize = 1;
const SOUTH: usize = 2;
const WEST: usize = 3;

/// Cell (row, column) is state `row · side + column`, so that equal shares of the states are bands of rows;
/// actions north, east, south, west; discount 0.95.
///
/// The way leads around the border, clockwise. A step of it is worth 1, or less what slips; nothing else is
/// worth anything. Beyond the border one stays where one is. One starts anywhere on the border, and sees
/// where one is before the first action as well.
fn grid(side: usize, slip: f64, blur: usize) -> Model {
    let map = Map { side };
    let states = side * side;
    let squares = side.div_ceil(blur);
    let square = |s: usize| (s / side / blur) * squares + s % side / blur;
    let show = |s: usize| vec![(square(s), 1.0)];
    let border = 4 * (side - 1);
    let named = |what: &str, side: usize| {
        Names::List((0..side * side).map(|i| format!("{what}-{}-{}", i / side, i % side)).collect())
    };
    Model::new(ModelParts {
        name: ENTRY.name.to_owned(),
        states: named("cell", side),
        actions: Names::list(&["north", "east", "south", "west"]),
        observations: named(if blur == 1 { "cell" } else { "square" }, squares),
        discount: 0.95,
        values: Values::Reward,
        start: (0..states)
            .map(|s| if map.onwards(s).is_some() { 1.0 / border as f64 } else { 0.0 })
            .collect(),
        transition: rows(states, 4, states, |a, s| vec![(map.beside(s, a), complement(slip)), (s, slip)]),
        observation: rows(squares * squares, 4, states, |_, s| show(s)),
        initial_observation: Some(rows(squares * squares, 1, states, |_, s| show(s))),
        reward: rewards(4, states, |s, a| if map.onwards(s) == Some(a) { complement(slip) } else { 0.0 }),
        reward_range: Some((0.0, 1.0)),
    })
    .expect("a valid problem")
}

struct Map {
    side: usize,
}

impl Map {
    /// The cell on one side of another; beyond the border, the cell itself.
    fn beside(&self, s: usize, direction: usize) -> usize {
        let (row, column, last) = (s / self.side, s % self.side, self.side - 1);
        match direction {
            NORTH if row > 0 => s - self.side,
            EAST if column < last => s + 1,
            SOUTH if row < last => s + self.side,
            WEST if column > 0 => s - 1,
            _ => s,
        }
    }

    /// The direction of the way around; `None` inside.
    fn onwards(&self, s: usize) -> Option<usize> {
        let (row, column, last) = (s / self.side, s % self.side, self.side - 1);
        match (row, column) {
            (0, column) if column < last => Some(EAST),
            (row, column) if column == last && row < last => Some(SOUTH),
            (row, column) if row == last && column > 0 => Some(WEST),
            (_, 0) => Some(NORTH),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pomdp::builtin::tests::{assert_optimum, raw_optimum};

    #[test]
    fn going_around_is_optimal_on_maps_of_every_size() {
        for (side, slip) in [(2, 0.0), (3, 0.25), (5, 0.1), (4, 1.0)] {
            let (model, mut expected, mut power) = (grid(side, slip, 1), 0.0, 1.0);
            for horizon in 1..7 {
                expected += power * (1.0 - slip);
                power *= 0.95;
                assert_optimum(&model, horizon, expected);
            }
        }
    }

    #[test]
    fn the_way_comes_back_after_every_cell_of_the_border() {
        for side in 2..7 {
            let map = Map { side };
            let mut seen = vec![false; side * side];
            let mut s = 0;
            for _ in 0..4 * (side - 1) {
                assert!(!std::mem::replace(&mut seen[s], true), "side {side}");
                let onwards = map.onwards(s).expect("a cell of the border");
                assert_ne!(map.beside(s, onwards), s);
                s = map.beside(s, onwards);
            }
            assert_eq!(s, 0, "side {side}");
            assert!((0..side * side).all(|s| seen[s] == map.onwards(s).is_some()), "side {side}");
        }
    }

    /// Whoever sees one square knows of the start only that it is on the border: at best one guesses the
    /// direction of the most cells.
    #[test]
    fn a_map_that_is_one_square_shows_nothing() {
        let blind = grid(3, 0.0, 3);
        assert_eq!(
            (blind.observations(), grid(3, 0.0, 2).observations(), grid(3, 0.0, 1).observations()),
            (1, 4, 9)
        );
        assert_optimum(&blind, 1, 0.25);
        for horizon in 2..5 {
            assert!(raw_optimum(&blind, horizon) < raw_optimum(&grid(3, 0.0, 1), horizon) - 0.1);
        }
    }
}
