//! A truck that must remember whether it is loaded: Peshkin, Meuleau and Kaelbling (1999).

use super::registry::{Build, Entry, Parameter, Range};
use super::tables::{rewards, rows};
use crate::pomdp::{Model, ModelParts, Names, Values};

pub(super) const ENTRY: Entry = Entry {
    name: "load-unload",
    summary: "A truck is loaded at the left end of a road and unloaded at the right; it sees the ends, not its load.",
    source: "after Peshkin, Meuleau, Kaelbling 1999, Learning policies with external memory",
    parameters: &[Parameter {
        name: "n",
        default: 5.0,
        range: Range::Integer(2, 1000),
        meaning: "cells of the road",
    }],
    optimum: Some("n = 2: 1/2 + Σ_{t=1..H-1} γ^t"),
    exact: None,
    build: Build::Tabular(|values| Ok(load_unload(values.integer("n")))),
};

/// States are empty at each of `n` cells, then loaded at each; actions left and right, discount 0.95.
///
/// At an end, driving on means staying. Each change of load, on arrival at an end, is worth 1. For 5 cells
/// the same problem as `configs/problems/load-unload.POMDP`.
fn load_unload(n: usize) -> Model {
    let last = n - 1;
    // Where one arrives, and whether the load changes there.
    let arrive = |a: usize, s: usize| {
        let (loaded, cell) = (s >= n, s % n);
        let cell = if a == 0 { cell.saturating_sub(1) } else { (cell + 1).min(last) };
        let after = cell == 0 || (loaded && cell != last);
        (cell + if after { n } else { 0 }, after != loaded)
    };
    let names = ["empty", "loaded"].iter().flat_map(|load| (0..n).map(move |cell| format!("{load}-{cell}")));
    let states = 2 * n;
    Model::new(ModelParts {
        name: ENTRY.name.to_owned(),
        states: Names::List(names.collect()),
        actions: Names::list(&["left", "right"]),
        observations: Names::list(&["loading", "travel", "unloading"]),
        discount: 0.95,
        values: Values::Reward,
        start: vec![1.0 / states as f64; states],
        transition: rows(states, 2, states, |a, s| vec![(arrive(a, s).0, 1.0)]),
        observation: rows(3, 2, states, |_, s| {
            vec![(
                if s % n == 0 {
                    0
                } else if s % n == last {
                    2
                } else {
                    1
                },
                1.0,
            )]
        }),
        initial_observation: None,
        reward: rewards(2, states, |s, a| f64::from(u8::from(arrive(a, s).1))),
        reward_range: None,
    })
    .expect("a valid problem")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pomdp::builtin::tests::assert_optimum;

    #[test]
    fn five_cells_are_the_problem_of_the_file() {
        let bytes = include_bytes!("../../../configs/problems/load-unload.POMDP");
        let file = crate::pomdp::file::parse(bytes, "load-unload").expect("a problem file");
        assert_eq!(load_unload(5), file.model);
    }

    #[test]
    fn two_cells_have_their_closed_form() {
        let (model, mut expected, mut power) = (load_unload(2), 0.5, 1.0);
        for horizon in 1..10 {
            assert_optimum(&model, horizon, expected);
            power *= 0.95;
            expected += power;
        }
    }
}
