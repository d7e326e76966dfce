//! What else is known of DPTD on toggle, H = 3: local steps, weights of the output, split observations, the
//! theorem's steps.
//!
//! Reference values come from an independent implementation, with two digits: they are allowed four standard
//! errors of the difference, where the reference's is taken to be ours, and half a unit of their second
//! digit.

use super::societies::{Mean, errors};
use dpac::algorithm::{CriticPlan, Dptd, ServerLine, Setting, Weights};
use dpac::exact::bellman_error;
use dpac::features::{FeatureMap, FiniteMap, HistoryFold};
use dpac::paper::{Evaluation, Society};
use dpac::policy::{LogLinear, Policy, Prepared};
use dpac::pomdp::{
    Model, ModelParts, Names, Problem, Simulator, SparseRows, TabularProblem, Values, builtin,
};
use dpac_actors::host::{self, Observer, Observers, Options, Placement};
use dpac_actors::{Algorithm, Ledger, Milestone, Phase, Purpose, StepSize, StreamKey};
use rand::Rng;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

const HORIZON: usize = 3;
const GAMMA: f64 = 0.9;
const CLIENTS: u32 = 8;
const TRAJECTORIES: u32 = 4096;
const ALPHA: f64 = 0.3;

fn toggle() -> Evaluation {
    Evaluation::builtin("toggle", HORIZON)
}

fn assert_reference(what: &str, found: Mean, reference: f64, half_a_unit: f64) {
    let tolerance = 4.0 * 2.0_f64.sqrt() * found.standard_error + half_a_unit;
    assert!(
        (found.mean - reference).abs() <= tolerance,
        "{what}: {found:?} differs from {reference:e} by more than {tolerance:e}"
    );
}

fn host_options(clients: u32, seed: u64) -> Options {
    Options {
        clients,
        threads: 1,
        placement: Placement::Shard,
        wire_check: false,
        counting: true,
        seed,
        stop: Arc::new(AtomicBool::new(false)),
        plant: None,
        tracer: None,
        snapshots: None,
        resume: None,
    }
}

fn psi(algorithm: &Arc<dyn Algorithm>, clients: u32, seed: u64, observers: Observers) -> Vec<f64> {
    let outcome = host::run(algorithm, &host_options(clients, seed), observers).expect("no fault");
    let results = outcome.results.expect("nobody stops this run");
    results.iter().find(|named| named.name == "psi").expect("a critic").values.to_vec()
}

#[test]
fn last_iterate_is_as_good_with_one_round_as_with_thousands() {
    let last = |local_steps: u32| {
        let society = Society::halved(CLIENTS, TRAJECTORIES, local_steps, ALPHA);
        Society { average_from: society.rounds - 1, ..society }
    };
    let means = errors(&toggle(), &[1, 64, 4096].map(last), 40);
    for (mean, local_steps) in means.iter().zip([1, 64, 4096]) {
        assert_reference(&format!("K = {local_steps}"), *mean, 3.2e-3, 0.3e-3);
    }
    let of = |pick: fn(f64, f64) -> f64, start: f64| {
        means.iter().fold(start, |value, mean| pick(value, mean.mean))
    };
    assert!(of(f64::max, 0.0) < 1.4 * of(f64::min, f64::INFINITY));
}

/// Keeps the server's iterates.
#[derive(Clone, Default)]
struct Iterates(Arc<Mutex<Vec<Arc<[f64]>>>>);

impl Observer for Iterates {
    fn round_ended(&mut self, milestone: &Milestone, _ledger: &Ledger) {
        self.0.lock().expect("one user").push(Arc::clone(&milestone.vectors[0].values));
    }
}

/// Mean of the iterates `from + 1..`, with weight by number of the iterate.
fn averaged(iterates: &[Arc<[f64]>], from: usize, weight: fn(f64) -> f64) -> Vec<f64> {
    let (mut sum, mut total) = (vec![0.0; iterates[0].len()], 0.0);
    for (i, psi) in iterates.iter().enumerate().skip(from) {
        let weight = weight(i as f64 + 1.0);
        sum.iter_mut().zip(psi.iter()).for_each(|(sum, psi)| *sum += weight * psi);
        total += weight;
    }
    sum.iter().map(|sum| sum / total).collect()
}

#[test]
fn quadratic_weights_forget_the_transient_and_uniform_ones_do_not() {
    let evaluation = toggle();
    let society = Society::halved(CLIENTS, TRAJECTORIES, 16, ALPHA);
    let algorithm = evaluation.dptd(society.plan());
    let rounds = society.rounds as usize;
    let quadratic = |s: f64| (s + 2.0) * (s + 2.0);
    let uniform = |_| 1.0;
    let mut errors = vec![Vec::new(); 5];
    for seed in 0..40 {
        let iterates = Iterates::default();
        let output = psi(&algorithm, CLIENTS, seed, Observers::default().with(iterates.clone()));
        let iterates = iterates.0.lock().expect("one user");
        assert_eq!(iterates.len(), rounds);
        let variants = [
            averaged(&iterates, 0, quadratic),
            averaged(&iterates, rounds / 2, quadratic),
            averaged(&iterates, rounds / 2, uniform),
            averaged(&iterates, 0, uniform),
            averaged(&iterates, rounds - 1, uniform),
        ];
        let same = output.iter().zip(&variants[1]).all(|(a, b)| (a - b).abs() <= 1e-12);
        assert!(same, "the output is the quadratic average of the later half");
        for (errors, psi) in errors.iter_mut().zip(&variants) {
            errors.push(evaluation.error(psi).error);
        }
    }
    let references = [
        ("quadratic from 0", 2.0e-4, 0.05e-4),
        ("quadratic from R/2", 2.5e-4, 0.05e-4),
        ("uniform from R/2", 2.2e-4, 0.05e-4),
        ("uniform from 0", 2.6e-3, 0.05e-3),
        ("last iterate", 2.9e-3, 0.05e-3),
    ];
    let means: Vec<Mean> = errors.iter().map(|errors| Mean::of(errors)).collect();
    for (mean, (what, reference, half_a_unit)) in means.iter().zip(references) {
        assert_reference(what, *mean, reference, half_a_unit);
    }
    assert!(means[0].mean <= 0.15 * means[3].mean && means[0].mean <= 0.12 * means[4].mean);
}

/// Toggle in which each observation is one of `copies` copies, drawn with equal probability.
fn split(copies: usize) -> (Model, Vec<u32>) {
    let class: Vec<u32> = (0..2 * copies as u32).map(|o| o % 2).collect();
    let original = builtin::toggle();
    let seen = |s: usize| {
        let row = |o: u32| if o % 2 == s as u32 { 0.75 } else { 0.25 };
        (0..2 * copies as u32).map(|o| (o, row(o) / copies as f64)).collect::<Vec<_>>()
    };
    let rows = |times: usize| {
        SparseRows::from_rows(2 * copies, (0..times).flat_map(|_| [seen(0), seen(1)]).collect::<Vec<_>>())
    };
    let model = Model::new(ModelParts {
        name: "split".into(),
        states: Names::Count(2),
        actions: Names::Count(2),
        observations: Names::Count(2 * copies),
        discount: GAMMA,
        values: Values::Reward,
        start: original.start().to_vec(),
        transition: original.transition().clone(),
        observation: rows(2),
        initial_observation: Some(rows(1)),
        reward: (0..2)
            .flat_map(|a| (0..2).map(move |s| (s, a)))
            .map(|(s, a)| original.reward(s, a))
            .collect(),
        reward_range: Some((0.0, 1.0)),
    });
    (model.expect("a model"), class)
}

#[test]
fn number_of_observations_does_not_matter_to_features_that_see_classes() {
    let evaluation = toggle();
    let plan = Society::halved(CLIENTS, TRAJECTORIES, 16, ALPHA).plan();
    for (first_seed, copies) in [(0, 1), (100, 4), (200, 32)] {
        let (model, class) = split(copies);
        let map = |length| {
            FiniteMap::classes(HORIZON, 2, &class, class.clone(), length, false).expect("a small window")
        };
        let policy = LogLinear::new(map(0));
        let uniform: Arc<[f64]> = vec![0.0; policy.parameters()].into();
        let setting =
            Setting::new(TabularProblem::new(model.clone()), policy.clone(), map(HORIZON - 1), GAMMA);
        let algorithm: Arc<dyn Algorithm> =
            Arc::new(Dptd::new(setting, plan.clone(), false, Arc::clone(&uniform)));
        let errors: Vec<f64> = (first_seed..first_seed + 20)
            .map(|seed| evaluation.error(&psi(&algorithm, CLIENTS, seed, Observers::default())).error)
            .collect();
        let error = Mean::of(&errors);
        assert_reference(&format!("{copies} copies"), error, 2.65e-4, 0.03e-4);
        if copies == 4 {
            // Classes of histories are toggle's histories, so toggle's exact values judge the critic of the
            // split problem.
            let critic = psi(&algorithm, CLIENTS, first_seed, Observers::default());
            let mut prepared = Prepared::at(&policy, &uniform);
            let own =
                bellman_error(&model, &policy, &mut prepared, &map(HORIZON - 1), &critic, GAMMA, 1 << 30);
            let own = own.expect("small").error;
            assert!((own - errors[0]).abs() <= 1e-12 * own, "{own} is not {}", errors[0]);
        }
    }
}

/// TD with one batch of M K trajectories per round, written without the society: the same trajectories as its
/// clients', all at the same ψ. The output averages as DPTD's does, from `R_0 = 0`.
fn minibatch(iota: f64, clients: u32, rounds: u32, batch: u32, seed: u64) -> Vec<f64> {
    let problem = TabularProblem::new(builtin::toggle());
    let simulator = problem.instance(0);
    let map = |length| FiniteMap::window(HORIZON, 2, 2, 2, length).expect("a small window");
    let (critic, policy) = (map(HORIZON - 1), LogLinear::new(map(0)));
    let mut prepared = Prepared::at(&policy, &vec![0.0; policy.parameters()]);
    let mut psi = vec![0.0; critic.stacked()];
    let (mut sum, mut total) = (psi.clone(), 0.0);
    for round in 0..rounds {
        let mut step = vec![0.0; psi.len()];
        for client in 0..clients {
            let phase = Phase::Critic.number();
            let purpose = Purpose::LocalSteps;
            let mut rng = StreamKey { seed, purpose, client, round, phase, barrier: 0 }.generator();
            for _ in 0..batch {
                let (mut state, mut seen) = simulator.initial(&mut rng);
                let (mut memory, mut blind) = (critic.memory(), policy.memory());
                let mut visited = Vec::new();
                for h in 0..HORIZON {
                    if h == 0 {
                        critic.start(&mut memory, &seen);
                        policy.start(prepared.theta(), &mut blind, &seen);
                    }
                    let action = prepared.act(&policy, &blind, h, rng.next_u64());
                    let component = critic.component(h, memory as usize, action);
                    if h + 1 == HORIZON {
                        visited.push((component, simulator.last_step(&mut state, action, &mut rng)));
                        break;
                    }
                    let reward;
                    (reward, seen) = simulator.step(&mut state, action, &mut rng);
                    visited.push((component, reward));
                    critic.advance(&mut memory, h, action, &seen);
                    policy.advance(prepared.theta(), &mut blind, h, action, &seen);
                }
                let mut discount = 1.0;
                for (h, &(component, reward)) in visited.iter().enumerate() {
                    let next = visited.get(h + 1).map_or(0.0, |&(next, _)| psi[next]);
                    step[component] += discount * (reward + GAMMA * next - psi[component]);
                    discount *= GAMMA;
                }
            }
        }
        let size = f64::from(clients * batch);
        psi.iter_mut().zip(&step).for_each(|(psi, step)| *psi += iota * step / size);
        let weight = f64::from(round + 3) * f64::from(round + 3);
        sum.iter_mut().zip(&psi).for_each(|(sum, psi)| *sum += weight * psi);
        total += weight;
    }
    sum.iter().map(|sum| sum / total).collect()
}

#[test]
fn small_local_steps_with_large_server_steps_are_minibatch_td() {
    let (clients, rounds, local_steps, iota, seed) = (4, 64, 256, 2.0, 5);
    let batch = minibatch(iota, clients, rounds, local_steps, seed);
    let distance = |alpha: f64| {
        let plan = CriticPlan {
            rounds,
            local_steps: local_steps.into(),
            alpha: StepSize::constant(alpha),
            eta: StepSize::constant(iota / (alpha * f64::from(local_steps))),
            average_from: 0,
            weights: Weights::Quadratic,
            server_line: ServerLine::Repaired,
            warm: false,
        };
        let found = psi(&toggle().dptd(plan), clients, seed, Observers::default());
        let norm = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, |sum, x| sum + x * x).sqrt();
        norm(&mut found.iter().zip(&batch).map(|(a, b)| a - b)) / norm(&mut batch.iter().copied())
    };
    let [coarse, fine, finest] = [1e-3, 1e-5, 1e-7].map(distance);
    let adopted = distance(iota / f64::from(local_steps));
    // The difference is the drift within a round, of first order in α K; below that is rounding, 1e-16 η.
    assert!((50.0..200.0).contains(&(coarse / fine)), "{coarse:e} at 1e-3, {fine:e} at 1e-5");
    assert!(finest < 1e-7 && adopted < 0.01);
}
