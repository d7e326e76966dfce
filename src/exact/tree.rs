//! The tree of histories, depth first: exact action values of any policy, one history at a time.

use super::WorkLimitExceeded;
use super::finite_memory::{normalised, plus};
use super::successors::{Successors, expansion_cost, first_weights};
use super::work::Work;
use crate::features::HistoryFold;
use crate::policy::{Policy, Prepared};
use crate::pomdp::Model;

/// A history that is visited after all its continuations.
pub(crate) struct Visit<'a, M, const N: usize> {
    /// The step.
    pub(crate) h: usize,
    /// `P^π(z)`.
    pub(crate) probability: f64,
    /// `π(· | z)`.
    pub(crate) policy: &'a [f64],
    /// `Q^π(z, ·)`, of every table of rewards.
    pub(crate) q: &'a [[f64; N]],
    /// The companion's memory of z.
    pub(crate) memory: &'a M,
    /// For h > 0, the companion's memory one step before, and the action taken there.
    pub(crate) before: Option<(&'a M, usize)>,
}

/// The histories that the model can show, under a policy, together with the memory of a companion fold.
///
/// The walk keeps its place in a list of steps, not on the stack, so that no horizon is too long for it.
/// Memory is allocated once per step, when the walk first comes so far, and so is bounded by the operations
/// that it took to come there; nothing is allocated per history.
pub(crate) struct HistoryTree<'a, P: Policy, C: HistoryFold, const N: usize> {
    model: &'a Model,
    policy: &'a P,
    prepared: &'a mut Prepared<P>,
    companion: &'a C,
    gamma: f64,
    /// N rewards at `a * S + s`.
    rewards: Vec<[f64; N]>,
    /// Those of the steps that the walk has come to.
    levels: Vec<Level<P::Memory, C::Memory, N>>,
}

struct Level<M, C, const N: usize> {
    /// `P(z, s | the actions of z)`.
    weights: Vec<f64>,
    /// Product of the policy's probabilities of the actions of z.
    actions: f64,
    memory: M,
    companion: C,
    policy: Vec<f64>,
    q: Vec<[f64; N]>,
    successors: Successors,
    /// The action whose continuations are being visited; the number of actions once there are no more.
    action: usize,
    /// The observation after it that comes next.
    seen: usize,
    /// `Σ_o P(z, a, o | its actions) V^π(z, a, o)` over the observations before that one.
    future: [f64; N],
}

impl<'a, P, C> HistoryTree<'a, P, C, 1>
where
    P: Policy<Observation = u32>,
    C: HistoryFold<Observation = u32>,
{
    /// The tree with the learners' rewards, which are normalised.
    pub(crate) fn new(
        model: &'a Model,
        policy: &'a P,
        prepared: &'a mut Prepared<P>,
        companion: &'a C,
        gamma: f64,
    ) -> Self {
        HistoryTree::with_rewards(model, policy, prepared, companion, gamma, normalised(model))
    }
}

impl<'a, P, C, const N: usize> HistoryTree<'a, P, C, N>
where
    P: Policy<Observation = u32>,
    C: HistoryFold<Observation = u32>,
{
    /// The tree with N tables of rewards at `a * S + s`.
    pub(crate) fn with_rewards(
        model: &'a Model,
        policy: &'a P,
        prepared: &'a mut Prepared<P>,
        companion: &'a C,
        gamma: f64,
        rewards: Vec<[f64; N]>,
    ) -> Self {
        HistoryTree { model, policy, prepared, companion, gamma, rewards, levels: Vec::new() }
    }

    fn level(&self) -> Level<P::Memory, C::Memory, N> {
        Level {
            weights: vec![0.0; self.model.states()],
            actions: 1.0,
            memory: self.policy.memory(),
            companion: self.companion.memory(),
            policy: vec![0.0; self.model.actions()],
            q: vec![[0.0; N]; self.model.actions()],
            successors: Successors::new(self.model),
            action: 0,
            seen: 0,
            future: [0.0; N],
        }
    }

    /// Visits every history and returns `V^π` for every table of rewards.
    pub(crate) fn walk(
        mut self,
        work: &mut Work,
        mut visit: impl FnMut(&Visit<C::Memory, N>, &mut Work) -> Result<(), WorkLimitExceeded>,
    ) -> Result<[f64; N], WorkLimitExceeded> {
        let mut value = [0.0; N];
        if self.policy.horizon() == 0 {
            return Ok(value);
        }
        self.levels.push(self.level());
        for first in 0..self.model.first_observations() {
            let root = &mut self.levels[0];
            if first_weights(self.model, first, &mut root.weights) > 0.0 {
                self.policy.start(self.prepared.theta(), &mut root.memory, &(first as u32));
                self.companion.start(&mut root.companion, &(first as u32));
                value = plus(value, 1.0, self.below_root(work, &mut visit)?);
            }
        }
        Ok(value)
    }

    /// `P(z | its actions) V^π(z)` for the history of level 0, after all its continuations.
    fn below_root(
        &mut self,
        work: &mut Work,
        visit: &mut impl FnMut(&Visit<C::Memory, N>, &mut Work) -> Result<(), WorkLimitExceeded>,
    ) -> Result<[f64; N], WorkLimitExceeded> {
        let mut h = 0;
        self.open(h, work)?;
        loop {
            if self.enter_next(h) {
                h += 1;
                self.open(h, work)?;
                continue;
            }
            let value = self.close(h, work, visit)?;
            match h.checked_sub(1) {
                None => return Ok(value),
                Some(before) => h = before,
            }
            self.levels[h].future = plus(self.levels[h].future, 1.0, value);
        }
    }

    /// Begins the history of level `h`.
    fn open(&mut self, h: usize, work: &mut Work) -> Result<(), WorkLimitExceeded> {
        let (states, last) = (self.model.states(), h + 1 == self.policy.horizon());
        work.spend(if last { self.model.actions() * states } else { expansion_cost(self.model) })?;
        let level = &mut self.levels[h];
        level.policy.copy_from_slice(self.prepared.probabilities(self.policy, &level.memory, h));
        for (q, rewards) in level.q.iter_mut().zip(self.rewards.chunks(states)) {
            *q = level.weights.iter().zip(rewards).fold([0.0; N], |sum, (&w, &reward)| plus(sum, w, reward));
        }
        level.action = self.model.actions();
        if !last {
            level.begin(self.model, 0);
        }
        Ok(())
    }

    /// Enters the next continuation of the history of level `h`; false once there is none.
    fn enter_next(&mut self, h: usize) -> bool {
        while self.levels[h].action < self.model.actions() {
            let level = &mut self.levels[h];
            while level.seen < self.model.observations() {
                let (action, seen) = (level.action, level.seen);
                level.seen += 1;
                if level.successors.mass(seen) > 0.0 {
                    self.enter(h, action, seen);
                    return true;
                }
            }
            level.q[level.action] = plus(level.q[level.action], self.gamma, level.future);
            level.begin(self.model, level.action + 1);
        }
        false
    }

    /// Visits the history of level `h`, whose continuations are done: `P(z | its actions) V^π(z)`.
    fn close(
        &mut self,
        h: usize,
        work: &mut Work,
        visit: &mut impl FnMut(&Visit<C::Memory, N>, &mut Work) -> Result<(), WorkLimitExceeded>,
    ) -> Result<[f64; N], WorkLimitExceeded> {
        let level = &mut self.levels[h];
        let value = level.policy.iter().zip(&level.q).fold([0.0; N], |sum, (&p, &q)| plus(sum, p, q));
        let mass = level.weights.iter().fold(0.0, |sum, w| sum + w);
        level.q.as_flattened_mut().iter_mut().for_each(|q| *q /= mass);
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
        if self.levels.len() == h + 1 {
            self.levels.push(self.level());
        }
        let (done, rest) = self.levels.split_at_mut(h + 1);
        let (level, next) = (&done[h], &mut rest[0]);
        next.weights.copy_from_slice(level.successors.weights(seen));
        next.actions = level.actions * level.policy[action];
        next.memory.clone_from(&level.memory);
        self.policy.advance(self.prepared.theta(), &mut next.memory, h, action, &(seen as u32));
        next.companion.clone_from(&level.companion);
        self.companion.advance(&mut next.companion, h, action, &(seen as u32));
    }
}

impl<M, C, const N: usize> Level<M, C, N> {
    /// Goes on to the continuations by this action, if there is such an action.
    fn begin(&mut self, model: &Model, action: usize) {
        (self.action, self.seen, self.future) = (action, 0, [0.0; N]);
        if action < model.actions() {
            self.successors.set(model, &self.weights, action);
        }
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
