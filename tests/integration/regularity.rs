//! The constants of the theorems on problems drawn from seeds: they are ordered as their definitions say.

use dpac::config::Features;
use dpac::experiment::{Regularity, Subject, subject};
use dpac::pomdp::builtin;
use dpac::theory::drift::{self, Gradients};

const BLIND: Features = Features::Window { length: 0, tied: false };
const HORIZON: usize = 3;

fn drawn(seed: u32, gamma: f64, actor: &Features) -> Box<dyn Subject> {
    let entry = builtin::find("random").expect("a built-in problem");
    let parameters = [("seed", f64::from(seed)), ("states", 3.0), ("observations", 2.0)];
    let problem = entry.definition(parameters).expect("parameters in their ranges");
    subject(&problem, HORIZON, gamma, *actor, &Features::History).expect("a small problem")
}

fn known(subject: &dyn Subject, theta: &[f64]) -> Regularity {
    subject.regularity(theta, 100_000_000)
}

/// Parameters that prefer some actions, from a seed.
fn theta(parameters: usize, seed: u32) -> Vec<f64> {
    (0..parameters).map(|i| f64::from((7 * i as u32 + 5 * seed) % 11) / 5.0 - 1.0).collect()
}

#[test]
fn rates_and_noise_of_drawn_problems_are_ordered_as_their_definitions_say() {
    for seed in 0..6 {
        for gamma in [0.5, 0.9, 1.0] {
            let subject = drawn(seed, gamma, &BLIND);
            let known = known(&*subject, &theta(subject.d_theta(), seed));
            let features = known.features.expect("a small problem");
            let c = 1.0 - gamma.sqrt() * libm::cos(std::f64::consts::PI / (HORIZON as f64 + 1.0));
            let nu_eff = features.nu_eff.clone().expect("a small problem");
            // <x, A x> ≥ 2c E(x) ≥ c μ ‖x‖², and c ≥ (1 - γ)/2.
            assert!(nu_eff >= c * features.mu_phi * (1.0 - 1e-9), "seed {seed}, γ = {gamma}: {features:?}");
            assert!(c >= (1.0 - gamma) / 2.0);
            assert!(features.lambda_phi >= features.mu_phi && !features.tied);

            for found in [known.at_zero.expect("small"), known.solution.expect("small").semi_gradients] {
                assert!(found.norm >= found.mean_norm);
                // Steps have blocks of their own, so that what each adds is all that there is.
                let sum = found.variances.iter().fold(0.0, |sum, x| sum + x);
                assert!((sum / found.noise - 1.0).abs() < 1e-9, "seed {seed}: {sum} {found:?}");
                let of = Gradients { noise: found.noise, norm: found.mean_norm };
                for steps in [1.0, 2.0, 30.0, 1000.0] {
                    let bound = drift::bound(drift::repaired(steps, 1e-9, 0.0), 1.0, steps, of);
                    assert!(drift::small_alpha_law(steps, of) <= bound, "seed {seed}, K = {steps}");
                }
            }
        }
    }
}

#[test]
fn an_optimal_policy_is_covered_the_better_the_likelier_its_actions_are() {
    for seed in 0..6 {
        let subject = drawn(seed, 0.9, &Features::History);
        let parameters = subject.d_theta();
        let uniform = known(&*subject, &vec![0.0; parameters]).coverage.expect("a closed form");
        assert!((uniform.kappa - 8.0).abs() < 1e-12 && (uniform.divergence - libm::log(2.0)).abs() < 1e-15);
        let other = known(&*subject, &theta(parameters, seed)).coverage.expect("a small problem");
        // Every factor 1/π(a | z) lies between 1 and e^D.
        assert!(
            other.kappa > 1.0 && other.kappa <= libm::exp(3.0 * other.divergence),
            "seed {seed}: {other:?}"
        );
        // Parameters so small that the policy is uniform up to rounding go the long way to the same numbers.
        let tiny: Vec<f64> = theta(parameters, seed).iter().map(|x| 1e-13 * x).collect();
        let by_recursion = known(&*subject, &tiny).coverage.expect("a small problem");
        assert!((by_recursion.kappa / uniform.kappa - 1.0).abs() < 1e-11, "seed {seed}: {by_recursion:?}");
        assert!((by_recursion.divergence / uniform.divergence - 1.0).abs() < 1e-11);
    }
}

#[test]
fn regressions_of_tabular_actors_leave_nothing_over_and_their_solutions_are_below_w() {
    for seed in 0..4 {
        let subject = drawn(seed, 0.9, &Features::History);
        let zero = vec![0.0; subject.d_theta()];
        let found = known(&*subject, &zero).regression.expect("a small problem");
        assert!(found.approximation.abs() <= 0.0 && found.noise_at_solution.abs() <= 0.0, "{found:?}");
        assert!((found.statistical_at_zero() - found.at_zero).abs() <= 0.0 && found.noise_at_zero > 0.0);
        let w = (subject.d_theta() as f64).sqrt() * (1.0 + 0.9 + 0.81);
        assert!(found.solution_norm < w, "{found:?}");

        // Who sees less leaves more.
        let blind = drawn(seed, 0.9, &BLIND);
        let less = known(&*blind, &vec![0.0; blind.d_theta()]).regression.expect("a small problem");
        assert!(less.approximation > 0.0 && less.noise_at_solution > 0.0);
        assert!((less.at_zero / found.at_zero - 1.0).abs() < 1e-12, "both are E Σ_h γ^h Q_h²");
    }
}
