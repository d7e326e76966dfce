//! DPTD on Tiger: the society with all its messages; its twin, a bare loop over the same tables, features and
//! generator with the same update, several trajectories side by side as the society's learner has them; the
//! same loop one trajectory after the other; and a loop that knows nothing but Tiger. All but the society end
//! with the same ψ to the bit.

use crate::measure::{median, seconds};
use crate::report::{Report, Row, Wanted};
use crate::society::{self, Windows};
use dpac::features::{FeatureMap, HistoryFold, OneHot, Row as _};
use dpac::policy::{Policy, Prepared};
use dpac::pomdp::{Generator, Problem, Simulator, Units, discount_table};
use dpac_actors::Jump;
use rand::Rng;
use std::hint::black_box;
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
/// Trajectories side by side.
const LANES: usize = 8;
const STATE: u128 = 0x5851_f42d_4c95_7f2d_1405_7b7e_f767_814f;

pub(crate) fn run(report: &mut Report) {
    let setting = society::tiger(HORIZON, WINDOW);
    let theta = society::theta(setting.policy.parameters());
    let by_hand = Loop::new(&setting, &theta);
    let bits = |psi: Vec<f64>| psi.into_iter().map(f64::to_bits).collect::<Vec<_>>();
    let one_by_one = bits(one_by_one(&setting, &theta, Generator::new(STATE), 8000));
    assert_eq!(
        bits(twin(&setting, &theta, Generator::new(STATE), 8000)),
        one_by_one,
        "the same, side by side"
    );
    assert_eq!(bits(by_hand.run(Generator::new(STATE), 8000)), one_by_one, "the same, by hand");
    for (local_steps, rounds, wanted) in SIZES {
        let trajectories = u64::from(CLIENTS) * u64::from(rounds) * local_steps;
        let plan = society::plan(rounds, local_steps, ALPHA);
        let algorithm = society::dptd(setting.clone(), plan, theta.clone());
        let ways: [(&str, &dyn Fn()); 4] = [
            ("Tiger by hand", &|| drop(black_box(by_hand.run(Generator::new(STATE), trajectories)))),
            ("twin", &|| drop(black_box(twin(&setting, &theta, Generator::new(STATE), trajectories)))),
            ("one trajectory after the other", &|| {
                drop(black_box(self::one_by_one(&setting, &theta, Generator::new(STATE), trajectories)));
            }),
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
    }
}

/// The bare loop: sample trajectories, take their semi-gradient steps, nothing else. `trajectories` is a
/// multiple of [`LANES`].
fn twin(setting: &Windows, theta: &[f64], mut rng: Generator, trajectories: u64) -> Vec<f64> {
    let Windows { problem, policy, critic: map, gamma, .. } = setting;
    let (policy, map) = (&**policy, &**map);
    let simulator = &*problem.instance(0);
    let mut prepared = Prepared::at(policy, theta);
    let discounts = discount_table(*gamma, HORIZON);
    let (lo, hi) = simulator.reward_range();
    let units = Units::new(lo, hi);
    let jump = Jump::over(simulator.words(HORIZON).expect("tables") + HORIZON as u64);
    let mut psi = vec![0.0; map.stacked()];
    let mut phi = [[OneHot::default(); HORIZON]; LANES];
    let mut rewards = [[0.0; HORIZON]; LANES];
    let (mut states, mut actors, mut critics) = ([0; LANES], [0; LANES], [0; LANES]);
    let (mut actions, mut seen) = ([0; LANES], [0; LANES]);
    for _ in 0..trajectories / LANES as u64 {
        let mut generators: [Generator; LANES] = std::array::from_fn(|lane| {
            let mut here = rng.clone();
            rng = jump.from(&rng);
            let (state, first) = simulator.initial(&mut here);
            states[lane] = state;
            policy.start(theta, &mut actors[lane], &first);
            map.start(&mut critics[lane], &first);
            here
        });
        for h in 0..HORIZON {
            for lane in 0..LANES {
                actions[lane] = prepared.act(policy, &actors[lane], h, generators[lane].next_u64());
            }
            for lane in 0..LANES {
                map.row(&critics[lane], h, actions[lane], &mut phi[lane][h]);
            }
            if h + 1 == HORIZON {
                for lane in 0..LANES {
                    rewards[lane][h] =
                        simulator.last_step(&mut states[lane], actions[lane], &mut generators[lane]);
                }
                break;
            }
            for lane in 0..LANES {
                (rewards[lane][h], seen[lane]) =
                    simulator.step(&mut states[lane], actions[lane], &mut generators[lane]);
            }
            for lane in 0..LANES {
                policy.advance(theta, &mut actors[lane], h, actions[lane], &seen[lane]);
                map.advance(&mut critics[lane], h, actions[lane], &seen[lane]);
            }
        }
        for (phi, rewards) in phi.iter().zip(&rewards) {
            update(phi, &rewards.map(|reward| units.normalise(reward)), *gamma, &discounts, &mut psi);
        }
    }
    psi
}

/// One semi-gradient step.
#[inline(always)]
fn update(phi: &[OneHot; HORIZON], rewards: &[f64; HORIZON], gamma: f64, discounts: &[f64], psi: &mut [f64]) {
    let mut value = phi[0].dot(psi);
    for h in 0..HORIZON {
        let next = if h + 1 < HORIZON { phi[h + 1].dot(psi) } else { 0.0 };
        phi[h].add_to(ALPHA * discounts[h] * (rewards[h] + gamma * next - value), psi);
        value = next;
    }
}

/// The loop as one writes it first.
fn one_by_one(setting: &Windows, theta: &[f64], mut rng: Generator, trajectories: u64) -> Vec<f64> {
    let Windows { problem, policy, critic: map, gamma, .. } = setting;
    let (policy, map) = (&**policy, &**map);
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
        policy.start(theta, &mut actor, &first);
        map.start(&mut critic, &first);
        for h in 0..HORIZON - 1 {
            let action = prepared.act(policy, &actor, h, rng.next_u64());
            map.row(&critic, h, action, &mut phi[h]);
            let (reward, seen) = simulator.step(&mut state, action, &mut rng);
            rewards[h] = units.normalise(reward);
            policy.advance(theta, &mut actor, h, action, &seen);
            map.advance(&mut critic, h, action, &seen);
        }
        let action = prepared.act(policy, &actor, HORIZON - 1, rng.next_u64());
        map.row(&critic, HORIZON - 1, action, &mut phi[HORIZON - 1]);
        rewards[HORIZON - 1] = units.normalise(simulator.last_step(&mut state, action, &mut rng));
        update(&phi, &rewards, *gamma, &discounts, &mut psi);
    }
    psi
}
