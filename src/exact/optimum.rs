//! The optimal value, by backward induction over the beliefs that can be reached.

use super::WorkLimitExceeded;
use super::finite_memory::{plus, rewards_and_gains};
use super::successors::{Successors, expansion_cost, first_weights};
use super::work::Work;
use crate::pomdp::{Model, Rounded, Roundings, of_terms};
use std::collections::BTreeMap;

/// The optimum of a finite horizon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optimum {
    /// `V*_H(b_0)` in the problem's own units, and its error.
    pub value: Rounded,
    /// Number of different beliefs, summed over steps.
    pub beliefs: usize,
}

/// `V*_H(b_0)`, the largest value of any history-dependent policy over `horizon` steps.
///
/// Beliefs that agree in every component to one part in 2^42 count as one, since rounding makes several of
/// what is one belief; by how much those that were met differ is part of the error.
///
/// # Errors
/// [`WorkLimitExceeded`] after `limit` operations; their number grows with that of different reachable
/// beliefs.
pub fn optimum(model: &Model, horizon: usize, gamma: f64, limit: u64) -> Result<Optimum, WorkLimitExceeded> {
    let mut work = Work::new("the optimal value", limit);
    let rewards = rewards_and_gains(model);
    let mut beliefs = BeliefSet::new(model.states());
    let mut first = Vec::new();
    let mut weights = vec![0.0; model.states()];
    for o in 0..model.first_observations() {
        let mass = first_weights(model, o, &mut weights);
        if mass > 0.0 {
            first.push((mass, beliefs.number(&weights, mass)));
        }
    }
    let (mut count, mut merged) = (0, 0.0);
    let mut layers = Vec::with_capacity(horizon);
    for h in 0..horizon {
        count += beliefs.len();
        merged += beliefs.merged;
        let (layer, next) = expand(model, &rewards, &beliefs, h + 1 == horizon, &mut work)?;
        layers.push(layer);
        beliefs = next;
    }
    // The differences between beliefs were themselves computed.
    let relative = Roundings::by_beliefs(model, horizon).relative(1.001 * merged);
    let mut values = vec![[0.0; 2]; beliefs.len()];
    for layer in layers.iter().rev() {
        values = layer.backed_up(&values, gamma, model.actions(), relative);
    }
    let [value, gain] = match horizon {
        0 => [0.0; 2],
        _ => first.iter().fold([0.0; 2], |sum, &(p, b)| plus(sum, p, values[b])),
    };
    Ok(Optimum { value: Rounded { value, error: of_terms(relative, gain, value) }, beliefs: count })
}

/// Beliefs are one if every component of one is that of the other up to this part of it.
const NEAR: f64 = 1.0 / (1_u64 << 42) as f64;

/// About how many bytes [`optimum`] keeps at once, if it may take `limit` operations: what its first steps
/// keep, and if these are not all, as much for each further operation.
pub fn optimum_bytes(model: &Model, horizon: usize, limit: u64) -> u64 {
    let mut work = Work::new("the memory of the optimal value", PROBE.min(limit));
    let rewards = rewards_and_gains(model);
    let mut beliefs = BeliefSet::new(model.states());
    let mut weights = vec![0.0; model.states()];
    for o in 0..model.first_observations() {
        let mass = first_weights(model, o, &mut weights);
        if mass > 0.0 {
            beliefs.number(&weights, mass);
        }
    }
    let (mut layers, mut most) = (0, beliefs.bytes());
    // What is known to have been kept after so many operations.
    let mut known = (most, 0);
    for h in 0..horizon {
        match expand(model, &rewards, &beliefs, h + 1 == horizon, &mut work) {
            Ok((layer, next)) => {
                layers += layer.bytes();
                most = most.max(layers + beliefs.bytes() + next.bytes());
                known = (most, work.spent());
                beliefs = next;
            }
            Err(_) if known.1 > 0 => {
                return (known.0 as f64 / known.1 as f64 * limit as f64) as u64;
            }
            // Not even the first step: every successor may be a belief of its own, which takes some 16 bytes
            // for each operation.
            Err(_) => return known.0.max(16 * limit),
        }
    }
    most
}

/// Operations after which the rest is extrapolated: a few hundredths of a second.
const PROBE: u64 = 1_000_000;

/// The beliefs of one step, numbered in the order in which they are met.
struct BeliefSet {
    states: usize,
    beliefs: Vec<f64>,
    /// By the leading bits of their components, and by how many beliefs have the same and are not near.
    numbers: BTreeMap<Box<[u64]>, usize>,
    key: Vec<u64>,
    /// The largest part of a component by which a belief differs from the one that stands for it.
    merged: f64,
}

/// Bits of an f64 that a key leaves out: it keeps 40 of the mantissa, so that rounding seldom parts what is
/// near.
const DROPPED: u32 = 12;

impl BeliefSet {
    fn new(states: usize) -> Self {
        let key = vec![0; states + 1];
        BeliefSet { states, beliefs: Vec::new(), numbers: BTreeMap::new(), key, merged: 0.0 }
    }

    fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Numbers and keys, and what an entry of the tree takes beside its key.
    fn bytes(&self) -> u64 {
        const ENTRY: usize = 64;
        (self.len() * (16 * self.states + 8 + ENTRY)) as u64
    }

    fn belief(&self, number: usize) -> &[f64] {
        &self.beliefs[number * self.states..(number + 1) * self.states]
    }

    /// The number of the belief `weights / mass`.
    fn number(&mut self, weights: &[f64], mass: f64) -> usize {
        let (same, components) = self.key.split_last_mut().expect("a key is never empty");
        *same = 0;
        for (key, w) in components.iter_mut().zip(weights) {
            // The bits of numbers that are not negative are in their order.
            *key = ((w / mass).to_bits() + (1 << (DROPPED - 1))) >> DROPPED;
        }
        while let Some(&known) = self.numbers.get(self.key.as_slice()) {
            let difference = self.difference(known, weights, mass);
            if difference <= NEAR {
                self.merged = self.merged.max(difference);
                return known;
            }
            *self.key.last_mut().expect("a key is never empty") += 1;
        }
        let number = self.numbers.len();
        self.numbers.insert(self.key.clone().into_boxed_slice(), number);
        self.beliefs.extend(weights.iter().map(|w| w / mass));
        number
    }

    /// The largest difference between the components of a known belief and of `weights / mass`, relative to
    /// the smaller one.
    fn difference(&self, known: usize, weights: &[f64], mass: f64) -> f64 {
        let components = self.belief(known).iter().zip(weights);
        components.fold(0.0, |largest: f64, (&x, w)| {
            let y = w / mass;
            if x.to_bits() == y.to_bits() { largest } else { largest.max((x - y).abs() / x.min(y)) }
        })
    }
}

/// One step: for every belief b and action a, at `b * A + a`, the expected reward and where the next beliefs
/// end.
struct Layer {
    /// Of rewards, and of gains.
    reward: Vec<[f64; 2]>,
    ends: Vec<usize>,
    /// (probability, number of the next belief).
    next: Vec<(f64, usize)>,
}

impl Layer {
    fn bytes(&self) -> u64 {
        let next = size_of::<(f64, usize)>() * self.next.len();
        (next + size_of::<[f64; 2]>() * self.reward.len() + size_of::<usize>() * self.ends.len()) as u64
    }

    /// For every belief, `V = max_a [ b·r_a + γ Σ_o P(o | b, a) V(b') ]`, and the largest gain of a policy
    /// whose actions may be the best, as far as terms of a relative error can tell.
    fn backed_up(&self, values: &[[f64; 2]], gamma: f64, actions: usize, relative: f64) -> Vec<[f64; 2]> {
        let mut begin = 0;
        let q: Vec<[f64; 2]> = self
            .reward
            .iter()
            .zip(&self.ends)
            .map(|(&reward, &end)| {
                let future =
                    self.next[begin..end].iter().fold([0.0; 2], |sum, &(p, b)| plus(sum, p, values[b]));
                begin = end;
                plus(reward, gamma, future)
            })
            .collect();
        q.chunks(actions).map(|q| best_of(q, relative)).collect()
    }
}

/// The largest value, and the largest gain of an action whose value may be the largest.
///
/// What an action is worth where the belief is a little another one is as uncertain as what it is worth here,
/// hence twice the error on either side, and twice that again since the error itself is an estimate.
fn best_of(q: &[[f64; 2]], relative: f64) -> [f64; 2] {
    let error = |&[value, gain]: &[f64; 2]| 4.0 * of_terms(relative, gain, value);
    let largest = |numbers: &mut dyn Iterator<Item = f64>| numbers.fold(f64::NEG_INFINITY, f64::max);
    let least = largest(&mut q.iter().map(|q| q[0] - error(q)));
    let may_be_best = |q: &&[f64; 2]| q[0] + error(q) >= least;
    [largest(&mut q.iter().map(|q| q[0])), largest(&mut q.iter().filter(may_be_best).map(|q| q[1]))]
}

fn expand(
    model: &Model,
    rewards: &[[f64; 2]],
    beliefs: &BeliefSet,
    last: bool,
    work: &mut Work,
) -> Result<(Layer, BeliefSet), WorkLimitExceeded> {
    let states = model.states();
    let mut layer = Layer { reward: Vec::new(), ends: Vec::new(), next: Vec::new() };
    let mut following = BeliefSet::new(states);
    let mut successors = Successors::new(model);
    let cost = if last { model.actions() * states } else { expansion_cost(model) };
    for number in 0..beliefs.len() {
        work.spend(cost)?;
        let belief = beliefs.belief(number);
        for a in 0..model.actions() {
            let of_states = belief.iter().zip(&rewards[a * states..(a + 1) * states]);
            layer.reward.push(of_states.fold([0.0; 2], |sum, (&b, &reward)| plus(sum, b, reward)));
            if !last {
                successors.set(model, belief, a);
                for o in 0..model.observations() {
                    let mass = successors.mass(o);
                    if mass > 0.0 {
                        layer.next.push((mass, following.number(successors.weights(o), mass)));
                    }
                }
            }
            layer.ends.push(layer.next.len());
        }
    }
    Ok((layer, following))
}
