//! Societies that several sections run.

use dpac::algorithm::{
    ActorPlan, Course, CriticPlan, Dpac, Dppg, Dptd, ServerLine, Setting, Target, Weights,
};
use dpac::features::{FeatureMap, FiniteMap};
use dpac::policy::network::{Cell, Clock, Inputs, Network};
use dpac::policy::{LogLinear, Neural, Policy};
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

/// A network on a problem in tables, with a critic of whole histories.
pub(crate) type Networks = Setting<TabularProblem, Neural, FiniteMap>;

/// Tiger with a GRU of so many units.
pub(crate) fn gru(horizon: usize, units: usize) -> Arc<Networks> {
    let inputs = Inputs::recurrent(horizon, 3, 2, false, Clock::Fraction);
    let network = Network::new(Cell::Gru, inputs.len(), units, 3).expect("a small network");
    on_tiger(horizon, network, inputs)
}

/// Tiger with this network.
pub(crate) fn on_tiger(horizon: usize, network: Network, inputs: Inputs) -> Arc<Networks> {
    let problem = TabularProblem::new(builtin::tiger());
    let gamma = problem.tables().expect("tables").discount();
    let critic = FiniteMap::window(horizon, 3, 2, 1, horizon - 1).expect("few histories");
    Setting::new(problem, Neural::new(network, inputs, vec![0, 1], vec![0]), critic, gamma)
}

/// A parameter of this network in which no block is 0: numbers in [-0.5, 0.5).
pub(crate) fn theta_of(setting: &Networks) -> Arc<[f64]> {
    theta(setting.policy.parameters()).iter().map(|theta| theta - 0.5).collect()
}

/// Networks improve from [`theta_of`], at constant steps: where there is a critic's step, by DPAC, whose
/// evaluations have one round and as many local steps as the regression; else by DPPG, with the same critic
/// in every round.
pub(crate) fn improving(setting: Arc<Networks>, actor: ActorPlan, alpha: Option<f64>) -> Arc<dyn Algorithm> {
    let course = Some(Course { theta: theta_of(&setting), steps: None });
    if let Some(alpha) = alpha {
        let critic = plan(1, actor.local_steps, alpha);
        return Arc::new(Dpac::new(setting, critic, actor, false).on(course));
    }
    let psi = theta(setting.critic.stacked());
    let evaluation = Arc::new(move |_: &[f64]| Ok(Arc::clone(&psi)));
    Arc::new(Dppg::new(setting, actor, false, evaluation).on(course))
}
