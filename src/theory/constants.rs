//! The constants of the theorems, from exact moments. Smallest eigenvalues are smallest nonzero ones:
//! iterates never leave the span of the features, so directions without mass do not matter.

use super::moments::{Entries, Moments};
use super::spectrum::{DenseLimitExceeded, Eigenpair, blocks};
use std::collections::BTreeMap;

/// The largest block that is solved densely unless one says otherwise; it takes about a second.
pub const DENSE_DIMENSION_MAX: usize = 1000;

/// An eigenvalue counts as zero below this fraction of the largest one of its block. A block of a single
/// entry is exact, and zero only if it is 0.
pub(super) const RELATIVE_ZERO: f64 = 1e-10;

/// The ends of the spectrum of S on the span of the features.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extremes {
    /// `λ_min⁺(S)`; infinite where there is no nonzero eigenvalue.
    pub least: f64,
    /// `λ_max(S)`.
    pub largest: f64,
}

impl Moments {
    /// `μ = λ_min⁺(S)`; for untied maps `min_h γ^h λ_min⁺(E φ_h φ_h')`. It takes the place of Definition 3's
    /// constant, which is
    /// [`StepSpectra::definition_3`](super::StepSpectra::definition_3) and no bound for a ψ with a block per
    /// step.
    ///
    /// # Errors
    /// [`DenseLimitExceeded`] where a block of S is larger than `limit`.
    pub fn mu_stack(&self, limit: usize) -> Result<f64, DenseLimitExceeded> {
        Ok(self.extremes(limit)?.least)
    }

    /// The least nonzero and the largest eigenvalue of S, from one eigen-solve.
    ///
    /// # Errors
    /// As [`Moments::mu_stack`].
    pub fn extremes(&self, limit: usize) -> Result<Extremes, DenseLimitExceeded> {
        let start = Extremes { least: f64::INFINITY, largest: 0.0 };
        Ok(self.span(limit)?.iter().fold(start, |found, pair| Extremes {
            least: found.least.min(pair.value),
            largest: found.largest.max(pair.value),
        }))
    }

    /// `ν = μ (1 - γ)`, the rate of Theorem 1.
    ///
    /// # Errors
    /// As [`Moments::mu_stack`].
    pub fn nu(&self, limit: usize) -> Result<f64, DenseLimitExceeded> {
        Ok(self.mu_stack(limit)? * (1.0 - self.gamma))
    }

    /// `ν_eff = λ_min((A + A') / 2)` on the span of the features, `A = S - C`: the rate that TD in fact has.
    /// At least `ν / 2`, and positive for γ = 1 too.
    ///
    /// # Errors
    /// [`DenseLimitExceeded`] where a block of S or A is larger than `limit`.
    pub fn nu_eff(&self, limit: usize) -> Result<f64, DenseLimitExceeded> {
        let span = self.span(limit)?;
        // Which basis vectors of the span have component i, and how much of it.
        let mut parts: BTreeMap<u32, Vec<(u32, f64)>> = BTreeMap::new();
        let mut projected = Entries::new();
        for (k, pair) in span.iter().enumerate() {
            projected.insert((k as u32, k as u32), pair.value);
            for &(i, x) in &pair.vector {
                parts.entry(i).or_default().push((k as u32, x));
            }
        }
        for (&(i, j), &c) in &self.cross {
            let (Some(left), Some(right)) = (parts.get(&i), parts.get(&j)) else { continue };
            for &(k, x) in left {
                for &(l, y) in right {
                    // Off the diagonal an entry and its mirror image are one; on it they coincide.
                    let share = if k == l { 1.0 } else { 0.5 };
                    *projected.entry((k.min(l), k.max(l))).or_insert(0.0) -= share * x * c * y;
                }
            }
        }
        let least = blocks(&projected, limit)?
            .iter()
            .flatten()
            .fold(f64::INFINITY, |least, pair| least.min(pair.value));
        Ok(least)
    }

    /// `μ_F = 2 λ_min⁺(S)`, the strong convexity of the actor's regression; for the moments of ξ.
    ///
    /// # Errors
    /// As [`Moments::mu_stack`].
    pub fn mu_f(&self, limit: usize) -> Result<f64, DenseLimitExceeded> {
        Ok(2.0 * self.mu_stack(limit)?)
    }

    /// `L = 2 λ_max(S)`, the smoothness of the actor's regression; for the moments of ξ.
    ///
    /// # Errors
    /// As [`Moments::mu_stack`].
    pub fn smoothness(&self, limit: usize) -> Result<f64, DenseLimitExceeded> {
        Ok(2.0 * self.extremes(limit)?.largest)
    }

    /// The shortest x with `S x = b`, for b in the span of the features.
    ///
    /// # Errors
    /// As [`Moments::mu_stack`].
    ///
    /// # Panics
    /// If b has no component for one that S has.
    pub(super) fn least_solution(&self, b: &[f64], limit: usize) -> Result<Vec<f64>, DenseLimitExceeded> {
        let mut solution = vec![0.0; b.len()];
        for Eigenpair { value, vector } in self.span(limit)? {
            let share = vector.iter().fold(0.0, |sum, &(i, x)| sum + x * b[i as usize]) / value;
            for (i, x) in vector {
                solution[i as usize] += share * x;
            }
        }
        Ok(solution)
    }

    /// Eigenpairs of S with a nonzero eigenvalue.
    fn span(&self, limit: usize) -> Result<Vec<Eigenpair>, DenseLimitExceeded> {
        let mut span = Vec::new();
        for block in blocks(&self.gram, limit)? {
            let largest = block.iter().fold(0.0, |most: f64, pair| most.max(pair.value));
            let zero = if block.len() == 1 { 0.0 } else { RELATIVE_ZERO * largest };
            span.extend(block.into_iter().filter(|pair| pair.value > zero));
        }
        Ok(span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::{BeliefFilter, BeliefMap, BeliefMemoryMap, Degree, FiniteMap};
    use crate::policy::{LogLinear, Policy, Prepared};
    use crate::pomdp::Model;
    use crate::pomdp::builtin::{tiger, tiger3, toggle};
    use crate::theory::PolicyGradients;
    use std::sync::Arc;

    const LIMIT: u64 = 100_000_000;

    fn window(model: &Model, horizon: usize, length: usize) -> FiniteMap {
        FiniteMap::window(horizon, model.actions(), model.observations(), model.first_observations(), length)
            .expect("a small window")
    }

    /// Moments of one-hot histories under the uniform policy.
    fn histories(model: &Model, horizon: usize, gamma: f64) -> Moments {
        let policy = LogLinear::new(window(model, horizon, 0));
        let map = window(model, horizon, horizon - 1);
        let mut prepared = Prepared::at(&policy, &vec![0.0; policy.parameters()]);
        Moments::new(model, &policy, &mut prepared, &map, gamma, LIMIT).expect("small")
    }

    fn assert_relative(found: f64, expected: f64, tolerance: f64) {
        assert!((found / expected - 1.0).abs() <= tolerance, "{found} is not about {expected}");
    }

    #[test]
    fn smallest_eigenvalues_of_histories_are_the_known_ones() {
        for (horizon, mu) in [(4, 6.75e-4), (5, 5.4e-5), (6, 8.6e-6)] {
            let moments = histories(&tiger3(), horizon, 0.95);
            assert_relative(moments.mu_stack(1).expect("all blocks are single entries"), mu, 0.02);
        }
        assert_relative(histories(&toggle(), 2, 0.5).nu(1).expect("single entries"), 0.01266, 1e-3);
    }

    #[test]
    fn effective_rates_of_histories_are_the_known_ones() {
        let moments = histories(&tiger3(), 4, 0.95);
        assert_relative(moments.nu_eff(300).expect("small"), 4.9e-4, 0.02);
        assert_relative(moments.nu(300).expect("small") / 2.0, 1.7e-5, 0.02);
        let undiscounted = histories(&tiger3(), 4, 1.0);
        assert_relative(undiscounted.nu_eff(300).expect("small"), 5.5e-4, 0.02);
        assert!(undiscounted.nu(300).expect("small").abs() == 0.0);
    }

    #[test]
    fn effective_rate_exceeds_half_the_theorem_s() {
        let model = tiger();
        let filter = Arc::new(BeliefFilter::new(Arc::new(model.clone())));
        let map = BeliefMemoryMap::new(filter, window(&model, 4, 1));
        let policy = LogLinear::new(window(&model, 4, 1));
        let mut prepared = Prepared::at(&policy, &vec![0.0; policy.parameters()]);
        let moments = Moments::new(&model, &policy, &mut prepared, &map, 0.95, LIMIT).expect("small");
        let (nu, nu_eff) = (moments.nu(500).expect("small"), moments.nu_eff(500).expect("small"));
        assert!(0.0 < nu / 2.0 && nu / 2.0 <= nu_eff, "{nu} {nu_eff}");
    }

    #[test]
    fn moments_over_memories_equal_those_over_histories() {
        // The same uniform policy twice, once over a window and once over beliefs, which are no finite
        // memory.
        let model = toggle();
        let map = window(&model, 3, 1);
        let finite = LogLinear::new(window(&model, 3, 1));
        let mut prepared = Prepared::at(&finite, &vec![0.0; finite.parameters()]);
        let by_memory = Moments::new(&model, &finite, &mut prepared, &map, 0.9, LIMIT).expect("small");
        let filter = Arc::new(BeliefFilter::new(Arc::new(model.clone())));
        let beliefs = LogLinear::new(BeliefMap::for_actor(filter, 3, Degree::One));
        let mut prepared = Prepared::at(&beliefs, &vec![0.0; beliefs.parameters()]);
        let by_history = Moments::new(&model, &beliefs, &mut prepared, &map, 0.9, LIMIT).expect("small");
        for (memory, history) in [(&by_memory.gram, &by_history.gram), (&by_memory.cross, &by_history.cross)]
        {
            assert!(memory.keys().eq(history.keys()));
            assert!(memory.values().zip(history.values()).all(|(x, y)| (x - y).abs() < 1e-15));
        }
    }

    #[test]
    fn regression_of_tabular_actors_is_as_convex_as_the_rarest_pair_is_frequent() {
        let model = tiger();
        let policy = LogLinear::new(window(&model, 2, 1));
        let theta = vec![0.0; policy.parameters()];
        let mut prepared = Prepared::at(&policy, &theta);
        let xi = PolicyGradients::new(&policy, theta);
        let moments = Moments::new(&model, &policy, &mut prepared, &xi, 0.95, LIMIT).expect("small");
        // Step 0: (., a) has probability 1/3 each; step 1: an action, one of two equally likely observations,
        // an action.
        assert_relative(moments.smoothness(1).expect("single entries"), 2.0 / 3.0, 1e-14);
        assert_relative(moments.mu_f(1).expect("single entries"), 2.0 * 0.95 / 18.0, 1e-14);
    }

    #[test]
    fn belief_features_without_mass_do_not_count() {
        // Before anything is seen there is one belief, so three functions of it span one dimension per
        // action.
        let model = tiger();
        let filter = Arc::new(BeliefFilter::new(Arc::new(model.clone())));
        let map = BeliefMap::for_actor(Arc::clone(&filter), 1, Degree::Two);
        let policy = LogLinear::new(window(&model, 1, 0));
        let mut prepared = Prepared::at(&policy, &[0.0; 3]);
        let moments = Moments::new(&model, &policy, &mut prepared, &map, 0.95, LIMIT).expect("small");
        assert_eq!(moments.span(10).expect("small").len(), 3);
        // φ = (1, 0, -1/2): its squared length is 5/4, and each action has probability 1/3.
        assert_relative(moments.mu_stack(10).expect("small"), 1.25 / 3.0, 1e-12);
    }
}
