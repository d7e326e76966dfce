//! The theorems' own step sizes: refused where no number holds the iterates, run with a warning where numbers
//! do, and what is said when they have overflowed all the same.

use crate::whole_run::whole_run;
use assert_cmd::Command;
use dpac::experiment::Status;
use std::path::Path;
use std::process::Output;

fn dpac(arguments: &[&str], directory: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments);
    if arguments[0] == "run" {
        command.arg("--out").arg(directory.join("out"));
    }
    command.output().expect("the program runs")
}

fn told(output: &Output) -> String {
    // A terminal's lines are broken anywhere.
    let text = String::from_utf8_lossy(&output.stderr).replace(['│', '×', '╰', '╭', '─'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

const TIGER: [&str; 3] = ["configs/tiger.toml", "--set", "schedule=theory"];

#[test]
fn steps_that_no_number_holds_are_refused_with_nu_iota_0_and_r_0() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    for command in ["run", "plan"] {
        for settings in
            [["critic.alpha=auto", "critic.rounds=1000"], ["critic.alpha=0.3", "critic.rounds=1000000"]]
        {
            let settings = settings.map(|setting| ["--set", setting]).concat();
            let output = dpac(&[&[command][..], &TIGER, &settings].concat(), scratch.path());
            let told = told(&output);
            assert_eq!(output.status.code(), Some(2), "{command} {settings:?}: {told}");
            for number in
                ["3.374e-5", "iota_0 = 1 / nu = 2.964e4", "R_0 = 128 a / nu^2 = 5.622e11", "practical"]
            {
                assert!(told.contains(number), "{command}: {told}");
            }
            assert!(!scratch.path().join("out").exists());
        }
    }
}

#[test]
fn a_given_eta_is_no_step_of_the_theorem_and_runs() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let settings = ["--set", "critic.rounds=1000", "--set", "critic.eta=1"];
    let output = dpac(&[&["plan"][..], &TIGER, &settings].concat(), scratch.path());
    let told = told(&output);
    assert!(output.status.success() && !told.contains("iota_0"), "{told}");
    // α is the one of the file, for which the theorem says nothing.
    assert!(told.contains("Theorem 1 is about alpha up to nu / (16 R_e K_e)"), "{told}");
}

#[test]
fn advice_after_an_overflow_is_about_the_steps_that_were_taken() {
    // Four rounds of an evaluation are held by numbers, and 128 evaluations that begin where the last has
    // ended are not.
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let output = dpac(&[&["run"][..], &TIGER].concat(), scratch.path());
    let theirs = told(&output);
    assert_eq!(output.status.code(), Some(1), "{theirs}");
    for words in [
        "iota_0 = 1 / nu = 2.964e4",
        "fold in 4 of 4 rounds, and the next evaluation begins where it ends",
        "of psi is",
        "do not depend on critic.alpha; use schedule = \"practical\", or give critic.eta",
    ] {
        assert!(theirs.contains(words), "{words}: {theirs}");
    }
    assert!(!theirs.contains("smaller"), "{theirs}");

    let scratch = tempfile::tempdir().expect("a scratch directory");
    let output = dpac(&["run", "configs/tiger.toml", "--set", "critic.alpha=1e9"], scratch.path());
    let given = told(&output);
    assert_eq!(output.status.code(), Some(1), "{given}");
    assert!(
        given.contains("of psi is") && given.contains("try a smaller critic.alpha, here 1000000000"),
        "{given}"
    );

    let scratch = tempfile::tempdir().expect("a scratch directory");
    let output = dpac(&["run", "configs/tiger.toml", "--set", "actor.zeta=1e9"], scratch.path());
    let given = told(&output);
    assert!(
        given.contains("of omega is") && given.contains("try a smaller actor.zeta, here 1000000000"),
        "{given}"
    );
}

/// At H = 2 and γ = 0.5 the toggle problem has ν = 0.0127, and numbers hold what the steps do to it. An
/// independent program found 2.9e24 for the norm of the mean iterate. The Bellman error of one client with
/// seed 0 is 1.1e63 after 256 rounds and 5.7e-3 after 1000 (`docs/records/2026-11-29-theorem-1-steps.txt`);
/// at ψ = 0 it is 0.4.
#[test]
fn steps_that_grow_and_shrink_again_run_and_say_by_how_much() {
    let text = "algorithm = \"dptd\"\nschedule = \"theory\"\nfederation.clients = 1\n\
         problem = { builtin = \"toggle\", horizon = 2, discount = 0.5 }\n";
    let error = |rounds: u32| {
        let run = whole_run(&format!("{text}critic = {{ rounds = {rounds}, local_steps = 1 }}\n"), |_| {});
        assert_eq!(run.summary.status, Status::Complete);
        run.summary.bellman_error.expect("a small problem")
    };
    assert!(error(256) > 1e60);
    assert!(error(1000) < 0.02);

    let scratch = tempfile::tempdir().expect("a scratch directory");
    let path = scratch.path().join("run.toml");
    std::fs::write(&path, text).expect("a configuration");
    let told = told(&dpac(&["plan", path.to_str().expect("a name")], scratch.path()));
    let growth = told.split("mean iterate grows ").nth(1).expect("a warning");
    let (growth, rounds) = growth.split_once("-fold in ").expect("a number");
    // The part along the largest eigenvalue is not the whole norm, and no part of another size by much.
    let growth: f64 = growth.parse().expect("a number");
    assert!((1e23..1e26).contains(&growth), "{growth}");
    assert!(rounds.starts_with("50 of 256 rounds"), "{rounds}");
}

/// η_r = ι_r / (α K_e), for the α that is run: the composite step is Theorem 1's whatever α is. With steps so
/// small that all local steps are taken at the same point (up to α K_e), the results agree to about that.
#[test]
fn a_given_alpha_leaves_the_composite_step_of_theorem_1_as_it_is() {
    let psi = |alpha: &str| {
        let text = format!(
            "algorithm = \"dptd\"\nschedule = \"theory\"\nproblem = {{ builtin = \"toggle\", horizon = 2, discount = 0.5 }}\n\
             critic = {{ rounds = 3, local_steps = 4, alpha = {alpha} }}\n"
        );
        whole_run(&text, |_| {}).summary.bellman_error.expect("a small problem")
    };
    let own = psi("\"auto\"");
    // ν / (16 · 12) is 6.6e-5.
    for alpha in ["1e-6", "1e-5"] {
        assert!((psi(alpha) / own - 1.0).abs() < 2e-3, "{alpha}: {} {own}", psi(alpha));
    }
}
