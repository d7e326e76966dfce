//! The uniform policy of every built-in problem: simulated it has its exact value, and what DPTD learns of it
//! comes closer to that.

use dpac::algorithm::{CriticPlan, Dptd, ServerLine, Weights};
use dpac::config::Features;
use dpac::exact::policy_value;
use dpac::experiment::{Demonstration, Player, Seen, Stage, subject};
use dpac::features::FiniteMap;
use dpac::policy::{Acting, LogLinear, Policy, Prepared};
use dpac::pomdp::{Definition, Model, builtin, discount_table};
use dpac_actors::host::{self, Observers, Placement};
use dpac_actors::{Algorithm, StepSize};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

const HORIZON: usize = 4;
const CLIENTS: u32 = 8;
const LOCAL_STEPS: u64 = 16;
const SEEDS: u64 = 12;

/// `V^π(b_0)` of the uniform policy, in the problem's own units, by dynamic programming.
fn exact_value(hidden: &Model, horizon: usize) -> f64 {
    let map =
        FiniteMap::window(horizon, hidden.actions(), hidden.observations(), hidden.first_observations(), 0);
    let policy = LogLinear::new(map.expect("a small window"));
    let mut prepared = Prepared::at(&policy, &vec![0.0; policy.parameters()]);
    policy_value(hidden, &policy, &mut prepared, hidden.discount(), 200_000_000).expect("few pairs").0.value
}

/// `Σ_o P(o_0 = o) Σ_a ψ̂_0(o, a) / A` of a society that evaluates the uniform policy with features that see
/// nothing after the first observation. Of later steps such features know the mean over histories, and a
/// policy that sees nothing chooses without regard to them, so that this is the policy's value once ψ̂ has
/// converged.
fn learned_value(definition: &Definition, rounds: u32, seed: u64) -> f64 {
    let hidden = definition.hidden();
    let blind = Features::Window { length: 0, tied: false };
    let subject = subject(definition, HORIZON, hidden.discount(), blind, &blind).expect("small features");
    let plan = CriticPlan {
        rounds,
        local_steps: LOCAL_STEPS,
        alpha: StepSize::constant(0.3),
        eta: StepSize::constant(1.0),
        average_from: rounds / 2,
        weights: Weights::Quadratic,
        server_line: ServerLine::Repaired,
        warm: false,
    };
    let theta = vec![0.0; subject.d_theta()];
    let dptd: Arc<dyn Algorithm> = Arc::new(Dptd::new(subject.workers(), plan, false, theta.into()));
    let options = host::Options {
        clients: CLIENTS,
        threads: 1,
        placement: Placement::Shard,
        wire_check: false,
        counting: true,
        seed,
        stop: Arc::new(AtomicBool::new(false)),
        plant: None,
        tracer: None,
        snapshots: None,
        resume: None,
    };
    let outcome = host::run(&dptd, &options, Observers::default()).expect("no fault");
    let results = outcome.results.expect("nobody stops this run");
    let psi = &results.iter().find(|named| named.name == "psi").expect("a critic").values;
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

/// Root of the mean squared error over seeds 0..12, on normalised rewards, after 8 and after 256 rounds of 16
/// local steps of 8 clients.
///
/// Errors fall as 1/√rounds, so that 32 times the rounds leave 0.18 of them; an estimate of 12 errors is off
/// by up to a factor of 2 either way (the 0.1 % points of χ² with 12 degrees of freedom), hence half. A bias
/// would remain. Where the first error is rounding already there is nothing left to fall.
#[test]
fn dptd_of_every_problem_converges_to_the_exact_value() {
    for name in builtin::names() {
        let definition = builtin::definition(name).expect("a listed problem");
        let hidden = definition.hidden();
        let exact = hidden.units().normalised_value(exact_value(hidden, HORIZON), hidden.discount(), HORIZON);
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

/// Episodes of a demonstration: their mean with its standard error, and the returns that are not 0.
struct Played {
    mean: f64,
    standard_error: f64,
    nonzero: Vec<f64>,
}

fn played<S: Stage>(stage: &S, player: &mut dyn Acting<Seen<S>>, horizon: usize) -> Played {
    let gamma = stage.hidden().discount();
    let discount = discount_table(gamma, horizon);
    let demonstration = Demonstration { horizon, gamma, episodes: EPISODES, seed: 3 };
    let (mut nonzero, mut value) = (Vec::new(), 0.0);
    let returns = demonstration.play(stage, player, |moment| {
        let Some((_, reward)) = moment.acted else { return Ok::<(), std::convert::Infallible>(()) };
        value += discount[moment.step] * reward;
        if moment.step + 1 == horizon {
            let value = std::mem::take(&mut value);
            nonzero.extend((value != 0.0).then_some(value));
        }
        Ok(())
    });
    let returns = returns.unwrap_or_else(|never| match never {});
    Played { mean: returns.mean, standard_error: returns.standard_error, nonzero }
}

const EPISODES: u32 = 1_000_000;

/// Whether `successes` of [`EPISODES`] lie in the central 99.99 % of the binomial distribution.
fn within_binomial(successes: usize, probability: f64) -> bool {
    let n = f64::from(EPISODES);
    let mass = |k: f64| {
        let ways = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
        libm::exp(ways + k * libm::log(probability) + (n - k) * libm::log1p(-probability))
    };
    let up_to: f64 = (0..=successes).map(|k| mass(k as f64)).sum();
    let at_least = 1.0 - up_to + mass(successes as f64);
    up_to.min(at_least) > 0.5e-4
}

#[expect(clippy::float_cmp, reason = "returns of one outcome are the same number")]
fn assert_simulated_as_exact(name: &str, definition: &Definition, horizon: usize) {
    let hidden = definition.hidden();
    let gamma = hidden.discount();
    let blind = Features::Window { length: 0, tied: false };
    let subject = subject(definition, horizon, gamma, blind, &blind).expect("small features");
    let theta = vec![0.0; subject.d_theta()];
    let found = match (definition, subject.player(&theta)) {
        (Definition::Tabular(file), Player::Tabular(mut player)) => played(file, player.as_mut(), horizon),
        (Definition::Gaussian(model), Player::Gaussian(mut player)) => {
            played(model, player.as_mut(), horizon)
        }
        _ => unreachable!("a problem's player sees what it shows"),
    };
    let exact = exact_value(hidden, horizon);
    if found.nonzero.len() < 30 {
        // So few that their number is all there is to judge by; all are of one outcome.
        let one = found.nonzero[0];
        assert!(found.nonzero.iter().all(|&value| value == one), "{name}: {:?}", found.nonzero);
        assert!(
            within_binomial(found.nonzero.len(), exact / one),
            "{name}: {} of {}",
            found.nonzero.len(),
            exact / one
        );
    } else {
        let distance = (found.mean - exact).abs();
        assert!(distance <= 4.0 * found.standard_error, "{name}: {} is not {exact}", found.mean);
        assert!(found.standard_error > 0.0, "{name}");
    }
}

#[test]
fn a_million_episodes_of_every_problem_have_the_exact_value() {
    for name in builtin::names() {
        let definition = builtin::definition(name).expect("a listed problem");
        assert_simulated_as_exact(name, &definition, HORIZON);
    }
    // A lock that is opened some ten times in a million episodes.
    let lock = builtin::find("combination-lock").expect("a listed problem");
    let hard = lock.definition([("actions", 10.0), ("length", 5.0)]).expect("within bounds");
    assert_simulated_as_exact("a hard lock", &hard, 5);
}

#[test]
fn the_binomial_interval_is_neither_empty_nor_everything() {
    // Of a Poisson distribution of mean 10, P(X <= 1) = 5.0e-4 and P(X <= 0) = 4.5e-5; P(X >= 25) = 4.7e-5,
    // P(X >= 24) = 1.2e-4.
    let inside: Vec<bool> = [0, 1, 10, 24, 25].map(|k| within_binomial(k, 1e-5)).to_vec();
    assert_eq!(inside, [false, true, true, true, false]);
}
