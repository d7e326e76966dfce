//! Minibatch TD.

use super::{evaluated, numbers};
use crate::whole_run::whole_run;

/// Without its algorithm; steps that are no powers of two, so that every rounding shows.
const RUN: &str = "problem = { builtin = \"tiger\", horizon = 4 }\nfederation.clients = 5\nseed = 3\n\
    critic = { rounds = 20, alpha = 0.3, eta = 0.7, features = { kind = \"history\" } }\n";

#[test]
fn batches_of_one_are_dptd_with_one_local_step_to_the_bit() {
    for features in ["{ kind = \"history\" }", "{ kind = \"window\", length = 1 }", "{ kind = \"belief\" }"] {
        let features = format!("critic.features={features}");
        let ours = evaluated(RUN, &["algorithm={ kind = \"minibatch\", batch = 1 }", &features]);
        let dptd = evaluated(RUN, &["algorithm=dptd", "critic.local_steps=1", &features]);
        assert_eq!(ours.iterates.len(), 20);
        assert_eq!(ours, dptd, "{features}");
    }
}

/// One round of one client: the mean of the steps that B trajectories would make alone, which are DPTD's of
/// clients that see one each. The streams differ, so means of 4096 trajectories are compared: their standard
/// error is below 1/64 of a component's step. Seed 3.
#[test]
fn a_batch_of_one_client_is_on_average_what_as_many_clients_see() {
    let settings = |algorithm: &'static str, clients: &'static str| {
        ["critic.rounds=1", "critic.eta=1", algorithm, clients].map(str::to_owned)
    };
    let run = |settings: [String; 4], more: &[&str]| {
        let settings: Vec<&str> = settings.iter().map(String::as_str).chain(more.iter().copied()).collect();
        numbers(&evaluated(RUN, &settings).result)
    };
    let batch =
        run(settings("algorithm={ kind = \"minibatch\", batch = 4096 }", "federation.clients=1"), &[]);
    let clients = run(settings("algorithm=dptd", "federation.clients=4096"), &["critic.local_steps=1"]);
    for (batch, clients) in batch.iter().zip(&clients) {
        assert!((batch - clients).abs() < 4.0 * 0.3 / 64.0, "{batch}, {clients}");
    }
    assert_ne!(batch, clients);
}

#[test]
fn a_budget_becomes_rounds_and_every_trajectory_is_counted() {
    let text = "algorithm = { kind = \"minibatch\", batch = 8 }\ntrajectories = 1000\noutput.evaluate_every = 0\n\
                problem = { builtin = \"toggle\", horizon = 2 }\nfederation.clients = 3\n";
    let summary = whole_run(text, |_| {}).summary;
    assert!(summary.closed_form_holds);
    assert_eq!((summary.sizes.critic_rounds, summary.trajectories_per_client), (125, 1000));
    assert_eq!((summary.local_steps.critic, summary.barriers_by_phase.critic), (3 * 125, 125));
}
