//! What must hold of the algorithms whatever the random numbers are.

use super::naive::{self, Naive};
use super::{harmonic, own_problem, result, run, scattered};
use dpac::algorithm::{ActorPlan, CriticPlan, Dpac, Dppg, Dptd, ServerLine, Setting, Target, Weights};
use dpac::exact::{ExactCritic, policy_value};
use dpac::features::{FeatureMap, FiniteMap};
use dpac::policy::{LogLinear, Policy, Prepared};
use dpac::pomdp::builtin::{tiger3, toggle};
use dpac::pomdp::{Generator, Model, TabularProblem};
use dpac_actors::{
    Algorithm, Broadcast, Cause, Coordinator, Effort, Job, Kind, Learner, Named, Order, Phase, Place,
    Purpose, Reply, StepSize, StreamKey,
};
use std::sync::Arc;

const GAMMA: f64 = 0.9;
const SEED: u64 = 5;
const LIMIT: u64 = 10_000_000;

type Windows = Setting<TabularProblem, LogLinear<FiniteMap>, FiniteMap>;

fn histories(model: Model, horizon: usize) -> Arc<Windows> {
    let (actions, seen, first) = (model.actions(), model.observations(), model.first_observations());
    let map = FiniteMap::history(horizon, actions, seen, first).expect("a small map");
    Setting::new(TabularProblem::new(model), LogLinear::new(map.clone()), map, GAMMA)
}

/// Five rounds of one local step each, at `η = 1`.
fn single_steps() -> CriticPlan {
    CriticPlan {
        rounds: 5,
        local_steps: 1,
        alpha: harmonic(0.3, 0.9, 2.0),
        eta: StepSize::constant(1.0),
        average_from: 1,
        weights: Weights::Quadratic,
        server_line: ServerLine::Repaired,
        warm: true,
    }
}

fn assert_near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    let scale = expected.iter().fold(0.0f64, |largest, x| largest.max(x.abs()));
    assert!(scale > 0.0);
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= tolerance * scale, "{found} differs from {expected}");
    }
}

#[test]
fn with_one_local_step_and_eta_one_dptd_is_synchronous_minibatch_td() {
    let (horizon, clients) = (3, 8);
    let (setting, plan) = (histories(toggle(), horizon), single_steps());
    let theta = scattered(setting.policy.parameters(), 1);
    let naive = Naive {
        model: toggle(),
        horizon,
        gamma: GAMMA,
        actor: naive::window(&toggle(), horizon, horizon - 1),
        finite: true,
        critic: naive::window(&toggle(), horizon, horizon - 1),
        clients,
        seed: SEED,
    };
    // One step along the mean semi-gradient of a batch of M trajectories.
    let mut psi = vec![0.0; setting.critic.stacked()];
    let (mut sum, mut weights) = (vec![0.0; psi.len()], 0.0);
    for round in 0..plan.rounds {
        let mut step = vec![0.0; psi.len()];
        for client in 0..clients {
            let key =
                StreamKey { seed: SEED, purpose: Purpose::LocalSteps, client, round, phase: 0, barrier: 0 };
            let trajectory = naive.trajectory(&theta, &mut key.generator());
            for (h, (delta, row)) in naive.differences(&psi, &trajectory).iter().enumerate() {
                for &(i, x) in row {
                    step[i] += discount(h) * delta * x / f64::from(clients);
                }
            }
        }
        let alpha = plan.alpha.at(u64::from(round));
        psi.iter_mut().zip(&step).for_each(|(psi, step)| *psi += alpha * step);
        if round >= plan.average_from {
            let weight = f64::from((round + 3) * (round + 3));
            sum.iter_mut().zip(&psi).for_each(|(sum, psi)| *sum += weight * psi);
            weights += weight;
        }
    }
    let expected: Vec<f64> = sum.iter().map(|sum| sum / weights).collect();
    let dptd = Dptd::new(setting, plan, false, theta.into());
    assert_near(&result(&run(dptd, clients, SEED), "psi"), &expected, 1e-12);
}

fn discount(h: usize) -> f64 {
    (0..h).fold(1.0, |power, _| power * GAMMA)
}

/// An algorithm whose clients all draw what client 0 draws.
struct Alike<A>(A);

struct AlikeLearner(Box<dyn Learner>);

impl<A: Algorithm> Algorithm for Alike<A> {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn kinds(&self) -> &[Kind] {
        self.0.kinds()
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        self.0.coordinator()
    }

    fn learner(&self) -> Box<dyn Learner> {
        Box::new(AlikeLearner(self.0.learner()))
    }
}

impl Learner for AlikeLearner {
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        self.0.prepare(broadcast)
    }

    fn steps(&mut self, job: &Job, state: &mut [f64], _rng: &mut Generator, reply: &mut Reply) -> Effort {
        let Place { round, phase, barrier } = job.place;
        let purpose = Purpose::LocalSteps;
        let key = StreamKey { seed: SEED, purpose, client: 0, round, phase: phase.number(), barrier };
        self.0.steps(job, state, &mut key.generator(), reply)
    }
}

#[test]
fn clients_that_draw_the_same_are_one_client() {
    let setting = histories(toggle(), 3);
    let critic = CriticPlan { local_steps: 4, eta: StepSize::constant(0.8), ..single_steps() };
    let actor = ActorPlan {
        rounds: 3,
        local_steps: 6,
        sync_interval: 4,
        zeta: StepSize::constant(0.4),
        eta: 2.0,
        target: Target::Advantage,
    };
    let dpac = || Dpac::new(setting.clone(), critic.clone(), actor.clone(), false);
    let one = run(dpac(), 1, SEED);
    // 67 clients are neither a power of two nor a whole number of blocks.
    for clients in [2, 3, 67] {
        let many = run(Alike(dpac()), clients, SEED);
        for name in ["theta", "psi"] {
            assert_near(&result(&many, name), &result(&one, name), 1e-12);
        }
    }
}

/// The pairs that some history of tiger3 reaches: silence first, and after every door.
fn reachable(map: &FiniteMap) -> Vec<bool> {
    let mut reached = vec![false; map.stacked()];
    let mut slots = vec![map.first_slot(2)];
    for h in 0..map.horizon() {
        let mut next = Vec::new();
        for &slot in &slots {
            for action in 0..3 {
                reached[map.component(h, slot, action)] = true;
                if h + 1 < map.horizon() {
                    let seen: &[usize] = if action == 0 { &[0, 1] } else { &[2] };
                    next.extend(seen.iter().map(|&o| map.next_slot(h, slot, action, o)));
                }
            }
        }
        slots = next;
    }
    reached
}

/// An order of so many local steps in a broadcast of these vectors.
fn broadcast(phase: Phase, steps: u64, step: f64, vectors: Vec<(&'static str, Vec<f64>)>) -> Broadcast {
    Broadcast {
        serial: 1,
        kind: 0,
        place: Place { round: 0, phase, barrier: 0 },
        order: Order { first_step: 0, steps, step_size: StepSize::constant(step) },
        vectors: vectors.into_iter().map(|(name, values)| Named { name, values: values.into() }).collect(),
        integers: Vec::new(),
    }
}

fn job(broadcast: &Broadcast) -> Job<'static> {
    Job {
        client: 0,
        place: Place { round: 0, phase: broadcast.place.phase, barrier: 0 },
        order: broadcast.order,
        letters: &[],
    }
}

fn learner(setting: &Arc<Windows>, target: Target) -> Box<dyn Learner> {
    let plan = ActorPlan {
        rounds: 1,
        local_steps: 1,
        sync_interval: 1,
        zeta: StepSize::constant(0.5),
        eta: 1.0,
        target,
    };
    Dppg::new(setting.clone(), plan, false, Arc::new(|_: &[f64]| Err("not asked".to_owned()))).learner()
}

#[test]
fn pairs_that_no_history_reaches_keep_their_initial_value_and_all_others_move() {
    let setting = histories(tiger3(), 3);
    let reached = reachable(&setting.critic);
    let start = scattered(setting.critic.stacked(), 2);
    let theta = vec![0.0; setting.policy.parameters()];
    let opening = broadcast(Phase::Critic, 20_000, 0.1, vec![("theta", theta), ("psi", start.clone())]);
    let mut learner = learner(&setting, Target::Q);
    learner.prepare(&opening).expect("vectors of the right length");
    let mut reply = Reply::default();
    learner.steps(&job(&opening), &mut [], &mut Generator::new(3), &mut reply);
    for (i, (found, initial)) in reply.vectors()[0].iter().zip(&start).enumerate() {
        assert_eq!(found.to_bits() != initial.to_bits(), reached[i], "component {i}");
    }
    // Listening shows one of two, a door one: every history goes on in four ways, so there are 1, 4, 16 of
    // them.
    assert_eq!(reached.iter().filter(|&&reached| reached).count(), 3 + 12 + 48);
}

/// `dV/dθ_i`, by central differences of the exact value.
fn gradient(setting: &Windows, model: &Model, theta: &[f64]) -> Vec<f64> {
    let mut prepared = Prepared::new(&*setting.policy);
    let mut value = |i: usize, change: f64| {
        let mut theta = theta.to_vec();
        theta[i] += change;
        prepared.set(&*setting.policy, &theta);
        let (value, _) =
            policy_value(model, &*setting.policy, &mut prepared, GAMMA, LIMIT).expect("a small problem");
        model.units().normalised_value(value.value, GAMMA, setting.policy.horizon())
    };
    (0..theta.len()).map(|i| (value(i, 1e-5) - value(i, -1e-5)) / 2e-5).collect()
}

/// With the exact critic the first step from ω = 0 at ζ = 1/2 is `Σ_h γ^h ξ_h A_h`, whose mean is ∇V; the
/// centred score in place of ξ does not change it.
#[test]
fn the_first_step_of_the_regression_on_exact_advantages_is_the_policy_gradient_on_average() {
    let (model, horizon) = (toggle(), 2);
    let setting = histories(model.clone(), horizon);
    let theta = scattered(setting.policy.parameters(), 4);
    let expected = gradient(&setting, &model, &theta);
    let mut prepared = Prepared::at(&*setting.policy, &theta);
    let psi = setting
        .critic
        .exact_critic(&model, &*setting.policy, &mut prepared, GAMMA, LIMIT)
        .expect("whole histories represent Q");
    for target in [Target::Advantage, Target::Compatible] {
        let vectors = vec![("theta", theta.clone()), ("psi", psi.clone())];
        let opening = broadcast(Phase::Actor, 1, 0.5, vectors);
        let mut learner = learner(&setting, target);
        learner.prepare(&opening).expect("vectors of the right length");
        let (mut rng, mut reply, n) = (Generator::new(9), Reply::default(), 100_000);
        let (mut sums, mut squares) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
        for _ in 0..n {
            learner.steps(&job(&opening), &mut [], &mut rng, &mut reply);
            for (i, x) in reply.vectors()[0].iter().enumerate() {
                sums[i] += x;
                squares[i] += x * x;
            }
        }
        let (n, mut told) = (f64::from(n), 0);
        for (i, expected) in expected.iter().enumerate() {
            let mean = sums[i] / n;
            let error = ((squares[i] / n - mean * mean) / n).sqrt();
            told += u32::from(expected.abs() > 20.0 * error);
            assert!((mean - expected).abs() <= 4.5 * error + 1e-9, "{target:?} {i}: {mean}, not {expected}");
        }
        assert!(told > 3, "a gradient too small to tell from noise");
    }
}

/// Regressing many steps at a small ζ on exact Q finds Q itself, the natural gradient of a tabular policy.
#[test]
fn a_long_regression_on_exact_values_of_whole_histories_returns_them() {
    let (model, horizon) = (toggle(), 2);
    let setting = histories(model.clone(), horizon);
    let theta = vec![0.0; setting.policy.parameters()];
    let mut prepared = Prepared::at(&*setting.policy, &theta);
    let psi = setting
        .critic
        .exact_critic(&model, &*setting.policy, &mut prepared, GAMMA, LIMIT)
        .expect("whole histories represent Q");
    let vectors = vec![("theta", theta), ("psi", psi.clone())];
    let opening = broadcast(Phase::Actor, 4_000, 0.3, vectors);
    let mut learner = learner(&setting, Target::Q);
    learner.prepare(&opening).expect("vectors of the right length");
    let mut reply = Reply::default();
    learner.steps(&job(&opening), &mut [], &mut Generator::new(1), &mut reply);
    assert_near(&reply.vectors()[0], &psi, 1e-9);
}

#[test]
fn a_vector_of_the_wrong_length_is_a_fault() {
    let setting = histories(toggle(), 2);
    let (p, q) = (setting.policy.parameters(), setting.critic.stacked());
    for (name, n) in [("theta", p + 1), ("psi", q - 1), ("omega", p + 2)] {
        let message = broadcast(Phase::Actor, 1, 0.1, vec![(name, vec![0.0; n])]);
        let fault = learner(&setting, Target::Q).prepare(&message).expect_err("a wrong length");
        assert!(matches!(fault, Cause::Length { found, .. } if found == n), "{fault:?}");
    }
}

#[test]
#[should_panic(expected = "R_0 < R_e")]
fn an_evaluation_that_averages_nothing_is_refused() {
    let setting = histories(toggle(), 2);
    let theta = vec![0.0; setting.policy.parameters()];
    Dptd::new(setting, CriticPlan { average_from: 5, ..single_steps() }, false, theta.into());
}

#[test]
fn a_problem_of_one_s_own_is_learned() {
    let (before, after, _) = own_problem::learn();
    let margin = 4.0 * (before.standard_error + after.standard_error);
    assert!(after.mean > before.mean + margin, "{after:?} against {before:?}");
}
