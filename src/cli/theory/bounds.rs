//! The right-hand sides of the theorems.

use super::drift;
use super::facts::Facts;
use super::quantity::{Bound, Bounded};
use super::sizes::{critic, improvement, noise_norm_and_variance};
use crate::experiment::CriticFeatures;
use crate::theory::theorem_1::{Evaluation, ROUNDS_MIN, Repaired};

pub(super) fn all(facts: &Facts<'_>) -> Vec<Bound> {
    let mut bounds = Vec::new();
    if facts.learns_a_critic() {
        bounds.extend(theorem_1(facts));
        bounds.extend(drift::at_barrier(facts));
    }
    if !facts.evaluates() {
        bounds.extend(theorems_2_and_3(facts));
    }
    bounds
}

fn evaluation(facts: &Facts<'_>) -> Result<Evaluation, String> {
    let nu = facts.nu()?;
    let [noise, norm, _] = noise_norm_and_variance(facts)?;
    let [rounds, local_steps] = facts.critic_sizes();
    let (gamma, stacked, clients) = (facts.gamma(), facts.stacked(), facts.m());
    Ok(Evaluation { gamma, stacked, nu, noise, norm, clients, rounds, local_steps })
}

/// What Theorem 1 takes for granted and the run does not have, beyond steps.
fn unmet_of_evaluation(facts: &Facts<'_>) -> Vec<String> {
    let mut unmet = Vec::new();
    if let Some(other) = facts.another_evaluation() {
        unmet.push(format!("the theorem is of Algorithm 2, and the run's algorithm is {other}"));
    }
    unmet.push("H σ_g² and G are those at ψ = 0, and later iterates have others".to_owned());
    match &facts.known.solution {
        Ok(solution) if solution.is_exact() => {}
        Ok(solution) => {
            unmet.push(format!("Q is not linear in the features: E(ψ*) is {:.3e}", solution.error));
        }
        Err(why) => unmet.push(format!("whether Q is linear in the features is not known: {why}")),
    }
    if facts.resolved.subject.critic_norm_squared() > 1.0 + 1e-12 {
        unmet.push("features have norms above 1".to_owned());
    }
    if let (Some(alpha), Ok(nu)) = (facts.alpha(), facts.nu()) {
        let most = nu / (16.0 * facts.t_e());
        if alpha > most {
            unmet.push(format!("the run's α = {alpha} is above ν/(16 T) = {most:.3e}"));
        }
    }
    unmet
}

fn theorem_1(facts: &Facts<'_>) -> [Bound; 3] {
    let evaluation = evaluation(facts);
    let mut unmet = unmet_of_evaluation(facts);
    let steps = "steps of Theorem 1, which the run takes with schedule = \"theory\" only";
    let takes_theirs = facts.resolved.config.schedule == crate::config::Schedule::Theory;
    let mut printed = unmet.clone();
    if !takes_theirs {
        printed.push(steps.to_owned());
    }
    if let Ok(nu) = facts.nu() {
        let prescribed = 640.0 / (nu * nu);
        let [rounds, _] = facts.critic_sizes();
        if prescribed >= rounds {
            printed.push(format!("R_0 = {prescribed:.3e} rounds are not fewer than R_e = {rounds}"));
        }
    }
    if let Ok(CriticFeatures { tied: true, .. }) = facts.known.features {
        unmet.push("steps share one block of ψ".to_owned());
    }
    unmet.push("steps ι_r = 12/(ν (r + r_0)), weights (r + r_0)², which no schedule has".to_owned());
    let start = match &facts.known.solution {
        Ok(solution) => solution.norm_squared,
        // Equation 24.
        Err(_) => facts.stacked(),
    };
    let repaired = |of: fn(Repaired) -> Vec<crate::theory::bound::Term>| {
        let found = evaluation.clone()?.repaired(start);
        found.map(of).ok_or_else(|| format!("ν is 0, or there are fewer than {ROUNDS_MIN} rounds"))
    };
    [
        Bound {
            key: "theorem_1_printed",
            name: "Theorem 1, Equation 12, as printed",
            of: Bounded::BellmanError,
            in_order: true,
            says: "the mean of E(ψ̂), in order: constants and logarithms are left out; ν is block by block",
            terms: evaluation.clone().and_then(|evaluation| {
                if evaluation.nu > 0.0 {
                    Ok(evaluation.printed())
                } else {
                    Err("ν is 0, since γ = 1".to_owned())
                }
            }),
            unmet: printed,
        },
        Bound {
            key: "theorem_1_repaired",
            name: "Theorem 1, repaired",
            of: Bounded::BellmanError,
            in_order: false,
            says: "the mean of E(ψ̂), with every constant; G is that of ψ = 0, for ‖E g(ψ̃^r)‖ in all rounds",
            terms: repaired(|found| found.with_norm),
            unmet: unmet.clone(),
        },
        Bound {
            key: "theorem_1_without_g",
            name: "Theorem 1, repaired, without G",
            of: Bounded::BellmanError,
            in_order: false,
            says: "the mean of E(ψ̂), with every constant, by ‖E g(ψ)‖² ≤ 8 E(ψ)",
            terms: repaired(|found| found.without_norm),
            unmet,
        },
    ]
}

fn theorems_2_and_3(facts: &Facts<'_>) -> Vec<Bound> {
    let improvement = improvement(facts);
    let mut unmet = vec![
        "κ, μ_F, L, σ_w² and ε_approx are those of the first policy, and those of later ones are others"
            .to_owned(),
    ];
    if let Some(other) = facts.another_improvement() {
        unmet.push(format!("the theorem is of Algorithms 1 and 3, and the run's algorithm is {other}"));
    }
    let target = facts.resolved.config.actor.target;
    if target != crate::config::Target::Q {
        unmet.push("the run's regression has another target than L_Q".to_owned());
    }
    if facts.resolved.config.schedule != crate::config::Schedule::Theory {
        unmet.push(
            "steps ζ_k and η of Theorem 2, which the run takes with schedule = \"theory\" only".to_owned(),
        );
    }
    let mut bounds = vec![Bound {
        key: "theorem_2",
        name: "Theorem 2, Equation 15, as printed",
        of: Bounded::MeanGap,
        in_order: true,
        says: "V^{π*} less the mean value of the policies, in order; rewards scaled to [0, 1], Q exact",
        terms: improvement.clone().map(|improvement| improvement.theorem_2()),
        unmet: unmet.clone(),
    }];
    if facts.learns_a_critic() {
        unmet.extend(unmet_of_evaluation(facts));
        bounds.push(Bound {
            key: "theorem_3",
            name: "Theorem 3, Equation 17, as printed",
            of: Bounded::MeanGap,
            in_order: true,
            says: "V^{π*} less the mean value of the policies, in order; rewards scaled to [0, 1]",
            terms: improvement.and_then(|improvement| Ok(improvement.theorem_3(critic(facts)?))),
            unmet,
        });
    }
    bounds
}
