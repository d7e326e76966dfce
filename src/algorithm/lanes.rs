//! Trajectories of one client, several at a time: a trajectory is a chain of table look-ups that wait for one another, and the chains
//! of different trajectories do not.

use crate::features::FeatureMap;
use crate::policy::{Policy, Prepared};
use crate::pomdp::{Generator, Simulator};
use dpac_actors::Jump;
use rand::Rng;

/// As many trajectories at a time as pay: more keep the processor no busier.
pub(super) const LANES: usize = 8;

/// What is left over goes by twos.
const TWO: usize = 2;

/// Scratch for trajectories side by side.
///
/// Trajectories come from one stream, one after the other, and so they do here, to the bit: where a trajectory's number of words is
/// known, the next one begins so many words on, and need not wait. Where it is not known there is one lane.
pub(super) struct Lanes<P: Policy, F: FeatureMap> {
    actors: Vec<P::Memory>,
    critics: Vec<F::Memory>,
    /// Over the words of a trajectory, and how many they are.
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

impl<P, F> Lanes<P, F>
where
    P: Policy,
    F: FeatureMap<Observation = P::Observation>,
{
    /// Room for [`LANES`] trajectories.
    pub(super) fn new(policy: &P, critic: &F) -> Self {
        Lanes {
            actors: (0..LANES).map(|_| policy.memory()).collect(),
            critics: (0..LANES).map(|_| critic.memory()).collect(),
            jump: None,
        }
    }

    /// The next trajectories of the stream, at most `left` of them, step by step; how many there were. `look` is shown each action, and
    /// `paid` its reward, in the problem's own units.
    ///
    /// # Panics
    /// If the simulator draws another number of words than it says.
    #[inline]
    pub(super) fn sample<S: Simulator<Observation = P::Observation>>(
        &mut self,
        left: u64,
        model: (&S, &P, &F),
        prepared: &mut Prepared<P>,
        rng: &mut Generator,
        look: impl FnMut(&mut Prepared<P>, Moment<'_, P::Memory, F::Memory>),
        paid: impl FnMut(usize, usize, f64),
    ) -> usize {
        let horizon = model.2.horizon();
        // An action takes a word.
        let words = model.0.words(horizon).map(|words| words + horizon as u64);
        if self.jump.as_ref().map(|&(over, _)| over) != words {
            self.jump = words.map(|words| (words, Jump::over(words)));
        }
        const ALL: u64 = LANES as u64;
        match (self.jump, left) {
            (Some(_), ALL..) => self.walk::<S, LANES>(model, prepared, rng, look, paid),
            (Some(_), 2..) => self.walk::<S, TWO>(model, prepared, rng, look, paid),
            _ => self.walk::<S, 1>(model, prepared, rng, look, paid),
        }
    }

    /// N trajectories. Their number is a constant, and so is the length of every loop over them.
    #[inline]
    fn walk<S: Simulator<Observation = P::Observation>, const N: usize>(
        &mut self,
        (simulator, policy, critic): (&S, &P, &F),
        prepared: &mut Prepared<P>,
        rng: &mut Generator,
        mut look: impl FnMut(&mut Prepared<P>, Moment<'_, P::Memory, F::Memory>),
        mut paid: impl FnMut(usize, usize, f64),
    ) -> usize {
        let actors: &mut [P::Memory; N] = self.actors.first_chunk_mut().expect("as many lanes");
        let critics: &mut [F::Memory; N] = self.critics.first_chunk_mut().expect("as many lanes");
        let mut generators: [Generator; N] = std::array::from_fn(|_| {
            let here = rng.clone();
            if let Some((_, jump)) = &self.jump {
                *rng = jump.from(rng);
            }
            here
        });
        let mut states: [S::State; N] = std::array::from_fn(|lane| {
            let (state, first) = simulator.initial(&mut generators[lane]);
            policy.start(&mut actors[lane], &first);
            critic.start(&mut critics[lane], &first);
            state
        });
        let last = critic.horizon() - 1;
        for h in 0..=last {
            let actions: [usize; N] = std::array::from_fn(|lane| {
                prepared.act(policy, &actors[lane], h, generators[lane].next_u64())
            });
            for lane in 0..N {
                let action = actions[lane];
                look(prepared, Moment { lane, h, actor: &actors[lane], critic: &critics[lane], action });
            }
            if h == last {
                for lane in 0..N {
                    paid(
                        lane,
                        h,
                        simulator.last_step(&mut states[lane], actions[lane], &mut generators[lane]),
                    );
                }
                break;
            }
            let seen: [S::Observation; N] = std::array::from_fn(|lane| {
                let (reward, seen) = simulator.step(&mut states[lane], actions[lane], &mut generators[lane]);
                paid(lane, h, reward);
                seen
            });
            for lane in 0..N {
                policy.advance(&mut actors[lane], h, actions[lane], &seen[lane]);
                critic.advance(&mut critics[lane], h, actions[lane], &seen[lane]);
            }
        }
        let end = &generators[N - 1];
        if self.jump.is_some() {
            assert!(end == rng, "the simulator draws as many words as it says");
        } else {
            *rng = end.clone();
        }
        N
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::FiniteMap;
    use crate::policy::LogLinear;
    use crate::pomdp::{TabularSimulator, builtin};

    /// The problem, and how many words too many it says that an episode draws; `None` says nothing.
    struct Saying(TabularSimulator, Option<u64>);

    impl Simulator for Saying {
        type State = u32;
        type Observation = u32;

        fn actions(&self) -> usize {
            self.0.actions()
        }

        fn reward_range(&self) -> (f64, f64) {
            self.0.reward_range()
        }

        fn words(&self, horizon: usize) -> Option<u64> {
            Some(self.0.words(horizon)? + self.1?)
        }

        fn initial(&self, rng: &mut Generator) -> (u32, u32) {
            self.0.initial(rng)
        }

        fn step(&self, state: &mut u32, action: usize, rng: &mut Generator) -> (f64, u32) {
            self.0.step(state, action, rng)
        }

        fn last_step(&self, state: &mut u32, action: usize, rng: &mut Generator) -> f64 {
            self.0.last_step(state, action, rng)
        }
    }

    /// Window, action and bits of the reward, step by step.
    type Trajectory = Vec<(u32, usize, u64)>;

    /// What `count` trajectories of a problem show and pay, and where the stream is then.
    fn trajectories(
        name: &str,
        horizon: usize,
        count: u64,
        saying: Option<u64>,
    ) -> (Vec<Trajectory>, Generator) {
        let model = builtin::builtin(name).expect("a built-in problem");
        let first = model.initial_observation().map_or(1, crate::pomdp::SparseRows::columns);
        let map = FiniteMap::window(horizon, model.actions(), model.observations(), first, 1).expect("small");
        let policy = LogLinear::new(map.clone());
        let simulator = Saying(TabularSimulator::new(&model), saying);
        let mut lanes = Lanes::new(&policy, &map);
        let mut prepared = Prepared::at(&policy, &vec![0.0; policy.parameters()]);
        let mut rng = Generator::new(5);
        let mut seen = Vec::new();
        while (seen.len() as u64) < count {
            let mut moments = vec![Vec::new(); LANES];
            let mut rewards = vec![Vec::new(); LANES];
            let sampled = lanes.sample(
                count - seen.len() as u64,
                (&simulator, &policy, &map),
                &mut prepared,
                &mut rng,
                |_, at| moments[at.lane].push((*at.critic, at.action)),
                |lane, _, reward| rewards[lane].push(reward.to_bits()),
            );
            let lanes = moments.into_iter().zip(rewards).take(sampled);
            seen.extend(lanes.map(|(moments, rewards)| {
                moments
                    .into_iter()
                    .zip(rewards)
                    .map(|((memory, action), reward)| (memory, action, reward))
                    .collect()
            }));
        }
        (seen, rng)
    }

    #[test]
    fn trajectories_side_by_side_are_those_of_one_after_the_other() {
        for name in ["tiger", "rock-sample", "random"] {
            for horizon in [1, 2, 7] {
                for count in [1, 2, 3, 8, 9, 10, 21] {
                    let together = trajectories(name, horizon, count, Some(0));
                    assert_eq!(
                        together,
                        trajectories(name, horizon, count, None),
                        "{name}, {horizon}, {count}"
                    );
                    assert_eq!(together.0.len() as u64, count);
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "the simulator draws as many words as it says")]
    fn a_simulator_that_draws_fewer_words_than_it_says_is_found() {
        trajectories("tiger", 3, 8, Some(1));
    }
}
