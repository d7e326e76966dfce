//! Heaven and hell look the same; a priest, far off, knows which is which: Geffner and Bonet (1998).

use super::registry::{Build, Entry, Parameter, Range};
use super::tables::{rewards, rows};
use crate::pomdp::{Model, ModelParts, Names, Values};

pub(super) const ENTRY: Entry = Entry {
    name: "heaven-hell",
    summary: "Two arms of a junction in the north end in heaven and hell; a priest in the south knows which.",
    source: "after Geffner, Bonet 1998, Solving large POMDPs using real time dynamic programming",
    parameters: &[Parameter {
        name: "n",
        default: 2.0,
        range: Range::Integer(1, 1000),
        meaning: "cells of each stretch: to the junction, of an arm, to the south, to the priest",
    }],
    optimum: Some("Σ γ^t over t = 6n - 1 + k (6n + 1), k = 0, 1, ..., with t < H"),
    exact: None,
    build: Build::Tabular(|values| Ok(heaven_hell(values.integer("n")))),
};

/// The cells of one case, each stretch numbered outwards.
#[derive(Clone, Copy)]
struct Map {
    n: usize,
}

const NORTH: usize = 0;
const SOUTH: usize = 1;
const EAST: usize = 2;
const WEST: usize = 3;

impl Map {
    fn cells(self) -> usize {
        5 * self.n + 1
    }

    /// The junction; the stretch to it is 1..=n, and the start is 0.
    fn junction(self) -> usize {
        self.n
    }

    fn west_end(self) -> usize {
        2 * self.n
    }

    fn east_end(self) -> usize {
        3 * self.n
    }

    fn south_corner(self) -> usize {
        4 * self.n
    }

    fn priest(self) -> usize {
        5 * self.n
    }

    fn is_end(self, cell: usize) -> bool {
        cell == self.west_end() || cell == self.east_end()
    }

    /// The stretch that a cell other than the start belongs to: where it begins, which way it leads out, and
    /// back.
    fn stretch(self, cell: usize) -> (usize, usize, usize) {
        [
            (0, NORTH, SOUTH),
            (self.junction(), WEST, EAST),
            (self.junction(), EAST, WEST),
            (0, SOUTH, NORTH),
            (self.south_corner(), EAST, WEST),
        ][(cell - 1) / self.n]
    }

    /// The cell that one step leads to; walls stop it.
    fn step(self, cell: usize, action: usize) -> usize {
        // From where several stretches begin, the first cell of the one that leads this way.
        for stretch in 0..5 {
            let first = stretch * self.n + 1;
            let (begin, out, _) = self.stretch(first);
            if begin == cell && out == action {
                return first;
            }
        }
        if cell == 0 {
            return cell;
        }
        let (begin, out, back) = self.stretch(cell);
        if action == back {
            if (cell - 1).is_multiple_of(self.n) { begin } else { cell - 1 }
        } else if action == out && !cell.is_multiple_of(self.n) {
            cell + 1
        } else {
            cell
        }
    }
}

/// State `c (5n + 1) + cell`, where heaven is in the west (c = 0) or in the east, equally likely; discount
/// 0.95.
///
/// Actions north, south, east, west. Entering heaven is worth +1, entering hell -1; any action there leads
/// back to the start, with the two drawn anew. One sees the cell, and at the priest's the case instead.
fn heaven_hell(n: usize) -> Model {
    let map = Map { n };
    let cells = map.cells();
    let states = 2 * cells;
    let both_starts = || vec![(0, 0.5), (cells, 0.5)];
    let mut start = vec![0.0; states];
    for (s, p) in both_starts() {
        start[s] = p;
    }
    let seen = (0..cells)
        .map(|cell| if cell == map.priest() { "heaven-west".into() } else { format!("cell-{cell}") });
    let names = ["heaven-west", "heaven-east"];
    Model::new(ModelParts {
        name: ENTRY.name.to_owned(),
        states: Names::List(
            names.iter().flat_map(|case| (0..cells).map(move |cell| format!("{case}-{cell}"))).collect(),
        ),
        actions: Names::list(&["north", "south", "east", "west"]),
        observations: Names::List(seen.chain(["heaven-east".to_owned()]).collect()),
        discount: 0.95,
        values: Values::Reward,
        start,
        transition: rows(states, 4, states, |a, s| {
            let (case, cell) = (s / cells, s % cells);
            if map.is_end(cell) { both_starts() } else { vec![(case * cells + map.step(cell, a), 1.0)] }
        }),
        // The priest's cell is the last one, so that the second case's sight of it is one further.
        observation: rows(cells + 1, 4, states, |_, s| {
            let (case, cell) = (s / cells, s % cells);
            vec![(if cell == map.priest() { cell + case } else { cell }, 1.0)]
        }),
        initial_observation: None,
        reward: rewards(4, states, |s, a| {
            let (case, cell) = (s / cells, s % cells);
            let next = map.step(cell, a);
            match (map.is_end(cell) || !map.is_end(next), next == map.west_end()) {
                (true, _) => 0.0,
                (false, west) if west == (case == 0) => 1.0,
                (false, _) => -1.0,
            }
        }),
        reward_range: None,
    })
    .expect("a valid problem")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pomdp::builtin::tests::assert_optimum;
    use crate::pomdp::discount_table;

    #[test]
    fn asking_the_priest_first_is_optimal_in_every_cycle() {
        for (n, horizons) in [(1, vec![1, 5, 6, 12, 13, 14, 20]), (2, vec![11, 12, 24, 25])] {
            let model = heaven_hell(n);
            for horizon in horizons {
                let powers = discount_table(0.95, horizon);
                let expected: f64 = powers.iter().skip(6 * n - 1).step_by(6 * n + 1).sum();
                assert_optimum(&model, horizon, expected);
            }
        }
    }

    #[test]
    fn every_step_can_be_taken_back_but_into_an_end() {
        let map = Map { n: 3 };
        for cell in 0..map.cells() {
            for (action, back) in [(NORTH, SOUTH), (SOUTH, NORTH), (EAST, WEST), (WEST, EAST)] {
                let next = map.step(cell, action);
                assert!(next == cell || map.step(next, back) == cell, "{cell} by {action}");
            }
        }
    }
}
