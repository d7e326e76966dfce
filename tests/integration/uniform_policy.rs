//! The uniform policy of every built-in problem: what DPTD learns of it comes closer to its exact value.

use dpac::algorithm::CriticPlan;
use dpac::config::Features;
use dpac::exact::policy_value;
use dpac::experiment::subject;
use dpac::features::FiniteMap;
use dpac::policy::{LogLinear, Policy, Prepared};
use dpac::pomdp::{Definition, Model, builtin};
use dpac_actors::host::{self, Placement, Unwatched};
use dpac_actors::{StepSize, VectorName};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

const HORIZON: usize = 4;
const CLIENTS: u32 = 8;
const LOCAL_STEPS: u64 = 16;
const SEEDS: u64 = 12;

/// `V^π(b_0)` of the uniform policy on normalised rewards, by dynamic programming.
fn exact_value(hidden: &Model) -> f64 {
    let map =
        FiniteMap::window(HORIZON, hidden.actions(), hidden.observations(), hidden.first_observations(), 0);
    let policy = LogLinear::new(map.expect("a small window"));
    let mut prepared = Prepared::at(&policy, &vec![0.0; policy.parameters()]);
    policy_value(hidden, &policy, &mut prepared, hidden.discount(), 200_000_000).expect("few pairs").0
}

/// `Σ_o P(o_0 = o) Σ_a ψ̂_0(o, a) / A` of a society that evaluates the uniform policy with features that see nothing after
/// the first observation. Of later steps such features know the mean over histories, and a policy that sees nothing
/// chooses without regard to them, so that this is the policy's value once ψ̂ has converged.
fn learned_value(definition: &Definition, rounds: u32, seed: u64) -> f64 {
    let hidden = definition.hidden();
    let blind = Features::Window { length: 0, tied: false };
    let subject = subject(definition, HORIZON, hidden.discount(), &blind, &blind).expect("small features");
    let plan = CriticPlan {
        rounds,
        local_steps: LOCAL_STEPS,
        alpha: StepSize::constant(0.3),
        eta: StepSize::constant(1.0),
        average_from: rounds / 2,
        warm: false,
    };
    let dptd = subject.dptd(plan, false, vec![0.0; subject.d_theta()].into());
    let options = host::Options {
        clients: CLIENTS,
        threads: 1,
        placement: Placement::Shard,
        wire_check: false,
        seed,
        stop: Arc::new(AtomicBool::new(false)),
        plant: None,
    };
    let outcome = host::run(&dptd, &options, Box::new(Unwatched)).expect("no fault");
    let results = outcome.results.expect("nobody stops this run");
    let psi = &results.iter().find(|named| named.name == VectorName::Psi).expect("a critic").values;
    let actions = hidden.actions();
    (0..hidden.first_observations())
        .map(|first| {
            let probability: f64 = (0..hidden.states())
                .map(|s| hidden.start()[s] * hidden.first_observation_probability(s, first))
                .sum();
            let mean = psi[first * actions..(first + 1) * actions].iter().sum::<f64>() / actions as f64;
            probability * mean
        })
        .sum()
}

/// Root of the mean squared error over seeds 0..12, on normalised rewards, after 8 and after 256 rounds of 16 local steps of 8 clients.
///
/// Errors fall as 1/√rounds, so that 32 times the rounds leave 0.18 of them; an estimate of 12 errors is off by up to a factor
/// of 2 either way (the 0.1 % points of χ² with 12 degrees of freedom), hence half. A bias would remain. Where the first
/// error is rounding already there is nothing left to fall.
#[test]
fn dptd_of_every_problem_converges_to_the_exact_value() {
    for name in builtin::names() {
        let definition = builtin::definition(name).expect("a listed problem");
        let exact = exact_value(definition.hidden());
        let error = |rounds| {
            let square = |seed| {
                let difference = learned_value(&definition, rounds, seed) - exact;
                difference * difference
            };
            ((0..SEEDS).map(square).sum::<f64>() / SEEDS as f64).sqrt()
        };
        let (few, many) = (error(8), error(256));
        assert!(many <= few / 2.0 || many < 1e-12, "{name}: {few} after 8 rounds, {many} after 256");
        assert!(many < 0.02, "{name}: {many}");
    }
}
