//! Mazes from a map, in which one knows neither where one is nor where one looks: after Littman's hallways
//! (1995).

use super::registry::{Build, Entry, Parameter, Range};
use super::tables::{rewards, rows};
use crate::pomdp::{Model, ModelParts, Names, Values};
use thiserror::Error;

pub(super) const ENTRY: Entry = Entry {
    name: "maze",
    summary: "A robot in a hallway of 15 cells and 4 headings senses the walls around it and looks for the goal.",
    source: "after Littman, Cassandra, Kaelbling 1995, Learning policies for partially observable environments",
    parameters: &[SLIP, NOISE],
    optimum: None,
    exact: None,
    build: Build::Tabular(|values| {
        Ok(maze(MAP, values.real("slip"), values.real("noise")).expect("a map with a goal"))
    }),
};

const SLIP: Parameter = Parameter {
    name: "slip",
    default: 0.1,
    range: Range::Real(0.0, 1.0),
    meaning: "probability that a movement does not happen",
};

const NOISE: Parameter = Parameter {
    name: "noise",
    default: 0.05,
    range: Range::Real(0.0, 0.5),
    meaning: "probability that the sensor of one side is wrong",
};

/// The map of the built-in maze.
const MAP: &str = "\
#############
#...........#
##.##.##.G###
#############
";

/// Headings and sides, clockwise from the north: change of row, change of column.
const SIDES: [(isize, isize); 4] = [(-1, 0), (0, 1), (1, 0), (0, -1)];
const FORWARD: usize = 1;
/// Quarter turns clockwise of each action.
const TURNS: [usize; 5] = [0, 0, 3, 1, 2];
/// Number of patterns of four walls; the goal is one observation more.
const WALL_PATTERNS: usize = 16;

/// A map that is none.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MazeError {
    /// A character other than `#`, `.`, space, `S` and `G`.
    #[error("line {line}, column {column} of the map is {found:?}, not `#`, `.`, a space, `S` or `G`")]
    Character {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What stands there.
        found: char,
    },
    /// No `G`, or nothing but goals.
    #[error("a map needs a goal, `G`, and a cell that is none")]
    NoGoal,
}

/// The maze of a map: `#` and what lies beyond the map is wall, `.` or a space a free cell, `S` a cell to
/// start in, `G` a goal.
///
/// State `4 · cell + heading`; actions stay, forward, left, right (quarter turns) and around. A movement does
/// not happen with probability `slip`; walls stop it. One sees a pattern of walls, with 1, 2, 4 and 8 for one
/// ahead, to the right, behind and to the left, each side wrong with probability `noise`, and the goal for
/// certain. Entering a goal is worth 1; any action there leads to a uniform heading in a uniform one of the
/// starting cells, which are all but goals where there is no `S`. There the first episode begins as well.
/// Discount 0.95.
///
/// ```
/// let corridor = dpac::pomdp::builtin::maze("#####\n#S.G#\n#####", 0.0, 0.0).expect("a map");
/// assert_eq!((corridor.states(), corridor.actions(), corridor.observations()), (12, 5, 17));
/// ```
///
/// # Errors
/// [`MazeError`] where the map is none.
///
/// # Panics
/// If `slip` or `noise` is no probability.
pub fn maze(map: &str, slip: f64, noise: f64) -> Result<Model, MazeError> {
    let cells = Cells::read(map)?;
    let states = 4 * cells.places.len();
    let starts = cells.starts();
    let step = |s: usize, a: usize| {
        let (cell, heading) = (s / 4, s % 4);
        let cell = if a == FORWARD { cells.beside(cell, heading).unwrap_or(cell) } else { cell };
        4 * cell + (heading + TURNS[a]) % 4
    };
    let pattern = |s: usize| {
        (0..4)
            .filter(|side| cells.beside(s / 4, (s % 4 + side) % 4).is_none())
            .fold(0, |sum, side| sum | 1 << side)
    };
    let mut start = vec![0.0; states];
    for &(s, p) in &starts {
        start[s] = p;
    }
    let is_goal = |s: usize| cells.goal[s / 4];
    Ok(Model::new(ModelParts {
        name: ENTRY.name.to_owned(),
        states: Names::Count(states),
        actions: Names::list(&["stay", "forward", "left", "right", "around"]),
        observations: Names::Count(WALL_PATTERNS + 1),
        discount: 0.95,
        values: Values::Reward,
        start,
        transition: rows(states, 5, states, |a, s| {
            if is_goal(s) { starts.clone() } else { vec![(step(s, a), 1.0 - slip), (s, slip)] }
        }),
        observation: rows(WALL_PATTERNS + 1, 5, states, |_, s| {
            if is_goal(s) {
                return vec![(WALL_PATTERNS, 1.0)];
            }
            let right = |seen: usize, side: usize| (seen ^ pattern(s)) >> side & 1 == 0;
            let of_side = |seen, side| if right(seen, side) { 1.0 - noise } else { noise };
            (0..WALL_PATTERNS).map(|seen| (seen, (0..4).map(|side| of_side(seen, side)).product())).collect()
        }),
        initial_observation: None,
        reward: rewards(5, states, |s, a| if !is_goal(s) && is_goal(step(s, a)) { 1.0 - slip } else { 0.0 }),
        reward_range: Some((0.0, 1.0)),
    })
    .expect("probabilities, and a goal"))
}

/// The cells of a map that are no wall.
struct Cells {
    /// Line and column of each.
    places: Vec<(isize, isize)>,
    goal: Vec<bool>,
    marked: Vec<bool>,
}

impl Cells {
    fn read(map: &str) -> Result<Self, MazeError> {
        let mut cells = Cells { places: Vec::new(), goal: Vec::new(), marked: Vec::new() };
        for (line, text) in map.lines().enumerate() {
            for (column, found) in text.chars().enumerate() {
                match found {
                    '#' => {}
                    '.' | ' ' | 'S' | 'G' => {
                        cells.places.push((line as isize, column as isize));
                        cells.goal.push(found == 'G');
                        cells.marked.push(found == 'S');
                    }
                    found => return Err(MazeError::Character { line: line + 1, column: column + 1, found }),
                }
            }
        }
        let goals = cells.goal.iter().filter(|&&goal| goal).count();
        if goals == 0 || goals == cells.goal.len() { Err(MazeError::NoGoal) } else { Ok(cells) }
    }

    /// The cell on one side of another; `None` for a wall. Places ascend.
    fn beside(&self, cell: usize, side: usize) -> Option<usize> {
        let ((line, column), (down, right)) = (self.places[cell], SIDES[side]);
        self.places.binary_search(&(line + down, column + right)).ok()
    }

    /// Every heading in every cell to start in, equally likely.
    fn starts(&self) -> Vec<(usize, f64)> {
        let any_marked = self.marked.contains(&true);
        let cells: Vec<usize> = (0..self.places.len())
            .filter(|&cell| if any_marked { self.marked[cell] } else { !self.goal[cell] })
            .collect();
        let p = 1.0 / (4 * cells.len()) as f64;
        cells.into_iter().flat_map(|cell| (0..4).map(move |heading| (4 * cell + heading, p))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pomdp::builtin::tests::assert_optimum;

    #[test]
    fn the_built_in_maze_has_60_states() {
        let model = maze(MAP, 0.1, 0.05).expect("a map");
        assert_eq!((model.states(), model.observations()), (60, 17));
    }

    #[test]
    fn two_cells_have_their_closed_form() {
        // Forward pays if one looks east by chance. Otherwise the walls tell the heading: turn, go. After a
        // goal one is put back, sees the walls, and looks east again with probability 1/4.
        let model = maze("SG", 0.0, 0.0).expect("a map");
        let g = 0.95;
        assert_optimum(&model, 1, 0.25);
        assert_optimum(&model, 2, 0.25);
        assert_optimum(&model, 3, 0.25 + g * g * (0.75 + 0.0625));
    }

    #[test]
    fn movements_that_do_not_happen_earn_nothing() {
        let model = maze("SG", 0.4, 0.0).expect("a map");
        assert_optimum(&model, 1, 0.25 * 0.6);
        assert_optimum(&maze("SG", 1.0, 0.0).expect("a map"), 4, 0.0);
    }

    #[test]
    fn what_is_no_map_is_refused() {
        assert_eq!(maze("S.", 0.0, 0.0), Err(MazeError::NoGoal));
        assert_eq!(maze("GG", 0.0, 0.0), Err(MazeError::NoGoal));
        let character = MazeError::Character { line: 2, column: 3, found: 'x' };
        assert_eq!(maze("SG\n##x", 0.0, 0.0), Err(character));
    }
}
