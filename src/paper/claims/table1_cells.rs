//! Problems, horizons and numbers of observations of Table 1.

use crate::planning::Shape;

/// A problem of some length that shows so many copies of each observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) problem: Problem,
    pub(super) horizon: usize,
    pub(super) copies: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    Tiger,
    Toggle,
}

pub(super) const PROBLEMS: [Problem; 2] = [Problem::Tiger, Problem::Toggle];
pub(super) const HORIZONS: [usize; 5] = [2, 3, 4, 5, 6];
pub(super) const COPIES: [usize; 3] = [1, 2, 4];
/// The horizon of what stands beside the paper's columns, and of what was tuned.
pub(super) const MIDDLE: usize = 4;

impl Problem {
    /// As configurations call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Problem::Tiger => "tiger",
            Problem::Toggle => "toggle",
        }
    }

    pub(super) fn actions(self) -> usize {
        match self {
            Problem::Tiger => 3,
            Problem::Toggle => 2,
        }
    }

    /// All its cells, by horizon.
    pub(super) fn cells(self) -> impl Iterator<Item = Cell> {
        HORIZONS
            .into_iter()
            .flat_map(move |horizon| COPIES.map(|copies| Cell { problem: self, horizon, copies }))
    }
}

impl Cell {
    /// |O|.
    pub(super) fn observations(self) -> usize {
        2 * self.copies
    }

    /// Its tree of histories. On Tiger nothing is seen before the first action.
    pub(super) fn shape(self) -> Shape {
        let observations = self.observations();
        let first = match self.problem {
            Problem::Tiger => 1,
            Problem::Toggle => observations,
        };
        Shape { first, actions: self.problem.actions(), observations, horizon: self.horizon }
    }
}
