//! The drift of a round, by every formula that there is for it.

use super::facts::Facts;
use super::quantity::Group;
use super::sizes::{NO_CRITIC, quantity, rate};
use crate::theory::SemiGradients;
use crate::theory::drift::{self, Gradients};

pub(super) fn of_round(facts: &Facts<'_>) -> Group {
    let nu = rate(facts);
    let [_, k] = facts.critic_sizes();
    let gradients = facts.known.at_zero.as_ref().map_err(Clone::clone);
    let at = |norm: fn(&SemiGradients) -> f64| {
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
            Err(format!("it is derived for α of at most (1 - γ)/4 = {most:.6}"))
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
