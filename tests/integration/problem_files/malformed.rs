//! Files that are refused: which rule, which line, which column.

use super::*;
use dpac::pomdp::file::{Diagnostic, ReadLimits, Severity};

/// Good entries.
const BODY: &str = "T: * identity\nO: * uniform\nR: * : * : * : * 1\n";

fn errors(source: &[u8], options: ReadOptions) -> Vec<Diagnostic> {
    let all = file::parse_with(source, "case", options).expect_err("a malformed file");
    all.into_iter().filter(|diagnostic| diagnostic.severity == Severity::Error).collect()
}

/// The file has exactly these errors: kind, line, column, and a part of the message.
fn refused(source: &str, expected: &[(Kind, usize, usize, &str)]) {
    refused_with(source, ReadOptions::default(), expected);
}

fn refused_with(source: &str, options: ReadOptions, expected: &[(Kind, usize, usize, &str)]) {
    let found = errors(source.as_bytes(), options);
    let places: Vec<_> = found.iter().map(|error| (error.kind, error.line, error.column)).collect();
    let wanted: Vec<_> = expected.iter().map(|&(kind, line, column, _)| (kind, line, column)).collect();
    assert_eq!(places, wanted, "{found:#?}");
    for (error, (.., part)) in found.iter().zip(expected) {
        assert!(error.message.contains(part), "{error} lacks {part:?}");
    }
}

/// One malformed file per test: name, source, then its errors.
macro_rules! refused {
    ($($name:ident: $source:expr => $([$kind:ident, $line:expr, $column:expr, $part:expr]),+;)*) => {
        $(#[test]
        fn $name() {
            let source: String = $source.into();
            refused(&source, &[$((Kind::$kind, $line, $column, $part)),+]);
        })*
    };
}

refused! {
    illegal_character_is_named: format!("{HEAD}T: * identity @\nO: * uniform\n")
        => [IllegalCharacter, 6, 15, "`@`"];
    illegal_character_beyond_ascii_counts_as_one_column: format!("{HEAD}T: é stay\n{BODY}")
        => [IllegalCharacter, 6, 4, "`é`"];
    nul_byte_is_illegal: format!("{HEAD}\0\n{BODY}")
        => [IllegalCharacter, 6, 1, "\\u{0}"];
    byte_order_mark_inside_of_a_file_is_illegal: format!("{HEAD}\u{feff}{BODY}")
        => [IllegalCharacter, 6, 1, "illegal character"];
    second_byte_order_mark_is_illegal: format!("\u{feff}\u{feff}{HEAD}{BODY}")
        => [IllegalCharacter, 1, 1, "illegal character"];
    glued_decimal_points_are_not_two_numbers: format!("{HEAD}{BODY}T: stay : s0\n0.5.5\n")
        => [IllegalCharacter, 10, 4, "`.`"];
    stray_name_is_unexpected: format!("{HEAD}T: * identity stay\nO: * uniform\n")
        => [UnexpectedToken, 6, 15, "found `stay`, expected an item or entry"];
    entry_without_colon_is_unexpected: format!("{HEAD}{BODY}T stay identity\n")
        => [UnexpectedToken, 9, 3, "expected `:`"];
    missing_numbers_before_another_entry_are_unexpected: format!("{HEAD}T: stay : s0\n{BODY}")
        => [UnexpectedToken, 7, 1, "expected a number"];
    reward_matrix_of_a_whole_action_does_not_exist: format!("{HEAD}{BODY}R: stay 1 2 3 4\n")
        => [UnexpectedToken, 9, 9, "no table form"];
    sign_without_number_is_unexpected: format!("{HEAD}{BODY}R: * : * : * : * - x\n")
        => [UnexpectedToken, 9, 20, "expected a number"];
    state_count_with_a_fraction_is_unexpected: HEAD.replace("s0 s1", "2.5") + BODY
        => [UnexpectedToken, 3, 9, "a count"];
    missing_discount_is_named: HEAD.replace("discount: 0.9\n", "") + BODY
        => [MissingItem, 5, 1, "`discount:`"];
    missing_observations_make_an_mdp: HEAD.replace("observations: dark light\n", "") + "T: * identity\n"
        => [MissingItem, 5, 1, "this is an MDP file"];
    empty_file_misses_everything: ""
        => [MissingItem, 1, 1, "discount"], [MissingItem, 1, 1, "values"], [MissingItem, 1, 1, "states"],
           [MissingItem, 1, 1, "actions"], [MissingItem, 1, 1, "observations"];
    repeated_discount_is_refused: format!("{HEAD}discount: 0.5\n{BODY}")
        => [RepeatedItem, 6, 1, "on line 1 already"];
    repeated_start_is_refused: format!("{HEAD}start: uniform\nstart: s0\n{BODY}")
        => [RepeatedItem, 7, 1, "on line 6 already"];
    discount_above_one_is_refused: HEAD.replace("0.9", "1.01") + BODY
        => [DiscountOutOfRange, 1, 11, "1.01"];
    discount_below_zero_is_refused: HEAD.replace("0.9", "-0.5") + BODY
        => [DiscountOutOfRange, 1, 11, "-0.5"];
    no_states_are_refused: HEAD.replace("s0 s1", "0") + BODY
        => [CountBelowOne, 3, 9, "found 0 states"];
    negative_count_is_refused: HEAD.replace("stay go", "-2") + BODY
        => [CountBelowOne, 4, 10, "found -2 actions"];
    duplicate_name_is_refused: HEAD.replace("s0 s1", "s0 s0") + BODY
        => [DuplicateName, 3, 12, "`s0`"];
    reserved_word_is_no_name: HEAD.replace("s0 s1", "s0 reset") + BODY
        => [ReservedWord, 3, 12, "`reset`"];
    reserved_word_is_no_field: format!("{HEAD}{BODY}T: uniform : s0 : s1 1\n")
        => [ReservedWord, 9, 4, "`uniform`"];
    unknown_name_is_refused: format!("{HEAD}{BODY}T: stya : s0 uniform\n")
        => [UnknownName, 9, 4, "no action called `stya`"];
    every_unknown_name_of_an_entry_is_reported: format!("{HEAD}{BODY}R: a : b : c : d 1\n")
        => [UnknownName, 9, 4, "action"], [UnknownName, 9, 8, "state"], [UnknownName, 9, 12, "state"],
           [UnknownName, 9, 16, "observation"];
    index_out_of_range_gives_the_range: format!("{HEAD}{BODY}T: 2 : s0 uniform\n")
        => [IndexOutOfRange, 9, 4, "from 0 to 1"];
    too_few_numbers_point_at_the_last: format!("{HEAD}{BODY}T: stay\n1 0\n0\nO: stay uniform\n")
        => [NumberCount, 11, 1, "`T: stay` on line 9 takes 4 numbers, found 3"];
    too_many_numbers_point_at_the_first_in_excess: format!("{HEAD}{BODY}O: stay : s0\n0.5 0.5 0.5\n")
        => [NumberCount, 10, 9, "takes 2 numbers, found 3"];
    short_row_at_the_end_of_the_file_is_a_count: format!("{HEAD}{BODY}T: stay : s0 1")
        => [NumberCount, 9, 14, "takes 2 numbers, found 1"];
    second_value_of_an_element_is_a_count: format!("{HEAD}{BODY}R: * : * : * : * 1 2\n")
        => [NumberCount, 9, 20, "takes 1 number, found 2"];
    probability_above_one_is_refused: format!("{HEAD}{BODY}T: stay : s0\n1.5 0\n")
        => [ProbabilityOutOfRange, 10, 1, "1.5"];
    signed_probability_is_refused_once: format!("{HEAD}{BODY}T: stay : s0\n1 -0.5\n")
        => [ProbabilityOutOfRange, 10, 3, "-0.5"];
    positive_sign_before_a_probability_is_refused: format!("{HEAD}{BODY}T: stay : s0\n+1 0\n")
        => [ProbabilityOutOfRange, 10, 1, "no sign"];
    row_sum_names_action_state_and_sum: format!("{HEAD}{BODY}T: go : s1 : s0 0.25\n")
        => [RowSum, 9, 1, "the transition row of action go and state s1 sums to 1.25"];
    single_entry_over_uniform_breaks_the_sum: format!("{HEAD}{BODY}O: go : s0 : light 0.75\n")
        => [RowSum, 9, 1, "the observation row of action go and state s0 sums to 1.25"];
    unspecified_rows_are_one_error_per_action: format!("{HEAD}O: * uniform\nT: stay identity\nT: go : s0 uniform\nR: * : * : * : * 0")
        => [RowSum, 9, 19, "row of action go was never specified for state s1"];
    start_vector_of_wrong_length_is_refused: format!("{HEAD}start: 0.5 0.25 0.25\n{BODY}")
        => [StartVector, 6, 8, "3 numbers for 2 states"];
    start_vector_of_wrong_sum_is_refused: format!("{HEAD}start: 0.5 0.25\n{BODY}")
        => [StartVector, 6, 8, "sums to 0.75"];
    start_at_every_state_is_unexpected: format!("{HEAD}start: *\n{BODY}")
        => [UnexpectedToken, 6, 8, "a state"];
    included_wildcard_is_unexpected: format!("{HEAD}start include: *\n{BODY}")
        => [UnexpectedToken, 6, 16, "found `*`, expected a state"];
    start_at_an_unknown_state_is_refused: format!("{HEAD}start: s2\n{BODY}")
        => [UnknownName, 6, 8, "no state called `s2`"];
    start_past_the_last_state_is_refused: format!("{HEAD}start include: 0 2\n{BODY}")
        => [IndexOutOfRange, 6, 18, "from 0 to 1"];
    empty_include_is_refused: format!("{HEAD}start include:\n{BODY}")
        => [EmptyStart, 6, 1, "no state"];
    everything_excluded_is_refused: format!("{HEAD}start exclude: s0 1\n{BODY}")
        => [EmptyStart, 6, 16, "every state"];
    identity_is_no_observation_table: format!("{HEAD}{BODY}O: * identity\n")
        => [KeywordNotAllowed, 9, 6, "`identity` cannot follow `O: *`"];
    identity_is_no_row: format!("{HEAD}{BODY}T: stay : s0 identity\n")
        => [KeywordNotAllowed, 9, 14, "`identity`"];
    reset_is_no_observation_row: format!("{HEAD}{BODY}O: stay : s0 reset\n")
        => [KeywordNotAllowed, 9, 14, "`reset` cannot follow `O: stay : s0`"];
    identity_is_no_reward: format!("{HEAD}{BODY}R: stay : s0 identity\n")
        => [KeywordNotAllowed, 9, 14, "`identity`"];
    joint_table_of_another_reader_is_refused: format!("{HEAD}{BODY}OO: go : s0 : s1 : dark 1\n")
        => [UnexpectedToken, 9, 1, "found `OO`"];
    reset_is_no_table: format!("{HEAD}{BODY}T: stay reset\n")
        => [KeywordNotAllowed, 9, 9, "`reset`"];
    uniform_is_no_element: format!("{HEAD}{BODY}T: stay : s0 : s1 uniform\n")
        => [KeywordNotAllowed, 9, 19, "`uniform`"];
    uniform_is_no_reward: format!("{HEAD}{BODY}R: stay : s0 uniform\n")
        => [KeywordNotAllowed, 9, 14, "`uniform` cannot follow `R: stay : s0`"];
    entry_before_the_preamble_is_reported_once:
        "T: * identity\nO: * uniform\ndiscount: 0.9\nvalues: reward\nstates: 2\nactions: 2\nobservations: 2\n"
        => [EntryBeforePreamble, 1, 1, "`discount:`, which is on line 3"];
    end_of_file_inside_an_entry_is_unexpected: format!("{HEAD}{BODY}T: stay : s0")
        => [UnexpectedEnd, 9, 13, "the file ends where a number"];
    end_of_file_inside_an_item_is_unexpected: format!("{HEAD}{BODY}start:\n")
        => [UnexpectedEnd, 10, 1, "the file ends"];
    overflowing_reward_is_refused: format!("{HEAD}{BODY}R: * : * : * : * 1e999\n")
        => [NotFinite, 9, 18, "too large"];
    overflowing_probability_is_not_a_range_error_too: format!("{HEAD}{BODY}T: * : * : * 1e999\n")
        => [NotFinite, 9, 14, "too large"];
    overflowing_returns_are_refused: format!("{HEAD}{BODY}R: * : s0 : * : * 1e290\nR: * : s1 : * : * -1e291\n")
        => [NotFinite, 10, 19, "returns of rewards of this size may overflow"];
    too_many_states_are_refused_before_allocating: HEAD.replace("s0 s1", "4000000000") + BODY
        => [TooLarge, 3, 1, "too many"];
    count_beyond_any_integer_is_refused: HEAD.replace("s0 s1", "99999999999999999999999") + BODY
        => [TooLarge, 3, 9, "too many"];
    dense_table_is_refused_before_allocating: HEAD.replace("s0 s1", "100000") + "T: * uniform\nO: * uniform\n"
        => [TooLarge, 3, 1, "transition table"];
    errors_of_different_lines_come_in_file_order: format!("{HEAD}T: stay identify\nT: go idenity\nO: * : * : dim 1\nstart: 0.5 0.25\n")
        => [UnexpectedToken, 6, 9, "identify"], [UnexpectedToken, 7, 7, "idenity"],
           [UnknownName, 8, 12, "dim"], [StartVector, 9, 8, "sums to 0.75"];
}

#[test]
fn nearest_name_is_suggested() {
    let source = format!("{HEAD}{BODY}O: go : * : lihgt 1\n");
    let found = errors(source.as_bytes(), ReadOptions::default());
    assert_eq!(found[0].help.as_deref(), Some("did you mean `light`?"));
    assert_eq!(found[0].to_string(), "9:13: there is no observation called `lihgt`");
    assert_eq!(&source[found[0].span.clone()], "lihgt");
}

#[test]
fn names_are_listed_where_none_is_near() {
    let source = format!("{HEAD}{BODY}O: go : * : zzz 1\n");
    let help = errors(source.as_bytes(), ReadOptions::default())[0].help.clone();
    assert_eq!(help.as_deref(), Some("the observations are `dark`, `light`"));
}

#[test]
fn at_most_a_hundred_errors_are_kept_and_the_others_counted() {
    let source = format!("{HEAD}O: * uniform\n{}", "T: nowhere identity\n".repeat(1000));
    let found = errors(source.as_bytes(), ReadOptions::default());
    assert_eq!(found.len(), 101);
    assert!(found[..100].iter().all(|error| error.kind == Kind::UnknownName));
    let last = &found[100];
    assert_eq!((last.kind, last.line, last.column), (Kind::More(900), 1007, 1));
    assert_eq!(last.message, "900 more errors are not listed");
}

#[test]
fn sizes_beyond_memory_are_refused_at_once() {
    let sized = |states: &str, actions: &str, observations: &str| {
        HEAD.replace("s0 s1", states).replace("stay go", actions).replace("dark light", observations)
    };
    let dense = "T: * uniform\nO: * uniform\n";
    let began = std::time::Instant::now();
    for (source, part) in [
        (sized("4000000000", "2", "2") + dense, "too many"),
        (sized("18446744073709551615", "18446744073709551615", "2") + dense, "too many"),
        (sized("99999999999999999999", "2", "2") + dense, "too many"),
        (sized("2", "2", "4000000000") + dense, "too many"),
        (sized("100000", "2", "2") + dense, "the transition table is too large"),
        (sized("2", "2", "16000000") + "T: * identity\nO: * uniform\n", "the observation table is too large"),
        // A row of R for every pair that is too long to be written.
        (
            sized("100000", "2", "2") + "T: * identity\nO: * uniform\nR: 0 : 0 1 2\n",
            "takes 200000 numbers, found 2",
        ),
    ] {
        let found = errors(source.as_bytes(), ReadOptions::default());
        assert!(found.iter().any(|error| error.message.contains(part)), "{found:?}");
    }
    assert!(began.elapsed() < std::time::Duration::from_secs(2), "{:?}", began.elapsed());
}

#[test]
fn limits_can_be_narrowed() {
    let mut options = ReadOptions::default();
    options.limits = ReadLimits { rows: 4, nonzeros: 8, reward_terms: 16 };
    assert!(file::parse_with(format!("{HEAD}{BODY}").as_bytes(), "case", options).is_ok());
    options.limits.rows = 3;
    refused_with(&format!("{HEAD}{BODY}"), options, &[(Kind::TooLarge, 3, 1, "at most 3 pairs")]);
    options.limits = ReadLimits { rows: 4, nonzeros: 7, reward_terms: 16 };
    refused_with(&format!("{HEAD}{BODY}"), options, &[(Kind::TooLarge, 3, 1, "at most 7 nonzeros")]);
    // Every state has rules of its own, so that its means are its own too: 2 states, 2 successors, 2
    // observations each.
    let rewards = "T: * uniform\nO: * uniform\nR: stay : s0 : * : dark 1\nR: stay : s1 : * : dark 2\n";
    options.limits = ReadLimits { rows: 4, nonzeros: 8, reward_terms: 8 };
    assert!(file::parse_with(format!("{HEAD}{rewards}").as_bytes(), "case", options).is_ok());
    options.limits.reward_terms = 7;
    refused_with(&format!("{HEAD}{rewards}"), options, &[(Kind::TooLarge, 8, 1, "more than 7 terms")]);
}

#[test]
fn bytes_that_are_no_text_are_illegal_outside_comments() {
    let source = [HEAD.as_bytes(), b"# caf\xe9\n\xff\xfe\n", BODY.as_bytes()].concat();
    let found = errors(&source, ReadOptions::default());
    assert_eq!((found[0].kind, found[0].line, found[0].column), (Kind::IllegalCharacter, 7, 1));
    assert_eq!(found[0].message, "illegal character byte 0xFF");
}

/// Extensions are warnings by default and errors when reading strictly: kind of the warning, kind of the
/// error, place.
#[track_caller]
fn extension(source: &str, warning: Kind, strictly: Kind, line: usize, column: usize) {
    let read = file::parse(source.as_bytes(), "case").expect("a file with a harmless extension");
    let warnings: Vec<_> = read.warnings.iter().map(|found| (found.kind, found.line, found.column)).collect();
    assert!(warnings.contains(&(warning, line, column)), "{warnings:?}");
    let found = errors(source.as_bytes(), ReadOptions::strict());
    let places: Vec<_> = found.iter().map(|found| (found.kind, found.line, found.column)).collect();
    assert_eq!(places, [(strictly, line, column)]);
}

#[test]
fn colon_before_the_value_is_an_extension() {
    let source = format!("{HEAD}{BODY}R: go : s0 : s1 : dark : -5\n");
    extension(&source, Kind::ColonBeforeValue, Kind::UnexpectedToken, 9, 24);
    let source = format!("{HEAD}{BODY}O: go : s0 : dark : 0.5\n");
    extension(&source, Kind::ColonBeforeValue, Kind::UnexpectedToken, 9, 19);
    let source = format!("{HEAD}{BODY}T: go : identity\n");
    extension(&source, Kind::ColonBeforeValue, Kind::UnexpectedToken, 9, 7);
}

#[test]
fn leading_point_is_an_extension() {
    let source = format!("{HEAD}{BODY}O: go : s0 .5 0.5\n");
    extension(&source, Kind::LeadingPoint, Kind::IllegalCharacter, 9, 12);
}

#[test]
fn several_start_names_are_an_extension() {
    let source = format!("{HEAD}start: s0 s1\n{BODY}");
    extension(&source, Kind::SeveralStartNames, Kind::UnexpectedToken, 6, 11);
}

#[test]
fn plural_values_are_an_extension() {
    let source = HEAD.replace("reward", "rewards") + BODY;
    extension(&source, Kind::PluralValues, Kind::UnexpectedToken, 2, 9);
}

#[test]
fn late_start_is_an_extension() {
    let source = format!("{HEAD}{BODY}start: s1\n");
    extension(&source, Kind::LateItem, Kind::UnexpectedToken, 9, 1);
}

#[test]
fn preamble_item_after_start_is_an_extension() {
    let source = format!("start: 1\n{HEAD}{BODY}").replace("start: 1", "start: uniform");
    let found = errors(source.as_bytes(), ReadOptions::strict());
    assert!(found.iter().all(|error| error.kind == Kind::UnexpectedToken));
    assert_eq!(found.iter().map(|error| error.line).collect::<Vec<_>>(), [2, 3, 4, 5, 6]);
    assert!(file::parse(source.as_bytes(), "case").is_ok());
}

#[test]
fn start_position_is_a_short_vector_when_strict() {
    let source = format!("{HEAD}start: 1\n{BODY}");
    refused_with(&source, ReadOptions::strict(), &[(Kind::StartVector, 6, 8, "1 number for 2")]);
}

#[test]
fn signed_probability_is_unexpected_when_strict() {
    let source = format!("{HEAD}{BODY}T: stay : s0\n1 -0.5\n");
    refused_with(&source, ReadOptions::strict(), &[(Kind::UnexpectedToken, 10, 3, "sign")]);
}
