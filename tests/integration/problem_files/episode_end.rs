//! `reset` read as the end of an episode: values by hand, and what is added to the file.

#![expect(clippy::float_cmp, reason = "these numbers are exact")]

use super::*;
use dpac::exact::{SolveLimits, solve};
use dpac::pomdp::file::{Reset, ResetRows};

fn options(reset: Reset) -> ReadOptions {
    let mut options = ReadOptions::strict();
    options.reset = reset;
    options
}

fn read_as(reset: Reset, source: &str) -> ProblemFile {
    file::parse_with(source.as_bytes(), "case", options(reset)).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

fn optimum(file: &ProblemFile, horizon: usize, gamma: f64) -> f64 {
    let solution = solve(&file.model, horizon, gamma, SolveLimits::default()).expect("a small problem");
    solution.value().expect("few beliefs")
}

/// A reward of 1 and back to the start, or nothing.
const RETURN: &str = "discount: 0.5 values: reward states: home away actions: go rest observations: 2
start: home
T: * identity
T: go : * reset
O: * : home 1 0
O: * : away 0 1
R: go : home : * : * 1
";

#[test]
fn episode_goes_on_or_stops_with_the_reward_of_the_resetting_action() {
    let (goes_on, ends) = (read_as(Reset::Continue, RETURN), read_as(Reset::End, RETURN));
    for (horizon, sum) in [(1, 1.0), (2, 1.5), (3, 1.75)] {
        assert_eq!((optimum(&goes_on, horizon, 0.5), optimum(&ends, horizon, 0.5)), (sum, 1.0));
    }
    assert_eq!(goes_on.resets, ResetRows { rows: 2, read_as: Reset::Continue });
    assert_eq!(ends.resets, ResetRows { rows: 2, read_as: Reset::End });
}

/// Wait for evidence, right in three of four cases, or stop: 10 if the state is good, else -20.
const STOP: &str = "discount: 1 values: reward states: bad good actions: wait stop observations: dark light
start: 0.5 0.5
T: wait identity
T: stop : * reset
O: * 0.75 0.25 0.25 0.75
R: stop : good : * : * 10
R: stop : bad : * : * -20
";

#[test]
fn optimal_stopping_has_its_value_by_hand() {
    let file = read_as(Reset::End, STOP);
    // Stopping is worth 30 p - 20 when the state is good with probability p: only from p = 2/3 on is it worth
    // its while. After light p is 0.75; light twice 0.9, with probability 0.625; light and dark, in any
    // order, leave 0.5.
    assert_eq!(optimum(&file, 1, 1.0), 0.0);
    let two = 0.5 * 2.5;
    assert!((optimum(&file, 2, 1.0) - two).abs() < 1e-12);
    let three = 0.5 * (0.625 * 7.0);
    assert!((optimum(&file, 3, 1.0) - three).abs() < 1e-12);
    // At 0.9 waiting and stopping are worth the same; two steps are left at 0.5 after light and dark, or dark
    // and light.
    let four = 0.5 * (0.625 * 7.0 + 0.375 * two) + 0.5 * (0.375 * two);
    assert!((optimum(&file, 4, 1.0) - four).abs() < 1e-12);
}

#[test]
fn end_is_a_state_that_nothing_leaves_and_an_observation_that_tells_it() {
    let file = read_as(Reset::End, STOP);
    let model = &file.model;
    assert_eq!(model.state_names(), &Names::list(&["bad", "good", "end"]));
    assert_eq!(model.observation_names(), &Names::list(&["dark", "light", "end"]));
    assert_eq!(model.start(), [0.5, 0.5, 0.0]);
    let (wait, stop, end) = (0, 1, 2);
    for s in 0..3 {
        assert_eq!(model.transition().row(stop * 3 + s).collect::<Vec<_>>(), [(end, 1.0)]);
        let stays = model.transition().row(wait * 3 + s).collect::<Vec<_>>();
        assert_eq!(stays, [(s, 1.0)]);
    }
    for a in [wait, stop] {
        assert_eq!(model.observation().row(a * 3 + end).collect::<Vec<_>>(), [(2, 1.0)]);
        assert_eq!(model.observation().get(a * 3, 2), 0.0);
        assert_eq!(model.reward(end, a), 0.0);
    }
    assert_eq!(file.warnings, []);
}

#[test]
fn file_itself_stays_as_it_was() {
    let (goes_on, ends) = (read_as(Reset::Continue, STOP), read_as(Reset::End, STOP));
    for s in 0..2 {
        for a in 0..2 {
            assert_eq!(ends.model.reward(s, a).to_bits(), goes_on.model.reward(s, a).to_bits());
            let seen = |file: &ProblemFile, n: usize| {
                file.model.observation().row(a * n + s).collect::<Vec<(usize, f64)>>()
            };
            assert_eq!(seen(&ends, 3), seen(&goes_on, 2));
        }
    }
}

#[test]
fn pair_that_ends_keeps_its_mean_over_restarts() {
    // A restart from 0.25, 0.75 is seen as dark or light evenly when bad, always as light when good.
    let source = STOP.replace("start: 0.5 0.5", "start: 0.25 0.75").replace(
        "O: * 0.75 0.25 0.25 0.75\n",
        "O: wait 0.75 0.25 0.25 0.75\nO: stop 0.5 0.5 0 1\nR: * : * : * : * -1\n",
    ) + "R: stop : bad : good : light 8\nR: stop : bad : bad : light 4\n";
    let mean = 0.25 * (0.5 * -20.0 + 0.5 * 4.0) + 0.75 * 8.0;
    let (goes_on, ends) = (read_as(Reset::Continue, &source), read_as(Reset::End, &source));
    assert_eq!((goes_on.model.reward(0, 1), ends.model.reward(0, 1)), (mean, mean));
    // What a simulated episode earns on its way into the end, and there, is that mean and nothing.
    assert_eq!(ends.outcome_reward.get(1, 0, 2, 2), mean);
    assert_eq!(ends.outcome_reward.get(1, 1, 2, 2), 10.0);
    assert_eq!((ends.outcome_reward.get(0, 2, 2, 2), ends.model.reward(2, 0)), (0.0, 0.0));
    assert_eq!((ends.outcome_reward.get(0, 0, 0, 1), ends.model.reward(0, 0)), (-1.0, -1.0));
}

#[test]
fn costs_end_too() {
    let ends = read_as(Reset::End, &RETURN.replace("values: reward", "values: cost"));
    assert_eq!((ends.model.reward(0, 0), ends.model.reward(2, 0)), (-1.0, 0.0));
    assert_eq!(optimum(&ends, 3, 1.0), 0.0);
}

#[test]
fn added_elements_avoid_names_and_continue_numbers() {
    let taken = STOP.replace("dark light", "end end-1");
    assert_eq!(read_as(Reset::End, &taken).model.observation_names().name(2), "end-2");
    assert_eq!(read_as(Reset::End, &taken).model.state_names().name(2), "end");
    let numbered = read_as(Reset::End, RETURN);
    assert_eq!(numbered.model.observation_names(), &Names::Count(3));
}

#[test]
fn wildcards_and_words_do_not_reach_the_end() {
    let source = "discount: 1 values: reward states: 2 actions: out mix list observations: 2
        T: mix uniform T: list : * : * 0.5 T: out : 0 reset T: out : 1 identity O: * : * uniform R: * : * : * : * 3";
    let source = source.replace("T: out : 1 identity", "T: out : 1 : 1 1");
    let file = read_as(Reset::End, &source);
    let row = |row: usize| file.model.transition().row(row).collect::<Vec<_>>();
    assert_eq!((row(0), row(1)), (vec![(2, 1.0)], vec![(1, 1.0)]));
    assert_eq!((row(3), row(6)), (vec![(0, 0.5), (1, 0.5)], vec![(0, 0.5), (1, 0.5)]));
    assert_eq!((file.model.observation().get(0, 2), file.model.reward(2, 0)), (0.0, 0.0));
    assert_eq!(file.resets.rows, 1);
}

#[test]
fn overridden_reset_ends_nothing() {
    let source = STOP.to_owned() + "T: stop : good 0 1\n";
    let file = read_as(Reset::End, &source);
    assert_eq!(file.model.transition().row(3 + 1).collect::<Vec<_>>(), [(1, 1.0)]);
    assert_eq!(file.resets.rows, 1);
}

#[test]
fn numbers_on_top_of_an_end_break_its_row() {
    // Over a restart they replace two numbers by themselves; over an end they come on top of it.
    let source = STOP.to_owned() + "T: stop : good : bad 0.5\nT: stop : good : good 0.5\n";
    assert_eq!(read_as(Reset::Continue, &source).model.transition().get(2 + 1, 1), 0.5);
    let errors = file::parse_with(source.as_bytes(), "case", options(Reset::End)).unwrap_err();
    assert_eq!(errors.iter().map(|error| error.kind).collect::<Vec<_>>(), [Kind::RowSum]);
    assert!(errors[0].message.contains("sums to 2"), "{}", errors[0].message);
}

#[test]
fn without_a_reset_nothing_is_added_and_that_is_said() {
    let (as_is, asked) = (read_as(Reset::Continue, TIGER), read_as(Reset::End, TIGER));
    assert_eq!(as_is.model, asked.model);
    assert_eq!(asked.warnings.iter().map(|warning| warning.kind).collect::<Vec<_>>(), [Kind::NoReset]);
    assert_eq!(as_is.warnings, []);
}

const TIGER: &str = include_str!("../../../configs/problems/tiger.POMDP");

#[test]
fn ends_survive_writing_however_they_are_read_again() {
    for source in [RETURN, STOP] {
        let file = read_as(Reset::End, source);
        let text = file::write(&file);
        for reset in [Reset::Continue, Reset::End] {
            let again = read_as(reset, &text);
            assert_eq!((&again.model, &again.outcome_reward), (&file.model, &file.outcome_reward), "{text}");
        }
    }
}
