//! What trajectories that are sampled side by side have shown.

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
}

impl<O: Clone> Batch<O> {
    /// Room for [`LANES`] trajectories of H steps, but for what is seen: that room is made by the first
    /// batch.
    pub(super) fn new(horizon: usize) -> Self {
        let places = LANES * horizon;
        let actions = vec![0; places];
        Batch { horizon, count: 0, first: Vec::new(), actions, seen: Vec::new() }
    }

    /// A batch of `count` trajectories begins; `example` gives any observation, and is asked once.
    pub(super) fn begin(&mut self, count: usize, example: impl FnOnce() -> O) -> Writing<'_, O> {
        self.count = count;
        if self.first.is_empty() {
            let example = example();
            self.first.resize(LANES, example.clone());
            self.seen.resize(LANES * self.horizon, example.clone());
        }
        let Batch { first, actions, seen, .. } = self;
        Writing { first, actions, seen }
    }
}

/// Where a sampler writes.
pub(super) struct Writing<'a, O> {
    pub(super) first: &'a mut [O],
    pub(super) actions: &'a mut [u32],
    pub(super) seen: &'a mut [O],
}

impl<O> Batch<O> {
    /// H.
    #[inline]
    pub fn horizon(&self) -> usize {
        self.horizon
    }

    /// How many trajectories they are.
    #[inline]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Their steps together.
    #[inline]
    pub(super) fn places(&self) -> usize {
        self.count * self.horizon
    }

    /// What was seen before the first action, by trajectory.
    #[inline]
    pub fn first(&self) -> &[O] {
        &self.first[..self.count]
    }

    /// The actions of step h, by trajectory.
    #[inline]
    pub fn actions(&self, h: usize) -> &[u32] {
        self.of_step(&self.actions, h)
    }

    /// Those of all steps.
    #[inline]
    pub(super) fn all_actions(&self) -> &[u32] {
        &self.actions[..self.places()]
    }

    /// What followed the action of step h, by trajectory. Nobody sees what follows the last one: what stands
    /// there means nothing.
    #[inline]
    pub fn seen(&self, h: usize) -> &[O] {
        self.of_step(&self.seen, h)
    }

    /// Of what is kept as the batch is, the part that is of step h.
    #[inline]
    pub(super) fn of_step<'a, T>(&self, all: &'a [T], h: usize) -> &'a [T] {
        &all[h * self.count..][..self.count]
    }

    /// Bytes of a batch of H steps, but for what observations keep elsewhere.
    pub(super) const fn bytes(horizon: usize) -> u64 {
        let place = size_of::<u32>() + size_of::<O>();
        (LANES * (horizon * place + size_of::<O>())) as u64
    }
}
