//! The main job: the shipped configuration solves Tiger.

use crate::whole_run::{resolved, run_resolved};
use dpac::exact::{Budget, Method};
use dpac::experiment::Status;
use dpac::pomdp::Generator;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Raw V* of Tiger at H = 4, γ = 0.95.
const OPTIMUM: f64 = 1.795_544;

/// The bar is 1.5 in 19 of 20 seeds. An independent reference reached 1.67 with standard deviation 0.011 at
/// these sizes; here the last policies of the seeds 0 to 19 have mean 1.67 and standard deviation 0.027, so
/// the bar is six deviations away.
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
            assert!((optimum - OPTIMUM).abs() < 1e-6 && last <= optimum, "{last} of {optimum}");
            last > 1.5
        })
        .count();
    assert!(solved >= 19, "{solved} of 20 seeds");
}

/// Sizes of Corollary 3 at M = 16, T = 16384, so that K = 32 is far below what Lemma 11 asks for. With belief
/// features and seed 0 the paper's target then locks in on "always listen", and the advantage does not; the
/// reference reached 1.45 with the same features and steps. With history features all targets lock in, in
/// most seeds: `docs/records/2026-11-29-lock-in.txt`.
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

/// The bar is 4.0. The shipped configuration's last policies are worth 4.44 in the mean of the seeds 0 to 19,
/// with standard deviation 0.02 and a minimum of 4.41, each evaluated over 10^6 episodes; the run's own
/// evaluation, of standard error 0.15, is above the bar for all 20. This quick form takes half the rounds,
/// after which the seeds 0 to 2 are at 4.40 and at least 4.34. Over 200 000 episodes the standard error is
/// 0.04.
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

/// Without a model of the noise: window features of the readings, whose last policies are far from the
/// uniform one's -112.
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

/// What is known of an episode of Tiger by a policy with a window of one pair: the probability of each place
/// of the tiger with each pair of action and observation. There is none before the first action.
type Known = BTreeMap<(Option<(usize, usize)>, usize), f64>;

/// The best value of the actions from step h on, over all deterministic choices by window, and whether all of
/// these listen.
fn best_by_window(known: &Known, h: i32) -> (f64, bool) {
    const LISTEN: usize = 0;
    const LAST: i32 = 3;
    let windows: Vec<_> = {
        let mut windows: Vec<_> = known.keys().map(|&(window, _)| window).collect();
        windows.dedup();
        windows
    };
    let mut best = (f64::NEG_INFINITY, false);
    for choice in 0..3_usize.pow(windows.len() as u32) {
        let chosen = |window| {
            let at = windows.iter().position(|&other| other == window).expect("a window");
            choice / 3_usize.pow(at as u32) % 3
        };
        let (mut value, mut listens, mut next) = (0.0, true, Known::new());
        for (&(window, tiger), &p) in known {
            let action = chosen(window);
            listens &= action == LISTEN;
            // Doors are 1 and 2, before the places 0 and 1.
            value += p * if action == LISTEN {
                -1.0
            } else if action - 1 == tiger {
                -100.0
            } else {
                10.0
            };
            if h == LAST {
                continue;
            }
            for (place, seen) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let q = match (action, place == tiger, place == seen) {
                    (LISTEN, true, true) => 0.85,
                    (LISTEN, true, false) => 0.15,
                    (LISTEN, false, _) => continue,
                    _ => 0.25,
                };
                *next.entry((Some((action, seen)), place)).or_insert(0.0) += p * q;
            }
        }
        if h < LAST {
            let (later, also) = best_by_window(&next, h + 1);
            (value, listens) = (value + 0.95 * later, listens && also);
        }
        if value > best.0 {
            best = (value, listens);
        }
    }
    best
}

/// Values are linear in the probabilities of each step's actions by window, so that a deterministic policy is
/// among the best.
#[test]
fn best_policy_with_a_window_of_one_pair_never_opens_a_door_in_tiger() {
    let start = Known::from([((None, 0), 0.5), ((None, 1), 0.5)]);
    let (value, listens) = best_by_window(&start, 0);
    assert!(listens && (value - -3.709_875).abs() < 1e-12, "{value}");
}
