//! What files mean: one small file per form, and the quirks.

#![expect(clippy::float_cmp, reason = "these numbers are exact")]

use super::*;

/// Two states, actions and observations by name, everything specified; entries may be appended.
const BASE: &str = "discount: 0.9 values: reward states: s0 s1 actions: stay go observations: dark light
T: * identity
O: * uniform
R: * : * : * : * 0
";

fn read(source: &str) -> ProblemFile {
    let unwrap = |diagnostics: Vec<file::Diagnostic>| -> ProblemFile {
        let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
        panic!("{}\n{source}", lines.join("\n"))
    };
    file::parse(source.as_bytes(), "case").unwrap_or_else(unwrap)
}

fn base_and(entries: &str) -> ProblemFile {
    read(&format!("{BASE}{entries}"))
}

/// T(· | s, a) as a dense row.
fn t(file: &ProblemFile, a: usize, s: usize) -> Vec<f64> {
    let model = &file.model;
    (0..model.states()).map(|s2| model.transition().get(a * model.states() + s, s2)).collect()
}

/// O(· | a, s') as a dense row.
fn o(file: &ProblemFile, a: usize, s2: usize) -> Vec<f64> {
    let model = &file.model;
    (0..model.observations()).map(|o| model.observation().get(a * model.states() + s2, o)).collect()
}

fn kinds(file: &ProblemFile) -> Vec<Kind> {
    file.warnings.iter().map(|warning| warning.kind).collect()
}

/// A file of three states with this start.
fn started(start: &str) -> Vec<f64> {
    let source = format!(
        "discount: 1 values: reward states: a b c actions: 1 observations: 1 {start} T: 0 identity O: 0 uniform"
    );
    read(&source).model.start().to_vec()
}

#[test]
fn preamble_items_come_in_any_order() {
    let file = read(
        "observations: 3 actions: left right values: reward states: 2 discount: 1
         T: * identity O: * uniform R: * : * : * : * 1",
    );
    let model = &file.model;
    assert_eq!((model.states(), model.actions(), model.observations()), (2, 2, 3));
    assert_eq!(model.state_names(), &Names::Count(2));
    assert_eq!(model.action_names(), &Names::list(&["left", "right"]));
    assert_eq!((model.discount(), model.values(), model.name()), (1.0, Values::Reward, "case"));
    assert_eq!(kinds(&file), [Kind::UninformativeObservations]);
}

#[test]
fn white_space_of_any_kind_only_separates() {
    let spaced = base_and("T : go\n:\ts0\r\n0.25\r\n0.75\r\nR:go:s0:s1:dark\t-1");
    let plain = base_and("T: go : s0 0.25 0.75\nR: go : s0 : s1 : dark -1\n");
    assert_eq!(spaced.model, plain.model);
    assert_eq!(spaced.outcome_reward, plain.outcome_reward);
}

#[test]
fn names_reach_as_far_as_they_can() {
    // `dark-1` is one name, so the sign needs a space before it.
    let source = format!("{BASE}R: go : s0 : s1 : dark-1 1");
    assert_eq!(file::parse(source.as_bytes(), "case").unwrap_err()[0].kind, Kind::UnknownName);
}

#[test]
fn carriage_returns_do_not_move_columns() {
    let source = format!("{BASE}T: go : s9 uniform").replace('\n', "\r\n");
    let errors = file::parse(source.as_bytes(), "case").unwrap_err();
    assert_eq!((errors[0].line, errors[0].column), (5, 9));
}

#[test]
fn comments_hold_any_bytes_and_stand_anywhere() {
    let source =
        b"# \xff\x00 caf\xe9\ndiscount: # : T\n 0.9 values: reward states: 1 actions: 1 observations: 1
        T: # one\n 0 identity O: 0 uniform R: 0 : 0 : 0 : 0 1# no newline after this";
    let file = file::parse(source, "case").unwrap();
    assert_eq!(file.model.reward(0, 0), 1.0);
}

#[test]
fn numbers_come_in_every_notation() {
    let file = base_and(
        "T: stay : s0\n1. 0\nT: go : s0\n5e-1 .5\nO: go : s0\n2.5E-1 75e-2\nR: go : * : * : * +1e+2",
    );
    assert_eq!(t(&file, 0, 0), [1.0, 0.0]);
    assert_eq!(t(&file, 1, 0), [0.5, 0.5]);
    assert_eq!(o(&file, 1, 0), [0.25, 0.75]);
    assert_eq!(file.model.reward(0, 1), 100.0);
    assert_eq!(kinds(&file), [Kind::LeadingPoint]);
}

#[test]
fn a_sign_may_stand_apart() {
    assert_eq!(base_and("R: * : * : * : * - 2").model.reward(0, 0), -2.0);
}

#[test]
fn words_of_the_format_in_another_case_are_names() {
    let file = read(
        "discount: 0 values: reward states: Reset t actions: START observations: Uniform
         T: START : Reset : t 1 T: START : t : t 1 O: * uniform R: START : Reset : t : Uniform 4",
    );
    assert_eq!((t(&file, 0, 0), file.model.reward(0, 0), file.model.discount()), (vec![0.0, 1.0], 4.0, 0.0));
}

#[test]
fn names_equal_to_positions_of_others_stay_names() {
    let file = read(
        "discount: 0.9 values: reward states: s1 s0 actions: 1 observations: 1
         T: 0 : s1 : 1 1 T: 0 : 1 : s0 1 O: * uniform R: 0 : s0 : * : * 7",
    );
    assert_eq!(t(&file, 0, 0), [0.0, 1.0]);
    assert_eq!(t(&file, 0, 1), [0.0, 1.0]);
    assert_eq!((file.model.reward(0, 0), file.model.reward(1, 0)), (0.0, 7.0));
}

#[test]
fn one_name_may_be_a_state_and_an_observation() {
    let file = read(
        "discount: 0.9 values: reward states: x y actions: x observations: y x
         T: x identity O: x : x : x 1 O: x : y : y 1 R: x : x : x : x 3",
    );
    assert_eq!((o(&file, 0, 0), o(&file, 0, 1)), (vec![0.0, 1.0], vec![1.0, 0.0]));
    assert_eq!(file.model.reward(0, 0), 3.0);
}

#[test]
fn start_is_uniform_unless_given() {
    let third = 1.0 / 3.0;
    assert_eq!(started(""), [third; 3]);
    assert_eq!(started("start: uniform"), [third; 3]);
}

#[test]
fn start_takes_a_vector() {
    assert_eq!(started("start: 0.25 0.5 0.25"), [0.25, 0.5, 0.25]);
    assert_eq!(started("start: 0 1 0"), [0.0, 1.0, 0.0]);
}

#[test]
fn start_takes_one_state_by_name_or_position() {
    assert_eq!(started("start: b"), [0.0, 1.0, 0.0]);
    assert_eq!(started("start: 2"), [0.0, 0.0, 1.0]);
}

#[test]
fn start_of_a_single_state_is_a_vector() {
    let source =
        "discount: 1 values: reward states: 1 actions: 1 observations: 1 start: 1 T: 0 identity O: 0 uniform";
    assert_eq!(read(source).model.start(), [1.0]);
    let zero = source.replace("start: 1", "start: 0");
    assert_eq!(file::parse(zero.as_bytes(), "case").unwrap_err()[0].kind, Kind::StartVector);
}

#[test]
fn start_include_counts_repeats_once() {
    assert_eq!(started("start include: a 2 a"), [0.5, 0.0, 0.5]);
}

#[test]
fn start_exclude_leaves_the_others() {
    assert_eq!(started("start exclude: 1"), [0.5, 0.0, 0.5]);
}

#[test]
fn several_names_after_start_are_included() {
    assert_eq!(started("start: a b"), [0.5, 0.5, 0.0]);
}

#[test]
fn transition_entries_take_every_form() {
    let file = base_and(
        "T: stay : s0 : s0 0.25\nT: stay : s0 : s1 0.75\nT: stay : s1 0.5 0.5\nT: go\n0.1 0.9\n1 0\n",
    );
    assert_eq!(t(&file, 0, 0), [0.25, 0.75]);
    assert_eq!(t(&file, 0, 1), [0.5, 0.5]);
    assert_eq!((t(&file, 1, 0), t(&file, 1, 1)), (vec![0.1, 0.9], vec![1.0, 0.0]));
    let words =
        base_and("start: 0.25 0.75\nT: stay uniform\nT: go uniform\nT: go identity\nT: go : s1 reset\n");
    assert_eq!((t(&words, 0, 0), t(&words, 0, 1)), (vec![0.5, 0.5], vec![0.5, 0.5]));
    assert_eq!((t(&words, 1, 0), t(&words, 1, 1)), (vec![1.0, 0.0], vec![0.25, 0.75]));
    assert_eq!(t(&base_and("T: go : s0 uniform"), 1, 0), [0.5, 0.5]);
}

#[test]
fn observation_entries_take_every_form() {
    let file = base_and(
        "O: stay : s0 : dark 0.25\nO: stay : s0 : light 0.75\nO: stay : s1 1 0\nO: go\n0.1 0.9\n1 0\n",
    );
    assert_eq!((o(&file, 0, 0), o(&file, 0, 1)), (vec![0.25, 0.75], vec![1.0, 0.0]));
    assert_eq!((o(&file, 1, 0), o(&file, 1, 1)), (vec![0.1, 0.9], vec![1.0, 0.0]));
    let words = base_and("O: go 1 0 1 0\nO: go : s1 uniform\n");
    assert_eq!((o(&words, 1, 0), o(&words, 1, 1)), (vec![1.0, 0.0], vec![0.5, 0.5]));
}

#[test]
fn reward_entries_take_every_form() {
    let file = base_and("R: stay : s0 : s0 : light 4\nR: stay : s1 : s1 2 6\nR: go : s0\n1 2\n3 4\n");
    let r = |a, s, s2, o| file.outcome_reward.get(a, s, s2, o);
    assert_eq!([r(0, 0, 0, 0), r(0, 0, 0, 1), r(0, 0, 1, 1)], [0.0, 4.0, 0.0]);
    assert_eq!([r(0, 1, 1, 0), r(0, 1, 1, 1), r(0, 1, 0, 1)], [2.0, 6.0, 0.0]);
    assert_eq!([r(1, 0, 0, 0), r(1, 0, 0, 1), r(1, 0, 1, 0), r(1, 0, 1, 1)], [1.0, 2.0, 3.0, 4.0]);
    // Expectations under the identity and uniform observations.
    assert_eq!([file.model.reward(0, 0), file.model.reward(1, 0), file.model.reward(0, 1)], [2.0, 4.0, 1.5]);
    assert!(file.outcome_reward.depends_on_successor() && file.outcome_reward.depends_on_observation());
}

#[test]
fn rows_and_matrices_follow_wildcards() {
    let file = base_and(
        "T: * : * 0.25 0.75\nT: go : * 1 0\nO: * 0.1 0.9 0.6 0.4\nO: * : s1 1 0\nO: stay : * : light 0\nO: stay : * : dark 1\n",
    );
    assert_eq!((t(&file, 0, 0), t(&file, 0, 1)), (vec![0.25, 0.75], vec![0.25, 0.75]));
    assert_eq!((t(&file, 1, 0), t(&file, 1, 1)), (vec![1.0, 0.0], vec![1.0, 0.0]));
    assert_eq!(
        (o(&file, 0, 0), o(&file, 1, 0), o(&file, 1, 1)),
        (vec![1.0, 0.0], vec![0.1, 0.9], vec![1.0, 0.0])
    );
    let table = base_and("T: * 0.5 0.5 0 1\nR: * : * 1 2 3 4\nR: * : s1 : * 5 6\nR: go : * : s0 7 8\n");
    assert_eq!((t(&table, 0, 0), t(&table, 1, 1)), (vec![0.5, 0.5], vec![0.0, 1.0]));
    let r = |a, s, s2, o| table.outcome_reward.get(a, s, s2, o);
    assert_eq!([r(0, 0, 0, 0), r(0, 0, 0, 1), r(0, 0, 1, 0), r(0, 0, 1, 1)], [1.0, 2.0, 3.0, 4.0]);
    assert_eq!([r(0, 1, 0, 0), r(0, 1, 1, 1), r(1, 0, 0, 1), r(1, 1, 0, 0)], [5.0, 6.0, 8.0, 7.0]);
}

#[test]
fn states_that_own_rewards_for_observations_mix_with_those_that_share_them() {
    // In s0 the observation pays by a rule of its own, in s1 by the one for all states.
    let file = base_and(
        "T: go uniform\nO: go 0.25 0.75 0.5 0.5\nR: go : * : * : light 4\nR: go : s0 : s1 : light 12\n",
    );
    assert_eq!(file.model.reward(0, 1), 0.5 * (0.75 * 4.0) + 0.5 * (0.5 * 12.0));
    assert_eq!(file.model.reward(1, 1), 0.5 * (0.75 * 4.0) + 0.5 * (0.5 * 4.0));
}

#[test]
fn expected_reward_weighs_successors_and_observations() {
    let file = base_and(
        "T: go : s0 0.25 0.75\nO: go : s1 0.1 0.9\nR: go : s0 : s0 : * 8\nR: go : s0 : s1 : light -4\n",
    );
    let expected = 0.25 * 8.0 + 0.75 * (0.1 * 0.0 + 0.9 * -4.0);
    assert!((file.model.reward(0, 1) - expected).abs() < 1e-15);
}

#[test]
fn mean_of_equal_rewards_is_not_rounded() {
    let file = base_and("T: go : s0 0.3 0.7\nR: go : s0 : s0 : * 0.1\nR: go : s0 : s1 : * 0.1\n");
    assert_eq!(file.model.reward(0, 1).to_bits(), 0.1_f64.to_bits());
}

#[test]
fn wildcards_stand_for_every_element_in_each_position() {
    let file = base_and(
        "T: * : s0 : s0 0\nT: * : s0 : s1 1\nT: go : * : s0 1\nT: go : * : s1 0\nO: go : * : light 0\nO: go : * : dark 1",
    );
    assert_eq!((t(&file, 0, 0), t(&file, 0, 1)), (vec![0.0, 1.0], vec![0.0, 1.0]));
    assert_eq!((t(&file, 1, 0), t(&file, 1, 1)), (vec![1.0, 0.0], vec![1.0, 0.0]));
    assert_eq!((o(&file, 1, 0), o(&file, 1, 1)), (vec![1.0, 0.0], vec![1.0, 0.0]));
    let last = base_and("T: go : s0 : * 0.5\nO: go : s0 : * 0.5\nT: * : s1 reset\nO: * : s1 1 0\n");
    assert_eq!(
        (t(&last, 1, 0), t(&last, 0, 1), o(&last, 0, 1)),
        (vec![0.5; 2], vec![0.5; 2], vec![1.0, 0.0])
    );
    let all = base_and("T: * : * : s0 1\nT: * : * : s1 0\nO: * 1 0 0 1\n");
    assert_eq!(
        (t(&all, 1, 1), o(&all, 1, 0), o(&all, 1, 1)),
        (vec![1.0, 0.0], vec![1.0, 0.0], vec![0.0, 1.0])
    );
    // In R: each rule names one element, and the last that matches wins.
    let rewards =
        base_and("R: * : * : * : light 1\nR: * : * : s1 : * 2\nR: * : s1 : * : * 3\nR: go : * : * : * 4\n");
    let r = |a, s, s2, o| rewards.outcome_reward.get(a, s, s2, o);
    assert_eq!(
        [r(0, 0, 0, 0), r(0, 0, 0, 1), r(0, 0, 1, 1), r(0, 1, 1, 1), r(1, 1, 1, 1)],
        [0.0, 1.0, 2.0, 3.0, 4.0]
    );
}

#[test]
fn later_entries_override_element_by_element() {
    let file = base_and("T: go : s0 : s0 0.0\nT: go : s0 : s1 1.0\n");
    assert_eq!((t(&file, 1, 0), t(&file, 1, 1)), (vec![0.0, 1.0], vec![0.0, 1.0]));
    let back = base_and("T: go : s0 0 1\nT: go identity\n");
    assert_eq!(t(&back, 1, 0), [1.0, 0.0]);
    assert_eq!(kinds(&back), [Kind::UninformativeObservations, Kind::NoEffect]);
}

#[test]
fn zeros_of_a_reward_matrix_override_like_any_number() {
    let file = base_and("R: go : s0 : * : * 5\nR: go : s0\n0 1\n0 0\n");
    let r = |s2, o| file.outcome_reward.get(1, 0, s2, o);
    assert_eq!([r(0, 0), r(0, 1), r(1, 0), r(1, 1)], [0.0, 1.0, 0.0, 0.0]);
    let row = base_and("R: go : s0 : * : * 5\nR: go : s0 : s0\n0 1\n");
    assert_eq!([row.outcome_reward.get(1, 0, 0, 0), row.outcome_reward.get(1, 0, 1, 0)], [0.0, 5.0]);
}

#[test]
fn rewards_for_every_outcome_forget_the_earlier_ones() {
    let file = base_and("R: go : s0 : * : * 5\nR: * : * : * : * 2\n");
    assert_eq!(file.model.reward(0, 1), 2.0);
    assert_eq!(kinds(&file), [Kind::UninformativeObservations, Kind::NoEffect, Kind::NoEffect]);
}

#[test]
fn entries_that_leave_nothing_are_noticed_whatever_overrides_them() {
    let places = |entries: &str| -> Vec<usize> {
        let file = base_and(entries);
        let of_kind = file.warnings.iter().filter(|warning| warning.kind == Kind::NoEffect);
        of_kind.map(|warning| warning.line).collect()
    };
    const NONE: [usize; 0] = [];
    // Lines 1 to 4 are the good file; the identity of line 2 loses its last row here and there.
    assert_eq!(places("T: go : s0 uniform\nT: go : s0 : s0 0\nT: go : s0 : s1 1\n"), [5]);
    assert_eq!(places("T: go : s0 : s0 0.5\nT: go : s0 : * 0.5\n"), [5]);
    assert_eq!(places("T: stay uniform\nT: go uniform\n"), [2]);
    assert_eq!(places("R: go : s0 : s1 : dark 5\nR: go : s0 : * : * 2\n"), [5]);
    assert_eq!(places("R: go : s0 : s1 : dark 5\nR: * : * : s1 : * 2\n"), [5]);
    // Only a part of the earlier one is covered.
    assert_eq!(places("R: go : s0 : * : * 5\nR: * : * : s1 : * 2\n"), NONE);
    assert_eq!(places("T: go : s0 uniform\nT: go : s0 : s0 0.5\n"), NONE);
    // The same again, but later entries are those that count.
    assert_eq!(places("R: go : s0 : * : * 2\nR: go : s0 : s1 : dark 5\n"), NONE);
}

#[test]
fn rows_that_are_renormalised_are_counted_once_per_table() {
    let file = base_and(
        "start: 0.333333 0.666666\nT: go : s0 0.333333 0.666666\nT: go : s1 0.5 0.500003\nO: go : s0 0.1 0.9\n",
    );
    let messages: Vec<_> =
        file.warnings.iter().filter(|warning| warning.kind == Kind::Renormalised).collect();
    let [start, rows] = messages.as_slice() else { panic!("{messages:#?}") };
    assert_eq!((start.line, rows.line), (5, 6));
    assert_eq!(
        rows.message,
        "2 transition rows miss 1, by 3.0e-6 at most, and are renormalised; this is the first"
    );
    assert!((file.model.start()[0] + file.model.start()[1] - 1.0).abs() < 1e-15);
}

#[test]
fn rows_within_the_tolerance_are_renormalised() {
    let file = base_and("T: go : s0 0.333333 0.666666\nR: go : s0 : s1 : * 3\n");
    let row = t(&file, 1, 0);
    assert!((row[0] + row[1] - 1.0).abs() < 1e-15 && (row[0] - 1.0 / 3.0).abs() < 1e-6);
    assert!((file.model.reward(0, 1) - 3.0 * row[1]).abs() < 1e-15);
    let source = format!("{BASE}T: go : s0 0.33332 0.66666");
    assert_eq!(file::parse(source.as_bytes(), "case").unwrap_err()[0].kind, Kind::RowSum);
}

#[test]
fn costs_are_negative_rewards() {
    let file = read(
        &(BASE.replace("values: reward", "values: cost") + "R: go : s0 : * : * 5\nR: go : s1 : * : * 0"),
    );
    assert_eq!((file.model.values(), file.model.reward(0, 1)), (Values::Cost, -5.0));
    assert_eq!(file.outcome_reward.get(1, 0, 1, 1), -5.0);
    assert_eq!(file.model.reward(1, 1).to_bits(), 0.0_f64.to_bits());
}

#[test]
fn reset_restarts_by_the_start_belief_wherever_it_stands() {
    let file = base_and("T: go : * reset\nstart: 0.25 0.75\n");
    assert_eq!((t(&file, 1, 0), t(&file, 1, 1)), (vec![0.25, 0.75], vec![0.25, 0.75]));
    assert_eq!(kinds(&file), [Kind::UninformativeObservations, Kind::LateItem]);
}

#[test]
fn reset_with_a_colon_is_read_as_reset() {
    let file = base_and("start: s1\nT: go : s0 : reset\n");
    assert_eq!(t(&file, 1, 0), [0.0, 1.0]);
    assert_eq!(kinds(&file), [Kind::UnreachableStates, Kind::LateItem, Kind::ColonBeforeValue]);
}

#[test]
fn one_observation_and_no_rewards_are_a_model() {
    let file =
        read("discount: 0.9 values: reward states: 2 actions: 1 observations: 1 T: 0 uniform O: 0 uniform");
    assert_eq!((file.model.observations(), file.model.reward(1, 0)), (1, 0.0));
    assert_eq!(kinds(&file), [Kind::NoReward]);
}

#[test]
fn idle_states_and_observations_are_noticed() {
    let file = read(
        "discount: 0.9 values: reward states: a b c actions: 1 observations: x y
         start: a T: 0 identity O: 0 : * : x 1 R: * : * : * : * 1",
    );
    assert_eq!(kinds(&file), [Kind::UnreachableStates, Kind::UnproducedObservations]);
    assert_eq!(file.warnings[0].message, "never reached: states b, c");
    assert_eq!(file.warnings[1].message, "never produced: observation y");
}

#[test]
fn observations_that_tell_nothing_after_any_action_are_noticed() {
    let of = |start: &str, observations: &str| {
        kinds(&read(&format!(
            "discount: 0.9 values: reward states: 2 actions: look wait observations: 2 start: {start}
             T: * identity O: wait uniform {observations} R: * : * : * : * 1"
        )))
    };
    assert_eq!(of("uniform", "O: look : * 0.3 0.7"), [Kind::UninformativeObservations]);
    assert_eq!(of("uniform", "O: look 0.3 0.7 0.7 0.3"), []);
    // In a single state there is nothing to be told.
    assert_eq!(of("1 0", "O: look : * 0.3 0.7"), [Kind::UnreachableStates]);
}

#[test]
fn shipped_tiger_is_the_built_in_tiger() {
    let file = file::parse(&shipped("tiger"), "tiger").unwrap();
    assert_eq!(file.model, tiger());
    assert_eq!(file.warnings, []);
    assert_eq!(file.outcome_reward.get(1, 0, 1, 0), -100.0);
}

#[test]
fn shipped_files_are_strictly_valid_and_without_warnings() {
    for (name, sizes) in [("tiger", (2, 3, 2)), ("load-unload", (10, 2, 3)), ("crying-baby", (2, 2, 2))] {
        let file = file::parse_with(&shipped(name), name, ReadOptions::strict()).unwrap();
        let model = &file.model;
        assert_eq!((model.states(), model.actions(), model.observations()), sizes, "{name}");
        let kinds = kinds(&file);
        assert!(kinds.iter().all(|kind| *kind == Kind::UnreachableStates), "{name}: {kinds:?}");
    }
}

#[test]
fn shipped_load_unload_pays_for_each_change_of_load() {
    let model = file::parse(&shipped("load-unload"), "load-unload").unwrap().model;
    // Driving right from the left end with a load, and back without: a reward of 1 every fourth step.
    let mut state = 5;
    let mut earned = Vec::new();
    for step in 0..8 {
        let action = usize::from(step < 4);
        earned.push(model.reward(state, action));
        state = model.transition().row(action * 10 + state).next().unwrap().0;
    }
    assert_eq!(earned, [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    assert_eq!(state, 5);
    // The load shows nowhere.
    for cell in 0..5 {
        assert_eq!(o_row(&model, cell), o_row(&model, cell + 5));
    }
}

fn o_row(model: &dpac::pomdp::Model, s2: usize) -> Vec<(usize, f64)> {
    model.observation().row(s2).collect()
}

#[test]
fn shipped_crying_baby_has_the_classical_numbers() {
    let model = file::parse(&shipped("crying-baby"), "crying-baby").unwrap().model;
    let rewards = [model.reward(0, 0), model.reward(1, 0), model.reward(0, 1), model.reward(1, 1)];
    assert_eq!(rewards, [0.0, -10.0, -5.0, -15.0]);
    assert_eq!((model.transition().get(0, 1), model.observation().get(1, 1)), (0.1, 0.8));
    assert_eq!(model.start(), [1.0, 0.0]);
}

#[test]
fn built_in_problems_are_found_by_name() {
    assert_eq!(builtin("tiger"), Some(tiger()));
    assert_eq!(builtin("TIGER"), None);
}
