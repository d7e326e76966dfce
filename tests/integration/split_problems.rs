//! A problem whose observations come in copies is the same problem to whoever sees the classes only.

use crate::whole_run::{resolved, run_resolved, whole_run};
use assert_cmd::Command;
use dpac::experiment::{Input, Resolved, Summary};
use dpac::theory::protocol::letter::{P, Q};

const DPTD: &str = r#"
algorithm = "dptd"
problem = { builtin = "toggle", horizon = 3 }
federation.clients = 4
critic = { rounds = 8, local_steps = 16 }
"#;

/// Mean and squared standard error of the Bellman error over the seeds from `first`.
fn errors(settings: &[&str], first: u32) -> (f64, f64) {
    const SEEDS: u32 = 24;
    let errors = (first..first + SEEDS).map(|seed| {
        let seed = format!("seed={seed}");
        let run = run_resolved(resolved(DPTD, &[settings, &[seed.as_str()]].concat()), |_| ());
        run.summary.bellman_error.expect("few histories")
    });
    let errors: Vec<f64> = errors.collect();
    let n = errors.len() as f64;
    let mean = errors.iter().sum::<f64>() / n;
    let variance = errors.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    (mean, variance / n)
}

/// Two means over 24 seeds each, all fixed, differ by at most four of their joint standard errors.
#[test]
fn error_of_dptd_has_the_same_mean_whatever_the_number_of_copies() {
    let (plain, split) = (errors(&[], 100), errors(&["problem.split=8"], 200));
    let tolerance = 4.0 * (plain.1 + split.1).sqrt();
    assert!((plain.0 - split.0).abs() <= tolerance, "{plain:?} {split:?}");
    assert!(tolerance < 0.5 * plain.0, "errors vary too much to say anything: {plain:?} {split:?}");
}

#[test]
fn features_of_every_kind_see_the_class_only() {
    let sizes = |split: &str, features: &str, problem: &str| {
        let (features, problem) =
            (format!("critic.features={features}"), format!("problem.builtin={problem}"));
        let settings = [problem.as_str(), features.as_str(), split];
        let (Resolved { shape, .. }, _): (Resolved, Input) = resolved(DPTD, &settings);
        (shape.get(P), shape.get(Q))
    };
    for problem in ["toggle", "tiger", "tiger3"] {
        for features in [
            "{ kind = \"history\" }",
            "{ kind = \"window\", length = 1 }",
            "{ kind = \"window\", length = 1, tied = true }",
            "{ kind = \"belief\", degree = 2 }",
            "{ kind = \"belief-memory\", length = 1 }",
        ] {
            let plain = sizes("problem.split=1", features, problem);
            assert_eq!(sizes("problem.split=5", features, problem), plain, "{problem}, {features}");
        }
    }
}

#[test]
fn one_copy_is_the_problem_itself_to_the_bit() {
    let plain = run_resolved(resolved(DPTD, &[]), |_| ());
    let one = run_resolved(resolved(DPTD, &["problem.split=1"]), |_| ());
    let two = run_resolved(resolved(DPTD, &["problem.split=2"]), |_| ());
    assert_eq!(plain.digest(), one.digest());
    assert_eq!(plain.summary.config_digest, one.summary.config_digest);
    assert_ne!(plain.summary.config_digest, two.summary.config_digest);
    assert_eq!(two.summary.problem.observations, Some(4));
}

/// A belief is a function of the class by itself: where copies are a power of two, to the bit.
#[test]
fn belief_policies_and_windows_of_the_unsplit_problem_play_on_the_split_one() {
    for features in ["{ kind = \"belief\", degree = 2 }", "{ kind = \"window\", length = 1 }"] {
        let text = format!(
            "problem = {{ builtin = \"tiger\", horizon = 3 }}\nfederation.clients = 2\n\
             actor = {{ rounds = 3, local_steps = 8, features = {features} }}\ncritic.local_steps = 8\n"
        );
        let run = whole_run(&text, |_| ());
        let value = |split: &[&str]| {
            let policy = run.directory.to_str().expect("UTF-8");
            let arguments = ["simulate", "tiger", "--policy", policy, "--episodes", "20", "--json"];
            let output = Command::new(env!("CARGO_BIN_EXE_dpac")).args(arguments).args(split).output();
            let output = output.expect("the program runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
            json["exact"].as_f64().unwrap_or_else(|| panic!("no exact value: {json}"))
        };
        let last = run.summary.value.last.expect("a value");
        for split in [["--split", "1"], ["--split", "4"], ["--split", "3"]] {
            assert!((value(&split) - last).abs() < 1e-9, "{features}, {split:?}");
        }
    }
}

#[test]
fn too_many_copies_are_refused_where_they_stand() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let run = |problem: &str| {
        let path = scratch.path().join("run.toml");
        std::fs::write(&path, format!("problem = {{ {problem} }}\n")).expect("a file");
        let path = path.to_str().expect("UTF-8");
        let output = Command::new(env!("CARGO_BIN_EXE_dpac")).args(["plan", path]).output();
        let output = output.expect("the program runs");
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).expect("UTF-8")
    };
    let error = run("builtin = \"maze\", split = 5000");
    assert!(error.contains("from 1 to 4096"), "{error}");
    let error = run(
        "builtin = \"random\", parameters = { states = 200, observations = 400, sparsity = 0 }, split = 4096",
    );
    assert!(error.contains("more than 16777216 nonzeros") && error.contains("take fewer copies"), "{error}");
    let error = run("builtin = \"gaussian-tiger\", split = 2");
    assert!(error.contains("real numbers"), "{error}");
}

/// Exact values take the histories of the unsplit problem: with 1024 copies there are 2^44 histories at H =
/// 4.
#[test]
fn exact_values_are_at_hand_with_a_thousand_copies() {
    let run = |split: &str| run_resolved(resolved(DPTD, &["problem.horizon=4", split]), |_| ()).summary;
    let (plain, split) = (run("problem.split=1"), run("problem.split=1024"));
    let error = |run: &Summary| run.bellman_error.expect("few histories");
    let ratio = error(&split) / error(&plain);
    assert!((0.25..4.0).contains(&ratio), "{ratio}");
    let close = |x: Option<f64>, y: Option<f64>| {
        let (x, y) = (x.expect("a value"), y.expect("a value"));
        assert!((x - y).abs() < 1e-12, "{x} {y}");
    };
    close(plain.value.uniform, split.value.uniform);
    close(plain.value.optimum, split.value.optimum);
}
