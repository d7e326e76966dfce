//! The recurrent natural actor-critic: its critic's local step and its rounds are those of plain loops, and
//! it learns.

use super::scattered;
use crate::whole_run::{resolved, run_resolved};
use dpac::algorithm::{
    ActorPlan, Batch, ByProbes, Course, CriticPlan, MaxNorm, Needs, Of, Plan, RecurrentTd, Registry,
    Regression, RoundSteps, ServerLine, Setting, StepSizes, Target, Trajectories, Weights, Workers,
};
use dpac::config::{Fault, Loaded, Own};
use dpac::experiment::{Files, LoadError, Prepared, ReplayOptions, TraceOptions, replay};
use dpac::features::FiniteMap;
use dpac::policy::network::{Cell, Clock, Inputs, Network, Output};
use dpac::policy::{Neural, Policy};
use dpac::pomdp::builtin::tiger;
use dpac::pomdp::{Generator, TabularProblem};
use dpac_actors::host::{self, Observers, Options, Placement};
use dpac_actors::trace::{Kept, Level, Verdict};
use dpac_actors::{Algorithm, Phase, Purpose, StepSize, StreamKey};
use rand::Rng;
use std::sync::Arc;

const HORIZON: usize = 4;
const ACTIONS: usize = 3;
const OBSERVATIONS: usize = 2;
const GAMMA: f64 = 0.95;
/// Of the critic.
const UNITS: usize = 4;

/// Tiger's policy of this cell; an MLP sees two pairs.
fn neural(cell: Cell) -> Neural {
    let (observations, clock) = (OBSERVATIONS, Clock::Fraction);
    let inputs = match cell {
        Cell::Mlp => Inputs::window(HORIZON, ACTIONS, observations, false, 2, clock),
        _ => Inputs::recurrent(HORIZON, ACTIONS, observations, false, clock),
    };
    let network = Network::new(cell, inputs.len(), 3, ACTIONS).expect("a small network");
    Neural::new(network, inputs, vec![0, 1], vec![0])
}

/// Its critic reads what the policy reads.
fn critic_of(policy: &Neural) -> Network {
    Network::new(Cell::IndRnn, policy.inputs().len(), UNITS, ACTIONS).expect("a small network")
}

/// The features, which nobody asks for, are of another length than any network.
fn setting(policy: &Neural) -> Arc<dyn Workers> {
    let map = FiniteMap::window(HORIZON, ACTIONS, OBSERVATIONS, 1, 0).expect("a blind map");
    Setting::new(TabularProblem::new(tiger()), policy.clone(), map, GAMMA)
}

const CRITIC: Needs =
    Needs { features: None, rewards: true, actions: true, gradients: Some(Of::Taken), probabilities: false };
const ACTOR: Needs = Needs { rewards: false, probabilities: true, ..CRITIC };

/// An `IndRNN` critic by its definition, with `x_h` made of what was done and seen.
struct Naive<'a> {
    psi: &'a [f64],
}

impl Naive<'_> {
    const INPUTS: usize = ACTIONS + OBSERVATIONS + 1;

    fn u(&self, j: usize, i: usize) -> f64 {
        self.psi[j * UNITS + i]
    }

    fn w(&self, i: usize) -> f64 {
        self.psi[Self::INPUTS * UNITS + i]
    }

    fn b(&self, i: usize) -> f64 {
        self.psi[(Self::INPUTS + 1) * UNITS + i]
    }

    fn output(j: usize, a: usize) -> usize {
        (Self::INPUTS + 2) * UNITS + j * ACTIONS + a
    }

    /// q of the actions taken, and its gradients, by sensitivities: what one component of ψ does to its unit
    /// is carried forward beside the unit.
    fn values(&self, actions: &[usize], seen: &[usize]) -> (Vec<f64>, Vec<Vec<f64>>) {
        let rows = Self::INPUTS + 2;
        let (mut s, mut sensitivities) = (vec![0.0; UNITS], vec![0.0; rows * UNITS]);
        let (mut values, mut gradients) = (Vec::new(), Vec::new());
        for h in 0..HORIZON {
            let mut x = [0.0; Self::INPUTS];
            if h > 0 {
                x[actions[h - 1]] = 1.0;
                x[ACTIONS + seen[h - 1]] = 1.0;
            }
            x[Self::INPUTS - 1] = 2.0 * h as f64 / (HORIZON - 1) as f64 - 1.0;
            for i in 0..UNITS {
                let inputs: f64 = (0..Self::INPUTS).map(|j| x[j] * self.u(j, i)).sum();
                let next = libm::tanh(self.b(i) + inputs + self.w(i) * s[i]);
                for j in 0..rows {
                    // Of U, then of w, then of b.
                    let direct = if j < Self::INPUTS { x[j] } else { [s[i], 1.0][j - Self::INPUTS] };
                    let sensitivity = &mut sensitivities[j * UNITS + i];
                    *sensitivity = (1.0 - next * next) * (direct + self.w(i) * *sensitivity);
                }
                s[i] = next;
            }
            let a = actions[h];
            let bias = Self::output(UNITS, a);
            let products = (0..UNITS).map(|i| s[i] * self.psi[Self::output(i, a)]).sum::<f64>();
            values.push(self.psi[bias] + products);
            let mut gradient = vec![0.0; self.psi.len()];
            for i in 0..UNITS {
                for j in 0..rows {
                    gradient[j * UNITS + i] = self.psi[Self::output(i, a)] * sensitivities[j * UNITS + i];
                }
                gradient[Self::output(i, a)] = s[i];
            }
            gradient[bias] = 1.0;
            gradients.push(gradient);
        }
        (values, gradients)
    }
}

/// Seed 5; numbers of size 1, sums of some tens of them.
#[test]
fn a_local_step_of_the_recurrent_critic_is_that_of_a_plain_loop() {
    for cell in [Cell::Gru, Cell::IndRnn] {
        let policy = neural(cell);
        let network = critic_of(&policy);
        let mut trajectories = setting(&policy).trajectories();
        trajectories.set_policy(&scattered(policy.parameters(), 1));
        let first = scattered(network.parameters(), 2);
        // Unit 0 has gone further than the ball allows before the step, the others never do.
        let start: Vec<f64> =
            first.iter().enumerate().map(|(i, x)| if i == 0 { x + 3.0 } else { *x }).collect();
        let (alpha, rho) = (0.2, 5.0);
        let mut td = RecurrentTd::new(network, MaxNorm::new(&network, &first, rho), GAMMA, HORIZON);
        td.set_step(alpha);
        let count = trajectories.sample(0, 8, CRITIC, &mut Generator::new(5));
        assert_eq!(count, 8);
        let batch = trajectories.batch().downcast_ref::<Batch<u32>>().expect("numbered observations");
        for k in 0..count {
            let of = |numbers: &dyn Fn(usize) -> u32| -> Vec<usize> {
                (0..HORIZON).map(|h| numbers(h) as usize).collect()
            };
            let (actions, seen) = (of(&|h| batch.actions(h)[k]), of(&|h| batch.seen(h)[k]));
            let places = k * HORIZON..(k + 1) * HORIZON;
            let (rewards, taken) = (&trajectories.rewards()[places.clone()], &trajectories.taken()[places]);
            let (values, gradients) = Naive { psi: &start }.values(&actions, &seen);
            let mut expected = start.clone();
            for h in 0..HORIZON {
                let after = values.get(h + 1).copied().unwrap_or(0.0);
                let delta = rewards[h] + GAMMA * after - values[h];
                let discount = (0..h).fold(1.0, |power, _| power * GAMMA);
                for (psi, gradient) in expected.iter_mut().zip(&gradients[h]) {
                    *psi += alpha * discount * delta * gradient;
                }
            }
            let radius = rho / (UNITS as f64).sqrt();
            for i in 0..UNITS {
                let unit = || (0..Naive::INPUTS + 2).map(|j| j * UNITS + i);
                let far = unit()
                    .map(|at| (expected[at] - first[at]) * (expected[at] - first[at]))
                    .sum::<f64>()
                    .sqrt();
                assert_eq!(far > radius, i == 0, "{far}");
                if far > radius {
                    unit()
                        .for_each(|at| expected[at] = first[at] + (expected[at] - first[at]) * radius / far);
                }
            }
            let mut found = start.clone();
            td.step(trajectories.tape(k), rewards, taken, &mut found);
            assert!(
                found[Naive::output(0, actions[0])].to_bits()
                    != start[Naive::output(0, actions[0])].to_bits()
            );
            for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
                assert!((found - expected).abs() < 1e-12, "{cell:?}, {at}: {found} or {expected}");
            }
        }
    }
}

/// What a run is told.
#[derive(Clone, Copy)]
struct Case {
    cell: Cell,
    clients: u32,
    warm: bool,
    lean: bool,
    /// α, or what is measured.
    alpha: Option<StepSize>,
    rho: f64,
}

const SEED: u64 = 3;
const ROUNDS: u32 = 3;
/// `R_e` and `K_e`.
const CRITIC_ROUNDS: (u32, u64) = (2, 11);
/// K and I: barriers after 10, 10 and 1 local steps.
const REGRESSION: (u64, u64) = (21, 10);

fn stream(purpose: Purpose, client: u32, round: u32, phase: u8, barrier: u32) -> Generator {
    StreamKey { seed: SEED, purpose, client, round, phase, barrier }.generator()
}

fn by_probes(network: Network, inputs: &Inputs, zeta: Option<StepSize>) -> ByProbes {
    let inputs = inputs.clone();
    let (probes, largest_move) = (ByProbes::PROBES, ByProbes::MOVE);
    ByProbes { network, inputs, gamma: GAMMA, seed: SEED, probes, largest_move, zeta, eta: None }
}

fn first(network: &Network, purpose: Purpose, output: Output) -> Vec<f64> {
    let mut words = stream(purpose, 0, 0, 0, 0);
    network.initial(output, || words.next_u64()).expect("an even number of units")
}

impl Case {
    fn policy(self) -> (Neural, ByProbes, ByProbes) {
        let policy = neural(self.cell);
        let actor = by_probes(*policy.network().expect("a network"), policy.inputs(), None);
        let critic = by_probes(critic_of(&policy), policy.inputs(), self.alpha);
        (policy, actor, critic)
    }

    fn algorithm(self) -> Arc<dyn Algorithm> {
        let (policy, actor, critic) = self.policy();
        let entry = Registry::BUILTIN.find("rec-nac").expect("it is listed");
        let own = entry.words.complete(&[("radius".to_owned(), Own::Real(self.rho))].into());
        // What is measured goes before these steps, and what the entry decides before the rest.
        let unmeasured = StepSize::constant(f64::NAN);
        let (rounds, local_steps) = CRITIC_ROUNDS;
        let plan = CriticPlan {
            rounds,
            local_steps,
            alpha: unmeasured,
            eta: unmeasured,
            average_from: 1,
            weights: Weights::Quadratic,
            server_line: ServerLine::Printed,
            warm: self.warm,
        };
        let (local_steps, sync_interval) = REGRESSION;
        let (zeta, eta, target) = (unmeasured, f64::NAN, Target::Q);
        let theta = first(&actor.network, Purpose::FirstPolicy, Output::Zero).into();
        let built = (entry.build)(Plan {
            lean: self.lean,
            clients: self.clients,
            critic: Some(plan),
            actor: Some(ActorPlan { rounds: ROUNDS, local_steps, sync_interval, zeta, eta, target }),
            course: Some(Course { theta, steps: Some(Arc::new(actor)) }),
            critic_network: Some(critic),
            ..Plan::of(setting(&policy), own)
        });
        built.expect("it fits")
    }

    /// θ and ψ at the end.
    fn run(self, threads: usize, placement: Placement) -> (Vec<f64>, Vec<f64>) {
        let options = Options { placement, ..Options::new(self.clients, threads, SEED) };
        let options = Options { wire_check: threads == 1, ..options };
        let outcome = host::run(&self.algorithm(), &options, Observers::default()).expect("no faults");
        (super::result(&outcome, "theta"), super::result(&outcome, "psi"))
    }

    /// The same by one loop over clients and trajectories.
    fn plain(self) -> (Vec<f64>, Vec<f64>) {
        let (policy, actor, critic) = self.policy();
        let mut trajectories = setting(&policy).trajectories();
        let mut theta = first(&actor.network, Purpose::FirstPolicy, Output::Zero);
        let cold = first(&critic.network, Purpose::FirstCritic, Output::Paired);
        let balls = MaxNorm::new(&critic.network, &cold, self.rho);
        let mut td = RecurrentTd::new(critic.network, balls, GAMMA, HORIZON);
        let mut psi = cold.clone();
        for round in 0..ROUNDS {
            trajectories.set_policy(&theta);
            if !self.warm {
                psi.clone_from(&cold);
            }
            for s in 0..CRITIC_ROUNDS.0 {
                td.set_step(critic.zeta(round, &psi).at(u64::from(s)));
                psi = self.averaged(&psi, |m, psi| {
                    let mut rng = stream(Purpose::LocalSteps, m, round, 0, s);
                    for _ in 0..CRITIC_ROUNDS.1 {
                        trajectories.sample(m, 1, CRITIC, &mut rng);
                        td.step(trajectories.tape(0), trajectories.rewards(), trajectories.taken(), psi);
                    }
                });
            }
            let (mut omega, mut k, size) = (vec![0.0; theta.len()], 0, actor.zeta(round, &theta));
            while k < REGRESSION.0 {
                let steps = REGRESSION.1.min(REGRESSION.0 - k);
                let barrier = (k / REGRESSION.1) as u32;
                omega = self.averaged(&omega, |m, omega| {
                    let mut rng = stream(Purpose::LocalSteps, m, round, 1, barrier);
                    for k in k..k + steps {
                        trajectories.sample(m, 1, ACTOR, &mut rng);
                        regress(&mut *trajectories, &mut td, &psi, StepSizes { size, first: k }, omega);
                    }
                });
                k += steps;
            }
            let eta = actor.eta(round, &theta, &omega);
            theta.iter_mut().zip(&omega).for_each(|(theta, omega)| *theta += eta * omega);
        }
        (theta, psi)
    }

    /// The mean by differences, whose blocks are of one client.
    fn averaged(self, base: &[f64], mut steps: impl FnMut(u32, &mut [f64])) -> Vec<f64> {
        let mut sum = vec![0.0; base.len()];
        for m in 0..self.clients {
            let mut reply = base.to_vec();
            steps(m, &mut reply);
            for ((sum, reply), base) in sum.iter_mut().zip(&reply).zip(base) {
                *sum += reply - base;
            }
        }
        base.iter().zip(&sum).map(|(base, sum)| base + sum / f64::from(self.clients)).collect()
    }
}

/// A local step of the regression of the advantage on the score.
fn regress(
    trajectories: &mut dyn Trajectories,
    td: &mut RecurrentTd,
    psi: &[f64],
    zeta: StepSizes,
    omega: &mut [f64],
) {
    let mut q = vec![0.0; HORIZON * ACTIONS];
    td.values(trajectories.tape(0), psi, &mut q);
    let pi = trajectories.probabilities().to_vec();
    let (mut targets, mut centred) = (Vec::new(), Vec::new());
    for (h, &action) in trajectories.taken().iter().enumerate() {
        let of_step =
            |numbers: &[f64]| -> [f64; ACTIONS] { std::array::from_fn(|b| numbers[h * ACTIONS + b]) };
        let (q, pi) = (of_step(&q), of_step(&pi));
        let v = pi.iter().zip(&q).fold(0.0, |sum, (pi, q)| sum + pi * q);
        targets.push(q[action as usize] - v);
        centred.extend((0..ACTIONS).map(|b| if b == action as usize { 1.0 - pi[b] } else { -pi[b] }));
    }
    let jacobians = trajectories.jacobians().expect("a network");
    Regression::new(GAMMA, HORIZON).steps_along(jacobians, &centred, &targets, zeta, omega);
}

/// One client, several, networks with and without memory, given and measured α, units that come to the edge
/// of their balls and units that do not.
#[test]
fn rounds_of_the_recurrent_critic_are_those_of_a_plain_loop_to_the_bit_on_any_threads() {
    let falling = Some(super::harmonic(0.4, 0.3, 1.0));
    let one = Case { cell: Cell::Gru, clients: 1, warm: true, lean: false, alpha: None, rho: 100.0 };
    let cases = [
        one,
        Case { clients: 3, ..one },
        Case { clients: 3, warm: false, rho: 0.05, ..one },
        Case { clients: 3, cell: Cell::IndRnn, alpha: falling, ..one },
        Case { cell: Cell::Mlp, warm: false, ..one },
    ];
    let mut different = Vec::new();
    for case in cases {
        let expected = case.plain();
        let bits = |(theta, psi): (Vec<f64>, Vec<f64>)| (super::bits(&theta), super::bits(&psi));
        let expected = bits(expected);
        for (threads, placement) in
            [(1, Placement::Shard), (2, Placement::Shard), (5, Placement::Shard), (2, Placement::Role)]
        {
            for lean in [false, true] {
                let found = bits(Case { lean, ..case }.run(threads, placement));
                assert!(found == expected, "{:?}, {threads}, {placement:?}, lean: {lean}", case.cell);
            }
        }
        different.push(expected);
    }
    different.dedup();
    assert_eq!(different.len(), cases.len());
}

/// The mean of clients that are within the balls is within them, but for the rounding of numbers of size 1.
#[test]
fn averages_of_units_that_are_held_are_held() {
    let case = Case { cell: Cell::Gru, clients: 3, warm: true, lean: false, alpha: None, rho: 0.05 };
    let (.., critic) = case.policy();
    let cold = first(&critic.network, Purpose::FirstCritic, Output::Paired);
    let far = |psi: &[f64], i: usize| {
        let moved = (0..critic.network.inputs() + 2).map(|j| psi[j * UNITS + i] - cold[j * UNITS + i]);
        moved.map(|x| x * x).sum::<f64>().sqrt()
    };
    let radius = case.rho / (UNITS as f64).sqrt();
    let (_, psi) = case.run(2, Placement::Shard);
    let distances: Vec<f64> = (0..UNITS).map(|i| far(&psi, i)).collect();
    assert!(distances.iter().all(|far| *far <= radius + 1e-14), "{distances:?}");
    let (_, free) = Case { rho: 100.0, ..case }.run(2, Placement::Shard);
    assert!((0..UNITS).any(|i| far(&free, i) > radius), "nothing would have to be held");
}

/// Pairs of opposites: sums of pairs of numbers of size 1 that cancel but for the order in which they are
/// added.
#[test]
fn the_first_values_are_zero_and_the_first_critic_is_no_copy_of_the_policy() {
    let policy = neural(Cell::IndRnn);
    let network = critic_of(&policy);
    let psi = first(&network, Purpose::FirstCritic, Output::Paired);
    let mut td = RecurrentTd::new(network, MaxNorm::new(&network, &psi, 1.0), GAMMA, HORIZON);
    let mut trajectories = setting(&policy).trajectories();
    trajectories.sample(0, 1, CRITIC, &mut Generator::new(5));
    let mut values = vec![1.0; HORIZON * ACTIONS];
    td.values(trajectories.tape(0), &psi, &mut values);
    assert!(values.iter().all(|value| value.abs() < 1e-14), "{values:?}");
    assert!(network.blocks(&psi).v.iter().all(|weight| weight.abs() > 1e-6));
    let other = first(&network, Purpose::FirstPolicy, Output::Paired);
    assert!(psi.iter().zip(&other).all(|(one, other)| one.to_bits() != other.to_bits() || one.abs() <= 0.0));
}

const RUN: &str = r#"
algorithm = "rec-nac"
problem = { builtin = "toggle", horizon = 3 }
federation.clients = 2
critic = { rounds = 2, local_steps = 3 }
actor = { rounds = 2, local_steps = 3, policy = { kind = "indrnn", hidden = 3 } }
"#;

/// The key that is to blame, and the message.
fn refused(text: &str) -> (String, String) {
    let loaded = Loaded::from_str("run.toml", text).expect("TOML");
    match Prepared::load(loaded, Registry::BUILTIN, &Files::named()) {
        Err(LoadError::Resolve { error, .. }) => (error.key.to_owned(), error.message.clone()),
        Err(LoadError::Config(errors)) => {
            let error = &errors.as_slice()[0];
            let Fault::NotOfAlgorithm { key, .. } = &error.fault else { panic!("{errors}") };
            (key.clone(), error.help.clone().expect("it says what to do"))
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it is run: {text}"),
    }
}

#[test]
fn what_the_recurrent_critic_cannot_be_run_with_is_refused_where_it_stands() {
    assert!(run_resolved(resolved(RUN, &[]), |_| ()).summary.closed_form_holds);
    let policy = ", policy = { kind = \"indrnn\", hidden = 3 }";
    let (key, message) = refused(&RUN.replace(policy, ""));
    assert_eq!(key, "actor.policy");
    assert!(message.contains("reads what the policy's network reads"), "{message}");
    let (key, help) = refused(&RUN.replace(policy, ", features = { kind = \"window\", length = 1 }"));
    assert_eq!(
        (key.as_str(), help.as_str()),
        ("actor.features", "the policy is a network: give actor.policy instead")
    );
    let (key, message) = refused(&RUN.replace("\"rec-nac\"", "{ kind = \"rec-nac\", units = 5 }"));
    assert_eq!((key.as_str(), message.as_str()), ("algorithm.units", "5 units do not go in pairs"));
    let many = RUN
        .replace("\"rec-nac\"", "{ kind = \"rec-nac\", units = 256 }")
        .replace("horizon = 3", "horizon = 4200");
    let (key, message) = refused(&many.replace("hidden = 3", "hidden = 3, clock = \"one-hot\""));
    assert_eq!(key, "algorithm.units");
    assert!(message.starts_with("as the critic a network of 4204 inputs, 256 units"), "{message}");
    let features = "local_steps = 3, features = { kind = \"window\", length = 1 }";
    let (key, _) = refused(&RUN.replacen("local_steps = 3", features, 1));
    assert_eq!(key, "critic.features");
    for word in ["exact_q", "max_q_error", "fixed_point_error"] {
        let (key, message) = refused(&format!("{RUN}output.record = [\"{word}\"]\n"));
        assert_eq!(key, "output.record");
        assert!(message.contains("over no features"), "{message}");
    }
    // Whoever builds one without a configuration.
    let entry = Registry::BUILTIN.find("rec-nac").expect("it is listed");
    let own = entry.words.complete(&Default::default());
    let Err(unfit) = (entry.build)(Plan::of(setting(&neural(Cell::Gru)), own)) else {
        panic!("there is no network to be the critic")
    };
    assert_eq!(unfit.key, "actor.policy");
}

/// ψ is a network's: what is computed of features is left out, and what goes by local steps is there.
#[test]
fn runs_of_the_recurrent_critic_record_its_iterates_and_no_bellman_error() {
    let words = "output.record = [\"psi\", \"psi_bar\", \"drift\", \"omega\"]";
    let run = run_resolved(resolved(&format!("{RUN}{words}\n"), &[]), |_| ());
    assert!(run.summary.bellman_error.is_none());
    // I = 2 + 2 + 1 inputs of 16 units: 16 (5 + 2) + 2 (16 + 1).
    assert_eq!(run.summary.sizes.stacked_critic, 146);
    assert!(!run.lines("record.jsonl").is_empty());
}

/// A snapshot stands after the first of an evaluation's rounds: what is measured in the next one goes by the
/// outer round that it is in.
#[test]
fn a_trace_of_the_recurrent_critic_goes_on_from_snapshots_within_evaluations() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let path = scratch.path().join("run.dpt");
    let text = RUN.replace("actor = { rounds = 2", "actor = { rounds = 6");
    run_resolved(resolved(&text, &[]), |options| {
        options.trace = Some(TraceOptions { path: path.clone(), level: Level::Full, kept: Kept::Everyone });
    });
    for from in 1..6 {
        let options = ReplayOptions { from, ..ReplayOptions::default() };
        let replayed = replay(&path, Registry::BUILTIN, options).expect("a trace");
        assert_eq!(replayed.verdict, Verdict::Same, "from {from}");
        let began = replayed.began_after.expect("a snapshot in every round");
        assert_eq!((began.round, began.phase, began.barrier), (from - 1, Phase::Critic, 0));
    }
}

/// Readings are one component: I = 3 + 1 + 1 inputs of 16 units, so 16 (5 + 2) + 3 (16 + 1).
#[test]
fn the_recurrent_critic_reads_real_numbers_where_the_policy_does() {
    let text = RUN.replace("\"toggle\"", "\"gaussian-tiger\"");
    let run = |threads| run_resolved(resolved(&text, &[]), |options| options.threads = threads);
    let (one, two) = (run(1), run(2));
    assert_eq!((one.digest(), one.summary.sizes.stacked_critic), (two.digest(), 163));
    assert!(one.summary.closed_form_holds && one.summary.value.last.is_some());
}

/// The uniform policy has -112.53, and whoever forgets what it heard three steps ago at most 1.194
/// (`algorithms::networks`). Seeds 0 to 3 came to 1.08, 1.43, 1.38 and 1.66.
#[test]
fn a_recurrent_policy_with_a_recurrent_critic_learns_to_listen_three_times() {
    let text = r#"
        algorithm = "rec-nac"
        problem = { file = "configs/problems/tiger.POMDP", horizon = 4, discount = 0.95 }
        federation.clients = 4
        critic = { rounds = 4, local_steps = 256 }
        actor = { rounds = 64, local_steps = 256, policy = { kind = "gru", hidden = 8 } }
        output.evaluate_every = 0
    "#;
    for seed in [1, 2] {
        let run = run_resolved(resolved(text, &[&format!("seed={seed}")]), |_| ());
        let last = run.summary.value.last.expect("few histories");
        assert!((1.25..1.7956).contains(&last), "seed {seed}: {last}");
    }
}
