//! Which rocks are worth sampling, seen better from nearby: Smith and Simmons (2004).

use super::draws::{Draws, Table};
use super::registry::{Build, Entry, Parameter, ParameterError, Range, within_limit};
use super::tables::{rewards, rows};
use crate::pomdp::{Model, ModelParts, Names, Values};

pub(super) const ENTRY: Entry = Entry {
    name: "rock-sample",
    summary: "A rover looks at rocks from afar, samples the good ones (+10, bad ones -10), and leaves in the east (+10).",
    source: "Smith, Simmons 2004, Heuristic search value iteration for POMDPs; rocks placed by a seed",
    parameters: &[
        Parameter { name: "n", default: 4.0, range: Range::Integer(1, 20), meaning: "side of the grid" },
        Parameter {
            name: "k",
            default: 2.0,
            range: Range::Integer(1, 10),
            meaning: "rocks, each good or bad",
        },
        Parameter {
            name: "d0",
            default: 20.0,
            range: Range::Real(0.01, 1000.0),
            meaning: "distance d at which the sensor's accuracy (1 + 2^(-d/d0))/2 is 3/4, in cells",
        },
        Parameter {
            name: "seed",
            default: 0.0,
            range: Range::Integer(0, 1 << 53),
            meaning: "what the rocks' places are drawn from",
        },
    ],
    optimum: Some("n = k = 1: 10 for H ≤ 2, 10 γ + 5 γ² for H ≥ 3, γ = 0.95"),
    exact: None,
    build: Build::Tabular(|values| {
        let seed = values.integer("seed") as u64;
        rock_sample(values.integer("n"), values.integer("k"), values.real("d0"), seed)
    }),
};

const NORTH: usize = 0;
const SOUTH: usize = 1;
const EAST: usize = 2;
const SAMPLE: usize = 4;
const FIRST_CHECK: usize = 5;

/// Accuracy of the sensor at Euclidean distance `d` from a rock: (1 + 2^(-d / d0)) / 2.
fn accuracy(d: f64, d0: f64) -> f64 {
    (1.0 + libm::exp2(-d / d0)) / 2.0
}

/// State `2^k · cell + rocks`: the rover's cell, row by row from the north-west, and bit i for a good rock i;
/// the last state is outside, absorbing.
///
/// Actions north, south, east, west, sample, and a check of each rock, which shows good or bad. The start is
/// the middle of the western edge, every set of good rocks equally likely. A sampled rock becomes bad.
/// Discount 0.95.
fn rock_sample(n: usize, k: usize, d0: f64, seed: u64) -> Result<Model, ParameterError> {
    if k > n * n {
        return Err(ParameterError::Contradiction("there are more rocks than cells"));
    }
    let sets = 1_usize << k;
    let states = within_limit(Some(((n * n) << k) as u64 + 1))?;
    let outside = states - 1;
    let rocks = Draws::new(seed, Table::Rocks, 0).subset(n * n, k);
    let rock_at = |cell: usize| rocks.iter().position(|&rock| rock == cell);
    let place = |cell: usize| ((cell / n) as f64, (cell % n) as f64);
    let distance = |one: usize, other: usize| {
        let ((x, y), (u, v)) = (place(one), place(other));
        ((x - u) * (x - u) + (y - v) * (y - v)).sqrt()
    };
    let leaves = |s: usize, a: usize| a == EAST && s != outside && s / sets % n + 1 == n;
    let next = |s: usize, a: usize| {
        if s == outside || leaves(s, a) {
            return outside;
        }
        let (cell, good) = (s / sets, s % sets);
        let (cell, good) = match a {
            NORTH => (if cell < n { cell } else { cell - n }, good),
            SOUTH => (if cell + n < n * n { cell + n } else { cell }, good),
            EAST => (cell + 1, good),
            SAMPLE => (cell, rock_at(cell).map_or(good, |rock| good & !(1 << rock))),
            a if a >= FIRST_CHECK => (cell, good),
            _ => (if cell.is_multiple_of(n) { cell } else { cell - 1 }, good),
        };
        cell * sets + good
    };
    let actions = FIRST_CHECK + k;
    let names = ["north", "south", "east", "west", "sample"].map(str::to_owned);
    let mut start = vec![0.0; states];
    start[n / 2 * n * sets..][..sets].fill(1.0 / sets as f64);
    Ok(Model::new(ModelParts {
        name: ENTRY.name.to_owned(),
        states: Names::Count(states),
        actions: Names::List(names.into_iter().chain((0..k).map(|rock| format!("check-{rock}"))).collect()),
        observations: Names::list(&["none", "good", "bad"]),
        discount: 0.95,
        values: Values::Reward,
        start,
        transition: rows(states, actions, states, |a, s| vec![(next(s, a), 1.0)]),
        observation: rows(3, actions, states, |a, s| {
            if s == outside || a < FIRST_CHECK {
                return vec![(0, 1.0)];
            }
            let rock = a - FIRST_CHECK;
            let right = accuracy(distance(s / sets, rocks[rock]), d0);
            let (truth, error) = if (s % sets) >> rock & 1 == 1 { (1, 2) } else { (2, 1) };
            vec![(truth, right), (error, 1.0 - right)]
        }),
        initial_observation: None,
        reward: rewards(actions, states, |s, a| {
            let sampled = (s != outside && a == SAMPLE).then(|| rock_at(s / sets)).flatten();
            match sampled {
                Some(rock) if (s % sets) >> rock & 1 == 1 => 10.0,
                Some(_) => -10.0,
                None => {
                    if leaves(s, a) {
                        10.0
                    } else {
                        0.0
                    }
                }
            }
        }),
        reward_range: None,
    })
    .expect("a valid problem"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pomdp::builtin::tests::assert_optimum;

    #[test]
    fn one_rock_in_one_cell_is_checked_if_there_is_time() {
        let model = rock_sample(1, 1, 20.0, 0).expect("small");
        for (horizon, expected) in
            [(1, 10.0), (2, 10.0), (3, 9.5 + 5.0 * 0.95 * 0.95), (5, 9.5 + 5.0 * 0.95 * 0.95)]
        {
            assert_optimum(&model, horizon, expected);
        }
    }

    #[test]
    fn leaving_takes_as_many_steps_as_there_are_columns() {
        let model = rock_sample(3, 1, 0.01, 1).expect("small");
        assert_optimum(&model, 2, 0.0);
    }

    #[test]
    fn the_sensor_is_certain_at_the_rock_and_right_three_times_in_four_at_d0() {
        assert!((accuracy(0.0, 20.0) - 1.0).abs() < 1e-15);
        assert!((accuracy(20.0, 20.0) - 0.75).abs() < 1e-15);
        assert!((accuracy(1e6, 20.0) - 0.5).abs() < 1e-15);
    }

    #[test]
    fn the_usual_sizes_fit() {
        assert_eq!(rock_sample(7, 8, 20.0, 0).expect("12 545 states").states(), 12_545);
        assert_eq!(rock_sample(20, 10, 20.0, 0), Err(ParameterError::TooManyStates));
        assert!(matches!(rock_sample(2, 5, 20.0, 0), Err(ParameterError::Contradiction(_))));
    }
}
