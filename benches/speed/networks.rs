//! Policies that are networks: a society of DPPG against a bare loop of its mathematics, what centring the
//! gradients takes, and what a trajectory takes in the societies of Figure 1.
//!
//! Before anything is timed, a society of one client must give the bare loop's ω and θ to the bit, from the
//! client's streams.

use crate::measure::{Paired, median, seconds};
use crate::report::{Report, Row, Wanted};
use crate::society::{self, Networks};
use dpac::algorithm::{ActorPlan, Registry, Target};
use dpac::config::Loaded;
use dpac::experiment::{Files, Prepared};
use dpac::features::FeatureMap;
use dpac::pomdp::Generator;
use dpac_actors::host::{self, Observers, Options};
use dpac_actors::{Algorithm, Phase, Purpose, StepSize, StreamKey};
use network_loop::Loop;
use std::hint::black_box;
use std::sync::Arc;

#[path = "network_loop.rs"]
mod network_loop;

const HORIZON: usize = 4;
const ACTIONS: usize = 3;
const UNITS: usize = 8;
const CLIENTS: u32 = 1000;
/// K, which is one barrier, as many rounds as make the work the same, and what is asked of the society's
/// rate over the bare loop's.
const SIZES: [(u64, u32, f64); 2] = [(100, 2, 0.95), (10, 20, 0.9)];
/// What is asked of the time with centred gradients, over that with uncentred ones.
const COMPATIBLE_OVER_ADVANTAGE: f64 = 1.05;
const ZETA: f64 = 0.01;
/// Small enough that policies keep all their actions.
const ETA: f64 = 0.1;
const SEED: u64 = 1;
const PAIRS: usize = 15;

/// Societies of Figure 1, by their clients.
const FIGURE_1: [(u32, &str); 4] = [
    (1, include_str!("../../configs/paper/fig1-1.toml")),
    (4, include_str!("../../configs/paper/fig1-4.toml")),
    (16, include_str!("../../configs/paper/fig1-16.toml")),
    (64, include_str!("../../configs/paper/fig1-64.toml")),
];
/// Rounds of all clients together, so that each society does the same work.
const FIGURE_1_ROUNDS: u32 = 192;

pub(crate) fn run(report: &mut Report) {
    let subject = Subject::new();
    for target in [Target::Advantage, Target::Compatible] {
        subject.assert_agreement(target);
    }
    let sizes = format!("DPPG, Tiger, H = {HORIZON}, GRU {UNITS}, histories, M = {CLIENTS}");
    for (local_steps, rounds, wanted) in SIZES {
        let society = subject.society(rounds, local_steps, Target::Advantage);
        let trajectories = trajectories(rounds, local_steps);
        let paired = Paired::time(
            PAIRS,
            || drop(black_box(subject.bare(rounds, local_steps * u64::from(CLIENTS), Target::Advantage))),
            || society::run(&society, CLIENTS, 1),
        );
        let rate = |seconds: &[f64]| trajectories / median(seconds.iter().copied()) / 1e3;
        let (bare, society) = (rate(&paired.first), rate(&paired.second));
        report.row(Row {
            work: format!("{sizes}, K = {local_steps}, 1 thread"),
            figure: format!("{society:.0} k trajectories/s (bare {bare:.0})"),
            ratio: Some((paired.ratio(), "the bare loop")),
            wanted: Wanted::at_least(wanted, paired.ratio()),
        });
    }
    let (local_steps, rounds, _) = SIZES[0];
    let [compatible, advantage] =
        [Target::Compatible, Target::Advantage].map(|target| subject.society(rounds, local_steps, target));
    let paired = Paired::time(
        PAIRS,
        || society::run(&compatible, CLIENTS, 1),
        || society::run(&advantage, CLIENTS, 1),
    );
    let took = median(paired.first.iter().copied()) / trajectories(rounds, local_steps);
    report.row(Row {
        work: format!("{sizes}, K = {local_steps}: time of a local step on centred gradients"),
        figure: format!("{:.2} µs", took * 1e6),
        ratio: Some((paired.ratio(), "the time on uncentred ones")),
        wanted: Wanted::at_most(COMPATIBLE_OVER_ADVANTAGE, paired.ratio()),
    });
    figure_1(report);
}

/// What a trajectory of a client takes on one thread, which a society of M clients pays M times for each
/// round: evaluations, messages and the server's probes of the network included.
fn figure_1(report: &mut Report) {
    let (one, _) = figure_1_society(1, FIGURE_1[0].1);
    for (clients, text) in FIGURE_1 {
        let (society, trajectories) = figure_1_society(clients, text);
        let paired = Paired::time(PAIRS, || society::run(&one, 1, 1), || society::run(&society, clients, 1));
        let took = median(paired.second.iter().copied()) / trajectories;
        report.row(Row {
            work: format!("DPAC as in Figure 1, M = {clients}, 1 thread"),
            figure: format!("{:.2} µs per trajectory of a client", took * 1e6),
            ratio: Some((paired.ratio(), "the rate of M = 1")),
            wanted: None,
        });
    }
}

/// The society of this configuration with fewer rounds, and the trajectories of all its clients.
fn figure_1_society(clients: u32, text: &str) -> (Arc<dyn Algorithm>, f64) {
    let rounds = format!("actor.rounds={}", FIGURE_1_ROUNDS / clients);
    let loaded = Loaded::from_str("fig1.toml", text).and_then(|loaded| loaded.with_overrides(&[&rounds]));
    let loaded = loaded.expect("a configuration of this repository");
    let prepared = Prepared::load(loaded, Registry::BUILTIN, &Files::named());
    let Prepared { resolved, .. } = prepared.unwrap_or_else(|error| panic!("{error}"));
    let sizes = (resolved.config.federation.clients, resolved.closed_form.trajectories_per_client);
    assert_eq!(sizes.0, clients, "the configuration's own clients");
    (resolved.algorithm, f64::from(clients) * sizes.1 as f64)
}

/// In a process of its own, for those who hold it against programs of other languages. `time N`: the seconds
/// that N local steps of the bare loop take on one thread. `society N`: those of a society, of which N is a
/// multiple of a round's. `mean N`: as JSON θ, ψ, and the mean of N first steps over their ζ.
pub(crate) fn child(arguments: &[String]) {
    let subject = Subject::new();
    let [what, count] = arguments else { panic!("time or mean, and how many local steps") };
    let count: u64 = count.parse().expect("how many local steps");
    if what == "mean" {
        let mean = subject.mean(count);
        println!("{{\"theta\": {:?}, \"psi\": {:?}, \"mean\": {mean:?}}}", subject.theta, subject.psi);
        return;
    }
    if what == "society" {
        let rounds = (count / (u64::from(CLIENTS) * SIZES[0].0)).max(1);
        let society = subject.society(rounds as u32, SIZES[0].0, Target::Advantage);
        return println!("{}", seconds(|| society::run(&society, CLIENTS, 1)));
    }
    black_box(subject.bare(1, count / 10, Target::Advantage));
    println!("{}", seconds(|| drop(black_box(subject.bare(1, count, Target::Advantage)))));
}

fn trajectories(rounds: u32, local_steps: u64) -> f64 {
    f64::from(CLIENTS) * f64::from(rounds) * local_steps as f64
}

struct Subject {
    setting: Arc<Networks>,
    /// `θ_0`.
    theta: Arc<[f64]>,
    /// The critic that DPPG is given.
    psi: Arc<[f64]>,
}

impl Subject {
    fn new() -> Self {
        let setting = society::gru(HORIZON, UNITS);
        let (theta, psi) = (society::theta_of(&setting), society::theta(setting.critic.stacked()));
        Subject { setting, theta, psi }
    }

    fn society(&self, rounds: u32, local_steps: u64, target: Target) -> Arc<dyn Algorithm> {
        let zeta = StepSize::constant(ZETA);
        let plan = ActorPlan { rounds, local_steps, sync_interval: local_steps, zeta, eta: ETA, target };
        society::improving(Arc::clone(&self.setting), plan, None)
    }

    /// As many local steps in each round as given, which are those of one client or of all; the steps of all
    /// are as long together as the mean of the clients', to first order. θ after the last round.
    fn bare(&self, rounds: u32, of_a_round: u64, target: Target) -> Vec<f64> {
        let bare = Loop::new(&self.setting, target);
        let (mut theta, mut omega) = (self.theta.to_vec(), vec![0.0; self.theta.len()]);
        let zeta = ZETA / f64::from(CLIENTS);
        for round in 0..rounds {
            omega.fill(0.0);
            bare.regress(of_a_round, zeta, stream(round), &theta, &self.psi, &mut omega);
            improve(&mut theta, &omega);
        }
        theta
    }

    /// The mean of so many first steps, over their ζ: this is so small that ω stays as good as 0.
    fn mean(&self, count: u64) -> Vec<f64> {
        let zeta = 1e-6 / count as f64;
        let mut omega = vec![0.0; self.theta.len()];
        let bare = Loop::new(&self.setting, Target::Advantage);
        bare.regress(count, zeta, stream(0), &self.theta, &self.psi, &mut omega);
        omega.iter().map(|omega| omega / 1e-6).collect()
    }

    /// A society of one client, and the bare loop on that client's streams.
    fn assert_agreement(&self, target: Target) {
        // Eights, twos and one.
        const LOCAL_STEPS: u64 = 107;
        let rounds = 2;
        let outcome = host::run(
            &self.society(rounds, LOCAL_STEPS, target),
            &Options::new(1, 1, SEED),
            Observers::default(),
        );
        let results = outcome.expect("a run without faults").results;
        let society = results.iter().flatten().find(|vector| vector.name == "theta").expect("a last policy");
        let bare = Loop::new(&self.setting, target);
        let (mut theta, mut omega) = (self.theta.to_vec(), vec![0.0; self.theta.len()]);
        for round in 0..rounds {
            omega.fill(0.0);
            bare.regress(LOCAL_STEPS, ZETA, stream(round), &theta, &self.psi, &mut omega);
            improve(&mut theta, &omega);
        }
        let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert!(bits(&theta) != bits(&self.theta), "policies move");
        assert_eq!(bits(&society.values), bits(&theta), "a society of one has the bare loop's bits");
    }
}

/// `θ + η ω`.
fn improve(theta: &mut [f64], omega: &[f64]) {
    theta.iter_mut().zip(omega).for_each(|(theta, omega)| *theta += ETA * omega);
}

/// The local steps' stream of client 0.
fn stream(round: u32) -> Generator {
    let phase = Phase::Actor.number();
    StreamKey { seed: SEED, purpose: Purpose::LocalSteps, client: 0, round, phase, barrier: 0 }.generator()
}
