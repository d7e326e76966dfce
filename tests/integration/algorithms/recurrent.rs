//! A policy's memory may depend on its parameter: whoever plays it gives it the present one, at every step.

use super::{result, run};
use dpac::algorithm::{ActorPlan, CriticPlan, Dpac, ServerLine, Setting, Target, Weights};
use dpac::exact::{monte_carlo, policy_value};
use dpac::features::{FiniteMap, SparseRow};
use dpac::policy::{Acting, Actor, AnyPolicy, Policy, Prepared};
use dpac::pomdp::builtin::tiger;
use dpac::pomdp::{Generator, Problem, TabularProblem};
use dpac::theory::{Moments, PolicyGradients};
use dpac_actors::StepSize;

const HORIZON: usize = 4;
const ACTIONS: usize = 3;
/// A state of one number, `s_0 = w`, `s_{h+1} = w s_h + o_{h+1}`, and logits `v_a s_h`.
const PARAMETERS: usize = 1 + ACTIONS;

pub(super) struct Recurrent;

/// The state, and the parameter that it was folded with.
#[derive(Clone, Default)]
pub(super) struct State {
    state: f64,
    theta: Vec<f64>,
}

impl State {
    /// # Panics
    /// If the state is of another parameter.
    fn at(&self, theta: &[f64]) -> f64 {
        assert_eq!(self.theta, theta, "a memory is folded with the parameter that it is read with");
        self.state
    }
}

impl Policy for Recurrent {
    type Observation = u32;
    type Memory = State;
    type Gradient = SparseRow;

    fn memory(&self) -> State {
        State::default()
    }

    fn start(&self, theta: &[f64], memory: &mut State, _first: &u32) {
        *memory = State { state: theta[0], theta: theta.to_vec() };
    }

    fn advance(&self, theta: &[f64], memory: &mut State, _h: usize, _action: usize, seen: &u32) {
        memory.state = theta[0] * memory.at(theta) + f64::from(*seen);
    }

    fn horizon(&self) -> usize {
        HORIZON
    }

    fn actions(&self) -> usize {
        ACTIONS
    }

    fn parameters(&self) -> usize {
        PARAMETERS
    }

    fn logits(&self, theta: &[f64], memory: &State, _h: usize, _scratch: &mut SparseRow, logits: &mut [f64]) {
        let state = memory.at(theta);
        logits.iter_mut().zip(&theta[1..]).for_each(|(logit, v)| *logit = v * state);
    }

    fn gradient(&self, theta: &[f64], memory: &State, _h: usize, action: usize, gradient: &mut SparseRow) {
        gradient.clear();
        // Of the output weights alone.
        gradient.push(1 + action, memory.at(theta));
    }

    fn slots(&self, _h: usize) -> Option<usize> {
        None
    }

    fn slot(&self, _memory: &State, _h: usize) -> usize {
        unreachable!("no finite memory")
    }

    fn memory_of_slot(&self, _h: usize, _slot: usize) -> State {
        unreachable!("no finite memory")
    }

    fn gradient_norm_squared_bound(&self) -> f64 {
        f64::INFINITY
    }
}

const THETA: [f64; PARAMETERS] = [0.5, 0.9, -0.3, 0.4];
const LIMIT: u64 = 10_000_000;

#[test]
fn learners_fold_memories_with_the_policy_that_acts() {
    let window = FiniteMap::window(HORIZON, ACTIONS, 2, 1, 1).expect("a small window");
    let setting = Setting::new(TabularProblem::new(tiger()), Recurrent, window, 0.9);
    let step = StepSize::constant(0.1);
    for target in [Target::Q, Target::Advantage, Target::Compatible] {
        let critic = CriticPlan {
            rounds: 2,
            local_steps: 9,
            alpha: step,
            eta: step,
            average_from: 0,
            weights: Weights::Quadratic,
            server_line: ServerLine::Repaired,
            warm: true,
        };
        let actor = ActorPlan { rounds: 3, local_steps: 11, sync_interval: 5, zeta: step, eta: 0.5, target };
        let outcome = run(Dpac::new(setting.clone(), critic, actor, false), 2, 1);
        let theta = result(&outcome, "theta");
        // The state is 0 at θ = 0 until an observation is 1.
        assert!(theta[1..].iter().any(|v| v.abs() > 1e-6), "{target:?}: {theta:?}");
    }
}

/// The standard error says how far a mean may be from the exact value; the seed is fixed, and it is within
/// three.
#[test]
fn exact_values_moments_and_players_do_so_too() {
    let model = tiger();
    let mut prepared = Prepared::at(&Recurrent, &THETA);
    let (exact, _) = policy_value(&model, &Recurrent, &mut prepared, 0.9, LIMIT).expect("few histories");
    let any = AnyPolicy::new(&Recurrent);
    let mut any_prepared = Prepared::at(&any, &THETA);
    let (forgotten, _) = policy_value(&model, &any, &mut any_prepared, 0.9, LIMIT).expect("few histories");
    assert_eq!(exact.value.to_bits(), forgotten.value.to_bits());
    let problem = TabularProblem::new(model.clone());
    let mut rng = Generator::new(1);
    let sampled = monte_carlo(&*problem.instance(0), &Recurrent, &mut prepared, 0.9, 20_000, &mut rng);
    assert!((sampled.mean - exact.value).abs() < 3.0 * sampled.standard_error, "{sampled:?}, {exact:?}");
    let gradients = PolicyGradients::new(&Recurrent, THETA.to_vec());
    Moments::new(&model, &Recurrent, &mut prepared, &gradients, 0.9, LIMIT).expect("few histories");
    let mut actor = Actor::new(&Recurrent, &THETA);
    actor.start(&0);
    let action = actor.act(0, 1 << 63);
    actor.advance(0, action, &1);
    assert!(actor.act(1, 1 << 63) < ACTIONS);
}
