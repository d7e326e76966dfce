//! The right-hand side of Theorem 1, as our copy prints it, and as it is derived in `docs/derivations.md`.

use super::bound::Term;
use std::f64::consts::E;

/// What Theorem 1's right-hand side depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// γ.
    pub gamma: f64,
    /// `H d_Q`, the length of ψ.
    pub stacked: f64,
    /// `ν = μ_φ (1 - γ)`.
    pub nu: f64,
    /// `Σ_h Var g_h`, in the place of `H σ_g²`.
    pub noise: f64,
    /// G.
    pub norm: f64,
    /// M.
    pub clients: f64,
    /// R.
    pub rounds: f64,
    /// K.
    pub local_steps: f64,
}

impl Evaluation {
    /// T = R K.
    pub fn trajectories(&self) -> f64 {
        self.rounds * self.local_steps
    }

    /// Equation 12 term by term, without constants and logarithms, which it leaves out.
    pub fn printed(&self) -> Vec<Term> {
        let Evaluation { stacked, nu, noise, norm, clients: m, rounds: r, local_steps: k, .. } = *self;
        let (t, nu_2) = (self.trajectories(), nu * nu);
        let smaller = |a: f64, b: f64| if a < b { a } else { b };
        vec![
            Term::new("H d_Q / R^3", stacked / (r * r * r)),
            Term::new(
                "min{1/(nu^2 T^2), 1/R^2} G^2 / nu^2",
                smaller(1.0 / (nu_2 * t * t), 1.0 / (r * r)) * norm * norm / nu_2,
            ),
            Term::new(
                "min{1/(nu^2 K T^2), 1/(T R)} H sigma_g^2 / nu^2",
                smaller(1.0 / (nu_2 * k * t * t), 1.0 / (t * r)) * noise / nu_2,
            ),
            Term::new("H sigma_g^2 / (nu^2 M T)", noise / (nu_2 * m * t)),
        ]
    }
}

/// The theorem's constant a for which the sum in the derivation telescopes.
pub const A: f64 = 12.0;

/// The fewest rounds for which the repaired bounds are derived.
pub const ROUNDS_MIN: f64 = 5.0;

/// Theorem 1 with every constant, for composite steps `ι_r = a/(ν (r + r_0))` with a = 12, weights
/// `(r + r_0)²` over all rounds, and α of at most `ν/(16 T)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Repaired {
    /// `r_0 = 64 a/(ν (1 - γ))`, which makes `ι_0 = (1 - γ)/64`.
    pub r_0: f64,
    /// The bound with G, a bound of `‖E g(ψ̃^r)‖` in all rounds.
    pub with_norm: Vec<Term>,
    /// The bound without G, by `‖E g(ψ)‖² ≤ 8 E(ψ)`.
    pub without_norm: Vec<Term>,
}

impl Evaluation {
    /// Bounds of `E E(ψ̂)`, for ψ̂ the average of `ψ̃^0, ..., ψ̃^{R-1}`, from `u_0 = ‖ψ^0 - ψ*‖²`.
    ///
    /// `docs/derivations.md` derives them from Definition 2, for features with a block per step and norms of
    /// at most 1. `None` where ν is 0, or rounds are fewer than [`ROUNDS_MIN`].
    pub fn repaired(&self, u_0: f64) -> Option<Repaired> {
        let Evaluation { gamma, nu, noise, norm, clients: m, rounds: r, local_steps: k, .. } = *self;
        if nu <= 0.0 || r < ROUNDS_MIN {
            return None;
        }
        let rate = 1.0 - gamma;
        let r_0 = 64.0 * A / (nu * rate);
        // Σ n and Σ n² over n = r_0, ..., r_0 + R - 1.
        let sum = r * r_0 + r * (r - 1.0) / 2.0;
        let weights = r * r_0 * r_0 + r_0 * r * (r - 1.0) + (r - 1.0) * r * (2.0 * r - 1.0) / 6.0;
        let start = 2.0 / rate * nu / A * r_0 * r_0 * (r_0 - A / 4.0) * u_0 / weights;
        // (2/(1 - γ)) (a/ν) Σ n / Σ n², which stands before Â.
        let later = 2.0 / rate * A / nu * sum / weights;
        let drift = 17.0 * E / 32.0;
        let with_norm = vec![
            Term::new("of psi^0, of order (r_0 / R)^3", start),
            Term::new("drift, of order G^2 / (nu^2 R^2)", later * drift * 2.0 * norm * norm / r),
            Term::new("drift, of order H sigma_g^2 / (nu^2 T R)", later * drift * noise / (r * k)),
            Term::new("noise, of order H sigma_g^2 / (nu^2 M T)", later * 2.0 * noise / (m * k)),
        ];
        let doubled = |term: Term| Term { value: 2.0 * term.value, ..term };
        let without_norm = [0, 2, 3].map(|i| doubled(with_norm[i])).to_vec();
        Some(Repaired { r_0, with_norm, without_norm })
    }
}

#[cfg(test)]
mod tests {
    use super::super::bound::sum;
    use super::*;

    const TOGGLE: Evaluation = Evaluation {
        gamma: 0.5,
        stacked: 20.0,
        nu: 0.0127,
        noise: 0.4,
        norm: 0.3,
        clients: 8.0,
        rounds: 1e7,
        local_steps: 16.0,
    };

    /// The recursion that the bound is summed from, round by round, with equality.
    #[test]
    fn bounds_hold_for_the_recursion_that_they_are_summed_from() {
        for (rounds, clients) in [(5.0, 1.0), (400.0, 8.0), (20_000.0, 64.0)] {
            for (nu, gamma) in [(0.25, 0.5), (0.6, 0.1)] {
                let at = Evaluation { rounds, clients, nu, gamma, ..TOGGLE };
                let Repaired { r_0, with_norm, without_norm } = at.repaired(3.0).expect("a rate");
                let k = at.local_steps;
                for (share, norm, terms) in [(0.5, at.norm, &with_norm), (0.25, 0.0, &without_norm)] {
                    let hat = 17.0 * E / 32.0 * (at.noise / (rounds * k) + 2.0 * norm * norm / rounds)
                        + 2.0 * at.noise / (clients * k);
                    let (mut sum_of, mut weights, mut u) = (0.0, 0.0, 3.0);
                    for round in 0..rounds as u64 {
                        let n = round as f64 + r_0;
                        let iota = A / (nu * n);
                        // As large an error as the recursion leaves room for with half of u kept.
                        let kept = 0.5 * u;
                        let error = ((1.0 - nu * iota / 4.0) * u + iota * iota * hat - kept)
                            / (iota * share * (1.0 - gamma));
                        u = kept;
                        sum_of += n * n * error;
                        weights += n * n;
                    }
                    let average = sum_of / weights;
                    assert!(average <= sum(terms) * (1.0 + 1e-9), "{average} {terms:?}");
                    // And it is no bound from thin air: what telescopes is nearly all of it at the beginning.
                    assert!(sum(terms) < 3.0 * average, "{average} {terms:?}");
                }
            }
        }
    }

    #[test]
    fn printed_terms_are_those_computed_by_hand() {
        let at = Evaluation {
            nu: 0.5,
            rounds: 10.0,
            local_steps: 2.0,
            clients: 4.0,
            noise: 3.0,
            norm: 2.0,
            stacked: 10.0,
            ..TOGGLE
        };
        // T = 20, ν² = 1/4: 10/1000; min{1/100, 1/100} 4 · 4; min{1/200, 1/200} 3 · 4; 12/80.
        let values: Vec<f64> = at.printed().iter().map(|term| term.value).collect();
        for (found, expected) in values.iter().zip([0.01, 0.16, 0.06, 0.15]) {
            assert!((found - expected).abs() < 1e-15, "{values:?}");
        }
    }

    #[test]
    fn speedup_is_the_fourth_term_s_once_rounds_are_many() {
        let one = TOGGLE.repaired(1.0).expect("a rate");
        let many = Evaluation { clients: 16.0, ..TOGGLE }.repaired(1.0).expect("a rate");
        assert!((one.with_norm[3].value / many.with_norm[3].value - 2.0).abs() < 1e-12);
        assert!((one.with_norm[1].value - many.with_norm[1].value).abs() < 1e-30);
        assert!(Evaluation { nu: 0.0, ..TOGGLE }.repaired(1.0).is_none());
        assert!(Evaluation { rounds: 4.0, ..TOGGLE }.repaired(1.0).is_none());
    }
}
