//! `dpac check`, `info` and `convert`: what they print of good and of bad files.

use assert_cmd::Command;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

/// A good problem: a light that a switch toggles.
const SWITCH: &str = "discount: 0.9\nvalues: reward\nstates: dark light\nactions: wait press\nobservations: no yes\n\
    start: dark\nT: wait identity\nT: press\n0 1\n1 0\nO: * : dark : no 1\nO: * : light : yes 1\n\
    R: * : light : * : * 1\n";

/// The same with an extension of the grammar and a state that is never reached.
fn suspicious() -> String {
    SWITCH
        .replace("states: dark light", "states: dark light broken")
        .replace(
            "T: press\n0 1\n1 0\n",
            "T: press : dark : light 1\nT: press : light : dark 1\nT: press : broken : dark 1\n",
        )
        .replace("O: * : light : yes 1", "O: * : light : yes : 1\nO: * : broken : no 1")
}

fn scratch(files: &[(&str, &str)]) -> TempDir {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    for (name, text) in files {
        std::fs::write(scratch.path().join(name), text).expect("a file");
    }
    scratch
}

fn output(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
    command.current_dir(directory).env("COLUMNS", "80").args(arguments).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn checked(directory: &Path, arguments: &[&str], code: i32) -> Value {
    let output = output(directory, &[&["check", "--json"], arguments].concat());
    assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// (line, column) of each finding of a list.
fn places(findings: &Value) -> Vec<(u64, u64)> {
    let number = |value: &Value| value.as_u64().expect("a number");
    let list = findings.as_array().expect("a list");
    list.iter().map(|finding| (number(&finding["line"]), number(&finding["column"]))).collect()
}

#[test]
fn good_problem_is_checked_with_its_sizes() {
    let scratch = scratch(&[("switch.POMDP", SWITCH)]);
    assert_eq!(
        checked(scratch.path(), &["switch.POMDP"], 0),
        json!([{
            "file": "switch.POMDP", "ok": true, "states": 2, "actions": 2, "observations": 2, "discount": 0.9,
            "nonzeros": 8, "errors": [], "warnings": [],
        }])
    );
}

#[test]
fn every_error_of_every_file_is_listed_where_it_stands() {
    let bad = SWITCH.replace("T: wait", "T: wiat").replace("0 1\n", "0 1.5\n");
    let scratch = scratch(&[("good.POMDP", SWITCH), ("bad.POMDP", &bad)]);
    let list = checked(scratch.path(), &["bad.POMDP", "good.POMDP", "nowhere.POMDP"], 2);
    let report = &list[0];
    assert_eq!(
        (&report["ok"], &report["states"], &report["nonzeros"]),
        (&json!(false), &Value::Null, &Value::Null)
    );
    assert_eq!(places(&report["errors"]), [(7, 4), (9, 3)]);
    let error = &report["errors"][0];
    assert_eq!(error["message"], "there is no action called `wiat`");
    assert_eq!((&error["help"], &error["file"]), (&json!("did you mean `wait`?"), &json!("bad.POMDP")));
    assert_eq!((&list[1]["file"], &list[1]["ok"]), (&json!("good.POMDP"), &json!(true)));
    let unreadable = &list[2]["errors"][0];
    assert!(unreadable["message"].as_str().expect("a message").starts_with("cannot read the problem: "));
    assert_eq!((&unreadable["line"], &unreadable["column"]), (&Value::Null, &Value::Null));
}

#[test]
fn columns_count_characters_behind_comments_in_any_encoding() {
    let mut bytes = SWITCH.replace("T: wait", "# \u{e9}t\u{e9}\nT: wiat").into_bytes();
    bytes.splice(0..0, *b"# \xff\xfe\n");
    let scratch = scratch(&[]);
    std::fs::write(scratch.path().join("bytes.POMDP"), bytes).expect("a file");
    let list = checked(scratch.path(), &["bytes.POMDP"], 2);
    assert_eq!(places(&list[0]["errors"])[0], (9, 4));
}

#[test]
fn strictly_warnings_and_extensions_are_errors() {
    let idle = suspicious().replace("yes : 1", "yes 1");
    let scratch = scratch(&[("odd.POMDP", &suspicious()), ("idle.POMDP", &idle), ("switch.POMDP", SWITCH)]);
    let list = checked(scratch.path(), &["odd.POMDP"], 0);
    assert_eq!((&list[0]["ok"], &list[0]["states"]), (&json!(true), &json!(3)));
    assert_eq!(places(&list[0]["warnings"]), [(3, 1), (12, 20)]);
    let list = checked(scratch.path(), &["odd.POMDP", "idle.POMDP", "switch.POMDP", "--strict"], 2);
    let errors = |i: usize| (&list[i]["ok"], places(&list[i]["errors"]), &list[i]["warnings"]);
    assert_eq!(errors(0), (&json!(false), vec![(12, 20)], &json!([])));
    assert_eq!(errors(1), (&json!(false), vec![(3, 1)], &json!([])));
    assert_eq!(errors(2), (&json!(true), vec![], &json!([])));
}

#[test]
fn configuration_is_checked_with_the_problem_that_it_names() {
    let scratch = scratch(&[
        ("good.toml", "problem = { file = \"switch.POMDP\", discount = 0.5 }\n"),
        ("key.toml", "[problem]\nfile = \"switch.POMDP\"\nhorzon = 3\n"),
        ("lost.toml", "[problem]\nfile = \"nowhere.POMDP\"\n"),
        ("large.toml", "[problem]\nfile = \"switch.POMDP\"\nhorizon = 10000\n"),
        ("bad.toml", "problem.file = \"bad.POMDP\"\n"),
        ("odd.toml", "problem.file = \"odd.POMDP\"\n"),
        ("switch.POMDP", SWITCH),
        ("bad.POMDP", &SWITCH.replace("T: wait", "T: wiat")),
        ("odd.POMDP", &suspicious()),
    ]);
    let files = ["good.toml", "key.toml", "lost.toml", "large.toml", "bad.toml", "odd.toml"];
    let list = checked(scratch.path(), &files, 2);
    let verdicts: Vec<_> =
        list.as_array().expect("a list").iter().map(|report| report["ok"] == true).collect();
    assert_eq!(verdicts, [true, false, false, false, false, true]);
    assert_eq!((&list[0]["states"], &list[0]["discount"]), (&json!(2), &json!(0.5)));
    assert_eq!(places(&list[1]["errors"]), [(3, 1)]);
    assert_eq!(places(&list[2]["errors"]), [(2, 8)]);
    assert!(list[3]["errors"][0]["message"].as_str().expect("a message").contains("feature components"));
    // Errors of the problem are located in the problem.
    assert_eq!(list[4]["errors"][0]["file"], "bad.POMDP");
    assert_eq!(places(&list[4]["errors"])[0], (7, 4));
    assert_eq!(places(&list[5]["warnings"]), [(3, 1), (12, 20)]);
    assert_eq!(checked(scratch.path(), &["odd.toml", "--strict"], 2)[0]["ok"], false);
    assert!(!scratch.path().join("runs").exists());
}

#[test]
fn errors_are_drawn_and_every_file_has_its_line() {
    let bad = SWITCH.replace("T: wait", "T: wiat");
    let scratch = scratch(&[("bad.POMDP", &bad), ("switch.POMDP", SWITCH), ("odd.POMDP", &suspicious())]);
    let output = output(scratch.path(), &["check", "bad.POMDP", "switch.POMDP", "odd.POMDP"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(text(&output.stdout), @r"
    bad.POMDP: NOT usable, 1 error
    switch.POMDP: fine; 2 states, 2 actions, 2 observations, γ = 0.9
    odd.POMDP: fine, 2 warnings; 3 states, 2 actions, 2 observations, γ = 0.9
    ");
    let drawn = text(&output.stderr);
    for part in ["bad.POMDP:7:4", "did you mean `wait`?", "odd.POMDP:3:1", "never reached: state broken"] {
        assert!(drawn.contains(part), "{part:?} is not in\n{drawn}");
    }
}

#[test]
fn shipped_files_pass_strictly() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let problems =
        ["tiger", "load-unload", "crying-baby"].map(|name| format!("configs/problems/{name}.POMDP"));
    let files: Vec<&str> = problems.iter().map(String::as_str).collect();
    let list = checked(root, &[&["--strict"], files.as_slice()].concat(), 0);
    assert_eq!(list.as_array().map(Vec::len), Some(3));
    assert_eq!(checked(root, &["configs/tiger.toml"], 0)[0]["states"], 2);
}

#[test]
fn description_of_tiger_holds_sizes_structure_and_bounds() {
    let output = output(Path::new(env!("CARGO_MANIFEST_DIR")), &["info", "configs/problems/tiger.POMDP"]);
    assert!(output.status.success() && output.stderr.is_empty());
    let screen = text(&output.stdout);
    assert!(screen.lines().all(|line| line.chars().count() <= 80 && line.trim_end() == line), "{screen}");
    insta::assert_snapshot!(screen, @r"
    tiger
      sizes      2 states, 3 actions, 2 observations, γ = 0.95
      start      2 states, equally likely: tiger-left, tiger-right
                 nothing is seen before the first action
      T          10 of 12 nonzero (83.333 %); 2 of 6 rows deterministic
                 0 states that no action leaves
      O          12 of 12 nonzero (100.000 %); 0 of 6 rows deterministic
                 tells nothing about the state after: open-left, open-right
      r(s, a)    6 of 6 nonzero (100.000 %)
                 from -100 to 10
                 depends on state and action; no R entry names s' or o
      reached    2 of 2 states
                 2 of 2 observations
      bounds     of V* at H = 4, in the problem's own units
                      -3.709875  always listen
                      37.098750  the state is seen
    ");
}

#[test]
fn description_of_features_counts_the_independent_ones_of_every_step() {
    let paragraph = |problem: &str, features: &str| {
        let output = output(scratch(&[]).path(), &["info", problem, "--features", features]);
        assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
        let screen = text(&output.stdout);
        let paragraph = &screen[screen.find("  features ").expect("a paragraph")..];
        let fits = |line: &str| line.chars().count() <= 80 && line.trim_end() == line;
        assert!(paragraph.lines().all(fits), "{paragraph}");
        paragraph.to_owned()
    };
    insta::assert_snapshot!(paragraph("tiger", "window:1"), @r"
      features   window:1 of a critic, under the uniform policy
                  step  dimension  rank  λ_min⁺ of E φφ'      λ_max  largest zero
                     0          3     3        3.3333e-1  3.3333e-1
                     1         18    18        5.5556e-2  5.5556e-2
                     2         18    18        5.5556e-2  5.5556e-2
                     3         18    18        5.5556e-2  5.5556e-2
                 μ_φ, the least γ^h λ_min⁺ of a step: 4.7632e-2
                 every step has full rank
                 Definition 3, λ_min of Σ_h γ^h E φφ': none, dimensions differ
                 zero is what is below 1e-10 of the largest in its block
    ");
    insta::assert_snapshot!(paragraph("light-maze", "belief-memory:1"), @r"
      features   belief-memory:1 of a critic, under the uniform policy
                  step  dimension  rank  λ_min⁺ of E φφ'      λ_max  largest zero
                     0          4     4        2.5000e-1  2.5000e-1
                     1       1008    20        3.1250e-2  3.1250e-2             0
                     2       1008    44        7.8125e-3  3.1250e-2             0
                     3       1008    76        1.9531e-3  2.7344e-2             0
                 μ_φ, the least γ^h λ_min⁺ of a step: 1.6746e-3
                 the least γ^h λ_min of a step: 0, first at step 1
                 Definition 3, λ_min of Σ_h γ^h E φφ': none, dimensions differ
                 zero is what is below 1e-10 of the largest in its block
    ");
    insta::assert_snapshot!(paragraph("light-maze", "belief-memory:1,span"), @r"
      features   belief-memory:1,span of a critic, under the uniform policy
                  step  dimension  rank  λ_min⁺ of E φφ'      λ_max  largest zero
                     0          4     4        2.5000e-1  2.5000e-1
                     1         20    20        1.5625e-2  3.1250e-2
                     2         44    44        3.9062e-3  3.1250e-2
                     3         76    76        9.7656e-4  2.7344e-2
                 μ_φ, the least γ^h λ_min⁺ of a step: 8.3728e-4
                 every step has full rank
                 Definition 3, λ_min of Σ_h γ^h E φφ': none, dimensions differ
                 zero is what is below 1e-10 of the largest in its block
    ");
    insta::assert_snapshot!(paragraph("tiger3", "belief:1"), @r"
      features   belief:1 of a critic, under the uniform policy
                  step  dimension  rank  λ_min⁺ of E φφ'      λ_max  largest zero
                     0          6     3        1.6667e-1  1.6667e-1             0
                     1          6     6        2.7222e-2  1.6667e-1
                     2          6     6        3.0328e-2  1.6667e-1
                     3          6     6        3.1154e-2  1.6667e-1
                 μ_φ, the least γ^h λ_min⁺ of a step: 2.5861e-2
                 the least γ^h λ_min of a step: 0, first at step 0
                 Definition 3, λ_min of Σ_h γ^h E φφ': 7.9943e-2
                 zero is what is below 1e-10 of the largest in its block
    ");
    let json = output(scratch(&[]).path(), &["info", "tiger3", "--features", "belief:1", "--json"]);
    let json: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    for (key, shown) in [("mu_stacked", 2.5861e-2), ("mu_definition_3", 7.9943e-2)] {
        let found = json["features"][key].as_f64().expect("a number");
        assert!((found - shown).abs() < 1e-6, "{key}: {found}");
    }
}

#[test]
fn features_that_do_not_fit_or_cannot_be_read_exit_with_two() {
    for (features, parts) in [
        ("beleif:2", ["did you mean \"belief\"?", "--features"]),
        ("belief:3", ["expected degree 1 or 2, found 3", "--features"]),
        ("window", ["missing field `length`", "--features"]),
        ("fourier:1,components=3,scale=1", ["need real-valued observations", "help: use features of kind"]),
        ("window:9999", ["more than 134217728 feature components", "smaller length"]),
    ] {
        let output =
            output(scratch(&[]).path(), &["info", "tiger", "--horizon", "10000", "--features", features]);
        assert_eq!(output.status.code(), Some(2), "{features}");
        assert!(output.stdout.is_empty());
        for part in parts {
            assert!(text(&output.stderr).contains(part), "{}", text(&output.stderr));
        }
    }
}

#[test]
fn description_names_what_is_never_met_and_what_rewards_depend_on() {
    let odd = suspicious().replace("R: * : light : * : * 1", "R: * : * : light : yes 1");
    let scratch = scratch(&[("odd.POMDP", &odd)]);
    let output = output(scratch.path(), &["info", "odd.POMDP", "--horizon", "3"]);
    assert!(output.status.success());
    // The warnings of the file are drawn apart from its description.
    assert!(text(&output.stderr).contains("never reached: state broken"));
    insta::assert_snapshot!(text(&output.stdout), @r"
    odd
      sizes      3 states, 2 actions, 2 observations, γ = 0.9
      start      state dark, certainly
                 nothing is seen before the first action
      T          6 of 18 nonzero (33.333 %); 6 of 6 rows deterministic
                 0 states that no action leaves
      O          6 of 12 nonzero (50.000 %); 6 of 6 rows deterministic
                 tells about the state after every action
      r(s, a)    2 of 6 nonzero (33.333 %)
                 from 0 to 1
                 depends on state and action; R entries name s' and o
      reached    2 of 3 states; never broken
                 2 of 2 observations
      bounds     of V* at H = 3, in the problem's own units
                       1.810000  always press
                       2.710000  the state is seen
    ");
}

#[test]
fn description_as_json_has_all_of_the_screen() {
    let output =
        output(Path::new(env!("CARGO_MANIFEST_DIR")), &["info", "--json", "configs/problems/tiger.POMDP"]);
    assert!(output.status.success() && output.stderr.is_empty());
    let mut json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let bounds = json["bounds"].take();
    assert_eq!(
        json,
        json!({
            "problem": "tiger", "states": 2, "actions": 3, "observations": 2, "discount": 0.95,
            "copies_of_observations": 1, "own_features": null,
            "start": { "states": ["tiger-left", "tiger-right"], "equally_likely": true },
            "initial_observation": false,
            "transition": { "nonzeros": 10, "entries": 12, "rows": 6, "deterministic_rows": 2 },
            "absorbing_states": 0,
            "reset": null,
            "observation": { "nonzeros": 12, "entries": 12, "rows": 6, "deterministic_rows": 0 },
            "uninformative_actions": ["open-left", "open-right"],
            "sensors": null,
            "reward": {
                "nonzeros": 6, "entries": 6, "range": [-100.0, 10.0], "declared_range": [-100.0, 10.0],
                "counted_as": "reward", "depends_on_state": true, "depends_on_action": true,
                "entries_name_successor": false, "entries_name_observation": false,
            },
            "states_met": { "reached": 2, "never": [] },
            "observations_met": { "reached": 2, "never": [] },
            "bounds": null,
            "features": null,
        })
    );
    assert_eq!((&bounds["horizon"], &bounds["lower_action"]), (&json!(4), &json!("listen")));
    let near = |key: &str, value: f64| (bounds[key].as_f64().expect("a number") - value).abs() < 1e-6;
    assert!(near("lower", -3.709_875) && near("upper", 37.098_75), "{bounds}");
}

#[test]
fn description_of_a_built_in_problem_tells_the_declared_range_from_the_rewards() {
    let output = output(scratch(&[]).path(), &["info", "toggle"]);
    assert!(output.status.success());
    let screen = text(&output.stdout);
    for part in
        ["from 0.2 to 0.9; declared from 0 to 1\n", "an observation is seen before the first action\n"]
    {
        assert!(screen.contains(part), "{screen}");
    }
}

#[test]
fn converted_problem_reads_back_to_the_same_tables() {
    use dpac::pomdp::file::parse;
    let scratch = scratch(&[("odd.POMDP", &suspicious())]);
    let printed = output(scratch.path(), &["convert", "odd.POMDP"]);
    assert!(printed.status.success());
    let written = output(scratch.path(), &["convert", "odd.POMDP", "--to", "pomdp", "--out", "new.POMDP"]);
    assert!(written.status.success() && written.stdout.is_empty());
    let file = std::fs::read(scratch.path().join("new.POMDP")).expect("a file");
    assert_eq!(file, printed.stdout);
    let (old, new) = (parse(suspicious().as_bytes(), "odd"), parse(&file, "odd"));
    assert_eq!(old.expect("a problem").model, new.expect("a problem").model);
}

#[test]
fn problem_as_json_lists_its_nonzeros() {
    let scratch = scratch(&[("switch.POMDP", SWITCH)]);
    let output = output(scratch.path(), &["convert", "switch.POMDP", "--to", "json"]);
    assert!(output.status.success());
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        json,
        json!({
            "name": "switch", "discount": 0.9,
            "states": ["dark", "light"], "actions": ["wait", "press"], "observations": ["no", "yes"],
            "start": [[0, 1.0]],
            "transition": [[0, 0, 0, 1.0], [0, 1, 1, 1.0], [1, 0, 1, 1.0], [1, 1, 0, 1.0]],
            "observation": [[0, 0, 0, 1.0], [0, 1, 1, 1.0], [1, 0, 0, 1.0], [1, 1, 1, 1.0]],
            "initial_observation": null,
            "reward": [[0, 1, 1.0], [1, 1, 1.0]],
        })
    );
}

#[test]
fn built_in_problem_is_converted_with_a_word_on_what_the_format_lacks() {
    let scratch = scratch(&[]);
    let output = output(scratch.path(), &["convert", "toggle"]);
    assert!(output.status.success());
    assert!(text(&output.stdout).contains("observations: 2\n"));
    assert!(text(&output.stderr).contains("before the first action is left out"), "{}", text(&output.stderr));
}

#[test]
fn problem_that_cannot_be_read_exits_with_two_and_writes_nothing() {
    let scratch = scratch(&[("bad.POMDP", &SWITCH.replace("T: wait", "T: wiat"))]);
    for (problem, part) in
        [("bad.POMDP", "did you mean `wait`?"), ("lion", "no built-in problem is called \"lion\"")]
    {
        for command in [&["info"][..], &["convert", "--out", "new.POMDP"]] {
            let output = output(scratch.path(), &[command, &[problem]].concat());
            assert_eq!(output.status.code(), Some(2));
            assert!(output.stdout.is_empty());
            assert!(text(&output.stderr).contains(part), "{}", text(&output.stderr));
        }
    }
    assert!(!scratch.path().join("new.POMDP").exists());
    assert_eq!(output(scratch.path(), &["convert", "toggle", "--out", "no/where"]).status.code(), Some(1));
}

/// A reward of 1 and back to the start.
const RETURN: &str = "discount: 0.5\nvalues: reward\nstates: home\nactions: go\nobservations: 1\nT: go : * reset\n\
    O: * uniform\nR: go : home : * : * 1\n";

#[test]
fn every_command_reads_reset_as_asked_and_says_so() {
    let scratch = scratch(&[("return.POMDP", RETURN)]);
    let screen = |arguments: &[&str]| {
        let output = output(scratch.path(), arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let solve = ["solve", "return.POMDP", "--horizon", "3"];
    let simulate =
        ["simulate", "return.POMDP", "--horizon", "3", "--policy", "constant:go", "--episodes", "9"];
    for (meaning, said, value) in [
        (&[][..], "1 row restarts by the start belief, and the episode goes on\n", "1.750000"),
        (
            &["--reset", "continue"],
            "1 row restarts by the start belief, and the episode goes on\n",
            "1.750000",
        ),
        (&["--reset", "end"], "1 row ends the episode\n", "1.000000"),
    ] {
        for command in [&["info", "return.POMDP", "--horizon", "3"][..], &solve, &simulate] {
            let shown = screen(&[command, meaning].concat());
            assert!(shown.contains(said) && shown.contains(value), "{shown}");
        }
        let read_as = meaning.last().unwrap_or(&"continue");
        for command in [&solve[..], &simulate] {
            let json: Value =
                serde_json::from_str(&screen(&[command, meaning, &["--json"]].concat())).expect("JSON");
            assert_eq!(json["reset"], json!({ "rows": 1, "read_as": read_as }));
        }
    }
    assert!(screen(&["convert", "return.POMDP", "--reset", "end"]).contains("states: home end\n"));
    assert!(
        screen(&["check", "return.POMDP", "--reset", "end"]).contains("fine, 1 warning; 2 states, 1 action")
    );
}

#[test]
fn screens_are_silent_about_reset_where_there_is_none() {
    let scratch = scratch(&[("switch.POMDP", SWITCH)]);
    for command in [&["info", "switch.POMDP"][..], &["solve", "switch.POMDP", "--horizon", "2"]] {
        let output = output(scratch.path(), command);
        assert!(output.status.success() && !text(&output.stdout).contains("reset"));
    }
    let output = output(scratch.path(), &["info", "tiger", "--reset", "end"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("built-in problems have no `reset` rows"));
}

#[test]
fn run_with_ends_runs_again_from_its_directory() {
    let scratch = scratch(&[
        ("return.POMDP", RETURN),
        (
            "run.toml",
            "problem = { file = \"return.POMDP\", reset = \"end\", horizon = 2 }\nactor.rounds = 2\n",
        ),
    ]);
    let run = |arguments: &[&str]| {
        let output = output(scratch.path(), &[&["run", "--quiet"], arguments].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
    };
    let summary = |directory: &str| -> Value {
        let path = scratch.path().join(directory).join("summary.json");
        serde_json::from_slice(&std::fs::read(path).expect("a summary")).expect("JSON")
    };
    run(&["run.toml", "--out", "ends"]);
    run(&["ends/config.toml", "--out", "again"]);
    run(&["run.toml", "--set", "problem.reset=continue", "--out", "goes-on"]);
    let (ends, again, goes_on) = (summary("ends"), summary("again"), summary("goes-on"));
    assert_eq!((&ends["digest"], &ends["config_digest"]), (&again["digest"], &again["config_digest"]));
    assert_eq!((&ends["problem"]["states"], &goes_on["problem"]["states"]), (&json!(2), &json!(1)));
    assert_ne!(ends["config_digest"], goes_on["config_digest"]);
}

#[test]
fn run_warns_of_a_reward_that_makes_up_the_range() {
    let penalised = "discount: 0.9 values: reward states: 2 actions: 2 observations: 2
        T: * uniform O: * : 0 1 0 O: * : 1 0 1 R: * : * : * : * -1 R: 0 : 0 : * : * 3 R: 1 : 1 : * : * PENALTY";
    let stderr = |penalty: &str| {
        let problem = penalised.replace("PENALTY", penalty);
        let scratch = scratch(&[("far.POMDP", &problem)]);
        let output = output(scratch.path(), &["run", "far.POMDP", "-q", "--set", "actor.rounds=1"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stderr)
    };
    assert!(!stderr("-1000").contains('⚠'), "a penalty that leaves others apart");
    insta::assert_snapshot!(stderr("-1e9"), @r"
      ⚠ the reward -1e9 of action 1 in state 1 makes up nearly the whole range of rewards: learners see rewards scaled to [0, 1], where all others lie within 4.0e-9 of each other and count as one. Where a penalty stands for an action that does not exist, people choose one of the size of the other rewards, or let the action do what a harmless one does; exact values have no part in this
    ");
}

#[test]
fn rewards_whose_returns_would_overflow_are_a_located_error_in_every_command() {
    let problem = "discount: 0.9 values: reward states: 1 actions: 1 observations: 1
        T: * uniform O: * uniform R: * : * : * : * 1e308";
    let scratch = scratch(&[("large.POMDP", problem)]);
    for arguments in [
        &["solve", "large.POMDP", "--horizon", "4"][..],
        &["simulate", "large.POMDP", "--policy", "uniform"],
        &["check", "large.POMDP"],
        &["run", "large.POMDP"],
    ] {
        let output = output(scratch.path(), arguments);
        let said = text(&output.stderr) + &text(&output.stdout);
        assert!(output.status.code() == Some(2) || arguments[0] == "check", "{arguments:?} {said}");
        assert!(said.contains("large.POMDP:2:52") && said.contains("at most 1e290"), "{arguments:?} {said}");
    }
}
