//! Warnings: the file is read all the same.

use super::{after, drawn, replaced};

#[test]
fn colon_before_a_value() {
    insta::assert_snapshot!(drawn(&after("R: go : s0 : * : * : 2\n")), @r"
      ⚠ a colon before the value
       ╭─[case.POMDP:9:20]
     8 │ R: * : * : * : * 1
     9 │ R: go : s0 : * : * : 2
       ·                    ─
       ╰────
      help: other readers refuse it: the value follows the last field directly
    ");
}

#[test]
fn several_start_names() {
    insta::assert_snapshot!(drawn(&replaced("T: *", "start: s0 s1\nT: *")), @r"
      ⚠ several states after `start:`, read as `start include:`
       ╭─[case.POMDP:6:11]
     5 │ observations: dark light
     6 │ start: s0 s1
       ·           ──
     7 │ T: * identity
       ╰────
      help: write `start include:`, which every reader takes
    ");
}

#[test]
fn leading_point() {
    insta::assert_snapshot!(drawn(&replaced("0.8 0.2 0.2", ".8 0.2 0.2")), @r"
      ⚠ a number without a digit before its point
       ╭─[case.POMDP:7:6]
     6 │ T: * identity
     7 │ O: * .8 0.2 0.2 0.8
       ·      ──
     8 │ R: * : * : * : * 1
       ╰────
      help: other readers want `0.5` instead of `.5`
    ");
}

#[test]
fn plural_values() {
    insta::assert_snapshot!(drawn(&replaced("reward", "rewards")), @r"
      ⚠ the format has `reward` and `cost`, in the singular
       ╭─[case.POMDP:2:9]
     1 │ discount: 0.9
     2 │ values: rewards
       ·         ───────
     3 │ states: s0 s1
       ╰────
      help: other readers refuse the plural
    ");
}

#[test]
fn no_reward_entry() {
    insta::assert_snapshot!(drawn(&replaced("R: * : * : * : * 1\n", "")), @r"
      ⚠ no R entry: every reward is 0
       ╭─[case.POMDP:8:1]
     7 │ O: * 0.8 0.2 0.2 0.8
       ╰────
    ");
}

#[test]
fn entry_without_effect() {
    insta::assert_snapshot!(drawn(&after("R: go : s0 : * : * 2\nR: go : * : * : * 3\n")), @r"
      ⚠ later entries override all of this one
        ╭─[case.POMDP:9:1]
      8 │ R: * : * : * : * 1
      9 │ R: go : s0 : * : * 2
        · ──────────────────
     10 │ R: go : * : * : * 3
        ╰────
    ");
}

#[test]
fn renormalised_rows() {
    insta::assert_snapshot!(drawn(&after("T: go : s0 0.333333 0.666666\n")), @r"
      ⚠ a transition row misses 1 by 1.0e-6 and is renormalised
       ╭─[case.POMDP:9:1]
     8 │ R: * : * : * : * 1
     9 │ T: go : s0 0.333333 0.666666
       · ──────────
       ╰────
    ");
}

#[test]
fn unreachable_state() {
    insta::assert_snapshot!(drawn(&replaced("T: *", "start: s0\nT: *")), @r"
      ⚠ never reached: state s1
       ╭─[case.POMDP:3:1]
     2 │ values: reward
     3 │ states: s0 s1
       · ──────
     4 │ actions: stay go
       ╰────
    ");
}

#[test]
fn unproduced_observation() {
    insta::assert_snapshot!(drawn(&replaced("O: * 0.8 0.2 0.2 0.8", "O: * : * : dark 1")), @r"
      ⚠ never produced: observation light
       ╭─[case.POMDP:5:1]
     4 │ actions: stay go
     5 │ observations: dark light
       · ────────────
     6 │ T: * identity
       ╰────
    ");
}

#[test]
fn uninformative_observations() {
    insta::assert_snapshot!(drawn(&replaced("0.8 0.2 0.2 0.8", "uniform")), @r"
      ⚠ observations tell nothing about the state, whatever the actions
       ╭─[case.POMDP:5:1]
     4 │ actions: stay go
     5 │ observations: dark light
       · ────────────
     6 │ T: * identity
       ╰────
    ");
}

#[test]
fn late_start() {
    insta::assert_snapshot!(drawn(&after("start: uniform\n")), @r"
      ⚠ `start` stands after an entry
       ╭─[case.POMDP:9:1]
     8 │ R: * : * : * : * 1
     9 │ start: uniform
       · ─────
       ╰────
      help: it belongs between `observations:` and the first entry
    ");
}

#[test]
fn item_after_start() {
    insta::assert_snapshot!(drawn(&replaced("observations", "start: uniform\nobservations")), @r"
      ⚠ `observations` stands after `start`
       ╭─[case.POMDP:6:1]
     5 │ start: uniform
     6 │ observations: dark light
       · ────────────
     7 │ T: * identity
       ╰────
      help: other readers want `start` behind the five items of the preamble
    ");
}

#[test]
fn probability_outside_by_noise() {
    insta::assert_snapshot!(drawn(&after("T: go : s0 1.0000001 -1e-17\n")), @r"
     ⚠ 2 probabilities lie outside of [0, 1], by 1.0e-7 at most, and are taken for the end that is near; this is the first
      ╭─[case.POMDP:9:12]
    8 │ R: * : * : * : * 1
    9 │ T: go : s0 1.0000001 -1e-17
      ·            ─────────
      ╰────
    ");
}

#[test]
fn numbers_in_order_for_names() {
    insta::assert_snapshot!(drawn(&replaced("s0 s1", "0 1")), @r"
      ⚠ `states:` lists numbers from 0 to 1, read as the count 2
       ╭─[case.POMDP:3:9]
     2 │ values: reward
     3 │ states: 0 1
       ·         ───
     4 │ actions: stay go
       ╰────
      help: write `states: 2`: other readers take a count, or names
    ");
}

#[test]
fn byte_order_mark() {
    let drawn = drawn(&format!("\u{feff}{}", after("")));
    assert!(drawn.starts_with("  ⚠ the file begins with a byte order mark\n"), "{drawn}");
    assert!(drawn.contains("[case.POMDP:1:1]"), "{drawn}");
    assert!(drawn.contains("help: other readers refuse it: save the file as UTF-8 without one"), "{drawn}");
}
