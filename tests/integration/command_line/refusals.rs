//! Malformed configurations and problem files through the program: exit code 2, the place, and nothing
//! written.

use super::{listing, scratch, text};
use assert_cmd::Command;

/// A good problem: a light that a switch toggles.
const PROBLEM: &str = "discount: 0.9\nvalues: reward\nstates: dark light\nactions: wait press\nobservations: no yes\n\
    T: wait identity\nT: press\n0 1\n1 0\nO: * : dark : no 1\nO: * : light : yes 1\nR: * : light : * : * 1\n";

const CONFIG: &str = "[problem]\nfile = \"switch.POMDP\"\n";

/// Runs `run.toml` beside `switch.POMDP` twice, into the default directory and, by force, into an old run's;
/// both times the program exits with 2, says every part on standard error, and leaves the file system as it
/// was.
fn refused(config: &str, problem: &str, arguments: &[&str], parts: &[&str]) {
    let scratch = scratch();
    std::fs::write(scratch.path().join("run.toml"), config).expect("a configuration");
    std::fs::write(scratch.path().join("switch.POMDP"), problem).expect("a problem");
    let old = scratch.path().join("old");
    std::fs::create_dir(&old).expect("a directory");
    std::fs::write(old.join("config.toml"), "# of an old run\n").expect("a file");
    let before = listing(scratch.path());
    for place in [&["--quiet"][..], &["--out", "new"], &["--out", "old", "--force"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
        let output =
            command.current_dir(&scratch).args(["run", "run.toml"]).args(place).args(arguments).output();
        let output = output.expect("the program runs");
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(output.stdout.is_empty());
        for part in parts {
            assert!(error.contains(part), "{part:?} is not in\n{error}");
        }
        assert!(!error.contains('\u{1b}') && !error.contains("panicked"), "{error}");
        assert_eq!(listing(scratch.path()), before);
    }
}

/// Malformed configurations, which stand behind a good `[problem]` section of two lines.
macro_rules! configurations {
    ($($name:ident: $text:expr => $($part:expr),+;)*) => {
        $(#[test] fn $name() { refused(&format!("{CONFIG}{}", $text), PROBLEM, &[], &[$($part),+]); })*
    };
}

/// Good configurations with malformed settings.
macro_rules! settings {
    ($($name:ident: $setting:expr => $($part:expr),+;)*) => {
        $(#[test] fn $name() { refused(CONFIG, PROBLEM, &["--set", $setting], &[$($part),+]); })*
    };
}

/// Malformed problem files: the good one with a replacement.
macro_rules! problems {
    ($($name:ident: $from:expr, $to:expr => $($part:expr),+;)*) => {
        $(#[test] fn $name() {
            assert!(PROBLEM.contains($from), "nothing to replace");
            refused(CONFIG, &PROBLEM.replacen($from, $to, 1), &[], &[$($part),+]);
        })*
    };
}

#[test]
fn unchanged_configuration_and_problem_run() {
    let scratch = scratch();
    std::fs::write(scratch.path().join("run.toml"), CONFIG).expect("a configuration");
    std::fs::write(scratch.path().join("switch.POMDP"), PROBLEM).expect("a problem");
    let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
    command.current_dir(&scratch).args(["run", "run.toml", "--quiet", "--set", "actor.rounds=2"]);
    command.assert().success();
}

configurations! {
    unclosed_section: "[critic\n" => "run.toml:3:8", "not TOML";
    missing_value: "horizon =\n" => "run.toml:3:10", "not TOML";
    repeated_key: "horizon = 2\nhorizon = 3\n" => "run.toml:4:1", "duplicate key";
    unknown_key: "horzon = 2\n" => "run.toml:3:1", "unknown key `horzon` in [problem]", "did you mean `horizon`?";
    unknown_section: "[critics]\nrounds = 2\n" => "run.toml:3:2", "did you mean `critic`?";
    key_in_the_wrong_section: "[output]\nlocal_steps = 2\n" => "run.toml:4:1", "belongs in [critic] or [actor]";
    wrong_type: "[actor]\nrounds = \"many\"\n" => "run.toml:4:10", "`actor.rounds` is a string, not an integer";
    horizon_zero: "horizon = 0\n" => "run.toml:3:11", "`problem.horizon` is out of range: 0";
    discount_above_one: "discount = 1.5\n" => "run.toml:3:12", "`problem.discount` is out of range: 1.5";
    no_clients: "[federation]\nclients = 0\n" => "run.toml:4:11", "1 to 1000000";
    step_size_not_a_number: "[critic]\nalpha = nan\n" => "run.toml:4:9", "`critic.alpha` is not finite";
    step_size_negative: "[actor]\nzeta = -1\n" => "run.toml:4:8", "a number above 0 or \"auto\"";
    unknown_target: "[actor]\ntarget = \"v\"\n" => "run.toml:4:10", "\"q\", \"advantage\" or \"compatible\"";
    features_without_kind: "[critic]\nfeatures = {}\n" => "run.toml:4:12", "missing key `critic.features.kind`";
    window_without_length: "[critic.features]\nkind = \"window\"\n" => "run.toml:4:8", "missing key `critic.features.length`";
    two_sources: "builtin = \"tiger\"\n" => "run.toml:3:1", "exclude each other";
    average_from_too_late: "[critic]\nrounds = 2\naverage_from = 2\n" => "run.toml:5:16", "less than `critic.rounds`, 2";
    features_that_do_not_fit: "horizon = 10000\n" => "run.toml", "feature components";
    sizes_that_overflow: "[actor]\nrounds = 1000000000\nlocal_steps = 1000000000\n[federation]\nclients = 1000000\n"
        => "run.toml:7:11", "exceeds 2^64 - 1";
}

settings! {
    setting_without_equals: "actor.rounds" => "--set:1:1", "a setting without `=`";
    setting_of_an_unknown_key: "sead=3" => "--set:1:1", "did you mean `seed`?";
    setting_of_another_problem: "problem.file=nowhere.POMDP" => "--set:1:14", "cannot read nowhere.POMDP";
    setting_of_an_unknown_algorithm: "algorithm=dpca" => "--set:1:11", "did you mean \"dpac\"?";
    setting_of_an_average_from_beyond_the_default_rounds: "critic={average_from=9}" => "--set:1:22", "averaging starts after round 9";
}

settings! {
    setting_of_functions_of_readings_where_there_are_none: "actor.features={kind=\"polynomial\",length=1,degree=1}" =>
        "--set:1:16", "features of kind \"polynomial\" need real-valued observations", "help: use features of kind \"window\"";
    setting_of_random_features_where_there_are_no_readings: "critic.features={kind=\"fourier\",length=1,components=4,scale=1}" =>
        "--set:1:17", "features of kind \"fourier\" need real-valued observations";
}

/// A problem whose observations are real numbers, with these critic features.
fn refused_of_readings(features: &str, parts: &[&str]) {
    let config =
        "[problem]\nbuiltin = \"gaussian-tiger\"\n[actor]\nfeatures = { kind = \"belief\" }\n[critic]\n";
    refused(&format!("{config}features = {features}\n"), PROBLEM, &[], parts);
}

#[test]
fn features_of_numbered_observations_where_they_are_real_numbers() {
    for kind in ["belief-memory\", length = 1", "window\", length = 1", "history\""] {
        refused_of_readings(
            &format!("{{ kind = \"{kind} }}"),
            &["run.toml:6:12", "need finitely many observations", "help: use"],
        );
    }
    refused_of_readings(
        "{ kind = \"belief\", span = true }",
        &["run.toml:6:12", "`span = true` needs finitely many observations"],
    );
}

problems! {
    illegal_character: "T: wait identity", "T: wait identity @" => "switch.POMDP:6:18", "`@`";
    missing_discount: "discount: 0.9\n", "" => "switch.POMDP:5:1", "`discount:`";
    missing_observations: "observations: no yes\n", "" => "switch.POMDP:", "this is an MDP file";
    repeated_discount: "values: reward", "values: reward\ndiscount: 0.5" => "switch.POMDP:3:1", "on line 1 already";
    discount_out_of_range: "0.9", "1.9" => "switch.POMDP:1:11", "1.9";
    duplicate_state: "dark light", "dark dark" => "switch.POMDP:3:14", "`dark`";
    unknown_action: "T: press", "T: pres" => "switch.POMDP:7:4", "did you mean `press`?";
    too_few_numbers: "1 0\n", "1\n" => "switch.POMDP:9:1", "takes 4 numbers, found 3";
    row_that_does_not_sum_to_one: "1 0\n", "1 0.5\n" => "switch.POMDP:7:1", "state light sums to 1.5";
    probability_out_of_range: "0 1\n", "-1 2\n" => "switch.POMDP:8:1";
    row_that_was_never_specified: "T: wait identity\n", "" => "never specified";
    reward_beyond_any_number: "R: * : light : * : * 1", "R: * : light : * : * 1e999" => "switch.POMDP:12:22", "too large";
    end_inside_an_entry: "R: * : light : * : * 1\n", "R: * : light" => "switch.POMDP:12:13", "the file ends";
    too_many_states: "dark light", "4000000000" => "switch.POMDP:3:1", "too many";
}

#[test]
fn empty_problem_file() {
    refused(CONFIG, "", &[], &["switch.POMDP:1:1", "discount", "states"]);
}

#[test]
fn problem_file_that_is_no_text() {
    refused(CONFIG, "\0\u{1}\u{2}PK", &[], &["switch.POMDP:1:1", "illegal character"]);
}

#[test]
fn missing_problem_file_is_shown_where_it_is_named() {
    refused(
        "problem.file = \"nowhere.POMDP\"\n",
        PROBLEM,
        &[],
        &["run.toml:1:16", "cannot read nowhere.POMDP"],
    );
}

#[test]
fn directory_as_problem_file() {
    refused("problem.file = \"old\"\n", PROBLEM, &[], &["run.toml:1:16", "cannot read old"]);
}

#[test]
fn empty_configuration() {
    refused("", PROBLEM, &[], &["run.toml", "missing key `problem`"]);
}

#[test]
fn policy_that_is_none() {
    let config = format!("algorithm = \"dptd\"\npolicy = \"switch.POMDP\"\n{CONFIG}");
    refused(&config, PROBLEM, &[], &["run.toml:2:10", "holds no saved policy"]);
}

#[test]
fn policy_that_is_not_there() {
    let config = format!("algorithm = \"dptd\"\npolicy = \"nowhere\"\n{CONFIG}");
    refused(&config, PROBLEM, &[], &["run.toml:2:10", "cannot read nowhere"]);
}

#[test]
fn policy_of_another_horizon() {
    let scratch = scratch();
    let policy = scratch.path().join("policy.json");
    std::fs::write(&policy, "{\"features\": {\"kind\": \"history\"}, \"horizon\": 9, \"theta\": [0.0]}")
        .expect("a file");
    let config = format!("algorithm = \"dptd\"\npolicy = {policy:?}\n{CONFIG}");
    refused(&config, PROBLEM, &[], &["run.toml:2:10", "the saved policy is for horizon 9, not 4"]);
}

#[test]
fn problem_given_alone_that_is_not_there() {
    let scratch = scratch();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
    let output =
        command.current_dir(&scratch).args(["run", "nowhere.POMDP"]).assert().code(2).get_output().clone();
    insta::assert_snapshot!(text(&output.stderr), @r"
      × cannot read nowhere.POMDP: No such file or directory (os error 2)
    ");
    assert_eq!(listing(scratch.path()).len(), 1);
}

#[test]
fn error_in_a_problem_file_is_drawn_where_it_stands() {
    let scratch = scratch();
    std::fs::write(scratch.path().join("switch.POMDP"), PROBLEM.replace("T: press", "T: pres"))
        .expect("a problem");
    let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
    command.current_dir(&scratch).args(["run", "switch.POMDP"]);
    insta::assert_snapshot!(text(&command.assert().code(2).get_output().stderr), @r"
     × there is no action called `pres`
      ╭─[switch.POMDP:7:4]
    6 │ T: wait identity
    7 │ T: pres
      ·    ────
    8 │ 0 1
      ╰────
     help: did you mean `press`?
    ");
}
