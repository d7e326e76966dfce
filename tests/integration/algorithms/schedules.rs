//! Step sizes that an algorithm has no use for do not stop it, and impossible ones do.

use assert_cmd::cargo::cargo_bin_cmd;

/// What `dpac plan` says to a configuration of the toggle problem: whether it plans, and all its words.
fn plan(head: &str, tail: &str) -> (bool, String) {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let path = directory.path().join("run.toml");
    let text = format!("{head}\n[problem]\nbuiltin = \"toggle\"\nhorizon = 2\n{tail}\n");
    std::fs::write(&path, text).expect("a written file");
    let output = cargo_bin_cmd!("dpac").arg("plan").arg(&path).output().expect("a program that starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn theory_s_conditions_on_a_critic_do_not_stop_dppg_which_has_none() {
    // Without discounting Theorem 1 has no step sizes; Theorem 2 does.
    let (planned, words) = plan("algorithm = \"dppg\"\nschedule = \"theory\"", "discount = 1.0");
    assert!(planned, "{words}");
    assert!(!words.contains("Theorem 1"), "{words}");
    let (planned, words) = plan("algorithm = \"dpac\"\nschedule = \"theory\"", "discount = 1.0");
    assert!(!planned && words.contains("gamma = 1"), "{words}");
}

#[test]
fn averaging_that_never_begins_is_an_error_in_every_schedule() {
    for schedule in ["practical", "theory"] {
        let head = format!("algorithm = \"dpac\"\nschedule = \"{schedule}\"");
        // The number of rounds is the default, 4.
        let (planned, words) = plan(&head, "[critic]\naverage_from = 7");
        assert!(!planned && words.contains("averaging starts after round 7"), "{words}");
        assert!(plan(&head, "[critic]\naverage_from = 3").0);
    }
}
