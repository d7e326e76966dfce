//! Second moments of features under a policy, exactly.

use crate::exact::{HistoryTree, Work, WorkLimitExceeded, is_finite, occupancies};
use crate::features::{FeatureMap, Row};
use crate::policy::{Policy, Prepared};
use crate::pomdp::{Model, discount_table};
use std::collections::BTreeMap;

/// A sparse matrix over components of the stacked vector.
pub(super) type Entries = BTreeMap<(u32, u32), f64>;

/// `S = E^π Σ_h γ^h φ_h φ_h'` and `C = E^π Σ_h γ^{h+1} φ_h φ_{h+1}'`, with the features of step h at their
/// place in the stacked vector; `φ_H = 0`.
///
/// For untied maps S is block diagonal, its blocks being `γ^h E φ_h φ_h'`. `A = S - C` is the matrix of the
/// mean TD update: `E g(ψ) = A (ψ - ψ*)` where `Q^π = ⟨φ, ψ*⟩`.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// γ.
    pub(super) gamma: f64,
    /// S by its nonzeros on and above the diagonal.
    pub(super) gram: Entries,
    /// C by its nonzeros.
    pub(super) cross: Entries,
}

impl Moments {
    /// The moments of the features of `map` under the policy: over pairs of memories where both are finite,
    /// else over all histories. For the actor's regression `map` is
    /// [`PolicyGradients`](super::PolicyGradients).
    ///
    /// # Errors
    /// [`WorkLimitExceeded`] after `limit` operations.
    ///
    /// # Panics
    /// If policy and map differ in the number of steps.
    pub fn new<P, F>(
        model: &Model,
        policy: &P,
        prepared: &mut Prepared<P>,
        map: &F,
        gamma: f64,
        limit: u64,
    ) -> Result<Self, WorkLimitExceeded>
    where
        P: Policy<Observation = u32>,
        F: FeatureMap<Observation = u32>,
    {
        assert_eq!(map.horizon(), policy.horizon(), "policy and features take the same number of steps");
        let moments = Moments { gamma, gram: Entries::new(), cross: Entries::new() };
        let mut sums = Sums { map, discount: discount_table(gamma, policy.horizon() + 1), moments };
        let mut work = Work::new("the moments of features", limit);
        if is_finite(policy) && (0..map.horizon()).all(|h| map.slots(h).is_some()) {
            sums.over_memories(model, policy, prepared, &mut work)?;
        } else {
            sums.over_histories(model, policy, prepared, &mut work)?;
        }
        Ok(sums.moments)
    }
}

struct Sums<'a, F> {
    map: &'a F,
    discount: Vec<f64>,
    moments: Moments,
}

impl<F: FeatureMap<Observation = u32>> Sums<'_, F> {
    // Counted by a test of what is compiled.
    #[inline(never)]
    fn over_memories<P: Policy<Observation = u32>>(
        &mut self,
        model: &Model,
        policy: &P,
        prepared: &mut Prepared<P>,
        work: &mut Work,
    ) -> Result<(), WorkLimitExceeded> {
        let map = self.map;
        let layers = occupancies(model, policy, prepared, map, work, |step, prepared, work| {
            let after = step.h + 1;
            let before = (&map.memory_of_slot(step.h, step.from.1), step.action);
            let probabilities =
                prepared.probabilities(policy, &policy.memory_of_slot(after, step.to.0), after);
            let memory = map.memory_of_slot(after, step.to.1);
            self.add_cross(after, before, &memory, step.probability, probabilities, work)
        })?;
        for (h, layer) in layers.iter().enumerate() {
            for (&(slot, seen), occupancy) in layer {
                let mass = occupancy.iter().fold(0.0, |sum, w| sum + w);
                let memory = map.memory_of_slot(h, seen);
                let probabilities = prepared.probabilities(policy, &policy.memory_of_slot(h, slot), h);
                self.add_gram(h, &memory, mass, probabilities, work)?;
            }
        }
        Ok(())
    }

    // Counted by a test of what is compiled.
    #[inline(never)]
    fn over_histories<P: Policy<Observation = u32>>(
        &mut self,
        model: &Model,
        policy: &P,
        prepared: &mut Prepared<P>,
        work: &mut Work,
    ) -> Result<(), WorkLimitExceeded> {
        let (map, gamma) = (self.map, self.moments.gamma);
        HistoryTree::new(model, policy, prepared, map, gamma).walk(work, |visit, work| {
            self.add_gram(visit.h, visit.memory, visit.probability, visit.policy, work)?;
            if let Some(before) = visit.before {
                self.add_cross(visit.h, before, visit.memory, visit.probability, visit.policy, work)?;
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Adds `γ^h P(z) Σ_a π(a | z) φ_h(z, a) φ_h(z, a)'`.
    fn add_gram(
        &mut self,
        h: usize,
        memory: &F::Memory,
        probability: f64,
        policy: &[f64],
        work: &mut Work,
    ) -> Result<(), WorkLimitExceeded> {
        for (a, p) in policy.iter().enumerate() {
            let row = self.row(memory, h, a);
            work.spend(row.len() * row.len())?;
            let weight = self.discount[h] * probability * p;
            for (at, &(i, x)) in row.iter().enumerate() {
                for &(j, y) in &row[at..] {
                    *self.moments.gram.entry((i, j)).or_insert(0.0) += weight * x * y;
                }
            }
        }
        Ok(())
    }

    /// Adds `γ^h P(before, z) Σ_a π(a | z) φ_{h-1}(before) φ_h(z, a)'`.
    fn add_cross(
        &mut self,
        h: usize,
        before: (&F::Memory, usize),
        memory: &F::Memory,
        probability: f64,
        policy: &[f64],
        work: &mut Work,
    ) -> Result<(), WorkLimitExceeded> {
        let left = self.row(before.0, h - 1, before.1);
        for (a, p) in policy.iter().enumerate() {
            let right = self.row(memory, h, a);
            work.spend(left.len() * right.len())?;
            let weight = self.discount[h] * probability * p;
            for &(i, x) in &left {
                for &(j, y) in &right {
                    *self.moments.cross.entry((i, j)).or_insert(0.0) += weight * x * y;
                }
            }
        }
        Ok(())
    }

    /// The nonzeros of `φ_h(z, a)`.
    fn row(&self, memory: &F::Memory, h: usize, action: usize) -> Vec<(u32, f64)> {
        let mut row = F::Row::default();
        self.map.row(memory, h, action, &mut row);
        let mut entries = Vec::new();
        row.for_each(|i, value| entries.push((i as u32, value)));
        entries
    }
}
