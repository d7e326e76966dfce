//! Documented limits: what lies within them works, or is refused before anything is made, where it was asked
//! for.

use crate::whole_run::{resolved, whole_run};
use dpac::algorithm::Registry;
use dpac::config::Loaded;
use dpac::experiment::{Files, LoadError, Prepared, Status};
use dpac::theory::protocol::letter::{P, Q};
use std::process::Command;

/// One client, one step, one round: what is left is the size that is tried.
const LEAST: &str = "federation.clients = 1\ncritic.rounds = 1\ncritic.local_steps = 1\nactor.rounds = 1\n\
    actor.local_steps = 1\nactor.sync_interval = 1\n";

#[test]
fn the_longest_horizon_runs_with_windows_and_with_beliefs_times_windows() {
    for critic in [
        "{ kind = \"window\", length = 1 }",
        "{ kind = \"window\", length = 0, tied = true }",
        "{ kind = \"belief-memory\", length = 1 }",
    ] {
        let run = whole_run(
            &format!(
                "{LEAST}problem = {{ builtin = \"tiger\", horizon = 10000 }}\n\
                 actor.features = {{ kind = \"window\", length = 1 }}\ncritic.features = {critic}\n"
            ),
            |options| options.threads = 1,
        );
        assert_eq!(run.summary.status, Status::Complete, "{critic}: {:?}", run.summary.error);
        assert_eq!(run.summary.value.method, "dynamic programming");
    }
}

#[test]
fn the_longest_windows_run_on_short_horizons() {
    let run = whole_run(
        &format!(
            "{LEAST}problem = {{ builtin = \"toggle\", horizon = 3 }}\n\
             actor.features = {{ kind = \"window\", length = 10000 }}\n\
             critic.features = {{ kind = \"belief-memory\", length = 10000 }}\n"
        ),
        |_| (),
    );
    assert_eq!(run.summary.status, Status::Complete, "{:?}", run.summary.error);
}

#[test]
fn the_largest_numbers_of_rounds_steps_and_trajectories_are_planned() {
    for (algorithm, sizes) in [
        ("dpac", "actor.rounds = 1000000000\n"),
        ("dpac", "critic.rounds = 1000000000\n"),
        ("dpac", "actor.local_steps = 1000000000\ncritic.local_steps = 1000000000\n"),
        ("dptd", "critic.rounds = 1000000000\ncritic.local_steps = 1000000000\n"),
        ("dpac", "trajectories = 1000000000000\n"),
        ("dptd", "trajectories = 1000000000000\n"),
    ] {
        let text = format!(
            "algorithm = \"{algorithm}\"\n{sizes}federation.clients = 1\n\
             problem = {{ builtin = \"toggle\", horizon = 2 }}\n"
        );
        let (resolved, _) = resolved(&text, &[]);
        assert!(resolved.closed_form.env_steps_per_client >= 1_000_000_000, "{text}");
    }
}

/// The key that an error is at, and what it says.
fn refused(text: &str) -> (&'static str, String) {
    let loaded = Loaded::from_str("test", text).unwrap_or_else(|errors| panic!("{errors}"));
    match Prepared::load(loaded, Registry::BUILTIN, &Files::named()) {
        Err(LoadError::Resolve { error, .. }) => (error.key, error.message),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it can be run"),
    }
}

#[test]
fn products_of_limits_are_refused_where_they_exceed_what_can_be_counted() {
    let (key, message) = refused(
        "problem = { builtin = \"toggle\", horizon = 10000 }\nfederation.clients = 1000000\n\
         critic = { rounds = 1000000000, local_steps = 1000000000, features = { kind = \"window\", length = 1 } }\n\
         actor = { rounds = 1000000000, local_steps = 1000000000, features = { kind = \"window\", length = 1 } }\n",
    );
    assert_eq!(key, "federation.clients");
    assert!(message.contains("exceeds 2^64 - 1"), "{message}");
}

/// Each vector alone is within its own limit, and a message has both.
#[test]
fn vectors_that_one_message_cannot_carry_are_refused_before_they_are_made() {
    let window = "{ kind = \"window\", length = 8 }";
    let of_horizon = |horizon: u32| {
        format!(
            "problem = {{ builtin = \"tiger\", horizon = {horizon} }}\n\
             actor.features = {window}\ncritic.features = {window}\n"
        )
    };
    let (key, message) = refused(&of_horizon(24));
    assert_eq!(key, "critic.features");
    assert!(message.contains("at most 1073741824 bytes fit in one"), "{message}");
    // Of half the length each, they fit. DPTD sends one of them only.
    let (small, _) = resolved(&of_horizon(16), &[]);
    assert!(8 * (small.shape.get(P) + small.shape.get(Q)) < 1 << 30);
    resolved(
        &format!(
            "algorithm = \"dptd\"\nproblem = {{ builtin = \"tiger\", horizon = 24 }}\ncritic.features = {window}\n"
        ),
        &[],
    );
}

#[test]
fn more_threads_than_any_machine_has_are_refused_by_every_command_that_takes_them() {
    for command in [["plan", "configs/tiger.toml"], ["run", "configs/tiger.toml"], ["replay", "none.dpt"]] {
        let mut dpac = Command::new(env!("CARGO_BIN_EXE_dpac"));
        dpac.current_dir(env!("CARGO_MANIFEST_DIR")).args(command).args(["--threads", "100000"]);
        let output = dpac.output().expect("the program runs");
        assert_eq!(output.status.code(), Some(2), "{command:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("1024"), "{said}");
    }
}
