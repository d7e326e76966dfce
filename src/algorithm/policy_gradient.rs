//! Policy gradients from sampled trajectories: returns to go, scores, the Fisher matrix, probabilities under
//! another parameter, and what a Hessian does to a vector.
//!
//! With `J(θ) = E Σ_t γ^t r̃_t`, the return to go `Ψ_h = Σ_{t≥h} γ^t r̃_t` and the score
//! `s_h = ∇_θ ln π(a_h | z_h) = Σ_b (1[b = a_h] - π(b | z_h)) ξ_h(z_h, b)`:
//!
//! - `g(τ) = Σ_h Ψ_h s_h` has the mean `∇J`; it is the gradient of `Φ_τ(θ) = Σ_h Ψ_h ln π_θ(a_h | z_h)`;
//! - `Σ_h γ^h s_h s_h'` has the Fisher matrix as its mean;
//! - for logits that are linear in θ, ξ is that of every θ, and
//!   `∇² ln π(a | z) v = -Σ_b π(b | z) c_b ξ(z, b)`, `c_b = ⟨ξ(z, b) - Σ_a π(a | z) ξ(z, a), v⟩`.
//!
//! Sums are taken place by place and action by action. Nothing is allocated once there is room.

use super::entry::Unfit;
use super::needs::{Needs, Of};
use super::workers::Workers;
use crate::features::Rows;
use crate::pomdp::discount_table;

/// What is asked of trajectories for gradients at the policy that acts.
pub(super) const AT_THE_POLICY: Needs = Needs { probabilities: true, ..AT_ANY };

/// What is asked of trajectories where probabilities are computed from their rows, under any θ.
pub(super) const AT_ANY: Needs =
    Needs { features: None, rewards: true, actions: true, gradients: Some(Of::All), probabilities: false };

/// # Errors
/// Where neither rows of a trajectory nor its steps give its probability under another θ.
pub(super) fn check_weights(workers: &dyn Workers) -> Result<(), Unfit> {
    if workers.logits_are_linear() || !workers.gradients_are_rows() {
        return Ok(());
    }
    Err(Unfit {
        key: "actor.features",
        message: "trajectories are weighed by their probability under another parameter, and the policy's logits are not linear in θ"
            .to_owned(),
        help: "choose a policy whose logits are linear in its parameter, or another algorithm",
    })
}

/// Returns to go, `Ψ_h`.
#[derive(Debug)]
pub(super) struct Returns {
    /// `γ^0, ..., γ^{H-1}`.
    discounts: Vec<f64>,
    to_go: Vec<f64>,
}

impl Returns {
    pub(super) fn new(gamma: f64, horizon: usize) -> Self {
        Returns { discounts: discount_table(gamma, horizon), to_go: Vec::new() }
    }

    /// `γ^h`.
    pub(super) fn discounts(&self) -> &[f64] {
        &self.discounts
    }

    /// Those of whole trajectories, by place.
    pub(super) fn set(&mut self, rewards: &[f64]) {
        let Returns { discounts, to_go } = self;
        to_go.clear();
        to_go.resize(rewards.len(), 0.0);
        let horizon = discounts.len();
        for (to_go, rewards) in to_go.chunks_exact_mut(horizon).zip(rewards.chunks_exact(horizon)) {
            let mut sum = 0.0;
            for h in (0..horizon).rev() {
                sum += discounts[h] * rewards[h];
                to_go[h] = sum;
            }
        }
    }

    pub(super) fn to_go(&self) -> &[f64] {
        &self.to_go
    }
}

/// What was done at some places, and how probable each action was there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scored<'a> {
    /// ξ of all actions.
    pub(super) rows: Rows<'a>,
    /// The actions taken.
    pub(super) taken: &'a [u32],
    /// π of all actions.
    pub(super) probabilities: &'a [f64],
}

impl Scored<'_> {
    fn actions(&self) -> usize {
        self.probabilities.len() / self.taken.len()
    }

    /// Calls `f(place, number of the row, coefficient of the row in the score)`.
    #[inline]
    fn for_each(&self, mut f: impl FnMut(usize, usize, f64)) {
        let actions = self.actions();
        for (place, &action) in self.taken.iter().enumerate() {
            for b in 0..actions {
                let row = place * actions + b;
                let p = self.probabilities[row];
                f(place, row, if b == action as usize { 1.0 - p } else { -p });
            }
        }
    }

    /// `sum ← sum + scale Σ_h weights_h s_h`: with returns to go as weights, the gradient.
    pub(super) fn add_gradient(&self, weights: &[f64], scale: f64, sum: &mut [f64]) {
        self.for_each(|place, row, score| self.rows.add_to(row, scale * weights[place] * score, sum));
    }

    /// Calls `add(i, j, x)`, i ≥ j, for the entries of `scale γ^h s_h s_h'` at every place.
    pub(super) fn add_fisher(
        &self,
        discounts: &[f64],
        scale: f64,
        score: &mut Score,
        mut add: impl FnMut(usize, usize, f64),
    ) {
        let Score { values, touched } = score;
        let (actions, horizon) = (self.actions(), discounts.len());
        for (place, &action) in self.taken.iter().enumerate() {
            touched.clear();
            for b in 0..actions {
                let row = place * actions + b;
                let p = self.probabilities[row];
                let coefficient = if b == action as usize { 1.0 - p } else { -p };
                self.rows.for_each(row, |i, x| {
                    touched.push(i as u32);
                    values[i] += coefficient * x;
                });
            }
            touched.sort_unstable();
            touched.dedup();
            let weight = scale * discounts[place % horizon];
            for (n, &i) in touched.iter().enumerate() {
                let by = weight * values[i as usize];
                for &j in &touched[..=n] {
                    add(i as usize, j as usize, by * values[j as usize]);
                }
            }
            touched.iter().for_each(|&i| values[i as usize] = 0.0);
        }
    }

    /// `sum ← sum + scale Δ`, of one trajectory, with
    /// `Δ = ⟨∇ ln p(τ), v⟩ ∇Φ + ∇²Φ v`: its mean is what the Hessian of J does to v. `along` is overwritten.
    pub(super) fn add_hessian_product(
        &self,
        to_go: &[f64],
        v: &[f64],
        scale: f64,
        along: &mut Vec<f64>,
        sum: &mut [f64],
    ) {
        let actions = self.actions();
        along.clear();
        along.extend((0..self.probabilities.len()).map(|row| self.rows.dot(row, v)));
        // ⟨∇ ln p(τ), v⟩, from the scores' products with v, which replace those of the rows.
        let mut of_trajectory = 0.0;
        let of_places = along.chunks_exact_mut(actions).zip(self.probabilities.chunks_exact(actions));
        for ((along, p), &action) in of_places.zip(self.taken) {
            let mean = p.iter().zip(&*along).fold(0.0, |sum, (p, along)| sum + p * along);
            along.iter_mut().for_each(|along| *along -= mean);
            of_trajectory += along[action as usize];
        }
        self.for_each(|place, row, score| {
            let coefficient = of_trajectory * score - self.probabilities[row] * along[row];
            self.rows.add_to(row, scale * to_go[place] * coefficient, sum);
        });
    }
}

/// Room for a score, between two all zeros.
#[derive(Debug)]
pub(super) struct Score {
    values: Vec<f64>,
    touched: Vec<u32>,
}

impl Score {
    pub(super) fn new(parameters: usize) -> Self {
        Score { values: vec![0.0; parameters], touched: Vec::new() }
    }
}

/// Replaces logits by probabilities: `ln π(action)`, which is a number where the probability is 0.
pub(super) fn softmax(f: &mut [f64], action: usize) -> f64 {
    let max = f.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let of_taken = f[action] - max;
    let mut sum = 0.0;
    for f in f.iter_mut() {
        *f = libm::exp(*f - max);
        sum += *f;
    }
    f.iter_mut().for_each(|p| *p /= sum);
    of_taken - libm::log(sum)
}

/// Probabilities of all actions at some places, under a θ that need not be the policy's that acted.
#[derive(Debug, Default)]
pub(super) struct Probabilities(Vec<f64>);

impl Probabilities {
    /// Those under θ, of logits that are linear in it, and `Σ_h ln π_θ(a_h | z_h)`.
    pub(super) fn set(&mut self, rows: Rows<'_>, taken: &[u32], theta: &[f64]) -> f64 {
        let probabilities = &mut self.0;
        probabilities.clear();
        probabilities.extend((0..rows.len()).map(|row| rows.dot(row, theta)));
        let actions = rows.len() / taken.len();
        let mut of_all = 0.0;
        for (f, &action) in probabilities.chunks_exact_mut(actions).zip(taken) {
            of_all += softmax(f, action as usize);
        }
        of_all
    }

    /// What was done, scored under them.
    pub(super) fn score<'a>(&'a self, rows: Rows<'a>, taken: &'a [u32]) -> Scored<'a> {
        Scored { rows, taken, probabilities: &self.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::{OneHot, Row, SparseRow};
    use std::iter::zip;

    const ACTIONS: usize = 3;
    const PARAMETERS: usize = 7;
    const TAKEN: [u32; 4] = [2, 0, 1, 1];
    const TO_GO: [f64; 4] = [2.25, 1.5, 0.75, 0.25];
    /// Step of central differences: the error of truncation is about as large as that of rounding, 1e-10.
    const STEP: f64 = 1e-5;
    const TOLERANCE: f64 = 1e-9;

    fn scattered(n: usize, by: usize) -> Vec<f64> {
        (0..n).map(|i| ((by * i + 3) % 11) as f64 / 5.0 - 1.0).collect()
    }

    /// Rows whose actions share components, as no table's do.
    fn sparse() -> Vec<SparseRow> {
        let row = |n: usize| {
            let mut row = SparseRow::default();
            for i in (n % 2..PARAMETERS).step_by(1 + n % 3) {
                row.push(i, ((5 * i + 7 * n) % 9) as f64 / 4.0 - 1.0);
            }
            row
        };
        (0..TAKEN.len() * ACTIONS).map(row).collect()
    }

    fn one_hot() -> Vec<OneHot> {
        (0..TAKEN.len() * ACTIONS).map(|n| OneHot(((4 * n) % PARAMETERS) as u32)).collect()
    }

    /// Runs a check on rows of either kind.
    fn on_rows(check: impl Fn(Rows<'_>)) {
        check(SparseRow::view(&sparse()));
        check(OneHot::view(&one_hot()));
    }

    fn ln_p(rows: Rows<'_>, theta: &[f64]) -> f64 {
        Probabilities::default().set(rows, &TAKEN, theta)
    }

    /// `Σ_h weights_h s_h` at θ.
    fn gradient(rows: Rows<'_>, weights: &[f64], theta: &[f64]) -> Vec<f64> {
        let (mut probabilities, mut sum) = (Probabilities::default(), vec![0.0; PARAMETERS]);
        probabilities.set(rows, &TAKEN, theta);
        probabilities.score(rows, &TAKEN).add_gradient(weights, 1.0, &mut sum);
        sum
    }

    fn moved(theta: &[f64], v: &[f64], by: f64) -> Vec<f64> {
        zip(theta, v).map(|(theta, v)| theta + by * v).collect()
    }

    fn dot(a: &[f64], b: &[f64]) -> f64 {
        zip(a, b).fold(0.0, |sum, (a, b)| sum + a * b)
    }

    #[test]
    fn scores_are_gradients_of_the_logarithm_by_central_differences() {
        on_rows(|rows| {
            let (theta, ones) = (scattered(PARAMETERS, 7), [1.0; TAKEN.len()]);
            let found = gradient(rows, &ones, &theta);
            for i in 0..PARAMETERS {
                let mut v = vec![0.0; PARAMETERS];
                v[i] = 1.0;
                let of = |by| ln_p(rows, &moved(&theta, &v, by));
                let expected = (of(STEP) - of(-STEP)) / (2.0 * STEP);
                assert!((found[i] - expected).abs() < TOLERANCE, "{i}: {} or {expected}", found[i]);
            }
        });
    }

    #[test]
    fn products_with_the_hessian_are_differences_of_gradients() {
        on_rows(|rows| {
            let (theta, v) = (scattered(PARAMETERS, 7), scattered(PARAMETERS, 4));
            let (mut probabilities, mut along) = (Probabilities::default(), Vec::new());
            probabilities.set(rows, &TAKEN, &theta);
            let mut found = vec![0.0; PARAMETERS];
            let scored = probabilities.score(rows, &TAKEN);
            scored.add_hessian_product(&TO_GO, &v, 0.5, &mut along, &mut found);
            let of = |by| gradient(rows, &TO_GO, &moved(&theta, &v, by));
            let score = dot(&gradient(rows, &[1.0; TAKEN.len()], &theta), &v);
            for (i, (ahead, behind)) in zip(of(STEP), of(-STEP)).enumerate() {
                let phi = gradient(rows, &TO_GO, &theta)[i];
                let expected = 0.5 * (score * phi + (ahead - behind) / (2.0 * STEP));
                assert!((found[i] - expected).abs() < TOLERANCE, "{i}: {} or {expected}", found[i]);
            }
        });
    }

    /// What automatic differentiation finds, by `python/tests/test_autodiff.py`, which computes it again.
    #[derive(serde::Deserialize)]
    struct Known {
        cases: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        name: String,
        /// Of every place and action, the components that are not 0.
        rows: Vec<Vec<(usize, f64)>>,
        taken: Vec<u32>,
        to_go: Vec<f64>,
        theta: Vec<f64>,
        v: Vec<f64>,
        scale: f64,
        ln_p: f64,
        gradient: Vec<f64>,
        product: Vec<f64>,
    }

    #[test]
    fn gradients_and_products_are_those_of_automatic_differentiation() {
        let text = include_str!("../../python/tests/policy_gradient.json");
        let Known { cases } = serde_json::from_str(text).expect("known answers");
        assert_eq!(cases.len(), 2);
        for case in cases {
            let row = |components: &Vec<(usize, f64)>| {
                let mut row = SparseRow::default();
                components.iter().for_each(|&(i, x)| row.push(i, x));
                row
            };
            let rows: Vec<SparseRow> = case.rows.iter().map(row).collect();
            let rows = SparseRow::view(&rows);
            let (mut probabilities, mut along) = (Probabilities::default(), Vec::new());
            let ln_p = probabilities.set(rows, &case.taken, &case.theta);
            let scored = probabilities.score(rows, &case.taken);
            let (mut gradient, mut product) = (vec![0.0; case.theta.len()], vec![0.0; case.theta.len()]);
            scored.add_gradient(&case.to_go, 1.0, &mut gradient);
            scored.add_hessian_product(&case.to_go, &case.v, case.scale, &mut along, &mut product);
            let found = [vec![ln_p], gradient, product].concat();
            let known = [vec![case.ln_p], case.gradient, case.product].concat();
            assert_eq!(found.len(), known.len());
            // Sums of some dozen terms of size 1, in another order.
            for (found, known) in zip(found, known) {
                assert!((found - known).abs() < 1e-14, "{}: {found} or {known}", case.name);
            }
        }
    }

    #[test]
    fn a_fisher_matrix_is_the_sum_of_discounted_squares_of_scores() {
        on_rows(|rows| {
            let (theta, gamma) = (scattered(PARAMETERS, 7), 0.9);
            let (mut probabilities, mut score) = (Probabilities::default(), Score::new(PARAMETERS));
            probabilities.set(rows, &TAKEN, &theta);
            // Two trajectories of two steps.
            let returns = Returns::new(gamma, 2);
            let mut found = [[0.0; PARAMETERS]; PARAMETERS];
            let scored = probabilities.score(rows, &TAKEN);
            scored.add_fisher(returns.discounts(), 0.5, &mut score, |i, j, x| found[i][j] += x);
            assert!(score.values.iter().all(|&value| value == 0.0));
            let scores: Vec<Vec<f64>> = (0..TAKEN.len())
                .map(|place| {
                    let mut weights = [0.0; TAKEN.len()];
                    weights[place] = 1.0;
                    gradient(rows, &weights, &theta)
                })
                .collect();
            for i in 0..PARAMETERS {
                for j in 0..PARAMETERS {
                    let discounts = [1.0, gamma, 1.0, gamma];
                    let of = |(s, discount): (&Vec<f64>, f64)| 0.5 * discount * s[i] * s[j];
                    let expected = zip(&scores, discounts).map(of).fold(0.0, |sum, x| sum + x);
                    let expected = if j <= i { expected } else { 0.0 };
                    assert!((found[i][j] - expected).abs() < 1e-14, "{i}, {j}: {}", found[i][j]);
                }
            }
        });
    }

    #[test]
    fn returns_to_go_are_discounted_from_the_start_of_each_trajectory() {
        let mut returns = Returns::new(0.5, 3);
        returns.set(&[1.0, 0.5, 1.0, 0.0, 0.0, 1.0]);
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(returns.to_go()), bits(&[1.5, 0.5, 0.25, 0.25, 0.25, 0.25]));
    }

    #[test]
    fn logarithms_stay_numbers_where_probabilities_underflow() {
        let rows = [OneHot(0), OneHot(1)];
        let found = Probabilities::default().set(OneHot::view(&rows), &[0], &[-2000.0, 0.0]);
        assert!((found + 2000.0).abs() < 1e-12, "{found}");
    }
}
