//! The optimal value, by backward induction over the beliefs that can be reached.

use super::WorkLimitExceeded;
use super::successors::{Successors, dot, expansion_cost, first_weights, reward_table};
use super::work::Work;
use crate::pomdp::Model;
use std::collections::BTreeMap;

/// The optimum of a finite horizon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optimum {
    /// `V*_H(b_0)` of normalised rewards.
    pub value: f64,
    /// Number of different beliefs, summed over steps.
    pub beliefs: usize,
}

/// `V*_H(b_0)`, the largest value of any history-dependent policy over `horizon` steps.
///
/// Beliefs that agree to about 2^-40 in every component count as one, which changes the value by less than S H² 2^-40.
///
/// # Errors
/// [`WorkLimitExceeded`] after `limit` operations; their number grows with that of different reachable beliefs.
pub fn optimum(model: &Model, horizon: usize, gamma: f64, limit: u64) -> Result<Optimum, WorkLimitExceeded> {
    let mut work = Work::new("the optimal value", limit);
    let reward = reward_table(model);
    let mut beliefs = BeliefSet::new(model.states());
    let mut first = Vec::new();
    let mut weights = vec![0.0; model.states()];
    for o in 0..model.first_observations() {
        let mass = first_weights(model, o, &mut weights);
        if mass > 0.0 {
            first.push((mass, beliefs.number(&weights, mass)));
        }
    }
    let mut count = 0;
    let mut layers = Vec::with_capacity(horizon);
    for h in 0..horizon {
        count += beliefs.len();
        let (layer, next) = expand(model, &reward, &beliefs, h + 1 == horizon, &mut work)?;
        layers.push(layer);
        beliefs = next;
    }
    let mut values = vec![0.0; beliefs.len()];
    for layer in layers.iter().rev() {
        values = layer.backed_up(&values, gamma, model.actions());
    }
    let value = if horizon == 0 { 0.0 } else { first.iter().fold(0.0, |sum, &(p, b)| sum + p * values[b]) };
    Ok(Optimum { value, beliefs: count })
}

/// About how many bytes [`optimum`] keeps at once, if it may take `limit` operations: what its first steps keep, and if these are not
/// all, as much for each further operation.
pub fn optimum_bytes(model: &Model, horizon: usize, limit: u64) -> u64 {
    let mut work = Work::new("the memory of the optimal value", PROBE.min(limit));
    let reward = reward_table(model);
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
        match expand(model, &reward, &beliefs, h + 1 == horizon, &mut work) {
            Ok((layer, next)) => {
                layers += layer.bytes();
                most = most.max(layers + beliefs.bytes() + next.bytes());
                known = (most, work.spent());
                beliefs = next;
            }
            Err(_) if known.1 > 0 => {
                return (known.0 as f64 / known.1 as f64 * limit as f64) as u64;
            }
            // Not even the first step: every successor may be a belief of its own, which takes some 16 bytes for each operation.
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
    numbers: BTreeMap<Box<[u64]>, usize>,
    key: Vec<u64>,
}

impl BeliefSet {
    /// 2^40.
    const RESOLUTION: f64 = 1_099_511_627_776.0;

    fn new(states: usize) -> Self {
        BeliefSet { states, beliefs: Vec::new(), numbers: BTreeMap::new(), key: vec![0; states] }
    }

    fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Numbers and keys, and what an entry of the tree takes beside its key.
    fn bytes(&self) -> u64 {
        const ENTRY: usize = 64;
        (self.len() * (16 * self.states + ENTRY)) as u64
    }

    fn belief(&self, number: usize) -> &[f64] {
        &self.beliefs[number * self.states..(number + 1) * self.states]
    }

    /// The number of the belief `weights / mass`.
    fn number(&mut self, weights: &[f64], mass: f64) -> usize {
        for (key, w) in self.key.iter_mut().zip(weights) {
            *key = (w / mass * BeliefSet::RESOLUTION).round() as u64;
        }
        if let Some(&known) = self.numbers.get(self.key.as_slice()) {
            return known;
        }
        let number = self.numbers.len();
        self.numbers.insert(self.key.clone().into_boxed_slice(), number);
        self.beliefs.extend(weights.iter().map(|w| w / mass));
        number
    }
}

/// One step: for every belief b and action a, at `b * A + a`, the expected reward and where the next beliefs end.
struct Layer {
    reward: Vec<f64>,
    ends: Vec<usize>,
    /// (probability, number of the next belief).
    next: Vec<(f64, usize)>,
}

impl Layer {
    fn bytes(&self) -> u64 {
        let next = size_of::<(f64, usize)>() * self.next.len();
        (next + 8 * (self.reward.len() + self.ends.len())) as u64
    }

    /// `max_a [ b·r_a + γ Σ_o P(o | b, a) V(b') ]` for every belief.
    fn backed_up(&self, values: &[f64], gamma: f64, actions: usize) -> Vec<f64> {
        let mut begin = 0;
        let q: Vec<f64> = self
            .reward
            .iter()
            .zip(&self.ends)
            .map(|(reward, &end)| {
                let future = self.next[begin..end].iter().fold(0.0, |sum, &(p, b)| sum + p * values[b]);
                begin = end;
                reward + gamma * future
            })
            .collect();
        q.chunks(actions).map(|q| q.iter().copied().fold(f64::NEG_INFINITY, f64::max)).collect()
    }
}

fn expand(
    model: &Model,
    reward: &[f64],
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
            layer.reward.push(dot(belief, &reward[a * states..(a + 1) * states]));
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
