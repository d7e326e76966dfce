//! A walk on a line where one sees well only near a light: Sunberg and Kochenderfer (2018).

use super::registry::{Build, Entry};
use super::tables::{rewards, rows};
use crate::pomdp::{GaussianModel, Model, ModelParts, Names, Sensor, Values};

pub(super) const ENTRY: Entry = Entry {
    name: "simple-light-dark",
    summary: "A walk on a line in the dark: see where you are near the light at 10, then stop at 0.",
    source: "Sunberg, Kochenderfer 2018, Online algorithms for POMDPs with continuous state, action, and observation spaces",
    parameters: &[],
    exact: Some("beliefs of degree 1, for policies that look at nothing; no features here are for others"),
    optimum: None,
    build: Build::Gaussian(|_| Ok(simple_light_dark())),
};

/// Positions go from -EDGE to EDGE.
const EDGE: i64 = 60;
/// The walk starts at most this far from 0, each position equally likely.
const START: i64 = 30;
const LIGHT: i64 = 10;
/// The third one stops.
const ACTIONS: [i64; 5] = [-10, -1, 0, 1, 10];

/// States are the positions -60, ..., 60 and `stopped`; actions add -10, -1, 1 or 10 for a reward of -1,
/// clamped to the line, or stop: 100 at 0, -100 elsewhere. Discount 0.95.
///
/// After a move to s one sees `N(s, (|s - 10| + 1e-4)²)`; stopping shows nothing. Nothing counts afterwards:
/// every action stays in `stopped` for a reward of 0, and moves show `N(0, 1)` there. The authors report
/// returns of at most 61.1, of planners that go on until they stop.
fn simple_light_dark() -> GaussianModel {
    let positions = (2 * EDGE + 1) as usize;
    let (states, stopped) = (positions + 1, positions);
    let position = |s: usize| s as i64 - EDGE;
    let next = |a: usize, s: usize| {
        if ACTIONS[a] == 0 || s == stopped {
            stopped
        } else {
            ((position(s) + ACTIONS[a]).clamp(-EDGE, EDGE) + EDGE) as usize
        }
    };
    let starts = (0..states).map(|s| s < positions && position(s).abs() <= START);
    let probability = 1.0 / (2 * START + 1) as f64;
    let names = (0..positions).map(|s| position(s).to_string()).chain(["stopped".to_owned()]);
    let hidden = Model::new(ModelParts {
        name: ENTRY.name.to_owned(),
        states: Names::List(names.collect()),
        actions: Names::List(ACTIONS.iter().map(ToString::to_string).collect()),
        observations: Names::Count(1),
        discount: 0.95,
        values: Values::Reward,
        start: starts.map(|here| if here { probability } else { 0.0 }).collect(),
        transition: rows(states, ACTIONS.len(), states, |a, s| vec![(next(a, s), 1.0)]),
        observation: rows(1, ACTIONS.len(), states, |_, _| vec![(0, 1.0)]),
        initial_observation: None,
        reward: rewards(ACTIONS.len(), states, |s, a| match (ACTIONS[a], s) {
            (_, s) if s == stopped => 0.0,
            (0, s) => {
                if position(s) == 0 {
                    100.0
                } else {
                    -100.0
                }
            }
            _ => -1.0,
        }),
        reward_range: None,
    });
    let sensor = |a: usize, s: usize| {
        let seen = if s == stopped {
            Sensor { mean: 0.0, deviation: 1.0 }
        } else {
            let deviation = (position(s) - LIGHT).abs() as f64 + 1e-4;
            Sensor { mean: position(s) as f64, deviation }
        };
        (ACTIONS[a] != 0).then_some(seen)
    };
    let pairs = (0..ACTIONS.len()).flat_map(|a| (0..states).map(move |s| (a, s)));
    let sensors = pairs.map(|(a, s)| sensor(a, s)).collect();
    GaussianModel::new(hidden.expect("a valid problem"), sensors).expect("sensors that fit")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::open_loop_value;
    use crate::pomdp::analysis::bounds;

    fn raw(model: &GaussianModel, probabilities: &[[f64; 5]]) -> f64 {
        let rows: Vec<Vec<f64>> = probabilities.iter().map(|row| row.to_vec()).collect();
        open_loop_value(model.hidden(), &rows, 0.95, 1_000_000).expect("small").value
    }

    #[test]
    fn open_loop_policies_have_the_values_computed_by_hand() {
        let model = simple_light_dark();
        let always = |a: usize, steps: usize| {
            let mut row = [0.0; 5];
            row[a] = 1.0;
            raw(&model, &vec![row; steps])
        };
        // One of 61 positions is 0; what follows stopping is worth nothing.
        let stop = (100.0 - 60.0 * 100.0) / 61.0;
        for steps in [1, 2, 7] {
            assert!((always(2, steps) - stop).abs() < 1e-9);
        }
        for a in [0, 1, 3, 4] {
            assert!((always(a, 3) + 1.0 + 0.95 + 0.9025).abs() < 1e-9);
        }
        // After at most three moves each way to 0 still comes from one position, so that no move changes what
        // stopping is worth.
        let step = (stop - 4.0) / 5.0;
        let uniform = (0..4).map(|h| libm::pow(0.95 * 0.8, f64::from(h)) * step).sum::<f64>();
        assert!((raw(&model, &[[0.2; 5]; 4]) - uniform).abs() < 1e-9);
        // 30 + 10 · 9 > 60: from the positions above -30 one ends at 60, from -30 as well, and six steps back
        // lead to 0.
        let (up, down) = ([0.0, 0.0, 0.0, 0.0, 1.0], [1.0, 0.0, 0.0, 0.0, 0.0]);
        let plan: Vec<_> = [up; 9].into_iter().chain([down; 6]).chain([[0.0, 0.0, 1.0, 0.0, 0.0]]).collect();
        let moves = (0..15).map(|h| libm::pow(0.95, f64::from(h))).sum::<f64>();
        assert!((raw(&model, &plan) - (100.0 * libm::pow(0.95, 15.0) - moves)).abs() < 1e-9);
    }

    #[test]
    fn whoever_sees_the_position_walks_straight_to_0() {
        let mut sum = 0.0;
        for position in -START..=START {
            let (tens, ones) = (position.abs() / 10, position.abs() % 10);
            let moves = (tens + ones).min(tens + 1 + 10 - ones) as i32;
            let power = libm::pow(0.95, f64::from(moves));
            sum += 100.0 * power - (1.0 - power) / 0.05;
        }
        let upper = bounds(simple_light_dark().hidden(), 12, 0.95).upper;
        assert!((upper - sum / 61.0).abs() < 1e-9, "{upper}");
    }

    #[test]
    fn one_sees_well_only_near_the_light() {
        let model = simple_light_dark();
        let at = |position: i64| model.sensor(1, (position + EDGE) as usize).expect("a sensor");
        assert_eq!(at(10), Sensor { mean: 10.0, deviation: 1e-4 });
        assert_eq!(at(-60), Sensor { mean: -60.0, deviation: 70.0 + 1e-4 });
        assert!((0..122).all(|s| model.sensor(2, s).is_none() && model.sensor(3, s).is_some()));
        assert_eq!(model.hidden().state_names().name(121), "stopped");
    }
}
