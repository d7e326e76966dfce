//! Clients with problems of their own: what a run makes of them, and what it refuses.

use crate::whole_run::{resolved, run_resolved};
use assert_cmd::Command;
use dpac::exact::{ExactCritic, bellman_error};
use dpac::experiment::read_policies;
use dpac::features::{FeatureMap, FiniteMap};
use dpac::policy::{LogLinear, Policy, Prepared};
use dpac::pomdp::{Model, ModelParts, Names, Variation, builtin};
use dpac_actors::host::Placement;

const DPAC: &str = r#"
seed = 5
federation.clients = 40
critic = { rounds = 2, local_steps = 3 }
actor = { rounds = 3, local_steps = 5, sync_interval = 2 }
problem = { builtin = "tiger", horizon = 3 }
"#;

const ALL: &str = "problem.clients={ rewards = 0.2, transitions = 0.1, sensors = 0.3, seed = 7 }";

#[test]
fn digest_depends_on_the_clients_and_on_no_thread_or_placement() {
    let run = |settings: &[&str], threads, placement| {
        run_resolved(resolved(DPAC, settings), |options| {
            options.threads = threads;
            options.placement = placement;
        })
    };
    let one = run(&[ALL], 1, Placement::Shard);
    for (threads, placement) in [(2, Placement::Shard), (1, Placement::Role), (2, Placement::Role)] {
        let other = run(&[ALL], threads, placement);
        assert_eq!(other.digest(), one.digest());
        assert_eq!(other.summary.value.last, one.summary.value.last);
    }
    let plain = run(&[], 2, Placement::Shard);
    assert_ne!(plain.digest(), one.digest());
    assert_ne!(plain.summary.config_digest, one.summary.config_digest);
    for key in ["rewards", "transitions", "sensors", "seed"] {
        let changed = format!("problem.clients.{key}=1");
        assert_ne!(run(&[ALL, &changed], 2, Placement::Shard).digest(), one.digest(), "{key}");
    }
}

#[test]
fn strengths_of_zero_are_no_difference_to_the_bit() {
    let run = |settings: &[&str]| run_resolved(resolved(DPAC, settings), |_| ());
    let (plain, none) = (run(&[]), run(&["problem.clients={ seed = 3 }"]));
    assert_eq!(plain.digest(), none.digest());
    let json = |run: &crate::whole_run::WholeRun| run.summary_json()["value"].clone();
    assert_eq!(json(&plain), json(&none));
    assert!(none.summary.problem.clients.is_none());
}

#[test]
fn a_single_client_s_part_is_the_whole_problem_to_the_bit() {
    let one = ["federation.clients=1"];
    let (plain, part) = (
        run_resolved(resolved(DPAC, &one), |_| ()),
        run_resolved(resolved(DPAC, &[one[0], "problem.clients.parts=1"]), |_| ()),
    );
    assert_eq!(plain.digest(), part.digest());
    assert_eq!(plain.summary.value.last, part.summary.value.last);
}

/// Each client has a fourth of the map's rewards, so that the mean over clients is a fourth of the value.
#[test]
fn clients_that_have_parts_of_a_map_have_its_value_together() {
    let text = DPAC.replace("40", "4").replace("\"tiger\"", "\"grid\"");
    let window =
        ["actor", "critic"].map(|role| format!("{role}.features={{ kind = \"window\", length = 1 }}"));
    let run = |parts: &str, threads, placement| {
        let settings = [&window[0], &window[1], parts];
        run_resolved(resolved(&text, &settings), |options| {
            (options.threads, options.placement) = (threads, placement);
        })
    };
    let whole = run("problem.clients.parts=0", 2, Placement::Shard);
    let split = run("problem.clients.parts=1", 1, Placement::Shard);
    for (threads, placement) in [(2, Placement::Shard), (2, Placement::Role)] {
        assert_eq!(run("problem.clients.parts=1", threads, placement).digest(), split.digest());
    }
    assert_ne!(split.digest(), whole.digest());
    let uniform = |run: &crate::whole_run::WholeRun| run.summary.value.uniform.expect("a value");
    assert!((4.0 * uniform(&split) - uniform(&whole)).abs() < 1e-12);
    let clients =
        serde_json::json!({ "rewards": 0.0, "transitions": 0.0, "sensors": 0.0, "parts": 1.0, "seed": 0 });
    assert_eq!(split.summary_json()["problem"]["clients"], clients);
    assert!(whole.summary.problem.clients.is_none());
}

#[test]
fn summary_has_the_mean_over_clients_and_no_optimum() {
    let run = run_resolved(resolved(DPAC, &[ALL, "problem.builtin=toggle"]), |_| ());
    let summary = run.summary_json();
    let clients = serde_json::json!({ "rewards": 0.2, "transitions": 0.1, "sensors": 0.3, "seed": 7 });
    assert_eq!(summary["problem"]["clients"], clients);
    assert!(summary["value"]["optimum"].is_null() && summary["bellman_error"].is_null());
    assert_eq!(summary["value"]["method"], "dynamic programming");
    // The uniform policy's value by each client's own tables.
    let variation = Variation { rewards: 0.2, transitions: 0.1, sensors: 0.3, parts: 0.0, seed: 7 };
    let policy = LogLinear::new(FiniteMap::window(3, 2, 2, 2, 0).expect("small"));
    let mut prepared = Prepared::at(&policy, &vec![0.0; policy.parameters()]);
    let models = variation.models(&builtin::toggle(), 40).expect("small");
    let values = models.iter().map(|model| {
        dpac::exact::policy_value(model, &policy, &mut prepared, 0.9, 1_000_000).expect("small").0.value
    });
    let mean = values.sum::<f64>() / 40.0;
    assert!((summary["value"]["uniform"].as_f64().expect("a value") - mean).abs() < 1e-12);
    let directory = run.directory.to_str().expect("UTF-8");
    let output = Command::new(env!("CARGO_BIN_EXE_dpac")).args(["evaluate", directory, "--json"]).output();
    let json: serde_json::Value =
        serde_json::from_slice(&output.expect("the program runs").stdout).expect("JSON");
    let last = |value: &serde_json::Value| value["last"].as_f64().expect("a value");
    assert!((last(&json) - last(&summary["value"])).abs() < 1e-12, "{json}");
}

/// Toggle with the mean of the clients' rewards, to which TD is linear where nothing else differs.
fn with_mean_rewards(models: &[Model]) -> Model {
    let plain = builtin::toggle();
    let mean = |s, a| models.iter().map(|model| model.reward(s, a)).sum::<f64>() / models.len() as f64;
    Model::new(ModelParts {
        name: "mean".to_owned(),
        states: Names::Count(2),
        actions: Names::Count(2),
        observations: Names::Count(2),
        discount: plain.discount(),
        values: plain.values(),
        start: plain.start().to_vec(),
        transition: plain.transition().clone(),
        observation: plain.observation().clone(),
        initial_observation: plain.initial_observation().cloned(),
        reward: (0..4).map(|row| mean(row % 2, row / 2)).collect(),
        reward_range: Some((0.0, 1.0)),
    })
    .expect("a valid problem")
}

#[test]
fn evaluation_with_clients_rewards_converges_to_the_mean_of_their_action_values() {
    const DPTD: &str = r#"
        algorithm = "dptd"
        seed = 1
        federation.clients = 4
        critic = { rounds = 4096, local_steps = 4 }
        problem = { builtin = "toggle", horizon = 2, clients = { rewards = 1, seed = 11 } }
    "#;
    let run = run_resolved(resolved(DPTD, &[]), |_| ());
    let variation = Variation { rewards: 1.0, transitions: 0.0, sensors: 0.0, parts: 0.0, seed: 11 };
    let models = variation.models(&builtin::toggle(), 4).expect("small");
    let mean = with_mean_rewards(&models);
    let map = FiniteMap::history(2, 2, 2, 2).expect("small");
    let policy = LogLinear::new(FiniteMap::window(2, 2, 2, 2, 0).expect("small"));
    let mut prepared = Prepared::at(&policy, &vec![0.0; policy.parameters()]);
    let psi = read_policies(&run.directory.join("critic.npy"), map.stacked()).expect("a critic").remove(0);
    let mut error = |model: &Model, psi: &[f64]| {
        bellman_error(model, &policy, &mut prepared, &map, psi, 0.9, 1_000_000).expect("small").error
    };
    let (of_mean, of_one) = (error(&mean, &psi), error(&models[0], &psi));
    assert!(of_mean < 1e-4, "{of_mean}");
    assert!(of_one > 100.0 * of_mean, "{of_one} {of_mean}");
    // The oracle itself: the exact critic of the mean problem is the mean of the clients' exact critics.
    let mut critic = |model: &Model| {
        map.exact_critic(model, &policy, &mut prepared, 0.9, 1_000_000).expect("whole histories")
    };
    let critics: Vec<Vec<f64>> = models.iter().map(&mut critic).collect();
    for (i, x) in critic(&mean).iter().enumerate() {
        let mean = critics.iter().map(|critic| critic[i]).sum::<f64>() / 4.0;
        assert!((x - mean).abs() < 1e-12);
    }
}

#[test]
fn beliefs_and_real_numbers_work_with_clients_that_differ() {
    for (problem, features) in [
        ("light-maze", "{ kind = \"belief-memory\", length = 1 }"),
        ("maze", "{ kind = \"belief\", degree = 1 }"),
        ("gaussian-tiger", "{ kind = \"belief\", degree = 2 }"),
    ] {
        let builtin = format!("problem.builtin={problem}");
        let (critic, actor) = (format!("critic.features={features}"), format!("actor.features={features}"));
        let settings = [builtin.as_str(), ALL, &critic, &actor, "federation.clients=5"];
        let run = |threads| run_resolved(resolved(DPAC, &settings), |options| options.threads = threads);
        let (one, two) = (run(1), run(2));
        assert_eq!(one.digest(), two.digest(), "{problem}");
        let value = &one.summary.value;
        let (lo, hi) = one.summary.reward_range;
        assert!(
            value.last.is_some_and(|last| (3.0 * lo.min(0.0)..=3.0 * hi.max(0.0)).contains(&last)),
            "{value:?}"
        );
        assert_eq!(value.method == "Monte-Carlo", value.standard_error.is_some());
    }
}

#[test]
fn what_needs_one_problem_is_refused_where_clients_differ() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let plan = |text: &str| {
        let path = scratch.path().join("run.toml");
        std::fs::write(&path, text).expect("a file");
        let path = path.to_str().expect("UTF-8");
        let output = Command::new(env!("CARGO_BIN_EXE_dpac")).args(["plan", path]).output();
        let output = output.expect("the program runs");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let refused = |text: &str, expected: &[&str]| {
        let (code, _, error) = plan(text);
        assert_eq!(code, Some(2), "{text}");
        for part in expected {
            assert!(error.contains(part), "no {part:?} in {error}");
        }
    };
    let tiger = "problem = { builtin = \"tiger\", clients = { rewards = 0.5, sensors = 0.25, seed = 4 } }\n";
    refused(
        &format!("{tiger}schedule = \"theory\"\n"),
        &["constants are not available: every client", "practical"],
    );
    refused(
        &format!("{tiger}federation.clients = 1000000\n"),
        &["run.toml:1:42", "33554432", "fewer clients"],
    );
    refused("problem = { builtin = \"tiger\", clients = { rewards = 2 } }\n", &["from 0 to 1"]);
    refused("problem = { builtin = \"tiger\", clients = { reward = 1 } }\n", &["did you mean `rewards`?"]);
    let (code, screen, _) = plan(tiger);
    assert_eq!(code, Some(0));
    assert!(screen.contains("clients differ, drawn from 4: rewards by 0.5, sensors by 0.25;\n"), "{screen}");
    let window = "features = { kind = \"window\", length = 1 }\n";
    let grid = "problem = { builtin = \"grid\", clients = { parts = 1 } }\n";
    let (code, screen, _) = plan(&format!("{grid}critic.{window}actor.{window}"));
    assert_eq!(code, Some(0));
    assert!(screen.contains("clients differ; each sees its part's rewards, by 1;\n"), "{screen}");
}
