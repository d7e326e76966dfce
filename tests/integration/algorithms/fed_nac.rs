//! Clients that fit values of their own policies, over a graph: tables and networks.

use super::naive::{Naive, add};
use super::sampled_gradients::{CLIENTS, HORIZON, Subject, dot, near, zeros};
use dpac::algorithm::{ByProbes, RoundSteps};
use std::iter::zip;

const ROUNDS: u32 = 3;
const LOCAL_STEPS: u64 = 7;

/// Steps of a client's iteration.
trait Sizes {
    fn zeta(&self, round: u32, theta: &[f64]) -> f64;
    fn eta(&self, round: u32, theta: &[f64], direction: &[f64]) -> f64;
}

struct Given;

impl Sizes for Given {
    fn zeta(&self, _: u32, _: &[f64]) -> f64 {
        0.05
    }

    fn eta(&self, _: u32, _: &[f64], _: &[f64]) -> f64 {
        0.75
    }
}

impl Sizes for ByProbes {
    fn zeta(&self, round: u32, theta: &[f64]) -> f64 {
        RoundSteps::zeta(self, round, theta).at(0)
    }

    fn eta(&self, round: u32, theta: &[f64], direction: &[f64]) -> f64 {
        RoundSteps::eta(self, round, theta, direction)
    }
}

/// `w_m` from 0, which fits `⟨ξ_h(z, a), w⟩` to discounted returns from step h on.
fn fitted(naive: &Naive, theta: &[f64], m: u32, round: u32, zeta: f64) -> Vec<f64> {
    let (mut w, mut rng) = (zeros(naive), naive.stream(m, round, 0, 0));
    for _ in 0..LOCAL_STEPS {
        let steps = naive.trajectory(theta, &mut rng);
        let mut changes = Vec::new();
        for (h, step) in steps.iter().enumerate() {
            let later = steps[h..].iter().enumerate();
            let target = later.fold(0.0, |sum, (t, step)| sum + naive.discount(t) * step.reward);
            let xi = naive.xi(theta, &step.history, step.action);
            let fit = xi.iter().fold(0.0, |sum, &(i, x)| sum + x * w[i]);
            changes.push((-2.0 * zeta * naive.discount(h) * (fit - target), xi));
        }
        changes.iter().for_each(|(c, xi)| add(*c, xi, &mut w));
    }
    w
}

/// The mean policy in the end. Three clients on a ring all write to one another, with weights of a third.
fn plain(naive: &Naive, sizes: &dyn Sizes, tracking: bool) -> Vec<f64> {
    let mixed = |of_clients: Vec<Vec<f64>>| {
        let sum =
            of_clients.iter().fold(zeros(naive), |sum, x| zip(sum, x).map(|(sum, x)| sum + x).collect());
        let mean: Vec<f64> = sum.iter().map(|sum| sum / f64::from(CLIENTS)).collect();
        vec![mean; CLIENTS as usize]
    };
    let clients = || 0..CLIENTS as usize;
    let mut theta = vec![naive.first(); CLIENTS as usize];
    let (mut before, mut tracked) =
        (vec![zeros(naive); CLIENTS as usize], vec![zeros(naive); CLIENTS as usize]);
    for t in 0..ROUNDS {
        let found: Vec<Vec<f64>> =
            clients().map(|m| fitted(naive, &theta[m], m as u32, t, sizes.zeta(t, &theta[m]))).collect();
        for m in clients() {
            for (tracked, (now, before)) in zip(&mut tracked[m], zip(&found[m], &before[m])) {
                *tracked += now - before;
            }
        }
        before.clone_from(&found);
        if t > 0 {
            tracked = mixed(tracked);
        }
        let used = if tracking { &tracked } else { &found };
        let stepped = |m: usize| {
            let eta = sizes.eta(t, &theta[m], &used[m]);
            zip(&theta[m], &used[m]).map(|(theta, d)| theta + eta * d).collect()
        };
        theta = mixed(clients().map(stepped).collect());
    }
    theta.swap_remove(0)
}

/// Some hundred roundings of numbers of size 1 to 10. The mean over a complete graph makes all clients'
/// policies one, so that what tells them apart are their directions, and their steps where they measure them.
#[test]
fn clients_fit_values_of_their_own_policies_as_plain_loops_do() {
    for subject in Subject::all() {
        let naive = &subject.naive;
        for tracking in [false, true] {
            let word = if tracking { "yes" } else { "no" };
            let algorithm = format!("kind = \"fed-nac\", tracking = \"{word}\"");
            let (rounds, local_steps) =
                (format!("actor.rounds={ROUNDS}"), format!("actor.local_steps={LOCAL_STEPS}"));
            let mut settings = vec![&rounds[..], &local_steps];
            if let Some((network, inputs)) = &naive.actor.network {
                let sizes = ByProbes {
                    network: *network,
                    inputs: inputs.clone(),
                    gamma: naive.gamma,
                    seed: naive.seed,
                    probes: ByProbes::PROBES,
                    largest_move: ByProbes::MOVE,
                    zeta: None,
                    eta: None,
                };
                near(&subject.ours(&algorithm, &settings), &plain(naive, &sizes, tracking), 1e-11);
            }
            settings.extend(["actor.zeta=0.05", "actor.eta=0.75"]);
            let found = subject.ours(&algorithm, &settings);
            near(&found, &plain(naive, &Given, tracking), 1e-11);
            let way: Vec<f64> = zip(found, naive.first()).map(|(last, first)| last - first).collect();
            assert!(dot(&way, &way) > 0.01, "it has moved over {HORIZON} steps");
        }
    }
}
