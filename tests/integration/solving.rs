//! The main job: the shipped configuration solves Tiger.

use crate::whole_run::{resolved, run_resolved};
use dpac::exact::{Budget, Method};
use dpac::experiment::Status;
use dpac::pomdp::Generator;
use std::sync::Arc;

/// Raw V* of Tiger at H = 4, γ = 0.95.
const OPTIMUM: f64 = 1.795_544;

/// The bar is 1.5 in 19 of 20 seeds. An independent reference reached 1.67 with standard deviation 0.011 at these sizes; here the last
/// policies of the seeds 0 to 19 have mean 1.67 and standard deviation 0.027, so the bar is six deviations away.
#[test]
fn shipped_configuration_solves_tiger_in_at_least_19_of_20_seeds() {
    let text = include_str!("../../configs/tiger.toml").replace("problems/", "configs/problems/");
    let solved = (0..20)
        .filter(|seed| {
            let settings = [format!("seed={seed}"), "output.evaluate_every=0".to_owned()];
            let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
            let summary = run_resolved(resolved(&text, &settings), |_| {}).summary;
            assert_eq!(summary.status, Status::Complete, "{:?}", summary.error);
            let (last, optimum) =
                (summary.value.last.expect("a value"), summary.value.optimum.expect("a value"));
            assert!((optimum - OPTIMUM).abs() < 1e-6 && last <= optimum + 1e-9, "{last} of {optimum}");
            last > 1.5
        })
        .count();
    assert!(solved >= 19, "{solved} of 20 seeds");
}

/// Sizes of Corollary 3 at M = 16, T = 16384, so that K = 32 is far below what Lemma 11 asks for. With belief features and seed 0 the paper's
/// target then locks in on "always listen", and the advantage does not; the reference reached 1.45 with the same features and steps.
/// With history features all targets lock in, in most seeds: `docs/records/2026-11-29-lock-in.txt`.
#[test]
fn advantage_gets_past_always_listen_where_the_target_q_locks_in() {
    let text = "trajectories = 16384\n\
                problem = { builtin = \"tiger3\", horizon = 4 }\n\
                critic.features = { kind = \"history\" }\n\
                actor.features = { kind = \"belief\", degree = 2 }\n\
                output.evaluate_every = 0\n";
    let last = |target: &str| {
        let setting = format!("actor.target={target}");
        let summary = run_resolved(resolved(text, &[&setting]), |_| {}).summary;
        assert_eq!((summary.sizes.d_theta, summary.sizes.actor_local_steps), (36, 32));
        summary.value.last.expect("a value")
    };
    let (q, advantage) = (last("q"), last("advantage"));
    assert!((q - -3.709_875).abs() < 1e-4, "q ends at {q}");
    assert!(advantage > 1.2, "advantage ends at {advantage}");
}

/// V* of gaussian-tiger (σ = 1) at H = 4, γ = 0.95, by dynamic programming over the log-odds.
const GAUSSIAN_OPTIMUM: f64 = 4.522_12;

/// The bar is 4.0. The shipped configuration's last policies are worth 4.44 in the mean of the seeds 0 to 19, with standard deviation 0.02 and a
/// minimum of 4.41, each evaluated over 10^6 episodes; the run's own evaluation, of standard error 0.15, is above the bar for all 20. This quick
/// form takes half the rounds, after which the seeds 0 to 2 are at 4.40 and at least 4.34. Over 200 000 episodes the standard error is 0.04.
#[test]
fn shipped_configuration_solves_the_tiger_that_is_heard_in_real_numbers() {
    let text = include_str!("../../configs/gaussian-tiger.toml");
    for seed in 0..3 {
        let settings =
            [format!("seed={seed}"), "actor.rounds=64".to_owned(), "output.evaluate_every=0".to_owned()];
        let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
        let (resolved, input) = resolved(text, &settings);
        let subject = Arc::clone(&resolved.subject);
        let run = run_resolved((resolved, input), |_| {});
        assert_eq!(run.summary.status, Status::Complete, "{:?}", run.summary.error);
        let policy: serde_json::Value = serde_json::from_str(&run.read("policy.json")).expect("JSON");
        let theta: Vec<f64> = serde_json::from_value(policy["theta"].clone()).expect("numbers");
        let budget = Budget { exact_operations: 0, episodes: 200_000 };
        let estimate = subject.value(&theta, budget, &mut Generator::new(1));
        let Method::MonteCarlo { standard_error, .. } = estimate.method else { unreachable!("no tables") };
        assert!(standard_error < 0.05, "{standard_error}");
        assert!(estimate.value_raw > 4.0 + 4.0 * standard_error, "seed {seed}: {estimate:?}");
        assert!(estimate.value_raw < GAUSSIAN_OPTIMUM + 4.0 * standard_error, "seed {seed}: {estimate:?}");
    }
}

/// Without a model of the noise: window features of the readings, whose last policies are far from the uniform one's -112.
#[test]
fn features_of_readings_learn_to_listen_and_more() {
    let text = "problem = { builtin = \"gaussian-tiger\", horizon = 3 }\n\
                actor = { rounds = 32, local_steps = 256, target = \"advantage\" }\n\
                output.evaluate_every = 0\n";
    for (actor, critic) in [
        (
            "{ kind = \"polynomial\", length = 2, degree = 1 }",
            "{ kind = \"polynomial\", length = 2, degree = 2 }",
        ),
        (
            "{ kind = \"fourier\", length = 2, components = 8, scale = 2 }",
            "{ kind = \"fourier\", length = 2, components = 8, scale = 2 }",
        ),
    ] {
        let settings = [format!("actor.features={actor}"), format!("critic.features={critic}")];
        let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
        let summary = run_resolved(resolved(text, &settings), |_| {}).summary;
        let last = summary.value.last.expect("a value");
        assert!(last > -4.0, "{actor}: {last}");
    }
}
