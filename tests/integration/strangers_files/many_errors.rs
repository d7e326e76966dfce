//! Errors that are many, or stand far to the right, or in texts that are made to be costly.

use super::{PROBLEM, assert_one_error, dpac, scratch, text};

#[test]
fn an_error_far_to_the_right_is_shown_where_it_stands() {
    // Widths of formats have 16 bits.
    for column in [65_000, 65_535, 65_536, 70_000, 1_000_000] {
        let blanks = " ".repeat(column - "O: *".len() - 1);
        let problem = PROBLEM.replace("O: * 0.8", &format!("O: *{blanks}x"));
        let table = "problem = { builtin = \"tiger\" }\ncritic = {";
        let blanks = " ".repeat(column - "critic = {rounds = ".len() - 1);
        let config = format!("{table}{blanks}rounds = -1 }}\n");
        let scratch = scratch(&[("a.POMDP", problem.as_bytes()), ("a.toml", config.as_bytes())]);
        for (name, place, what) in
            [("a.POMDP", "a.POMDP:10", "found `x`"), ("a.toml", "a.toml:2", "is out of range: -1")]
        {
            let output = dpac(scratch.path(), &["check", name]);
            assert_one_error(&output, &[&format!("{place}:{column}"), what]);
            for line in text(&output.stderr).lines() {
                assert!(line.chars().count() < 250, "{line}");
            }
            let output = dpac(scratch.path(), &["check", "--json", name]);
            let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
            assert_eq!(json[0]["errors"][0]["column"], column);
        }
    }
}

#[test]
fn the_place_is_underlined_in_what_is_shown_of_a_long_line() {
    let config = format!("[critic]\n{}rounds = -1 # {}\n", " ".repeat(100_000), "é".repeat(100_000));
    let scratch = scratch(&[("a.toml", format!("problem.builtin = \"tiger\"\n{config}").as_bytes())]);
    let output = dpac(scratch.path(), &["check", "a.toml"]);
    let error = text(&output.stderr);
    let lines: Vec<&str> = error.lines().collect();
    let shown = lines.iter().position(|line| line.contains("rounds = -1 # é")).expect("the line");
    assert!(lines[shown].starts_with(" 3 │ …") && lines[shown].ends_with('…'), "{error}");
    let column = |line: &str, part: &str| line[..line.find(part).expect("there")].chars().count();
    assert_eq!(column(lines[shown], "-1"), column(lines[shown + 1], "──"), "{error}");
}

/// Lines up to a length.
fn lines(bytes: usize, line: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for i in 0.. {
        let line = line(i);
        if text.len() + line.len() > bytes {
            break;
        }
        text.push_str(&line);
    }
    text
}

#[cfg(unix)]
#[test]
fn many_errors_take_memory_in_proportion_and_are_counted() {
    let keys: String = (0..16_000).map(|i| format!("k{i}=1\n")).collect();
    let scratch = scratch(&[("a.toml", keys.as_bytes())]);
    // The missing problem is an error too.
    let output = super::within(256, scratch.path(), &["check", "a.toml"]);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert_eq!(text(&output.stdout), "a.toml: NOT usable, 16001 errors\n");
    assert!(error.contains("a.toml:99:1"), "{error}");
    assert!(error.ends_with("\n  × and 15901 more errors, which are not shown\n"), "{error}");
    let output = super::within(256, scratch.path(), &["check", "--json", "a.toml"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(json[0]["errors"].as_array().map(Vec::len), Some(100));
    assert_eq!(json[0]["more_errors"], 15_901);
}

/// Texts of a mebibyte, the most that is read, each of which has cost some reader more than its length.
#[cfg(unix)]
#[test]
fn no_configuration_takes_much_memory_or_time() {
    const LENGTH: usize = 1 << 20;
    let dotted = |n: usize| vec!["a"; n].join(".");
    let nested = format!("{}a=1{}\n", format!("{}={{", dotted(78)).repeat(78), "}".repeat(78));
    let texts = [
        lines(LENGTH, |i| format!("k{i}=1\n")),
        lines(LENGTH, |i| format!("k{i}=1\r\n")),
        lines(LENGTH, |i| format!("[s{i}]\n")),
        lines(LENGTH, |_| "= \n".to_owned()),
        lines(LENGTH, |_| "a=1\n".to_owned()),
        lines(LENGTH, |i| format!("\"\\u001b{i}\"=1\n")),
        lines(LENGTH, |i| format!("[{}.b{i}]\n", dotted(70))),
        format!("{}=1\n", "a".repeat(LENGTH - 4)),
        format!("algorithm = \"{}\"\n", "a".repeat(LENGTH - 20)),
        format!("problem.parameters.{}=\"\"\n", "a".repeat(LENGTH - 30)),
        format!("{}=1\n", dotted(LENGTH / 2 - 4)),
        format!("a={}", "[".repeat(LENGTH - 4)),
        format!("a={}", "{a=".repeat(LENGTH / 3 - 4)),
        nested.clone(),
        format!("problem.builtin=\"tiger\"\nproblem.parameters.{nested}"),
        format!("critic.features={{kind=\"window\",{}}}\n", lines(LENGTH - 40, |i| format!("k{i}=1,"))),
        "\"".repeat(LENGTH),
        "\u{1b}".repeat(LENGTH),
        "\n".repeat(LENGTH),
        "#".repeat(LENGTH + 1),
    ];
    for text in texts {
        let scratch = scratch(&[("a.toml", text.as_bytes())]);
        let output = super::within(384, scratch.path(), &["check", "a.toml"]);
        let error = super::text(&output.stderr);
        let beginning: String = text.chars().take(30).collect();
        assert_eq!(output.status.code(), Some(2), "{beginning}: {error}");
        assert!(error.contains('×') && !error.contains("panicked"), "{beginning}: {error}");
        assert!(error.len() < 1 << 17, "{beginning}: {}", error.len());
    }
}

#[test]
fn settings_with_many_parts_are_refused() {
    let scratch = scratch(&[("a.toml", b"problem.builtin = \"tiger\"\n")]);
    for parts in [17, 80, 5000] {
        let setting = format!("{}=1", vec!["a"; parts].join("."));
        let output = dpac(scratch.path(), &["plan", "a.toml", "--set", &setting]);
        assert_eq!(output.status.code(), Some(2));
        let error = text(&output.stderr);
        assert!(error.contains("--set") && !error.contains("panicked"), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn many_errors_of_a_long_problem_file_take_memory_in_proportion() {
    // Eight mebibytes on one line, with an illegal character in every other place.
    let problem = PROBLEM.to_owned() + &"@ ".repeat(4 << 20);
    let scratch = scratch(&[("a.POMDP", problem.as_bytes())]);
    let output = super::within(1024, scratch.path(), &["check", "a.POMDP"]);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.len() < 1 << 17, "{}", error.len());
}
