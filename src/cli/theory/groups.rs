//! The constants: of features, of noise, of the actor, of the problem.

use super::facts::Facts;
use super::quantity::{Group, Quantity, Value};
use crate::experiment::CriticFeatures;
use crate::theory::{Batch, Regression, SemiGradients};

/// What stands where the paper has no such number.
const OURS: &str = "not in the paper";

pub(super) fn features(facts: &Facts<'_>) -> Group {
    let of = |number: &dyn Fn(&CriticFeatures) -> Result<f64, String>| {
        facts.known.features.as_ref().map_err(Clone::clone).and_then(number)
    };
    let rate = 1.0 - facts.gamma();
    let printed = |features: &CriticFeatures| {
        features.definition_3.ok_or_else(|| "steps differ in their number of features".to_owned())
    };
    let weakest = match &facts.known.features {
        Ok(CriticFeatures { weakest_step: Some(step), .. }) => format!("; least at step {step}"),
        Ok(CriticFeatures { tied: true, .. }) => "; steps share one block".to_owned(),
        _ => String::new(),
    };
    let how = "second moments, enumerated; eigenvalues";
    let monotone = 1.0 - facts.gamma().sqrt() * libm::cos(std::f64::consts::PI / (facts.h() + 1.0));
    Group {
        name: "constants of the critic's features",
        quantities: vec![
            Quantity {
                key: "mu_phi_printed",
                symbol: "μ_φ printed",
                name: "λ_min of Σ_h γ^h E φφ'",
                value: Value::of(of(&printed)),
                equation: "Definition 3",
                how: how.to_owned(),
            },
            Quantity {
                key: "mu_phi",
                symbol: "μ_φ",
                name: "block by block: the least γ^h λ_min⁺(E φφ') of a step",
                value: Value::of(of(&|features| Ok(features.mu_phi))),
                equation: "docs/readings.md, of Definition 3",
                how: format!("{how}{weakest}"),
            },
            Quantity {
                key: "lambda_phi",
                symbol: "λ_φ",
                name: "λ_max of the same matrix",
                value: Value::of(of(&|features| Ok(features.lambda_phi))),
                equation: OURS,
                how: how.to_owned(),
            },
            Quantity {
                key: "nu_printed",
                symbol: "ν printed",
                name: "(1 - γ) times μ_φ as printed",
                value: Value::of(of(&|features| Ok(printed(features)? * rate))),
                equation: "Definition 3",
                how: "product".to_owned(),
            },
            Quantity {
                key: "nu",
                symbol: "ν",
                name: "(1 - γ) times μ_φ block by block",
                value: Value::of(facts.nu()),
                equation: "docs/readings.md, of Definition 3",
                how: "product".to_owned(),
            },
            Quantity {
                key: "nu_eff",
                symbol: "ν_eff",
                name: "λ_min of (A + A')/2 on the span of the features: the rate that TD has",
                value: Value::of(of(&|features| features.nu_eff.clone())),
                equation: OURS,
                how: how.to_owned(),
            },
            Quantity {
                key: "monotone",
                symbol: "c",
                name: "<x, Ax> is at least 2c E(x), c = 1 - √γ cos(π/(H+1))",
                value: Value::of(Ok(monotone)),
                equation: "repaired Lemma 10",
                how: format!("closed form; printed (1 - γ)/2 = {:.6}", rate / 2.0),
            },
        ],
    }
}

pub(super) fn noise(facts: &Facts<'_>) -> Group {
    // The step of the largest variance is the one that is largest over all batches.
    let loudest = facts.sampled.as_ref().map_or(0, |sampled| {
        let mean = |h: usize| sampled.iter().fold(0.0, |sum, batch: &Batch| sum + batch.variances[h]);
        let steps = 0..facts.resolved.horizon();
        steps.fold(0, |most, h| if mean(h) > mean(most) { h } else { most })
    });
    let how = facts.how_at_zero();
    let norm = facts.at_zero(|found| found.norm, |batch| batch.norm);
    let spread = (2.0 * (1.0 + facts.gamma() * facts.gamma())).sqrt();
    let ball = match (norm.number(), &facts.known.features) {
        (Some(_), Ok(CriticFeatures { tied: true, .. })) => Err("steps share one block of ψ".to_owned()),
        (Some(norm), _) => Ok(norm + spread * facts.stacked().sqrt()),
        (None, _) => Err("there is no number at ψ = 0".to_owned()),
    };
    let solution = facts.known.solution.as_ref().map_err(Clone::clone);
    let at_solution = "enumeration of trajectories at the parameters of the exact Q";
    Group {
        name: "constants of the noise, rewards scaled to [0, 1]",
        quantities: vec![
            Quantity {
                key: "sigma_g2",
                symbol: "σ_g²",
                name: "the largest Var g_h of a step, at ψ = 0",
                value: facts.at_zero(SemiGradients::largest_variance, |batch| batch.variances[loudest]),
                equation: "Definition 2",
                how: how.clone(),
            },
            Quantity {
                key: "h_sigma_g2",
                symbol: "H σ_g²",
                name: "Σ_h Var g_h at ψ = 0, in the place of H times the largest",
                value: facts.at_zero(|found| found.noise, |batch| batch.noise),
                equation: "Lemma 4",
                how: how.clone(),
            },
            Quantity {
                key: "h_sigma_g2_solution",
                symbol: "H σ_g² at ψ*",
                name: "the same at the parameters of the exact Q",
                value: Value::of(solution.clone().map(|found| found.semi_gradients.noise)),
                equation: "Lemma 4",
                how: at_solution.to_owned(),
            },
            Quantity {
                key: "g",
                symbol: "G",
                name: "E ‖g(ψ; Z)‖ at ψ = 0, of the ball that is this point",
                value: norm,
                equation: "Definition 1",
                how: how.clone(),
            },
            Quantity {
                key: "g_solution",
                symbol: "G at ψ*",
                name: "E ‖g(ψ; Z)‖ at the parameters of the exact Q",
                value: Value::of(solution.clone().map(|found| found.semi_gradients.norm)),
                equation: "Definition 1",
                how: at_solution.to_owned(),
            },
            Quantity {
                key: "g_ball",
                symbol: "G, ball",
                name: "of the ball ‖ψ‖ ≤ √(H d_Q) of Equation 24",
                value: Value::bound(ball),
                equation: "Definition 1",
                how: "G at 0 and √(2 (1 + γ²)) times the radius; of all ψ there is none, g being affine in ψ"
                    .to_owned(),
            },
            Quantity {
                key: "g_r",
                symbol: "G_r",
                name: "‖E g(ψ̃^r)‖ at r = 0, where ψ̃ = 0",
                value: match facts.at_zero(|found| found.mean_norm, |batch| batch.mean_square) {
                    Value::Estimated(square, _) => Value::Missing(format!(
                        "its square is about {square:.4e}, an unbiased estimate that may be negative"
                    )),
                    other => other,
                },
                equation: "Equation 35, in the place of G",
                how,
            },
            Quantity {
                key: "sigma_w2",
                symbol: "σ_w²",
                name: "E ‖∇L_Q - ∇L̂_Q‖² at ω = 0, of the exact Q",
                value: facts.regression(|found| found.noise_at_zero, |batch| batch.noise_at_zero),
                equation: "Definition 6",
                how: facts.how_regression(),
            },
            Quantity {
                key: "sigma_w2_solution",
                symbol: "σ_w² at ω*",
                name: "the same at the solution of the regression",
                value: facts.regression(|found| found.noise_at_solution, |batch| batch.noise_at_solution),
                equation: "Definition 6",
                how: facts.how_regression(),
            },
        ],
    }
}

pub(super) fn actor(facts: &Facts<'_>) -> Group {
    let gram = "second moments of the uncentred ξ, enumerated; eigenvalues";
    let how = facts.how_regression();
    Group {
        name: "constants of the actor",
        quantities: vec![
            Quantity {
                key: "mu_f",
                symbol: "μ_F",
                name: "2 λ_min⁺ of E Σ_h γ^h ξξ'",
                value: Value::of(facts.convexity().map(|[mu_f, _]| mu_f)),
                equation: "Definition 8, Remark 11",
                how: gram.to_owned(),
            },
            Quantity {
                key: "l",
                symbol: "L",
                name: "2 λ_max of the same matrix",
                value: Value::of(facts.convexity().map(|[_, l]| l)),
                equation: "Definition 8, Remark 11",
                how: gram.to_owned(),
            },
            Quantity {
                key: "beta",
                symbol: "β",
                name: "Lipschitz constant of the score: max ‖ξ‖²",
                value: Value::bound(Ok(facts.resolved.subject.actor_norm_squared())),
                equation: "Definition 5",
                how: "the features' own bound".to_owned(),
            },
            Quantity {
                key: "w",
                symbol: "W",
                name: "√d_θ Σ_h γ^h, the bound on ‖ω‖ that step sizes take",
                value: Value::of(Ok(facts.w())),
                equation: "Definition 7",
                how: "closed form; for one-hot ξ the regression's solution is below it".to_owned(),
            },
            Quantity {
                key: "omega_norm",
                symbol: "‖ω*‖",
                name: "of the shortest solution of the regression on the exact Q",
                value: facts.solution_norm(),
                equation: "Definition 7",
                how: how.clone(),
            },
            Quantity {
                key: "eps_approx",
                symbol: "ε_approx",
                name: "the least L_Q(ω), of the exact Q",
                value: facts.regression(|found| found.approximation, |batch| batch.approximation),
                equation: "Equation 59",
                how: how.clone(),
            },
            Quantity {
                key: "eps_stat",
                symbol: "ε_stat(0)",
                name: "L_Q(0) - ε_approx, where every regression begins",
                value: facts
                    .regression(Regression::statistical_at_zero, |batch| batch.at_zero - batch.approximation),
                equation: "Equation 60",
                how: how.clone(),
            },
        ],
    }
}

pub(super) fn problem(facts: &Facts<'_>) -> Group {
    let coverage = facts.known.coverage.as_ref().map_err(Clone::clone);
    let solution = facts.known.solution.as_ref().map_err(Clone::clone);
    let how = if facts.policy() == "the uniform policy" {
        "closed form: a deterministic π* against the uniform policy"
    } else {
        "recursion on the tree of histories; of equally good actions π* takes the first"
    };
    Group {
        name: "constants of the problem",
        quantities: vec![
            Quantity {
                key: "d",
                symbol: "D",
                name: "the largest D_KL(π*(· | z) ‖ π(· | z))",
                value: Value::of(coverage.clone().map(|found| found.divergence)),
                equation: "Definition 4",
                how: how.to_owned(),
            },
            Quantity {
                key: "kappa",
                symbol: "κ_0",
                name: "E^{π*} Π_t π*_t/π_t; κ is its mean over the rounds of a run",
                value: Value::of(coverage.map(|found| found.kappa)),
                equation: "Definition 9",
                how: how.to_owned(),
            },
            Quantity {
                key: "psi_norm2",
                symbol: "‖ψ*‖²",
                name: "of the parameters of the exact Q; Equation 24 has at most H d_Q",
                value: Value::of(solution.clone().map(|found| found.norm_squared)),
                equation: "Equation 24",
                how: "dynamic programming or enumeration".to_owned(),
            },
            Quantity {
                key: "bellman_error",
                symbol: "E(ψ*)",
                name: "0 where Q is linear in the features, as theorems take for granted",
                value: Value::of(solution.map(|found| if found.is_exact() { 0.0 } else { found.error })),
                equation: "Equation 4",
                how: "enumeration of histories; what is below 1e-20 is rounding".to_owned(),
            },
        ],
    }
}
