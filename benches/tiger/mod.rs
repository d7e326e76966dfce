//! What the benchmarks of recording and monitoring share: DPTD on Tiger, run in pairs that take turns at
//! going first.

use dpac::algorithm::{CriticPlan, Dptd, ServerLine, Setting, Weights};
use dpac::features::FiniteMap;
use dpac::policy::{LogLinear, Policy};
use dpac::pomdp::{Problem, TabularProblem, builtin};
use dpac_actors::{Algorithm, StepSize};
use std::fmt;
use std::sync::Arc;

pub(crate) const CLIENTS: u32 = 1000;
pub(crate) const LOCAL_STEPS: u64 = 100;
pub(crate) const HORIZON: usize = 8;
pub(crate) const PAIRS: usize = 31;
/// Ranks of an interval that has the median with at least 95 %: of Binomial(31, 1/2), P(X < 10) = 1.5 %.
const RANKS: (usize, usize) = (9, 21);

/// A ratio of CPU times.
pub(crate) struct Ratio {
    median: f64,
    interval: (f64, f64),
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = self.interval;
        write!(f, "CPU time × {:.4} (median; 95 % interval {low:.4} to {high:.4})", self.median)
    }
}

/// CPU time with something over that without: `run` is told whether it is to be there.
pub(crate) fn cpu_time_ratio(mut run: impl FnMut(bool)) -> Ratio {
    let mut ratios = Vec::new();
    for pair in 0..PAIRS {
        let mut seconds = [0.0; 2];
        for turn in 0..2 {
            let with = (pair + turn) % 2;
            let before = cpu_seconds();
            run(with == 1);
            seconds[with] = cpu_seconds() - before;
        }
        ratios.push(seconds[1] / seconds[0]);
    }
    ratios.sort_by(f64::total_cmp);
    Ratio { median: ratios[PAIRS / 2], interval: (ratios[RANKS.0], ratios[RANKS.1]) }
}

pub(crate) fn algorithm(rounds: u32) -> Arc<dyn Algorithm> {
    let problem = TabularProblem::new(builtin::tiger());
    let gamma = problem.tables().expect("tables").discount();
    let map = FiniteMap::window(HORIZON, 3, 2, 1, 1).expect("a small window");
    let policy = LogLinear::new(map.clone());
    let theta: Arc<[f64]> = vec![0.0; policy.parameters()].into();
    let plan = CriticPlan {
        rounds,
        local_steps: LOCAL_STEPS,
        alpha: StepSize::constant(0.01),
        eta: StepSize::constant(1.0),
        average_from: 0,
        weights: Weights::Quadratic,
        server_line: ServerLine::Repaired,
        warm: true,
    };
    Arc::new(Dptd::new(Setting::new(problem, policy, map, gamma), plan, false, theta))
}

/// User and system time of the process so far, in hundredths of a second: the 14th and 15th fields of
/// /proc/self/stat.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let after_name = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>()
        / 100.0
}
