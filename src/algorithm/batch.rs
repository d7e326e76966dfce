//! What trajectories that are sampled side by side have shown.

use crate::pomdp::Units;

/// As many trajectories at a time as pay: more keep the processor no busier.
pub(super) const LANES: usize = 8;

/// Trajectories that have been sampled together, for whoever learns from what was done and seen.
///
/// They are kept as they come, step by step: at `h * count + lane`.
#[derive(Clone, Debug)]
pub struct Batch<O> {
    horizon: usize,
    /// Trajectories of the present batch.
    count: usize,
    first: Vec<O>,
    actions: Vec<u32>,
    seen: Vec<O>,
    rewards: Vec<f64>,
}

impl<O: Clone> Batch<O> {
    /// Room for [`LANES`] trajectories of H steps, but for what is seen: that room is made by the first batch.
    pub(super) fn new(horizon: usize) -> Self {
        let places = LANES * horizon;
        let (actions, rewards) = (vec![0; places], vec![0.0; places]);
        Batch { horizon, count: 0, first: Vec::new(), actions, seen: Vec::new(), rewards }
    }

    /// A batch of `count` trajectories begins; `example` is any observation.
    pub(super) fn begin(&mut self, count: usize, example: &O) -> Writing<'_, O> {
        self.count = count;
        if self.first.is_empty() {
            self.first.resize(LANES, example.clone());
            self.seen.resize(LANES * self.horizon, example.clone());
        }
        let Batch { first, actions, seen, rewards, .. } = self;
        Writing { first, actions, seen, rewards }
    }
}

/// Where a sampler writes.
pub(super) struct Writing<'a, O> {
    pub(super) first: &'a mut [O],
    pub(super) actions: &'a mut [u32],
    pub(super) seen: &'a mut [O],
    pub(super) rewards: &'a mut [f64],
}

impl<O> Batch<O> {
    /// H.
    pub fn horizon(&self) -> usize {
        self.horizon
    }

    /// How many trajectories they are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Their steps together.
    pub(super) fn places(&self) -> usize {
        self.count * self.horizon
    }

    /// What was seen before the first action, by trajectory.
    pub fn first(&self) -> &[O] {
        &self.first[..self.count]
    }

    /// The actions of step h, by trajectory.
    pub fn actions(&self, h: usize) -> &[u32] {
        self.of_step(&self.actions, h)
    }

    /// Those of all steps.
    pub(super) fn all_actions(&self) -> &[u32] {
        &self.actions[..self.places()]
    }

    /// What followed the action of step h, by trajectory. Nobody sees what follows the last one: what stands there means nothing.
    pub fn seen(&self, h: usize) -> &[O] {
        self.of_step(&self.seen, h)
    }

    /// The rewards of step h, by trajectory, in the problem's own units.
    pub fn rewards(&self, h: usize) -> &[f64] {
        self.of_step(&self.rewards, h)
    }

    /// Writes the rewards of a batch of N trajectories by place, normalised.
    pub(super) fn normalise_rewards<const N: usize>(&self, units: Units, rewards: &mut Vec<f64>) {
        rewards.resize(N * self.horizon, 0.0);
        for (h, paid) in self.rewards.as_chunks::<N>().0.iter().take(self.horizon).enumerate() {
            let normalised = paid.map(|reward| units.normalise(reward));
            for lane in 0..N {
                rewards[lane * self.horizon + h] = normalised[lane];
            }
        }
    }

    /// Of what is kept as the batch is, the part that is of step h.
    #[inline]
    pub(super) fn of_step<'a, T>(&self, all: &'a [T], h: usize) -> &'a [T] {
        &all[h * self.count..][..self.count]
    }

    /// Bytes of a batch of H steps, but for what observations keep elsewhere.
    pub(super) const fn bytes(horizon: usize) -> u64 {
        let place = size_of::<u32>() + size_of::<O>() + size_of::<f64>();
        (LANES * (horizon * place + size_of::<O>())) as u64
    }
}
