//! What reading takes stays in proportion to the file and the model, whatever the file is.

#![expect(clippy::float_cmp, reason = "these numbers are exact")]

use super::*;
use std::time::{Duration, Instant};

/// Reads within a time that is generous for what is linear, and far too short for what is not.
fn read_soon(source: &str) -> Result<ProblemFile, Vec<file::Diagnostic>> {
    let began = Instant::now();
    let read = file::parse(source.as_bytes(), "case");
    let elapsed = began.elapsed();
    assert!(elapsed < Duration::from_secs(4), "{elapsed:?} for {} bytes", source.len());
    read
}

#[test]
fn an_error_on_each_of_a_hundred_thousand_lines_is_found_in_linear_time() {
    let states: Vec<String> = (0..100_000).map(|s| format!("state-{s}")).collect();
    let head = HEAD.replace("s0 s1", &states.join(" "));
    for line in [
        "T: gone : state-1 : state-2 0.5\n",
        "T: go : state-100001 : state-2 0.5\n",
        "T: go : 100001 : 7 0.5\n",
        "T: go : 1 : 7 1.5\n",
        "T: go : 1 : 7 1e999\n",
        "R: go : 1 : 7 : 0 1e999\n",
        "T: go : 1 : 7 0.5 0.5\n",
        "T: go : 1 : 7 reset\n",
        "T: go : 1 : 7 0.@5\n",
        "T: uniform : 1 : 7 0.5\n",
        "discount: 0.5\n",
        "T: go : 1 : 7\n",
        "states: 1 2 3 4 5\n",
    ] {
        let errors = read_soon(&format!("{head}{}", line.repeat(100_000))).expect_err("errors");
        let more =
            errors.iter().find_map(|error| if let Kind::More(more) = error.kind { Some(more) } else { None });
        assert!(
            errors.len() <= 202 && more.is_some_and(|more| more >= 99_900),
            "{line}: {} {more:?}",
            errors.len()
        );
    }
    let twice = HEAD.replace("s0 s1", &"same ".repeat(100_000));
    assert!(read_soon(&twice).expect_err("errors").len() <= 202);
    let words = HEAD.replace("s0 s1", &"uniform ".repeat(100_000));
    assert!(read_soon(&words).expect_err("errors").len() <= 202);
}

#[test]
fn rows_without_number_are_not_each_described() {
    // A few bytes that say that there are millions of rows, none of which is given.
    let unspecified = HEAD.replace("s0 s1", "1").replace("stay go", "300000");
    let errors = read_soon(&format!("{unspecified}R: * : * : * : * 1\n")).expect_err("errors");
    assert_eq!(errors.len(), 101);
    assert_eq!(errors[100].kind, Kind::More(599_900));
    let wrong = read_soon(&format!("{unspecified}T: * : * : * 0.25\nO: * uniform\n")).expect_err("errors");
    assert_eq!((wrong.len(), wrong[100].kind), (101, Kind::More(299_900)));
}

#[test]
fn messages_show_the_beginning_of_what_is_long() {
    let long = "x".repeat(1_000_000);
    let body = "T: * identity\nO: * uniform\n";
    for source in [
        format!("{HEAD}{body}T: {long} : s0 uniform\n"),
        format!("{HEAD}{body}T: go : s0 {long}\n"),
        format!("{HEAD}{body}{long}: 3\n"),
        format!("{HEAD}{body}T: {} : s0 uniform\n", "9".repeat(1_000_000)),
        format!("{}{body}", HEAD.replace("s1", &format!("{long} {long}"))),
        format!("{}{body}", HEAD.replace("s0 s1", &"9".repeat(1_000_000))),
        format!("{}{body}", HEAD.replace("s0 s1", &format!("1 {}", "9".repeat(1_000_000)))),
        format!("{}{body}T: go : {long} 0.5 0.25\n", HEAD.replace("s1", &long)),
        format!("{}{body}T: {long} : 0 0.25 0.25\n", HEAD.replace("go", &long)),
    ] {
        for error in read_soon(&source).expect_err("an error") {
            let help = error.help.map_or(0, |help| help.len());
            assert!(error.message.len() < 500 && help < 500, "{}", error.message.len());
        }
    }
    // A long name is a name, and a long number a number.
    let named = read_soon(&format!("{}{body}", HEAD.replace("s1", &long))).expect("a long name");
    assert_eq!(named.model.state_names().name(1).len(), long.len());
    let digits = format!("{HEAD}{body}R: * : * : * : * 0.5{}\n", "0".repeat(1_000_000));
    assert_eq!(read_soon(&digits).expect("a long number").model.reward(0, 0), 0.5);
}

#[test]
fn restarts_of_many_rows_take_the_room_of_what_they_hold() {
    let head = HEAD.replace("s0 s1", "1000000");
    let file = read_soon(&format!("{head}start: 5\nT: * : * reset\nO: * : * : 0 1\n")).expect("restarts");
    assert_eq!(file.model.transition().nonzeros(), 2_000_000);
}

#[test]
fn tables_and_rows_of_any_wildcards_stay_cheap() {
    let mut text = HEAD.replace("s0 s1", "300") + "O: * uniform\n";
    let row = format!("1{}", " 0".repeat(299));
    for line in 0..20_000 {
        text += match line % 6 {
            0 => "T: * : * : * 0\n",
            1 => "T: * uniform\n",
            2 => "T: go : * : 7 1\n",
            3 => "T: * : 8 : * 0.5\n",
            4 => "R: * : * : * : * 1\n",
            _ => "R: go : * : 9 : * 1\n",
        };
    }
    text += &format!("T: * : * {row}\n");
    let file = read_soon(&text).expect("a good file");
    assert_eq!(file.model.transition().nonzeros(), 600);
}

/// A problem of two observations, of which each state shows one.
fn seen(states: usize, entries: &str) -> String {
    let mut text = HEAD.replace("s0 s1", &states.to_string()) + entries;
    for s in 0..states {
        text += &format!("O: * : {s} : {} 1\n", s % 2);
    }
    text + "R: * : 0 : * : * 1\n"
}

/// What the whole process may take is a little, and so many bytes for each of the file, of which one is the
/// text and others are the model: with the tokens of the file in memory it would be eight more.
#[cfg(target_os = "linux")]
fn is_read_within(name: &str, text: &str, bytes_per_byte: usize) {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    std::fs::write(scratch.path().join("large.POMDP"), text).expect("a file");
    let kibibytes = (64 << 10) + bytes_per_byte * text.len() / 1024;
    let script = format!("ulimit -v {kibibytes}; exec \"$0\" \"$@\"");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_dpac"), "check", "large.POMDP"]);
    let output = command.current_dir(scratch.path()).output().expect("a shell");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert_eq!(output.status.code(), Some(0), "{name}, {kibibytes} KiB: {said:?}");
    assert!(said[0].starts_with("large.POMDP: fine; "), "{name}: {said:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn memory_is_that_of_the_text_and_the_model_and_a_little() {
    let mut lines = String::new();
    for i in 0..600_000 {
        let (a, s) = (i / 300_000, i / 3 % 100_000);
        lines += &format!("T: {a} : {s} : {} 0.{}\n", (s + i % 3) % 100_000, [25, 50, 25][i % 3]);
    }
    is_read_within("entries of one number", &seen(100_000, &lines), 6);
    let zeros: String =
        (0..2000).map(|s| format!("{}1 {}\n", "0 ".repeat(s), "0 ".repeat(1999 - s))).collect();
    is_read_within("a matrix of zeros", &seen(2000, &format!("T: go identity\nT: stay\n{zeros}")), 2);
    let row = format!("{}\n", "0.00125 ".repeat(800));
    let rows: String = (0..1600).map(|i| format!("T: {} : {} {row}", i % 2, i / 2)).collect();
    is_read_within("rows of many numbers", &seen(800, &rows), 4);
    let comments = "# Nothing that is said here is of any use to anybody.\n".repeat(200_000);
    is_read_within("comments", &seen(2, &format!("{comments}T: * identity\n")), 2);
}
