//! Runs through messages, folds and prepared tables equal plain loops, to the bit.

use super::naive::{self, Naive, Regression};
use super::{bits, harmonic, result, run, scattered};
use dpac::algorithm::{ActorPlan, CriticPlan, Dpac, Dppg, Dptd, ServerLine, Setting, Target, Weights};
use dpac::features::{BeliefFilter, BeliefMap, BeliefMemoryMap, Degree, FeatureMap, FiniteMap};
use dpac::policy::LogLinear;
use dpac::pomdp::builtin::{tiger, toggle};
use dpac::pomdp::{Model, TabularProblem};
use dpac_actors::StepSize;
use std::sync::Arc;

const GAMMA: f64 = 0.9;

fn window(model: &Model, horizon: usize, length: usize) -> FiniteMap {
    let first = model.first_observations();
    FiniteMap::window(horizon, model.actions(), model.observations(), first, length).expect("a small window")
}

/// A problem with one-hot windows, of these lengths for policy and critic, both ways.
pub(super) fn windows(
    model: Model,
    horizon: usize,
    (actor, critic): (usize, usize),
    clients: u32,
) -> (Naive, Arc<Setting<TabularProblem, LogLinear<FiniteMap>, FiniteMap>>) {
    let maps = (window(&model, horizon, actor), window(&model, horizon, critic));
    let naive = Naive {
        horizon,
        gamma: GAMMA,
        actor: naive::window(&model, horizon, actor),
        finite: true,
        critic: naive::window(&model, horizon, critic),
        clients,
        seed: 11,
        model: model.clone(),
    };
    (naive, Setting::new(TabularProblem::new(model), LogLinear::new(maps.0), maps.1, GAMMA))
}

/// The toggle problem with a policy on beliefs and a critic on beliefs and windows, both ways.
fn beliefs(
    horizon: usize,
    clients: u32,
) -> (Naive, Arc<Setting<TabularProblem, LogLinear<BeliefMap>, BeliefMemoryMap>>) {
    let model = toggle();
    let filter = Arc::new(BeliefFilter::new(Arc::new(model.clone())));
    let actor = BeliefMap::for_actor(Arc::clone(&filter), horizon, Degree::Two);
    let critic = BeliefMemoryMap::new(filter, window(&model, horizon, 1));
    let naive = Naive {
        horizon,
        gamma: GAMMA,
        actor: naive::parabola(&model, horizon),
        finite: false,
        critic: naive::belief_in_window(&model, horizon, 1),
        clients,
        seed: 11,
        model: model.clone(),
    };
    (naive, Setting::new(TabularProblem::new(model), LogLinear::new(actor), critic, GAMMA))
}

/// R_e = 5, K_e = 4, R_0 = 2, a falling α_r, and η_r above and below 1.
fn critic(warm: bool) -> (naive::Critic, CriticPlan) {
    let (rounds, local_steps, average_from) = (5, 4, 2);
    let (alpha, eta) = (harmonic(0.3, 0.9, 2.0), harmonic(1.4, 3.0, 1.0));
    (
        naive::Critic { rounds, local_steps, alpha, eta, average_from, warm, printed: false },
        CriticPlan {
            rounds,
            local_steps,
            alpha,
            eta,
            average_from,
            weights: Weights::Quadratic,
            server_line: ServerLine::Repaired,
            warm,
        },
    )
}

/// R = 3, K = 7, a falling ζ_k.
fn actor(regression: Regression, sync_interval: u64) -> (naive::Actor, ActorPlan) {
    let (rounds, local_steps, zeta, eta) = (3, 7, harmonic(0.4, 1.5, 2.0), 1.7);
    let target = match regression {
        Regression::Q => Target::Q,
        Regression::Advantage => Target::Advantage,
        Regression::Compatible => Target::Compatible,
    };
    (
        naive::Actor { rounds, local_steps, sync_interval, zeta, eta, regression },
        ActorPlan { rounds, local_steps, sync_interval, zeta, eta, target },
    )
}

const REGRESSIONS: [Regression; 3] = [Regression::Q, Regression::Advantage, Regression::Compatible];

pub(super) fn assert_same(found: &[f64], expected: &[f64]) {
    assert!(expected.iter().any(|x| x.abs() > 1e-3), "the plain loop did nothing");
    assert_eq!(bits(found), bits(expected));
}

/// 70 clients fold in blocks of two.
#[test]
fn dptd_on_windows_equals_plain_loops() {
    for (model, horizon, lengths, clients) in
        [(toggle(), 3, (1, 2), 3), (tiger(), 4, (2, 1), 1), (tiger(), 2, (0, 0), 70)]
    {
        let (naive, setting) = windows(model, horizon, lengths, clients);
        let theta = scattered(naive.actor.stacked, 3);
        let (plain, plan) = critic(true);
        let expected = naive.dptd(&theta, &vec![0.0; naive.critic.stacked], &plain, |r| (r, 0));
        for lean in [false, true] {
            let dptd = Dptd::new(setting.clone(), plan.clone(), lean, theta.clone().into());
            assert_same(&result(&run(dptd, clients, naive.seed), "psi"), &expected);
        }
    }
}

#[test]
fn dptd_on_beliefs_equals_plain_loops() {
    let (naive, setting) = beliefs(3, 3);
    assert_eq!(setting.critic.stacked(), naive.critic.stacked);
    let theta = scattered(naive.actor.stacked, 5);
    let (plain, plan) = critic(true);
    let expected = naive.dptd(&theta, &vec![0.0; naive.critic.stacked], &plain, |r| (r, 0));
    let dptd = Dptd::new(setting, plan, false, theta.into());
    assert_same(&result(&run(dptd, 3, naive.seed), "psi"), &expected);
}

/// A critic that depends on θ, so that each round has its own.
fn oracle(theta: &[f64], stacked: usize) -> Vec<f64> {
    let shift = theta.iter().fold(0.25, |sum, x| sum + x * x);
    scattered(stacked, 9).iter().map(|x| x + shift).collect()
}

#[test]
fn dppg_equals_plain_loops_for_every_target_and_interval() {
    for regression in REGRESSIONS {
        for interval in [1, 3, 7, 50] {
            let (naive, setting) = windows(toggle(), 3, (1, 2), 3);
            let (plain, plan) = actor(regression, interval);
            let stacked = naive.critic.stacked;
            let (theta, psi) = naive.improve(&plain, |_, theta, _| oracle(theta, stacked));
            for lean in [false, true] {
                let evaluation = Arc::new(move |theta: &[f64]| Ok(oracle(theta, stacked).into()));
                let dppg = Dppg::new(setting.clone(), plan.clone(), lean, evaluation);
                let outcome = run(dppg, 3, naive.seed);
                assert_same(&result(&outcome, "theta"), &theta);
                assert_same(&result(&outcome, "psi"), &psi);
            }
        }
    }
}

#[test]
fn dpac_equals_plain_loops_warm_and_cold_lean_and_literal() {
    for regression in REGRESSIONS {
        for warm in [false, true] {
            let (naive, setting) = windows(tiger(), 3, (1, 2), 2);
            let ((plain_critic, critic), (plain_actor, actor)) = (critic(warm), actor(regression, 3));
            let (theta, psi) = naive.dpac(&plain_critic, &plain_actor);
            for lean in [false, true] {
                let dpac = Dpac::new(setting.clone(), critic.clone(), actor.clone(), lean);
                let outcome = run(dpac, 2, naive.seed);
                assert_same(&result(&outcome, "theta"), &theta);
                assert_same(&result(&outcome, "psi"), &psi);
            }
        }
    }
}

#[test]
fn dpac_on_beliefs_equals_plain_loops_for_every_target() {
    for regression in REGRESSIONS {
        let (naive, setting) = beliefs(3, 2);
        let ((plain_critic, critic), (plain_actor, actor)) = (critic(true), actor(regression, 4));
        let (theta, psi) = naive.dpac(&plain_critic, &plain_actor);
        let outcome = run(Dpac::new(setting, critic, actor, false), 2, naive.seed);
        assert_same(&result(&outcome, "theta"), &theta);
        assert_same(&result(&outcome, "psi"), &psi);
    }
}

#[test]
fn at_eta_one_the_server_s_line_as_printed_and_as_repaired_agree_and_otherwise_they_do_not() {
    let (naive, setting) = windows(toggle(), 3, (1, 2), 3);
    let theta = scattered(naive.actor.stacked, 3);
    for (eta, agree) in [(1.0, true), (1.2, false)] {
        let (plain, plan) = critic(true);
        let eta = StepSize::constant(eta);
        let printed = naive::Critic { eta, printed: true, ..plain };
        let printed = naive.dptd(&theta, &vec![0.0; naive.critic.stacked], &printed, |r| (r, 0));
        let dptd = Dptd::new(setting.clone(), CriticPlan { eta, ..plan }, false, theta.clone().into());
        let repaired = result(&run(dptd, 3, naive.seed), "psi");
        assert_eq!(bits(&repaired) == bits(&printed), agree);
    }
}
