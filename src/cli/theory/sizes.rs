//! Step sizes and sizes as the theorems have them, the drift that they allow, orders, and what the bounds ask
//! for.

use super::facts::Facts;
use super::quantity::{Advice, Group, Quantity, Value};
use crate::theory::advice::{fewest_steps, largest_interval};
use crate::theory::corollaries::{Corollary1, interval, square_root};
use crate::theory::drift::{self, Gradients};
use crate::theory::orders::{self, Order};
use crate::theory::schedule::printed;
use crate::theory::theorem_1;
use crate::theory::theorem_2::LocalSgd;

/// The constant a of Theorem 1 that the schedule `theory` takes.
const A: f64 = 5.0;

const NO_CRITIC: &str = "the algorithm learns no critic";
const NO_ACTOR: &str = "the algorithm improves no policy";

/// ν where it is positive.
fn rate(facts: &Facts<'_>) -> Result<f64, String> {
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
    let of = |value: Value| match value {
        Value::Missing(why) => Err(why),
        found => Ok(found.number().unwrap_or_default()),
    };
    let largest = |variances: &[f64]| variances.iter().fold(0.0, |most: f64, &x| most.max(x));
    Ok([
        of(facts.at_zero(|found| found.noise, |batch| batch.noise))?,
        of(facts.at_zero(|found| found.norm, |batch| batch.norm))?,
        of(facts.at_zero(|found| found.largest_variance(), |batch| largest(&batch.variances)))?,
    ])
}

fn quantity(
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

fn corollary_1(facts: &Facts<'_>) -> Result<Corollary1, String> {
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
        ],
    }
}

/// `a = q I + 4` and what goes with it, at the run's I.
fn local_sgd(facts: &Facts<'_>) -> Result<(LocalSgd, f64), String> {
    if facts.evaluates() {
        return Err(NO_ACTOR.to_owned());
    }
    let found = facts.known.regression.as_ref().map_err(Clone::clone)?;
    let [_, local_steps, interval] = facts.actor_sizes();
    let q = printed::q(found.smoothness, found.mu_f, facts.m());
    let of = LocalSgd {
        mu_f: found.mu_f,
        smoothness: found.smoothness,
        noise: found.noise_at_zero.max(found.noise_at_solution),
        start: found.statistical_at_zero(),
        a: q * interval + 4.0,
        clients: facts.m(),
        local_steps,
        interval,
    };
    Ok((of, q))
}

pub(super) fn of_improvement(facts: &Facts<'_>) -> Group {
    let sgd = local_sgd(facts);
    let of = |number: &dyn Fn(&(LocalSgd, f64)) -> f64| sgd.as_ref().map(number).map_err(Clone::clone);
    let improves = if facts.evaluates() { Err(NO_ACTOR.to_owned()) } else { Ok(()) };
    let [rounds, ..] = facts.actor_sizes();
    let coverage = facts.known.coverage.as_ref().map_err(Clone::clone);
    let beta = facts.resolved.subject.actor_norm_squared();
    let eta = improves
        .clone()
        .and_then(|()| Ok((2.0 * coverage?.divergence / beta).sqrt() / (facts.w() * rounds.sqrt())));
    let lemma_11 = of(&|(sgd, _)| crate::theory::bound::sum(&sgd.lemma_11()));
    Group {
        name: "steps and sizes of improvement",
        quantities: vec![
            quantity(
                ("q", "q", "the smallest with q exp(-2/q) ≥ (L/μ_F) √(192 (M+1)/M)"),
                "Theorem 2, < read as ≥",
                of(&|&(_, q)| q),
                "bisection",
            ),
            quantity(
                ("a_f", "a", "q I + 4, which K must pass by much"),
                "Theorem 2",
                of(&|(sgd, _)| sgd.a),
                "closed form",
            ),
            quantity(
                ("zeta_0", "ζ_0", "4/(μ_F a), the first step of the regression"),
                "Theorem 2",
                of(&|(sgd, _)| 4.0 / (sgd.mu_f * sgd.a)),
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
                improves.map(|()| interval(facts.t(), facts.m())),
                "T = R K",
            ),
            quantity(
                ("lemma_11", "ε_stat", "at most this on average after K steps"),
                "Lemma 11",
                lemma_11,
                "Equation 62 with its constants, at the steps ζ_k of Theorem 2",
            ),
        ],
    }
}

pub(super) fn drift(facts: &Facts<'_>) -> Group {
    let nu = rate(facts);
    let [_, k] = facts.critic_sizes();
    let gradients = facts.known.at_zero.as_ref().map_err(Clone::clone);
    let at = |norm: fn(&crate::theory::SemiGradients) -> f64| {
        gradients.clone().map(|found| Gradients { noise: found.noise, norm: norm(found) })
    };
    let alpha = match facts.alpha() {
        Some(alpha) => Ok(alpha),
        None if facts.learns_a_critic() => Err("the run's α is not one number".to_owned()),
        None => Err(NO_CRITIC.to_owned()),
    };
    let most = (1.0 - facts.gamma()) / 4.0;
    let supported = alpha.clone().and_then(|alpha| {
        if alpha <= most {
            Ok(alpha)
        } else {
            Err(format!("it is derived for α of at most (1 - γ)/4 = {most}"))
        }
    });
    let late = |alpha: f64| match &nu {
        Ok(nu) if alpha <= nu / 8.0 => *nu,
        // Without the second branch.
        _ => 0.0,
    };
    let repaired = supported.clone().map(|alpha| drift::repaired(k, alpha, late(alpha)));
    let of_run = "at the run's K_e and α";
    Group {
        name: "drift of a round from ψ = 0",
        quantities: vec![
            quantity(
                ("gamma_lemma_5", "Γ", "(e/ν²) (1 - (1 + ν) e^(-νK)), as printed"),
                "Lemma 5",
                nu.clone().map(|nu| drift::lemma_5(k, nu)),
                "at the run's K_e",
            ),
            quantity(
                ("gamma_31", "Γ", "e (1 - (1 + νK) e^(-νK))/ν², as printed"),
                "Equation 31",
                nu.clone().map(|nu| drift::equation_31(k, nu)),
                "at the run's K_e",
            ),
            quantity(
                ("gamma_repaired", "Γ", "e min(K²/2, 2K/(α ν)), the second for α ≤ ν/8"),
                "repaired Lemma 5",
                repaired.clone(),
                of_run,
            ),
            quantity(
                ("drift_printed", "drift", "at most Γ (H σ_g²/K + 2 G²) α², Γ of Equation 31"),
                "Lemma 5",
                nu.clone().and_then(|nu| {
                    let gamma = drift::equation_31(k, nu);
                    Ok(drift::bound(gamma, alpha.clone()?, k, at(|found| found.norm)?))
                }),
                of_run,
            ),
            quantity(
                ("drift_repaired", "drift", "at most the repaired Γ (H σ_g²/K + 2 G_r²) α²"),
                "repaired Lemma 5",
                repaired.and_then(|gamma| {
                    Ok(drift::bound(gamma, supported.clone()?, k, at(|found| found.mean_norm)?))
                }),
                of_run,
            ),
            quantity(
                ("drift_law", "drift", "what small α give: α² (G_r² (K-1)(2K-1)/6 + H σ_g² (K-1)/2)"),
                "not in the paper",
                alpha.clone().and_then(|alpha| {
                    Ok(alpha * alpha * drift::small_alpha_law(k, at(|found| found.mean_norm)?))
                }),
                of_run,
            ),
        ],
    }
}

pub(super) fn orders(facts: &Facts<'_>) -> Vec<(&'static str, Vec<Order>)> {
    if facts.evaluates() {
        return Vec::new();
    }
    let mut found = vec![("barriers of the actor", orders::actor(facts.m(), facts.t()).to_vec())];
    if facts.learns_a_critic() {
        found.push(("barriers of the critic, T_e = K", orders::critic(facts.m(), facts.t()).to_vec()));
    }
    found
}

pub(super) fn advice(facts: &Facts<'_>) -> Vec<Advice> {
    let whole = |found: Result<f64, String>| Value::of(found.map(|x| x.floor().max(1.0)));
    let mut advice = Vec::new();
    if facts.learns_a_critic() {
        let steps = corollary_1(facts).map(|sizes| sizes.minimum(sizes.repaired()));
        let rounds = steps.clone().map(|k| (facts.t_e() / k.floor().max(1.0)).ceil());
        advice.push(Advice {
            size: "K_e",
            value: whole(steps),
            reason: "the minimum of Corollary 1, repaired: with more, a term of its bound outweighs that of the noise, \
                     which falls as 1/(M T)"
                .to_owned(),
        });
        advice.push(Advice {
            size: "R_e",
            value: Value::of(rounds),
            reason: format!("the {} trajectories of each client in rounds of that length", facts.t_e()),
        });
    }
    if !facts.evaluates() {
        let sgd = local_sgd(facts);
        let [_, steps, interval] = facts.actor_sizes();
        let fewest = sgd.as_ref().map(|(sgd, _)| fewest_steps(*sgd).ceil()).map_err(Clone::clone);
        let widest = sgd.map(|(sgd, q)| largest_interval(sgd, q) as f64);
        advice.push(Advice {
            size: "K",
            value: Value::of(fewest),
            reason: format!(
                "at least, for I = {interval}: with fewer, where a regression begins outweighs its noise in Lemma 11; here K = {steps}"
            ),
        });
        advice.push(Advice {
            size: "I",
            value: Value::of(widest),
            reason: format!(
                "at most, for K = {steps}: with more, the term of local steps in Lemma 11 outweighs that of the noise; here I = {interval}"
            ),
        });
    }
    advice
}
