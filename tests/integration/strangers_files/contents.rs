//! What a file is comes from its content, whatever its name.

use super::{CONFIG, PROBLEM, assert_one_error, dpac, said, scratch, text};

/// Commands that take a problem, and those that take a configuration or a problem.
const ON_PROBLEMS: [&[&str]; 4] = [
    &["info"],
    &["convert"],
    &["solve", "--horizon", "2"],
    &["simulate", "--policy", "uniform", "--episodes", "10"],
];
const ON_BOTH: [&[&str]; 3] = [&["check"], &["plan"], &["run", "--force"]];

#[test]
fn a_good_file_is_read_by_every_command_under_any_name() {
    let commented = format!("# a = b\n\n# [section]\n{PROBLEM}");
    for (content, is_problem) in
        [(PROBLEM, true), (&commented, true), (CONFIG, false), (&format!("\u{feff}{CONFIG}"), false)]
    {
        for name in ["prob.txt", "prob", "prob.toml", "prob.POMDP", "prob.drn", "tiger.pomdp"] {
            let scratch = scratch(&[(name, content.as_bytes())]);
            for command in ON_BOTH {
                let output = dpac(scratch.path(), &[command, &[name]].concat());
                assert!(output.status.success(), "{command:?} {name}: {}", said(&output));
            }
            for command in ON_PROBLEMS {
                let output = dpac(scratch.path(), &[command, &[name]].concat());
                if is_problem {
                    assert!(output.status.success(), "{command:?} {name}: {}", said(&output));
                } else {
                    assert_one_error(&output, &[name, "is a configuration, not a problem", "`dpac run`"]);
                }
            }
            let of_file = format!("problem.file=\"{name}\"");
            let tiger = scratch.path().join("run.toml");
            std::fs::write(tiger, "seed = 1\n").expect("a file");
            let output = dpac(scratch.path(), &["plan", "run.toml", "--set", &of_file]);
            assert_eq!(output.status.success(), is_problem, "{name}: {}", said(&output));
        }
    }
}

#[test]
fn a_run_of_a_problem_is_the_same_under_any_name() {
    let digest = |name: &str| {
        let scratch = scratch(&[(name, PROBLEM.as_bytes())]);
        let settings = ["--set", "actor.rounds=2", "--set", "problem.horizon=2", "--out", "out"];
        let output = dpac(scratch.path(), &[&["run", name], &settings[..]].concat());
        assert!(output.status.success(), "{}", said(&output));
        let screen = text(&output.stdout).to_owned();
        screen.lines().find(|line| line.contains("digest")).map(str::to_owned)
    };
    assert!(digest("prob.POMDP").is_some());
    assert_eq!(digest("prob.POMDP"), digest("prob.txt"));
}

#[test]
fn what_is_not_read_is_named_in_one_error_with_what_to_do() {
    let cases: [(&str, &[u8], &str, &str); 14] = [
        (
            "tiger.pomdpx",
            b"<?xml version='1.0'?>\n<pomdpx version='0.1' id='t'>\n",
            "POMDPX",
            "dpac convert tiger",
        ),
        (
            "tiger.drn",
            b"// Exported\n@type: POMDP\n@parameters\n\n@nr_states\n1\n@model\nstate 0 {0} init\n",
            "DRN",
            ".POMDP file",
        ),
        ("maze.prism", b"pomdp\n\nmodule maze\n  s : [0..3];\nendmodule\n", "PRISM", ".POMDP file"),
        (
            "dectiger.dpomdp",
            b"agents: 2\ndiscount: 1\nvalues: reward\nstates: a b\nactions:\nx y\nx y\n",
            ".dpomdp",
            "one agent",
        ),
        ("tiger.POMDP.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03KLJ\x06\0", "gzip", "gunzip"),
        ("tiger.zip", b"PK\x03\x04\x14\0\0\0", "zip archive", "unzip"),
        ("tiger.xz", b"\xfd7zXZ\0\0\x04", "xz", "unxz"),
        ("run.dpt", b"\x89DPT\x01\r\n\x1a\0\0\0\0", "trace", "dpac trace info"),
        (
            "policy.json",
            b"{\"features\":{\"kind\":\"history\"},\"horizon\":4,\"theta\":[0.0]}",
            "saved policy",
            "--policy",
        ),
        ("summary.json", b"{\"status\": \"complete\"}", "JSON", "TOML"),
        ("policies.npy", b"\x93NUMPY\x01\0v\0{'descr': '<f8'}", "NumPy", "dpac evaluate"),
        ("a.out", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0", "no text", "TOML"),
        ("utf16.POMDP", b"\xff\xfed\0i\0s\0", "UTF-16", "UTF-8"),
        ("page.POMDP", b"<!DOCTYPE html>\n<html><body>Not found</body></html>\n", "web page", "save"),
    ];
    for (name, content, is, help) in cases {
        for other_name in [name, "prob.txt", "run.toml", "prob.POMDP"] {
            let scratch = scratch(&[(other_name, content)]);
            for command in ON_BOTH.iter().chain(&ON_PROBLEMS) {
                let output = dpac(scratch.path(), &[*command, &[other_name]].concat());
                assert_one_error(&output, &[is, help, other_name]);
            }
            if other_name != "run.toml" {
                std::fs::write(scratch.path().join("run.toml"), format!("problem.file = \"{other_name}\"\n"))
                    .expect("a file");
                let output = dpac(scratch.path(), &["run", "run.toml"]);
                assert_one_error(&output, &[is, help, other_name, "run.toml:1:16"]);
            }
        }
    }
}

#[test]
fn an_mdp_is_named_in_one_error() {
    let mdp = PROBLEM.replace("observations: no yes\n", "").replace("O: * 0.8 0.2 0.2 0.8\n", "");
    let mdp = mdp.replace("R: * : light : * : * 1", "R: * : light : * 1");
    for name in ["maze.MDP", "maze.POMDP"] {
        let scratch = scratch(&[(name, mdp.as_bytes())]);
        for command in ON_BOTH.iter().chain(&ON_PROBLEMS) {
            let output = dpac(scratch.path(), &[*command, &[name]].concat());
            assert_one_error(&output, &["MDP", "observations"]);
        }
    }
}

#[test]
fn a_policy_that_is_something_else_is_named() {
    for (content, is) in [
        (PROBLEM.as_bytes(), "it is a problem"),
        (CONFIG.as_bytes(), "it is a configuration"),
        (b"\x93NUMPY\x01\0", "it is an array of NumPy"),
        (b"\x89DPT\x01\r\n\x1a", "it is a recorded run"),
        (b"{\"status\": 1}", "unknown field `status`"),
    ] {
        let config = "algorithm = \"dptd\"\npolicy = \"file\"\nproblem.builtin = \"tiger\"\n";
        let scratch = scratch(&[("file", content), ("run.toml", config.as_bytes())]);
        assert_one_error(&dpac(scratch.path(), &["run", "run.toml"]), &[is, "run.toml:2:10"]);
        assert_one_error(&dpac(scratch.path(), &["simulate", "tiger", "--policy", "file"]), &[is]);
    }
}

#[test]
fn a_directory_does_not_hide_the_built_in_problem_of_its_name() {
    let scratch = scratch(&[]);
    std::fs::create_dir(scratch.path().join("tiger")).expect("a directory");
    for command in ["solve", "plan", "check"] {
        let output = dpac(scratch.path(), &[command, "tiger"]);
        assert!(output.status.success() && output.stderr.is_empty(), "{command}");
    }
}

#[test]
fn a_file_hides_the_built_in_problem_of_its_name_and_every_command_says_so() {
    let problem = std::fs::read("configs/problems/crying-baby.POMDP").expect("a problem");
    let scratch = scratch(&[("tiger", &problem)]);
    for command in ["solve", "info", "plan", "check"] {
        let output = dpac(scratch.path(), &[command, "tiger"]);
        assert!(output.status.success(), "{command}: {}", text(&output.stderr));
        let said = text(&output.stderr);
        assert_eq!(
            said, "  ⚠ there is a file tiger: it is read, and not the built-in problem of that name\n",
            "{command}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_problem_or_a_configuration_comes_through_a_pipe() {
    use assert_cmd::Command;
    for content in [PROBLEM, CONFIG] {
        for command in ["check", "plan", "run"] {
            let scratch = scratch(&[]);
            let mut command = {
                let mut dpac = Command::new(env!("CARGO_BIN_EXE_dpac"));
                dpac.arg(command);
                dpac
            };
            command.current_dir(&scratch).arg("/dev/stdin").write_stdin(content).timeout(super::PATIENCE);
            let output = command.output().expect("the program runs");
            assert!(output.status.success(), "{}", said(&output));
        }
    }
}

#[test]
fn a_carriage_return_alone_is_an_error_of_a_configuration_with_a_place() {
    for (content, place) in
        [("seed = 1\rproblem.builtin = \"tiger\"\r", "run.toml:1:9"), ("# tiger\rseed = 1\n", "run.toml:1:8")]
    {
        let scratch = scratch(&[("run.toml", content.as_bytes())]);
        let output = dpac(scratch.path(), &["check", "run.toml"]);
        assert_one_error(&output, &["a carriage return without a line feed", place, "LF or CR LF"]);
    }
    let with_both = CONFIG.replace('\n', "\r\n");
    let scratch = scratch(&[("run.toml", with_both.as_bytes())]);
    assert!(dpac(scratch.path(), &["check", "run.toml"]).status.success());
}
