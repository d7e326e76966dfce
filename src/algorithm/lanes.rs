//! Trajectories of one client, several at a time: a trajectory is a chain of table look-ups that wait for one another, and the chains
//! of different trajectories do not.

use crate::features::FeatureMap;
use crate::policy::{Policy, Prepared};
use crate::pomdp::{Generator, Simulator};
use dpac_actors::Jump;
use rand::Rng;

/// As many trajectories at a time as pay: more keep the processor no busier.
pub(super) const LANES: usize = 8;

/// Scratch for trajectories side by side.
///
/// Trajectories come from one stream, one after the other, and so they do here, to the bit: where a trajectory's number of words is
/// known, the next one begins so many words on, and need not wait. Where it is not known there is one lane.
///
/// Each part of a step is a loop of its own over the lanes, so that few tables are at hand at a time.
pub(super) struct Lanes<S: Simulator, P: Policy, F: FeatureMap> {
    generators: Vec<Generator>,
    states: Vec<S::State>,
    actors: Vec<P::Memory>,
    critics: Vec<F::Memory>,
    actions: Vec<usize>,
    seen: Vec<S::Observation>,
    jump: Option<(u64, Jump)>,
}

/// One action of one trajectory, before its consequences are seen.
pub(super) struct Moment<'a, A, C> {
    /// Which of the trajectories that are sampled together.
    pub(super) lane: usize,
    /// The step.
    pub(super) h: usize,
    /// What the policy remembers.
    pub(super) actor: &'a A,
    /// What the critic remembers.
    pub(super) critic: &'a C,
    /// The action taken.
    pub(super) action: usize,
}

impl<S, P, F> Lanes<S, P, F>
where
    S: Simulator,
    P: Policy<Observation = S::Observation>,
    F: FeatureMap<Observation = S::Observation>,
{
    /// Room for [`LANES`] trajectories.
    pub(super) fn new(policy: &P, critic: &F) -> Self {
        Lanes {
            generators: Vec::with_capacity(LANES),
            states: Vec::with_capacity(LANES),
            actors: (0..LANES).map(|_| policy.memory()).collect(),
            critics: (0..LANES).map(|_| critic.memory()).collect(),
            actions: Vec::with_capacity(LANES),
            seen: Vec::with_capacity(LANES),
            jump: None,
        }
    }

    /// How many of `left` trajectories to sample together now; as equal parts as there can be.
    pub(super) fn together(&mut self, left: u64, horizon: usize, simulator: &S) -> usize {
        let Some(words) = simulator.words(horizon) else { return 1 };
        // An action takes a word.
        let words = words + horizon as u64;
        if self.jump.as_ref().is_none_or(|&(over, _)| over != words) {
            self.jump = Some((words, Jump::over(words)));
        }
        left.div_ceil(left.div_ceil(LANES as u64)) as usize
    }

    /// The next `count` trajectories of the stream, step by step; `count` is what [`Lanes::together`] said, or 1. `look` is shown each
    /// action, and `paid` its reward, in the problem's own units.
    ///
    /// # Panics
    /// If the simulator draws another number of words than it says.
    #[inline]
    pub(super) fn sample(
        &mut self,
        count: usize,
        (simulator, policy, critic): (&S, &P, &F),
        prepared: &mut Prepared<P>,
        rng: &mut Generator,
        mut look: impl FnMut(&mut Prepared<P>, Moment<'_, P::Memory, F::Memory>),
        mut paid: impl FnMut(usize, usize, f64),
    ) {
        let last = critic.horizon() - 1;
        self.start(count, (simulator, policy, critic), rng);
        let Lanes { generators, states, actors, critics, actions, seen, .. } = self;
        for h in 0..=last {
            actions.clear();
            let policies = actors.iter().zip(&mut *generators);
            actions.extend(policies.map(|(actor, rng)| prepared.act(policy, actor, h, rng.next_u64())));
            for (lane, ((actor, critic), &action)) in actors.iter().zip(&*critics).zip(&*actions).enumerate()
            {
                look(prepared, Moment { lane, h, actor, critic, action });
            }
            let worlds = states.iter_mut().zip(&mut *generators).zip(&*actions).enumerate();
            if h == last {
                worlds.for_each(|(lane, ((state, rng), &action))| {
                    paid(lane, h, simulator.last_step(state, action, rng));
                });
                break;
            }
            seen.clear();
            seen.extend(worlds.map(|(lane, ((state, rng), &action))| {
                let (reward, seen) = simulator.step(state, action, rng);
                paid(lane, h, reward);
                seen
            }));
            for ((actor, &action), seen) in actors.iter_mut().zip(&*actions).zip(&*seen) {
                policy.advance(actor, h, action, seen);
            }
            for ((memory, &action), seen) in critics.iter_mut().zip(&*actions).zip(&*seen) {
                critic.advance(memory, h, action, seen);
            }
        }
        let end = &generators[count - 1];
        if self.jump.is_some() {
            assert!(end == rng, "the simulator draws as many words as it says");
        } else {
            *rng = end.clone();
        }
    }

    /// Begins `count` trajectories; the stream goes to where they end, if that is known.
    fn start(&mut self, count: usize, (simulator, policy, critic): (&S, &P, &F), rng: &mut Generator) {
        self.generators.clear();
        self.states.clear();
        for (actor, memory) in self.actors.iter_mut().zip(&mut self.critics).take(count) {
            let mut here = rng.clone();
            if let Some((_, jump)) = &self.jump {
                *rng = jump.from(rng);
            }
            let (state, first) = simulator.initial(&mut here);
            policy.start(actor, &first);
            critic.start(memory, &first);
            self.states.push(state);
            self.generators.push(here);
        }
    }
}
