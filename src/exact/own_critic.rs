//! The exact critic in a problem's own features.

use super::exact_critic::{COMPUTATION, ExactCritic, ExactCriticError};
use super::finite_memory::{backward, is_finite, normalised};
use super::linear::solve;
use super::occupancy::occupancies;
use super::successors::dot;
use super::tree::HistoryTree;
use super::work::Work;
use crate::features::{FeatureMap, OwnMap};
use crate::policy::{Policy, Prepared};
use crate::pomdp::Model;
use std::collections::BTreeMap;

/// Two values are the same, and an equation holds, up to this: rewards are normalised.
const TOLERANCE: f64 = 1e-9;

/// The parameters with `⟨φ_h(z, a), ψ_h⟩ = Q_h^π(z, a)` on the histories that can be shown; those that the
/// equations leave open are 0.
///
/// Where Q depends on more than the features see, because the policy does, there are none.
impl ExactCritic for OwnMap {
    fn exact_critic<P: Policy<Observation = u32>>(
        &self,
        model: &Model,
        policy: &P,
        prepared: &mut Prepared<P>,
        gamma: f64,
        limit: u64,
    ) -> Result<Vec<f64>, ExactCriticError> {
        assert_eq!(self.horizon(), policy.horizon(), "policy and critic take the same number of steps");
        let mut work = Work::new(COMPUTATION, limit);
        let mut values =
            ActionValues { map: self, steps: vec![BTreeMap::new(); self.horizon()], differ: None };
        if is_finite(policy) {
            let layers = occupancies(model, policy, prepared, self, &mut work, |_, _, _| Ok(()))?;
            let states = model.states();
            let rewards = normalised(model);
            backward(model, policy, prepared, gamma, &rewards, &mut work, |h, slot, q| {
                let q = q.as_flattened();
                for (&(_, class), occupancy) in layers[h].range((slot, 0)..(slot + 1, 0)) {
                    let mass = occupancy.iter().fold(0.0, |sum, w| sum + w);
                    let of_action = |a: usize| dot(occupancy, &q[a * states..(a + 1) * states]) / mass;
                    values.insert(h, class, (0..model.actions()).map(of_action).collect());
                }
            })?;
        } else {
            HistoryTree::new(model, policy, prepared, self, gamma).walk(&mut work, |visit, _| {
                values.insert(visit.h, *visit.memory as usize, visit.q.as_flattened().to_vec());
                Ok(())
            })?;
        }
        values.parameters(&mut work)
    }

    fn depends_on_parameter(&self) -> bool {
        true
    }
}

/// `Q_h^π(z, ·)` by step and by what the features see of z.
struct ActionValues<'a> {
    map: &'a OwnMap,
    steps: Vec<BTreeMap<usize, Vec<f64>>>,
    /// A step at which two histories look the same and have different values.
    differ: Option<usize>,
}

impl ActionValues<'_> {
    fn insert(&mut self, h: usize, class: usize, q: Vec<f64>) {
        let seen = if self.map.is_blind(h) { 0 } else { self.map.table().block(class) };
        let known = self.steps[h].entry(seen).or_insert_with(|| q.clone());
        if known.iter().zip(&q).any(|(x, y)| (x - y).abs() > TOLERANCE) {
            self.differ = Some(h);
        }
    }

    fn parameters(&self, work: &mut Work) -> Result<Vec<f64>, ExactCriticError> {
        if let Some(step) = self.differ {
            return Err(ExactCriticError::NotLinear { step });
        }
        let (map, table) = (self.map, self.map.table());
        let mut psi = vec![0.0; map.stacked()];
        for (step, values) in self.steps.iter().enumerate() {
            let here = &mut psi[map.offset(step)..map.offset(step + 1)];
            if map.is_blind(step) {
                here.copy_from_slice(&values[&0]);
                continue;
            }
            let equations = values.iter().flat_map(|(&block, q)| {
                q.iter().enumerate().map(move |(a, &q)| (table.of_block(block, a).to_vec(), q))
            });
            let (mut rows, mut right): (Vec<_>, Vec<_>) = equations.unzip();
            let rank = rows.len().min(table.dimension());
            work.spend(rank.saturating_mul(rows.len()).saturating_mul(table.dimension()))?;
            let solution = solve(&mut rows, &mut right, TOLERANCE);
            here.copy_from_slice(&solution.ok_or(ExactCriticError::NotLinear { step })?);
        }
        Ok(psi)
    }
}
