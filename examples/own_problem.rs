//! A problem of one's own, learned by eight clients that see readings instead of numbered observations.
//!
//! A machine wears out while it runs. Its wear is hidden; a sensor reads it with noise. Each hour one runs
//! the machine or services it. A simulator is all that the problem needs; the features below it say what
//! policy and critic see.

#![expect(clippy::print_stdout, reason = "an example prints what it found")]

use dpac::algorithm::{ActorPlan, CriticPlan, Dpac, ServerLine, Setting, Target, Weights};
use dpac::exact::{MonteCarlo, monte_carlo};
use dpac::features::{Classified, FeatureMap, FiniteMap, HistoryFold, SparseRow};
use dpac::policy::{LogLinear, Prepared};
use dpac::pomdp::{Generator, Homogeneous, Problem, Simulator};
use dpac::rand::Rng;
use dpac_actors::host::{self, Observers, Options};
use dpac_actors::{Algorithm, Ledger, Link, StepSize};
use std::sync::Arc;

const HORIZON: usize = 8;
const DISCOUNT: f64 = 0.95;
const SERVICE: usize = 1;

/// 1. The problem: wear 0 to 3, readings that are the wear plus noise, actions run (0) and service (1).
struct Machine;

fn reading(wear: u8, rng: &mut Generator) -> f64 {
    // Noise between -1 and 1, from the 53 high bits of a word.
    f64::from(wear) + (rng.next_u64() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

impl Simulator for Machine {
    type State = u8;
    type Observation = f64;

    fn actions(&self) -> usize {
        2
    }

    fn reward_range(&self) -> (f64, f64) {
        (-2.0, 5.0)
    }

    fn initial(&self, rng: &mut Generator) -> (u8, f64) {
        let wear = (rng.next_u64() >> 62) as u8;
        (wear, reading(wear, rng))
    }

    fn step(&self, wear: &mut u8, action: usize, rng: &mut Generator) -> (f64, f64) {
        let reward = if action == SERVICE { 0.0 } else { [5.0, 4.0, 1.0, -2.0][usize::from(*wear)] };
        *wear = if action == SERVICE { 0 } else { 3.min(*wear + u8::from(rng.next_u64() % 5 < 2)) };
        (reward, reading(*wear, rng))
    }
}

/// 2. What the critic sees: a constant, the smoothed reading and its square, for each step and action.
struct Smoothed;

impl HistoryFold for Smoothed {
    type Observation = f64;
    type Memory = f64;

    fn memory(&self) -> f64 {
        0.0
    }

    fn start(&self, memory: &mut f64, first: &f64) {
        *memory = *first;
    }

    fn advance(&self, memory: &mut f64, _h: usize, action: usize, seen: &f64) {
        // Readings from before a service say nothing about the machine after it.
        *memory = if action == SERVICE { *seen } else { 0.5 * (*memory + seen) };
    }
}

impl FeatureMap for Smoothed {
    type Row = SparseRow;

    fn horizon(&self) -> usize {
        HORIZON
    }

    fn actions(&self) -> usize {
        2
    }

    fn dimension(&self, _h: usize) -> usize {
        3 * 2
    }

    fn row(&self, memory: &f64, h: usize, action: usize, row: &mut SparseRow) {
        let y = (memory - 1.5) / 2.5;
        row.clear();
        for (i, value) in [1.0, y, y * y].into_iter().enumerate() {
            // Readings lie in [-1, 4], so y in [-1, 1], and this makes the norm at most 1.
            row.push((2 * h + action) * 3 + i, value / 3f64.sqrt());
        }
    }

    fn norm_squared_bound(&self) -> f64 {
        1.0
    }
}

/// 3. DPAC on it: the values of acting at random and of the learned policy, and everything that was sent.
pub(crate) fn learn() -> (MonteCarlo, MonteCarlo, Ledger) {
    let window = FiniteMap::window(HORIZON, 2, 3, 3, 1).expect("a small window");
    // The policy sees the last action and whether the machine then was quiet, humming or rattling.
    let loudness = |reading: &f64| u32::from(*reading > 0.75) + u32::from(*reading > 1.75);
    let policy = LogLinear::new(Classified::new(window, loudness));
    let setting = Setting::new(Homogeneous::new("worn machine", Machine), policy, Smoothed, DISCOUNT);
    let (step, rounds, local_steps, target) = (StepSize::constant, 4, 64, Target::Advantage);
    let critic = CriticPlan {
        rounds,
        local_steps,
        alpha: step(0.5),
        eta: step(1.0),
        average_from: 2,
        weights: Weights::Quadratic,
        server_line: ServerLine::Repaired,
        warm: true,
    };
    let actor =
        ActorPlan { rounds: 30, local_steps: 128, sync_interval: 32, zeta: step(0.2), eta: 7.0, target };
    let dpac: Arc<dyn Algorithm> = Arc::new(Dpac::new(setting.clone(), critic, actor, false));
    let (clients, threads, seed) = (8, 2, 1);
    let options = Options::new(clients, threads, seed);
    let outcome = host::run(&dpac, &options, Observers::default()).expect("a run without faults");
    let results = outcome.results.expect("a run that nobody stopped");
    let theta = &results.iter().find(|vector| vector.name == "theta").expect("a policy").values;
    let machine = setting.problem.instance(0);
    let value = |theta: &[f64]| {
        let (mut ready, mut rng) = (Prepared::at(&*setting.policy, theta), Generator::new(1));
        monte_carlo(&*machine, &*setting.policy, &mut ready, DISCOUNT, 20_000, &mut rng)
    };
    (value(&vec![0.0; theta.len()]), value(theta), outcome.ledger)
}

fn main() {
    let (before, after, ledger) = learn();
    println!("value of acting at random  {:6.2} ± {:.2}", before.mean, before.standard_error);
    println!("value of the learned policy{:6.2} ± {:.2}", after.mean, after.standard_error);
    for (number, kind) in ledger.kinds().iter().enumerate() {
        let tally = ledger.tally(Link::Wire, number);
        println!("{:14} {:6} messages {:9} floats", kind.name, tally.messages, tally.all_floats());
    }
}
