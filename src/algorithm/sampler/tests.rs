//! Trajectories side by side, and one after the other.

use super::*;
use crate::features::FiniteMap;
use crate::policy::LogLinear;
use crate::pomdp::{SparseRows, TabularSimulator, builtin};

/// The problem, and how many words too many it says that an episode draws; `None` says nothing.
struct Saying(TabularSimulator, Option<u64>);

impl Simulator for Saying {
    type State = u32;
    type Observation = u32;

    fn actions(&self) -> usize {
        self.0.actions()
    }

    fn reward_range(&self) -> (f64, f64) {
        self.0.reward_range()
    }

    fn words(&self, horizon: usize) -> Option<u64> {
        Some(self.0.words(horizon)? + self.1?)
    }

    fn initial(&self, rng: &mut Generator) -> (u32, u32) {
        self.0.initial(rng)
    }

    fn step(&self, state: &mut u32, action: usize, rng: &mut Generator) -> (f64, u32) {
        self.0.step(state, action, rng)
    }

    fn last_step(&self, state: &mut u32, action: usize, rng: &mut Generator) -> f64 {
        self.0.last_step(state, action, rng)
    }
}

struct Same(Arc<Saying>);

impl Problem for Same {
    type Simulator = Saying;

    fn name(&self) -> &'static str {
        "same"
    }

    fn instance(&self, _client: u32) -> Arc<Saying> {
        Arc::clone(&self.0)
    }
}

/// Window, action, observation and bits of the reward, step by step.
type Trajectory = Vec<(u32, u32, u32, u64)>;

/// What `count` trajectories of a problem show and pay, and where the stream is then.
fn trajectories(name: &str, horizon: usize, count: u64, saying: Option<u64>) -> (Vec<Trajectory>, Generator) {
    let model = builtin::builtin(name).expect("a built-in problem");
    let first = model.initial_observation().map_or(1, SparseRows::columns);
    let map = FiniteMap::window(horizon, model.actions(), model.observations(), first, 1).expect("small");
    let problem = Arc::new(Same(Arc::new(Saying(TabularSimulator::new(&model), saying))));
    let acting = Acting { problem, policy: Arc::new(LogLinear::new(map)) };
    let mut sampler = acting.sampler();
    sampler.set(&vec![0.0; acting.parameters()]);
    let mut rng = Generator::new(5);
    let mut batch = Batch::<u32>::new(horizon);
    let mut found: Vec<Trajectory> = Vec::new();
    let mut rewards = Vec::new();
    while (found.len() as u64) < count {
        let left = count - found.len() as u64;
        sampler.sample(0, left, Keep::Policy, &mut rng, &mut batch, Some(&mut rewards));
        let windows: &Vec<u32> = sampler.remembered().downcast_ref().expect("windows");
        for lane in 0..batch.count() {
            let step = |h| {
                // After the last action nothing is seen.
                let seen = if h + 1 < horizon { batch.seen(h)[lane] } else { 0 };
                let window = batch.of_step(windows, h)[lane];
                (window, batch.actions(h)[lane], seen, f64::to_bits(rewards[lane * horizon + h]))
            };
            found.push((0..horizon).map(step).collect());
        }
    }
    (found, rng)
}

#[test]
fn trajectories_side_by_side_are_those_of_one_after_the_other() {
    for name in ["tiger", "rock-sample", "random"] {
        for horizon in [1, 2, 7] {
            for count in [1, 2, 3, 8, 9, 10, 21] {
                let together = trajectories(name, horizon, count, Some(0));
                assert_eq!(together, trajectories(name, horizon, count, None), "{name}, {horizon}, {count}");
                assert_eq!(together.0.len() as u64, count);
            }
        }
    }
}

#[test]
#[should_panic(expected = "the simulator draws as many words as it says")]
fn a_simulator_that_draws_fewer_words_than_it_says_is_found() {
    trajectories("tiger", 3, 8, Some(1));
}
