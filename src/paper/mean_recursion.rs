//! What DPTD does on average: its bias, exactly.

use super::blind::Blind;
use super::society::Society;
use crate::exact::{HistoryTree, Work, WorkLimitExceeded};
use crate::features::{FeatureMap, FiniteMap};
use crate::policy::{Policy, Prepared};
use crate::pomdp::{Model, discount_table};
use crate::theory::schedule::averaging_weight;
use nalgebra::DMatrix;

/// Operations that one small problem may take.
const OPERATIONS: u64 = 1_000_000_000;

/// The mean TD recursion `E ψ ← ψ - α A (ψ - ψ*)` of one-hot features of whole histories, by its nonzeros.
///
/// TD is linear and trajectories are fresh, so with `η = 1` the mean of the server's iterate is what this
/// recursion gives after as many steps: the number of clients has no part in it, and how steps are cut into
/// rounds has none but in which iterates the output averages.
#[derive(Clone, Debug)]
pub struct MeanRecursion {
    /// Per pair (z, a) that occurs: `γ^h P(z, a)`, and `Q_h(z, a)`.
    pairs: Vec<(f64, f64)>,
    /// Its component in the one-hot map.
    components: Vec<usize>,
    /// From pair to pair one step later: `γ^{h+1} P(from, to)`.
    moves: Vec<(usize, usize, f64)>,
}

impl MeanRecursion {
    /// The recursion on a built-in problem with the uniform policy.
    ///
    /// # Panics
    /// If there is no such problem, or its histories are too many to enumerate.
    pub fn builtin(name: &str, horizon: usize, gamma: f64) -> Self {
        Self::of(&Blind::builtin(name, horizon).at(gamma))
    }

    /// That of a policy which looks at nothing.
    ///
    /// # Panics
    /// If the histories are too many to enumerate.
    pub fn of(blind: &Blind) -> Self {
        let mut prepared = blind.prepared();
        let (model, policy, whole) = (blind.model(), blind.policy(), blind.whole());
        MeanRecursion::new(model, policy, &mut prepared, whole, blind.gamma(), OPERATIONS)
            .expect("a small problem")
    }

    /// The components of the one-hot map that the pairs have.
    pub(super) fn components(&self) -> impl Iterator<Item = usize> + '_ {
        self.components.iter().copied()
    }

    /// `γ^h P(z, a)` and `Q_h(z, a)` of the pairs that occur.
    pub(super) fn weights_and_values(&self) -> (Vec<f64>, Vec<f64>) {
        self.pairs.iter().copied().unzip()
    }

    /// A.
    pub(super) fn matrix(&self) -> DMatrix<f64> {
        let n = self.pairs.len();
        let mut matrix = DMatrix::zeros(n, n);
        for (i, (weight, _)) in self.pairs.iter().enumerate() {
            matrix[(i, i)] = *weight;
        }
        for &(from, to, weight) in &self.moves {
            matrix[(from, to)] -= weight;
        }
        matrix
    }

    /// One local step of the mean of `ψ - ψ*`.
    pub(super) fn step(&self, alpha: f64, gap: &mut [f64], update: &mut [f64]) {
        for ((update, gap), (weight, _)) in update.iter_mut().zip(gap.iter()).zip(&self.pairs) {
            *update = weight * gap;
        }
        for &(from, to, weight) in &self.moves {
            update[from] -= weight * gap[to];
        }
        for (gap, update) in gap.iter_mut().zip(update.iter()) {
            *gap -= alpha * update;
        }
    }

    /// The recursion of the policy that has been prepared.
    ///
    /// # Errors
    /// [`WorkLimitExceeded`] after `limit` operations.
    ///
    /// # Panics
    /// If policy and map differ in the number of steps, or a pair of the map is more than one history.
    pub fn new<P: Policy<Observation = u32>>(
        model: &Model,
        policy: &P,
        prepared: &mut Prepared<P>,
        map: &FiniteMap,
        gamma: f64,
        limit: u64,
    ) -> Result<Self, WorkLimitExceeded> {
        assert_eq!(map.horizon(), policy.horizon(), "policy and critic take the same number of steps");
        let discount = discount_table(gamma, policy.horizon());
        let mut found = vec![None; map.stacked()];
        let mut moves = Vec::new();
        let mut work = Work::new("the mean recursion", limit);
        HistoryTree::new(model, policy, prepared, map, gamma).walk(&mut work, |visit, _| {
            for (a, p) in visit.policy.iter().enumerate() {
                let weight = discount[visit.h] * visit.probability * p;
                let to = map.component(visit.h, *visit.memory as usize, a);
                assert!(found[to].replace((weight, visit.q[a][0])).is_none(), "one history per pair");
                if let Some((before, action)) = visit.before {
                    moves.push((map.component(visit.h - 1, *before as usize, action), to, weight));
                }
            }
            Ok(())
        })?;
        let mut places = vec![0; found.len()];
        let (mut pairs, mut components) = (Vec::new(), Vec::new());
        for ((component, place), pair) in places.iter_mut().enumerate().zip(found) {
            if let Some(pair) = pair {
                *place = pairs.len();
                pairs.push(pair);
                components.push(component);
            }
        }
        let moves = moves.into_iter().map(|(from, to, weight)| (places[from], places[to], weight)).collect();
        Ok(MeanRecursion { pairs, components, moves })
    }

    /// Number of pairs (z, a) that occur.
    pub fn pairs(&self) -> usize {
        self.pairs.len()
    }

    /// The Bellman error of `E ψ̂`: the part of DPTD's error that no number of clients reduces.
    pub fn bias(&self, society: &Society) -> f64 {
        // ψ - ψ*, from ψ = 0.
        let mut gap: Vec<f64> = self.pairs.iter().map(|(_, q)| -q).collect();
        let (mut sum, mut total) = (vec![0.0; gap.len()], 0.0);
        let mut update = vec![0.0; gap.len()];
        for round in 0..society.rounds {
            for _ in 0..society.local_steps {
                self.step(society.alpha, &mut gap, &mut update);
            }
            if round >= society.average_from {
                let weight = averaging_weight(u64::from(round) + 1);
                for (sum, gap) in sum.iter_mut().zip(&gap) {
                    *sum += weight * gap;
                }
                total += weight;
            }
        }
        self.pairs.iter().zip(&sum).fold(0.0, |error, ((weight, _), sum)| {
            let gap = sum / total;
            error + 0.5 * weight * gap * gap
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::paper::{Evaluation, Society};

    const ONE: Society = Society { clients: 1, rounds: 1, local_steps: 1, alpha: 0.4, average_from: 0 };

    #[test]
    fn bias_after_one_step_of_a_one_step_problem_is_that_computed_by_hand() {
        // Toggle, H = 1: o = 0 with probability 0.55, the state then 0 with 0.45 / 0.55; o = 1 with 0.45, the
        // state then 0 with 0.15 / 0.45. Each pair (o, a) keeps the part 1 - α P(o, a) of its gap Q.
        let reward = |zero: f64, a: usize| {
            if a == 0 { 0.9 * zero + 0.2 * (1.0 - zero) } else { 0.2 * zero + 0.9 * (1.0 - zero) }
        };
        let mut expected = 0.0;
        for (seen, zero) in [(0.55, 0.45 / 0.55), (0.45, 0.15 / 0.45)] {
            for a in 0..2 {
                let p = 0.5 * seen;
                let gap = (1.0 - 0.4 * p) * reward(zero, a);
                expected += 0.5 * p * gap * gap;
            }
        }
        let evaluation = Evaluation::builtin("toggle", 1);
        assert_eq!(evaluation.recursion().pairs(), 4);
        assert!((evaluation.recursion().bias(&ONE) - expected).abs() < 1e-15);
    }

    #[test]
    fn bias_of_the_last_iterate_depends_on_the_steps_and_not_on_their_rounds() {
        let evaluation = Evaluation::builtin("tiger3", 3);
        let cut = |rounds: u32, local_steps: u64| {
            let society = Society { rounds, local_steps, average_from: rounds - 1, ..ONE };
            evaluation.recursion().bias(&society)
        };
        assert!((cut(1, 600) - cut(600, 1)).abs() < 1e-15 && (cut(24, 25) - cut(1, 600)).abs() < 1e-15);
        assert!(cut(1, 601) < cut(1, 600) && cut(1, 600) < cut(1, 300));
    }

    #[test]
    fn error_of_many_clients_is_the_bias_where_the_bias_is_large() {
        let evaluation = Evaluation::builtin("tiger3", 4);
        let society = Society { clients: 64, rounds: 32, local_steps: 16, ..ONE };
        let psi = evaluation.critic(&society, 3).expect("no fault");
        let (error, bias) = (evaluation.error(&psi).error, evaluation.recursion().bias(&society));
        assert!((error / bias - 1.0).abs() < 0.05, "error {error}, bias {bias}");
    }
}
