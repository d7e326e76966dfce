//! How far clients go from the last barrier during their local steps (Definition 11, Lemma 5).
//!
//! With `δ^k = ψ^{r,k,m} - ψ̃^r` the drift is the mean of `E ‖δ^k‖²` over k = 0, ..., K - 1.
//! `docs/derivations.md` derives [`repaired`] and [`small_alpha_law`].

use super::bound::Term;
use std::f64::consts::E;

/// Γ as Lemma 5 prints it in our copy: `(e/ν²) (1 - (1 + ν) e^{-νK})`. It is not 0 for K = 0.
pub fn lemma_5(local_steps: f64, nu: f64) -> f64 {
    E / (nu * nu) * (1.0 - (1.0 + nu) * libm::exp(-nu * local_steps))
}

/// Γ of Equation 31: `e (1 - (1 + νK) e^{-νK}) / ν²`; `e K²/2` where ν is 0.
pub fn equation_31(local_steps: f64, nu: f64) -> f64 {
    E * local_steps * local_steps * falling(nu * local_steps)
}

/// `(1 - (1 + x) e^{-x}) / x²`.
fn falling(x: f64) -> f64 {
    if x > 0.5 {
        return (1.0 - (1.0 + x) * libm::exp(-x)) / (x * x);
    }
    // Σ_{n≥2} (n - 1) (-x)^{n-2} / n!, which loses no digits where x is small.
    let (mut sum, mut term) = (0.0, 0.5);
    for n in 2..24_u32 {
        sum += f64::from(n - 1) * term;
        term *= -x / f64::from(n + 1);
    }
    sum
}

/// Γ with α in it: `e min(K²/2, 2K/(α ν))`, for α of at most `ν/8`. The first branch needs no ν, and α of at
/// most `(1 - γ)/4` only.
pub fn repaired(local_steps: f64, alpha: f64, nu: f64) -> f64 {
    let early = local_steps * local_steps / 2.0;
    let late = 2.0 * local_steps / (alpha * nu);
    E * if late < early { late } else { early }
}

/// What drift depends on besides Γ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gradients {
    /// `Σ_h Var g_h`, in the place of `H σ_g²`.
    pub noise: f64,
    /// G, or `‖E g(ψ̃^r)‖`.
    pub norm: f64,
}

/// Lemma 5's right side: `Γ (H σ_g²/K + 2 G²) α²`.
pub fn bound(gamma: f64, alpha: f64, local_steps: f64, of: Gradients) -> f64 {
    gamma * (of.noise / local_steps + 2.0 * of.norm * of.norm) * alpha * alpha
}

/// A bound on `E ‖δ^K‖²`, how far clients are at the barrier: `e min(K, 2/(α ν)) α² (σ² + (1 + K) G_r²)`, for
/// α as [`repaired`] has it.
pub fn at_barrier(local_steps: f64, alpha: f64, nu: f64, of: Gradients) -> Vec<Term> {
    let late = 2.0 / (alpha * nu);
    let steps = if late < local_steps { late } else { local_steps };
    let gamma = E * steps * alpha * alpha;
    vec![
        Term::new("noise, of order K H sigma_g^2 alpha^2", gamma * of.noise),
        Term::new("mean steps, of order K^2 G_r^2 alpha^2", gamma * (1.0 + local_steps) * of.norm * of.norm),
    ]
}

/// `E ‖δ^K‖²` in the limit of small α: `α² (K² ‖E g‖² + K Σ_h Var g_h)`.
pub fn small_alpha_law_at_barrier(local_steps: f64, alpha: f64, of: Gradients) -> Vec<Term> {
    let (k, square) = (local_steps, alpha * alpha);
    vec![
        Term::new("noise, K H sigma_g^2 alpha^2", square * k * of.noise),
        Term::new("mean steps, K^2 G_r^2 alpha^2", square * k * k * of.norm * of.norm),
    ]
}

/// Drift divided by α² in the limit of small α, where all local steps are taken at one point:
/// `‖E g‖² (K - 1)(2K - 1)/6 + Σ_h Var g_h (K - 1)/2`.
pub fn small_alpha_law(local_steps: f64, of: Gradients) -> f64 {
    let k = local_steps;
    of.norm * of.norm * (k - 1.0) * (2.0 * k - 1.0) / 6.0 + of.noise * (k - 1.0) / 2.0
}

#[cfg(test)]
mod tests {
    use super::super::bound::sum;
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-12, "{found:e} is not {expected:e}");
    }

    #[test]
    fn equation_31_keeps_its_digits_at_both_ends() {
        // Where νK is large all is gone, and where it is small it is e K²/2 (1 - 2νK/3).
        close(equation_31(1000.0, 1.0), E);
        close(equation_31(10.0, 0.0), 50.0 * E);
        close(equation_31(10.0, 1e-9), 50.0 * E * (1.0 - 2e-8 / 3.0));
        // Both forms at the place where one takes over from the other.
        let x: f64 = 0.5;
        close(falling(x), (1.0 - (1.0 + x) * libm::exp(-x)) / (x * x));
    }

    #[test]
    fn what_lemma_5_prints_is_not_nothing_without_local_steps() {
        close(lemma_5(0.0, 0.1), -E / 0.1);
        close(lemma_5(1e6, 0.1), E / 0.01);
    }

    #[test]
    fn repaired_branches_meet_where_alpha_nu_k_is_four() {
        let (alpha, nu) = (0.001, 0.1);
        let k = 4.0 / (alpha * nu);
        close(repaired(k, alpha, nu), E * k * k / 2.0);
        close(repaired(2.0 * k, alpha, nu), 2.0 * E * k * k / 2.0);
        close(repaired(k / 2.0, alpha, nu), E * k * k / 8.0);
        // Without a rate there is one branch.
        close(repaired(8.0, alpha, 0.0), 32.0 * E);
    }

    #[test]
    fn law_at_the_barrier_is_below_its_bound_which_has_two_branches() {
        let (of, alpha, nu) = (Gradients { noise: 0.7, norm: 0.3 }, 1e-3, 0.1);
        let bound = |k: f64, nu: f64| sum(&at_barrier(k, alpha, nu, of));
        let law = |k: f64| sum(&small_alpha_law_at_barrier(k, alpha, of));
        for k in [1.0, 2.0, 17.0, 256.0] {
            assert!(law(k) <= bound(k, nu));
        }
        // From K = 2/(α ν) on, only the mean steps grow with K.
        let meets = 2.0 / (alpha * nu);
        close(bound(meets, nu), bound(meets, 0.0));
        close(at_barrier(4.0 * meets, alpha, nu, of)[0].value, at_barrier(meets, alpha, nu, of)[0].value);
        // And the law's mean over k = 0, ..., K - 1 is that of drift.
        let mean = (0..17).map(|k| law(f64::from(k))).sum::<f64>() / 17.0;
        close(mean, alpha * alpha * small_alpha_law(17.0, of));
    }

    /// `δ^{k+1} = δ^k - α g^k` with gradients that do not depend on δ: the mean of `k α² Var + k² α² ‖E g‖²`.
    #[test]
    fn small_alpha_law_is_the_sum_that_it_stands_for() {
        let of = Gradients { noise: 0.7, norm: 0.3 };
        for steps in [1, 2, 3, 17, 256] {
            let sum: f64 = (0..steps).map(f64::from).map(|k| k * of.noise + k * k * of.norm * of.norm).sum();
            let law = small_alpha_law(f64::from(steps), of);
            assert!((law - sum / f64::from(steps)).abs() < 1e-12 * (1.0 + law), "{steps}");
            // And below the repaired bound, whatever is small.
            assert!(
                law <= repaired(f64::from(steps), 1e-9, 0.1)
                    * (of.noise / f64::from(steps) + 2.0 * of.norm * of.norm)
            );
        }
    }
}
