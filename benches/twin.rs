//! The bare loop that the society is measured against: the same tables, features, generator and update as DPTD on Tiger, one
//! stream, no society. Then the society itself on one thread, in the same run, and the ratio.
//!
//! `cargo bench --bench twin`

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use dpac::algorithm::{CriticPlan, Dptd, Setting};
use dpac::features::{FeatureMap, FiniteMap, HistoryFold, OneHot, Row};
use dpac::policy::{LogLinear, Policy, Prepared};
use dpac::pomdp::{Generator, Problem, Simulator, TabularProblem, TabularSimulator, builtin, discount_table};
use dpac_actors::host::{self, Options, Unwatched};
use dpac_actors::{Algorithm, Purpose, StepSize, StreamKey};
use rand::Rng;
use std::sync::Arc;
use std::time::Instant;

const HORIZON: usize = 8;
const WINDOW: usize = 1;
const CLIENTS: u32 = 1000;
/// K, and as many rounds as make the work the same.
const SIZES: [(u64, u32); 2] = [(100, 50), (10, 500)];
const ALPHA: f64 = 0.01;
const REPEATS: usize = 9;

fn main() {
    let problem = TabularProblem::new(builtin::tiger());
    let gamma = problem.tables().expect("tables").discount();
    let map = FiniteMap::window(HORIZON, 3, 2, 1, WINDOW).expect("a small window");
    let policy = LogLinear::new(map.clone());
    // A policy that is not uniform, so that no table is special: logits from the digits of a fixed stream.
    let key = StreamKey { seed: 1, purpose: Purpose::Demonstration, client: 0, round: 0, phase: 0, sync: 0 };
    let mut rng = key.generator();
    let theta: Arc<[f64]> =
        (0..policy.parameters()).map(|_| (rng.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0).collect();

    for (local_steps, rounds) in SIZES {
        let setting = Setting::new(problem.clone(), policy.clone(), map.clone(), gamma);
        compare(setting, &problem, &policy, &map, &theta, gamma, (local_steps, rounds));
    }
}

/// Twin and society, in pairs.
fn compare(
    setting: Arc<Setting<TabularProblem, LogLinear<FiniteMap>, FiniteMap>>,
    problem: &TabularProblem,
    policy: &LogLinear<FiniteMap>,
    map: &FiniteMap,
    theta: &Arc<[f64]>,
    gamma: f64,
    (local_steps, rounds): (u64, u32),
) {
    let steps = f64::from(CLIENTS) * f64::from(rounds) * local_steps as f64 * HORIZON as f64;
    println!(
        "DPTD on Tiger, H = {HORIZON}, window of {WINDOW}, M = {CLIENTS}, K = {local_steps}, {rounds} rounds; {:.0} M environment steps, {REPEATS} pairs",
        steps / 1e6
    );
    let plan = CriticPlan {
        rounds,
        local_steps,
        alpha: StepSize::constant(ALPHA),
        eta: StepSize::constant(1.0),
        average_from: 0,
        warm: true,
    };
    let algorithm: Arc<dyn Algorithm> = Arc::new(Dptd::new(setting, plan, false, Arc::clone(theta)));
    let simulator = problem.instance(0);
    let mut ratios = Vec::new();
    let (mut twins, mut societies) = (Vec::new(), Vec::new());
    for _ in 0..REPEATS {
        let began = Instant::now();
        let trajectories = u64::from(CLIENTS) * u64::from(rounds) * local_steps;
        let checksum = twin(&simulator, policy, map, theta, gamma, trajectories);
        let twin_seconds = began.elapsed().as_secs_f64();
        std::hint::black_box(checksum);

        let options = Options::new(CLIENTS, 1, 1);
        let began = Instant::now();
        let outcome = host::run(&algorithm, &options, Box::new(Unwatched)).expect("a run without faults");
        let society_seconds = began.elapsed().as_secs_f64();
        std::hint::black_box(outcome.results);
        twins.push(steps / twin_seconds / 1e6);
        societies.push(steps / society_seconds / 1e6);
        ratios.push(twin_seconds / society_seconds);
    }
    let (twin, best_twin) = (median(&mut twins), twins[REPEATS - 1]);
    let (society, best_society) = (median(&mut societies), societies[REPEATS - 1]);
    println!("  twin     {twin:6.1} M environment steps/s (median; best {best_twin:.1})");
    println!(
        "  society  {society:6.1} M environment steps/s (median; best {best_society:.1}), one computing thread, ledger on"
    );
    println!("  society / twin  {:.3} (median of pairs)", median(&mut ratios));
}

/// The bare loop: sample a trajectory, take the semi-gradient step, nothing else.
fn twin(
    simulator: &TabularSimulator,
    policy: &LogLinear<FiniteMap>,
    map: &FiniteMap,
    theta: &[f64],
    gamma: f64,
    trajectories: u64,
) -> f64 {
    let mut prepared = Prepared::at(policy, theta);
    let discounts = discount_table(gamma, HORIZON);
    let (lo, hi) = simulator.reward_range();
    let units = dpac::pomdp::Units::new(lo, hi);
    let mut rng: Generator = Generator::new(0x5851_f42d_4c95_7f2d_1405_7b7e_f767_814f);
    let mut psi = vec![0.0; map.stacked()];
    let mut phi = [OneHot::default(); HORIZON];
    let mut rewards = [0.0; HORIZON];
    for _ in 0..trajectories {
        let (mut state, first) = simulator.initial(&mut rng);
        let (mut actor, mut critic) = (0, 0);
        policy.start(&mut actor, &first);
        map.start(&mut critic, &first);
        for h in 0..HORIZON - 1 {
            let action = prepared.act(policy, &actor, h, rng.next_u64());
            map.row(&critic, h, action, &mut phi[h]);
            let (reward, seen) = simulator.step(&mut state, action, &mut rng);
            rewards[h] = units.normalise(reward);
            policy.advance(&mut actor, h, action, &seen);
            map.advance(&mut critic, h, action, &seen);
        }
        let action = prepared.act(policy, &actor, HORIZON - 1, rng.next_u64());
        map.row(&critic, HORIZON - 1, action, &mut phi[HORIZON - 1]);
        rewards[HORIZON - 1] = units.normalise(simulator.last_step(&mut state, action, &mut rng));
        let mut value = phi[0].dot(&psi);
        for h in 0..HORIZON {
            let next = if h + 1 < HORIZON { phi[h + 1].dot(&psi) } else { 0.0 };
            let delta = rewards[h] + gamma * next - value;
            phi[h].add_to(ALPHA * discounts[h] * delta, &mut psi);
            value = next;
        }
    }
    psi.iter().sum()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
