//! The tree of histories, depth first: exact action values of any policy, one history at a time.

use super::WorkLimitExceeded;
use super::successors::{Successors, dot, expansion_cost, first_weights, reward_table};
use super::work::Work;
use crate::features::HistoryFold;
use crate::policy::{Policy, Prepared};
use crate::pomdp::Model;

/// A history that is visited after all its continuations.
pub(crate) struct Visit<'a, M> {
    /// The step.
    pub(crate) h: usize,
    /// `P^π(z)`.
    pub(crate) probability: f64,
    /// `π(· | z)`.
    pub(crate) policy: &'a [f64],
    /// `Q^π(z, ·)`, normalised.
    pub(crate) q: &'a [f64],
    /// The companion's memory of z.
    pub(crate) memory: &'a M,
    /// For h > 0, the companion's memory one step before, and the action taken there.
    pub(crate) before: Option<(&'a M, usize)>,
}

/// The histories that the model can show, under a policy, together with the memory of a companion fold.
///
/// Memory is allocated once per step; nothing is allocated per history.
pub(crate) struct HistoryTree<'a, P: Policy, C: HistoryFold> {
    model: &'a Model,
    policy: &'a P,
    prepared: &'a mut Prepared<P>,
    companion: &'a C,
    gamma: f64,
    reward: Vec<f64>,
    levels: Vec<Level<P::Memory, C::Memory>>,
}

struct Level<M, N> {
    /// `P(z, s | the actions of z)`.
    weights: Vec<f64>,
    /// Product of the policy's probabilities of the actions of z.
    actions: f64,
    memory: M,
    companion: N,
    policy: Vec<f64>,
    q: Vec<f64>,
    successors: Successors,
    /// The action whose continuations are being visited.
    action: usize,
}

impl<'a, P, C> HistoryTree<'a, P, C>
where
    P: Policy<Observation = u32>,
    C: HistoryFold<Observation = u32>,
{
    pub(crate) fn new(
        model: &'a Model,
        policy: &'a P,
        prepared: &'a mut Prepared<P>,
        companion: &'a C,
        gamma: f64,
    ) -> Self {
        let level = || Level {
            weights: vec![0.0; model.states()],
            actions: 1.0,
            memory: policy.memory(),
            companion: companion.memory(),
            policy: vec![0.0; model.actions()],
            q: vec![0.0; model.actions()],
            successors: Successors::new(model),
            action: 0,
        };
        let levels = (0..policy.horizon()).map(|_| level()).collect();
        HistoryTree { model, policy, prepared, companion, gamma, reward: reward_table(model), levels }
    }

    /// Visits every history and returns `V^π`, normalised.
    pub(crate) fn walk(
        mut self,
        work: &mut Work,
        mut visit: impl FnMut(&Visit<C::Memory>, &mut Work) -> Result<(), WorkLimitExceeded>,
    ) -> Result<f64, WorkLimitExceeded> {
        let mut value = 0.0;
        if self.levels.is_empty() {
            return Ok(value);
        }
        for first in 0..self.model.first_observations() {
            let root = &mut self.levels[0];
            if first_weights(self.model, first, &mut root.weights) > 0.0 {
                self.policy.start(&mut root.memory, &(first as u32));
                self.companion.start(&mut root.companion, &(first as u32));
                value += self.below(0, work, &mut visit)?;
            }
        }
        Ok(value)
    }

    /// `P(z | its actions) V^π(z)` for the history of level `h`.
    fn below(
        &mut self,
        h: usize,
        work: &mut Work,
        visit: &mut impl FnMut(&Visit<C::Memory>, &mut Work) -> Result<(), WorkLimitExceeded>,
    ) -> Result<f64, WorkLimitExceeded> {
        let (states, last) = (self.model.states(), h + 1 == self.levels.len());
        work.spend(if last { self.model.actions() * states } else { expansion_cost(self.model) })?;
        let level = &mut self.levels[h];
        level.policy.copy_from_slice(self.prepared.probabilities(self.policy, &level.memory, h));
        for a in 0..self.model.actions() {
            let mut q = dot(&self.levels[h].weights, &self.reward[a * states..(a + 1) * states]);
            if !last {
                let level = &mut self.levels[h];
                level.successors.set(self.model, &level.weights, a);
                level.action = a;
                let mut future = 0.0;
                for o in 0..self.model.observations() {
                    if self.levels[h].successors.mass(o) > 0.0 {
                        self.enter(h, a, o);
                        future += self.below(h + 1, work, visit)?;
                    }
                }
                q += self.gamma * future;
            }
            self.levels[h].q[a] = q;
        }
        let level = &mut self.levels[h];
        let value = dot(&level.policy, &level.q);
        let mass = level.weights.iter().fold(0.0, |sum, w| sum + w);
        level.q.iter_mut().for_each(|q| *q /= mass);
        let level = &self.levels[h];
        let seen = Visit {
            h,
            probability: mass * level.actions,
            policy: &level.policy,
            q: &level.q,
            memory: &level.companion,
            before: h.checked_sub(1).map(|h| (&self.levels[h].companion, self.levels[h].action)),
        };
        visit(&seen, work)?;
        Ok(value)
    }

    /// Makes level `h + 1` the continuation of level `h` by action and observation.
    fn enter(&mut self, h: usize, action: usize, seen: usize) {
        let (done, rest) = self.levels.split_at_mut(h + 1);
        let (level, next) = (&done[h], &mut rest[0]);
        next.weights.copy_from_slice(level.successors.weights(seen));
        next.actions = level.actions * level.policy[action];
        next.memory.clone_from(&level.memory);
        self.policy.advance(&mut next.memory, h, action, &(seen as u32));
        next.companion.clone_from(&level.companion);
        self.companion.advance(&mut next.companion, h, action, &(seen as u32));
    }
}

/// The companion of a walk that needs none.
pub(crate) struct NoMemory;

impl HistoryFold for NoMemory {
    type Observation = u32;
    type Memory = ();

    fn memory(&self) {}

    fn start(&self, _memory: &mut (), _first: &u32) {}

    fn advance(&self, _memory: &mut (), _h: usize, _action: usize, _seen: &u32) {}
}
