//! The bare loop that the society is measured against: the same tables, features, generator and update as DPTD on Tiger, one
//! stream, no society. Then the society itself on one thread, in the same run, and the ratio.

use crate::measure::{Paired, median};
use crate::report::{Report, Row, Wanted};
use crate::society;
use dpac::features::{FeatureMap, FiniteMap, HistoryFold, OneHot, Row as _};
use dpac::policy::{LogLinear, Policy, Prepared};
use dpac::pomdp::{Generator, Problem, Simulator, TabularSimulator, Units, discount_table};
use rand::Rng;

const HORIZON: usize = 8;
const WINDOW: usize = 1;
const CLIENTS: u32 = 1000;
/// K, as many rounds as make the work the same, and what is asked of the ratio.
const SIZES: [(u64, u32, f64); 2] = [(100, 50, 0.9), (10, 500, 0.7)];
const ALPHA: f64 = 0.01;
const PAIRS: usize = 9;

/// Twin and society, in pairs.
pub(crate) fn run(report: &mut Report) {
    let setting = society::tiger(HORIZON, WINDOW);
    let simulator = setting.problem.instance(0);
    let theta = society::theta(setting.policy.parameters());
    for (local_steps, rounds, wanted) in SIZES {
        let trajectories = u64::from(CLIENTS) * u64::from(rounds) * local_steps;
        let steps = trajectories as f64 * HORIZON as f64;
        let plan = society::plan(rounds, local_steps, ALPHA);
        let algorithm = society::dptd(setting.clone(), plan, theta.clone());
        let paired = Paired::time(
            PAIRS,
            || {
                std::hint::black_box(twin(
                    &simulator,
                    &setting.policy,
                    &setting.critic,
                    &theta,
                    setting.gamma,
                    trajectories,
                ));
            },
            || society::run(&algorithm, CLIENTS, 1),
        );
        let rate =
            |seconds: &[f64]| format!("{:.1} M steps/s", steps / median(seconds.iter().copied()) / 1e6);
        let sizes =
            format!("DPTD, Tiger, H = {HORIZON}, window of {WINDOW}, M = {CLIENTS}, K = {local_steps}");
        report.row(Row {
            work: format!("{sizes}: twin"),
            figure: rate(&paired.first),
            ratio: None,
            wanted: None,
        });
        let ratio = paired.ratio();
        report.row(Row {
            work: format!("{sizes}: society, 1 thread"),
            figure: rate(&paired.second),
            ratio: Some((ratio, "the twin")),
            wanted: Wanted::at_least(wanted, ratio),
        });
    }
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
    let units = Units::new(lo, hi);
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
