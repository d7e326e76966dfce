//! Societies that several sections run.

use dpac::algorithm::{ActorPlan, CriticPlan, Dpac, Dptd, ServerLine, Setting, Target, Weights};
use dpac::features::FiniteMap;
use dpac::policy::LogLinear;
use dpac::pomdp::{Problem, TabularProblem, builtin};
use dpac_actors::host::{self, Observers, Options};
use dpac_actors::{Algorithm, Purpose, StepSize, StreamKey};
use rand::Rng;
use std::sync::Arc;

/// DPTD's setting with the same finite features for critic and policy.
pub(crate) type Windows = Setting<TabularProblem, LogLinear<FiniteMap>, FiniteMap>;

/// Tiger with windows of `length` pairs.
pub(crate) fn tiger(horizon: usize, length: usize) -> Arc<Windows> {
    let problem = TabularProblem::new(builtin::tiger());
    let gamma = problem.tables().expect("tables").discount();
    let map = FiniteMap::window(horizon, 3, 2, 1, length).expect("a small window");
    Setting::new(problem, LogLinear::new(map.clone()), map, gamma)
}

/// A parameter that is not 0, so that no table of the policy is special: numbers in [0, 1) from a fixed
/// stream.
pub(crate) fn theta(length: usize) -> Arc<[f64]> {
    let key =
        StreamKey { seed: 1, purpose: Purpose::Demonstration, client: 0, round: 0, phase: 0, barrier: 0 };
    let mut rng = key.generator();
    (0..length).map(|_| (rng.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0).collect()
}

/// R rounds of K local steps, α = `alpha`.
pub(crate) fn plan(rounds: u32, local_steps: u64, alpha: f64) -> CriticPlan {
    CriticPlan {
        rounds,
        local_steps,
        alpha: StepSize::constant(alpha),
        eta: StepSize::constant(1.0),
        average_from: 0,
        weights: Weights::Quadratic,
        server_line: ServerLine::Repaired,
        warm: true,
    }
}

/// Runs a society to its end, ledger on, nobody watching.
pub(crate) fn run(algorithm: &Arc<dyn Algorithm>, clients: u32, threads: usize) {
    let outcome = host::run(algorithm, &Options::new(clients, threads, 1), Observers::default());
    std::hint::black_box(outcome.expect("a run without faults").results);
}

/// DPTD as an algorithm.
pub(crate) fn dptd(setting: Arc<Windows>, plan: CriticPlan, theta: Arc<[f64]>) -> Arc<dyn Algorithm> {
    Arc::new(Dptd::new(setting, plan, false, theta))
}

/// DPAC as an algorithm: each round one evaluation of one round, with as many local steps as the regression
/// has, and one average.
pub(crate) fn dpac(setting: Arc<Windows>, rounds: u32, local_steps: u64, alpha: f64) -> Arc<dyn Algorithm> {
    let actor = ActorPlan {
        rounds,
        local_steps,
        sync_interval: local_steps,
        zeta: StepSize::constant(alpha),
        eta: alpha,
        target: Target::Q,
    };
    Arc::new(Dpac::new(setting, plan(1, local_steps, alpha), actor, false))
}
