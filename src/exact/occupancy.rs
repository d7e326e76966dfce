//! Where a policy of a finite memory is, together with the finite memory of a feature map.

use super::WorkLimitExceeded;
use super::successors::{Successors, expansion_cost, first_weights};
use super::work::Work;
use crate::features::FeatureMap;
use crate::policy::{Policy, Prepared};
use crate::pomdp::Model;
use std::collections::BTreeMap;

/// A memory of the policy and one of the map that some history has at the same time: (policy's slot, map's
/// slot).
pub(crate) type Pair = (usize, usize);

/// For one step, `P^π(s_h = s, pair)` at s, for every pair of positive probability.
pub(crate) type Layer = BTreeMap<Pair, Vec<f64>>;

/// A move from one step to the next.
pub(crate) struct Move {
    /// The step of the action.
    pub(crate) h: usize,
    /// The pair of step h.
    pub(crate) from: Pair,
    /// The action.
    pub(crate) action: usize,
    /// The pair of step h + 1.
    pub(crate) to: Pair,
    /// `P^π(from, action, to)`; several moves of one action, by different observations, may lead to the same
    /// pair.
    pub(crate) probability: f64,
}

/// The occupancies of all steps; `each` is shown every move of positive probability, step by step in the
/// order of pairs.
///
/// # Panics
/// If a memory is not finite, or policy and map differ in the number of steps.
pub(crate) fn occupancies<P, F>(
    model: &Model,
    policy: &P,
    prepared: &mut Prepared<P>,
    map: &F,
    work: &mut Work,
    mut each: impl FnMut(&Move, &mut Prepared<P>, &mut Work) -> Result<(), WorkLimitExceeded>,
) -> Result<Vec<Layer>, WorkLimitExceeded>
where
    P: Policy<Observation = u32>,
    F: FeatureMap<Observation = u32>,
{
    assert_eq!(map.horizon(), policy.horizon(), "policy and critic take the same number of steps");
    let mut layers: Vec<Layer> = vec![first_layer(model, policy, prepared.theta(), map)];
    let mut successors = Successors::new(model);
    let (mut after, mut seen_after) = (policy.memory(), map.memory());
    for h in 0..policy.horizon().saturating_sub(1) {
        let mut next = Layer::new();
        for (&from, occupancy) in &layers[h] {
            work.spend(expansion_cost(model))?;
            let memory = policy.memory_of_slot(h, from.0);
            let seen_by_map = map.memory_of_slot(h, from.1);
            for a in 0..model.actions() {
                let p = prepared.probabilities(policy, &memory, h)[a];
                successors.set(model, occupancy, a);
                for o in 0..model.observations() {
                    let probability = p * successors.mass(o);
                    if probability > 0.0 {
                        after.clone_from(&memory);
                        seen_after.clone_from(&seen_by_map);
                        policy.advance(prepared.theta(), &mut after, h, a, &(o as u32));
                        map.advance(&mut seen_after, h, a, &(o as u32));
                        let to = (policy.slot(&after, h + 1), map.slot(&seen_after, h + 1));
                        add(&mut next, to, p, successors.weights(o));
                        each(&Move { h, from, action: a, to, probability }, prepared, work)?;
                    }
                }
            }
        }
        layers.push(next);
    }
    Ok(layers)
}

fn first_layer<P, F>(model: &Model, policy: &P, theta: &[f64], map: &F) -> Layer
where
    P: Policy<Observation = u32>,
    F: FeatureMap<Observation = u32>,
{
    let mut layer = Layer::new();
    let mut weights = vec![0.0; model.states()];
    let (mut memory, mut seen_by_map) = (policy.memory(), map.memory());
    for first in 0..model.first_observations() {
        if first_weights(model, first, &mut weights) > 0.0 {
            policy.start(theta, &mut memory, &(first as u32));
            map.start(&mut seen_by_map, &(first as u32));
            add(&mut layer, (policy.slot(&memory, 0), map.slot(&seen_by_map, 0)), 1.0, &weights);
        }
    }
    layer
}

fn add(layer: &mut Layer, pair: Pair, c: f64, weights: &[f64]) {
    let sums = layer.entry(pair).or_insert_with(|| vec![0.0; weights.len()]);
    for (sum, w) in sums.iter_mut().zip(weights) {
        *sum += c * w;
    }
}
