//! The main job: the shipped configuration solves Tiger.

use crate::whole_run::{resolved, run_resolved};
use dpac::experiment::Status;

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

/// Sizes of Corollary 3 at M = 16, T = 16384, so that K = 32 is far below what Lemma 11 asks for. The paper's
/// target then locks in on "always listen"; the advantage does not. The reference reached 1.45 with the same features and steps.
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
