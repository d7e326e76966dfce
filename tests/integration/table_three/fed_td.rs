//! FedTD(0).

use super::{bits, evaluated, numbers};
use crate::whole_run::whole_run;

/// Without its algorithm; steps that are no powers of two, so that every rounding shows.
const RUN: &str = "problem = { builtin = \"tiger\", horizon = 4 }\nfederation.clients = 5\nseed = 3\n\
    critic = { rounds = 12, local_steps = 7, alpha = 0.3, features = { kind = \"history\" } }\n";

#[test]
fn iterates_without_projection_are_those_of_dptd_to_the_bit() {
    for eta in ["critic.eta=1", "critic.eta=0.7"] {
        for features in
            ["{ kind = \"history\" }", "{ kind = \"window\", length = 1 }", "{ kind = \"belief\" }"]
        {
            let features = format!("critic.features={features}");
            let run = |algorithm| evaluated(RUN, &[algorithm, eta, features.as_str()]);
            let (ours, dptd) = (run("algorithm=fed-td"), run("algorithm=dptd"));
            assert_eq!(ours.iterates.len(), 12);
            assert_eq!(ours.iterates, dptd.iterates, "{eta}, {features}");
            assert_eq!(Some(&ours.result), ours.iterates.last(), "the result is the last iterate");
            assert_ne!(ours.result, dptd.result, "DPTD's is an average");
        }
    }
}

#[test]
fn iterates_are_held_to_the_ball_and_change_only_by_that() {
    let run = |radius: &str| {
        evaluated(&format!("algorithm = {{ kind = \"fed-td\", radius = {radius} }}\n{RUN}"), &[])
    };
    let free = evaluated(RUN, &["algorithm=fed-td"]);
    assert_eq!(run("1e9"), free, "a ball that is never left");
    let norm = |psi: &[u64]| numbers(psi).iter().fold(0.0, |sum, psi| sum + psi * psi).sqrt();
    let largest = free.iterates.iter().map(|psi| norm(psi)).fold(0.0, f64::max);
    let radius = largest / 2.0;
    let held = run(&radius.to_string());
    let outside = held.iterates.iter().filter(|psi| norm(psi) > radius * (1.0 + 1e-14)).count();
    assert_eq!(outside, 0, "but for the rounding of one product, 1e-16 of it");
    // The first iterate outside of the ball is the free one, scaled.
    let first = free.iterates.iter().position(|psi| norm(psi) > radius).expect("it leaves the ball");
    assert_eq!(held.iterates[..first], free.iterates[..first]);
    let scale = radius / norm(&free.iterates[first]);
    let scaled: Vec<f64> = numbers(&free.iterates[first]).iter().map(|psi| psi * scale).collect();
    assert_eq!(held.iterates[first], bits(&scaled));
}

/// Features of the last action and observation cannot tell apart what whole histories can: however long it
/// runs, an error stays. Seed 3; of 16 clients and small steps the noise is far below the floor.
#[test]
fn features_of_the_last_observation_have_a_floor_that_histories_have_not() {
    let error = |features: &str, rounds: u32| {
        let text = format!(
            "algorithm = \"fed-td\"\nproblem = {{ builtin = \"tiger\", horizon = 3 }}\nfederation.clients = 16\nseed = 3\n\
             output.evaluate_every = 0\n\
             critic = {{ rounds = {rounds}, local_steps = 16, alpha = 0.02, features = {{ {features} }} }}\n"
        );
        whole_run(&text, |_| {}).summary.bellman_error.expect("a small problem")
    };
    let (last, history) = ("kind = \"window\", length = 1", "kind = \"history\"");
    let errors = [error(last, 800), error(last, 3200), error(history, 800), error(history, 3200)];
    let [last_early, last_late, _, history_late] = errors;
    assert!(last_late > 0.8 * last_early, "{errors:?}");
    assert!(history_late < 0.25 * last_late, "{errors:?}");
}
