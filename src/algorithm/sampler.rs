//! Trajectories of one client, several at a time: a trajectory is a chain of table look-ups that wait for one
//! another, and the chains of different trajectories do not. Those of networks are sampled [one by
//! one](super::one_by_one). Compiled for each simulator and policy class.

use super::batch::{Batch, LANES, Writing};
use super::jacobians::Jacobians;
use super::needs::{Needs, Of};
use super::one_by_one::{Written, trajectory};
use crate::features::{Row, Rows};
use crate::policy::network::Tape;
use crate::policy::{Policy, Prepared};
use crate::pomdp::{Generator, Problem, Simulator, Units};
use dpac_actors::Jump;
use rand::Rng;
use std::any::Any;
use std::sync::Arc;

/// What is left over goes by twos.
const TWO: usize = 2;

/// A problem and a policy class that acts in it, whatever their types.
pub(super) trait Acts<O>: Send + Sync {
    fn horizon(&self) -> usize;

    fn actions(&self) -> usize;

    /// `d_θ`.
    fn parameters(&self) -> usize;

    /// See [`Policy::is_linear`].
    fn is_linear(&self) -> bool;

    /// Whether the policy's gradients are rows, and no network's.
    fn gradients_are_rows(&self) -> bool;

    /// [`Row::NONZEROS`] of the policy's gradients.
    fn gradient_nonzeros(&self) -> Option<u64>;

    /// See [`Policy::fold`].
    fn fold(&self) -> Option<&dyn Any>;

    /// Bytes of what a sampler keeps of a batch for whoever has these needs.
    fn bytes(&self, needs: Needs, remembered: bool) -> u64;

    fn sampler(&self) -> Box<dyn Samples<O>>;
}

/// What of the policy is kept of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Keep {
    /// Nothing that anybody will ask for.
    Nothing,
    /// What its gradients and probabilities are made of: memories, or of a network tapes of the trajectories.
    Policy,
    /// That, and what it remembered at each place, for a critic that reads it.
    Memories,
}

/// A sampler at work.
pub(super) trait Samples<O>: Send {
    /// θ; empty before the first [`Samples::set`].
    fn theta(&self) -> &[f64];

    fn set(&mut self, theta: &[f64]);

    /// The client's next trajectories of the stream, at most `at_most` of them, as many as pay; `rewards`
    /// are written by place, normalised by the client's range.
    fn sample(
        &mut self,
        client: u32,
        at_most: u64,
        keep: Keep,
        rng: &mut Generator,
        batch: &mut Batch<O>,
        rewards: Option<&mut Vec<f64>>,
    );

    /// What the policy remembered, a `Vec<P::Memory>` in the batch's order; needs a batch whose
    /// [memories](Keep::Memories) were kept.
    fn remembered(&self) -> &dyn Any;

    /// Writes `ξ_h(z, a)` of the actions taken, or of all; needs a batch of which something was kept, as does
    /// the next one.
    fn look_at_gradients(&mut self, batch: &Batch<O>, of: Of);

    /// Writes `π_h(· | z)`.
    fn look_at_probabilities(&mut self, batch: &Batch<O>);

    /// The last gradients.
    fn gradients(&self) -> Rows<'_>;

    /// The last gradients of a policy whose gradients are no rows.
    fn jacobians(&mut self) -> Option<&mut Jacobians>;

    /// See [`Trajectories::tape`](super::Trajectories::tape).
    fn tape(&self, trajectory: usize) -> &Tape;

    /// The last probabilities.
    fn probabilities(&self) -> &[f64];
}

/// See [`Acts`].
pub(super) struct Acting<B, P> {
    pub(super) problem: Arc<B>,
    pub(super) policy: Arc<P>,
}

impl<B, P> Acts<P::Observation> for Acting<B, P>
where
    B: Problem + 'static,
    P: Policy<Observation: Clone> + 'static,
    B::Simulator: Simulator<Observation = P::Observation>,
{
    fn horizon(&self) -> usize {
        self.policy.horizon()
    }

    fn actions(&self) -> usize {
        self.policy.actions()
    }

    fn parameters(&self) -> usize {
        self.policy.parameters()
    }

    fn is_linear(&self) -> bool {
        self.policy.is_linear()
    }

    fn gradients_are_rows(&self) -> bool {
        self.policy.network().is_none()
    }

    fn gradient_nonzeros(&self) -> Option<u64> {
        P::Gradient::NONZEROS
    }

    fn fold(&self) -> Option<&dyn Any> {
        self.policy.fold()
    }

    fn bytes(&self, needs: Needs, remembered: bool) -> u64 {
        let (horizon, actions) = (self.horizon(), self.actions() as u64);
        let keeps = remembered || needs.policy() || Sampler::<B, P>::ALWAYS;
        // Of a network the tapes that its passes read, and its memories where a critic reads them.
        let copies = if P::IS_NETWORK { 1 + u64::from(remembered) } else { u64::from(keeps) };
        let gradients = needs.gradients.map_or(0, |of| of.rows(self.actions()) as u64);
        // θ once more, and at most as much of it turned.
        let passes = gradients > 0 && self.policy.network().is_some();
        let parameter = if passes { (2 * size_of::<f64>() * self.policy.parameters()) as u64 } else { 0 };
        let place = |h| {
            let memory = copies * self.policy.memory_bytes() as u64;
            let keeps_probabilities = needs.probabilities || keeps && self.policy.slots(h).is_none();
            let probabilities = if keeps_probabilities { size_of::<f64>() as u64 * actions } else { 0 };
            memory + probabilities + gradients * P::Gradient::bytes(self.policy.nonzeros(h))
        };
        let places = LANES as u64 * (0..horizon).map(place).sum::<u64>();
        Batch::<P::Observation>::bytes(horizon) + places + parameter
    }

    fn sampler(&self) -> Box<dyn Samples<P::Observation>> {
        let (problem, policy) = (Arc::clone(&self.problem), Arc::clone(&self.policy));
        Box::new(Sampler {
            prepared: Prepared::new(&*policy),
            memories: (0..if P::IS_NETWORK { 1 } else { LANES }).map(|_| policy.memory()).collect(),
            remembered: Vec::new(),
            jump: None,
            gradients: Vec::new(),
            jacobians: policy.network().map(|network| Jacobians::new(*network, LANES)),
            probabilities: Vec::new(),
            instance: None,
            problem,
            policy,
        })
    }
}

/// See [`Samples`].
///
/// Trajectories come from one stream, one after the other, and so they do here, to the bit: where a
/// trajectory's number of words is known, the next one begins so many words on, and need not wait. Where it
/// is not known there is one lane.
struct Sampler<B: Problem, P: Policy> {
    problem: Arc<B>,
    /// That of the last client: threads that ask for it at every batch get into each other's way, since it
    /// counts who holds it.
    instance: Option<(u32, Arc<B::Simulator>)>,
    policy: Arc<P>,
    prepared: Prepared<P>,
    /// By lane.
    memories: Vec<P::Memory>,
    /// In the batch's order; empty before they are first asked for, and of a network.
    remembered: Vec<P::Memory>,
    /// Over the words of a trajectory, and how many they are.
    jump: Option<(u64, Jump)>,
    gradients: Vec<P::Gradient>,
    /// Of a network, instead of rows.
    jacobians: Option<Jacobians>,
    /// By place and action.
    probabilities: Vec<f64>,
}

impl<B, P> Sampler<B, P>
where
    B: Problem,
    P: Policy<Observation: Clone>,
    B::Simulator: Simulator<Observation = P::Observation>,
{
    /// Memories of one word or so are always kept: asking would cost as much.
    const ALWAYS: bool = !std::mem::needs_drop::<P::Memory>();

    /// N trajectories. Their number is a constant, and so is the length of every loop over them.
    ///
    /// # Panics
    /// If the simulator draws another number of words than it says.
    #[inline]
    fn batch_of<const N: usize>(
        &mut self,
        simulator: &B::Simulator,
        keep: Keep,
        rng: &mut Generator,
        batch: &mut Batch<P::Observation>,
        rewards: Option<&mut Vec<f64>>,
    ) {
        let Sampler { policy, prepared, memories, remembered, jump, probabilities, .. } = self;
        let (policy, horizon) = (&**policy, batch.horizon());
        let keeps = keep > Keep::Nothing || Self::ALWAYS;
        let memories: &mut [P::Memory; N] = memories.first_chunk_mut().expect("as many lanes");
        let mut generators: [Generator; N] = std::array::from_fn(|_| rng.clone());
        if let Some((_, jump)) = jump {
            for lane in 0..N {
                generators[lane] = rng.clone();
                *rng = jump.from(rng);
            }
        }
        // What a room is made like is seen by somebody who moves no stream.
        let example = || simulator.initial(&mut generators[0].clone()).1;
        let Writing { first: firsts, actions, seen } = batch.begin(N, example);
        let mut begun: [_; N] = std::array::from_fn(|lane| simulator.initial(&mut generators[lane]));
        for lane in 0..N {
            policy.start(prepared.theta(), &mut memories[lane], &begun[lane].1);
            firsts[lane] = begun[lane].1.clone();
        }
        let written = Steps {
            rewards: rewards.map(|rewards| room(simulator, rewards, N * horizon, horizon)),
            remembered: keeps.then(|| remembered.as_chunks_mut().0),
            probabilities: (keeps && !prepared.has_tables()).then_some(&mut probabilities[..]),
            actions: &mut actions.as_chunks_mut().0[..horizon],
            seen: seen.as_chunks_mut().0,
        };
        walk(simulator, policy, prepared, memories, &mut generators, &mut begun, written);
        let end = &generators[N - 1];
        if jump.is_some() {
            assert!(end == rng, "the simulator draws as many words as it says");
        } else {
            *rng = end.clone();
        }
    }
}

impl<B, P> Sampler<B, P>
where
    B: Problem,
    P: Policy<Observation: Clone>,
    B::Simulator: Simulator<Observation = P::Observation>,
{
    /// Trajectories of a network, whose steps go on the tapes that the passes read.
    #[inline]
    fn one_by_one(
        &mut self,
        simulator: &B::Simulator,
        count: usize,
        keep: Keep,
        rng: &mut Generator,
        batch: &mut Batch<P::Observation>,
        rewards: Option<&mut Vec<f64>>,
    ) {
        let Sampler { policy, prepared, memories, remembered, jacobians, probabilities, .. } = self;
        let (policy, horizon) = (&**policy, batch.horizon());
        let Writing { first, actions, seen } = batch.begin(count, || simulator.initial(&mut rng.clone()).1);
        let mut written = Written {
            first,
            actions,
            seen,
            remembered: (keep == Keep::Memories).then_some(&mut remembered[..]),
            probabilities: (keep > Keep::Nothing).then_some(&mut probabilities[..]),
            rewards: rewards.map(|rewards| room(simulator, rewards, count * horizon, horizon)),
        };
        let (memory, jacobians) = (&mut memories[0], jacobians.as_mut().expect("the policy is a network"));
        // That θ which the passes read: another copy would need as much room in the cache.
        let (theta, tapes) = jacobians.writing();
        for (lane, tape) in tapes[..count].iter_mut().enumerate() {
            // The memory writes on the trajectory's tape, and has its own again behind it.
            std::mem::swap(policy.tape(memory), tape);
            trajectory((simulator, policy), theta, prepared, memory, rng, (lane, count), &mut written);
            std::mem::swap(policy.tape(memory), tape);
        }
    }
}

/// The units of a simulator's rewards, and room for so many of any batch: making it shorter and longer again
/// costs more than a batch of two pays for.
fn room<'a, S: Simulator>(
    simulator: &S,
    rewards: &'a mut Vec<f64>,
    places: usize,
    horizon: usize,
) -> (Units, &'a mut [f64]) {
    if rewards.len() < places {
        rewards.resize(LANES * horizon, 0.0);
    }
    let (lo, hi) = simulator.reward_range();
    (Units::new(lo, hi), &mut rewards[..places])
}

/// Where the steps of N trajectories are written, step by step.
struct Steps<'a, M, O, const N: usize> {
    remembered: Option<&'a mut [[M; N]]>,
    /// By place and action, where they are no table's.
    probabilities: Option<&'a mut [f64]>,
    actions: &'a mut [[u32; N]],
    seen: &'a mut [[O; N]],
    /// Normalised by these units, by place.
    rewards: Option<(Units, &'a mut [f64])>,
}

/// Samples the steps of N trajectories that have begun, side by side.
///
/// As arguments of a function the tables of simulator and policy are known to be apart from what is written,
/// so that where they lie is read once. Numbers are written lane by lane: who copies eight at once that have
/// just been written one by one waits for them.
#[inline]
fn walk<S, P, const N: usize>(
    simulator: &S,
    policy: &P,
    prepared: &mut Prepared<P>,
    memories: &mut [P::Memory; N],
    generators: &mut [Generator; N],
    begun: &mut [(S::State, S::Observation); N],
    written: Steps<'_, P::Memory, S::Observation, N>,
) where
    S: Simulator<Observation = P::Observation>,
    P: Policy,
{
    let Steps { mut remembered, mut probabilities, actions, seen, mut rewards } = written;
    let horizon = actions.len();
    let mut paid = |lane: usize, h: usize, reward: f64| {
        if let Some((units, rewards)) = &mut rewards {
            rewards[lane * horizon + h] = units.normalise(reward);
        }
    };
    for h in 0..horizon {
        let actions = &mut actions[h];
        if let Some(remembered) = &mut remembered {
            let remembered = &mut remembered[h];
            for lane in 0..N {
                remembered[lane].clone_from(&memories[lane]);
            }
        }
        if let Some((alias, first)) = prepared.tables(h) {
            for lane in 0..N {
                let row = first + policy.slot(&memories[lane], h);
                actions[lane] = alias.sample(row, generators[lane].next_u64()) as u32;
            }
        } else {
            for lane in 0..N {
                actions[lane] = prepared.act(policy, &memories[lane], h, generators[lane].next_u64()) as u32;
                if let Some(probabilities) = &mut probabilities {
                    let acted = prepared.acted();
                    probabilities[(lane * horizon + h) * acted.len()..][..acted.len()].copy_from_slice(acted);
                }
            }
        }
        if h + 1 == horizon {
            for lane in 0..N {
                let action = actions[lane] as usize;
                paid(lane, h, simulator.last_step(&mut begun[lane].0, action, &mut generators[lane]));
            }
            break;
        }
        let seen = &mut seen[h];
        for lane in 0..N {
            let action = actions[lane] as usize;
            let reward;
            (reward, seen[lane]) = simulator.step(&mut begun[lane].0, action, &mut generators[lane]);
            paid(lane, h, reward);
        }
        for lane in 0..N {
            let action = actions[lane] as usize;
            policy.advance(prepared.theta(), &mut memories[lane], h, action, &seen[lane]);
        }
    }
}

impl<B, P> Samples<P::Observation> for Sampler<B, P>
where
    B: Problem,
    P: Policy<Observation: Clone> + 'static,
    B::Simulator: Simulator<Observation = P::Observation>,
{
    fn theta(&self) -> &[f64] {
        self.prepared.theta()
    }

    fn set(&mut self, theta: &[f64]) {
        self.prepared.set(&self.policy, theta);
        if let Some(jacobians) = &mut self.jacobians {
            jacobians.set(theta);
        }
    }

    #[inline(never)]
    fn sample(
        &mut self,
        client: u32,
        at_most: u64,
        keep: Keep,
        rng: &mut Generator,
        batch: &mut Batch<P::Observation>,
        rewards: Option<&mut Vec<f64>>,
    ) {
        let held = self.instance.take().filter(|(of, _)| *of == client);
        let (_, held) = held.unwrap_or_else(|| (client, self.problem.instance(client)));
        let simulator = &*held;
        let horizon = batch.horizon();
        if keep > Keep::Nothing || Self::ALWAYS {
            let memories_too = keep == Keep::Memories || !P::IS_NETWORK;
            if self.remembered.is_empty() && memories_too {
                self.remembered.resize(LANES * horizon, self.memories[0].clone());
            }
            if self.probabilities.is_empty() && !self.prepared.has_tables() {
                self.probabilities.resize(LANES * horizon * self.policy.actions(), 0.0);
            }
        }
        if P::IS_NETWORK {
            let count = at_most.min(LANES as u64) as usize;
            self.one_by_one(simulator, count, keep, rng, batch, rewards);
            self.instance = Some((client, held));
            return;
        }
        // An action takes a word.
        let words = simulator.words(horizon).map(|words| words + horizon as u64);
        if self.jump.as_ref().map(|&(over, _)| over) != words {
            self.jump = words.map(|words| (words, Jump::over(words)));
        }
        const ALL: u64 = LANES as u64;
        match (self.jump, at_most) {
            (Some(_), ALL..) => self.batch_of::<LANES>(simulator, keep, rng, batch, rewards),
            (Some(_), 2..) => self.batch_of::<TWO>(simulator, keep, rng, batch, rewards),
            _ => self.batch_of::<1>(simulator, keep, rng, batch, rewards),
        }
        self.instance = Some((client, held));
    }

    fn remembered(&self) -> &dyn Any {
        &self.remembered
    }

    #[inline(never)]
    fn look_at_gradients(&mut self, batch: &Batch<P::Observation>, of: Of) {
        let Sampler { policy, prepared, remembered, gradients, jacobians, .. } = self;
        if jacobians.is_some() {
            return;
        }
        let (horizon, rows) = (batch.horizon(), of.rows(policy.actions()));
        gradients.resize(LANES * horizon * rows, P::Gradient::default());
        for h in 0..horizon {
            let (memories, actions) = (batch.of_step(remembered, h), batch.actions(h));
            for lane in 0..memories.len() {
                let (memory, action) = (&memories[lane], actions[lane]);
                let place = lane * horizon + h;
                match of {
                    Of::Taken => {
                        let action = action as usize;
                        policy.gradient(prepared.theta(), memory, h, action, &mut gradients[place]);
                    }
                    Of::All => {
                        for (b, gradient) in gradients[place * rows..][..rows].iter_mut().enumerate() {
                            policy.gradient(prepared.theta(), memory, h, b, gradient);
                        }
                    }
                }
            }
        }
    }

    fn look_at_probabilities(&mut self, batch: &Batch<P::Observation>) {
        let Sampler { policy, prepared, remembered, probabilities, .. } = self;
        let horizon = batch.horizon();
        let actions = policy.actions();
        if !prepared.has_tables() {
            // They were written as it acted.
            return;
        }
        probabilities.resize(LANES * horizon * actions, 0.0);
        for h in 0..horizon {
            for (lane, memory) in batch.of_step(remembered, h).iter().enumerate() {
                let place = lane * horizon + h;
                probabilities[place * actions..][..actions]
                    .copy_from_slice(prepared.probabilities(policy, memory, h));
            }
        }
    }

    fn gradients(&self) -> Rows<'_> {
        P::Gradient::view(&self.gradients)
    }

    fn jacobians(&mut self) -> Option<&mut Jacobians> {
        self.jacobians.as_mut()
    }

    fn tape(&self, trajectory: usize) -> &Tape {
        self.jacobians.as_ref().expect("the policy is a network").tape(trajectory)
    }

    fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }
}

#[cfg(test)]
mod tests;
