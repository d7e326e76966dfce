//! A single agent's natural policy gradient equals a plain loop, and DPAC with one client that does the same.

use super::equality::{assert_same, windows};
use super::naive::{self, Naive, Regression, add};
use super::{bits, harmonic};
use crate::whole_run::{WholeRun, resolved, run_resolved};
use assert_cmd::Command;
use dpac::algorithm::Registry;
use dpac::config::Loaded;
use dpac::experiment::{Files, LoadError, Prepared, read_policies};
use dpac::pomdp::builtin::toggle;
use dpac_actors::host::Placement;

const STEPS: u64 = 4;
const ALPHA: f64 = 0.3;

const RUN: &str = r#"
seed = 11
problem = { builtin = "toggle", horizon = 3, discount = 0.9 }
federation.clients = 1
critic = { local_steps = 4, alpha = 0.3, features = { kind = "window", length = 2 } }

[actor]
rounds = 5
local_steps = 7
zeta = { scale = 1.5, offset = 2.0, cap = 0.4 }
eta = 1.7
features = { kind = "window", length = 1 }
"#;

/// What DPAC is to be told to do as much: one round of each evaluation, whose last iterate is its result; one
/// barrier of each regression, of the advantage on the score.
const DPAC: [&str; 6] = [
    "algorithm=dpac",
    "critic.rounds=1",
    "critic.eta=1",
    "critic.weights=last",
    "actor.sync_interval=7",
    "actor.target=compatible",
];

fn run(settings: &[&str]) -> WholeRun {
    run_resolved(resolved(RUN, settings), |_| ())
}

/// θ_0, ..., θ_R.
fn policies(run: &WholeRun) -> Vec<Vec<f64>> {
    let last: serde_json::Value = serde_json::from_str(&run.read("policy.json")).expect("JSON");
    let last: Vec<f64> = serde_json::from_value(last["theta"].clone()).expect("numbers");
    let mut all = read_policies(&run.directory.join("policies.npy"), last.len()).expect("policies");
    all.push(last);
    assert_eq!(all.len(), 6);
    all
}

/// Local TD steps from the last evaluation's result, or from 0.
fn evaluate(naive: &Naive, warm: bool, round: u32, theta: &[f64], psi: &[f64]) -> Vec<f64> {
    let mut psi = if warm { psi.to_vec() } else { vec![0.0; psi.len()] };
    let mut rng = naive.stream(0, round, 0, 0);
    for _ in 0..STEPS {
        let trajectory = naive.trajectory(theta, &mut rng);
        for (h, (delta, row)) in naive.differences(&psi, &trajectory).iter().enumerate() {
            add(ALPHA * naive.discount(h) * delta, row, &mut psi);
        }
    }
    psi
}

#[test]
fn policies_of_a_single_agent_are_those_of_a_plain_loop_to_the_bit() {
    let (naive, _) = windows(toggle(), 3, (1, 2), 1);
    let plan = naive::Actor {
        rounds: 5,
        local_steps: 7,
        sync_interval: 7,
        zeta: harmonic(0.4, 1.5, 2.0),
        eta: 1.7,
        regression: Regression::Compatible,
    };
    for (init, warm) in [("warm", true), ("zero", false)] {
        let (theta, _) = naive.improve(&plan, |round, theta, psi| evaluate(&naive, warm, round, theta, psi));
        let init = format!("critic.init={init}");
        for (threads, placement) in [(1, Placement::Shard), (2, Placement::Shard), (2, Placement::Role)] {
            let found = run_resolved(resolved(RUN, &["algorithm=npg", &init]), |options| {
                (options.threads, options.placement, options.wire_check) = (threads, placement, true);
            });
            assert_same(&policies(&found)[5], &theta);
        }
    }
}

/// From 0 to the bit. From the last result DPAC's server has ψ as what it was plus a difference, which rounds
/// once more: after five rounds by some 1e-15, of numbers of size 1.
#[test]
fn policies_of_a_single_agent_are_those_of_dpac_with_one_client_that_does_as_much() {
    let zero = [&DPAC[..], &["critic.init=zero"]].concat();
    let (one, other) = (run(&["algorithm=npg", "critic.init=zero"]), run(&zero));
    for (theta, expected) in policies(&one).iter().zip(&policies(&other)).skip(1) {
        assert_same(theta, expected);
    }
    assert_eq!(one.summary.env_steps_per_client, other.summary.env_steps_per_client);
    for (theta, expected) in policies(&run(&["algorithm=npg"])).iter().zip(&policies(&run(&DPAC))) {
        assert!(theta.iter().zip(expected).all(|(x, y)| (x - y).abs() < 1e-12), "{theta:?} {expected:?}");
    }
    // It is not that nothing but the start matters.
    assert_ne!(bits(&policies(&one)[5]), bits(&policies(&run(&["algorithm=npg"]))[5]));
}

#[test]
fn a_single_agent_sends_its_policy_once_a_round_and_is_told_no_number() {
    let run = run(&["algorithm=npg"]);
    let counts = &run.summary.communication;
    let p = run.summary.sizes.d_theta;
    assert_eq!((counts.up.messages, counts.up.floats), (2 * 5, 5 * p));
    assert_eq!((counts.down.messages, counts.down.floats), (2 * 5, 0));
    assert!(run.summary.closed_form_holds && run.summary.value.last.is_some());
}

#[test]
fn a_second_client_is_refused_where_it_is_asked_for() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let path = scratch.path().join("run.toml");
    let refused = |text: &str| {
        std::fs::write(&path, text).expect("a file");
        let path = path.to_str().expect("UTF-8");
        let output =
            Command::new(env!("CARGO_BIN_EXE_dpac")).args(["run", path]).current_dir(&scratch).output();
        let output = output.expect("the program runs");
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).expect("UTF-8")
    };
    let text = "algorithm = \"npg\"\nproblem.builtin = \"tiger\"\n";
    let error = refused(&format!("{text}federation.clients = 3\n"));
    assert!(error.contains("run.toml:3:22"), "{error}");
    for error in [error, refused(text)] {
        assert!(error.contains("npg is for a single agent, and here are "), "{error}");
        assert!(error.contains("set federation.clients = 1"), "{error}");
    }
}

#[test]
fn an_exact_critic_on_a_reservoir_is_refused_at_its_features() {
    let text = "algorithm = \"dppg\"\nproblem.builtin = \"toggle\"\ncritic.features = { kind = \"reservoir\", width = 8 }\n";
    let loaded = Loaded::from_str("run.toml", text).expect("TOML");
    let refused = Prepared::load(loaded, Registry::BUILTIN, &Files::named());
    let Err(LoadError::Resolve { error, .. }) = refused else { panic!("random functions cannot be exact") };
    assert_eq!(error.key, "critic.features");
    assert!(error.message.contains("random functions of the history cannot represent Q exactly"), "{error}");
}

/// The fixed random network is enough of a memory for a better policy than the uniform one, and all of it is
/// the same on any number of threads.
#[test]
fn a_single_agent_learns_on_a_reservoir() {
    let text = r#"
        algorithm = "npg"
        seed = 1
        problem = { builtin = "toggle", horizon = 4 }
        federation.clients = 1
        critic = { local_steps = 256, features = { kind = "reservoir", width = 16 } }
        actor = { rounds = 24, local_steps = 256, features = { kind = "reservoir", width = 16 } }
        output.evaluate_every = 0
    "#;
    let run = |threads| run_resolved(resolved(text, &[]), |options| options.threads = threads);
    let (one, two) = (run(1), run(2));
    assert_eq!(one.digest(), two.digest());
    let value = &one.summary.value;
    assert_eq!(value.method, "enumeration");
    let (uniform, last) = (value.uniform.expect("a value"), value.last.expect("a value"));
    let optimum = value.optimum.expect("few beliefs");
    assert!(last <= optimum && last - uniform > 0.5 * (optimum - uniform), "{value:?}");
}
