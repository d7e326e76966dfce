//! The drift of a round, by every formula that there is for it.

use super::facts::Facts;
use super::quantity::{Bound, Bounded, Group};
use super::sizes::{NO_CRITIC, quantity, rate};
use crate::experiment::CriticFeatures;
use crate::theory::SemiGradients;
use crate::theory::drift::{self, Gradients};

/// α, where it is one number.
fn alpha(facts: &Facts<'_>) -> Result<f64, String> {
    match facts.alpha() {
        Some(alpha) => Ok(alpha),
        None if facts.learns_a_critic() => Err("the run's α is not one number".to_owned()),
        None => Err(NO_CRITIC.to_owned()),
    }
}

/// α, where it is one number and small enough for what is derived.
fn supported(facts: &Facts<'_>) -> Result<f64, String> {
    let most = (1.0 - facts.gamma()) / 4.0;
    match alpha(facts)? {
        alpha if alpha <= most => Ok(alpha),
        _ => Err(format!("it is derived for α of at most (1 - γ)/4 = {most:.6}")),
    }
}

/// The ν of the second branch, which is there for α of at most ν/8; else 0, for there is none.
fn late(facts: &Facts<'_>, alpha: f64) -> f64 {
    match rate(facts) {
        Ok(nu) if alpha <= nu / 8.0 => nu,
        _ => 0.0,
    }
}

/// How far clients are at the first barrier: what runs measure every time.
pub(super) fn at_barrier(facts: &Facts<'_>) -> Vec<Bound> {
    let [_, k] = facts.critic_sizes();
    let at_zero = facts.known.at_zero.as_ref().map_err(Clone::clone);
    let of = at_zero.map(|found| Gradients { noise: found.noise, norm: found.mean_norm });
    let bound =
        supported(facts).and_then(|alpha| Ok(drift::at_barrier(k, alpha, late(facts, alpha), of.clone()?)));
    let law = alpha(facts).and_then(|alpha| Ok(drift::small_alpha_law_at_barrier(k, alpha, of.clone()?)));
    let says = "the mean of ‖ψ^{0,K,m} - ψ̃^0‖² over clients";
    vec![
        Bound {
            key: "displacement_law",
            name: "Displacement at the first barrier, law of small α",
            of: Bounded::Displacement,
            in_order: true,
            says,
            terms: law,
            unmet: unmet(facts, &["α K is as good as 0"]),
        },
        Bound {
            key: "displacement_repaired",
            name: "Displacement at the first barrier, derived with repaired Lemma 5",
            of: Bounded::Displacement,
            in_order: false,
            says,
            terms: bound,
            unmet: unmet(
                facts,
                &["H σ_g² is that at ψ = 0, and may be larger where later local steps are taken"],
            ),
        },
    ]
}

/// What a run does not meet of what displacements are derived from.
fn unmet(facts: &Facts<'_>, always: &[&str]) -> Vec<String> {
    let mut unmet: Vec<String> = always.iter().map(|&what| what.to_owned()).collect();
    if let Some(other) = facts.another_evaluation() {
        unmet.push(format!("the lemma is of Algorithm 2, and the run's algorithm is {other}"));
    }
    if facts.resolved.subject.critic_norm_squared() > 1.0 + 1e-12 {
        unmet.push("features have norms above 1".to_owned());
    }
    if let Ok(CriticFeatures { tied: true, .. }) = facts.known.features {
        unmet.push("steps share one block of ψ".to_owned());
    }
    unmet
}

pub(super) fn of_round(facts: &Facts<'_>) -> Group {
    let nu = rate(facts);
    let [_, k] = facts.critic_sizes();
    let gradients = facts.known.at_zero.as_ref().map_err(Clone::clone);
    let at = |norm: fn(&SemiGradients) -> f64| {
        gradients.clone().map(|found| Gradients { noise: found.noise, norm: norm(found) })
    };
    let (alpha, supported) = (alpha(facts), supported(facts));
    let repaired = supported.clone().map(|alpha| drift::repaired(k, alpha, late(facts, alpha)));
    let of_run = "at the run's K_e and α, with H σ_g² at ψ = 0";
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
