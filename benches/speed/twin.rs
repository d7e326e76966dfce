//! DPTD on Tiger, four times: the society with all its messages; its learner alone; the twin, a bare loop over the same tables, features and
//! generator; and a loop that knows nothing but Tiger. The last two end with the same ψ to the bit.

use crate::measure::{median, seconds};
use crate::report::{Report, Row, Wanted};
use crate::society::{self, Windows};
use dpac::algorithm::{LocalLearner, Start};
use dpac::features::{FeatureMap, HistoryFold, OneHot, Row as _};
use dpac::policy::{Policy, Prepared};
use dpac::pomdp::{Generator, Problem, Simulator, Units, discount_table};
use dpac_actors::{Job, Learner, Order, Phase, Purpose, Reply, StepSize, StreamKey};
use rand::Rng;
use std::hint::black_box;
use std::sync::Arc;
use tiger_loop::Loop;

#[path = "tiger_loop.rs"]
mod tiger_loop;

const HORIZON: usize = 8;
const WINDOW: usize = 1;
const CLIENTS: u32 = 1000;
/// K, as many rounds as make the work the same, and what is asked of the society's rate over the twin's.
const SIZES: [(u64, u32, f64); 2] = [(100, 50, 0.9), (10, 500, 0.7)];
/// What is asked of the twin's rate over that of the loop by hand.
const TWIN_OVER_LOOP: f64 = 0.4;
const ALPHA: f64 = 0.01;
const TURNS: usize = 9;
const STATE: u128 = 0x5851_f42d_4c95_7f2d_1405_7b7e_f767_814f;

pub(crate) fn run(report: &mut Report) {
    let setting = society::tiger(HORIZON, WINDOW);
    let theta = society::theta(setting.policy.parameters());
    let by_hand = Loop::new(&setting, &theta);
    let bits = |psi: Vec<f64>| psi.into_iter().map(f64::to_bits).collect::<Vec<_>>();
    assert_eq!(
        bits(twin(&setting, &theta, Generator::new(STATE), 8000)),
        bits(by_hand.run(Generator::new(STATE), 8000)),
        "twin and loop by hand compute the same"
    );
    for (local_steps, rounds, wanted) in SIZES {
        let trajectories = u64::from(CLIENTS) * u64::from(rounds) * local_steps;
        let plan = society::plan(rounds, local_steps, ALPHA);
        let algorithm = society::dptd(setting.clone(), plan, theta.clone());
        let ways: [(&str, &dyn Fn()); 4] = [
            ("Tiger by hand", &|| drop(black_box(by_hand.run(Generator::new(STATE), trajectories)))),
            ("twin", &|| drop(black_box(twin(&setting, &theta, Generator::new(STATE), trajectories)))),
            ("learner alone", &|| learner(&setting, &theta, rounds, local_steps)),
            ("society, 1 computing thread", &|| society::run(&algorithm, CLIENTS, 1)),
        ];
        let mut taken: [Vec<f64>; 4] = Default::default();
        for turn in 0..=TURNS {
            for place in 0..4 {
                let way = (turn + place) % 4;
                let seconds = seconds(ways[way].1);
                // The first turn warms up.
                if turn > 0 {
                    taken[way].push(seconds);
                }
            }
        }
        let ratio =
            |way: usize, to: usize| median(taken[to].iter().zip(&taken[way]).map(|(to, way)| to / way));
        let sizes =
            format!("DPTD, Tiger, H = {HORIZON}, window of {WINDOW}, M = {CLIENTS}, K = {local_steps}");
        let mut row = |way: usize, ratio, wanted| {
            let rate = trajectories as f64 * HORIZON as f64 / median(taken[way].iter().copied()) / 1e6;
            report.row(Row {
                work: format!("{sizes}: {}", ways[way].0),
                figure: format!("{rate:.1} M steps/s"),
                ratio,
                wanted,
            });
        };
        row(0, None, None);
        row(1, Some((ratio(1, 0), "Tiger by hand")), Wanted::at_least(TWIN_OVER_LOOP, ratio(1, 0)));
        row(2, Some((ratio(2, 1), "the twin")), None);
        row(3, Some((ratio(3, 1), "the twin")), Wanted::at_least(wanted, ratio(3, 1)));
        row(3, Some((ratio(3, 2), "the learner alone")), None);
    }
}

/// The bare loop: sample a trajectory, take the semi-gradient step, nothing else.
fn twin(setting: &Windows, theta: &[f64], mut rng: Generator, trajectories: u64) -> Vec<f64> {
    let Windows { problem, policy, critic: map, gamma, .. } = setting;
    let simulator = &*problem.instance(0);
    let mut prepared = Prepared::at(policy, theta);
    let discounts = discount_table(*gamma, HORIZON);
    let (lo, hi) = simulator.reward_range();
    let units = Units::new(lo, hi);
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
    psi
}

/// Local phases of all clients of all rounds, and nobody who asks for them or takes their replies; every one starts at ψ = 0.
fn learner(setting: &Arc<Windows>, theta: &[f64], rounds: u32, local_steps: u64) {
    let mut learner = LocalLearner::new(setting.clone(), Start::Evaluation { theta });
    let mut reply = Reply::default();
    let order = Order { first_step: 0, steps: local_steps, step_size: StepSize::constant(ALPHA) };
    for round in 0..rounds {
        for client in 0..CLIENTS {
            let key = StreamKey { seed: 1, purpose: Purpose::LocalSteps, client, round, phase: 0, sync: 0 };
            let job = Job { client, round, phase: Phase::Critic, sync: 0, order };
            black_box(learner.steps(&job, &mut [], &mut key.generator(), &mut reply));
        }
    }
}
