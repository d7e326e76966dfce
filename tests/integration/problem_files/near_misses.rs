//! Files that are nearly right: what is taken with a warning, on request, or not at all.

#![expect(clippy::float_cmp, reason = "these numbers are exact")]

use super::*;
use dpac::pomdp::file::{Diagnostic, Severity};

fn read(source: &str) -> ProblemFile {
    file::parse(source.as_bytes(), "case").unwrap_or_else(|errors| panic!("{errors:?}\n{source}"))
}

fn refused(source: &str, options: ReadOptions) -> Vec<Diagnostic> {
    let all = file::parse_with(source.as_bytes(), "case", options).expect_err("a file that is refused");
    all.into_iter().filter(|diagnostic| diagnostic.severity == Severity::Error).collect()
}

fn normalizing() -> ReadOptions {
    let mut options = ReadOptions::default();
    options.normalize = true;
    options
}

fn places(diagnostics: &[Diagnostic]) -> Vec<(Kind, usize, usize)> {
    diagnostics.iter().map(|found| (found.kind, found.line, found.column)).collect()
}

/// The warnings of some kinds.
fn of_kinds<'f>(file: &'f ProblemFile, kinds: &[Kind]) -> Vec<&'f Diagnostic> {
    file.warnings.iter().filter(|warning| kinds.contains(&warning.kind)).collect()
}

const BODY: &str = "T: * identity\nO: * 0.8 0.2 0.2 0.8\nR: * : s0 : * : * 1\n";

#[test]
fn a_line_ends_at_any_line_end_and_so_does_a_comment() {
    let text = format!("# Two rooms\n{HEAD}# Entries\n{BODY}# More rewards\nR: go : s1 : * : * 5\n# The end");
    let plain = read(&text);
    assert_eq!(plain.model.reward(1, 1), 5.0);
    for end in ["\r", "\r\n", "\n\r", "\r\r\n"] {
        let other = read(&text.replace('\n', end));
        assert_eq!(other.model, plain.model, "{end:?}");
        assert_eq!(other.outcome_reward, plain.outcome_reward, "{end:?}");
        let warned = !of_kinds(&other, &[Kind::CarriageReturn]).is_empty();
        assert_eq!(warned, end.starts_with('\r') && end != "\r\n", "{end:?}");
    }
    let strictly = refused(&text.replace('\n', "\r"), ReadOptions::strict());
    assert_eq!(places(&strictly), [(Kind::IllegalCharacter, 1, 1)]);
}

#[test]
fn lines_are_counted_by_any_line_end() {
    let text = format!("{HEAD}# Entries\n{BODY}\nT: go : s9 uniform\n");
    for end in ["\n", "\r", "\r\n"] {
        let found = refused(&text.replace('\n', end), ReadOptions::default());
        assert_eq!(places(&found), [(Kind::UnknownName, 11, 9)], "{end:?}");
    }
    let repeated =
        refused(&format!("{HEAD}discount: 0.5\n{BODY}").replace('\n', "\r"), ReadOptions::default());
    assert!(repeated[0].message.contains("on line 1 already"), "{repeated:?}");
    let late = refused(&format!("{BODY}{HEAD}").replace('\n', "\r"), ReadOptions::default());
    assert!(late[0].message.contains("which is on line 4"), "{late:?}");
}

#[test]
fn a_byte_order_mark_is_read_with_a_warning_and_takes_no_column() {
    let marked = read(&format!("\u{feff}{HEAD}{BODY}"));
    assert_eq!(marked.model, read(&format!("{HEAD}{BODY}")).model);
    assert_eq!(of_kinds(&marked, &[Kind::ByteOrderMark]).len(), 1);
    let strictly = refused(&format!("\u{feff}{HEAD}{BODY}"), ReadOptions::strict());
    assert_eq!(places(&strictly), [(Kind::IllegalCharacter, 1, 1)]);
    let wrong = format!("\u{feff}{}{BODY}", HEAD.replace("0.9", "1.5"));
    assert_eq!(places(&refused(&wrong, ReadOptions::default())), [(Kind::DiscountOutOfRange, 1, 11)]);
}

#[test]
fn utf_16_is_one_error() {
    for (mark, bytes) in
        [([0xFF, 0xFE], u16::to_le_bytes as fn(u16) -> [u8; 2]), ([0xFE, 0xFF], u16::to_be_bytes)]
    {
        let text: Vec<u8> = mark.into_iter().chain(HEAD.encode_utf16().flat_map(bytes)).collect();
        let found = file::parse(&text, "case").expect_err("a file in UTF-16");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].message, "the file is in UTF-16");
    }
}

#[test]
fn sums_that_rounding_explains_are_renormalised() {
    let three = HEAD.replace("s0 s1", "s0 s1 s2").replace("dark light", "7");
    let seventh = "0.14 ".repeat(7);
    let text = format!(
        "{three}start: 0.3333 0.3333 0.3333\nT: * identity\nT: go : s0 0.33 0.33 0.33\nT: go : s1 0.3 0.3 0.3\nT: go : s2 0.67 0.17 0.17\nO: * : * {seventh}\nO: go : * : * 0.14\nR: * : s0 : * : * 1\n"
    );
    let file = read(&text);
    let third = 1.0 / 3.0;
    for s in 0..3 {
        assert!((file.model.start()[s] - third).abs() < 1e-15);
        assert!((file.model.transition().get(3, s) - third).abs() < 1e-15);
        assert!((file.model.observation().get(5, s) - 1.0 / 7.0).abs() < 1e-15);
    }
    assert!((file.model.transition().get(5, 0) - 0.67 / 1.01).abs() < 1e-15);
    let warnings = of_kinds(&file, &[Kind::Renormalised]);
    let lines: Vec<_> = warnings.iter().map(|warning| (warning.line, warning.message.as_str())).collect();
    assert_eq!(
        lines,
        [
            (6, "the start belief sums to 0.9999 and is renormalised"),
            (8, "3 transition rows miss 1, by 1.0e-1 at most, and are renormalised; this is the first"),
            (11, "6 observation rows miss 1, by 2.0e-2 at most, and are renormalised; this is the first"),
        ]
    );
    let strictly = refused(&text, ReadOptions::strict());
    assert_eq!(strictly.iter().map(|error| error.kind).collect::<Vec<_>>(), {
        let mut kinds = vec![Kind::StartVector];
        kinds.resize(10, Kind::RowSum);
        kinds
    });
}

#[test]
fn rounding_is_that_of_the_numbers_that_are_left_in_a_row() {
    let row = |entries: &str| format!("{HEAD}{BODY}{entries}");
    // One number each, in any order, over whatever stood there.
    read(&row("T: go : s0 : s1 0.33\nT: go : s0 : s0 0.665\n"));
    read(&row("T: go : s0 0.33 0.5\nT: go : s0 : s1 0.665\n"));
    read(&row("T: * : * 0.33 0.1\nT: go : * : s1 0.665\nT: stay : * : s1 0.67\n"));
    // Whole numbers are not rounded, nor are words.
    for wrong in [
        "T: go : s0 1 0.001\n",
        "T: go : s0 : s1 0.001\n",
        "O: go uniform\nO: go : s0 : dark 0.49\n",
        "T: go : s0 0.33 0.66\n",
        "T: go : s0 0.5 0.4\n",
        "T: go : s0 0.0 0.0\n",
    ] {
        let found = refused(&row(wrong), ReadOptions::default());
        assert!(
            found.iter().all(|error| error.kind == Kind::RowSum) && !found.is_empty(),
            "{wrong}: {found:?}"
        );
    }
}

#[test]
fn a_writer_of_six_decimals_may_have_three_hundred_observations() {
    let row = "0.003333 ".repeat(300);
    let text = format!(
        "discount: 0.95 values: reward states: 2 actions: 1 observations: 300\nT: 0 identity\nO: 0 : 0 {row}\nO: 0 : 1 {row}\nR: * : 0 : * : * 3\n"
    );
    let file = read(&text);
    assert!((file.model.observation().get(1, 17) - 1.0 / 300.0).abs() < 1e-15);
    assert_eq!(of_kinds(&file, &[Kind::Renormalised]).len(), 1);
}

#[test]
fn probabilities_outside_of_their_range_by_noise_are_taken_for_its_ends() {
    let text = format!(
        "{HEAD}{BODY}start: 1.0000000000000002 -0.0\nT: stay : s0 : s0 1.0000001\nT: go : s0 -2.7e-17 1\nO: go : s1 : dark -0.000001\nO: go : s1 : light 1\n"
    );
    let file = read(&text);
    assert_eq!((file.model.start(), file.model.transition().get(0, 0)), (&[1.0, 0.0][..], 1.0));
    assert_eq!((file.model.transition().row(2).len(), file.model.observation().row(3).len()), (1, 1));
    let clamped = of_kinds(&file, &[Kind::Clamped]);
    assert_eq!((clamped.len(), clamped[0].line, clamped[0].column), (1, 9, 8));
    assert!(clamped[0].message.starts_with("5 probabilities lie outside of [0, 1], by 1.0e-6 at most"));
    for wrong in ["1.0001 0", "-0.0001 1", "1 -0.5", "+1 0", "1e999 0", "-1e999 1"] {
        let found = refused(&format!("{HEAD}{BODY}T: go : s0 {wrong}\n"), ReadOptions::default());
        assert_eq!(found.len(), 1, "{wrong}: {found:?}");
    }
    let strictly = refused(&text, ReadOptions::strict());
    assert!(strictly.len() >= 5, "{strictly:?}");
}

#[test]
fn any_row_of_a_positive_sum_is_normalised_on_request() {
    let text = format!(
        "{HEAD}start: 2 6\nT: * identity\nT: go : s0 85 15\nT: go : s1 : s0 3\nO: * 4 1 1 4\nO: stay : s0 0.2 0.2\nR: * : s0 : * : * 1\n"
    );
    let file = file::parse_with(text.as_bytes(), "case", normalizing()).expect("rows of positive sums");
    assert_eq!(file.model.start(), [0.25, 0.75]);
    let (t, o) = (file.model.transition(), file.model.observation());
    assert_eq!([t.get(2, 0), t.get(3, 0), t.get(3, 1)], [0.85, 0.75, 0.25]);
    assert_eq!([o.get(0, 0), o.get(1, 1), o.get(2, 0)], [0.5, 0.8, 0.8]);
    assert_eq!(of_kinds(&file, &[Kind::Renormalised]).len(), 3);
    assert!(refused(&text, ReadOptions::default()).len() > 3);
    for (wrong, kind) in [
        ("T: go : s0 1 -0.5", Kind::ProbabilityOutOfRange),
        ("T: go : s0 0 0", Kind::RowSum),
        ("T: go : s0 1e308 1e308", Kind::RowSum),
        ("T: go : s0 1e999 0", Kind::NotFinite),
        ("O: go : s0 3 +4", Kind::ProbabilityOutOfRange),
    ] {
        let found = refused(&format!("{HEAD}{BODY}{wrong}\n"), normalizing());
        assert_eq!(places(&found).iter().map(|place| place.0).collect::<Vec<_>>(), [kind], "{wrong}");
    }
    // What was never written is not normalised, and strictly nothing is.
    let part = format!("{HEAD}T: stay identity\nO: * uniform\n");
    assert_eq!(places(&refused(&part, normalizing())), [(Kind::RowSum, 8, 1)]);
    let mut strict = ReadOptions::strict();
    strict.normalize = true;
    assert_eq!(
        places(&refused(&format!("{HEAD}{BODY}T: go : s0 0.5 0.2\n"), strict)),
        [(Kind::RowSum, 9, 1)]
    );
}

#[test]
fn a_discount_may_come_from_elsewhere() {
    let text = HEAD.replace("discount: 0.9\n", "") + BODY;
    let mut options = ReadOptions::default();
    options.discount = Some(0.75);
    let file = file::parse_with(text.as_bytes(), "case", options).expect("a file without discount");
    assert_eq!((file.model.discount(), file.warnings.len()), (0.75, 0));
    let own = file::parse_with(format!("{HEAD}{BODY}").as_bytes(), "case", options).expect("a file with one");
    assert_eq!(own.model.discount(), 0.9);
    // One that is wrong is not replaced, and strictly there has to be one.
    let wrong = format!("{}{BODY}", HEAD.replace("0.9", "2"));
    assert_eq!(places(&refused(&wrong, options)), [(Kind::DiscountOutOfRange, 1, 11)]);
    options.strict = true;
    assert_eq!(places(&refused(&text, options)), [(Kind::MissingItem, 5, 1)]);
    // Entries are read the same where the preamble is not complete.
    let late = text.replace("R: *", "R: nowhere");
    assert_eq!(
        places(&refused(&late, ReadOptions::default())),
        [(Kind::MissingItem, 5, 1), (Kind::UnknownName, 7, 4)]
    );
}

#[test]
fn names_that_are_none_are_one_error_and_nothing_follows_from_it() {
    for (states, place, word, help) in [
        ("1 2 3 4 5", 9, "1", "write `states: 5`"),
        ("2 0", 9, "2", "write `states: 2`"),
        ("00 01 10 11", 9, "00", "write `states: 4`"),
        ("(0,0) (0,1) (1,0)", 9, "(0,0)", "call it `s0-0`"),
        ("0,0 0,1", 9, "0,0", "call it `s0-0`"),
        ("[1] [2]", 9, "[1]", "call it `s1`"),
        ("s0, s1, s2", 9, "s0,", "white space alone"),
        ("s0 1a 2b", 12, "1a", "call it `s1a`"),
        ("1a 2b", 9, "1a", "call it `s1a`"),
        ("\"left\" \"right\"", 9, "\"left\"", "call it `left`"),
        ("room.1 room.2", 9, "room.1", "call it `room-1`"),
        ("_a _b", 9, "_a", "call it `s_a`"),
        ("\u{e9}tat autre", 9, "\u{e9}tat", "call it `tat`"),
        ("3 s0 s1", 9, "3", "call it `s3`"),
        ("s0 s1 *", 15, "*", "call it `s1`"),
        ("<> s1", 9, "<>", "call it `s1`"),
    ] {
        let word_of = states.split(' ').next().expect("a word");
        let text = format!(
            "{}start: {word_of}\nT: * identity\nT: go : {word_of} : {word_of} 1.0\nO: * uniform\nR: * : {word_of} : * : * 1\nT: go : 7 : 9 1\n",
            HEAD.replace("s0 s1", states)
        );
        let found = refused(&text, ReadOptions::default());
        assert_eq!(places(&found), [(Kind::NoName, 3, place)], "{states}: {found:?}");
        assert!(
            found[0].message.ends_with(&format!("a name begins with a letter: not so `{word}`")),
            "{found:?}"
        );
        assert!(found[0].help.as_ref().is_some_and(|text| text.contains(help)), "{states}: {found:?}");
    }
    // Each list by itself, and what is wrong with other items besides.
    let text = HEAD.replace("s0 s1", "1 2").replace("dark light", "(a) (b)").replace("reward", "rewrad")
        + "T: 1 : (2) 3\n";
    let found = refused(&text, ReadOptions::default());
    let expected = [(Kind::UnexpectedToken, 2, 9), (Kind::NoName, 3, 9), (Kind::NoName, 5, 15)];
    assert_eq!(places(&found), expected);
    // The same where the list comes too late.
    let late = format!("T: (1) : 2 uniform\nO: (x)\n{}", HEAD.replace("s0 s1", "(1) (2)"));
    let found = refused(&late, ReadOptions::default());
    assert_eq!(places(&found), [(Kind::EntryBeforePreamble, 1, 1), (Kind::NoName, 5, 9)]);
}

#[test]
fn numbers_from_0_on_are_a_count() {
    let body = "T: * identity\nO: * : 1 0.2 0.8\nO: * : 0 0.8 0.2\nR: * : 0 : * : 1 1\n";
    let listed = HEAD.replace("s0 s1", "0 1").replace("stay go", "0 1 2").replace("dark light", "0\n1");
    let counted = HEAD.replace("s0 s1", "2").replace("stay go", "3").replace("dark light", "2");
    let file = read(&format!("{listed}{body}"));
    assert_eq!(file.model, read(&format!("{counted}{body}")).model);
    assert_eq!(of_kinds(&file, &[Kind::NumberedNames]).len(), 3);
    let strictly = refused(&format!("{listed}{body}"), ReadOptions::strict());
    assert_eq!(places(&strictly), [(Kind::NoName, 3, 9), (Kind::NoName, 4, 10), (Kind::NoName, 5, 15)]);
}

#[test]
fn an_error_far_along_a_line_has_its_column() {
    let spaces = " ".repeat(70_000);
    let found = refused(
        &format!("{HEAD}{BODY}{spaces}T: gone : s0 uniform{spaces}T: go : s0 @"),
        ReadOptions::default(),
    );
    assert_eq!(places(&found), [(Kind::UnknownName, 9, 70_004), (Kind::IllegalCharacter, 9, 140_032)]);
    assert_eq!(found[0].span.len(), 4);
}
