//! Errors, in the order of the rules that they are about.

use super::{after, drawn, replaced};

#[test]
fn illegal_character() {
    insta::assert_snapshot!(drawn(&replaced("identity", "identity @")), @r"
     × illegal character `@`
      ╭─[case.POMDP:6:15]
    5 │ observations: dark light
    6 │ T: * identity @
      ·               ─
    7 │ O: * 0.8 0.2 0.2 0.8
      ╰────
     help: a name is a letter, then letters, digits, `-` and `_`; anything else stands in comments, after `#`
    ");
}

#[test]
fn unexpected_word() {
    insta::assert_snapshot!(drawn(&after("T: stay idenity\n")), @r"
      × found `idenity`, expected a number, `uniform`, `identity` or `reset`
       ╭─[case.POMDP:9:9]
     8 │ R: * : * : * : * 1
     9 │ T: stay idenity
       ·         ───────
       ╰────
      help: did you mean `identity`?
    ");
}

#[test]
fn misspelt_entry() {
    insta::assert_snapshot!(drawn(&replaced("T:", "TT:")), @r"
      × found `TT`, expected an item or entry, such as `T:`
       ╭─[case.POMDP:6:1]
     5 │ observations: dark light
     6 │ TT: * identity
       · ──
     7 │ O: * 0.8 0.2 0.2 0.8
       ╰────
      help: did you mean `T`?
    ");
}

#[test]
fn misspelt_item() {
    insta::assert_snapshot!(drawn(&replaced("discount", "discont")), @r"
      × found `discont`, expected an item or entry, such as `T:`
       ╭─[case.POMDP:1:1]
     1 │ discont: 0.9
       · ───────
     2 │ values: reward
       ╰────
      help: did you mean `discount`?
    ");
}

#[test]
fn entry_that_is_not_complete() {
    insta::assert_snapshot!(drawn(&replaced("O:", "T: stay : s0\nO:")), @r"
      × found `O`, expected a number, `uniform`, `identity` or `reset`
       ╭─[case.POMDP:8:1]
     7 │ T: stay : s0
     8 │ O: * 0.8 0.2 0.2 0.8
       · ─
     9 │ R: * : * : * : * 1
       ╰────
      help: `T` on line 7 is not complete
    ");
}

#[test]
fn missing_item() {
    insta::assert_snapshot!(drawn(&replaced("discount: 0.9\n", "")), @r"
      × there is no `discount:`
       ╭─[case.POMDP:5:1]
     4 │ observations: dark light
     5 │ T: * identity
       · ─
     6 │ O: * 0.8 0.2 0.2 0.8
       ╰────
      help: add a line such as `discount: 0.95`, or give --discount 0.95
    ");
}

#[test]
fn missing_observations() {
    insta::assert_snapshot!(drawn(&replaced("observations: dark light\n", "")), @r"
     × there are no `observations:`: this is an MDP file
      ╭─[case.POMDP:5:1]
    4 │ actions: stay go
    5 │ T: * identity
      · ─
    6 │ O: * 0.8 0.2 0.2 0.8
      ╰────
     help: to make it a POMDP add `observations:` and O entries; if the state is seen, one observation per state
    ");
}

#[test]
fn repeated_item() {
    insta::assert_snapshot!(drawn(&after("discount: 0.5\n")), @r"
      × `discount` was given on line 1 already
       ╭─[case.POMDP:9:1]
     8 │ R: * : * : * : * 1
     9 │ discount: 0.5
       · ────────
       ╰────
      help: remove one of the two
    ");
}

#[test]
fn discount_out_of_range() {
    insta::assert_snapshot!(drawn(&replaced("0.9", "1.01")), @r"
      × the discount is 1.01, not between 0 and 1
       ╭─[case.POMDP:1:11]
     1 │ discount: 1.01
       ·           ────
     2 │ values: reward
       ╰────
      help: 1 counts every step alike; the horizon is given elsewhere
    ");
}

#[test]
fn count_below_one() {
    insta::assert_snapshot!(drawn(&replaced("s0 s1", "0")), @r"
      × found 0 states, expected one at least
       ╭─[case.POMDP:3:9]
     2 │ values: reward
     3 │ states: 0
       ·         ─
     4 │ actions: stay go
       ╰────
      help: `states:` takes a count from 1, or a list of names
    ");
}

#[test]
fn duplicate_name() {
    insta::assert_snapshot!(drawn(&replaced("s0 s1", "s0 s1 s0")), @r"
      × a second state is called `s0`
       ╭─[case.POMDP:3:15]
     2 │ values: reward
     3 │ states: s0 s1 s0
       ·               ──
     4 │ actions: stay go
       ╰────
      help: the first one is number 0, on line 3; rename one of them
    ");
}

#[test]
fn reserved_word() {
    insta::assert_snapshot!(drawn(&replaced("s0 s1", "s0 reset")), @r"
      × `reset` is a reserved word and cannot be the name of a state
       ╭─[case.POMDP:3:12]
     2 │ values: reward
     3 │ states: s0 reset
       ·            ─────
     4 │ actions: stay go
       ╰────
      help: rename it, to `reset-1` for example
    ");
}

#[test]
fn unknown_name() {
    insta::assert_snapshot!(drawn(&after("T: sty : s0 uniform\n")), @r"
      × there is no action called `sty`
       ╭─[case.POMDP:9:4]
     8 │ R: * : * : * : * 1
     9 │ T: sty : s0 uniform
       ·    ───
       ╰────
      help: did you mean `stay`?
    ");
}

#[test]
fn index_out_of_range() {
    insta::assert_snapshot!(drawn(&after("T: 2 : s0 uniform\n")), @r"
      × there is no action 2: positions go from 0 to 1
       ╭─[case.POMDP:9:4]
     8 │ R: * : * : * : * 1
     9 │ T: 2 : s0 uniform
       ·    ─
       ╰────
      help: positions count from 0: the last action is 1, `go`
    ");
}

#[test]
fn too_few_numbers() {
    insta::assert_snapshot!(drawn(&after("T: stay\n1 0\n0\n")), @r"
      × `T: stay` on line 9 takes 4 numbers, found 3
        ╭─[case.POMDP:11:1]
     10 │ 1 0
     11 │ 0
        · ─
        ╰────
      help: a matrix: one row per state, with one number per next state
    ");
}

#[test]
fn too_many_numbers() {
    insta::assert_snapshot!(drawn(&after("O: stay : s0\n0.5 0.5 0.5\n")), @r"
      × `O: stay : s0` on line 9 takes 2 numbers, found 3
        ╭─[case.POMDP:10:9]
      9 │ O: stay : s0
     10 │ 0.5 0.5 0.5
        ·         ───
        ╰────
      help: a row: one number per observation
    ");
}

#[test]
fn probability_out_of_range() {
    insta::assert_snapshot!(drawn(&after("T: stay : s0\n85 15\n")), @r"
      × 85 is not a probability: it is not between 0 and 1
        ╭─[case.POMDP:10:1]
      9 │ T: stay : s0
     10 │ 85 15
        · ──
        ╰────
      help: 85 per cent are 0.85

      × 15 is not a probability: it is not between 0 and 1
        ╭─[case.POMDP:10:4]
      9 │ T: stay : s0
     10 │ 85 15
        ·    ──
        ╰────
      help: 15 per cent are 0.15
    ");
}

#[test]
fn numbers_for_names() {
    insta::assert_snapshot!(drawn(&replaced("s0 s1", "1 2")), @r"
     × `states:` takes a count, or a list of names; a name begins with a letter: not so `1`
      ╭─[case.POMDP:3:9]
    2 │ values: reward
    3 │ states: 1 2
      ·         ─
    4 │ actions: stay go
      ╰────
     help: write `states: 2`, and number them from 0 to 1; or call them `s1` and so on, in entries too
    ");
}

#[test]
fn tuples_for_names() {
    insta::assert_snapshot!(drawn(&replaced("s0 s1", "(0,0) (0,1)")), @r"
     × `states:` takes a count, or a list of names; a name begins with a letter: not so `(0,0)`
      ╭─[case.POMDP:3:9]
    2 │ values: reward
    3 │ states: (0,0) (0,1)
      ·         ─────
    4 │ actions: stay go
      ╰────
     help: after it come letters, digits, `-` and `_`: call it `s0-0`, in entries too
    ");
}

#[test]
fn more_errors_than_are_listed() {
    let drawn = drawn(&after(&"T: sty : s0 uniform\n".repeat(103)));
    assert_eq!(drawn.matches("there is no action called `sty`").count(), 100);
    assert!(drawn.contains("× 3 more errors are not listed\n"), "{drawn}");
}

#[test]
fn row_sum() {
    insta::assert_snapshot!(drawn(&after("T: go : s1 : s0 0.25\n")), @r"
      × the transition row of action go and state s1 sums to 1.25, not to 1
       ╭─[case.POMDP:9:1]
     8 │ R: * : * : * : * 1
     9 │ T: go : s1 : s0 0.25
       · ───────────────
       ╰────
      help: it holds s0 0.25, s1 1: an entry keeps what it does not name
    ");
}

#[test]
fn row_never_specified() {
    insta::assert_snapshot!(drawn(&replaced("T: *", "T: go")), @r"
      × the transition row of action stay was never specified for states s0, s1
       ╭─[case.POMDP:9:1]
     8 │ R: * : * : * : * 1
       ╰────
      help: add a row, such as `T: stay : s0 uniform`
    ");
}

#[test]
fn start_vector_of_wrong_length() {
    insta::assert_snapshot!(drawn(&replaced("T: *", "start: 0.5 0.25 0.25\nT: *")), @r"
     × the start belief has 3 numbers for 2 states
      ╭─[case.POMDP:6:8]
    5 │ observations: dark light
    6 │ start: 0.5 0.25 0.25
      ·        ─────────────
    7 │ T: * identity
      ╰────
     help: give one probability per state; or `uniform`, a state's name, or `start include:` and states
    ");
}

#[test]
fn start_vector_of_wrong_sum() {
    insta::assert_snapshot!(drawn(&replaced("T: *", "start: 0.3333 0.6666\nT: *")), @r"
     × the start belief sums to 0.9999, not to 1
      ╭─[case.POMDP:6:8]
    5 │ observations: dark light
    6 │ start: 0.3333 0.6666
      ·        ─────────────
    7 │ T: * identity
      ╰────
     help: a sum may miss 1 by 0.00001, or by half a unit of each number's last digit; --normalize takes more
    ");
}

#[test]
fn empty_start() {
    insta::assert_snapshot!(drawn(&replaced("T: *", "start include:\nT: *")), @r"
      × the start belief lists no state
       ╭─[case.POMDP:6:1]
     5 │ observations: dark light
     6 │ start include:
       · ─────
     7 │ T: * identity
       ╰────
      help: list states, or leave `start` out: every state is then equally likely
    ");
}

#[test]
fn keyword_not_allowed() {
    insta::assert_snapshot!(drawn(&after("O: * identity\n")), @r"
     × `identity` cannot follow `O: *`
      ╭─[case.POMDP:9:6]
    8 │ R: * : * : * : * 1
    9 │ O: * identity
      ·      ────────
      ╰────
     help: `uniform` is for T and O rows and tables, `identity` for `T: action`, `reset` for `T: action : state`
    ");
}

#[test]
fn entry_before_preamble() {
    insta::assert_snapshot!(drawn(&replaced("discount", "T: * identity\ndiscount")), @r"
      × this entry stands before `discount:`, which is on line 2
       ╭─[case.POMDP:1:1]
     1 │ T: * identity
       · ─
     2 │ discount: 0.9
       ╰────
      help: move the items of the preamble before the first entry
    ");
}

#[test]
fn unexpected_end() {
    insta::assert_snapshot!(drawn(&after("T: stay : s0")), @r"
      × the file ends where a number, `uniform`, `identity` or `reset` is expected
       ╭─[case.POMDP:9:13]
     8 │ R: * : * : * : * 1
     9 │ T: stay : s0
       ·             ▲
       ╰────
      help: `T` on line 9 is not complete
    ");
}

#[test]
fn number_too_large() {
    insta::assert_snapshot!(drawn(&after("R: * : * : * : * 1e999\n")), @r"
      × the number is too large
       ╭─[case.POMDP:9:18]
     8 │ R: * : * : * : * 1
     9 │ R: * : * : * : * 1e999
       ·                  ─────
       ╰────
      help: numbers are at most 1.797e308, the largest of 64 bits
    ");
}

#[test]
fn rewards_whose_returns_overflow() {
    insta::assert_snapshot!(drawn(&after("R: * : s0 : * : * -1e308\n")), @r"
      × returns of rewards of this size may overflow
       ╭─[case.POMDP:9:19]
     8 │ R: * : * : * : * 1
     9 │ R: * : s0 : * : * -1e308
       ·                   ──────
       ╰────
      help: a reward's size is at most 1e290; choose a larger unit of reward
    ");
}

#[test]
fn too_many_states() {
    insta::assert_snapshot!(drawn(&replaced("s0 s1", "4000000000")), @r"
     × 4000000000 states and 2 actions are too many: at most 16777216 pairs can be held
      ╭─[case.POMDP:3:1]
    2 │ values: reward
    3 │ states: 4000000000
      · ──────
    4 │ actions: stay go
      ╰────
     help: problems of this size need a simulator of their own instead of tables
    ");
}

#[test]
fn table_too_large() {
    insta::assert_snapshot!(drawn(&replaced("states: s0 s1", "states: 100000").replace("0.8 0.2 0.2 0.8", "uniform").replace("identity", "uniform")), @r"
     × the transition table is too large: at most 33554432 nonzeros are held
      ╭─[case.POMDP:3:1]
    2 │ values: reward
    3 │ states: 100000
      · ──────
    4 │ actions: stay go
      ╰────
     help: `uniform` rows, `*` and matrices fill whole rows; give the nonzeros alone
    ");
}
