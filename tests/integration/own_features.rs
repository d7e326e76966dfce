//! Problems that bring features of their own: where they are exact, and where they are refused.

use crate::whole_run::{resolved, run_resolved};
use assert_cmd::Command;

const DPPG: &str = r#"
algorithm = "dppg"
problem = { builtin = "low-rank-block", horizon = 3 }
federation.clients = 3
critic.features = { kind = "problem" }
actor = { target = "advantage", rounds = 16, local_steps = 256, sync_interval = 8, features = { kind = "problem" } }
"#;

const DPTD: &str = r#"
algorithm = "dptd"
problem = { builtin = "block-ring", parameters = { sigma = 0.5 }, horizon = 3 }
federation.clients = 4
critic = { rounds = 512, local_steps = 16, features = { kind = "problem" } }
"#;

#[test]
fn exact_critic_of_every_round_is_exact() {
    for problem in ["low-rank-block", "block-ring"] {
        let builtin = format!("problem.builtin={problem}");
        let run = run_resolved(resolved(DPPG, &[&builtin]), |_| ());
        let rounds = run.rounds();
        assert_eq!(rounds.len(), 16);
        for round in rounds {
            let error = round["bellman_error"].as_f64().expect("few histories");
            assert!(error < 1e-20, "{problem}: {error}");
        }
        assert!(run.summary.value.last > run.summary.value.uniform, "{:?}", run.summary.value);
    }
}

/// In features that are exact TD leaves no floor: 512 rounds have a hundredth of the first round's error, and
/// the digest does not depend on threads.
#[test]
fn error_of_dptd_vanishes_in_exact_features() {
    let run = |threads| run_resolved(resolved(DPTD, &[]), |options| options.threads = threads);
    let (one, two) = (run(1), run(2));
    assert_eq!(one.digest(), two.digest());
    let rounds = one.rounds();
    let first = rounds[0]["bellman_error"].as_f64().expect("few histories");
    let last = one.summary.bellman_error.expect("few histories");
    assert!(last < 0.01 * first, "{first} {last}");
}

#[test]
fn a_policy_on_the_problem_s_own_features_is_saved_and_played() {
    let dpac = DPPG.replace("dppg", "dpac");
    let run = run_resolved(resolved(&dpac, &["problem.split=2", "actor.rounds=3"]), |_| ());
    let directory = run.directory.to_str().expect("UTF-8");
    let arguments = ["simulate", "low-rank-block", "--policy", directory, "--episodes", "10", "--json"];
    let output = Command::new(env!("CARGO_BIN_EXE_dpac")).args(arguments).output().expect("the program runs");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let (found, last) = (json["exact"].as_f64().expect("a value"), run.summary.value.last.expect("a value"));
    assert!((found - last).abs() < 1e-12, "{json}, {last}");
}

#[test]
fn description_examines_a_problem_s_own_features_step_by_step() {
    for problem in ["block-ring", "low-rank-block"] {
        let output = Command::new(env!("CARGO_BIN_EXE_dpac"))
            .args(["info", problem, "--horizon", "3", "--features", "problem", "--json"])
            .output()
            .expect("the program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let steps = json["features"]["steps"].as_array().expect("steps");
        assert_eq!((json["features"]["kind"].as_str(), steps.len()), (Some("problem"), 3));
        for step in &steps[1..] {
            assert_eq!(step["dimension"], json["own_features"], "{problem}");
            assert!(step["rank"].as_u64() > Some(0) && step["rank"].as_u64() <= step["dimension"].as_u64());
        }
    }
    for (problem, told) in
        [("tiger", "tiger has no features of its own"), ("gaussian-tiger", "finitely many")]
    {
        let output = Command::new(env!("CARGO_BIN_EXE_dpac"))
            .args(["info", problem, "--features", "problem"])
            .output()
            .expect("the program runs");
        let error = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(output.stdout.is_empty() && error.contains(told) && error.contains("help: "), "{error}");
    }
}

#[test]
fn problems_without_features_of_their_own_say_which_have_them() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let refused = |text: &str, expected: &[&str]| {
        let path = scratch.path().join("run.toml");
        std::fs::write(&path, text).expect("a file");
        let path = path.to_str().expect("UTF-8");
        let output = Command::new(env!("CARGO_BIN_EXE_dpac")).args(["plan", path]).output();
        let output = output.expect("the program runs");
        assert_eq!(output.status.code(), Some(2));
        let error = String::from_utf8(output.stderr).expect("UTF-8");
        for part in expected {
            assert!(error.contains(part), "no {part:?} in {error}");
        }
    };
    let own = "features = { kind = \"problem\" }";
    let none = "tiger has no features of its own";
    let help = "block-ring and low-rank-block have some, up to some size";
    refused(&format!("problem.builtin = \"tiger\"\ncritic.{own}\n"), &["run.toml:2:19", none, help]);
    refused(&format!("problem.builtin = \"tiger\"\nactor.{own}\n"), &["run.toml:2:18", none, help]);
    refused(&format!("problem.builtin = \"gaussian-tiger\"\ncritic.{own}\n"), &["finitely many"]);
    let ring = "problem.builtin = \"block-ring\"\n";
    refused(
        &format!("{ring}actor.{own}\ncritic.features = {{ kind = \"belief\" }}\n"),
        &["run.toml:3:19", "not with one of kind \"belief\""],
    );
    let remembers = DPPG.replace(&format!("8, {own}"), "8, features = { kind = \"window\", length = 1 }");
    refused(&remembers, &["not linear", "run.toml:5:19"]);
}
