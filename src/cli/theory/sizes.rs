//! Step sizes and sizes as the theorems and corollaries have them.

use super::facts::Facts;
use super::quantity::{Group, Quantity, Value};
use crate::theory::SemiGradients;
use crate::theory::corollaries::{self, Corollary1, interval, square_root};
use crate::theory::schedule::printed;
use crate::theory::theorem_1;
use crate::theory::theorem_2::{Critic, Improvement, LocalSgd};

/// The constant a of Theorem 1 that the schedule `theory` takes.
const A: f64 = 5.0;

pub(super) const NO_CRITIC: &str = "the algorithm learns no critic";
const NO_ACTOR: &str = "the algorithm improves no policy";

/// ν where it is positive.
pub(super) fn rate(facts: &Facts<'_>) -> Result<f64, String> {
    if !facts.learns_a_critic() {
        return Err(NO_CRITIC.to_owned());
    }
    match facts.nu()? {
        nu if nu > 0.0 => Ok(nu),
        _ => Err("ν is 0, since γ = 1".to_owned()),
    }
}

/// H σ_g², G and σ_g² at ψ = 0.
pub(super) fn noise_norm_and_variance(facts: &Facts<'_>) -> Result<[f64; 3], String> {
    let largest = |variances: &[f64]| variances.iter().fold(0.0, |most: f64, &x| most.max(x));
    Ok([
        number(facts.at_zero(|found| found.noise, |batch| batch.noise))?,
        number(facts.at_zero(|found| found.norm, |batch| batch.norm))?,
        number(facts.at_zero(SemiGradients::largest_variance, |batch| largest(&batch.variances)))?,
    ])
}

pub(super) fn quantity(
    (key, symbol, name): (&'static str, &'static str, &'static str),
    equation: &'static str,
    value: Result<f64, String>,
    how: impl Into<String>,
) -> Quantity {
    Quantity { key, symbol, name, value: Value::of(value), equation, how: how.into() }
}

/// T and M of one evaluation.
fn evaluation(facts: &Facts<'_>) -> Result<(f64, f64), String> {
    if facts.learns_a_critic() { Ok((facts.t_e(), facts.m())) } else { Err(NO_CRITIC.to_owned()) }
}

pub(super) fn corollary_1(facts: &Facts<'_>) -> Result<Corollary1, String> {
    let (trajectories, clients) = evaluation(facts)?;
    let [noise, norm, _] = noise_norm_and_variance(facts)?;
    Ok(Corollary1 { trajectories, clients, noise, norm })
}

pub(super) fn of_evaluation(facts: &Facts<'_>) -> Group {
    let nu = rate(facts);
    let [_, steps] = facts.critic_sizes();
    let alpha = nu.clone().map(|nu| nu / (16.0 * facts.t_e()));
    let sizes = corollary_1(facts);
    let first = evaluation(facts)
        .map(|(trajectories, clients)| Corollary1 { trajectories, clients, noise: 0.0, norm: 0.0 }.first());
    let of = |number: &dyn Fn(&Corollary1) -> f64| sizes.as_ref().map(number).map_err(Clone::clone);
    let t = "T = R_e K_e of one evaluation";
    let enough = nu.clone().and_then(|nu| of(&|sizes| sizes.enough(nu)));
    let has_enough = match (&enough, &sizes) {
        (Ok(enough), Ok(sizes)) if sizes.trajectories / sizes.clients >= *enough => "; T/M is as large",
        (Ok(_), Ok(_)) => "; T/M is smaller",
        _ => "",
    };
    Group {
        name: "steps and sizes of an evaluation",
        quantities: vec![
            quantity(("alpha_max", "α", "the largest local step, ν/(16 T)"), "Theorem 1", alpha.clone(), t),
            quantity(
                ("iota_0", "ι_0", "1/ν, the first composite step for any a"),
                "Theorem 1",
                nu.clone().map(|nu| 1.0 / nu),
                "closed form",
            ),
            quantity(
                ("eta_0", "η_0", "ι_0/(α K_e)"),
                "Theorem 1",
                nu.clone().and_then(|nu| Ok(1.0 / (nu * alpha.clone()? * steps))),
                "closed form",
            ),
            quantity(
                ("r_0_printed", "R_0", "128 a/ν² rounds before any is averaged, a = 5"),
                "Theorem 1",
                nu.clone().map(|nu| 128.0 * A / (nu * nu)),
                "closed form",
            ),
            quantity(
                ("r_0", "r_0", "64 a/(ν (1 - γ)) in ι_r = a/(ν (r + r_0)), a = 12"),
                "repaired Theorem 1",
                nu.clone().map(|nu| 64.0 * theorem_1::A / (nu * (1.0 - facts.gamma()))),
                "closed form",
            ),
            quantity(
                ("k_first", "K, 1st term", "T^(2/3)/M^(1/3), the one that the program takes"),
                "Corollary 1",
                first,
                t,
            ),
            quantity(
                ("k_second_printed", "K, 2nd term", "√((2/e) (H σ_g²/G) T/M), as printed"),
                "Corollary 1",
                of(&|sizes| sizes.printed()[0]),
                t,
            ),
            quantity(
                ("k_third_printed", "K, 3rd term", "T/M, as printed"),
                "Corollary 1",
                of(&|sizes| sizes.printed()[1]),
                t,
            ),
            quantity(
                ("k_minimum_printed", "K printed", "the least of the three"),
                "Corollary 1",
                of(&|sizes| sizes.minimum(sizes.printed())),
                t,
            ),
            quantity(
                ("k_second", "K, 2nd term", "√((2/e) H σ_g² T/(G² M))"),
                "repaired Corollary 1",
                of(&|sizes| sizes.repaired()[0]),
                t,
            ),
            quantity(
                ("k_third", "K, 3rd term", "(2/e) T/M"),
                "repaired Corollary 1",
                of(&|sizes| sizes.repaired()[1]),
                t,
            ),
            quantity(
                ("k_minimum", "K", "the least of the first and these"),
                "repaired Corollary 1",
                of(&|sizes| sizes.minimum(sizes.repaired())),
                t,
            ),
            quantity(
                ("enough", "T/M", "from which on the first term is taken alone: G²/(ν² H σ_g²)"),
                "Corollary 1",
                enough,
                format!("closed form{has_enough}"),
            ),
            quantity(
                ("n_eval", "N M ε", "H σ_g²/ν² + H d_Q, for trajectories N and an error ε"),
                "Corollary 1",
                nu.and_then(|nu| {
                    let [noise, ..] = noise_norm_and_variance(facts)?;
                    Ok(corollaries::of_evaluation(noise, nu, facts.stacked()))
                }),
                "closed form",
            ),
        ],
    }
}

/// q, and `a = q I + 4` at the run's I.
pub(super) fn q_and_a(facts: &Facts<'_>) -> Result<[f64; 2], String> {
    if facts.evaluates() {
        return Err(NO_ACTOR.to_owned());
    }
    let [mu_f, l] = facts.convexity()?;
    let [_, _, interval] = facts.actor_sizes();
    let q = printed::q(l, mu_f, facts.m());
    Ok([q, q * interval + 4.0])
}

pub(super) fn local_sgd(facts: &Facts<'_>) -> Result<LocalSgd, String> {
    let [_, a] = q_and_a(facts)?;
    let [mu_f, smoothness] = facts.convexity()?;
    let [noise, start, _] = of_regression(facts)?;
    let [_, local_steps, interval] = facts.actor_sizes();
    Ok(LocalSgd { mu_f, smoothness, noise, start, a, clients: facts.m(), local_steps, interval })
}

/// `σ_w²`, the larger one of those at 0 and at the solution; `ε_stat(0)`; `ε_approx`.
fn of_regression(facts: &Facts<'_>) -> Result<[f64; 3], String> {
    let at_zero = number(facts.regression(|found| found.noise_at_zero, |batch| batch.noise_at_zero))?;
    let solved = number(facts.regression(|found| found.noise_at_solution, |batch| batch.noise_at_solution))?;
    let least = number(facts.regression(|found| found.approximation, |batch| batch.approximation))?;
    let all = number(facts.regression(|found| found.at_zero, |batch| batch.at_zero))?;
    Ok([at_zero.max(solved), (all - least).max(0.0), least])
}

/// The number of a record, or why there is none.
fn number(value: Value) -> Result<f64, String> {
    match value {
        Value::Missing(why) => Err(why),
        found => Ok(found.number().unwrap_or_default()),
    }
}

/// What Theorem 2 depends on, of the first policy and the exact Q.
pub(super) fn improvement(facts: &Facts<'_>) -> Result<Improvement, String> {
    if facts.evaluates() {
        return Err(NO_ACTOR.to_owned());
    }
    let [noise, _, approximation] = of_regression(facts)?;
    let coverage = facts.known.coverage.as_ref().map_err(Clone::clone)?;
    let [mu_f, smoothness] = facts.convexity()?;
    let [rounds, local_steps, _] = facts.actor_sizes();
    Ok(Improvement {
        horizon: facts.h(),
        w: facts.w(),
        beta: facts.resolved.subject.actor_norm_squared(),
        divergence: coverage.divergence,
        kappa: coverage.kappa,
        mu_f,
        smoothness,
        noise,
        approximation,
        clients: facts.m(),
        rounds,
        local_steps,
    })
}

/// What Theorem 3 takes from the critic.
pub(super) fn critic(facts: &Facts<'_>) -> Result<Critic, String> {
    let nu = rate(facts)?;
    let [_, _, variance] = noise_norm_and_variance(facts)?;
    Ok(Critic { nu, dimension: facts.resolved.subject.d_q() as f64, variance, trajectories: facts.t_e() })
}

pub(super) fn of_improvement(facts: &Facts<'_>) -> Group {
    let steps = q_and_a(facts);
    let of = |number: &dyn Fn([f64; 2]) -> f64| steps.clone().map(number);
    let improves = if facts.evaluates() { Err(NO_ACTOR.to_owned()) } else { Ok(()) };
    let [rounds, ..] = facts.actor_sizes();
    let coverage = facts.known.coverage.as_ref().map_err(Clone::clone);
    let beta = facts.resolved.subject.actor_norm_squared();
    let eta = improves
        .clone()
        .and_then(|()| Ok((2.0 * coverage?.divergence / beta).sqrt() / (facts.w() * rounds.sqrt())));
    let evaluations = if facts.learns_a_critic() { improves.clone() } else { Err(NO_CRITIC.to_owned()) };
    let found = improvement(facts);
    let zeta_0 = steps.clone().and_then(|[_, a]| Ok(4.0 / (facts.convexity()?[0] * a)));
    Group {
        name: "steps and sizes of improvement",
        quantities: vec![
            quantity(
                ("q", "q", "the smallest with q exp(-2/q) ≥ (L/μ_F) √(192 (M+1)/M)"),
                "Theorem 2, < read as ≥",
                of(&|[q, _]| q),
                "bisection",
            ),
            quantity(
                ("a_f", "a", "q I + 4, which K must pass by much"),
                "Theorem 2",
                of(&|[_, a]| a),
                "closed form",
            ),
            quantity(
                ("zeta_0", "ζ_0", "4/(μ_F a), the first step of the regression"),
                "Theorem 2",
                zeta_0,
                "closed form",
            ),
            quantity(("eta", "η", "√(2D/β)/(W √R)"), "Theorem 2", eta, "closed form"),
            quantity(
                ("k", "K", "√(T/M)"),
                "Corollaries 2 and 3",
                improves.clone().map(|()| square_root(facts.t(), facts.m())),
                "T = R K",
            ),
            quantity(
                ("r", "R", "√(M T)"),
                "Corollaries 2 and 3",
                improves.clone().map(|()| (facts.m() * facts.t()).sqrt()),
                "T = R K",
            ),
            quantity(
                ("i", "I", "T^(1/3)/M^(2/3), local steps between two barriers"),
                "Theorem 2",
                improves.clone().map(|()| interval(facts.t(), facts.m())),
                "T = R K",
            ),
            quantity(
                ("t_e", "T_e", "K, trajectories of an evaluation"),
                "Corollary 3",
                evaluations.clone().map(|()| square_root(facts.t(), facts.m())),
                "T = R K",
            ),
            quantity(
                ("r_e", "R_e", "(M T_e)^(1/3), rounds of an evaluation"),
                "Corollaries 1 and 3",
                evaluations
                    .map(|()| corollaries::evaluation_rounds(square_root(facts.t(), facts.m()), facts.m())),
                "T = R K",
            ),
            quantity(
                ("n_improve_printed", "N M ε⁴", "H⁴W⁴β²D² + κ²/μ_F⁴ H²L²σ_w², as printed"),
                "Corollary 2",
                found.clone().map(|found| found.corollary_2_printed()),
                "closed form",
            ),
            quantity(
                ("n_improve", "N M ε⁴", "the same with σ_w⁴"),
                "after Corollary 2",
                found.clone().map(|found| found.corollary_2()),
                "closed form",
            ),
            quantity(
                ("n_total_printed", "N M ε⁴", "C² as printed, with σ_g² for the actor"),
                "Corollary 3",
                found.clone().and_then(|found| Ok(found.corollary_3_printed(critic(facts)?))),
                "closed form",
            ),
            quantity(
                ("n_total", "N M ε⁴", "C² with σ_w² for the actor"),
                "after Corollary 3",
                found.and_then(|found| Ok(found.corollary_3(critic(facts)?))),
                "closed form",
            ),
            quantity(
                ("lemma_11", "ε_stat", "at most this on average after K steps"),
                "Lemma 11",
                local_sgd(facts).map(|sgd| crate::theory::bound::sum(&sgd.lemma_11())),
                "Equation 62 with its constants, at the steps ζ_k of Theorem 2",
            ),
        ],
    }
}
