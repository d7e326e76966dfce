//! A step size that a file gives, and that was chosen for another run than the command line asks for, is
//! pointed out.

use assert_cmd::Command;
use std::path::Path;

/// What `dpac plan` says of the shipped configuration, with the step size of its target and rounds as a
/// number, and some settings: on standard output and on standard error.
fn plan(settings: &[&str]) -> (String, String) {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let place = tempfile::tempdir().expect("a scratch directory");
    std::fs::create_dir_all(place.path().join("configs/problems")).expect("folders");
    let text = std::fs::read_to_string(shipped.join("tiger.toml")).expect("the configuration");
    let auto = text.lines().find(|line| line.starts_with("eta = \"auto\"")).expect("a step size");
    let pinned = "eta = 1.0606601717798212          # 12 / sqrt(R)";
    std::fs::write(place.path().join("configs/tiger.toml"), text.replace(auto, pinned)).expect("a file");
    let problem = "problems/tiger.POMDP";
    std::fs::copy(shipped.join(problem), place.path().join("configs").join(problem)).expect("a problem");
    let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
    command.current_dir(place.path()).args(["plan", "configs/tiger.toml", "--json"]);
    for setting in settings {
        command.args(["--set", setting]);
    }
    let output = command.output().expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("JSON alone");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (text(output.stdout), text(output.stderr))
}

#[test]
fn step_size_tuned_for_what_a_setting_changes_is_pointed_out_where_it_stands() {
    let (_, said) = plan(&["actor.target=advantage"]);
    // 40 / sqrt(128) instead of the file's 12 / sqrt(128).
    insta::assert_snapshot!(said, @r#"
      ☞ `actor.eta` stays 1.061, as the file has it; with actor.target=advantage "auto" would be 3.536
        ╭─[configs/tiger.toml:31:7]
     30 │ zeta = 0.5
     31 │ eta = 1.0606601717798212          # 12 / sqrt(R)
        ·       ──────────────────
     32 │ 
        ╰────
      help: --set actor.eta=auto takes that
    "#);
    let (_, said) = plan(&["actor.rounds=32", "federation.clients=4"]);
    assert!(said.contains("with actor.rounds=32") && said.contains("\"auto\" would be 2.121"), "{said}");
    assert_eq!(said.matches("help: ").count(), 1, "one step size of three depends on it: {said}");
}

#[test]
fn settings_that_leave_every_step_size_right_are_taken_in_silence() {
    for settings in [
        &[][..],
        &["federation.clients=64"],
        &["seed=7", "output.evaluate_every=0"],
        &["actor.target=advantage", "actor.eta=auto"],
        &["actor.target=advantage", "actor.eta=2.0"],
        // For one-hot features in the file's own sizes they are what `auto` would take.
        &["problem.horizon=3", "critic.rounds=8"],
    ] {
        let (_, said) = plan(settings);
        assert_eq!(said, "", "{settings:?}");
    }
}
