//! One-shot averaging equals a plain loop.

use super::equality::{assert_same, windows};
use super::naive::{Naive, add};
use super::{result, run_built, scattered};
use dpac::algorithm::{CriticPlan, Plan, Registry, ServerLine, Weights, Workers};
use dpac::config::Own;
use dpac::pomdp::builtin::{tiger, toggle};
use dpac_actors::StepSize;
use std::collections::BTreeMap;
use std::sync::Arc;

const STEPS: u64 = 21;
const ALPHA: f64 = 0.3;

/// The mean of what the clients' evaluations come to: of each the last iterate, or the average with weights
/// `(s + 2)²`.
fn plain(naive: &Naive, theta: &[f64], averages: bool, decay: Option<f64>) -> Vec<f64> {
    let start = vec![0.0; naive.critic.stacked];
    naive.mean(&start, |client| {
        let (mut psi, mut rng) = (start.clone(), naive.stream(client, 0, 0, 0));
        let (mut sum, mut weights) = (start.clone(), 0.0);
        for t in 0..STEPS {
            let alpha = ALPHA * decay.map_or(1.0, |t_0| t_0 / (t_0 + t as f64));
            let trajectory = naive.trajectory(theta, &mut rng);
            for (h, (delta, row)) in naive.differences(&psi, &trajectory).iter().enumerate() {
                add(alpha * naive.discount(h) * delta, row, &mut psi);
            }
            let weight = (t as f64 + 3.0) * (t as f64 + 3.0);
            sum.iter_mut().zip(&psi).for_each(|(sum, psi)| *sum += weight * psi);
            weights += weight;
        }
        if averages { sum.iter().map(|sum| sum / weights).collect() } else { psi }
    })
}

/// What the algorithm comes to.
fn ours(workers: Arc<dyn Workers>, clients: u32, seed: u64, theta: &[f64], own: &[(&str, Own)]) -> Vec<f64> {
    let entry = Registry::BUILTIN.find("one-shot").expect("it is listed");
    let own: BTreeMap<String, Own> =
        own.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    let one = StepSize::constant(1.0);
    let alpha = StepSize::constant(ALPHA);
    let critic = CriticPlan {
        rounds: 1,
        local_steps: STEPS,
        alpha,
        eta: one,
        average_from: 0,
        weights: Weights::Quadratic,
        server_line: ServerLine::Repaired,
        warm: true,
    };
    let plan = Plan::of(workers, entry.words.complete(&own));
    let society = (entry.build)(Plan { theta: theta.into(), critic: Some(critic), ..plan });
    let society = society.expect("it fits");
    result(&run_built(society, clients, seed), "psi")
}

/// The last iterates to the bit. Averages are summed in another order, of 21 terms of size 1: 1e-14 is some
/// 50 roundings.
#[test]
fn one_shot_averaging_equals_a_plain_loop() {
    for (model, horizon, lengths, clients) in [(toggle(), 3, (1, 2), 3), (tiger(), 4, (2, 1), 70)] {
        let (naive, setting) = windows(model, horizon, lengths, clients);
        let theta = scattered(naive.actor.stacked, 3);
        for decay in [None, Some(2.5)] {
            let run = |average: &str| {
                let mut own = vec![("average", Own::Word(average.to_owned()))];
                own.extend(decay.map(|decay| ("decay", Own::Real(decay))));
                ours(setting.clone(), clients, naive.seed, &theta, &own)
            };
            assert_same(&run("last"), &plain(&naive, &theta, false, decay));
            let (found, expected) = (run("clients"), plain(&naive, &theta, true, decay));
            for (found, expected) in found.iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-14, "{found}, {expected}");
            }
            assert_ne!(found, run("last"));
        }
    }
}
